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

/* Runs to a position.  True if it stopped before: then *found says why. */
bool debugger_run_to(struct debugger *d, uint64_t all,
                     const struct cpu_stops *stops,
                     struct debugger_found *found);

/* Wakes the latest copy at or before a position, which makes the motion. */
_Noreturn void debugger_go_back(struct debugger *d, uint64_t to,
                                const struct motion *motion);

/*
 * debugger_reach.c - the motions to a milestone, until the next mark is due.
 * True when done.
 */
bool debugger_approach(struct debugger *d, uint64_t until,
                       enum stop_reason *reason);

#endif
