/*
 * Claim   Under EEVDF each vCPU gets its base slice at a time, 0.75 ms times
 *         1 + log2 of the pCPUs, in whole ticks; lag is kept over sleep, so
 *         that a vCPU neither gains nor loses by sleeping, but, with delayed
 *         dequeue, does not take debts along; nobody is ever more than a slice
 *         and a tick away from its share.
 * Source  Stoica & Abdel-Wahab, "Earliest Eligible Virtual Deadline First",
 *         1995, theorem 1 (lag is bounded by the greatest request); Linux
 *         Documentation/scheduler/sched-eevdf.rst; constants: V21.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static double slice_ms(unsigned pcpus, unsigned hogs, const char *hz,
                       const char *base_us)
{
    struct sched_rig *r = rig_begin("eevdf", pcpus);
    uint64_t before;
    double ms;

    rig_set(r, "cfs.hz", hz);
    rig_set(r, "eevdf.base_slice_us", base_us);
    for (unsigned i = 0; i < hogs; i++) {
        rig_vm(r, 1, 256, "compute 100ms");
        r->vm_configs[i].affinity = 1;
    }
    rig_run(r, 1008);
    before = rig_switches(r);
    rig_run(r, 3600);
    ms = 3600.0 / (double)(rig_switches(r) - before);
    rig_end(r);
    return ms;
}

START_TEST(test_eevdf_slice_is_the_base_slice)
{
    ck_assert_double_eq_tol(slice_ms(1, 2, "4000", "750"), 0.75, 0.001);
    ck_assert_double_eq_tol(slice_ms(1, 12, "4000", "750"), 0.75, 0.001);
    ck_assert_double_eq_tol(slice_ms(4, 2, "4000", "750"), 2.25, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 2, "1000", "750"), 3.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 12, "1000", "750"), 3.0, 0.001);
}
END_TEST

/* From Linux 6.15: 0.7 ms, 2.8 on 8 pCPUs. */
START_TEST(test_eevdf_slice_ends_at_a_tick)
{
    ck_assert_double_eq_tol(slice_ms(1, 2, "250", "750"), 4.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 2, "250", "700"), 4.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 2, "1000", "700"), 3.0, 0.001);
}
END_TEST

/* Four hogs, weights 1:2:4:8, looked at each 10 ms for 2 s. */
START_TEST(test_eevdf_nobody_is_far_from_its_share)
{
    struct sched_rig *r = rig_begin("eevdf", 1);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 1, 256u << i, "compute 100ms");
    rig_run(r, 100);
    for (unsigned step = 0; step < 200; step++) {
        rig_run(r, 10);
        for (unsigned i = 0; i < 4; i++) {
            double ideal = (double)r->host.now_cycle * (1u << i) / 15.0;
            double lag = ideal - (double)rig_state(r, i, SCHED_RUNNING);

            ck_assert_double_le(lag, 8e6);
            ck_assert_double_ge(lag, -8e6);
        }
    }
    rig_end(r);
}
END_TEST

/* It sleeps 1 ms whenever it ran 4: while it sleeps the hog has the pCPU, and
   that is not given back; nor does it win. */
START_TEST(test_eevdf_sleep_neither_gains_nor_loses)
{
    struct sched_rig *r = rig_begin("eevdf", 1);

    rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 256, "compute 4ms; block 1ms");
    rig_run(r, 20000);
    ck_assert_double_le(rig_share(r, 1), 0.5);
    ck_assert_double_ge(rig_share(r, 1), 0.4);
    rig_end(r);
}
END_TEST

/* How long three hogs let a light sleeper wait at most in nine of ten times, in
 * ms. */
static double late_wake_ms(const char *parity)
{
    struct sched_rig *r = rig_begin("eevdf", 1);
    double ms;

    rig_set(r, "eevdf.run_to_parity", parity);
    for (unsigned i = 0; i < 3; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 256, "compute 100us; block 10ms");
    rig_run(r, 10000);
    ms = (double)latency_permille(&rig_sched_vm(r, 3)->wake, 900) / 1e6;
    rig_end(r);
    return ms;
}

START_TEST(test_eevdf_run_to_parity_is_what_makes_sleepers_wait)
{
    ck_assert_double_ge(late_wake_ms("on"), 1.0);
    ck_assert_double_lt(late_wake_ms("off"), 0.1);
}
END_TEST

/* A vCPU runs for a slice of 10 ms, which is 5 more than its share, and sleeps
   for long: how long it waits as it wakes beside a hog, in ms, on average. */
static double debt_ms(const char *delay)
{
    struct sched_rig *r = rig_begin("eevdf", 1);
    double ms;

    rig_set(r, "cfs.hz", "4000");
    rig_set(r, "eevdf.base_slice_us", "10000");
    rig_set(r, "eevdf.delay_dequeue", delay);
    rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 256, "compute 10ms; block exp 200ms");
    rig_run(r, 40000);
    ms = (double)latency_mean(&rig_sched_vm(r, 1)->wake) / 1e6;
    rig_end(r);
    return ms;
}

/* 5 ms take 10 to pay back; without a debt half a slice of the hog is left. */
START_TEST(test_eevdf_delayed_dequeue_forgets_debts)
{
    ck_assert_double_eq_tol(debt_ms("off"), 10, 1);
    ck_assert_double_eq_tol(debt_ms("on"), 5, 1);
}
END_TEST

/* Work in the third and fourth second of two VMs that spin for locks on 8
   pCPUs, with PAUSE-loop exits. */
static uint64_t work_done(const char *forfeit)
{
    struct sched_rig *r = rig_begin("eevdf", 8);
    uint64_t before, after;

    r->host_config.check = false;
    rig_set(r, "eevdf.forfeit_on_yield", forfeit);
    for (unsigned n = 0; n < 2; n++) {
        rig_vm(r, 8, 256,
               "repeat 20 { compute exp 200us; lock 0; compute 10us; unlock 0 "
               "} barrier; block exp 2ms; done");
        r->phase_configs[n].costs.ple_window_cycles = 4096;
        r->phase_configs[n].costs.call_cycles = 1575;
    }
    rig_run(r, 2000);
    before = rig_counts(r, 0)->done + rig_counts(r, 1)->done;
    rig_run(r, 2000);
    after = rig_counts(r, 0)->done + rig_counts(r, 1)->done;
    rig_end(r);
    return after - before;
}

/* Deadlines run away from those that spin, and they are late for the lock. */
START_TEST(test_eevdf_forfeit_on_yield_stops_runaway_deadlines)
{
    ck_assert_uint_gt(2 * work_done("on"), 3 * work_done("off"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_eevdf_slice_is_the_base_slice,
        test_eevdf_slice_ends_at_a_tick,
        test_eevdf_nobody_is_far_from_its_share,
        test_eevdf_sleep_neither_gains_nor_loses,
        test_eevdf_run_to_parity_is_what_makes_sleepers_wait,
        test_eevdf_delayed_dequeue_forgets_debts,
        test_eevdf_forfeit_on_yield_stops_runaway_deadlines,
    };

    return rig_main("sched-eevdf", tests, ARRAY_LEN(tests));
}
