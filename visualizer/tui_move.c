/*
 * tui_move.c - what is asked of the machine, and when.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sim/machine/letter.h"
#include "visualizer/tui.h"

enum { FRAME_MS = 40, NOTICED_MS = 300, UNLIMITED = 0, LEAST_LEG = 65536 };

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

static unsigned at_least(unsigned n, unsigned least)
{
    return n > least ? n : least;
}

void tui_ask(struct tui *t, struct tui_line *line, enum seat_act act,
             const struct milestone *m)
{
    struct seat_request q;

    memset(&q, 0, sizeof q);
    q.act = act;
    if (m)
        q.milestone = *m;
    tui_fill_stops(t, &q);
    q.level = t->wish_level;
    q.host = t->wish_host;
    q.over = !t->ran;
    q.view = t->view;
    q.width = at_least(line->width, VIEW_LEAST_WIDTH);
    q.height = at_least(line->height, VIEW_LEAST_HEIGHT);
    q.look = t->look;
    line->run_asked = act == SEAT_RUN || act == SEAT_RUN_ON;
    line->frame_asked |= act == SEAT_DRAW;
    line->moving |= act != SEAT_DRAW && !line->run_asked;
    line->stop_asked = act == SEAT_STOP;
    if (!letter_send(line->fd, &q, sizeof q))
        tui_lose_line(line);
}

static void ask_all(struct tui *t, enum seat_act act, const struct milestone *m)
{
    if (act != SEAT_DRAW && act != SEAT_STOP)
        t->moved_ms = tui_now_ms();
    for (unsigned i = 0; i < t->count; i++)
        tui_ask(t, &t->lines[i], act, m);
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
    for (unsigned i = 0; i < t->count; i++)
        if (t->lines[i].run_asked)
            return true;
    return false;
}

bool tui_stands(const struct tui *t)
{
    return !is_waiting(t) && !runs_now(t) && !t->wish_count && !t->stale;
}

bool tui_travels(const struct tui *t)
{
    return tui_is_moving(t) && !t->runs &&
           tui_now_ms() - t->moved_ms > NOTICED_MS;
}

/* The machine must have answered before, and each time before the next. */
static bool must_wait(const struct tui *t)
{
    return is_waiting(t) || t->times > 1;
}

void tui_move(struct tui *t, enum seat_act act, const struct milestone *m)
{
    if (must_wait(t)) {
        struct tui_wish wish = {.kind = WISH_MOVE, .act = act};

        if (m)
            wish.milestone = *m;
        tui_wish(t, &wish);
        return;
    }
    t->times = 0;
    if (act != SEAT_STEP && act != SEAT_BACK && act != SEAT_DIGEST)
        tui_leave_trace(t);
    t->meets = false;
    t->meets_late = act == SEAT_RUN_BACK;
    t->runs = t->runs && act == SEAT_STEP;
    t->look.walk = 0;
    t->look.steps = LOOK_ALL_STEPS;
    ask_all(t, act, m);
}

bool tui_counts(struct tui *t, const struct milestone *m)
{
    if (figure_is_of_host(m->figure) && !t->scenario) {
        tui_say(t, "nothing is scheduled here: one vCPU for each pCPU");
        return false;
    }
    if ((m->figure == FIGURE_COUNTER || m->figure == FIGURE_INSTRUCTIONS) &&
        t->lines[0].now.modelled) {
        tui_say(t, "these VMs are modelled: they have no %s to count",
                milestone_name(m));
        return false;
    }
    return true;
}

void tui_go(struct tui *t, const struct milestone at[TUI_MAX_LINES])
{
    t->runs = t->meets = false;
    t->look.walk = 0;
    t->look.steps = LOOK_ALL_STEPS;
    t->moved_ms = tui_now_ms();
    for (unsigned i = 0; i < t->count; i++)
        tui_ask(t, &t->lines[i], SEAT_REACH, &at[i]);
}

/* The last time a figure grew: from one instruction before here. */
void tui_previous(struct tui *t, const struct milestone *m)
{
    if (must_wait(t)) {
        tui_wish(t, &(struct tui_wish){.kind = WISH_PREVIOUS, .milestone = *m});
        return;
    }
    tui_leave_trace(t);
    for (unsigned i = 0; i < t->count; i++) {
        t->lines[i].steps_back = true;
        t->lines[i].home = t->came_from.at[i];
    }
    t->before = *m;
    tui_move(t, SEAT_BACK, NULL);
}

/* Along the steps of the walk that is shown, then to the one before. */
void tui_micro_step(struct tui *t, int direction)
{
    unsigned count = t->lines[t->focus].now.walk_steps;
    unsigned at = t->look.steps < count ? t->look.steps : count;
    const struct milestone walk = {.figure = FIGURE_COUNTER,
                                   .counter = COUNTER_WALK_COUNT};

    if (!tui_counts(t, &walk))
        return;
    if (must_wait(t) || t->stale) { /* walk_steps is of another moment */
        tui_wish(
            t, &(struct tui_wish){.kind = WISH_MICRO, .direction = direction});
        return;
    }
    if (direction > 0 && at == count) {
        tui_move(t, SEAT_NEXT, &walk);
        t->look.steps = 0;
        return;
    }
    if (direction < 0 && at == 0) {
        tui_previous(t, &walk);
        return;
    }
    t->look.steps = direction > 0 ? at + 1 : at - 1;
    t->stale = true;
}

void tui_stop(struct tui *t)
{
    t->wish_count = t->times = 0;
    t->runs = false;
    for (unsigned i = 0; i < t->count; i++)
        if (t->lines[i].moving && !t->lines[i].stop_asked)
            tui_ask(t, &t->lines[i], SEAT_STOP, NULL);
}

uint64_t tui_way_of(const struct tui *t, const struct tui_line *line)
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
    t->meets = t->meets_late = false;
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
        if (tui_way_of(t, &t->lines[i]) > m.value)
            m.value = tui_way_of(t, &t->lines[i]);
    m.value += t->leg;
    ask_all(t, SEAT_LEG, &m);
    t->ran = true;
}

void tui_tick(struct tui *t)
{
    uint64_t now = tui_now_ms();

    tui_replace_gone(t);
    if (is_waiting(t) || t->lost)
        return;
    if (t->stale || (runs_now(t) && now >= t->due_ms)) {
        t->stale = false;
        ask_all(t, SEAT_DRAW, NULL);
    } else if (t->wish_count) {
        tui_grant_wish(t);
    } else if (t->later[0] && !runs_now(t)) {
        tui_do_later(t);
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
    if (t->wish_count || t->stale || t->later[0] ||
        (t->script && !tui_script_waits(t)))
        return 0;
    if (t->script && t->pause_ms > now)
        return (int)(t->pause_ms - now);
    if (!t->runs)
        return 1000;
    return t->due_ms > now ? (int)(t->due_ms - now) : 0;
}
