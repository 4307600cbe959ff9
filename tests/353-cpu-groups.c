/*
 * 353-cpu-groups.c - claim: an instruction group that CPUID does not claim
 * raises #UD (or decodes as older CPUs do), CPUID claims exactly what runs,
 * and MMX raises #UD, #NM and #MF in this order.
 *
 * Intel SDM vol. 2, "CPUID" and the instructions by name; vol. 3, "Intel MMX
 * Technology System Programming", "Exceptions ... when Executing MMX
 * Instructions".
 */
#include "tests/cpu_groups.h"

/* One instruction of each group, with operands that do not fault. */
struct sample {
    enum cpu_feature group;
    uint8_t bytes;
    uint8_t code[8];
};

static const struct sample samples[] = {
    {FEATURE_SSE3, 4, {0xf2, 0x0f, 0x7c, 0xc1}},            /* HADDPS */
    {FEATURE_PCLMULQDQ, 6, {0x66, 0x0f, 0x3a, 0x44, 0xc1}}, /* PCLMULQDQ */
    {FEATURE_SSSE3, 5, {0x66, 0x0f, 0x38, 0x1c, 0xc1}},     /* PABSB */
    {FEATURE_SSSE3, 4, {0x0f, 0x38, 0x1c, 0xc1}},           /* PABSB mm */
    {FEATURE_SSE4_1, 5, {0x66, 0x0f, 0x38, 0x40, 0xc1}},    /* PMULLD */
    {FEATURE_SSE4_1, 6, {0x66, 0x0f, 0x3a, 0x15, 0xc1}},    /* PEXTRW m16 */
    {FEATURE_SSE4_2, 5, {0x66, 0x0f, 0x38, 0x37, 0xc1}},    /* PCMPGTQ */
    {FEATURE_SSE4_2, 5, {0xf2, 0x0f, 0x38, 0xf1, 0xc1}},    /* CRC32 */
    {FEATURE_MOVBE, 4, {0x0f, 0x38, 0xf0, 0x03}},           /* MOVBE */
    {FEATURE_POPCNT, 4, {0xf3, 0x0f, 0xb8, 0xc1}},          /* POPCNT */
    {FEATURE_AES, 5, {0x66, 0x0f, 0x38, 0xdc, 0xc1}},       /* AESENC */
    {FEATURE_XSAVE, 3, {0x0f, 0x01, 0xd0}},                 /* XGETBV */
    {FEATURE_RDRAND, 3, {0x0f, 0xc7, 0xf0}},                /* RDRAND */
    {FEATURE_BMI1, 5, {0xc4, 0xe2, 0x70, 0xf2, 0xc2}},      /* ANDN */
    {FEATURE_BMI2, 5, {0xc4, 0xe2, 0x73, 0xf5, 0xc2}},      /* PDEP */
    {FEATURE_RDSEED, 3, {0x0f, 0xc7, 0xf8}},                /* RDSEED */
    {FEATURE_ADX, 5, {0x66, 0x0f, 0x38, 0xf6, 0xc1}},       /* ADCX */
    {FEATURE_CLFLUSHOPT, 4, {0x66, 0x0f, 0xae, 0x3b}},      /* CLFLUSHOPT */
    {FEATURE_CLWB, 4, {0x66, 0x0f, 0xae, 0x33}},            /* CLWB */
    {FEATURE_SHA, 4, {0x0f, 0x38, 0xc8, 0xc1}},             /* SHA1NEXTE */
    {FEATURE_RDPID, 4, {0xf3, 0x0f, 0xc7, 0xf8}},           /* RDPID */
    {FEATURE_XSAVEOPT, 3, {0x0f, 0xae, 0x33}},              /* XSAVEOPT */
    {FEATURE_XSAVEC, 3, {0x0f, 0xc7, 0x23}},                /* XSAVEC */
    {FEATURE_XSAVES, 3, {0x0f, 0xc7, 0x2b}},                /* XSAVES */
    {FEATURE_CLZERO, 3, {0x0f, 0x01, 0xfc}},                /* CLZERO */
};

static uint64_t group_bit(enum cpu_feature group)
{
    return (uint64_t)1 << group;
}

