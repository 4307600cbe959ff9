/*
 * Claim   Under Linux's fair schedulers a VM that yields, wakes, spins or sends
 *         interrupts as often as it can takes no more than its share from the
 *         one beside it, and starving itself it starves nobody else.
 * Source  Linux Documentation/scheduler/sched-design-CFS.rst: "fair" is by time
 *         used, whatever it was used for.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"cfs", "eevdf", "balance"};

static const char *const storms[] = {
    "compute 5us; yield",
    "compute 20us; block 5us",
    "compute 3999us; block 1us", /* off just before each tick */
    "compute 3ms; block 1ms; compute 900us; yield",
    "compute 10us; shootdown",
    "compute 5us; lock 0; compute 100us; unlock 0",
    "compute 1us; block 1us",
};

/* A quiet VM of two vCPUs beside a storm of four, on two pCPUs. */
static double quiet_use(const char *policy, const char *storm)
{
    struct sched_rig *r = rig_begin(policy, 2);
    double use;

    r->host_config.check = false;
    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 4, 256, storm);
    r->phase_configs[1].costs.ple_window_cycles = 4096;
    r->phase_configs[1].costs.call_cycles = 1575;
    r->phase_configs[1].costs.ipi_cycles = 5230;
    rig_run(r, 2000);
    use = rig_use(r, 0);
    rig_end(r);
    return use;
}

START_TEST(test_fair_storms_take_no_more_than_their_share)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++)
        for (unsigned n = 0; n < ARRAY_LEN(storms); n++)
            ck_assert_msg(quiet_use(policies[i], storms[n]) >= 0.97,
                          "%s beside \"%s\": %f of 2", policies[i], storms[n],
                          quiet_use(policies[i], storms[n]));
}
END_TEST

/* 40 VMs in a storm: the others wait no longer than when those compute. */
START_TEST(test_fair_storm_of_many_starves_nobody)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 2);

        r->host_config.check = false;
        for (unsigned n = 0; n < 40; n++)
            rig_vm(r, 1, 256, n < 38 ? storms[n % 2] : "compute 1ms");
        rig_run(r, 4000);
        for (unsigned n = 38; n < 40; n++)
            ck_assert_double_ge(rig_use(r, n), 2.0 / 40 * 0.9);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_fair_storms_take_no_more_than_their_share,
        test_fair_storm_of_many_starves_nobody,
    };

    return rig_main("sched-fair-hostile", tests, ARRAY_LEN(tests));
}
