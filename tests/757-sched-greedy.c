/*
 * Claim   Under bvt, esx and gang a VM that sleeps at the right moment, yields,
 *         wakes all the time, interrupts itself or is asked by everybody takes
 *         no more than its share from one that computes, and one that is slow
 *         to start loses nothing of its own.
 * Source  Duda and Cheriton, SOSP 1999 (a sleeper's virtual time comes up as it
 *         wakes); the attack on sampled debits: Xen 78c9b2a64b.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"bvt", "esx", "gang"};

static const char *const greedy[] = {
    "compute 9500us; block 10us", /* sleeps before each tick of 10 ms */
    "compute 4900us; block 10us", /* ... before its allowance is over */
    "compute 90us; block 1us",    /* ... within one charging unit */
    "compute 10us; yield",        /* gives way, and is soon back */
    "repeat 50 { compute 1us; yield }; compute 20ms",
    "compute 50us; shootdown", /* interrupts its own vCPUs */
    "compute 200us; barrier",  /* vCPUs that wait for each other */
    "lock 0; compute 3ms; unlock 0",
};

/* What one that computes has left beside the greedy one, of one pCPU or two. */
static double left(const char *policy, const char *program, unsigned vcpus)
{
    struct sched_rig *r = rig_begin(policy, vcpus);
    unsigned victim = rig_vm(r, vcpus, 256, "compute 1ms");
    unsigned thief = rig_vm(r, vcpus, 256, program);
    double use;

    r->phase_configs[thief].costs = (struct phase_costs){
        .ipi_cycles = 5230, .flush_cycles = 1000, .call_cycles = 1575};
    rig_requests(r, thief, "exp 100us", "20us");
    rig_run(r, 6000);
    use = rig_use(r, victim) / vcpus;
    rig_end(r);
    return use;
}

START_TEST(test_greedy_vm_takes_no_more_than_its_share)
{
    for (size_t p = 0; p < ARRAY_LEN(policies); p++)
        for (size_t g = 0; g < ARRAY_LEN(greedy); g++)
            for (unsigned vcpus = 1; vcpus <= 2; vcpus++) {
                double use = left(policies[p], greedy[g], vcpus);

                ck_assert_msg(use >= 0.49, "%s, %u vCPUs, '%s': %.3f is left",
                              policies[p], vcpus, greedy[g], use);
            }
}
END_TEST

/* Of ten equal VMs the greedy one has no more than a tenth. */
START_TEST(test_greedy_vm_among_ten)
{
    for (size_t p = 0; p < ARRAY_LEN(policies); p++)
        for (size_t g = 0; g < ARRAY_LEN(greedy); g++) {
            struct sched_rig *r = rig_begin(policies[p], 1);

            rig_vm(r, 1, 256, greedy[g]);
            for (int i = 0; i < 9; i++)
                rig_vm(r, 1, 256, "compute 1ms");
            rig_run(r, 10000);
            ck_assert_msg(rig_share(r, 0) <= 0.11, "%s, '%s': %.3f",
                          policies[p], greedy[g], rig_share(r, 0));
            rig_end(r);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_greedy_vm_takes_no_more_than_its_share,
        test_greedy_vm_among_ten,
    };

    return rig_main("sched-greedy", tests, ARRAY_LEN(tests));
}
