/*
 * stops.h - is the next instruction one that a debugger waits for?
 *
 * Included by run.c alone, into which it is inlined.
 */
#ifndef SIM_CPU_STOPS_H
#define SIM_CPU_STOPS_H
#include "sim/cpu/block.h"

/* rip lies in CS; stops are linear addresses. */
static inline bool is_stop(const struct cpu *c, const struct cpu_stops *stops,
                           uint64_t rip)
{
    if (!(c->mode & MODE_64))
        rip = (uint32_t)(c->state.seg[SEG_CS].base + (uint32_t)rip);
    for (unsigned i = 0; i < stops->count; i++)
        if (stops->at[i].v == rip)
            return true;
    return false;
}

/* Ops of a block from `from` up to the next one that is a stop. */
static inline unsigned ops_before_stop(const struct cpu *c,
                                       const struct block *b, unsigned from,
                                       const struct cpu_stops *stops)
{
    unsigned at = from + 1;

    while (at < b->ops_count &&
           !is_stop(c, stops, c->block_rip + b->ops[at - 1].end))
        at++;
    return at - from;
}

#endif
