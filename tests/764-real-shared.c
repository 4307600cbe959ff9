/*
 * Claim   Guests that share pCPUs, each with a kernel of its own, compute what
 *         each computes alone; round robin gives them equal shares; every cycle
 *         of every pCPU and of every vCPU is in a ledger; the same again is the
 *         same to the last byte.
 * Source  Popek, Goldberg: Formal Requirements for Virtualizable Third
 *         Generation Architectures, CACM 17(7), 1974 (equivalence, resource
 *         control).
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

static const char *const programs[] = {
    "--technique nested --memory 16M gups:footprint=256K,n=20000",
    "--technique shadow --memory 16M kvstore:keys=512,n=2000",
    "--technique nested --memory 16M forkwait:n=2,footprint=16K",
    "--technique shadow --memory 16M ctxswitch:n=20",
};

static struct real_rig *shared(unsigned vms, unsigned pcpus, const char *words)
{
    struct real_rig *r = real_begin("rr", pcpus, words);

    for (unsigned i = 0; i < vms; i++)
        real_add(r, programs[i]);
    real_run(r, 1000);
    return r;
}

static void end_as_alone(unsigned vms, unsigned pcpus, const char *words)
{
    struct real_rig *r = shared(vms, pcpus, words);

    for (unsigned i = 0; i < vms; i++) {
        struct run_record alone = real_alone(programs[i]);
        struct run_record together = real_record(r, i);

        real_ended_as(&together, &alone);
        ck_assert_uint_gt(together.ledger.cycles[LEDGER_STEAL] +
                              together.boot_ledger.cycles[LEDGER_STEAL],
                          0);
    }
    real_end(r);
}

START_TEST(test_two_vms_on_one_pcpu_end_as_alone)
{
    end_as_alone(2, 1, "--set rr.slice_us=100");
}
END_TEST

START_TEST(test_four_vms_on_one_pcpu_end_as_alone)
{
    end_as_alone(4, 1, "--set rr.slice_us=100");
}
END_TEST

START_TEST(test_four_vms_that_migrate_end_as_alone)
{
    end_as_alone(3, 2, "--set rr.slice_us=30");
}
END_TEST

START_TEST(test_without_vpids_they_end_as_alone)
{
    end_as_alone(2, 1, "--set rr.slice_us=100 --set cpu.has_vpid=off");
}
END_TEST

/* A vCPU's rows are its life, a pCPU's and its guests' its clock. */
START_TEST(test_ledgers_sum_to_lives_and_clocks)
{
    struct real_rig *r = shared(4, 2, "--set rr.slice_us=50");
    const struct sched *s = &r->host.dispatch.sched;
    uint64_t guests = 0, own = 0, clocks = 0;

    for (unsigned i = 0; i < 4; i++) {
        struct run_record record = real_record(r, i);
        const struct sched_vcpu *v = &s->vms[i].vcpus[0];
        uint64_t life = v->state_cycles[SCHED_RUNNING] +
                        v->state_cycles[SCHED_RUNNABLE] +
                        v->state_cycles[SCHED_BLOCKED];

        ck_assert_uint_eq(ledger_total(&record.ledger) +
                              ledger_total(&record.boot_ledger),
                          life);
        guests += v->state_cycles[SCHED_RUNNING];
    }
    for (unsigned n = 0; n < 2; n++) {
        struct ledger l = real_host_pcpu_ledger(r->real, n);

        own += ledger_total(&l);
        clocks += r->host.pcpus[n].now_cycle;
        ck_assert_uint_gt(l.cycles[LEDGER_SCHEDULER], 0);
    }
    ck_assert_uint_eq(guests + own, clocks);
    real_end(r);
}
END_TEST

START_TEST(test_round_robin_gives_equal_shares)
{
    struct real_rig *r = real_begin("rr", 1, "--set rr.slice_us=100");

    for (int i = 0; i < 3; i++)
        real_add(
            r, "--technique nested --memory 16M gups:footprint=64K,n=10000000");
    real_run(r, 12);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_double_eq_tol(real_share(r, i), 1.0 / 3, 0.01);
    real_end(r);
}
END_TEST

START_TEST(test_the_same_again_is_the_same)
{
    struct real_rig *a = shared(4, 2, "--set rr.slice_us=50");
    struct real_rig *b = shared(4, 2, "--set rr.slice_us=50");

    ck_assert_uint_eq(a->host.decisions, b->host.decisions);
    for (unsigned i = 0; i < 4; i++) {
        struct run_record ra = real_record(a, i), rb = real_record(b, i);

        ck_assert_mem_eq(&ra, &rb, sizeof ra);
    }
    real_end(a);
    real_end(b);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_two_vms_on_one_pcpu_end_as_alone,
        test_four_vms_on_one_pcpu_end_as_alone,
        test_four_vms_that_migrate_end_as_alone,
        test_without_vpids_they_end_as_alone,
        test_ledgers_sum_to_lives_and_clocks,
        test_round_robin_gives_equal_shares,
        test_the_same_again_is_the_same,
    };

    return real_main("real-shared", tests, ARRAY_LEN(tests));
}
