/*
 * 351-sse-definitions.c - claim: floating point obeys its definition where the
 * host is no oracle: RCP and RSQRT are within their documented error, results
 * do not depend on the quick path, FXSAVE has the documented layout, and INS
 * and OUTS hand out a page at a time.
 *
 * Intel SDM vol. 1, "FXSAVE Area"; vol. 2, RCPPS, RSQRTPS, INS, OUTS.
 */
#include "tests/cpu_fixture.h"

#include "sim/core/rng.h"
#include "sim/cpu/sse_fp.h"

static struct machine m;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static float as_float(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof(f));
    return f;
}

/* product is 1 up to `times` the documented error, 1.5 * 2^-12. */
static void expect_close(double product, double times)
{
    double error = product < 1 ? 1 - product : product - 1;

    ck_assert_double_le(error, times * 1.5 / 4096);
}

START_TEST(test_sse_rcp_normal_operands_within_documented_error)
{
    struct fp_env env = sse_env(MXCSR_RESET);
    struct rng rng;

    rng_init(&rng, 1);
    for (unsigned i = 0; i < 100000; i++) {
        /* exponents whose reciprocal is normal */
        uint32_t bits = (1 + rng_below(&rng, 251)) << 23 |
                        ((uint32_t)rng_next(&rng) & 0x7fffff);
        union xmm s = {.u32 = {bits}}, d = s;

        double x = (double)as_float(bits), y;

        sse_rcpss(&env, &d, &s);
        expect_close((double)as_float(d.u32[0]) * x, 1);
        sse_rsqrtss(&env, &d, &s);
        y = (double)as_float(d.u32[0]);
        expect_close(y * y * x, 2);
    }
    ck_assert_uint_eq(env.flags, 0);
}
END_TEST

