/*
 * tui_move.c - what is asked of the machine, and its answers.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sim/machine/letter.h"
#include "visualizer/tui.h"

enum { FRAME_MS = 40, UNLIMITED = 0, LEAST_LEG = 65536 };

/* Steps a second. */
static const unsigned speeds[] = {1, 2, 5, 10, 25, 100, UNLIMITED};
enum { SPEEDS = sizeof speeds / sizeof *speeds };

uint64_t tui_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void tui_say(struct tui *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(t->status, sizeof t->status, format, args);
    va_end(args);
}

const char *tui_speed_text(const struct tui *t)
{
    static const char *const texts[SPEEDS] = {
        "1 step/s",   "2 steps/s",   "5 steps/s", "10 steps/s",
        "25 steps/s", "100 steps/s", "unlimited"};

    return texts[t->speed];
}

void tui_set_speed(struct tui *t, int change)
{
    int speed = (int)t->speed + change;

    t->speed = speed < 0 ? 0 : speed < SPEEDS ? (unsigned)speed : SPEEDS - 1;
    tui_say(t, "speed: %s", tui_speed_text(t));
}

static void ask(struct tui *t, struct tui_line *line, enum seat_act act,
                const struct milestone *m)
{
    struct seat_request q;

    memset(&q, 0, sizeof q);
    q.act = act;
    if (m)
        q.milestone = *m;
    q.stops = t->stops;
    q.view = t->view;
    q.width = line->width;
    q.height = line->height;
    q.look = t->look;
    line->run_asked = act == SEAT_RUN || act == SEAT_RUN_ON;
    line->frame_asked |= act == SEAT_DRAW;
    line->moving |= act != SEAT_DRAW && !line->run_asked;
    if (!letter_send(line->fd, &q, sizeof q))
        t->lost = true;
}

static void ask_all(struct tui *t, enum seat_act act, const struct milestone *m)
{
    for (unsigned i = 0; i < t->count; i++)
        ask(t, &t->lines[i], act, m);
}

bool tui_is_moving(const struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->lines[i].moving)
            return true;
    return false;
}

static bool is_waiting(const struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->lines[i].frame_asked || t->lines[i].moving)
            return true;
    return false;
}

static bool runs_now(const struct tui *t)
{
    return t->lines[0].run_asked;
}

/* Until the machine has answered. */
static void keep(struct tui *t, enum seat_act act, bool previous,
                 const struct milestone *m)
{
    t->waits = true;
    t->wait_act = act;
    t->wait_previous = previous;
    if (m)
        t->wait_milestone = *m;
}

void tui_move(struct tui *t, enum seat_act act, const struct milestone *m)
{
    if (is_waiting(t)) {
        keep(t, act, false, m);
        return;
    }
    t->runs = t->runs && act == SEAT_STEP;
    t->look.walk = 0;
    t->look.steps = LOOK_ALL_STEPS;
    ask_all(t, act, m);
}

/* The last time a figure grew: from one instruction before here. */
void tui_previous(struct tui *t, const struct milestone *m)
{
    if (is_waiting(t)) {
        keep(t, SEAT_BACK, true, m);
        return;
    }
    for (unsigned i = 0; i < t->count; i++)
        t->lines[i].steps_back = true;
    t->before = *m;
    tui_move(t, SEAT_BACK, NULL);
}

static void take_frame(struct tui *t, struct tui_line *line)
{
    const struct seat_reply *now = &line->now;
    size_t bytes = (size_t)now->width * now->height * sizeof *line->frame.cells;

    line->frame_asked = false;
    grid_free(&line->frame);
    if (!grid_init(&line->frame, now->width, now->height) ||
        !letter_receive(line->fd, line->frame.cells, bytes))
        t->lost = true;
}

static bool all_ended(const struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (!t->lines[i].now.ended)
            return false;
    return true;
}

