/*
 * debugger_reach.c - to milestones, forwards or backwards.
 *
 * A milestone is looked for in strides.  The first stride behind which it has
 * been reached went too far: the run goes back to where that stride began, and
 * from there in shorter ones, and once more boundary by boundary.
 */
#include "sim/machine/debugger_internal.h"

enum { SHORT_STRIDE = 1024 };

/* Has what the motion is for happened by then?  loosely: of those milestones
 * for which a little behind them will do. */
static bool is_reached(const struct motion *m, const struct moment *then,
                       bool loosely)
{
    unsigned count = 0, wanted = 0;

    for (unsigned i = 0; i < m->milestone_count; i++) {
        const struct milestone *of = &m->milestones[i];

        if (of->loose != loosely || of->value == UINT64_MAX)
            continue;
        wanted++;
        count += milestone_reached(of, then);
    }
    return m->all ? wanted > 0 && count == wanted : count > 0;
}

static bool reached_now(const struct debugger *d, bool loosely)
{
    struct moment now;

    moment_take(&now, d->run);
    return is_reached(&d->now.motion, &now, loosely);
}

struct milestone debugger_trip_ahead(const struct debugger_trip *trip,
                                     const struct moment *now)
{
    struct milestone m = debugger_trip_milestone(trip);

    if (!m.measured)
        m.value = milestone_figure(&m, now) + 1;
    if (milestone_reached(&m, now))
        m.value = UINT64_MAX;
    return m;
}

void debugger_set_trips(struct debugger *d, struct motion *m)
{
    struct moment now;

    moment_take(&now, d->run);
    for (unsigned i = 0; i < d->now.trips.count; i++)
        m->milestones[i] = debugger_trip_ahead(&d->now.trips.trip[i], &now);
    m->milestone_count = d->now.trips.count;
}

/* Has the last step brought a trip with it, and which? */
static enum stop_reason reason_of_step(struct debugger *d,
                                       const struct moment *before,
                                       const struct moment *now)
{
    const struct motion *m = &d->now.motion;

    if (!m->stops && m->reason != STOPPED_COUNTER)
        return m->reason;
    for (unsigned i = 0; i < d->now.trips.count; i++)
        if (!milestone_reached(&m->milestones[i], before) &&
            milestone_reached(&m->milestones[i], now)) {
            d->now.trip = i;
            return STOPPED_COUNTER;
        }
    return m->reason;
}

/* It lies before here: goes to the latest mark before it.  True if there is
 * none. */
static bool look_before(struct debugger *d)
{
    const struct timeline *t = &d->timeline;
    const struct motion motion = d->now.motion;

    if (!reached_now(d, false))
        return false;
    for (unsigned i = t->count; i-- > 0;)
        if (!is_reached(&motion, &t->mark[i].moment, false))
            debugger_go_back(d, t->mark[i].moment.instructions, &motion);
    if (debugger_position(d) > t->mark[0].moment.instructions)
        debugger_go_back(d, t->mark[0].moment.instructions, &motion);
    return true;
}

/* Behind goal strides are short: it lies in the long one from there. */
static uint64_t stride_instructions(const struct debugger *d)
{
    const struct motion *m = &d->now.motion;

    return m->near && debugger_position(d) >= m->goal ? SHORT_STRIDE
                                                      : DEBUGGER_STRIDE;
}

/* Too far: again, from where the stride began. */
static _Noreturn void go_closer(struct debugger *d, uint64_t from, uint64_t to)
{
    struct motion closer = d->now.motion;

    if (to - from <= SHORT_STRIDE)
        closer.kind = MOTION_CLOSE_IN;
    closer.goal = from;
    closer.near = true;
    debugger_go_back(d, from, &closer);
}

/* True when done. */
static bool stride(struct debugger *d, uint64_t until, enum stop_reason *reason)
{
    struct motion *m = &d->now.motion;
    const struct cpu_stops *stops = m->stops ? &d->now.stops : NULL;
    struct debugger_found found;

    while (!debugger_has_ended(d) && debugger_position(d) < until) {
        uint64_t from = debugger_position(d);
        uint64_t to = from + stride_instructions(d);
        bool stopped;

        if (m->goal > from && m->goal < to)
            to = m->goal;
        stopped = m->over ? debugger_step_over(d, &found)
                          : debugger_run_to(d, to < until ? to : until, stops,
                                            &found);
        m->over = false;
        if (reached_now(d, false))
            go_closer(d, from, to);
        if (stopped) {
            *reason = found.reason;
            d->now.hit = found.hit;
        }
        if (stopped || reached_now(d, true))
            return true;
    }
    return false;
}

/* True when done. */
static bool close_in(struct debugger *d, uint64_t until,
                     enum stop_reason *reason)
{
    const struct motion *m = &d->now.motion;
    struct debugger_found found;
    struct moment before, now;

    if (debugger_position(d) < m->goal)
        debugger_run_to(d, until < m->goal ? until : m->goal, NULL, &found);
    if (debugger_position(d) < m->goal)
        return debugger_has_ended(d);
    moment_take(&now, d->run);
    before = now;
    while (!debugger_has_ended(d) && !is_reached(m, &now, false)) {
        before = now;
        debugger_run_to(d, debugger_position(d) + 1, NULL, &found);
        moment_take(&now, d->run);
    }
    *reason = reason_of_step(d, &before, &now);
    return true;
}

bool debugger_approach(struct debugger *d, uint64_t until,
                       enum stop_reason *reason)
{
    if (d->now.motion.kind == MOTION_CLOSE_IN)
        return close_in(d, until, reason);
    if (look_before(d)) {
        *reason = STOPPED_BEGIN;
        return true;
    }
    if (stride(d, until, reason))
        return true;
    *reason = STOPPED_END;
    return debugger_has_ended(d);
}
