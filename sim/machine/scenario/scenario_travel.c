#include "sim/machine/scenario/scenario_travel.h"

#include <poll.h>

#include "sim/machine/progress.h"

/* Steps between two looks at the user, and at whether a mark is due; and those
   behind the last mark while the user looks at a moment. */
enum { LOOK_EVERY = 16, CLOSE_STEPS = 16 };

void scenario_travel_init(struct scenario_travel *t,
                          struct scenario_stage *stage, int interrupt_fd)
{
    *t = (struct scenario_travel){.stage = stage, .interrupt_fd = interrupt_fd};
    timeline_init(&t->timeline, stage->host.job->config.past_bytes);
}

static bool interrupted(const struct scenario_travel *t)
{
    struct pollfd p = {.fd = t->interrupt_fd, .events = POLLIN};

    return t->interrupt_fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Which milestones are behind us, or behind a moment: a bit of each. */
static uint32_t reached_now(const struct scenario_travel *t)
{
    const struct scenario_goal *g = &t->goal;
    uint32_t reached = 0;

    for (unsigned i = 0; i < g->milestone_count; i++)
        if (g->milestones[i].value != UINT64_MAX &&
            scenario_stage_reached(t->stage, &g->milestones[i]))
            reached |= 1u << i;
    return reached;
}

static uint32_t reached_then(const struct scenario_goal *g,
                             const struct moment *then)
{
    uint32_t reached = 0;

    for (unsigned i = 0; i < g->milestone_count; i++)
        if (g->milestones[i].value != UINT64_MAX &&
            milestone_reached(&g->milestones[i], then))
            reached |= 1u << i;
    return reached;
}

static bool are_enough(const struct scenario_goal *g, uint32_t reached)
{
    uint32_t wanted = 0;

    for (unsigned i = 0; i < g->milestone_count; i++)
        if (g->milestones[i].value != UINT64_MAX)
            wanted |= 1u << i;
    return reached && (!g->all || reached == wanted);
}

static bool is_there(const struct scenario_travel *t, uint32_t reached)
{
    return scenario_stage_position(t->stage) >= t->goal.position ||
           are_enough(&t->goal, reached);
}

/* before: what was reached one step before. */
static enum stop_reason reason_here(struct scenario_travel *t, uint32_t before,
                                    uint32_t reached)
{
    struct scenario_goal *g = &t->goal;

    if (!are_enough(g, reached))
        return g->reason;
    for (unsigned i = 0; i < g->trips.count; i++)
        if (reached >> i & ~(before >> i) & 1) {
            g->trip = i;
            return STOPPED_COUNTER;
        }
    return STOPPED_STEP;
}

/* Awake.  A copy that is only moved runs to its goal, and sleeps on there. */
static void wake_up(struct scenario_travel *t)
{
    struct moment now;

    while (t->goal.is_move) {
        while (scenario_stage_position(t->stage) < t->goal.position)
            scenario_stage_step(t->stage);
        scenario_stage_moment(t->stage, &now);
        timeline_sleep_on(&t->timeline, &now, &t->goal, sizeof t->goal);
    }
}

/* In a copy that wakes, t->goal is another one afterwards. */
static void leave_mark(struct scenario_travel *t)
{
    struct moment now;

    scenario_stage_moment(t->stage, &now);
    if (timeline_leave(&t->timeline, &now, &t->goal, sizeof t->goal))
        wake_up(t);
}

void scenario_travel_prepare(struct scenario_travel *t)
{
    const struct timeline *past = &t->timeline;
    uint64_t here = scenario_stage_position(t->stage);
    struct scenario_goal goal = {.is_move = true};

    if (past->count == 0 ||
        here - past->mark[past->count - 1].moment.position <= CLOSE_STEPS)
        return;
    goal.position = here - CLOSE_STEPS;
    timeline_move_last(&t->timeline, &goal, sizeof goal);
}

static bool report_is_due(struct scenario_travel *t)
{
    double now = t->report_ms ? host_seconds_now() : 0;

    if ((now - t->report_seconds) * 1000 < t->report_ms || t->report_ms == 0)
        return false;
    t->report_seconds = now;
    return true;
}

/* To the last mark at which the goal is still ahead, or the first. */
static _Noreturn void go_back(struct scenario_travel *t)
{
    const struct timeline *past = &t->timeline;
    const struct scenario_goal *g = &t->goal;
    unsigned i;

    timeline_settle(&t->timeline);
    i = past->count - 1;
    while (i > 0 && (past->mark[i].moment.position > g->position ||
                     are_enough(g, reached_then(g, &past->mark[i].moment))))
        i--;
    timeline_wake(past, i, g, sizeof *g);
}

/* All trips as they are here: the first moment of that is the last trip. */
static _Noreturn void turn_back(struct scenario_travel *t)
{
    struct scenario_goal *g = &t->goal;
    struct moment now;
    bool any = false;

    scenario_stage_moment(t->stage, &now);
    g->turns_back = false;
    g->position = UINT64_MAX;
    g->all = true;
    g->milestone_count = g->trips.count;
    for (unsigned i = 0; i < g->trips.count; i++) {
        struct milestone *m = &g->milestones[i];

        *m = debugger_trip_milestone(&g->trips.trip[i]);
        if (!m->measured)
            m->value = milestone_figure(m, &now);
        if (m->value == 0 || !milestone_reached(m, &now))
            m->value = UINT64_MAX;
        any |= m->value != UINT64_MAX;
    }
    if (!any) {
        g->position = t->timeline.mark[0].moment.position;
        g->reason = STOPPED_BEGIN;
    }
    go_back(t);
}

/* Forward: nobody may ever want to go back here. */
static bool is_in_a_hurry(const struct scenario_goal *g)
{
    return g->position == UINT64_MAX && !g->all && !g->turns_back;
}

static enum stop_reason forward(struct scenario_travel *t)
{
    uint32_t before = 0, reached;

    if (t->timeline.count == 0)
        leave_mark(t);
    reached = reached_now(t);
    for (unsigned n = 1; !is_there(t, reached); n++) {
        if (t->stage->ended)
            return STOPPED_END;
        scenario_stage_step(t->stage);
        before = reached;
        reached = reached_now(t);
        if (n % LOOK_EVERY != 0 || is_there(t, reached))
            continue;
        if (interrupted(t))
            return STOPPED_INTERRUPT;
        if (timeline_due(&t->timeline, is_in_a_hurry(&t->goal))) {
            leave_mark(t); /* who wakes here may have another goal */
            reached = reached_now(t);
        }
        if (report_is_due(t))
            return STOPPED_UNDERWAY;
    }
    if (t->goal.turns_back)
        turn_back(t);
    return reason_here(t, before, reached);
}

enum stop_reason scenario_travel_go_on(struct scenario_travel *t)
{
    return forward(t);
}

bool scenario_travel_runs(const struct scenario_travel *t)
{
    return t->goal.runs;
}

static bool at_begin(const struct scenario_travel *t)
{
    return t->timeline.count == 0 || scenario_stage_position(t->stage) <=
                                         t->timeline.mark[0].moment.position;
}

/* What trips wait for from here on. */
static void set_trips(struct scenario_travel *t,
                      const struct debugger_trips *trips)
{
    struct moment now;

    scenario_stage_moment(t->stage, &now);
    t->goal = (struct scenario_goal){.position = UINT64_MAX,
                                     .trips = *trips,
                                     .milestone_count = trips->count};
    for (unsigned i = 0; i < trips->count; i++)
        t->goal.milestones[i] = debugger_trip_ahead(&trips->trip[i], &now);
}

enum stop_reason scenario_travel_run(struct scenario_travel *t,
                                     const struct debugger_trips *trips)
{
    set_trips(t, trips);
    t->goal.runs = true;
    return forward(t);
}

enum stop_reason scenario_travel_leg(struct scenario_travel *t,
                                     const struct debugger_trips *trips,
                                     const struct milestone *m)
{
    set_trips(t, trips);
    t->goal.milestones[t->goal.milestone_count++] = *m;
    return forward(t);
}

enum stop_reason scenario_travel_reach(struct scenario_travel *t,
                                       const struct milestone *m)
{
    t->goal = (struct scenario_goal){
        .position = UINT64_MAX, .milestones = {*m}, .milestone_count = 1};
    if (is_there(t, reached_now(t)) && !at_begin(t))
        go_back(t);
    return forward(t);
}

enum stop_reason scenario_travel_step(struct scenario_travel *t)
{
    t->goal = (struct scenario_goal){.position =
                                         scenario_stage_position(t->stage) + 1};
    return forward(t);
}

enum stop_reason scenario_travel_back(struct scenario_travel *t)
{
    if (at_begin(t))
        return STOPPED_BEGIN;
    t->goal = (struct scenario_goal){.position =
                                         scenario_stage_position(t->stage) - 1};
    go_back(t);
}

enum stop_reason scenario_travel_run_back(struct scenario_travel *t,
                                          const struct debugger_trips *trips)
{
    if (at_begin(t))
        return STOPPED_BEGIN;
    t->goal = (struct scenario_goal){.position =
                                         scenario_stage_position(t->stage) - 1,
                                     .turns_back = true,
                                     .trips = *trips};
    go_back(t);
}