/* Runs code and a HLT; the vector that it raised, or -1. */
static int outcome(struct machine *m, const uint8_t *code, size_t bytes)
{
    uint8_t image[32];
    struct cpu_event e;

    memset(image, 0xf4, sizeof(image));
    memcpy(image, code, bytes);
    cpu_state(m->cpu)->rip = AT_CODE;
    cpu_state(m->cpu)->halted = false;
    e = machine_execute(m, image, sizeof(image));
    ck_assert_int_eq(e.kind, CPU_EVENT_HALT);
    return machine_halted_in(m);
}

static void open_groups(struct machine *m, uint64_t groups)
{
    struct cpu_state *s;

    machine_init_groups(m, &(struct machine_options){.timing = TIMING_FAST},
                        groups);
    s = cpu_state(m->cpu);
    s->cr4 |= CR4_OSXSAVE;
    s->xcr0 = 3;
    s->gpr[REG_RAX] = s->gpr[REG_RBX] = AT_DATA;
    s->fcw = 0x37f;
    cpu_sync(m->cpu);
}

START_TEST(test_group_not_claimed_raises_ud)
{
    const struct sample *p = &samples[_i];
    struct machine m;

    open_groups(&m, ALL_GROUPS & ~group_bit(p->group));
    ck_assert_int_eq(outcome(&m, p->code, p->bytes), VECTOR_UD);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RBX], AT_DATA);
    machine_free(&m);
}
END_TEST

START_TEST(test_group_claimed_runs)
{
    const struct sample *p = &samples[_i];
    struct machine m;

    open_groups(&m, group_bit(p->group) | group_bit(FEATURE_XSAVE));
    ck_assert_int_eq(outcome(&m, p->code, p->bytes), -1);
    machine_free(&m);
}
END_TEST

/* F3 0F BC and BD: TZCNT and LZCNT, or BSF and BSR. */
START_TEST(test_count_of_zeros_without_group_scans)
{
    static const uint8_t tzcnt[] = {0xf3, 0x0f, 0xbc, 0xc1};
    static const uint8_t lzcnt[] = {0xf3, 0x0f, 0xbd, 0xc1};
    struct machine m;

    for (int has = 0; has < 2; has++) {
        open_groups(&m, has ? ALL_GROUPS : 0);
        cpu_state(m.cpu)->gpr[REG_RCX] = 0x10;
        ck_assert_int_eq(outcome(&m, tzcnt, sizeof(tzcnt)), -1);
        ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 4);
        ck_assert_int_eq(outcome(&m, lzcnt, sizeof(lzcnt)), -1);
        ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], has ? 27 : 4);
        machine_free(&m);
    }
}
END_TEST

struct claim {
    uint32_t leaf, subleaf;
    unsigned reg, bit;
};

enum { EAX, EBX, ECX, EDX };

static const struct claim claims[] = {
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    {leaf, subleaf, reg, bit},
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
};

START_TEST(test_cpuid_claims_exactly_the_groups)
{
    struct machine with, without;

    for (unsigned i = 0; i < ARRAY_LEN(claims); i++) {
        const struct claim *k = &claims[i];
        uint32_t a[4], b[4];

        open_groups(&with, group_bit(FEATURE_XSAVE) | (uint64_t)1 << i);
        open_groups(&without, ALL_GROUPS & ~((uint64_t)1 << i));
        cpu_cpuid(with.cpu, k->leaf, k->subleaf, a);
        cpu_cpuid(without.cpu, k->leaf, k->subleaf, b);
        ck_assert_msg(a[k->reg] >> k->bit & 1, "group %u is not claimed", i);
        ck_assert_msg(!(b[k->reg] >> k->bit & 1), "group %u is claimed", i);
        machine_free(&with);
        machine_free(&without);
    }
}
END_TEST

