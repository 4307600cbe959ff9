/*
 * Claim   Under Credit2, SEDF and RTDS a VM that sleeps at the right moment,
 *         yields, wakes all the time, interrupts itself or is asked by
 *         everybody takes nothing of what another was promised: half a pCPU by
 *         weight, 47.5 ms of 100 ms, 4 ms of 10 ms; with extra time, half.
 * Source  the attack on sampled debits: Xen 78c9b2a64b; all three debit
 * exactly.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const greedy[] = {
    "compute 9500us; block 10us", /* sleeps before each tick of 10 ms */
    "compute 3990us; block 10us", /* ... before its budget is used up */
    "compute 450us; block 10us",  /* ... before its quantum is over */
    "compute 90us; block 1us",    /* wakes all the time */
    "compute 10us; yield",        /* gives way, and is soon back */
    "repeat 50 { compute 1us; yield }; compute 20ms",
    "compute 50us; shootdown", /* interrupts its own vCPUs */
    "compute 200us; barrier",  /* vCPUs that wait for each other */
    "lock 0; compute 3ms; unlock 0",
};

/* What a VM that computes has beside each of them, of its pCPU. */
static void check_left(const char *policy, bool extra, double least)
{
    for (size_t g = 0; g < ARRAY_LEN(greedy); g++)
        for (unsigned vcpus = 1; vcpus <= 2; vcpus++) {
            struct sched_rig *r = rig_begin(policy, vcpus);
            unsigned victim = rig_vm(r, vcpus, 256, "compute 1ms");
            unsigned thief = rig_vm(r, vcpus, 256, greedy[g]);
            double use;

            r->vm_configs[victim].extra = extra;
            r->vm_configs[thief].extra = extra;
            r->phase_configs[thief].costs = (struct phase_costs){
                .ipi_cycles = 5230, .flush_cycles = 1000, .call_cycles = 1575};
            rig_requests(r, thief, "exp 100us", "20us");
            rig_run(r, 3000);
            use = rig_use(r, victim) / vcpus;
            ck_assert_msg(use >= least, "%s, %u vCPUs, '%s': %.3f is left",
                          policy, vcpus, greedy[g], use);
            rig_end(r);
        }
}

START_TEST(test_credit2_greedy_vm_takes_no_more_than_its_share)
{
    check_left("credit2", false, 0.495);
}
END_TEST

START_TEST(test_sedf_greedy_vm_takes_nothing_of_a_slice)
{
    check_left("sedf", false, 0.4749);
    check_left("sedf", true, 0.495);
}
END_TEST

START_TEST(test_rtds_greedy_vm_takes_nothing_of_a_budget)
{
    check_left("rtds", false, 0.3999);
    check_left("rtds", true, 0.485);
}
END_TEST

/* Of ten equal VMs the greedy one has no more than a tenth. */
START_TEST(test_credit2_greedy_vm_among_ten)
{
    for (size_t g = 0; g < ARRAY_LEN(greedy); g++) {
        struct sched_rig *r = rig_begin("credit2", 1);

        rig_vm(r, 1, 256, greedy[g]);
        for (int i = 0; i < 9; i++)
            rig_vm(r, 1, 256, "compute 1ms");
        rig_run(r, 5000);
        ck_assert_double_le(rig_share(r, 0), 0.105);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit2_greedy_vm_takes_no_more_than_its_share,
        test_sedf_greedy_vm_takes_nothing_of_a_slice,
        test_rtds_greedy_vm_takes_nothing_of_a_budget,
        test_credit2_greedy_vm_among_ten,
    };

    return rig_main("sched-xen-greedy", tests, ARRAY_LEN(tests));
}
