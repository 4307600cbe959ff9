#include "sim/machine/debugger.h"

#include <poll.h>

#include "sim/machine/debugger_internal.h"
#include "sim/machine/progress.h"
#include "sim/machine/run_stops.h"
#include "sim/machine/session.h"

/* Of a run, between two looks at whether the past wants another mark, or the
 * user something else: a millisecond, or some where each store copies a page
 * that a mark has. */
static const uint64_t leg_instructions = 32768;

static bool interrupted(const struct debugger *d)
{
    struct pollfd p = {.fd = d->interrupt_fd, .events = POLLIN};

    return d->interrupt_fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Awake.  A copy that is only moved runs to the goal, and sleeps on there. */
static void wake_up(struct debugger *d)
{
    struct debugger_found found;
    struct moment now;

    session_set_shown(d->session, d->now.shown);
    while (d->now.motion.kind == MOTION_CATCH_UP) {
        debugger_run_to(d, d->now.motion.goal, NULL, &found);
        moment_take(&now, d->run);
        timeline_sleep_on(&d->timeline, &now, &d->now, sizeof d->now);
        session_set_shown(d->session, d->now.shown);
    }
    d->now.motion.from = debugger_position(d);
}

bool debugger_leave_mark(struct debugger *d)
{
    struct moment now;

    moment_take(&now, d->run);
    if (!timeline_leave(&d->timeline, &now, &d->now, sizeof d->now))
        return false;
    wake_up(d);
    return true;
}

_Noreturn void debugger_go_back(struct debugger *d, uint64_t to,
                                const struct motion *motion)
{
    d->now.motion = *motion;
    session_get_shown(d->session, d->now.shown);
    timeline_settle(&d->timeline);
    timeline_wake(&d->timeline, timeline_find(&d->timeline, to), &d->now,
                  sizeof d->now);
}

const struct cpu_stops *debugger_watches(struct debugger *d)
{
    d->watches = d->now.stops;
    d->watches.count = 0;
    return &d->watches;
}

bool debugger_run_to_goal(struct debugger *d, const struct debugger_goal *goal,
                          const struct cpu_stops *stops,
                          struct debugger_found *found)
{
    const struct pcpu *own = &d->run->machine->pcpus[d->now.motion.cpu];
    struct run_stop stop = {.until_instruction = goal->all,
                            .own = own,
                            .own_until = goal->own,
                            .addresses =
                                stops && cpu_stops_any(stops) ? stops : NULL};

    if (debugger_position(d) >= goal->all ||
        debugger_own_position(d) >= goal->own)
        return false;
    run_stops_begin(d->run, &stop);
    d->run->stop = &stop;
    while (!debugger_has_ended(d) && !stop.reached) {
        if (run_slice(d->run) == RUN_GOES_ON)
            session_pump(d->session);
        if (d->run->waiting && interrupted(d)) /* it has no boundary ahead */
            break;
    }
    session_pump(d->session);
    d->run->stop = NULL;
    if (stop.watched.valid)
        *found = (struct debugger_found){STOPPED_WATCH, stop.watched_from,
                                         stop.watched};
    else if (stop.at_address)
        *found = (struct debugger_found){.reason = STOPPED_ADDRESS,
                                         .at = debugger_position(d)};
    return stop.watched.valid || stop.at_address;
}

bool debugger_run_to(struct debugger *d, uint64_t all,
                     const struct cpu_stops *stops,
                     struct debugger_found *found)
{
    const struct debugger_goal goal = {all, UINT64_MAX};

    return debugger_run_to_goal(d, &goal, stops, found);
}

bool debugger_step_over(struct debugger *d, struct debugger_found *found)
{
    return !debugger_has_ended(d) &&
           debugger_run_to(d, debugger_position(d) + 1, debugger_watches(d),
                           found);
}

/* FORWARD: true when done. */
static bool advance(struct debugger *d, uint64_t until,
                    enum stop_reason *reason)
{
    struct motion *m = &d->now.motion;
    const struct debugger_goal goal = {until, m->own_goal};
    struct debugger_found found;
    bool stopped = m->over && debugger_step_over(d, &found);

    m->over = false;
    if (!stopped)
        stopped = debugger_run_to_goal(d, &goal, &d->now.stops, &found);
    *reason = STOPPED_STEP;
    if (stopped) {
        *reason = found.reason;
        d->now.hit = found.hit;
    } else if (debugger_has_ended(d)) {
        *reason = STOPPED_END;
    } else if (debugger_has_stepped(d)) {
        return true;
    } else if (debugger_position(d) < m->goal && debugger_position(d) < until) {
        *reason = STOPPED_INTERRUPT;
    } else {
        return debugger_position(d) >= m->goal;
    }
    return true;
}

/*
 * SEEK: true when done.  An address may be due behind the delivery of an
 * event, which retires no instruction.
 */
static bool seek(struct debugger *d, uint64_t until)
{
    const struct motion *m = &d->now.motion;
    struct debugger_found found;

    debugger_run_to(d, until, NULL, &found);
    if (debugger_position(d) < m->goal)
        return debugger_has_ended(d);
    if (m->reason == STOPPED_ADDRESS)
        debugger_run_to(d, m->goal + 1, &d->now.stops, &found);
    return true;
}

/* Forward: nobody may ever want to go back here. */
static bool is_in_a_hurry(const struct debugger *d)
{
    return d->now.motion.kind == MOTION_FORWARD ||
           d->now.motion.kind == MOTION_REACH;
}

/*
 * Between two legs.  What closes in on a trip is let finish: it takes no time,
 * and a run that is interrupted again and again would never come to an end.
 */
static bool must_pause(struct debugger *d, enum stop_reason *reason)
{
    const struct motion *m = &d->now.motion;
    double now;

    *reason = STOPPED_INTERRUPT;
    if (interrupted(d) && !(m->stops && m->near))
        return true;
    if (d->report_ms == 0)
        return false;
    now = host_seconds_now();
    if ((now - d->report_seconds) * 1000 < d->report_ms)
        return false;
    d->report_seconds = now;
    *reason = STOPPED_UNDERWAY;
    return true;
}

/* One leg; true when the motion is done. */
static bool make_leg(struct debugger *d, enum stop_reason *reason)
{
    uint64_t goal = d->now.motion.goal;
    uint64_t leg = debugger_position(d) + leg_instructions;
    uint64_t until = leg < goal ? leg : goal;

    *reason = d->now.motion.reason;
    switch (d->now.motion.kind) {
    case MOTION_SEEK:
        return seek(d, until);
    case MOTION_FORWARD:
        return advance(d, until, reason);
    case MOTION_SCAN:
        if (debugger_look_for_stops(d, until))
            debugger_turn_back(d);
        return false;
    case MOTION_PREVIOUS:
        if (debugger_look_for_boundary(d, until))
            debugger_turn_back(d);
        return false;
    case MOTION_REACH:
    case MOTION_CLOSE_IN:
        return debugger_approach(d, leg, reason);
    case MOTION_CATCH_UP: /* wake_up() */
        break;
    }
    return true;
}

enum stop_reason debugger_travel(struct debugger *d)
{
    enum stop_reason reason;

    if (d->timeline.count == 0)
        debugger_leave_mark(d);
    while (!make_leg(d, &reason)) {
        if (timeline_due(&d->timeline, is_in_a_hurry(d)))
            debugger_leave_mark(d);
        if (must_pause(d, &reason))
            break;
    }
    return reason;
}

enum stop_reason debugger_go_on(struct debugger *d)
{
    return debugger_travel(d);
}

void debugger_init(struct debugger *d, struct run *run, struct session *session,
                   int interrupt_fd)
{
    *d = (struct debugger){
        .run = run, .session = session, .interrupt_fd = interrupt_fd};
    timeline_init(&d->timeline, run->machine->config->past_bytes);
}

static enum stop_reason forward(struct debugger *d, const struct motion *m)
{
    d->now.motion = *m;
    d->now.motion.kind = MOTION_FORWARD;
    d->now.motion.goal = UINT64_MAX;
    return debugger_travel(d);
}

enum stop_reason debugger_reach(struct debugger *d, const struct milestone *m)
{
    d->now.motion = (struct motion){.kind = MOTION_REACH,
                                    .goal = UINT64_MAX,
                                    .own_goal = UINT64_MAX,
                                    .milestones = {*m},
                                    .milestone_count = 1};
    return debugger_travel(d);
}

enum stop_reason debugger_run_until(struct debugger *d,
                                    const struct milestone *m, bool over)
{
    struct motion motion = {.kind = MOTION_REACH,
                            .over = over,
                            .goal = UINT64_MAX,
                            .own_goal = UINT64_MAX,
                            .stops = true};

    debugger_set_trips(d, &motion);
    if (m)
        motion.milestones[motion.milestone_count++] = *m;
    d->now.motion = motion;
    return debugger_travel(d);
}

enum stop_reason debugger_continue(struct debugger *d)
{
    if (d->now.trips.count > 0)
        return debugger_run_until(d, NULL, true);
    return forward(d, &(struct motion){.own_goal = UINT64_MAX, .over = true});
}

enum stop_reason debugger_resume(struct debugger *d)
{
    if (d->now.trips.count > 0)
        return debugger_run_until(d, NULL, false);
    return forward(d, &(struct motion){.own_goal = UINT64_MAX});
}

enum stop_reason debugger_step(struct debugger *d, unsigned cpu)
{
    d->now.motion.cpu = cpu;
    return forward(d, &(struct motion){.cpu = cpu,
                                       .own_goal = debugger_own_position(d) + 1,
                                       .over = true});
}

void debugger_rewrite(struct debugger *d)
{
    timeline_forget(&d->timeline);
}