START_TEST(test_vex_outside_protected_mode_raises_ud)
{
    static const uint8_t andn[] = {0xc4, 0xe2, 0x70, 0xf2, 0xc2};
    static const uint8_t lock_andn[] = {0xf0, 0xc4, 0xe2, 0x70, 0xf2, 0xc2};
    static const uint8_t rex_andn[] = {0x48, 0xc4, 0xe2, 0x70, 0xf2, 0xc2};
    static const uint8_t size_andn[] = {0x66, 0xc4, 0xe2, 0x70, 0xf2, 0xc2};
    struct machine m;
    struct cpu_event e;

    open_groups(&m, ALL_GROUPS);
    ck_assert_int_eq(outcome(&m, andn, sizeof(andn)), -1);
    ck_assert_int_eq(outcome(&m, lock_andn, sizeof(lock_andn)), VECTOR_UD);
    ck_assert_int_eq(outcome(&m, rex_andn, sizeof(rex_andn)), VECTOR_UD);
    ck_assert_int_eq(outcome(&m, size_andn, sizeof(size_andn)), VECTOR_UD);
    cpu_reset(m.cpu);
    machine_put(&m, 0xffff0, andn, sizeof(andn));
    cpu_state(m.cpu)->seg[SEG_CS].base = 0xf0000;
    cpu_state(m.cpu)->idtr.limit = 0; /* delivering #UD shuts down */
    cpu_sync(m.cpu);
    e = machine_step(&m, 1);
    ck_assert_int_eq(e.kind, CPU_EVENT_SHUTDOWN);
    machine_free(&m);
}
END_TEST

START_TEST(test_mmx_faults_in_order_ud_nm_mf)
{
    static const uint8_t paddb[] = {0x0f, 0xfc, 0xc1};
    struct machine m;
    struct cpu_state *s;

    open_groups(&m, 0);
    s = cpu_state(m.cpu);
    s->fcw = 0x300; /* nothing is masked */
    s->fsw = 0x8081;
    s->cr0 |= CR0_EM | CR0_TS;
    cpu_sync(m.cpu);
    ck_assert_int_eq(outcome(&m, paddb, sizeof(paddb)), VECTOR_UD);
    s->cr0 &= ~CR0_EM;
    cpu_sync(m.cpu);
    ck_assert_int_eq(outcome(&m, paddb, sizeof(paddb)), VECTOR_NM);
    s->cr0 &= ~CR0_TS;
    cpu_sync(m.cpu);
    ck_assert_int_eq(outcome(&m, paddb, sizeof(paddb)), VECTOR_MF);
    s->fsw = 0x3800;
    s->ftw = 0;
    s->cr4 &= ~CR4_OSFXSR; /* that is for XMM registers */
    cpu_sync(m.cpu);
    ck_assert_int_eq(outcome(&m, paddb, sizeof(paddb)), -1);
    ck_assert_uint_eq(s->ftw, 0xff);
    ck_assert_uint_eq(s->fsw, 0);
    ck_assert_uint_eq(s->x87[0].sign_exponent, 0xffff);
    machine_free(&m);
}
END_TEST

START_TEST(test_rdrand_same_seed_same_numbers)
{
    static const uint8_t code[] = {0x48, 0x0f, 0xc7, 0xf0,  /* RDRAND rax */
                                   0x48, 0x0f, 0xc7, 0xf9}; /* RDSEED rcx */
    uint64_t first[2] = {0, 0};
    struct machine m;

    for (int again = 0; again < 2; again++) {
        const uint64_t *g;

        open_groups(&m, ALL_GROUPS);
        ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
        g = cpu_state(m.cpu)->gpr;
        ck_assert(cpu_state(m.cpu)->rflags & RFLAGS_CF);
        ck_assert_uint_ne(g[REG_RAX], g[REG_RCX]);
        if (again) {
            ck_assert_uint_eq(g[REG_RAX], first[0]);
            ck_assert_uint_eq(g[REG_RCX], first[1]);
        }
        first[0] = g[REG_RAX];
        first[1] = g[REG_RCX];
        machine_free(&m);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("groups");

    tcase_add_loop_test(t, test_group_not_claimed_raises_ud, 0,
                        (int)ARRAY_LEN(samples));
    tcase_add_loop_test(t, test_group_claimed_runs, 0, (int)ARRAY_LEN(samples));
    tcase_add_test(t, test_count_of_zeros_without_group_scans);
    tcase_add_test(t, test_cpuid_claims_exactly_the_groups);
    tcase_add_test(t, test_vex_outside_protected_mode_raises_ud);
    tcase_add_test(t, test_mmx_faults_in_order_ud_nm_mf);
    tcase_add_test(t, test_rdrand_same_seed_same_numbers);
    return machine_main(t, "cpu-groups");
}
