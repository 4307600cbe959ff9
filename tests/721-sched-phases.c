/*
 * Claim   A modelled vCPU does what its program says and takes the time that it
 *         says, whatever else runs; waits for locks, barriers and answers are
 *         spent spinning; programs that make no sense are refused with a line.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static void refuse(const char *text, const char *word)
{
    struct phase_program p;
    struct error e = {""};

    ck_assert_msg(phase_program_parse(&p, text, RIG_KHZ, &e) == STATUS_USAGE,
                  "'%s' was taken", text);
    ck_assert_msg(strstr(e.text, word) != NULL, "'%s': %s", text, e.text);
}

START_TEST(test_phases_nonsense_is_refused)
{
    refuse("", "takes no time");
    refuse("lock 0; unlock 0", "takes no time");
    refuse("compute", "a number");
    refuse("compute 5", "ns, us, ms, s or c");
    refuse("compute 5 m", "ns, us, ms, s or c");
    refuse("compute 0ms", "1 cycle");
    refuse("compute 1ms; dance", "a phase");
    refuse("computer 1ms", "a phase");
    refuse("lock 16; compute 1ms", "15");
    refuse("lock 1.5; compute 1ms", "whole number");
    refuse("repeat 0 { compute 1ms }", "nothing");
    refuse("repeat 2 compute 1ms", "'{'");
    refuse("repeat 2 { compute 1ms", "without its '}'");
    refuse("compute 1ms }", "without repeat");
    refuse("block uniform 2ms..1ms", "smaller");
    refuse("block uniform 2ms", "'..'");
    refuse("compute 99999999999999s", "months");
    refuse("repeat 2 { repeat 2 { repeat 2 { repeat 2 { repeat 2 { compute "
           "1ms } } } } }",
           "deep");
}
END_TEST

START_TEST(test_phases_compute_and_block_take_their_time)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_vm(r, 1, 256, "compute 2ms; block 3ms; done");
    rig_run(r, 1001);
    ck_assert_uint_eq(rig_counts(r, 0)->done, 200);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 401000000);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_BLOCKED), 600000000);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_without_done_rounds_count)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_vm(r, 1, 256, "repeat 3 { compute 1ms; repeat 2 { block 1ms } }");
    rig_run(r, 901);
    ck_assert_uint_eq(rig_counts(r, 0)->done, 100);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_random_times_have_their_mean)
{
    struct sched_rig *r = rig_begin("rr", 1);
    double round_ms;

    rig_vm(r, 1, 256, "compute exp 1ms; block uniform 1ms..3ms; done");
    rig_run(r, 60000);
    round_ms = 60000.0 / (double)rig_counts(r, 0)->done;
    ck_assert_double_eq_tol(round_ms, 3, 0.05);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_lock_is_held_by_one_and_waited_for_spinning)
{
    struct sched_rig *r = rig_begin("rr", 2);

    rig_vm(r, 2, 256, "lock 0; compute 1ms; unlock 0; done");
    rig_run(r, 1000);
    /* One works while the other spins: 1000 units in all, not 2000. */
    ck_assert_uint_ge(rig_counts(r, 0)->done, 998);
    ck_assert_uint_le(rig_counts(r, 0)->done, 1000);
    ck_assert_double_eq_tol((double)rig_counts(r, 0)->spin_cycles, 1e9, 2e7);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_barrier_waits_for_the_slowest)
{
    struct sched_rig *r = rig_begin("rr", 4);

    rig_vm(r, 4, 256, "compute uniform 1us..1000us; barrier; done");
    rig_run(r, 5000);
    /* The greatest of four uniform draws is 4/5 of the range on average. */
    ck_assert_double_eq_tol((double)rig_counts(r, 0)->done / 4 * 0.8, 5000,
                            100);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_shootdown_waits_for_a_vcpu_that_does_not_run)
{
    struct sched_rig *r = rig_begin("rr", 1);

    /* Both share a pCPU: an answer comes a slice of 10 ms later. */
    rig_vm(r, 2, 256, "compute 1ms; shootdown; done");
    rig_run(r, 1000);
    ck_assert_uint_le(rig_counts(r, 0)->done, 120);
    rig_end(r);

    r = rig_begin("rr", 1);
    rig_vm(r, 2, 256, "compute 1ms; shootdown; done");
    r->phase_configs[0].pv_flush = true;
    rig_run(r, 1000);
    ck_assert_uint_ge(rig_counts(r, 0)->done, 990);
    rig_end(r);
}
END_TEST

