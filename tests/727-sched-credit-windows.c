/*
 * Claim   Credit's shares are those of the weights in the long run only: seen
 *         over 100 ms, a few slices, they are far off, over 1 s near, over 10 s
 *         within 2 % (V34: its error is largest at short intervals).
 * Source  Cherkasova, Gupta, Vahdat: Comparison of the Three CPU Schedulers in
 *         Xen, ACM SIGMETRICS PER 35(2), 2007.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Mean error of the share of a VM of weight 2 of 15, window by window. */
static double error_over(unsigned window_ms)
{
    const double entitled_ns = window_ms * 1e6 * 2 / 15;
    const unsigned windows = 60000 / window_ms;
    struct sched_rig *r = rig_begin("credit", 1);
    double sum = 0;

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 1, 128u << i, "compute 1ms");
    rig_run(r, 1000);
    for (unsigned i = 0; i < windows; i++) {
        uint64_t before = rig_state(r, 1, SCHED_RUNNING);
        double error;

        rig_run(r, window_ms);
        error = (double)(rig_state(r, 1, SCHED_RUNNING) - before) - entitled_ns;
        sum += error < 0 ? -error : error;
    }
    rig_end(r);
    return sum / windows / entitled_ns;
}

START_TEST(test_credit_errs_in_short_windows)
{
    double over_100ms = error_over(100), over_1s = error_over(1000);
    double over_10s = error_over(10000);

    ck_assert_double_gt(over_100ms, 0.2);
    ck_assert_double_lt(over_1s, over_100ms / 4);
    ck_assert_double_lt(over_10s, over_1s / 4);
    ck_assert_double_lt(over_10s, 0.02);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_credit_errs_in_short_windows};

    return rig_main("sched-credit-windows", tests, ARRAY_LEN(tests));
}
