/*
 * 345-cpu-virtual_apic.c - claim: the CPU plays a guest's local APIC as far as
 * its controls say: CR8 and TPR, reads and writes of the APIC-access page; all
 * else exits with the manual's reason.  Bare, CR8 is the local APIC's TPR.
 *
 * Intel SDM vol. 3, "APIC Virtualization and Virtual Interrupts".
 */
#include "tests/vapic_fixture.h"

/* --- CR8 ----------------------------------------------------------------- */

static const uint8_t read_cr8[] = {0x44, 0x0f, 0x20, 0xc2, 0xf4}; /* edx */

START_TEST(test_vapic_cr8_is_the_shadow_of_tpr)
{
    s->gpr[REG_RCX] = 5;
    expect_exit(execute(write_cr8, sizeof write_cr8), VMEXIT_HLT, AT_CODE + 4);
    ck_assert_uint_eq(reg(TPR), 0x50);
    set_reg(TPR, 0x9c);
    expect_exit(execute(read_cr8, sizeof read_cr8), VMEXIT_HLT, AT_CODE + 4);
    ck_assert_uint_eq(s->gpr[REG_RDX], 9);
}
END_TEST

START_TEST(test_vapic_cr8_below_the_threshold_exits_behind_it)
{
    struct cpu_exit x;

    g->tpr_threshold = 4;
    set_reg(TPR, 0x80);
    s->gpr[REG_RCX] = 4;
    expect_exit(execute(write_cr8, sizeof write_cr8), VMEXIT_HLT, AT_CODE + 4);
    s->gpr[REG_RCX] = 3;
    x = expect_exit(execute(write_cr8, sizeof write_cr8), VMEXIT_TPR_THRESHOLD,
                    AT_CODE + 4);
    ck_assert(x.trap);
    ck_assert_uint_eq(reg(TPR), 0x30);
    /* ... and at once at the next entry, if nobody raises it. */
    expect_exit(machine_run(&m), VMEXIT_TPR_THRESHOLD, AT_CODE + 4);
}
END_TEST

START_TEST(test_native_cr8_tells_the_local_apic)
{
    struct cpu_event e;

    g->virt = VIRT_NONE;
    s->gpr[REG_RCX] = 7;
    e = execute(write_cr8, sizeof write_cr8);
    ck_assert_int_eq(e.kind, CPU_EVENT_PRIORITY);
    ck_assert_uint_eq(s->cr8, 7);
    ck_assert_uint_eq(s->rip, AT_CODE + 4);
    e = execute(write_cr8, sizeof write_cr8); /* no change: nothing to tell */
    ck_assert_int_eq(e.kind, CPU_EVENT_HALT);
}
END_TEST

START_TEST(test_native_cr8_write_keeps_its_single_step)
{
    g->virt = VIRT_NONE;
    s->gpr[REG_RCX] = 7;
    s->rflags |= RFLAGS_TF;
    ck_assert_int_eq(execute(write_cr8, sizeof write_cr8).kind,
                     CPU_EVENT_PRIORITY);
    machine_run(&m);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DB);
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 40), AT_CODE + 4);
}
END_TEST

/* --- the APIC-access page ------------------------------------------------ */

/* What the manual's lists say, written anew. */
static bool reads_alone(unsigned offset)
{
    unsigned r = offset / 16;

    if (r == 0x08)
        return true;
    if (!g->apic_registers)
        return false;
    return r == 0x02 || r == 0x03 || r == 0x0b || (r >= 0x0d && r <= 0x28) ||
           (r >= 0x30 && r <= 0x38) || r == 0x3e;
}

/* How a write ends: 0 without an exit, 1 by APIC_WRITE, 2 by APIC_ACCESS. */
static int write_ends(unsigned offset)
{
    unsigned r = offset / 16;
    bool vid = g->virtual_interrupts;

    if (r == 0x08)
        return 0;
    if (vid && r == 0x0b)
        return 0;
    if (vid && r == 0x30)
        return 1; /* what the test writes is no self-IPI */
    if (!g->apic_registers)
        return 2;
    if (r == 0x31)
        return 0;
    return r == 0x02 || r == 0x0b || r == 0x0d || r == 0x0e || r == 0x0f ||
                   r == 0x28 || r == 0x30 || (r >= 0x32 && r <= 0x38) ||
                   r == 0x3e
               ? 1
               : 2;
}

/* mov edx,[rbx]; hlt */
static const uint8_t load[] = {0x8b, 0x13, 0xf4};
/* mov [rbx],edx; hlt */
static const uint8_t store[] = {0x89, 0x13, 0xf4};

