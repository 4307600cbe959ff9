/*
 * 830-seat-travel.c - forwards and backwards through a run: N steps there and N
 * steps back show the same screen, byte for byte, and so does a moment that is
 * reached from either side.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine/letter.h"
#include "sim/machine/options.h"
#include "visualizer/seat.h"
#include "visualizer/seat_start.h"

enum { WIDTH = 100, HEIGHT = 50, FRAME_BYTES = WIDTH * HEIGHT * 8 };

struct fixture {
    struct request request;
    int fd;
    struct seat_reply now;
};

static void start_program(struct fixture *f, const char *technique,
                          const char *program)
{
    const char *argv[] = {"ringside", "run", "-t", technique, program};
    struct error e = {""};

    ck_assert_msg(request_parse(&f->request, 5, (char **)(uintptr_t)argv, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    ck_assert_msg(seat_start(&f->request.config,
                             f->request.config.techniques[0], NULL, &f->fd,
                             &e) == STATUS_OK,
                  "%s", e.text);
}

static void start(struct fixture *f, const char *technique)
{
    start_program(f, technique, "kvstore:keys=2000,n=3000");
}

static void end(struct fixture *f)
{
    close(f->fd);
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

static void move(struct fixture *f, enum seat_act act)
{
    ask(f, &(struct seat_request){.act = act});
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
static struct cell *screens(struct fixture *f, size_t *bytes)
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
    return (struct cell *)(void *)all;
}

static void assert_same(struct fixture *f, const struct cell *before)
{
    size_t bytes;
    struct cell *now = screens(f, &bytes);

    ck_assert_mem_eq(now, before, bytes);
    free(now);
}

static void there_and_back(const char *technique, unsigned steps)
{
    struct fixture f;
    struct cell *before, *behind;
    size_t bytes;

    start(&f, technique);
    reach(&f, "instructions:100000");
    before = screens(&f, &bytes);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_STEP);
    behind = screens(&f, &bytes);
    ck_assert_mem_ne(before, behind, bytes);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_BACK);
    assert_same(&f, before);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_STEP);
    assert_same(&f, behind);
    free(before);
    free(behind);
    end(&f);
}

START_TEST(test_seat_steps_there_and_back_show_the_same)
{
    static const char *const techniques[] = {"native", "shadow", "nested",
                                             "pv"};

    there_and_back(techniques[_i], 25);
}
END_TEST

/* From before, and from the end of the run. */
START_TEST(test_seat_moment_from_either_side_shows_the_same)
{
    static const char *const moments[] = {
        "user", "walk.count:7", "guest.fault:3", "user+200000", "exit.total:5"};
    struct fixture f;
    struct cell *before;
    size_t bytes;
    uint64_t at;

    start(&f, "nested");
    reach(&f, moments[_i]);
    ck_assert(!f.now.ended);
    at = f.now.instructions;
    before = screens(&f, &bytes);
    reach(&f, "end");
    ck_assert(f.now.ended);
    ck_assert_uint_gt(f.now.instructions, at);
    reach(&f, moments[_i]);
    ck_assert_uint_eq(f.now.instructions, at);
    assert_same(&f, before);
    free(before);
    end(&f);
}
END_TEST

/* The next walk, and the way back to it from behind it. */
START_TEST(test_seat_next_and_last_walk_agree)
{
    struct seat_request next = {
        .act = SEAT_NEXT,
        .milestone = {.figure = FIGURE_COUNTER, .counter = COUNTER_WALK_COUNT}};
    struct fixture f;
    uint64_t at;

    start(&f, "native");
    reach(&f, "instructions:50000");
    ask(&f, &next);
    at = f.now.instructions;
    for (unsigned i = 0; i < 3; i++)
        move(&f, SEAT_STEP);
    next.act = SEAT_HERE;
    ask(&f, &next);
    ck_assert_uint_le(at, f.now.instructions);
    ck_assert_uint_le(f.now.instructions, at + 3);
    end(&f);
}
END_TEST

static void pass_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/*
 * While it stands, a sleeping copy comes closer: it is still on its way after
 * the shorter pause, and there after the longer one.
 */
START_TEST(test_seat_step_back_after_a_pause_shows_the_same)
{
    static const char program[] = "kvstore:keys=2000,n=300000";
    static const long pauses_ms[] = {60, 400};
    struct fixture f, straight;
    struct cell *paused;
    char text[40];
    size_t bytes;

    start_program(&f, "nested", program);
    reach(&f, "instructions:100000");
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(letter_send(f.fd, &(struct seat_request){.act = SEAT_RUN},
                              sizeof(struct seat_request)));
        pass_ms(150);
        free(screens(&f, &bytes));
        pass_ms(pauses_ms[_i]);
        move(&f, SEAT_BACK);
        ck_assert_int_eq(f.now.reason, STOPPED_STEP);
        paused = screens(&f, &bytes);
        start_program(&straight, "nested", program);
        snprintf(text, sizeof text, "instructions:%llu",
                 (unsigned long long)f.now.done_instructions);
        reach(&straight, text);
        assert_same(&straight, paused);
        end(&straight);
        free(paused);
    }
    end(&f);
}
END_TEST

START_TEST(test_seat_before_the_beginning_says_so)
{
    struct fixture f;

    start(&f, "native");
    reach(&f, "0");
    move(&f, SEAT_BACK);
    ck_assert_int_eq(f.now.reason, STOPPED_BEGIN);
    move(&f, SEAT_STEP);
    ck_assert_int_eq(f.now.reason, STOPPED_STEP);
    end(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("seat-travel");
    TCase *t = tcase_create("seat");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_seat_steps_there_and_back_show_the_same, 0, 4);
    tcase_add_loop_test(t, test_seat_moment_from_either_side_shows_the_same, 0,
                        5);
    tcase_add_loop_test(t, test_seat_step_back_after_a_pause_shows_the_same, 0,
                        2);
    tcase_add_test(t, test_seat_next_and_last_walk_agree);
    tcase_add_test(t, test_seat_before_the_beginning_says_so);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
