/*
 * Claim   Percentiles from buckets are never below the exact ones and at most
 *         1/32 above; the greatest and the mean are exact; merging two is the
 *         same as counting both in one.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/rng.h"
#include "sim/record/latency.h"

enum { SAMPLES = 5000 };

static struct latency l, other;

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Lengths of every size: as many bits as the draw says. */
static uint64_t draw(struct rng *r)
{
    return rng_next(r) >> rng_below(r, 64);
}

START_TEST(test_latency_percentiles_are_near_the_exact_ones)
{
    static uint64_t exact[SAMPLES];
    static const unsigned permilles[] = {1, 10, 250, 500, 900, 990, 999, 1000};
    struct rng r;

    rng_init(&r, 3);
    memset(&l, 0, sizeof l);
    for (int i = 0; i < SAMPLES; i++) {
        exact[i] = draw(&r);
        latency_add(&l, exact[i]);
    }
    qsort(exact, SAMPLES, sizeof *exact, by_size);
    for (size_t i = 0; i < sizeof permilles / sizeof *permilles; i++) {
        unsigned rank = (SAMPLES * permilles[i] + 999) / 1000;
        uint64_t want = exact[rank - 1];
        uint64_t got = latency_permille(&l, permilles[i]);

        ck_assert_uint_ge(got, want);
        ck_assert_uint_le(got - want, want / 32);
    }
    ck_assert_uint_eq(l.greatest, exact[SAMPLES - 1]);
    ck_assert_uint_eq(l.count, SAMPLES);
}
END_TEST

START_TEST(test_latency_buckets_follow_each_other)
{
    for (uint64_t length = 0; length < 5000; length++) {
        memset(&l, 0, sizeof l);
        latency_add(&l, length);
        for (unsigned b = 0; b < LATENCY_BUCKETS; b++) {
            if (l.bucket[b] == 0)
                continue;
            ck_assert_uint_lt(length, latency_bucket_end(b));
            if (b > 0)
                ck_assert_uint_ge(length, latency_bucket_end(b - 1));
        }
    }
    memset(&l, 0, sizeof l);
    latency_add(&l, UINT64_MAX);
    ck_assert_uint_eq(l.bucket[LATENCY_BUCKETS - 1], 1);
    ck_assert_uint_eq(latency_permille(&l, 500), UINT64_MAX);
}
END_TEST

START_TEST(test_latency_merge_is_counting_both)
{
    static struct latency both;
    struct rng r;

    rng_init(&r, 9);
    memset(&l, 0, sizeof l);
    memset(&other, 0, sizeof other);
    memset(&both, 0, sizeof both);
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t length = draw(&r) >> 16;

        latency_add(i % 3 ? &l : &other, length);
        latency_add(&both, length);
    }
    latency_merge(&l, &other);
    ck_assert_mem_eq(&l, &both, sizeof l);
    ck_assert_uint_eq(latency_mean(&l), both.total / SAMPLES);
}
END_TEST

START_TEST(test_latency_of_nothing_is_zero)
{
    memset(&l, 0, sizeof l);
    ck_assert_uint_eq(latency_permille(&l, 500), 0);
    ck_assert_uint_eq(latency_mean(&l), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("latency-percentiles");
    TCase *cases = tcase_create("latency");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_latency_percentiles_are_near_the_exact_ones);
    tcase_add_test(cases, test_latency_buckets_follow_each_other);
    tcase_add_test(cases, test_latency_merge_is_counting_both);
    tcase_add_test(cases, test_latency_of_nothing_is_zero);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
