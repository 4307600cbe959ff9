/*
 * 837-seat-scenario.c - forwards and backwards through a scenario: the same
 * moment shows the same screens, byte for byte, however it was reached; and
 * what is shown of the end is what `ringside run` reports.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine/letter.h"
#include "sim/machine/options.h"
#include "sim/machine/scenario/scenario_job.h"
#include "visualizer/seat.h"
#include "visualizer/seat_start.h"

enum {
    WIDTH = 100,
    HEIGHT = 40,
    FRAME_BYTES = WIDTH * HEIGHT * 8,
    MOMENTS = 6
};

struct fixture {
    struct request request;
    struct scenario_job job;
    int fd;
    struct seat_reply now;
};

static const char *const files[] = {
    "workloads/scenarios/lock-holder.conf",
    "workloads/scenarios/consolidation.conf",
    "workloads/scenarios/real-locks.conf",
};

static void start(struct fixture *f, const char *path)
{
    const char *argv[] = {"ringside", "tui", path};
    struct error e = {""};

    ck_assert_msg(request_parse(&f->request, 3, (char **)(uintptr_t)argv, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    ck_assert_msg(scenario_job_init(&f->job, &f->request.config, NULL, 0, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    ck_assert_msg(seat_start_scenario(&f->job, NULL, &f->fd, &e) == STATUS_OK,
                  "%s", e.text);
}

static void end(struct fixture *f)
{
    close(f->fd);
    scenario_job_free(&f->job);
    request_free(&f->request);
}

static void ask(struct fixture *f, const struct seat_request *q)
{
    ck_assert(letter_send(f->fd, q, sizeof *q));
    do {
        ck_assert(letter_receive(f->fd, &f->now, sizeof f->now));
        ck_assert_msg(!f->now.failed, "%s", f->now.text);
    } while (f->now.reason == STOPPED_UNDERWAY);
}

static void move(struct fixture *f, enum seat_act act, enum figure figure)
{
    ask(f, &(struct seat_request){.act = act, .milestone.figure = figure});
}

static void reach(struct fixture *f, const char *text)
{
    struct seat_request q = {.act = SEAT_REACH};
    struct error e = {""};

    ck_assert_msg(milestone_parse(&q.milestone, text, &e) == STATUS_OK, "%s",
                  e.text);
    ask(f, &q);
}

/* All views, one behind the other. */
static char *screens(struct fixture *f, size_t *bytes)
{
    char *all = NULL;

    *bytes = 0;
    for (unsigned v = 0; view_all[v]; v++) {
        struct seat_request q = {.act = SEAT_DRAW,
                                 .view = v,
                                 .width = WIDTH,
                                 .height = HEIGHT,
                                 .look = {.steps = LOOK_ALL_STEPS}};

        ask(f, &q);
        ck_assert(f->now.frame);
        all = realloc(all, *bytes + FRAME_BYTES);
        ck_assert(letter_receive(f->fd, all + *bytes, FRAME_BYTES));
        *bytes += FRAME_BYTES;
    }
    return all;
}

static void assert_same(struct fixture *f, const char *before, size_t bytes)
{
    size_t now_bytes;
    char *now = screens(f, &now_bytes);

    ck_assert_uint_eq(now_bytes, bytes);
    ck_assert_mem_eq(now, before, bytes);
    free(now);
}

START_TEST(test_seat_scenario_moments_from_either_side_show_the_same)
{
    static const char *const moments[MOMENTS] = {
        "2ms", "decisions:40", "switches:25", "steps:300", "9ms", "12ms"};
    char *before[MOMENTS];
    struct fixture f;
    size_t bytes = 0;

    start(&f, files[_i]);
    for (unsigned i = 0; i < MOMENTS; i++) {
        reach(&f, moments[i]);
        ck_assert(!f.now.ended);
        before[i] = screens(&f, &bytes);
    }
    reach(&f, "15ms");
    for (unsigned i = MOMENTS; i-- > 0;) {
        reach(&f, moments[i]);
        assert_same(&f, before[i], bytes);
        free(before[i]);
    }
    end(&f);
}
END_TEST

