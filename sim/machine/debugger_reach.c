/*
 * debugger_reach.c - to a milestone, forwards or backwards.
 *
 * A milestone is looked for in strides.  The first stride behind which it has
 * been reached went too far: the run goes back to where that stride began, and
 * from there in shorter ones, and once more boundary by boundary.
 */
#include "sim/machine/debugger_internal.h"

enum { LONG_STRIDE = 65536, SHORT_STRIDE = 1024 };

static bool is_reached(const struct debugger *d)
{
    struct moment now;

    moment_take(&now, d->run);
    return milestone_reached(&d->now.motion.milestone, &now);
}

/* It lies before here: goes to the latest mark before it.  True if there is
 * none. */
static bool look_before(struct debugger *d)
{
    const struct timeline *t = &d->timeline;
    const struct motion motion = d->now.motion;

    if (!is_reached(d))
        return false;
    for (unsigned i = t->count; i-- > 0;)
        if (!milestone_reached(&motion.milestone, &t->mark[i].moment))
            debugger_go_back(d, t->mark[i].moment.instructions, &motion);
    if (debugger_position(d) > t->mark[0].moment.instructions)
        debugger_go_back(d, t->mark[0].moment.instructions, &motion);
    return true;
}

/* Behind goal strides are short: it lies in the long one from there. */
static uint64_t stride_instructions(const struct debugger *d)
{
    const struct motion *m = &d->now.motion;

    return m->goal != 0 && debugger_position(d) >= m->goal ? SHORT_STRIDE
                                                           : LONG_STRIDE;
}

/* True when done. */
static bool stride(struct debugger *d, uint64_t until)
{
    struct motion closer = d->now.motion;
    struct debugger_found found;

    while (!debugger_has_ended(d) && debugger_position(d) < until) {
        uint64_t from = debugger_position(d);
        uint64_t to = from + stride_instructions(d);

        if (closer.goal > from && closer.goal < to)
            to = closer.goal;
        debugger_run_to(d, to < until ? to : until, NULL, &found);
        if (!is_reached(d))
            continue;
        if (closer.milestone.loose)
            return true;
        if (to - from <= SHORT_STRIDE)
            closer.kind = MOTION_CLOSE_IN;
        closer.goal = from;
        debugger_go_back(d, from, &closer);
    }
    return false;
}

/* True when done. */
static bool close_in(struct debugger *d, uint64_t until)
{
    uint64_t goal = d->now.motion.goal;
    struct debugger_found found;

    if (debugger_position(d) < goal)
        debugger_run_to(d, until < goal ? until : goal, NULL, &found);
    if (debugger_position(d) < goal)
        return debugger_has_ended(d);
    while (!debugger_has_ended(d) && !is_reached(d))
        debugger_run_to(d, debugger_position(d) + 1, NULL, &found);
    return true;
}

bool debugger_approach(struct debugger *d, uint64_t until,
                       enum stop_reason *reason)
{
    *reason = STOPPED_STEP;
    if (d->now.motion.kind == MOTION_CLOSE_IN)
        return close_in(d, until);
    if (!d->now.motion.milestone.loose && look_before(d)) {
        *reason = STOPPED_BEGIN;
        return true;
    }
    if (stride(d, until))
        return true;
    *reason = STOPPED_END;
    return debugger_has_ended(d);
}
