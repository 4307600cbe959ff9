/*
 * Claim   A guest that crashes, spins, exits without end, asks for timers
 *         without end or reaches for what is not its own harms itself alone:
 *         what the other computes does not change by a byte, and it has the
 *         share that the policy gives it.
 * Source  Popek, Goldberg: Formal Requirements for Virtualizable Third
 *         Generation Architectures, CACM 17(7), 1974 (resource control).
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

/* 32-bit code at 1 MiB, paging off, interrupts off. */
static const uint8_t triple_faults[] = {
    0x0f, 0x01, 0x1d, 0x00, 0x00, 0x20, 0x00, /* lidt [0x200000]: limit 0 */
    0xcc,                                     /* int3 */
};
static const uint8_t spins[] = {0xeb, 0xfe};
static const uint8_t pauses[] = {0xf3, 0x90, 0xeb, 0xfc};
static const uint8_t exits[] = {0x0f, 0xa2, 0xeb, 0xfc}; /* cpuid */
static const uint8_t halts[] = {0xf4, 0xeb, 0xfd};
static const uint8_t reaches[] = {
    0xbf, 0x00, 0x00, 0x10, 0x01,       /* mov edi, 0x1100000: behind its end */
    0xc7, 0x07, 0xad, 0xde, 0xad, 0xde, /* mov [edi], 0xdeaddead */
    0x81, 0xc7, 0x00, 0x10, 0x00, 0x00, /* add edi, 4096 */
    0xeb, 0xf2,
};
/* APIC timer, periodic, of one count, masked by IF: an event a moment. */
static const uint8_t timers[] = {
    0xbf, 0x00, 0x00, 0xe0, 0xfe,                   /* mov edi, 0xfee00000 */
    0xc7, 0x87, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, /* SVR: enabled */
    0x00, 0x00,                                     /* */
    0xc7, 0x87, 0x20, 0x03, 0x00, 0x00, 0x40, 0x00, /* LVT: periodic, 0x40 */
    0x02, 0x00,                                     /* */
    0xc7, 0x87, 0x80, 0x03, 0x00, 0x00, 0x01, 0x00, /* initial count 1 */
    0x00, 0x00,                                     /* */
    0xeb, 0xfe,
};
/* To itself, and to all, by the ICR. */
static const uint8_t ipis[] = {
    0xbf, 0x00, 0x00, 0xe0, 0xfe,                   /* mov edi, 0xfee00000 */
    0xc7, 0x87, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, /* SVR: enabled */
    0x00, 0x00,                                     /* */
    0xc7, 0x87, 0x00, 0x03, 0x00, 0x00, 0x41, 0x00, /* ICR: all, vector 0x41 */
    0x08, 0x00,                                     /* */
    0xeb, 0xf4,
};

#define LAST_CYCLE ((uint64_t)200000000)

static const char victim[] =
    "--technique nested --memory 16M kvstore:keys=512,n=10000";

static struct real_rig *beside(const uint8_t *code, size_t bytes,
                               const char *technique, const char *words)
{
    struct real_rig *r = real_begin("rr", 1, words);
    char line[128];

    snprintf(line, sizeof line, "--technique %s --memory 16M syscall",
             technique);
    real_add(r, victim);
    real_set_code(r, real_add(r, line), code, bytes);
    do
        real_run(r, 1);
    while (r->rows[0].ended_cycle == UINT64_MAX && r->now_cycle < LAST_CYCLE);
    return r;
}

/* How the hostile guest ended, and how long the victim waited: of its life. */
struct harm {
    enum run_end end;
    double waited;
};

static struct harm harm_of(const uint8_t *code, size_t bytes,
                           const char *technique)
{
    struct real_rig *r =
        beside(code, bytes, technique, "--check --set rr.slice_us=100");
    const struct sched_vcpu *v = &r->host.dispatch.sched.vms[0].vcpus[0];
    struct run_record alone = real_alone(victim);
    struct run_record together = real_record(r, 0);
    struct run_record hostile = real_record(r, 1);
    uint64_t life = r->rows[0].ended_cycle;
    struct harm harm = {hostile.end,
                        (double)v->state_cycles[SCHED_RUNNABLE] / (double)life};

    real_ended_as(&together, &alone);
    ck_assert_uint_eq(life, v->state_cycles[SCHED_RUNNABLE] +
                                v->state_cycles[SCHED_RUNNING] +
                                v->state_cycles[SCHED_BLOCKED]);
    real_end(r);
    return harm;
}

static const char *const techniques[] = {"nested", "shadow"};

START_TEST(test_a_triple_fault_ends_one_vm)
{
    struct harm harm =
        harm_of(triple_faults, sizeof triple_faults, techniques[_i]);

    ck_assert_int_eq(harm.end, RUN_CRASHED);
    ck_assert_double_le(harm.waited, 0.02);
}
END_TEST

START_TEST(test_a_halt_for_ever_takes_nothing)
{
    struct harm harm = harm_of(halts, sizeof halts, techniques[_i]);

    ck_assert_int_eq(harm.end, RUN_WAITS_FOREVER);
    ck_assert_double_le(harm.waited, 0.02);
}
END_TEST

/* Half a pCPU, whatever it does with it; one slice more or less. */
START_TEST(test_storms_take_no_more_than_a_share)
{
    static const struct {
        const uint8_t *code;
        size_t bytes;
    } storms[] = {{spins, sizeof spins}, {pauses, sizeof pauses},
                  {exits, sizeof exits}, {timers, sizeof timers},
                  {ipis, sizeof ipis},   {reaches, sizeof reaches}};
    struct harm harm =
        harm_of(storms[_i / 2].code, storms[_i / 2].bytes, techniques[_i % 2]);

    ck_assert_int_eq(harm.end, RUN_LIMIT);
    ck_assert_double_le(harm.waited, 0.52);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-hostile");
    TCase *cases = tcase_create("real-hostile");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_a_triple_fault_ends_one_vm, 0, 2);
    tcase_add_loop_test(cases, test_a_halt_for_ever_takes_nothing, 0, 2);
    tcase_add_loop_test(cases, test_storms_take_no_more_than_a_share, 0, 12);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