START_TEST(test_seat_scenario_steps_there_and_back_show_the_same)
{
    struct fixture f;
    char *before, *behind;
    size_t bytes;

    start(&f, files[_i]);
    reach(&f, "3ms");
    before = screens(&f, &bytes);
    for (unsigned i = 0; i < 12; i++)
        move(&f, SEAT_STEP, FIGURE_STEPS);
    behind = screens(&f, &bytes);
    ck_assert_mem_ne(before, behind, bytes);
    for (unsigned i = 0; i < 12; i++)
        move(&f, SEAT_BACK, FIGURE_STEPS);
    assert_same(&f, before, bytes);
    free(before);
    free(behind);
    end(&f);
}
END_TEST

/*
 * While the user looks, a copy comes closer in the background: it may be on its
 * way after the shorter pause, and is there after the longer one.
 */
START_TEST(test_seat_scenario_step_back_after_a_pause_shows_the_same)
{
    static const long pauses_ms[] = {60, 400};
    struct fixture f;
    char *before;
    size_t bytes;

    for (unsigned i = 0; i < 2; i++) {
        start(&f, files[_i]);
        reach(&f, "9ms");
        before = screens(&f, &bytes);
        move(&f, SEAT_STEP, FIGURE_STEPS);
        nanosleep(&(struct timespec){.tv_nsec = pauses_ms[i] * 1000000}, NULL);
        move(&f, SEAT_BACK, FIGURE_STEPS);
        assert_same(&f, before, bytes);
        free(before);
        before = screens(&f, &bytes);
        for (unsigned n = 0; n < 40; n++)
            move(&f, SEAT_BACK, FIGURE_STEPS);
        for (unsigned n = 0; n < 40; n++)
            move(&f, SEAT_STEP, FIGURE_STEPS);
        assert_same(&f, before, bytes);
        free(before);
        end(&f);
    }
}
END_TEST

/* The next switch, and from behind it the last one, which is the same. */
START_TEST(test_seat_scenario_steps_by_what_happens)
{
    static const enum figure figures[] = {FIGURE_SWITCHES, FIGURE_DECISIONS,
                                          FIGURE_LOCK_HOLDERS};
    struct fixture f;

    start(&f, files[0]);
    reach(&f, "3ms");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        uint64_t at;

        move(&f, SEAT_NEXT, figures[i]);
        ck_assert_int_eq(f.now.reason, STOPPED_STEP);
        at = f.now.cycle;
        move(&f, SEAT_STEP, FIGURE_STEPS);
        move(&f, SEAT_HERE, figures[i]);
        ck_assert_uint_eq(f.now.cycle, at);
    }
    end(&f);
}
END_TEST

START_TEST(test_seat_scenario_ends_and_goes_back_to_the_begin)
{
    struct fixture f;
    char *first;
    size_t bytes;

    start(&f, files[1]);
    first = screens(&f, &bytes);
    move(&f, SEAT_RUN, FIGURE_STEPS);
    ck_assert(f.now.ended);
    ck_assert_int_eq(f.now.reason, STOPPED_END);
    move(&f, SEAT_STEP, FIGURE_STEPS);
    ck_assert_int_eq(f.now.reason, STOPPED_END);
    reach(&f, "begin");
    assert_same(&f, first, bytes);
    move(&f, SEAT_BACK, FIGURE_STEPS);
    ck_assert_int_eq(f.now.reason, STOPPED_BEGIN);
    free(first);
    end(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("seat-scenario");
    TCase *t = tcase_create("all");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(
        t, test_seat_scenario_moments_from_either_side_show_the_same, 0, 3);
    tcase_add_loop_test(
        t, test_seat_scenario_steps_there_and_back_show_the_same, 0, 3);
    tcase_add_loop_test(
        t, test_seat_scenario_step_back_after_a_pause_shows_the_same, 0, 3);
    tcase_add_test(t, test_seat_scenario_steps_by_what_happens);
    tcase_add_test(t, test_seat_scenario_ends_and_goes_back_to_the_begin);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
