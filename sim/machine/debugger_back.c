/*
 * debugger_back.c - through the past: to the boundary before this one, or to
 * the last stop before it.
 *
 * The way back leads forward: from a mark to where the run was, looking for
 * the last of what is looked for; if there is none, from the mark before to
 * that mark.
 */
#include <string.h>

#include "sim/machine/debugger_internal.h"
#include "sim/machine/session.h"

/* Behind a mark as close as this a boundary is looked for at once. */
static const uint64_t close_instructions = 65536;

/* A REP instruction retires at most this many iterations between boundaries. */
static const uint64_t longest_step = 4096 + 64;
static const uint64_t usual_step = 4;

static void note_found(struct debugger *d, const struct debugger_found *found)
{
    struct motion *m = &d->now.motion;

    m->has_found = true;
    m->found = found->at;
    m->reason = found->reason;
    m->milestone_count = 0;
    d->now.hit = found->hit;
}

/*
 * PREVIOUS: every boundary of the pCPU counts, close to the goal: one
 * instruction before, unless REP retired many at once.
 */
static void look_step_by_step(struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    uint64_t window = m->wide ? longest_step : usual_step;
    struct debugger_goal goal = {m->goal, 0};
    struct debugger_found found;

    if (m->own_goal > window) {
        goal.own = m->own_goal - window;
        debugger_run_to_goal(d, &goal, NULL, &found);
    }
    while (!debugger_has_ended(d) && !debugger_has_stepped(d) &&
           debugger_position(d) < m->goal) {
        struct debugger_found last = {.reason = STOPPED_STEP,
                                      .at = debugger_position(d)};

        goal.own = debugger_own_position(d) + 1;
        if (debugger_run_to_goal(d, &goal, debugger_watches(d), &found))
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

void debugger_prepare(struct debugger *d)
{
    struct debugger_letter letter = d->now;

    if (d->timeline.count == 0 || !is_far_from_mark(d))
        return;
    letter.motion =
        (struct motion){.kind = MOTION_CATCH_UP,
                        .goal = debugger_position(d) - close_instructions,
                        .own_goal = UINT64_MAX};
    session_get_shown(d->session, letter.shown);
    timeline_move_last(&d->timeline, &letter, sizeof letter);
}

/* PREVIOUS, from a mark far away: marks on the way make the next one quick.
 * True when it has looked. */
bool debugger_look_for_boundary(struct debugger *d, uint64_t until)
{
    uint64_t goal = d->now.motion.goal;
    uint64_t close = goal > close_instructions ? goal - close_instructions : 0;
    struct debugger_found found;

    if (debugger_position(d) >= close || debugger_has_ended(d)) {
        bool far = is_far_from_mark(d);

        if (far)
            debugger_leave_mark(d); /* here wakes who has another motion */
        if (far && !is_far_from_mark(d))
            return false;
        look_step_by_step(d);
        return true;
    }
    debugger_run_to(d, until < close ? until : close, NULL, &found);
    return false;
}

/*
 * SCAN: the trips of a stride that grew in it.  Where, is looked for later,
 * and only in the last such stride: the first boundary behind which all of
 * them have grown so far.
 */
static void note_trips(struct debugger *d, const struct moment *before)
{
    const struct debugger_trips *trips = &d->now.trips;
    struct milestone grown[DEBUGGER_TRIPS];
    struct motion *m = &d->now.motion;
    bool any = false;
    struct moment now;

    moment_take(&now, d->run);
    for (unsigned i = 0; i < trips->count; i++) {
        grown[i] = debugger_trip_milestone(&trips->trip[i]);
        if (!grown[i].measured)
            grown[i].value = milestone_figure(&grown[i], &now);
        if (milestone_reached(&grown[i], &now) &&
            !milestone_reached(&grown[i], before))
            any = true;
        else
            grown[i].value = UINT64_MAX;
    }
    if (!any)
        return;
    memcpy(m->milestones, grown, trips->count * sizeof *grown);
    m->milestone_count = trips->count;
    m->has_found = true;
    m->found = before->instructions;
    m->reason = STOPPED_COUNTER;
}

/*
 * How far a stride leads.  Where the way back began is not the past: close to
 * it each boundary is looked at, for REP may lead there in one step.
 */
static uint64_t stride_end(const struct debugger *d, uint64_t until)
{
    const struct motion *m = &d->now.motion;
    uint64_t from = debugger_position(d), to = from + DEBUGGER_STRIDE;
    uint64_t margin = m->wide ? 0 : longest_step;

    if (to > until)
        to = until;
    if (to + margin <= m->goal)
        return to;
    return from + margin < m->goal ? m->goal - margin : from + 1;
}

/* One stride, and what was in it. */
static bool scan_stride(struct debugger *d, uint64_t until,
                        struct debugger_found *found)
{
    const struct motion *m = &d->now.motion;
    struct moment before;
    bool stopped;

    if (d->now.trips.count == 0)
        return debugger_run_to(d, until, &d->now.stops, found);
    moment_take(&before, d->run);
    stopped = debugger_run_to(d, stride_end(d, until), &d->now.stops, found);
    if (debugger_position(d) < m->goal + m->wide)
        note_trips(d, &before);
    return stopped;
}

/*
 * SCAN: only stops count.  The last instruction before the goal may have
 * touched what is watched.
 */
bool debugger_look_for_stops(struct debugger *d, uint64_t until)
{
    uint64_t goal = d->now.motion.goal;
    struct debugger_found found;

    while (debugger_position(d) < until && !debugger_has_ended(d)) {
        if (!scan_stride(d, until, &found))
            continue;
        if (found.at >= goal)
            break;
        note_found(d, &found);
        if (found.reason == STOPPED_ADDRESS && debugger_step_over(d, &found) &&
            found.at < goal)
            note_found(d, &found);
    }
    return debugger_position(d) >= goal || debugger_has_ended(d);
}

/* Where what was found is; for trips, the way there is a search. */
static struct motion way_to_found(const struct debugger *d)
{
    struct motion way = d->now.motion;

    way.kind = way.milestone_count ? MOTION_REACH : MOTION_SEEK;
    way.goal = way.found;
    way.all = way.near = true;
    way.stops = way.has_found = false;
    way.own_goal = UINT64_MAX;
    return way;
}

/* What was found decides where to go; goes there. */
_Noreturn void debugger_turn_back(struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    uint64_t first = d->timeline.mark[0].moment.instructions;
    struct motion seek = {.kind = MOTION_SEEK,
                          .goal = first,
                          .cpu = m->cpu,
                          .own_goal = UINT64_MAX,
                          .reason = STOPPED_BEGIN};
    struct motion further = *m;

    if (m->has_found) {
        seek = way_to_found(d);
        debugger_go_back(d, m->found, &seek);
    }
    if (m->kind == MOTION_PREVIOUS && !m->wide) {
        further.wide = true;
        debugger_go_back(d, m->from, &further);
    }
    if (m->kind == MOTION_SCAN) {
        further.goal = m->from;
        further.wide = true;
    }
    if (m->from > first)
        debugger_go_back(d, m->from - 1, &further);
    if (m->returns) {
        seek.goal = m->home;
        seek.reason = STOPPED_NEVER;
    }
    debugger_go_back(d, seek.goal, &seek);
}

/* By the motion, of which the goal is here. */
static enum stop_reason backward(struct debugger *d, enum motion_kind kind)
{
    const struct timeline *t = &d->timeline;
    const struct motion motion = {.kind = kind,
                                  .goal = debugger_position(d),
                                  .returns = d->now.motion.returns,
                                  .home = debugger_position(d),
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

enum stop_reason debugger_find_last(struct debugger *d)
{
    d->now.motion = (struct motion){.own_goal = UINT64_MAX, .returns = true};
    return backward(d, MOTION_SCAN);
}

enum stop_reason debugger_reverse_step(struct debugger *d, unsigned cpu)
{
    d->now.motion = (struct motion){.cpu = cpu};
    d->now.motion.own_goal = debugger_own_position(d);
    return backward(d, MOTION_PREVIOUS);
}