/* Interrupts from all sides cost time; none of the work is left out. */
START_TEST(test_phases_shootdowns_leave_work_as_it_is)
{
    struct sched_rig *r = rig_begin("rr", 4);

    rig_vm(r, 4, 256, "compute exp 500us; shootdown");
    r->phase_configs[0].costs.flush_cycles = 1000;
    r->phase_configs[0].costs.ipi_cycles = 5230;
    rig_run(r, 4000);
    ck_assert_uint_le(rig_counts(r, 0)->done, 4 * 8000);
    ck_assert_uint_ge(rig_counts(r, 0)->done, 4 * 7000);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_pv_lock_waiters_halt_and_are_kicked)
{
    struct sched_rig *r = rig_begin("rr", 2);

    rig_vm(r, 4, 256, "lock 0; compute 1ms; unlock 0; compute 10us; done");
    r->phase_configs[0].lock_kind = LOCK_PV;
    r->phase_configs[0].costs.pv_spin_cycles = 100000;
    rig_run(r, 1000);
    ck_assert_uint_ge(rig_counts(r, 0)->done, 900);
    ck_assert_uint_ge(rig_counts(r, 0)->halts, 100);
    ck_assert_uint_ge(rig_counts(r, 0)->kicks, 100);
    /* Without the halts three of four would spin all the time. */
    ck_assert_double_le((double)rig_counts(r, 0)->spin_cycles, 0.5e9);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_requests_are_answered_while_the_program_computes)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_vm(r, 1, 256, "compute 100ms; done");
    rig_requests(r, 0, "10ms", "1ms");
    rig_run(r, 1005);
    ck_assert_uint_eq(rig_counts(r, 0)->requests, 100);
    ck_assert_uint_eq(latency_permille(&rig_counts(r, 0)->response, 1000),
                      1000000);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_requests_wake_a_blocked_vcpu)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_vm(r, 1, 256, "block 1s; done");
    rig_requests(r, 0, "10ms", "1ms");
    rig_run(r, 2005);
    ck_assert_uint_eq(rig_counts(r, 0)->requests, 200);
    ck_assert_uint_eq(rig_counts(r, 0)->done, 2); /* it sleeps on */
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 200000000);
    rig_end(r);
}
END_TEST

START_TEST(test_phases_same_seed_same_run)
{
    uint64_t done[2], switches[2];

    for (int i = 0; i < 2; i++) {
        struct sched_rig *r = rig_begin("rr", 2);

        for (int n = 0; n < 4; n++)
            rig_vm(r, 2, 256,
                   "compute exp 300us; lock 1; compute exp 20us; unlock 1; "
                   "block exp 200us; done");
        rig_run(r, 1000);
        done[i] = rig_counts(r, 3)->done;
        switches[i] = rig_switches(r);
        rig_end(r);
    }
    ck_assert_uint_eq(done[0], done[1]);
    ck_assert_uint_eq(switches[0], switches[1]);
}
END_TEST

START_TEST(test_phases_siblings_slow_each_other)
{
    struct sched_rig *r = rig_begin("rr", 2);

    r->host_config.sched.topology.threads_per_core = 2;
    r->host_config.smt_permille = 620;
    rig_vm(r, 2, 256, "compute 1ms; done");
    rig_run(r, 1001);
    ck_assert_uint_eq(rig_counts(r, 0)->done, 1240);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_phases_nonsense_is_refused,
        test_phases_compute_and_block_take_their_time,
        test_phases_without_done_rounds_count,
        test_phases_random_times_have_their_mean,
        test_phases_lock_is_held_by_one_and_waited_for_spinning,
        test_phases_barrier_waits_for_the_slowest,
        test_phases_shootdown_waits_for_a_vcpu_that_does_not_run,
        test_phases_shootdowns_leave_work_as_it_is,
        test_phases_pv_lock_waiters_halt_and_are_kicked,
        test_phases_requests_are_answered_while_the_program_computes,
        test_phases_requests_wake_a_blocked_vcpu,
        test_phases_same_seed_same_run,
        test_phases_siblings_slow_each_other,
    };

    return rig_main("sched-phases", tests, ARRAY_LEN(tests));
}
