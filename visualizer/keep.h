/*
 * keep.h - what is kept for the views' sake: samples of a run's whole course,
 * the last exits, the last walks, what TLBs and caches did last.
 *
 * Model     all of it is recorded at moments of the run, never of the user's:
 *           however a moment is reached, the same is kept.
 */
#ifndef VISUALIZER_KEEP_H
#define VISUALIZER_KEEP_H
#include "mmu/mmu_peek.h"
#include "mmu/walk_log.h"
#include "sim/machine/history.h"

struct kept {
    struct history history; /* of one machine's run */
    struct exit_log exits;
    struct walk_log walks[MACHINE_MAX_PCPUS];
    struct mmu_log places[MACHINE_MAX_PCPUS]; /* of TLBs and caches */
};

/* From now on, of what is about to begin; k is all zero.  machine NULL: all
 * guests are modelled; run NULL: a scenario. */
void keep_begin(struct kept *k, const struct machine *machine, struct run *run);

/* Nothing more. */
void keep_end(const struct machine *machine, struct run *run);

#endif
