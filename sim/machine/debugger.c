#include "sim/machine/debugger.h"

#include <poll.h>

#include "sim/machine/session.h"

/* A REP instruction retires at most this many iterations between boundaries. */
static const uint64_t longest_step = 4096 + 64;

static uint64_t position(const struct debugger *d)
{
    return run_instructions(d->run);
}

static bool has_ended(const struct debugger *d)
{
    return d->run->end != RUN_GOES_ON;
}

static bool interrupted(const struct debugger *d)
{
    struct pollfd p = {.fd = d->interrupt_fd, .events = POLLIN};

    return d->interrupt_fd >= 0 && poll(&p, 1, 0) > 0;
}

/* The past goes on from here; true in a copy that was woken with a letter. */
static bool leave_mark(struct debugger *d)
{
    if (!timeline_leave(&d->timeline, position(d), &d->now, sizeof d->now))
        return false;
    session_set_shown(d->session, d->now.shown);
    d->now.motion.from = position(d);
    return true;
}

static _Noreturn void go_back(struct debugger *d, uint64_t to,
                              const struct motion *motion)
{
    d->now.motion = *motion;
    session_get_shown(d->session, d->now.shown);
    timeline_wake(&d->timeline, timeline_find(&d->timeline, to), &d->now,
                  sizeof d->now);
}

/* Runs to the position; true if it stopped at an address before. */
static bool run_to(struct debugger *d, uint64_t goal,
                   const struct cpu_stops *stops)
{
    struct run_stop stop = {.until_instruction = goal, .addresses = stops};

    if (position(d) >= goal)
        return false;
    d->run->stop = &stop;
    while (!has_ended(d) && !stop.reached) {
        if (run_slice(d->run) == RUN_GOES_ON)
            session_pump(d->session);
        if (d->now.motion.kind == MOTION_FORWARD && interrupted(d))
            break;
    }
    session_pump(d->session);
    d->run->stop = NULL;
    return stop.at_address;
}

/* One boundary forward, over a stop that lies here. */
static void step_over(struct debugger *d)
{
    if (!has_ended(d))
        run_to(d, position(d) + 1, NULL);
}

/* FORWARD, SEEK: true when done. */
static bool advance(struct debugger *d, uint64_t until,
                    enum stop_reason *reason)
{
    struct motion *m = &d->now.motion;
    bool seek = m->kind == MOTION_SEEK, at_address;

    if (m->over)
        step_over(d);
    m->over = false;
    at_address = run_to(d, until, seek ? NULL : &d->now.stops);

    *reason = seek ? m->reason : STOPPED_STEP;
    if (at_address)
        *reason = STOPPED_ADDRESS;
    else if (has_ended(d))
        *reason = STOPPED_END;
    else if (position(d) < m->goal && position(d) < until)
        *reason = STOPPED_INTERRUPT;
    else
        return position(d) >= m->goal;
    return true;
}

static void note_found(struct motion *m, uint64_t at)
{
    m->has_found = true;
    m->found = at;
}

/* PREVIOUS: every boundary counts, close to the goal. */
static void look_for_boundary(struct debugger *d)
{
    struct motion *m = &d->now.motion;

    if (m->goal > longest_step && position(d) < m->goal - longest_step)
        run_to(d, m->goal - longest_step, NULL);
    while (position(d) < m->goal) {
        note_found(m, position(d));
        step_over(d);
    }
}

/* SCAN: only stops count. */
static void look_for_stops(struct debugger *d, uint64_t until)
{
    struct motion *m = &d->now.motion;

    while (position(d) < until) {
        if (!run_to(d, until, &d->now.stops) || position(d) >= m->goal)
            return;
        note_found(m, position(d));
        step_over(d);
    }
}

/* What was found decides where to go; goes there. */
static _Noreturn void turn_back(struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    uint64_t first = d->timeline.mark[0].position;
    struct motion seek = {.kind = MOTION_SEEK,
                          .goal = m->found,
                          .reason = m->kind == MOTION_SCAN ? STOPPED_ADDRESS
                                                           : STOPPED_STEP};
    struct motion scan = {.kind = MOTION_SCAN, .goal = m->from};

    if (m->has_found)
        go_back(d, m->found, &seek);
    if (m->kind == MOTION_SCAN && m->from > first)
        go_back(d, m->from - 1, &scan);
    seek.goal = first;
    seek.reason = STOPPED_BEGIN;
    go_back(d, first, &seek);
}

static enum stop_reason travel(struct debugger *d)
{
    enum stop_reason reason = STOPPED_STEP;

    if (d->timeline.count == 0)
        leave_mark(d);
    for (;;) {
        uint64_t goal = d->now.motion.goal;
        uint64_t next = timeline_next(&d->timeline);
        uint64_t until = next < goal ? next : goal;
        bool back = false;

        switch (d->now.motion.kind) {
        case MOTION_FORWARD:
        case MOTION_SEEK:
            if (advance(d, until, &reason))
                return reason;
            break;
        case MOTION_SCAN:
            look_for_stops(d, until);
            back = position(d) >= goal || has_ended(d);
            break;
        case MOTION_PREVIOUS:
            look_for_boundary(d);
            back = true;
            break;
        }
        if (back)
            turn_back(d);
        if (position(d) >= next)
            leave_mark(d);
    }
}

void debugger_init(struct debugger *d, struct run *run, struct session *session,
                   int interrupt_fd)
{
    *d = (struct debugger){
        .run = run, .session = session, .interrupt_fd = interrupt_fd};
    timeline_init(&d->timeline);
}

static enum stop_reason forward_to(struct debugger *d, uint64_t goal)
{
    d->now.motion =
        (struct motion){.kind = MOTION_FORWARD, .goal = goal, .over = true};
    return travel(d);
}

enum stop_reason debugger_continue(struct debugger *d)
{
    return forward_to(d, UINT64_MAX);
}

enum stop_reason debugger_step(struct debugger *d)
{
    return forward_to(d, position(d) + 1);
}

static enum stop_reason backward(struct debugger *d, enum motion_kind kind)
{
    const struct timeline *t = &d->timeline;
    const struct motion motion = {.kind = kind, .goal = position(d)};
    uint64_t margin = kind == MOTION_PREVIOUS ? longest_step : 1;
    uint64_t first = t->count ? t->mark[0].position : 0;

    if (t->count == 0 || position(d) <= first)
        return STOPPED_BEGIN;
    if (position(d) < first + margin)
        go_back(d, first, &motion);
    go_back(d, position(d) - margin, &motion);
}

enum stop_reason debugger_reverse_continue(struct debugger *d)
{
    return backward(d, MOTION_SCAN);
}

enum stop_reason debugger_reverse_step(struct debugger *d)
{
    return backward(d, MOTION_PREVIOUS);
}

void debugger_rewrite(struct debugger *d)
{
    timeline_forget(&d->timeline);
}