START_TEST(test_sse_rcp_special_operands_as_documented)
{
    static const uint32_t rcp[][2] = {
        {0x00000000, 0x7f800000}, {0x80000000, 0xff800000},
        {0x00000001, 0x7f800000}, {0x7f800000, 0x00000000},
        {0xff800000, 0x80000000}, {0x7fa00000, 0x7fe00000},
        {0x3f800000, 0x3f800000}, {0x7f000000, 0x00000000},
    };
    static const uint32_t rsqrt[][2] = {
        {0x00000000, 0x7f800000}, {0x80000000, 0xff800000},
        {0xbf800000, 0xffc00000}, {0x7f800000, 0x00000000},
        {0xff800000, 0xffc00000}, {0x40800000, 0x3f000000},
    };
    struct fp_env env = sse_env(MXCSR_RESET);
    union xmm s = {.u64 = {0, 0}}, d = s;

    for (size_t i = 0; i < ARRAY_LEN(rcp); i++) {
        s.u32[0] = rcp[i][0];
        sse_rcpss(&env, &d, &s);
        ck_assert_uint_eq(d.u32[0], rcp[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(rsqrt); i++) {
        s.u32[0] = rsqrt[i][0];
        sse_rsqrtss(&env, &d, &s);
        ck_assert_uint_eq(d.u32[0], rsqrt[i][1]);
    }
}
END_TEST

/* The same operation with and without FP_PE already recorded. */
static void expect_same(sse_fp_function *f, const union xmm *a,
                        const union xmm *b)
{
    struct fp_env slow = sse_env(MXCSR_RESET);
    struct fp_env quick = sse_env(MXCSR_RESET | FP_PE);
    union xmm d = *a, e = *a;

    ck_assert(!slow.quick);
    ck_assert(quick.quick);
    f(&slow, &d, b);
    f(&quick, &e, b);
    ck_assert_mem_eq(&d, &e, sizeof(d));
    /* only PE may be missing: it is in MXCSR already */
    ck_assert_uint_eq(slow.flags | FP_PE, quick.flags | FP_PE);
}

START_TEST(test_sse_arithmetic_quick_path_equals_integer_path)
{
    static sse_fp_function *const functions[] = {
        sse_addps, sse_subps, sse_mulps, sse_divps, sse_sqrtps,
        sse_addpd, sse_subpd, sse_mulpd, sse_divpd, sse_sqrtpd,
        sse_minps, sse_maxps, sse_minpd, sse_maxpd};
    struct rng rng;

    rng_init(&rng, 2);
    for (unsigned i = 0; i < 20000; i++) {
        union xmm a, b;

        for (unsigned k = 0; k < 2; k++) {
            a.u64[k] = rng_next(&rng);
            b.u64[k] = rng_next(&rng);
        }
        if (i % 2) { /* close exponents: cancellation, carries */
            b.u64[0] = (a.u64[0] & 0xfff0000000000000) | b.u64[0] >> 12;
            b.u64[1] = a.u64[1] ^ (b.u64[1] & 0xff);
        }
        for (size_t f = 0; f < ARRAY_LEN(functions); f++)
            expect_same(functions[f], &a, &b);
    }
}
END_TEST

/* fxsave64 [rdi]; hlt */
static const uint8_t fxsave[] = {0x48, 0x0f, 0xae, 0x07, 0xf4};
/* fxrstor64 [rdi]; hlt */
static const uint8_t fxrstor[] = {0x48, 0x0f, 0xae, 0x0f, 0xf4};

START_TEST(test_fxsave_area_has_documented_layout_and_restores)
{
    struct cpu_state *s = cpu_state(m.cpu);
    struct cpu_state before;
    uint64_t fill = 0xa5a5a5a5a5a5a5a5;

    machine_put64(&m, AT_DATA + 416, fill);
    machine_put64(&m, AT_DATA + 504, fill);
    s->gpr[REG_RDI] = AT_DATA;
    s->fcw = 0x37f;
    s->fsw = 0x3841; /* TOP = 7 */
    s->ftw = 0x81;
    s->fop = 0x123;
    s->fip = 0x1122334455667788;
    s->fdp = 0x99aabbccddeeff00;
    s->mxcsr = 0x1fa0;
    for (unsigned i = 0; i < 8; i++)
        s->x87[i] = (struct x87_reg){0x1000 + i, (uint16_t)(0x4000 + i)};
    for (unsigned i = 0; i < 16; i++)
        s->xmm[i] = (union xmm){.u64 = {i, ~(uint64_t)i}};
    before = *s;
    machine_execute(&m, fxsave, sizeof fxsave);
    ck_assert(s->halted);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA), 0x012300813841037f);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 8), before.fip);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 16), before.fdp);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 24), 0x0000ffff00001fa0);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 32), 0x1007); /* ST0 = R7 */
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 40), 0x4007);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 48), 0x1000); /* ST1 = R0 */
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 160 + 16 * 15), 15);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 416), fill);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 504), fill);

    memset(s->x87, 0, sizeof(s->x87));
    memset(s->xmm, 0, sizeof(s->xmm));
    s->fsw = s->ftw = 0;
    s->fip = 0;
    s->mxcsr = MXCSR_RESET;
    s->halted = false;
    s->rip = AT_CODE;
    machine_execute(&m, fxrstor, sizeof fxrstor);
    ck_assert_mem_eq(s->xmm, before.xmm, sizeof(s->xmm));
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(s->x87[i].mantissa, 0x1000 + i);
    ck_assert_uint_eq(s->fsw, before.fsw);
    ck_assert_uint_eq(s->ftw, before.ftw);
    ck_assert_uint_eq(s->fip, before.fip);
    ck_assert_uint_eq(s->mxcsr, before.mxcsr);
}
END_TEST

START_TEST(test_fxsave_misaligned_or_bad_mxcsr_raises_gp)
{
    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA + 8;
    machine_execute(&m, fxsave, sizeof fxsave);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);

    machine_enter(&m, 0);
    cpu_state(m.cpu)->halted = false;
    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA;
    machine_put64(&m, AT_DATA + 24, 0x10000);
    machine_execute(&m, fxrstor, sizeof fxrstor);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
}
END_TEST

