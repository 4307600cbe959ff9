/*
 * 839-history-samples.c - claim: the samples of a run's history reach over all
 * of it, are evenly spread, and are the same however often somebody stops the
 * run and looks; and the run does the same with them and without.
 */
#include <string.h>

#include "sim/machine/history.h"
#include "tests/run_rig.h"

struct story {
    bool keeps;     /* a history */
    uint64_t steps; /* instructions between two stops of a debugger; 0: none */
    struct history history;
    struct run_point end;
};

static void serve(void *data, struct run *run, struct session *session)
{
    struct story *s = data;
    struct run_stop stop = {.until_instruction = s->steps,
                            .own_until = UINT64_MAX};

    if (s->keeps) {
        history_init(&s->history, run);
        run->history = &s->history;
    }
    while (run->end == RUN_GOES_ON) {
        run->stop = s->steps ? &stop : NULL;
        if (stop.reached)
            stop.until_instruction = run_instructions(run) + s->steps;
        stop.reached = false;
        run_slice(run);
        session_pump(session);
    }
    s->end = run_point_of_all(run);
}

static const char *const lines[][RUN_RIG_WORDS] = {
    {"ringside", "run", "-t", "native", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "-t", "shadow", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "-t", "nested", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "-t", "pv", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "--vcpus", "2", "ctxswitch:n=20", NULL},
};
enum { LINES = sizeof lines / sizeof *lines };

static struct story *play(int line, bool keeps, uint64_t steps)
{
    struct story *s = calloc(1, sizeof *s);

    ck_assert(s != NULL);
    s->keeps = keeps;
    s->steps = steps;
    free(run_rig(lines[line], serve, s));
    return s;
}

START_TEST(test_history_changes_nothing)
{
    struct story *without = play(_i, false, 0), *with = play(_i, true, 0);

    ck_assert_mem_eq(&with->end, &without->end, sizeof with->end);
    free(without);
    free(with);
}
END_TEST

START_TEST(test_history_is_the_same_however_the_run_was_stopped)
{
    static const uint64_t steps[] = {1, 7, 1000, 40001};
    struct story *straight = play(_i, true, 0);

    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct story *stopped = play(_i, true, steps[i]);

        ck_assert_mem_eq(&stopped->history, &straight->history,
                         sizeof straight->history);
        ck_assert_mem_eq(&stopped->end, &straight->end, sizeof straight->end);
        free(stopped);
    }
    free(straight);
}
END_TEST

/* Invariant 1, and that no part of the run has no samples. */
static void check_series(const struct history_series *s, uint64_t end)
{
    /* Iterations of one REP instruction between two boundaries. */
    const uint64_t most_late = 4096 + 64;
    uint64_t cycles = 0;

    for (unsigned i = 0; i < s->count; i++) {
        uint64_t due = s->from + (i + 1) * s->stride;
        const struct run_point *done = &s->samples[i].done;

        ck_assert_uint_ge(done->retired, due);
        ck_assert_uint_le(done->retired, due + most_late);
        ck_assert_uint_ge(done->cycles, cycles);
        ck_assert_uint_eq(ledger_total(&done->ledger), done->cycles);
        cycles = done->cycles;
    }
    ck_assert_uint_le(s->from + s->count * s->stride, end);
    ck_assert_uint_gt(s->from + (s->count + 1) * s->stride, end);
}

START_TEST(test_history_reaches_over_the_whole_run)
{
    struct story *s = play(_i, true, 0);
    const struct history *h = &s->history;

    ck_assert(h->measuring);
    ck_assert_uint_gt(h->program.from, HISTORY_STRIDE);
    check_series(&h->boot, h->program.from);
    check_series(&h->program, s->end.retired);
    ck_assert_uint_lt(h->program.count, HISTORY_SAMPLES);
    ck_assert_uint_ge(h->program.count, h->program.stride > HISTORY_STRIDE
                                            ? HISTORY_SAMPLES / 2
                                            : 1);
    ck_assert_uint_eq(h->recent_total, s->end.retired / HISTORY_RECENT_STRIDE);
    ck_assert_ptr_null(history_recent(h, (unsigned)h->recent_total));
    for (unsigned i = 0; history_recent(h, i); i++)
        ck_assert_uint_ge(history_recent(h, i)->done.retired,
                          (h->recent_total - i) * HISTORY_RECENT_STRIDE);
    free(s);
}
END_TEST

/* Twice as sparse, as often as it must be, and from sample to sample exact. */
START_TEST(test_history_of_a_long_run_thins_out)
{
    static const char *const line[] = {"ringside", "run", "gups:n=200000",
                                       NULL};
    struct story *s = calloc(1, sizeof *s);

    ck_assert(s != NULL);
    s->keeps = true;
    free(run_rig(line, serve, s));
    ck_assert_uint_gt(s->history.program.stride, 2 * HISTORY_STRIDE);
    ck_assert_uint_ge(s->history.program.count, HISTORY_SAMPLES / 2);
    check_series(&s->history.program, s->end.retired);
    ck_assert_ptr_nonnull(history_recent(&s->history, HISTORY_RECENT - 1));
    ck_assert_ptr_null(history_recent(&s->history, HISTORY_RECENT));
    free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("history");
    TCase *t = tcase_create("samples");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_history_changes_nothing, 0, LINES);
    tcase_add_loop_test(t, test_history_is_the_same_however_the_run_was_stopped,
                        0, LINES);
    tcase_add_loop_test(t, test_history_reaches_over_the_whole_run, 0, LINES);
    tcase_add_test(t, test_history_of_a_long_run_thins_out);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
