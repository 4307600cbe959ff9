/*
 * run.c - the heart: cpu_run(), from block to block.
 *
 * Model     each round translates rip as an instruction fetch, finds or
 *           decodes the block, touches the cache lines it covers, and executes
 *           its ops.  Interrupts, budgets and single steps are looked at
 *           between blocks; where they must be exact, a block is entered for
 *           part of its ops only.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alone.h"
#include "sim/cpu/block.h"
#include "sim/cpu/budget.h"
#include "sim/cpu/chain.h"
#include "sim/cpu/device_access.h"
#include "sim/cpu/enter.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/stops.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/watch.h"

/* Ops of a block that lie within the limit of CS; the first one does. */
static unsigned ops_within_limit(const struct cpu *c, const struct block *b,
                                 unsigned from, unsigned most)
{
    uint32_t limit = c->state.seg[SEG_CS].limit;
    unsigned n = most;

    while (n > 1 && c->block_rip + b->ops[from + n - 1].end - 1 > limit)
        n--;
    return n;
}

/* Nobody needs to look before the block ends: what holds for most. */
static inline bool runs_whole(const struct cpu *c, const struct block *b,
                              const struct cpu_budget *budget)
{
    uint64_t left = budget->until_instruction - c->retired;

    return (c->mode & MODE_64) && left >= b->ops_count + rep_margin(budget) &&
           !budget->stops && c->config.stress_preempt == 0;
}

/* How many ops from `from` on may run before somebody must look. */
static unsigned op_limit(struct cpu *c, const struct block *b, unsigned from,
                         const struct cpu_budget *budget, bool single)
{
    uint64_t left = budget->until_instruction - c->retired;
    unsigned most = b->ops_count - from;

    if (single)
        most = 1;
    if (c->config.stress_preempt && most > c->config.stress_preempt)
        most = c->config.stress_preempt;
    if (most > left)
        most = (unsigned)left;
    if (!(c->mode & MODE_64))
        most = ops_within_limit(c, b, from, most);
    c->rep_limit = left - most + 1;
    if (c->rep_limit > REP_MOST || budget->transparent)
        c->rep_limit = REP_MOST;
    if (single)
        c->rep_limit = 1;
    if (budget->stops && most > 1) {
        unsigned before = ops_before_stop(c, b, from, budget->stops);

        most = before < most ? before : most;
    }
    return most;
}

/* Op by op, for what a debugger watches: ends behind one that touched it. */
static struct progress run_watched(struct cpu *c, const struct block *b,
                                   unsigned from, unsigned most)
{
    struct progress p = {OP_NEXT, from, from};

    do {
        watch_begin(c, p.at - from);
        p = run_ops(c, b, p.at, 1);
        watch_end(c, p.result);
    } while (p.result == OP_NEXT && p.at < from + most && !c->watch.hit.valid);
    p.from = from;
    return p;
}

/* Where somebody must look, or may want to. */
static struct progress run_part(struct cpu *c, const struct block *b,
                                unsigned from, unsigned most)
{
    return c->watch.on || c->watch.cells ? run_watched(c, b, from, most)
                                         : run_ops(c, b, from, most);
}

/* A transparent stop inside a block: the next cpu_run() goes on there. */
static void remember_place(struct cpu *c, const struct block *b,
                           struct progress p)
{
    if (p.result == OP_NEXT && p.at < b->ops_count &&
        c->config.stress_preempt == 0)
        c->resume = (struct resume){b, p.at, c->block_rip};
}

bool cpu_in_block(const struct cpu *c)
{
    const struct resume *r = &c->resume;

    return r->block && c->state.rip == r->rip + r->block->ops[r->at - 1].end;
}

bool cpu_limit_reached(struct cpu *c, const struct cpu_budget *limits)
{
    bool late = c->time.retire_cycle >= limits->until_cycle;
    bool exact =
        c->retired >= limits->until_instruction || (late && c->time.counting);
    bool between = late || (limits->stop_at_user && c->state.cpl == 3);
    bool reached = exact || (between && !cpu_in_block(c));

    if (reached)
        c->resume.block = NULL;
    return reached;
}

/* rip names no instruction that could be fetched, or that may be. */
static enum op_result not_entered(struct cpu *c, enum op_result r)
{
    timing_abandon(&c->time);
    return r == OP_FAULT ? exception_raise(c, NULL) : r;
}

