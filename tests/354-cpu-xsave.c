/*
 * 354-cpu-xsave.c - claim: XSETBV takes legal values only, the XSAVE family
 * faults as the manual orders, and the standard and compacted formats hold
 * what the manual says they hold.  (tests/350 holds the user-mode forms
 * against the host.)
 *
 * Intel SDM vol. 1, "Managing State Using the XSAVE Feature Set"; vol. 2,
 * XSETBV, XGETBV.
 */
#include "tests/cpu_groups.h"

enum {
    STANDARD_PKRU = 2688,
    HEADER = 512,
    COMPACT_PKRU = 576,
};

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init_groups(&m, &(struct machine_options){.timing = TIMING_FAST},
                        ALL_GROUPS);
    s = cpu_state(m.cpu);
    s->cr4 |= CR4_OSXSAVE;
    s->fcw = 0x37f;
    s->ftw = 0;
    s->gpr[REG_RBX] = AT_DATA;
    s->xcr0 = 0x203;
    cpu_sync(m.cpu);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static int outcome(const uint8_t *code, size_t bytes)
{
    uint8_t image[32];

    memset(image, 0xf4, sizeof(image));
    memcpy(image, code, bytes);
    s->rip = AT_CODE;
    s->halted = false;
    ck_assert_int_eq(machine_execute(&m, image, sizeof(image)).kind,
                     CPU_EVENT_HALT);
    return machine_halted_in(&m);
}

static int xsetbv(uint32_t index, uint64_t value)
{
    static const uint8_t code[] = {0x0f, 0x01, 0xd1};

    s->gpr[REG_RCX] = index;
    s->gpr[REG_RAX] = (uint32_t)value;
    s->gpr[REG_RDX] = value >> 32;
    return outcome(code, sizeof(code));
}

/* The instruction 0F AE or 0F C7 with [RBX] and this opcode extension. */
static int with_area(uint8_t opcode, unsigned extension, uint64_t components)
{
    const uint8_t code[] = {0x0f, opcode, (uint8_t)(extension << 3 | 3)};

    s->gpr[REG_RAX] = (uint32_t)components;
    s->gpr[REG_RDX] = components >> 32;
    return outcome(code, sizeof(code));
}

static int xsave(uint64_t components)
{
    return with_area(0xae, 4, components);
}

static int xrstor(uint64_t components)
{
    return with_area(0xae, 5, components);
}

static int xsavec(uint64_t components)
{
    return with_area(0xc7, 4, components);
}

static int xsaves(uint64_t components)
{
    return with_area(0xc7, 5, components);
}

static int xrstors(uint64_t components)
{
    return with_area(0xc7, 3, components);
}

START_TEST(test_xsetbv_illegal_values_raise_gp)
{
    ck_assert_int_eq(xsetbv(0, 3), -1);
    ck_assert_uint_eq(s->xcr0, 3);
    ck_assert_int_eq(xsetbv(0, 1), -1);
    ck_assert_uint_eq(s->xcr0, 1);
    ck_assert_int_eq(xsetbv(0, 0x203), -1);
    ck_assert_int_eq(xsetbv(0, 2), VECTOR_GP); /* without x87 */
    ck_assert_int_eq(xsetbv(0, 7), VECTOR_GP); /* AVX */
    ck_assert_int_eq(xsetbv(1, 3), VECTOR_GP); /* no such register */
    ck_assert_int_eq(xsetbv(0, 1ull << 63 | 3), VECTOR_GP);
    ck_assert_uint_eq(s->xcr0, 0x203);
    s->cr4 &= ~CR4_OSXSAVE;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsetbv(0, 3), VECTOR_UD);
}
END_TEST

START_TEST(test_xsetbv_user_mode_raises_gp)
{
    machine_enter(&m, 3);
    s->cr4 |= CR4_OSXSAVE;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsetbv(0, 3), VECTOR_GP);
}
END_TEST

START_TEST(test_xsave_faults_in_order_ud_nm_gp)
{
    s->gpr[REG_RBX] = AT_DATA + 16;
    s->cr0 |= CR0_TS;
    s->cr4 &= ~CR4_OSXSAVE;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsave(3), VECTOR_UD);
    s->cr4 |= CR4_OSXSAVE;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsave(3), VECTOR_NM);
    s->cr0 &= ~CR0_TS;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsave(3), VECTOR_GP);
    s->gpr[REG_RBX] = AT_DATA;
    ck_assert_int_eq(xsave(3), -1);
}
END_TEST

START_TEST(test_xsave_standard_format_keeps_components_apart)
{
    s->xmm[3].u64[1] = 0x1122334455667788;
    s->pkru = 0x55555554;
    machine_put64(&m, AT_DATA + HEADER, 0);
    ck_assert_int_eq(xsave(0x202), -1);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + HEADER), 0x202);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 160 + 3 * 16 + 8),
                      0x1122334455667788);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + STANDARD_PKRU), 0x55555554);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA), 0); /* x87: not asked for */
    s->xmm[3].u64[1] = 0;
    s->pkru = 0;
    ck_assert_int_eq(xrstor(0x203), -1); /* x87: absent, so initial */
    ck_assert_uint_eq(s->xmm[3].u64[1], 0x1122334455667788);
    ck_assert_uint_eq(s->pkru, 0x55555554);
    ck_assert_uint_eq(s->fcw, 0x37f);
}
END_TEST

