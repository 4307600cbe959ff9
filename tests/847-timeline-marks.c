/*
 * Claim: a copy that was left wakes with the letter sent to it; one that is
 * moved says where it sleeps on; and one that dies on the way is one mark
 * less, and nobody waits for it.
 */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/machine/timeline.h"

enum { WELL, NOT_COUNTED, NOT_WOKEN, NOT_MOVED };

static const uint64_t budget = 1 << 30;

static struct moment at(uint64_t position)
{
    return (struct moment){.position = position};
}

/* Two marks; true in a copy that was woken, with what it was told. */
static bool leave_two(struct timeline *t, int *letter)
{
    const struct moment first = at(10), second = at(20);

    timeline_init(t, budget);
    return timeline_leave(t, &first, letter, sizeof *letter) ||
           timeline_leave(t, &second, letter, sizeof *letter);
}

static int wake_each(void *told)
{
    const unsigned *index = told;
    struct timeline t;
    int letter = 0;

    if (leave_two(&t, &letter))
        return letter == 42 && t.count == *index + 1 ? WELL : NOT_WOKEN;
    if (t.count != 2)
        return NOT_COUNTED;
    letter = 42;
    timeline_wake(&t, *index, &letter, sizeof letter);
}

START_TEST(test_timeline_copy_wakes_with_its_letter)
{
    unsigned index = (unsigned)_i;

    ck_assert_int_eq(timeline_guard(wake_each, &index), WELL);
}
END_TEST

static int move_last(void *unused)
{
    const struct moment further = at(30);
    struct timeline t;
    int letter = 0;

    (void)unused;
    if (leave_two(&t, &letter)) {
        if (letter == 1)
            timeline_sleep_on(&t, &further, &letter, sizeof letter);
        return letter == 2 && t.mark[t.count - 1].moment.position == 30
                   ? WELL
                   : NOT_WOKEN;
    }
    letter = 1;
    timeline_move_last(&t, &letter, sizeof letter);
    timeline_settle(&t);
    if (t.count != 2 || t.mark[1].moment.position != 30)
        return NOT_MOVED;
    letter = 2;
    timeline_wake(&t, 1, &letter, sizeof letter);
}

START_TEST(test_timeline_moved_copy_says_where_it_is)
{
    ck_assert_int_eq(timeline_guard(move_last, NULL), WELL);
}
END_TEST

static int move_to_death(void *unused)
{
    struct timeline t;
    int letter = 0;

    (void)unused;
    if (leave_two(&t, &letter)) {
        if (letter == 1)
            _exit(1);
        return letter == 2 && t.count == 1 ? WELL : NOT_WOKEN;
    }
    letter = 1;
    timeline_move_last(&t, &letter, sizeof letter);
    timeline_settle(&t);
    if (t.count != 1 || t.mark[0].moment.position != 10)
        return NOT_COUNTED;
    letter = 2;
    timeline_wake(&t, 0, &letter, sizeof letter);
}

START_TEST(test_timeline_copy_that_dies_is_not_waited_for)
{
    ck_assert_int_eq(timeline_guard(move_to_death, NULL), WELL);
}
END_TEST

/* Memory that is written anew between two marks, page by page. */
enum { BIG_BYTES = 24 << 20, MARKS = 12 };

static void write_pages(char *big, char with)
{
    for (size_t i = 0; i < BIG_BYTES; i += 4096)
        big[i] = with;
}

static uint64_t kept_bytes(const struct timeline *t)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < t->count; i++)
        pages += t->mark[i].pages;
    return pages * 4096;
}

/* What was there when a copy was left is what it has. */
static int stay_below(void *told)
{
    const uint64_t *most = told;
    char *big = malloc(BIG_BYTES);
    struct timeline t;
    int letter = 0;

    if (!big)
        return NOT_COUNTED;
    write_pages(big, 0);
    timeline_init(&t, *most);
    for (int i = 0; i < MARKS; i++) {
        const struct moment now = at((uint64_t)i);

        if (timeline_leave(&t, &now, &letter, sizeof letter)) {
            bool same = big[0] == i && big[BIG_BYTES - 4096] == i;

            free(big);
            return same && letter == i ? WELL : NOT_WOKEN;
        }
        write_pages(big, (char)(i + 1));
        if (t.count > 1 && kept_bytes(&t) > *most)
            return NOT_COUNTED;
    }
    letter = (int)t.mark[t.count - 1].moment.position;
    if (letter == 0 && *most > 2 * (uint64_t)BIG_BYTES)
        return NOT_COUNTED; /* there was room for others than the first */
    timeline_wake(&t, t.count - 1, &letter, sizeof letter);
}

START_TEST(test_timeline_copies_stay_below_their_budget)
{
    static const uint64_t most[] = {1 << 20, 100 << 20, (uint64_t)1 << 30};
    uint64_t budget_bytes = most[_i];

    ck_assert_int_eq(timeline_guard(stay_below, &budget_bytes), WELL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tc = tcase_create("marks");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc, test_timeline_copy_wakes_with_its_letter, 0, 2);
    tcase_add_test(tc, test_timeline_moved_copy_says_where_it_is);
    tcase_add_test(tc, test_timeline_copy_that_dies_is_not_waited_for);
    tcase_add_loop_test(tc, test_timeline_copies_stay_below_their_budget, 0, 3);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
