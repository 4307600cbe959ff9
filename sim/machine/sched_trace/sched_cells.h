/*
 * sched_cells.h - who ran longest on each pCPU in each step of time: a log of
 * any length in as many lines as one likes.
 *
 * Order     init; add stretches of time in which a pCPU had a vCPU, of the
 *           present step (sched_cells_end), in any order; next, which empties
 *           the cells for the next step; free.
 */
#ifndef SIM_MACHINE_SCHED_TRACE_SCHED_CELLS_H
#define SIM_MACHINE_SCHED_TRACE_SCHED_CELLS_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/machine/sched_trace/sched_view.h"

struct sched_cells {
    unsigned pcpus, vcpus;
    uint64_t begin_cycle, step_cycles; /* the present step */
    uint64_t *ran_cycles;              /* owned: [pcpu][vcpu] */
    /* What the pCPU has had since when, not added yet. */
    struct sched_replay_pcpu now[SCHED_LOG_MAX_PCPUS];
};

/* False if there is no memory. */
bool sched_cells_init(struct sched_cells *c, const struct sched_view *v,
                      uint64_t step_cycles);
void sched_cells_free(struct sched_cells *c);

static inline uint64_t sched_cells_end(const struct sched_cells *c)
{
    return c->begin_cycle + c->step_cycles;
}

/* The event of a view, which is not after the end of the present step. */
void sched_cells_event(struct sched_cells *c, const struct sched_view *v);

/*
 * Ends the present step at a cycle: who had each pCPU longest in it, by number
 * within the host, or SCHED_LOG_NO_VCPU.
 */
void sched_cells_next(struct sched_cells *c, uint64_t end_cycle,
                      uint16_t longest[SCHED_LOG_MAX_PCPUS]);

#endif
