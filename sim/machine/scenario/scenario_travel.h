/*
 * scenario_travel.h - moves a scenario's run to any moment of its past or
 * future: what debugger.h does for one machine.
 *
 * Model     forward is stepping (scenario_stage.h); backward is waking the
 *           nearest copy before (timeline.h) and stepping forward from there.
 *           What a milestone is made of never falls, and is looked at behind
 *           each step, so the first step that reaches it is exact.
 *           A trip is a milestone, too: on the way forward the next growth of
 *           its figure, on the way back the last one behind which it was as it
 *           is one step before here.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_TRAVEL_H
#define SIM_MACHINE_SCENARIO_SCENARIO_TRAVEL_H
#include "sim/machine/debugger.h"
#include "sim/machine/scenario/scenario_stage.h"
#include "sim/machine/timeline.h"

/* Where to; it outlives a change of process. */
struct scenario_goal {
    uint64_t position;       /* UINT64_MAX: none */
    enum stop_reason reason; /* what to say there */
    bool turns_back;         /* ... go back to the last of trips instead */
    bool runs;               /* it is scenario_travel_run()'s */
    bool is_move;            /* a copy comes closer, and sleeps on there */
    struct debugger_trips trips;
    /* Any of them, or all; the first are trips, UINT64_MAX: not this one. */
    struct milestone milestones[DEBUGGER_GOALS];
    unsigned milestone_count;
    bool all;
    unsigned trip; /* STOPPED_COUNTER: which it was */
};

struct scenario_travel {
    struct scenario_stage *stage;
    int interrupt_fd;      /* a byte to be read here interrupts; -1: none */
    uint32_t report_ms;    /* how often it is STOPPED_UNDERWAY; 0: never */
    double report_seconds; /* when it was last */
    struct timeline timeline;
    struct scenario_goal goal;
};

void scenario_travel_init(struct scenario_travel *t,
                          struct scenario_stage *stage, int interrupt_fd);

/*
 * Each may return in another process than it was called in.  STOPPED_STEP: it
 * is there; STOPPED_END, STOPPED_BEGIN: that is nowhere; STOPPED_INTERRUPT;
 * STOPPED_COUNTER: a trip, goal.trip.
 */
enum stop_reason scenario_travel_run(struct scenario_travel *t,
                                     const struct debugger_trips *trips);
/* To a trip, or the milestone. */
enum stop_reason scenario_travel_leg(struct scenario_travel *t,
                                     const struct debugger_trips *trips,
                                     const struct milestone *m);
/* To the last trip before here; STOPPED_BEGIN: there, for there was none. */
enum stop_reason scenario_travel_run_back(struct scenario_travel *t,
                                          const struct debugger_trips *trips);
enum stop_reason scenario_travel_reach(struct scenario_travel *t,
                                       const struct milestone *m);
enum stop_reason scenario_travel_step(struct scenario_travel *t);
enum stop_reason scenario_travel_back(struct scenario_travel *t);

/* After STOPPED_UNDERWAY. */
enum stop_reason scenario_travel_go_on(struct scenario_travel *t);

/* While the user looks: makes a step back from here quick, in the background.
 */
void scenario_travel_prepare(struct scenario_travel *t);

/* Is it scenario_travel_run() that ended, or is under way? */
bool scenario_travel_runs(const struct scenario_travel *t);

#endif
