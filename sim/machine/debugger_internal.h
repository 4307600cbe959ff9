/*
 * debugger_internal.h - what the files of debugger.h share.
 */
#ifndef SIM_MACHINE_DEBUGGER_INTERNAL_H
#define SIM_MACHINE_DEBUGGER_INTERNAL_H
#include "sim/machine/debugger.h"

/* Why a run stopped, and where a way back would have. */
struct debugger_found {
    enum stop_reason reason;
    uint64_t at;
    struct cpu_watch_hit hit; /* STOPPED_WATCH */
};

static inline uint64_t debugger_position(const struct debugger *d)
{
    return run_instructions(d->run);
}

/* What the motion's pCPU has retired. */
static inline uint64_t debugger_own_position(const struct debugger *d)
{
    return cpu_retired(d->run->machine->pcpus[d->now.motion.cpu].cpu);
}

static inline bool debugger_has_ended(const struct debugger *d)
{
    return d->run->end != RUN_GOES_ON;
}

/* Where a run forward ends at the latest. */
struct debugger_goal {
    uint64_t all;
    uint64_t own; /* of the motion's pCPU */
};

static inline bool debugger_has_stepped(const struct debugger *d)
{
    return debugger_own_position(d) >= d->now.motion.own_goal;
}

/*
 * Runs to the goal.  True if it stopped at an address before, or behind
 * what touched watched data: then *found says where a way back would stop.
 */
bool debugger_run_to_goal(struct debugger *d, const struct debugger_goal *goal,
                          const struct cpu_stops *stops,
                          struct debugger_found *found);

/* Runs to a position.  True if it stopped before: then *found says why. */
bool debugger_run_to(struct debugger *d, uint64_t all,
                     const struct cpu_stops *stops,
                     struct debugger_found *found);

/* Wakes the latest copy at or before a position, which makes the motion. */
_Noreturn void debugger_go_back(struct debugger *d, uint64_t to,
                                const struct motion *motion);

/* One boundary forward, over an address that lies here; likewise. */
bool debugger_step_over(struct debugger *d, struct debugger_found *found);

/* now.stops without the addresses. */
const struct cpu_stops *debugger_watches(struct debugger *d);

/* The past goes on from here; true in a copy that was woken with a letter. */
bool debugger_leave_mark(struct debugger *d);

/* The motion that was set. */
enum stop_reason debugger_travel(struct debugger *d);

/* debugger_back.c - the motions through the past.  True when it was looked
 * through: then they turn back. */
bool debugger_look_for_stops(struct debugger *d, uint64_t until);
bool debugger_look_for_boundary(struct debugger *d, uint64_t until);
_Noreturn void debugger_turn_back(struct debugger *d);

/*
 * debugger_reach.c - the motions to a milestone, until the next mark is due.
 * True when done.
 */
bool debugger_approach(struct debugger *d, uint64_t until,
                       enum stop_reason *reason);

/* What the trips wait for from here on, into the motion. */
void debugger_set_trips(struct debugger *d, struct motion *m);

/* Strides end at canonical boundaries, behind which trips are looked at. */
enum { DEBUGGER_STRIDE = 65536 };

#endif