START_TEST(test_xsavec_compacts_and_leaves_out_what_is_initial)
{
    s->pkru = 4;
    ck_assert_int_eq(xsavec(0x203), -1);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + HEADER), 0x200);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + HEADER + 8),
                      1ull << 63 | 0x203);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + COMPACT_PKRU), 4);
    s->pkru = 0;
    s->xmm[0].u64[0] = 1; /* absent in the area: cleared */
    ck_assert_int_eq(xrstor(0x203), -1);
    ck_assert_uint_eq(s->pkru, 4);
    ck_assert_uint_eq(s->xmm[0].u64[0], 0);
    ck_assert_uint_eq(s->mxcsr, 0x1f80);
}
END_TEST

START_TEST(test_xsaves_needs_cpl_0_and_xrstors_the_compacted_format)
{
    ck_assert_int_eq(xsaves(0x203), -1);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + HEADER + 8),
                      1ull << 63 | 0x203);
    ck_assert_int_eq(xrstors(0x203), -1);
    machine_put64(&m, AT_DATA + HEADER + 8, 0);
    ck_assert_int_eq(xrstors(0x203), VECTOR_GP);
    machine_enter(&m, 3);
    s->cr4 |= CR4_OSXSAVE;
    cpu_sync(m.cpu);
    ck_assert_int_eq(xsaves(0x203), VECTOR_GP);
}
END_TEST

START_TEST(test_xrstor_illegal_headers_raise_gp)
{
    ck_assert_int_eq(xsave(3), -1);
    machine_put64(&m, AT_DATA + HEADER, 4); /* not in XCR0 */
    ck_assert_int_eq(xrstor(3), VECTOR_GP);
    machine_put64(&m, AT_DATA + HEADER, 3);
    machine_put64(&m, AT_DATA + HEADER + 16, 1); /* reserved */
    ck_assert_int_eq(xrstor(3), VECTOR_GP);
    machine_put64(&m, AT_DATA + HEADER + 16, 0);
    machine_put64(&m, AT_DATA + HEADER + 8, 1ull << 63 | 1);
    ck_assert_int_eq(xrstor(3), VECTOR_GP); /* present, not in the format */
    machine_put64(&m, AT_DATA + HEADER + 8, 1ull << 63 | 3);
    ck_assert_int_eq(xrstor(3), -1);
    machine_put64(&m, AT_DATA + 24, 0xffffffff); /* MXCSR */
    ck_assert_int_eq(xrstor(3), VECTOR_GP);
}
END_TEST

START_TEST(test_cpuid_area_sizes_follow_xcr0)
{
    uint32_t r[4];

    cpu_cpuid(m.cpu, 0xd, 0, r);
    ck_assert_uint_eq(r[0], 0x203);
    ck_assert_uint_eq(r[1], STANDARD_PKRU + 8);
    ck_assert_uint_eq(r[2], STANDARD_PKRU + 8);
    cpu_cpuid(m.cpu, 0xd, 1, r);
    ck_assert_uint_eq(r[1], COMPACT_PKRU + 8);
    cpu_cpuid(m.cpu, 0xd, 9, r);
    ck_assert_uint_eq(r[0], 8);
    ck_assert_uint_eq(r[1], STANDARD_PKRU);
    s->xcr0 = 3;
    cpu_cpuid(m.cpu, 0xd, 0, r);
    ck_assert_uint_eq(r[1], 576);
    ck_assert_uint_eq(r[2], STANDARD_PKRU + 8);
    cpu_cpuid(m.cpu, 1, 0, r);
    ck_assert_uint_eq(r[2] >> 27 & 1, 1); /* OSXSAVE follows CR4 */
    s->cr4 &= ~CR4_OSXSAVE;
    cpu_cpuid(m.cpu, 1, 0, r);
    ck_assert_uint_eq(r[2] >> 27 & 1, 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("xsave");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_xsetbv_illegal_values_raise_gp);
    tcase_add_test(t, test_xsetbv_user_mode_raises_gp);
    tcase_add_test(t, test_xsave_faults_in_order_ud_nm_gp);
    tcase_add_test(t, test_xsave_standard_format_keeps_components_apart);
    tcase_add_test(t, test_xsavec_compacts_and_leaves_out_what_is_initial);
    tcase_add_test(t, test_xsaves_needs_cpl_0_and_xrstors_the_compacted_format);
    tcase_add_test(t, test_xrstor_illegal_headers_raise_gp);
    tcase_add_test(t, test_cpuid_area_sizes_follow_xcr0);
    return machine_main(t, "cpu-xsave");
}
