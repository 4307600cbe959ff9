/*
 * timing_model.h - the inlined operations of timing.h.
 */
#ifndef SIM_CPU_TIMING_MODEL_H
#define SIM_CPU_TIMING_MODEL_H
#include "mmu/hierarchy.h"
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

/* The same for one line whose translation cost nothing. */
void timing_line_slow(struct timing *t, struct line_access line,
                      uint64_t start_cycle, enum access_kind kind);

static inline void timing_line(struct timing *t, struct line_access line,
                               uint64_t start_cycle, enum access_kind kind)
{
    if (t->fast && (line.level == CACHE_L1 || kind == ACCESS_WRITE))
        return; /* costs what all accesses cost */
    timing_line_slow(t, line, start_cycle, kind);
}

/* Charges the waits of an op whose retirement advanced the clock. */
void timing_attribute(struct timing *t, uint64_t advance_cycles);

/* The op faulted or exits: what it waited for so far is paid. */
void timing_abandon(struct timing *t);

/* Everything before is done; then cost_cycles for row. */
void timing_serialize(struct timing *t, enum ledger_row row,
                      uint64_t cost_cycles);

/*
 * Time was slower than it seemed: the clock goes cycles further, for row, and
 * what is in flight goes with it.
 */
void timing_stretch(struct timing *t, enum ledger_row row, uint64_t cycles);

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

/*
 * The dispatch cycle of the last op, and how many ops it has, as one number:
 * going on to the next op is an addition, waiting for a cycle a maximum.
 */
enum { TIMING_ISSUE_SHIFT = 4, TIMING_ISSUE_MASK = 15 };

static inline uint64_t timing_issue(uint64_t cycle, unsigned used)
{
    return cycle << TIMING_ISSUE_SHIFT | used;
}

static inline uint64_t timing_dispatch_cycle(const struct timing *t)
{
    return t->issue >> TIMING_ISSUE_SHIFT;
}

/*
 * What every op changes, held in host registers while a block runs.  issue and
 * retire_cycle are written through; t->attention says that t has newer ones.
 */
struct timing_front {
    uint64_t issue, retire_cycle;
    uint32_t ring_at;
};

static inline struct timing_front timing_front_of(const struct timing *t)
{
    return (struct timing_front){t->issue, t->retire_cycle, t->ring_at};
}

/* Window: the op is dispatched; its accesses start at access_cycle. */
static inline void timing_begin(struct timing *t, struct timing_front *f,
                                const struct op *op)
{
    uint64_t free = timing_issue(t->ring[f->ring_at], 1);
    uint64_t next_cycle = (f->issue | TIMING_ISSUE_MASK) + 2;
    uint64_t issue = f->issue + 1;
    uint64_t address =
        later(t->ready[op->t_address[0]], t->ready[op->t_address[1]]);

    if ((issue & TIMING_ISSUE_MASK) > t->width)
        issue = next_cycle;
    issue = later(issue, free);
    f->issue = t->issue = issue;
    t->load_ready = 0;
    t->access_cycle = later(issue >> TIMING_ISSUE_SHIFT, address);
}

/* The op waited or moved the clock: charges, and catches up with t. */
struct timing_front timing_attend(struct timing *t, uint64_t done_cycle);

/* Window: the op was executed and retires. */
static inline void timing_end(struct timing *t, struct timing_front *f,
                              const struct op *op)
{
    uint64_t start = later(t->access_cycle, t->load_ready);
    uint64_t source =
        later(t->ready[op->t_source[0]], t->ready[op->t_source[1]]);
    uint64_t done;

    start = later(start, t->ready[op->t_source[2]]);
    done = later(start, source) + op->latency_cycles;
    t->ready[op->t_dest[0]] = done;
    t->ready[op->t_dest[1]] = done;
    t->ready[op->t_dest[2]] = done;
    if (__builtin_expect(t->attention, 0)) {
        uint32_t ring_at = f->ring_at;

        *f = timing_attend(t, done);
        f->ring_at = ring_at;
    }
    f->retire_cycle = t->retire_cycle = later(f->retire_cycle, done);
    t->ring[f->ring_at] = f->retire_cycle;
    f->ring_at = f->ring_at + 1 == t->window ? 0 : f->ring_at + 1;
}

#endif
