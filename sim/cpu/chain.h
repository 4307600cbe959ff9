/*
 * chain.h - whole blocks, one after another, while nobody has to look.
 *
 * Model     a near transfer of 64-bit mode (OP_NEAR, OP_PAST) changes rip and
 *           nothing else that anybody looks at between blocks: not the mode,
 *           the privilege, RFLAGS.IF, a shadow.  So after one of them only the
 *           limits are compared and the next block is fetched.  Where that
 *           needs more than a slot of the MMU and a block that followed
 *           before, enter() does it.
 * INVARIANT  the results, counts and cycles are those of one round_trip() a
 *            block.
 *
 * Included by run.c alone, into which it is inlined.
 */
#ifndef SIM_CPU_CHAIN_H
#define SIM_CPU_CHAIN_H
#include "sim/cpu/alone.h"
#include "sim/cpu/budget.h"
#include "sim/cpu/enter.h"
#include "sim/cpu/run_block.h"

/* What a chain keeps in host registers until it ends. */
struct chain {
    struct block *last;    /* that has run */
    struct mmu_slot *slot; /* of the page fetched last; NULL: unknown */
    uint64_t page;         /* that page */
    uint64_t near;         /* blocks that a near transfer ended */
    uint64_t lines;        /* fetched, each with a hit of TLB and cache */
};

/* May whole blocks follow each other?  Holds as long as is_near(). */
static inline bool may_chain(const struct cpu *c,
                             const struct cpu_budget *budget)
{
    return c->last_block && !budget->stops && c->config.stress_preempt == 0 &&
           !runs_alone(c);
}

/* A block of so many instructions fits before the limits. */
static inline bool within_limits(const struct cpu *c, uint64_t most,
                                 const struct cpu_budget *budget)
{
    return c->retired + most <= budget->until_instruction &&
           c->time.retire_cycle < budget->until_cycle;
}

/* The slot for the page of rip, touched; NULL: there is none. */
static inline struct mmu_slot *touch_page(struct cpu *c, struct chain *chain)
{
    gva_t va = gva(c->state.rip);
    struct mmu_slot *s = chain->slot;

    if (s && va.v >> PAGE_SHIFT == chain->page && s->id == *s->live)
        return s; /* touched last: touching it again is nothing */
    s = mmu_fast_slot(c->hot, va, ACCESS_FETCH, c->access_mode);
    if (s)
        mmu_slot_touch(s);
    chain->slot = s;
    chain->page = va.v >> PAGE_SHIFT;
    return s;
}

/* The block at rip, fetched, if that is simple; else NULL. */
static inline struct block *next_block(struct cpu *c, struct chain *chain)
{
    const struct mmu_slot *s = touch_page(c, chain);
    struct block *b;

    if (!s)
        return NULL;
    b = block_after(chain->last, hpa(s->frame | page_offset(c->state.rip)));
    if (!b || !mmu_fast_lines_recent(c->hot, b->first_line, b->lines))
        return NULL;
    chain->lines += b->lines;
    return b;
}

/* What came of the last block, or OP_NEAR or OP_PAST: somebody has to look. */
static inline enum op_result run_chain(struct cpu *c,
                                       const struct cpu_budget *budget)
{
    struct chain chain = {.last = c->last_block};
    const uint64_t most = BLOCK_MAX_OPS + rep_margin(budget);
    enum op_result r = OP_NEAR;
    struct block *b;

    c->rep_limit = REP_MOST;
    while (is_near(r) && within_limits(c, most, budget)) {
        b = next_block(c, &chain);
        if (!b)
            break;
        chain.last = b;
        c->block_rip = c->state.rip;
        r = c->time.fast ? run_whole_fast(c, b) : run_whole_window(c, b);
        chain.near += is_near(r);
    }
    c->last_block = chain.last;
    counter_add(c->counters, COUNTER_BRANCHES, chain.near);
    mmu_fast_fetched(c->hot, chain.lines);
    return r;
}

#endif
