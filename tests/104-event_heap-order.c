/*
 * Claim   The heap's first is the earliest event, ties by the smaller id,
 *         whatever was moved before; the second's time is known too.
 */
#include <check.h>
#include <stdlib.h>

#include "sim/core/event_heap.h"
#include "sim/core/rng.h"

enum { EVENTS = 77, MOVES = 20000 };

/* By looking at all of them. */
static uint32_t earliest(const uint64_t *due, uint32_t but)
{
    uint32_t best = but == 0 ? 1 : 0;

    for (uint32_t i = best + 1; i < EVENTS; i++)
        if (i != but && due[i] < due[best])
            best = i;
    return best;
}

START_TEST(test_event_heap_random_moves_agrees_with_a_search)
{
    struct event_heap h;
    struct error e;
    struct rng r;
    uint64_t due[EVENTS];

    rng_init(&r, 7);
    ck_assert(event_heap_init(&h, EVENTS, &e) == STATUS_OK);
    for (uint32_t i = 0; i < EVENTS; i++)
        due[i] = UINT64_MAX;
    for (int n = 0; n < MOVES; n++) {
        uint32_t id = rng_below(&r, EVENTS), first;

        due[id] = rng_below(&r, 8) == 0 ? UINT64_MAX : rng_below(&r, 200);
        event_heap_set(&h, id, due[id]);
        first = earliest(due, EVENTS);
        ck_assert_uint_eq(event_heap_first(&h), first);
        ck_assert_uint_eq(event_heap_due(&h, id), due[id]);
        ck_assert_uint_eq(event_heap_second_due(&h), due[earliest(due, first)]);
        ck_assert(event_heap_check(&h));
    }
    event_heap_free(&h);
}
END_TEST

START_TEST(test_event_heap_new_nothing_is_due)
{
    struct event_heap h;
    struct error e;

    ck_assert(event_heap_init(&h, 3, &e) == STATUS_OK);
    ck_assert_uint_eq(event_heap_first(&h), 0);
    ck_assert_uint_eq(event_heap_due(&h, 0), UINT64_MAX);
    ck_assert_uint_eq(event_heap_second_due(&h), UINT64_MAX);
    event_heap_free(&h);
    ck_assert(event_heap_init(&h, 1, &e) == STATUS_OK);
    event_heap_set(&h, 0, 5);
    ck_assert_uint_eq(event_heap_due(&h, event_heap_first(&h)), 5);
    ck_assert_uint_eq(event_heap_second_due(&h), UINT64_MAX);
    event_heap_free(&h);
}
END_TEST

START_TEST(test_event_heap_check_finds_disorder)
{
    struct event_heap h;
    struct error e;

    ck_assert(event_heap_init(&h, 8, &e) == STATUS_OK);
    for (uint32_t i = 0; i < 8; i++)
        event_heap_set(&h, i, i * 10);
    ck_assert(event_heap_check(&h));
    h.due[5] = 1;
    ck_assert(!event_heap_check(&h));
    event_heap_free(&h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event_heap-order");
    TCase *cases = tcase_create("event_heap");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_event_heap_random_moves_agrees_with_a_search);
    tcase_add_test(cases, test_event_heap_new_nothing_is_due);
    tcase_add_test(cases, test_event_heap_check_finds_disorder);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
