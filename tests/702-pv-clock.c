/*
 * 702-pv-clock.c - the published scale gives nanoseconds by the formula of
 * xen.h, and a deadline's cycle is the first that is not too early.
 *
 * Source  Xen public xen.h, struct vcpu_time_info.
 */
#include <check.h>
#include <stdlib.h>

#include "hypervisor-model/pv/pv_clock.h"

static const uint64_t clocks_khz[] = {1000000, 1800000, 2000000, 2600000,
                                      2933333, 3800000, 5200000};

START_TEST(test_clock_scale_every_frequency_is_accurate)
{
    struct pv_domain d = {0};
    uint64_t khz = clocks_khz[_i], second;

    pv_clock_scale(khz, &d.clock_mul, &d.clock_shift);
    second = pv_clock_ns(&d, khz * 1000);
    ck_assert_uint_le(second, 1000000000);
    ck_assert_uint_ge(second, 1000000000 - 10);
    /* An hour, without overflow. */
    ck_assert_uint_ge(pv_clock_ns(&d, khz * 3600000),
                      (uint64_t)3600 * (1000000000 - 10));
}
END_TEST

START_TEST(test_clock_deadline_is_first_cycle_not_too_early)
{
    struct pv_domain d = {0};

    pv_clock_scale(clocks_khz[_i], &d.clock_mul, &d.clock_shift);
    for (uint64_t ns = 100; ns < 4000000000u; ns = ns * 3 + 7) {
        uint64_t tsc = pv_clock_tsc(&d, ns);

        ck_assert_uint_ge(pv_clock_ns(&d, tsc), ns);
        ck_assert_uint_lt(pv_clock_ns(&d, tsc - 2), ns);
    }
}
END_TEST

START_TEST(test_clock_far_deadline_never_comes)
{
    struct pv_domain d = {0};
    struct pv_vcpu pv = {.oneshot_ns = UINT64_MAX - 1,
                         .periodic_next_ns = UINT64_MAX};

    pv_clock_scale(3800000, &d.clock_mul, &d.clock_shift);
    d.clock_ready = true;
    ck_assert_uint_eq(pv_clock_next_cycle(&d, &pv), UINT64_MAX);
    pv.oneshot_ns = 1000;
    ck_assert_uint_lt(pv_clock_next_cycle(&d, &pv), 4000);
}
END_TEST

int main(void)
{
    enum { CLOCKS = sizeof(clocks_khz) / sizeof(clocks_khz[0]) };
    Suite *s = suite_create("pv-clock");
    TCase *c = tcase_create("pv-clock");
    SRunner *r;
    int failed;

    tcase_add_loop_test(c, test_clock_scale_every_frequency_is_accurate, 0,
                        CLOCKS);
    tcase_add_loop_test(c, test_clock_deadline_is_first_cycle_not_too_early, 0,
                        CLOCKS);
    tcase_add_test(c, test_clock_far_deadline_never_comes);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
