/*
 * Claim   Two VMs of real guest code with two vCPUs each share two pCPUs; their
 *         vCPUs wait for each other in spinlocks, shootdowns and hand-overs.
 *         Each cure gets them done in less than half the time that Credit alone
 *         takes: PAUSE-loop exits, gang scheduling, balance scheduling.  So it
 *         is with two minikernels of four vCPUs on four pCPUs, whose threads
 *         contend for the kernel's lock; there PV spinlocks are a cure, too.
 * Source  V24, V27, V31, V32 of published-numbers.md; the guests are
 *         tests/guest/smp and tests/guest/programs/contend.c.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

enum { LIMIT_MS = 400 };

/* Two VMs on so many pCPUs; when the last of them is done, in ms; at most the
   limit. */
static double two_done_ms(const char *policy, unsigned pcpus, const char *words)
{
    struct real_rig *r = real_begin(policy, pcpus, "--timing fast");
    uint64_t khz, last = 0;
    double ms;

    real_add(r, words);
    real_add(r, words);
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

static double done_ms(const char *policy, bool ple)
{
    const char *build = getenv("BUILD");
    char line[256];

    snprintf(line, sizeof line,
             "--boot %s/guest/smp --technique nested --vcpus 2 "
             "--memory 64M --timing fast --set exit.on.pause_loop=%s",
             build ? build : "build", ple ? "on" : "off");
    return two_done_ms(policy, 2, line);
}

static double kernel_done_ms(const char *policy, const char *settings)
{
    const char *build = getenv("BUILD");
    char line[256];

    snprintf(line, sizeof line,
             "--technique nested --vcpus 4 --memory 64M --timing fast %s -- "
             "%s/guest/contend calls 4 500",
             settings, build ? build : "build");
    return two_done_ms(policy, 4, line);
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

START_TEST(test_real_lock_cures_each_beats_credit_alone_in_the_minikernel)
{
    static const char off[] = "--set exit.on.pause_loop=off";
    double plain = kernel_done_ms("credit", off);
    double ple = kernel_done_ms("credit", "");
    double pv = kernel_done_ms("credit", "--set exit.on.pause_loop=off "
                                         "--set kvm.pv_unhalt=on");
    double gang = kernel_done_ms("gang", off);
    double balance = kernel_done_ms("balance", off);

    printf("  minikernel, ms until done: credit %.1f%s, with PLE %.1f, PV "
           "locks %.1f, gang %.1f, balance %.1f\n",
           plain, plain >= LIMIT_MS ? " (not done)" : "", ple, pv, gang,
           balance);
    fflush(stdout);
    ck_assert_double_lt(ple, plain / 2);
    ck_assert_double_lt(pv, plain / 2);
    ck_assert_double_lt(gang, plain / 2);
    ck_assert_double_lt(balance, plain / 2);
    ck_assert_double_lt(gang, ple);
    ck_assert_double_lt(gang, pv);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_real_lock_cures_each_beats_credit_alone,
        test_real_lock_cures_ple_beats_cfs_alone,
        test_real_lock_cures_each_beats_credit_alone_in_the_minikernel,
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