/* One instruction with what goes before and after it. */
static enum op_result round_alone(struct cpu *c,
                                  const struct cpu_budget *budget)
{
    const struct block *b = NULL;
    struct alone alone;
    struct progress p;
    enum op_result r = alone_begin(c, &alone);

    if (r != OP_NEXT)
        return r;
    r = enter(c, &b);
    if (r != OP_NEXT)
        return alone_end(c, &alone, r, not_entered(c, r));
    c->block_rip = c->state.rip;
    p = run_part(c, b, 0, op_limit(c, b, 0, budget, true));
    return alone_end(c, &alone, p.result, finish(c, b, p));
}

/* One block, or part of it. */
static inline enum op_result round_trip(struct cpu *c,
                                        const struct cpu_budget *budget)
{
    const struct block *b = NULL;
    struct progress p;
    enum op_result r;

    if (__builtin_expect(runs_alone(c), 0)) {
        r = round_alone(c, budget);
        return is_near(r) ? OP_BRANCH : r; /* a shadow ended: no chain yet */
    }
    r = enter(c, &b);
    if (__builtin_expect(r != OP_NEXT, 0))
        return not_entered(c, r);
    c->block_rip = c->state.rip;
    if (__builtin_expect(runs_whole(c, b, budget), 1)) {
        c->rep_limit = REP_MOST;
        p = run_ops(c, b, 0, b->ops_count);
    } else {
        p = run_part(c, b, 0, op_limit(c, b, 0, budget, false));
    }
    r = finish(c, b, p);
    if (__builtin_expect(budget->transparent, 0))
        remember_place(c, b, p);
    return r;
}

/* Goes on in the block that the last cpu_run() left in its middle. */
static enum op_result resume_block(struct cpu *c,
                                   const struct cpu_budget *budget)
{
    const struct block *b = c->resume.block;
    unsigned from = c->resume.at;
    struct progress p;
    enum op_result r;

    if (budget->stops && is_stop(c, budget->stops, c->state.rip)) {
        c->event = (struct cpu_event){.kind = CPU_EVENT_STOP};
        return OP_EVENT;
    }
    c->resume.block = NULL;
    c->block_rip = c->resume.rip;
    p = run_part(c, b, from, op_limit(c, b, from, budget, false));
    r = finish(c, b, p);
    remember_place(c, b, p);
    return r;
}

/* What comes before the first whole block. */
static enum op_result begin(struct cpu *c, const struct cpu_budget *budget)
{
    block_cache_follow(c);
    if (cpu_in_block(c))
        return resume_block(c, budget);
    c->resume.block = NULL;
    if (c->dram->code_stale)
        block_drop_stale(c);
    if (device_posted(c))
        return OP_EVENT;
    if (c->control.virt == VIRT_GUEST && c->control.inject.valid)
        return exception_inject(c);
    return OP_NEXT;
}

struct cpu_event cpu_run_round(struct cpu *c)
{
    const struct cpu_budget one = {.until_cycle = UINT64_MAX,
                                   .until_instruction = c->retired + 1};
    enum op_result r;

    cpu_enter(c);
    r = begin(c, &one);
    if (r == OP_NEXT)
        r = round_trip(c, &one);
    cpu_follow_mode(c);
    if (r != OP_EVENT)
        c->event = (struct cpu_event){.kind = CPU_EVENT_BUDGET};
    cpu_leave(c);
    return c->event;
}

struct cpu_event cpu_run(struct cpu *c, const struct cpu_budget *budget)
{
    struct cpu_budget exact;

    watch_follow(c, budget->stops);
    if (c->time.counting) {
        exact = counted(c, budget);
        budget = &exact;
    }
    return guest_mode(c) ? guest_run(c, budget) : cpu_run_plain(c, budget);
}

struct cpu_event cpu_run_plain(struct cpu *c, const struct cpu_budget *budget)
{
    enum cpu_event_kind kind;
    enum op_result r;

    cpu_enter(c);
    r = begin(c, budget);
    cpu_follow_mode(c);
    while (r != OP_EVENT) {
        if (limit_reached(c, budget, &kind)) {
            c->event = (struct cpu_event){.kind = kind};
            break;
        }
        r = round_trip(c, budget);
        if (is_near(r) && may_chain(c, budget))
            r = run_chain(c, budget);
        cpu_follow_mode(c);
    }
    cpu_leave(c);
    return c->event;
}
