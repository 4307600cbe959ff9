/*
 * Claim   Under CFS a vCPU that sleeps much runs as soon as it wakes, beside
 *         any number of hogs; but sleep earns no more than half the latency
 *         (GENTLE_FAIR_SLEEPERS), and one that is no more than the wake-up
 *         granularity behind waits for its turn.  Under EEVDF it waits for the
 *         slice of the one that runs (RUN_TO_PARITY).
 * Source  Linux to 6.5, Documentation/scheduler/sched-design-CFS.rst; since
 *         6.6, sched-eevdf.rst.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* What a VM's wake-ups cost, in ms, beside so many hogs on one pCPU. */
static double wake_ms(const char *policy, unsigned hogs, const char *program,
                      unsigned permille)
{
    struct sched_rig *r = rig_begin(policy, 1);
    double ms;

    for (unsigned i = 0; i < hogs; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 256, program);
    rig_run(r, 20000);
    ms = (double)latency_permille(&rig_sched_vm(r, hogs)->wake, permille) / 1e6;
    rig_end(r);
    return ms;
}

START_TEST(test_cfs_sleeper_runs_at_once)
{
    for (unsigned hogs = 1; hogs <= 6; hogs++)
        ck_assert_double_eq(
            wake_ms("cfs", hogs, "block 10ms; compute 100us", 990), 0.0);
}
END_TEST

/* Three hogs whose ticks come every 4 ms: nobody is interrupted before. */
START_TEST(test_eevdf_sleeper_waits_for_the_slice_that_runs)
{
    double ms = wake_ms("eevdf", 3, "block 3ms; compute 1ms", 500);

    ck_assert_double_ge(ms, 1.0);
    ck_assert_double_le(wake_ms("eevdf", 3, "block 10ms; compute 100us", 950),
                        4.13);
}
END_TEST

/* A quarter of a ms, a tick of these tests: did the VM run in it? */
static bool runs_on(struct sched_rig *r, unsigned vm)
{
    struct error e = {""};
    uint64_t before = rig_state(r, vm, SCHED_RUNNING);

    r->now_us += 250;
    ck_assert(host_run(&r->host, r->now_us * (RIG_KHZ / 1000), &e));
    return rig_state(r, vm, SCHED_RUNNING) != before;
}

/* A vCPU wakes after 100 ms beside a hog: how long the hog then waits, in
   quarters of a ms. */
static unsigned first_run(const char *gentle)
{
    struct sched_rig *r = rig_begin("cfs", 1);
    unsigned quarters = 1;

    rig_set(r, "cfs.hz", "4000");
    rig_set(r, "cfs.gentle_sleepers", gentle);
    rig_vm(r, 1, 256, "compute 1s");
    rig_vm(r, 1, 256, "block 100ms; compute 1s");
    rig_run(r, 50);
    while (runs_on(r, 0))
        ck_assert_uint_lt(r->now_us, 120000);
    while (!runs_on(r, 0))
        quarters++;
    rig_end(r);
    return quarters;
}

/* 3 ms of credit, or 6; by then both are level, and slices are 3 ms. */
START_TEST(test_cfs_sleep_is_worth_half_the_latency)
{
    ck_assert_uint_eq(first_run("on"), 12);
    ck_assert_uint_eq(first_run("off"), 24);
}
END_TEST

/* Nearly always awake: it is never so far behind as to preempt. */
START_TEST(test_cfs_who_ran_its_share_does_not_preempt)
{
    double ms = wake_ms("cfs", 1, "compute 20ms; block 500us", 500);

    ck_assert_double_ge(ms, 1.0);
}
END_TEST

/* Sleeping a little and often wins nothing: half is what it gets. */
START_TEST(test_fair_sleep_does_not_pay)
{
    static const char *const policies[] = {"cfs", "eevdf"};

    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 1);

        rig_vm(r, 1, 256, "compute 100ms");
        rig_vm(r, 1, 256, "compute 3ms; block 100us");
        rig_run(r, 20000);
        ck_assert_double_le(rig_share(r, 1), 0.505);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_cfs_sleeper_runs_at_once,
        test_eevdf_sleeper_waits_for_the_slice_that_runs,
        test_cfs_sleep_is_worth_half_the_latency,
        test_cfs_who_ran_its_share_does_not_preempt,
        test_fair_sleep_does_not_pay,
    };

    return rig_main("sched-cfs-wakeup", tests, ARRAY_LEN(tests));
}