static void take_move(struct tui *t, struct tui_line *line)
{
    const bool steps_back = line->steps_back;

    line->moving = line->steps_back = line->run_asked = false;
    t->stale = true;
    if (line->now.reason == STOPPED_ADDRESS) {
        t->runs = false;
        tui_say(t, "at a breakpoint");
    } else if (line->now.reason == STOPPED_WATCH) {
        t->runs = false;
        tui_say(t, "0x%" PRIx64 ", which is watched, was touched",
                line->now.touched.v);
    } else if (line->now.reason == STOPPED_BEGIN) {
        t->runs = false;
        tui_say(t, "this is the beginning");
    } else if (all_ended(t)) {
        t->runs = false;
        tui_say(t, "the run has ended: %s; the way back is open",
                line->now.text);
    } else if (steps_back) {
        ask(t, line, SEAT_HERE, &t->before);
    }
}

void tui_take_reply(struct tui *t, struct tui_line *line)
{
    if (!letter_receive(line->fd, &line->now, sizeof line->now) ||
        line->now.failed)
        t->lost = true;
    else if (line->now.frame)
        take_frame(t, line);
    else
        take_move(t, line);
}

/* How far a line is, on the way that all go together. */
static uint64_t way_of(const struct tui *t, const struct tui_line *line)
{
    return t->scenario ? line->now.cycle : line->now.user_instructions;
}

/* One machine runs until somebody asks; several go on by legs of the same
 * instructions of the program, or of the same time. */
static void let_run(struct tui *t, uint64_t now)
{
    struct milestone m = {.figure =
                              t->scenario ? FIGURE_CYCLES : FIGURE_COUNTER,
                          .counter = COUNTER_INSTRUCTIONS_USER,
                          .loose = true};

    t->due_ms = now + FRAME_MS;
    if (t->count == 1) {
        ask_all(t, t->ran ? SEAT_RUN_ON : SEAT_RUN, NULL);
        t->ran = true;
        return;
    }
    if (t->asked_ms != 0)
        t->leg = now - t->asked_ms > 2 * FRAME_MS ? t->leg / 2 : t->leg * 3 / 2;
    if (t->leg < LEAST_LEG)
        t->leg = LEAST_LEG;
    t->asked_ms = now;
    for (unsigned i = 0; i < t->count; i++)
        if (way_of(t, &t->lines[i]) > m.value)
            m.value = way_of(t, &t->lines[i]);
    m.value += t->leg;
    ask_all(t, SEAT_REACH, &m);
}

static void do_waiting_move(struct tui *t)
{
    const struct milestone m = t->wait_milestone;

    t->waits = false;
    if (t->wait_previous)
        tui_previous(t, &m);
    else
        tui_move(t, t->wait_act, &m);
}

void tui_tick(struct tui *t)
{
    uint64_t now = tui_now_ms();

    if (is_waiting(t))
        return;
    if (t->waits) {
        do_waiting_move(t);
    } else if (t->stale || (runs_now(t) && now >= t->due_ms)) {
        t->stale = false;
        ask_all(t, SEAT_DRAW, NULL);
    } else if (tui_script_play(t)) {
        t->asked_ms = 0;
    } else if (!t->runs || runs_now(t)) {
        t->asked_ms = 0;
    } else if (speeds[t->speed] == UNLIMITED) {
        let_run(t, now);
    } else if (now >= t->due_ms) {
        t->due_ms = now + 1000 / speeds[t->speed];
        tui_move(t, SEAT_STEP, NULL);
    }
}

int tui_wait_ms(const struct tui *t)
{
    uint64_t now = tui_now_ms();

    if (is_waiting(t))
        return 1000;
    if (t->waits || t->stale || (t->script && !tui_script_waits(t)))
        return 0;
    if (t->script && t->pause_ms > now)
        return (int)(t->pause_ms - now);
    if (!t->runs)
        return 1000;
    return t->due_ms > now ? (int)(t->due_ms - now) : 0;
}
