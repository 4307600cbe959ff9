/*
 * Claim   Two VMs of real guest code with two vCPUs each share two pCPUs; their
 *         vCPUs wait for each other in spinlocks, shootdowns and hand-overs.
 *         Each cure gets them done in less than half the time that Credit alone
 *         takes: PAUSE-loop exits, gang scheduling, balance scheduling.
 * Source  V24, V27, V32 of published-numbers.md; tests/guest/smp is the guest.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

enum { LIMIT_MS = 400 };

/* When the last of them is done, in ms; at most the limit. */
static double done_ms(const char *policy, bool ple)
{
    const char *build = getenv("BUILD");
    struct real_rig *r = real_begin(policy, 2, "--timing fast");
    uint64_t khz, last = 0;
    double ms;

    for (unsigned i = 0; i < 2; i++) {
        char line[256];

        snprintf(line, sizeof line,
                 "--boot %s/guest/smp --technique nested --vcpus 2 "
                 "--memory 64M --timing fast --set exit.on.pause_loop=%s",
                 build ? build : "build", ple ? "on" : "off");
        real_add(r, line);
    }
    real_run(r, LIMIT_MS);
    khz = r->host.config.khz;
    for (unsigned i = 0; i < 2; i++) {
        struct run_record record = real_record(r, i);

        if (r->rows[i].ended_cycle > last)
            last = r->rows[i].ended_cycle;
        if (r->rows[i].ended_cycle != UINT64_MAX)
            ck_assert_int_eq(run_exit_status(&record), 0);
    }
    ms = last == UINT64_MAX ? LIMIT_MS : (double)last / (double)khz;
    real_end(r);
    return ms;
}

START_TEST(test_real_lock_cures_each_beats_credit_alone)
{
    double plain = done_ms("credit", false);
    double ple = done_ms("credit", true);
    double gang = done_ms("gang", false);
    double balance = done_ms("balance", false);

    printf("  ms until done: credit %.1f%s, with PLE %.1f, gang %.1f, "
           "balance %.1f\n",
           plain, plain >= LIMIT_MS ? " (not done)" : "", ple, gang, balance);
    fflush(stdout);
    ck_assert_double_lt(ple, plain / 2);
    ck_assert_double_lt(gang, plain / 2);
    ck_assert_double_lt(balance, plain / 2);
    ck_assert_double_lt(gang, ple); /* whom one waits for runs at its side */
}
END_TEST

/* KVM's directed yield. */
START_TEST(test_real_lock_cures_ple_beats_cfs_alone)
{
    ck_assert_double_lt(done_ms("cfs", true), done_ms("cfs", false) / 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_real_lock_cures_each_beats_credit_alone,
        test_real_lock_cures_ple_beats_cfs_alone,
    };
    Suite *suite = suite_create("real-lock_cures");
    TCase *cases = tcase_create("real-lock_cures");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
