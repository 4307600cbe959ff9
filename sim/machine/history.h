/*
 * history.h - samples of a whole run in bounded memory: counters, ledger, time.
 *
 * Model     one series for the boot and one for the program; each begins with
 *           a sample every few instructions of all pCPUs, and whenever it is
 *           full every second sample goes and the next ones come half as
 *           often.  So it always reaches over all of its part of the run, and
 *           no moment is older than half of what there is room for.  A ring
 *           keeps the last, finer stretch.
 *           A sample is taken at the first instruction boundary at which its
 *           count is reached, by stops that change nothing of what follows
 *           (struct cpu_budget, transparent): the same samples, however often
 *           somebody stops and looks.
 * INVARIANTS
 *   1. Sample n of a series is the state at from + (n + 1) * stride
 *      instructions; after a REP instruction that retired more at once, behind
 *      it.
 *   2. A series is never full between two calls.
 */
#ifndef SIM_MACHINE_HISTORY_H
#define SIM_MACHINE_HISTORY_H
#include "sim/machine/run_loop.h"

enum { HISTORY_SAMPLES = 240, HISTORY_RECENT = 240 };

/* Between two samples, in instructions: of a series when it begins, and of the
 * ring always. */
enum { HISTORY_STRIDE = 1024, HISTORY_RECENT_STRIDE = 8192 };

struct history_sample {
    struct run_point done; /* of all vCPUs, since power-on */
    uint64_t cycle;        /* clock of the pCPU that is furthest */
    uint64_t cycles[VM_MAX_VCPUS], retired[VM_MAX_VCPUS]; /* of each pCPU */
};

struct history_series {
    uint64_t from; /* instructions when it began */
    uint64_t stride;
    unsigned count;
    struct history_sample samples[HISTORY_SAMPLES];
};

struct history {
    struct history_series boot, program;
    bool measuring; /* samples go to program */
    uint64_t recent_total;
    struct history_sample recent[HISTORY_RECENT];
};

/* Of a run that is about to begin; its run.history. */
void history_init(struct history *h, const struct run *r);

/* Instructions of all pCPUs when the next sample is due. */
uint64_t history_due(const struct history *h);

/* Takes the samples that are due.  The run loop calls it. */
void history_follow(struct history *h, const struct run *r);

/* Now. */
struct history_sample history_take(const struct run *r);

/* The last sample of the ring, the one before it, ...; NULL: not kept. */
const struct history_sample *history_recent(const struct history *h,
                                            unsigned back);

#endif
