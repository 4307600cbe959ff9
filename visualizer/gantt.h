/*
 * gantt.h - who had each pCPU, in cells of equal time.
 *
 * Model     of the last events that the scheduler's log has in memory
 *           (sched_recent.h): in each cell the vCPU that ran longest there, or
 *           idle, or neither: a switch.  What was before the log's oldest event
 *           is not known.  Events between two cells' edges are marked in their
 *           cell.
 */
#ifndef VISUALIZER_GANTT_H
#define VISUALIZER_GANTT_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/record/sched_recent.h"

enum gantt_what {
    GANTT_UNKNOWN, /* not recorded, or not yet */
    GANTT_RUNS,
    GANTT_SPINS, /* it ran, and spun for most of it */
    GANTT_IDLE,
    GANTT_SWITCHES
};

/* What happened there, as bits. */
enum gantt_mark {
    GANTT_WOKE = 1,     /* a vCPU that was last on this pCPU */
    GANTT_MIGRATED = 2, /* one that was last on another got this one */
    GANTT_HOLDER = 4    /* one that holds a lock lost it */
};

struct gantt_cell {
    enum gantt_what what;
    uint16_t vcpu; /* RUNS, SPINS: its number within the host */
    uint8_t marks; /* enum gantt_mark */
};

/* Of the time that the chart shows and that was recorded. */
struct gantt_sum {
    uint64_t known_cycles, run_cycles, spun_cycles; /* run: spun, too */
};

struct gantt {
    uint64_t from_cycle, to_cycle; /* what the cells share out */
    uint64_t now_cycle;            /* nothing is drawn from there on */
    unsigned columns, first_pcpu, pcpus;
    struct gantt_cell *cells; /* rows of columns; owned */
    struct gantt_sum *sums;   /* of each row; owned */
};

/* from_cycle .. pcpus are set.  False: no memory; nothing is left to free. */
bool gantt_fill(struct gantt *g, const struct sched_recent *recent);
void gantt_free(struct gantt *g);

const struct gantt_cell *gantt_at(const struct gantt *g, unsigned pcpu,
                                  unsigned column);

#endif