START_TEST(test_sse_without_osfxsr_or_with_ts_raises_ud_or_nm)
{
    static const uint8_t addps[] = {0x0f, 0x58, 0xc1, 0xf4};
    struct cpu_state *s = cpu_state(m.cpu);

    s->cr4 &= ~CR4_OSFXSR;
    cpu_sync(m.cpu);
    machine_execute(&m, addps, sizeof addps);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);

    machine_enter(&m, 0);
    s->halted = false;
    s->cr0 |= CR0_TS;
    cpu_sync(m.cpu);
    machine_execute(&m, addps, sizeof addps);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_NM);
}
END_TEST

START_TEST(test_outs_repeated_hands_out_the_rest_of_the_page)
{
    static const uint8_t rep_outsb[] = {0xf3, 0x6e, 0xf4};
    struct cpu_state *s = cpu_state(m.cpu);
    struct cpu_event e;

    machine_put64(&m, AT_DATA + 0xff8, 0x0807060504030201);
    s->gpr[REG_RSI] = AT_DATA + 0xff8;
    s->gpr[REG_RCX] = 10;
    s->gpr[REG_RDX] = 0x3f8;
    e = machine_execute(&m, rep_outsb, sizeof rep_outsb);
    ck_assert_int_eq(e.kind, CPU_EVENT_PORT);
    ck_assert_uint_eq(e.port.port, 0x3f8);
    ck_assert(e.port.string && !e.port.in);
    ck_assert_uint_eq(e.port.count, 8);
    ck_assert_int_eq(e.port.data[0], 1);
    ck_assert_int_eq(e.port.data[7], 8);
    cpu_complete_port(m.cpu, &e.port);
    ck_assert_uint_eq(s->gpr[REG_RCX], 2);
    e = machine_run(&m);
    ck_assert_uint_eq(e.port.count, 2);
    cpu_complete_port(m.cpu, &e.port);
    ck_assert_uint_eq(s->gpr[REG_RSI], AT_DATA + 0xff8 + 10);
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
}
END_TEST

START_TEST(test_ins_repeated_downward_fills_memory_in_order)
{
    static const uint8_t rep_insw[] = {0xf3, 0x66, 0x6d, 0xf4};
    struct cpu_state *s = cpu_state(m.cpu);
    struct cpu_event e;

    s->rflags |= RFLAGS_DF;
    s->gpr[REG_RDI] = AT_DATA + 6;
    s->gpr[REG_RCX] = 4;
    s->gpr[REG_RDX] = 0x1f0;
    e = machine_execute(&m, rep_insw, sizeof rep_insw);
    ck_assert_int_eq(e.kind, CPU_EVENT_PORT);
    ck_assert_uint_eq(e.port.count, 4);
    for (uint8_t i = 0; i < 8; i++)
        e.port.data[i] = i;
    cpu_complete_port(m.cpu, &e.port);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA), 0x0100030205040706);
    ck_assert_uint_eq(s->gpr[REG_RCX], 0);
    ck_assert_uint_eq(s->gpr[REG_RDI], AT_DATA - 2);
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("sse");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_sse_rcp_normal_operands_within_documented_error);
    tcase_add_test(t, test_sse_rcp_special_operands_as_documented);
    tcase_add_test(t, test_sse_arithmetic_quick_path_equals_integer_path);
    tcase_add_test(t, test_fxsave_area_has_documented_layout_and_restores);
    tcase_add_test(t, test_fxsave_misaligned_or_bad_mxcsr_raises_gp);
    tcase_add_test(t, test_sse_without_osfxsr_or_with_ts_raises_ud_or_nm);
    tcase_add_test(t, test_outs_repeated_hands_out_the_rest_of_the_page);
    tcase_add_test(t, test_ins_repeated_downward_fills_memory_in_order);
    return machine_main(t, "sse-definitions");
}
