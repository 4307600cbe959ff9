/*
 * timing_model.h - the inlined operations of timing.h.
 */
#ifndef SIM_CPU_TIMING_MODEL_H
#define SIM_CPU_TIMING_MODEL_H
#include "sim/cpu/timing.h"

static inline uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Clears everything but the geometry; the clock restarts at 0. */
void timing_reset(struct timing *t);

/* A slow access and what it cost; fetches delay dispatch. */
void timing_access(struct timing *t, const struct xlate *x,
                   enum access_kind kind);

/* Charges the waits of an op whose retirement advanced the clock. */
void timing_attribute(struct timing *t, uint64_t advance_cycles);

/* The op faulted or exits: what it waited for so far is paid. */
void timing_abandon(struct timing *t);

/* Everything before is done; then cost_cycles for row. */
void timing_serialize(struct timing *t, enum ledger_row row,
                      uint64_t cost_cycles);

/* Pays base_row for all that no other row was charged with. */
void timing_settle(struct timing *t);

static inline enum ledger_row timing_base_row(const struct timing *t)
{
    return t->base_row;
}

/* When an access of the op under way starts. */
static inline uint64_t timing_start(const struct timing *t)
{
    return t->fast ? t->retire_cycle : t->access_cycle;
}

/* An access that hit the L1 TLB and the L1 cache. */
static inline void timing_hit(struct timing *t, enum access_kind kind)
{
    if (kind == ACCESS_READ)
        t->load_ready = later(t->load_ready, t->access_cycle + t->l1_cycles);
}

/* Window: the op is dispatched; its accesses start at access_cycle. */
static inline void timing_begin(struct timing *t, const struct op *op)
{
    uint64_t free_cycle = t->ring[t->ring_at];
    uint64_t cycle = t->dispatch_cycle;
    uint32_t used = t->slots_used + 1;

    if (used > t->width) {
        cycle++;
        used = 1;
    }
    if (free_cycle > cycle) {
        cycle = free_cycle;
        used = 1;
    }
    t->dispatch_cycle = cycle;
    t->slots_used = used;
    cycle = later(cycle, t->ready[op->t_address[0]]);
    t->access_cycle = later(cycle, t->ready[op->t_address[1]]);
    t->load_ready = 0;
}

/* Window: the op was executed and retires. */
static inline void timing_end(struct timing *t, const struct op *op)
{
    uint64_t start = later(t->access_cycle, t->load_ready);
    uint64_t done, retire;

    start = later(start, t->ready[op->t_source[0]]);
    start = later(start, t->ready[op->t_source[1]]);
    start = later(start, t->ready[op->t_source[2]]);
    done = start + op->latency_cycles;
    t->ready[op->t_dest[0]] = done;
    t->ready[op->t_dest[1]] = done;
    t->ready[op->t_dest[2]] = done;
    retire = later(t->retire_cycle, done);
    if (__builtin_expect(t->wait.total_cycles != 0, 0))
        timing_attribute(t, retire - t->retire_cycle);
    t->retire_cycle = retire;
    t->ring[t->ring_at] = retire;
    if (++t->ring_at == t->window)
        t->ring_at = 0;
}

#endif
