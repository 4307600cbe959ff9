/*
 * Claim   Real guests on the threads of one core slow each other down: what
 *         they work takes 100/sched.smt_pct as long, which the ledger's row
 *         smt has, and they have one L1, one L2 and one TLB together.  What
 *         they compute stays the same.
 * Source  Marr et al., "Hyper-Threading Technology Architecture and
 *         Microarchitecture", Intel Technology Journal 6(1), 2002: execution
 *         units and caches are shared; 1.16 to 1.28 times the throughput.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

/* How the pCPUs lie, and what a busy sibling costs. */
struct place {
    unsigned pcpus, threads;
    uint32_t smt_pct;
};

/* Each of some alike, on a pCPU of its own; the record of the first. */
static struct run_record beside(unsigned vms, struct place at,
                                const char *program)
{
    struct real_rig *r = real_begin("rr", at.pcpus, "--check");
    struct run_record record;
    char line[128];

    r->host_config.sched.topology.threads_per_core = at.threads;
    r->host_config.smt_permille = at.smt_pct * 10;
    snprintf(line, sizeof line, "--technique nested --memory 16M %s", program);
    for (unsigned i = 0; i < vms; i++)
        r->vms[real_add(r, line)].affinity = (pcpu_set_t)1 << i;
    real_run(r, 1000);
    record = real_record(r, 0);
    ck_assert_int_eq(record.end, RUN_EXITED);
    ck_assert_uint_eq(ledger_total(&record.ledger), record.cycles);
    real_end(r);
    return record;
}

static const struct place two_cores = {2, 1, 62}, one_core = {2, 2, 62};

/* Of the program alone, it needs so many times the cycles. */
static double slower(const struct run_record *by, const struct run_record *than)
{
    return (double)by->cycles / (double)than->cycles;
}

START_TEST(test_a_busy_sibling_slows_work_by_the_parameter)
{
    static const char program[] = "chase:footprint=8K,n=1000000";
    struct run_record apart = beside(2, two_cores, program);
    struct run_record together = beside(2, one_core, program);
    uint64_t smt = together.ledger.cycles[LEDGER_SMT];
    double work =
        (double)(together.cycles - smt - ledger_waits(&together.ledger));

    real_ended_as(&together, &apart);
    ck_assert_uint_eq(apart.ledger.cycles[LEDGER_SMT], 0);
    ck_assert_double_eq_tol(slower(&together, &apart), 1 / 0.62, 0.03);
    ck_assert_double_eq_tol((double)smt / work, 0.38 / 0.62, 0.001);
}
END_TEST

START_TEST(test_an_idle_sibling_costs_nothing)
{
    static const char program[] = "chase:footprint=8K,n=200000";
    struct run_record apart = beside(1, two_cores, program);
    struct run_record alone = beside(1, one_core, program);

    ck_assert_uint_eq(alone.ledger.cycles[LEDGER_SMT], 0);
    ck_assert_double_eq_tol(slower(&alone, &apart), 1, 0.001);
}
END_TEST

/* Twice 1M does not fit one L2 of 1M; who waits for the L3 does not wait longer
   because the other works. */
START_TEST(test_siblings_have_one_l2)
{
    static const char program[] = "chase:footprint=1M,n=100000";
    struct run_record apart = beside(2, two_cores, program);
    struct run_record together = beside(2, one_core, program);

    real_ended_as(&together, &apart);
    ck_assert_uint_gt(record_count(&together, COUNTER_L2_MISS),
                      2 * record_count(&apart, COUNTER_L2_MISS));
    ck_assert_double_gt(slower(&together, &apart), 1.2);
    ck_assert_uint_lt(together.ledger.cycles[LEDGER_SMT], together.cycles / 5);
}
END_TEST

/* Twice 64 pages do not fit the 64 entries of one L1 data TLB. */
START_TEST(test_siblings_have_one_tlb)
{
    static const char program[] = "chase:footprint=256K,n=100000";
    struct run_record apart = beside(2, two_cores, program);
    struct run_record together = beside(2, one_core, program);

    ck_assert_uint_gt(record_count(&together, COUNTER_DTLB_L1_MISS),
                      10 * record_count(&apart, COUNTER_DTLB_L1_MISS));
    ck_assert_uint_lt(record_count(&together, COUNTER_DTLB_L2_MISS),
                      record_count(&apart, COUNTER_DTLB_L2_MISS) + 200);
}
END_TEST

/* Kernels, page tables, processes, shadow tables: side by side on two cores,
   each a node. */
START_TEST(test_siblings_compute_the_same)
{
    static const char *const programs[] = {
        "--technique shadow forkwait:n=2,footprint=16K",
        "--technique nested mmapchurn:n=10,footprint=64K",
        "--technique pv ctxswitch:n=20",
        "--technique nested --vcpus 2 kvstore:keys=512,n=500"};
    struct real_rig *r = real_begin("credit", 4, "--check");
    char line[128];

    r->host_config.sched.topology.threads_per_core = 2;
    r->host_config.sched.topology.nodes = 2;
    r->host_config.smt_permille = 620;
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        snprintf(line, sizeof line, "--memory 16M %s", programs[i]);
        real_add(r, line);
    }
    real_run(r, 1000);
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        struct run_record shared = real_record(r, (unsigned)i), alone;

        snprintf(line, sizeof line, "--memory 16M %s", programs[i]);
        alone = real_alone(line);
        real_ended_as(&shared, &alone);
    }
    real_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_a_busy_sibling_slows_work_by_the_parameter,
        test_an_idle_sibling_costs_nothing,
        test_siblings_have_one_l2,
        test_siblings_have_one_tlb,
        test_siblings_compute_the_same,
    };

    return real_main("real-siblings", tests, ARRAY_LEN(tests));
}
