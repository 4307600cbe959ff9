#include "sim/machine/debugger.h"

#include <poll.h>

#include "sim/machine/debugger_internal.h"
#include "sim/machine/session.h"

/* Of a run, between two looks at whether the past wants another mark. */
static const uint64_t leg_instructions = 500000;

/* Behind a mark as close as this a boundary is looked for at once. */
static const uint64_t close_instructions = 65536;

static const uint64_t snapshot_bytes = (uint64_t)1 << 30;

/* A REP instruction retires at most this many iterations between boundaries. */
static const uint64_t longest_step = 4096 + 64;
static const uint64_t usual_step = 4;

static bool has_stepped(const struct debugger *d)
{
    return debugger_own_position(d) >= d->now.motion.own_goal;
}

static bool interrupted(const struct debugger *d)
{
    struct pollfd p = {.fd = d->interrupt_fd, .events = POLLIN};

    return d->interrupt_fd >= 0 && poll(&p, 1, 0) > 0;
}

/* The past goes on from here; true in a copy that was woken with a letter. */
static bool leave_mark(struct debugger *d)
{
    struct moment now;

    moment_take(&now, d->run);
    if (!timeline_leave(&d->timeline, &now, &d->now, sizeof d->now))
        return false;
    session_set_shown(d->session, d->now.shown);
    d->now.motion.from = debugger_position(d);
    return true;
}

_Noreturn void debugger_go_back(struct debugger *d, uint64_t to,
                                const struct motion *motion)
{
    d->now.motion = *motion;
    session_get_shown(d->session, d->now.shown);
    timeline_wake(&d->timeline, timeline_find(&d->timeline, to), &d->now,
                  sizeof d->now);
}

/* Where a run forward ends at the latest. */
struct goal {
    uint64_t all;
    uint64_t own; /* of the motion's pCPU */
};

static const struct cpu_stops *watches_alone(struct debugger *d)
{
    d->watches = d->now.stops;
    d->watches.count = 0;
    return &d->watches;
}

/*
 * Runs to the goal.  True if it stopped at an address before, or behind
 * what touched watched data: then *found says where a way back would stop.
 */
static bool run_to_goal(struct debugger *d, const struct goal *goal,
                        const struct cpu_stops *stops,
                        struct debugger_found *found)
{
    const struct pcpu *own = &d->run->machine->pcpus[d->now.motion.cpu];
    struct run_stop stop = {.until_instruction = goal->all,
                            .own = own,
                            .own_until = goal->own,
                            .addresses = stops};

    if (debugger_position(d) >= goal->all ||
        debugger_own_position(d) >= goal->own)
        return false;
    d->run->stop = &stop;
    while (!debugger_has_ended(d) && !stop.reached) {
        if (run_slice(d->run) == RUN_GOES_ON)
            session_pump(d->session);
        if (d->now.motion.kind == MOTION_FORWARD && interrupted(d))
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
    const struct goal goal = {all, UINT64_MAX};

    return run_to_goal(d, &goal, stops, found);
}

/* One boundary forward, over an address that lies here. */
static bool step_over(struct debugger *d, struct debugger_found *found)
{
    return !debugger_has_ended(d) &&
           debugger_run_to(d, debugger_position(d) + 1, watches_alone(d),
                           found);
}

/* FORWARD: true when done. */
static bool advance(struct debugger *d, uint64_t until,
                    enum stop_reason *reason)
{
    struct motion *m = &d->now.motion;
    const struct goal goal = {until, m->own_goal};
    struct debugger_found found;
    bool stopped = m->over && step_over(d, &found);

