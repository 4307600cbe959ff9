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
#include "sim/cpu/device_access.h"
#include "sim/cpu/enter.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/stops.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/watch.h"

/* What one entry into a block did. */
struct progress {
    enum op_result result;
    unsigned from, at; /* ops: [from, at) retired; at is the next */
};

static inline struct progress run_window(struct cpu *c, const struct block *b,
                                         unsigned from, unsigned most)
{
    const struct op *op = b->ops + from, *end = op + most;
    struct timing_front front = timing_front_of(&c->time);
    enum op_result r;

    do {
        timing_begin(&c->time, &front, op);
        r = op->run(c, op);
        if (__builtin_expect(r >= OP_REPEAT, 0))
            break;
        timing_end(&c->time, &front, op);
        op++;
    } while (r == OP_NEXT && op < end);
    if (r == OP_REPEAT)
        timing_end(&c->time, &front, op);
    c->time.ring_at = front.ring_at;
    return (struct progress){r, from, (unsigned)(op - b->ops)};
}

static inline struct progress run_fast(struct cpu *c, const struct block *b,
                                       unsigned from, unsigned most)
{
    const struct op *op = b->ops + from, *end = op + most;
    enum op_result r;

    /* What a resumed block did is paid at its end, as if it ran in one. */
    c->time.retire_cycle -= op->prefix_cycles;
    do {
        r = op->run(c, op);
        if (__builtin_expect(r >= OP_REPEAT, 0))
            break;
        op++;
    } while (r == OP_NEXT && op < end);
    c->time.retire_cycle +=
        op == b->ops + b->ops_count ? b->fast_cycles : op->prefix_cycles;
    if (r == OP_REPEAT)
        c->time.retire_cycle++;
    return (struct progress){r, from, (unsigned)(op - b->ops)};
}

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

    return (c->mode & MODE_64) && left >= (uint64_t)b->ops_count + REP_MOST &&
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

static void retire_event(struct cpu *c, const struct op *op)
{
    c->event_retired = false;
    cpu_retire(c, 1);
    c->state.rip += op->length;
}

/* What was posted to a device goes out before the next instruction. */
static enum op_result leave_if_posted(struct cpu *c, enum op_result r)
{
    return device_posted(c) ? OP_EVENT : r;
}

/* Who accesses memory does not know the instruction. */
static void note_length(struct cpu *c, const struct op *op)
{
    if (c->event.kind == CPU_EVENT_EXIT &&
        c->event.exit.reason == VMEXIT_APIC_ACCESS)
        c->event.exit.length = op->length;
}

/* A block that ended in another way than by a branch. */
static enum op_result finish_other(struct cpu *c, const struct block *b,
                                   struct progress p)
{
    const struct op *op = &b->ops[p.at];

    switch (p.result) {
    case OP_NEXT:
    case OP_END:
        c->state.rip = c->block_rip + op[-1].end;
        break;
    case OP_BRANCH:
        break;
    case OP_REPEAT:
        c->retired++;
        c->state.rip = c->block_rip + op->end - op->length;
        break;
    case OP_FAULT:
    case OP_EVENT:
        c->state.rip = c->block_rip + op->end - op->length;
        timing_abandon(&c->time);
        if (p.result == OP_EVENT)
            note_length(c, op);
        if (c->event_retired)
            retire_event(c, op);
        break;
    }
    if (!(c->mode & MODE_64))
        c->state.rip = (uint32_t)c->state.rip;
    if (p.result == OP_FAULT)
        return exception_raise(c, op);
    if (p.result == OP_END || p.result == OP_REPEAT)
        return leave_if_posted(c, p.result);
    return p.result;
}

/* rip after the block, and what else the way it ended asks for. */
static inline enum op_result finish(struct cpu *c, const struct block *b,
                                    struct progress p)
{
    c->retired += p.at - p.from;
    if (__builtin_expect(c->rep_retired != 0, 0)) {
        cpu_retire(c, c->rep_retired);
        c->rep_retired = 0;
    }
    if (p.at == b->ops_count)
        counter_add(c->counters, COUNTER_BRANCHES, b->branches);
    if (__builtin_expect(p.result == OP_BRANCH && (c->mode & MODE_64), 1))
        return OP_BRANCH;
    return finish_other(c, b, p);
}

static inline struct progress run_ops(struct cpu *c, const struct block *b,
                                      unsigned from, unsigned most)
{
    return c->time.fast ? run_fast(c, b, from, most)
                        : run_window(c, b, from, most);
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
    return c->watch.on ? run_watched(c, b, from, most)
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

    if (__builtin_expect(runs_alone(c), 0))
        return round_alone(c, budget);
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
        cpu_follow_mode(c);
    }
    cpu_leave(c);
    return c->event;
}