static void try_read(unsigned offset)
{
    struct cpu_event e;

    set_reg(offset, 0x12340000 | offset);
    s->gpr[REG_RBX] = VA_PAGE + offset;
    e = execute(load, sizeof load);
    if (reads_alone(offset)) {
        expect_exit(e, VMEXIT_HLT, AT_CODE + 2);
        ck_assert_uint_eq(s->gpr[REG_RDX], 0x12340000 | offset);
        return;
    }
    expect_exit(e, VMEXIT_APIC_ACCESS, AT_CODE);
    ck_assert_uint_eq(e.exit.qualification, offset);
    ck_assert_uint_eq(e.exit.length, 2);
}

static void try_write(unsigned offset)
{
    int ends = write_ends(offset);
    struct cpu_event e;

    set_reg(offset, 0);
    s->gpr[REG_RBX] = VA_PAGE + offset;
    s->gpr[REG_RDX] = 0x00080200; /* of the ICR: an SMI to all */
    e = execute(store, sizeof store);
    if (ends == 2) {
        expect_exit(e, VMEXIT_APIC_ACCESS, AT_CODE);
        ck_assert_uint_eq(e.exit.qualification, offset | 1 << 12);
        ck_assert_uint_eq(reg(offset), 0);
    } else if (ends == 1) {
        expect_exit(e, VMEXIT_APIC_WRITE, AT_CODE + 2);
        ck_assert_uint_eq(e.exit.qualification, offset);
        ck_assert_uint_eq(reg(offset), 0x00080200);
    } else {
        expect_exit(e, VMEXIT_HLT, AT_CODE + 2);
    }
}

START_TEST(test_vapic_page_follows_the_lists_of_the_manual)
{
    g->apic_registers = _i & 1;
    g->virtual_interrupts = _i & 2;
    for (unsigned offset = 0; offset < 0x400; offset += 16) {
        try_read(offset);
        try_write(offset);
    }
}
END_TEST

START_TEST(test_vapic_wide_or_crossing_accesses_exit)
{
    /* mov rdx,[rbx]; mov edx,[rbx]; mov dx,[rbx] */
    static const struct {
        uint8_t code[4];
        unsigned offset;
        bool alone;
    } row[] = {{{0x48, 0x8b, 0x13, 0xf4}, TPR, false},
               {{0x8b, 0x13, 0xf4}, TPR + 1, false},
               {{0x66, 0x8b, 0x13, 0xf4}, TPR + 2, true},
               {{0x66, 0x8b, 0x13, 0xf4}, TPR + 3, false},
               {{0x8a, 0x13, 0xf4}, TPR + 3, true},
               {{0x8a, 0x13, 0xf4}, TPR + 4, false}};

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct cpu_event e;

        s->gpr[REG_RBX] = VA_PAGE + row[i].offset;
        e = execute(row[i].code, sizeof row[i].code);
        ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
        ck_assert_int_eq(e.exit.reason,
                         row[i].alone ? VMEXIT_HLT : VMEXIT_APIC_ACCESS);
    }
}
END_TEST

START_TEST(test_vapic_access_while_delivering_says_so)
{
    static const uint8_t ud2[] = {0x0f, 0x0b};
    struct cpu_exit x;

    s->gpr[REG_RSP] = VA_PAGE + 0x400;
    x = expect_exit(execute(ud2, sizeof ud2), VMEXIT_APIC_ACCESS, AT_CODE);
    ck_assert_uint_eq(x.qualification >> 12, 3);
    ck_assert(x.vectoring_valid);
    ck_assert_uint_eq(x.vectoring_vector, VECTOR_UD);
}
END_TEST

START_TEST(test_vapic_page_is_a_device_without_the_control)
{
    struct cpu_event e;

    g->apic_access = false;
    s->gpr[REG_RBX] = VA_PAGE + TPR;
    e = execute(load, sizeof load);
    ck_assert_int_eq(e.kind, CPU_EVENT_DEVICE);
    ck_assert_uint_eq(e.device.gpa.v, AT_ACCESS + TPR);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("virtual_apic");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_vapic_cr8_is_the_shadow_of_tpr);
    tcase_add_test(t, test_vapic_cr8_below_the_threshold_exits_behind_it);
    tcase_add_test(t, test_native_cr8_tells_the_local_apic);
    tcase_add_test(t, test_native_cr8_write_keeps_its_single_step);
    tcase_add_loop_test(t, test_vapic_page_follows_the_lists_of_the_manual, 0,
                        4);
    tcase_add_test(t, test_vapic_wide_or_crossing_accesses_exit);
    tcase_add_test(t, test_vapic_access_while_delivering_says_so);
    tcase_add_test(t, test_vapic_page_is_a_device_without_the_control);
    return machine_main(t, "virtual_apic");
}