    m->over = false;
    if (!stopped)
        stopped = run_to_goal(d, &goal, &d->now.stops, &found);
    *reason = STOPPED_STEP;
    if (stopped) {
        *reason = found.reason;
        d->now.hit = found.hit;
    } else if (debugger_has_ended(d)) {
        *reason = STOPPED_END;
    } else if (has_stepped(d)) {
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

static void note_found(struct debugger *d, const struct debugger_found *found)
{
    struct motion *m = &d->now.motion;

    m->has_found = true;
    m->found = found->at;
    m->reason = found->reason;
    d->now.hit = found->hit;
}

/*
 * PREVIOUS: every boundary of the pCPU counts, close to the goal: one
 * instruction before, unless REP retired many at once.
 */
static void look_for_boundary(struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    uint64_t window = m->wide ? longest_step : usual_step;
    struct goal goal = {m->goal, 0};
    struct debugger_found found;

    if (m->own_goal > window) {
        goal.own = m->own_goal - window;
        run_to_goal(d, &goal, NULL, &found);
    }
    while (!debugger_has_ended(d) && !has_stepped(d) &&
           debugger_position(d) < m->goal) {
        struct debugger_found last = {.reason = STOPPED_STEP,
                                      .at = debugger_position(d)};

        goal.own = debugger_own_position(d) + 1;
        if (run_to_goal(d, &goal, watches_alone(d), &found))
            last = found;
        note_found(d, &last);
    }
}

static bool is_far_from_mark(const struct debugger *d)
{
    const struct timeline *t = &d->timeline;

    return debugger_position(d) - t->mark[t->count - 1].moment.instructions >
           close_instructions;
}

/* PREVIOUS, from a mark far away: marks on the way make the next one quick.
 * True when it has looked. */
static bool look_close_by(struct debugger *d, uint64_t until)
{
    uint64_t goal = d->now.motion.goal;
    uint64_t close = goal > close_instructions ? goal - close_instructions : 0;
    struct debugger_found found;

    if (debugger_position(d) >= close || debugger_has_ended(d)) {
        if (is_far_from_mark(d)) {
            leave_mark(d); /* and here wakes who may have another motion */
            return false;
        }
        look_for_boundary(d);
        return true;
    }
    debugger_run_to(d, until < close ? until : close, NULL, &found);
    return false;
}

/*
 * SCAN: only stops count.  The last instruction before the goal may have
 * touched what is watched.
 */
static void look_for_stops(struct debugger *d, uint64_t until)
{
    uint64_t goal = d->now.motion.goal;
    struct debugger_found found;

    while (debugger_position(d) < until) {
        if (!debugger_run_to(d, until, &d->now.stops, &found) ||
            found.at >= goal)
            return;
        note_found(d, &found);
        if (found.reason == STOPPED_ADDRESS && step_over(d, &found) &&
            found.at < goal)
            note_found(d, &found);
    }
}

/* What was found decides where to go; goes there. */
static _Noreturn void turn_back(struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    uint64_t first = d->timeline.mark[0].moment.instructions;
    struct motion seek = {.kind = MOTION_SEEK,
                          .goal = m->found,
                          .cpu = m->cpu,
                          .own_goal = UINT64_MAX,
                          .reason = m->reason};
    struct motion further = *m;

    if (m->has_found)
        debugger_go_back(d, m->found, &seek);
    if (m->kind == MOTION_PREVIOUS && !m->wide) {
        further.wide = true;
        debugger_go_back(d, m->from, &further);
    }
    if (m->kind == MOTION_SCAN)
        further.goal = m->from;
    if (m->from > first)
        debugger_go_back(d, m->from - 1, &further);
    seek.goal = first;
    seek.reason = STOPPED_BEGIN;
    debugger_go_back(d, first, &seek);
}

/* Forward: nobody may ever want to go back here. */
static bool is_in_a_hurry(const struct debugger *d)
{
    return d->now.motion.kind == MOTION_FORWARD ||
           d->now.motion.kind == MOTION_REACH;
}

static enum stop_reason travel(struct debugger *d)
{
    enum stop_reason reason = STOPPED_STEP;

    if (d->timeline.count == 0)
        leave_mark(d);
    for (;;) {
        uint64_t goal = d->now.motion.goal;
        uint64_t leg = debugger_position(d) + leg_instructions;
        uint64_t until = leg < goal ? leg : goal;
        bool back = false;

        switch (d->now.motion.kind) {
        case MOTION_SEEK:
            if (seek(d, until))
                return d->now.motion.reason;
            break;
        case MOTION_FORWARD:
            if (advance(d, until, &reason))
                return reason;
            break;
        case MOTION_SCAN:
            look_for_stops(d, until);
            back = debugger_position(d) >= goal || debugger_has_ended(d);
            break;
        case MOTION_PREVIOUS:
            back = look_close_by(d, until);
            break;
        case MOTION_REACH:
        case MOTION_CLOSE_IN:
            if (debugger_approach(d, leg, &reason))
                return reason;
            break;
        }
        if (back)
            turn_back(d);
        if (timeline_due(&d->timeline, is_in_a_hurry(d)))
            leave_mark(d);
    }
}

void debugger_init(struct debugger *d, struct run *run, struct session *session,
                   int interrupt_fd)
{
    *d = (struct debugger){
        .run = run, .session = session, .interrupt_fd = interrupt_fd};
    timeline_init(&d->timeline, snapshot_bytes);
}

static enum stop_reason forward(struct debugger *d, const struct motion *m)
{
    d->now.motion = *m;
    d->now.motion.kind = MOTION_FORWARD;
    d->now.motion.goal = UINT64_MAX;
    return travel(d);
}

enum stop_reason debugger_reach(struct debugger *d, const struct milestone *m)
{
    d->now.motion = (struct motion){
        .kind = MOTION_REACH, .milestone = *m, .own_goal = UINT64_MAX};
    return travel(d);
}

enum stop_reason debugger_continue(struct debugger *d)
{
    return forward(d, &(struct motion){.own_goal = UINT64_MAX, .over = true});
}

enum stop_reason debugger_resume(struct debugger *d)
{
    return forward(d, &(struct motion){.own_goal = UINT64_MAX});
}

enum stop_reason debugger_step(struct debugger *d, unsigned cpu)
{
    d->now.motion.cpu = cpu;
    return forward(d, &(struct motion){.cpu = cpu,
                                       .own_goal = debugger_own_position(d) + 1,
                                       .over = true});
}

/* By the motion, of which the goal is here. */
static enum stop_reason backward(struct debugger *d, enum motion_kind kind)
{
    const struct timeline *t = &d->timeline;
    const struct motion motion = {.kind = kind,
                                  .goal = debugger_position(d),
                                  .cpu = d->now.motion.cpu,
                                  .own_goal = d->now.motion.own_goal};
    uint64_t margin = kind == MOTION_PREVIOUS ? longest_step : 1;
    uint64_t first = t->count ? t->mark[0].moment.instructions : 0;

    if (t->count == 0 || debugger_position(d) <= first)
        return STOPPED_BEGIN;
    if (debugger_position(d) < first + margin)
        debugger_go_back(d, first, &motion);
    debugger_go_back(d, debugger_position(d) - margin, &motion);
}

enum stop_reason debugger_reverse_continue(struct debugger *d)
{
    d->now.motion = (struct motion){.own_goal = UINT64_MAX};
    return backward(d, MOTION_SCAN);
}

enum stop_reason debugger_reverse_step(struct debugger *d, unsigned cpu)
{
    d->now.motion = (struct motion){.cpu = cpu};
    d->now.motion.own_goal = debugger_own_position(d);
    return backward(d, MOTION_PREVIOUS);
}

void debugger_rewrite(struct debugger *d)
{
    timeline_forget(&d->timeline);
}
