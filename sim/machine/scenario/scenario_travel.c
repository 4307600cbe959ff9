#include "sim/machine/scenario/scenario_travel.h"

#include <poll.h>

#include "sim/machine/progress.h"

/* Steps between two looks at the user, and at whether a mark is due. */
enum { LOOK_EVERY = 16 };

static const uint64_t snapshot_bytes = (uint64_t)1 << 30;

void scenario_travel_init(struct scenario_travel *t,
                          struct scenario_stage *stage, int interrupt_fd)
{
    *t = (struct scenario_travel){.stage = stage, .interrupt_fd = interrupt_fd};
    timeline_init(&t->timeline, snapshot_bytes);
}

static bool interrupted(const struct scenario_travel *t)
{
    struct pollfd p = {.fd = t->interrupt_fd, .events = POLLIN};

    return t->interrupt_fd >= 0 && poll(&p, 1, 0) > 0;
}

static bool is_there(const struct scenario_travel *t)
{
    return t->goal.by_position
               ? scenario_stage_position(t->stage) >= t->goal.position
               : scenario_stage_reached(t->stage, &t->goal.milestone);
}

/* In a copy that wakes, t->goal is another one afterwards. */
static void leave_mark(struct scenario_travel *t)
{
    struct moment now;

    scenario_stage_moment(t->stage, &now);
    timeline_leave(&t->timeline, &now, &t->goal, sizeof t->goal);
}

static bool report_is_due(struct scenario_travel *t)
{
    double now = t->report_ms ? host_seconds_now() : 0;

    if ((now - t->report_seconds) * 1000 < t->report_ms || t->report_ms == 0)
        return false;
    t->report_seconds = now;
    return true;
}

static enum stop_reason forward(struct scenario_travel *t)
{
    if (t->timeline.count == 0)
        leave_mark(t);
    for (unsigned n = 1; !is_there(t); n++) {
        if (t->stage->ended)
            return STOPPED_END;
        scenario_stage_step(t->stage);
        if (n % LOOK_EVERY != 0)
            continue;
        if (interrupted(t))
            return STOPPED_INTERRUPT;
        if (timeline_due(&t->timeline, true))
            leave_mark(t);
        if (report_is_due(t))
            return STOPPED_UNDERWAY;
    }
    return STOPPED_STEP;
}

enum stop_reason scenario_travel_go_on(struct scenario_travel *t)
{
    return forward(t);
}

bool scenario_travel_runs(const struct scenario_travel *t)
{
    return t->goal.by_position && t->goal.position == UINT64_MAX;
}

/* To the last mark at which the goal is still ahead, or the first. */
static _Noreturn void go_back(const struct scenario_travel *t)
{
    const struct timeline *past = &t->timeline;
    const struct scenario_goal *g = &t->goal;
    unsigned i = past->count - 1;

    while (i > 0 &&
           (g->by_position
                ? past->mark[i].moment.position > g->position
                : milestone_reached(&g->milestone, &past->mark[i].moment)))
        i--;
    timeline_wake(past, i, g, sizeof *g);
}

static bool at_begin(const struct scenario_travel *t)
{
    return t->timeline.count == 0 || scenario_stage_position(t->stage) <=
                                         t->timeline.mark[0].moment.position;
}

enum stop_reason scenario_travel_run(struct scenario_travel *t)
{
    t->goal =
        (struct scenario_goal){.by_position = true, .position = UINT64_MAX};
    return forward(t);
}

enum stop_reason scenario_travel_reach(struct scenario_travel *t,
                                       const struct milestone *m)
{
    t->goal = (struct scenario_goal){.milestone = *m};
    if (is_there(t) && !at_begin(t))
        go_back(t);
    return forward(t);
}

enum stop_reason scenario_travel_step(struct scenario_travel *t)
{
    t->goal = (struct scenario_goal){
        .by_position = true, .position = scenario_stage_position(t->stage) + 1};
    return forward(t);
}

enum stop_reason scenario_travel_back(struct scenario_travel *t)
{
    if (at_begin(t))
        return STOPPED_BEGIN;
    t->goal = (struct scenario_goal){
        .by_position = true, .position = scenario_stage_position(t->stage) - 1};
    go_back(t);
}
