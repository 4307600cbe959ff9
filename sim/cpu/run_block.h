/*
 * run_block.h - the ops of one block, one after another, and how it ended.
 *
 * Included by run.c alone, into which it is inlined.
 */
#ifndef SIM_CPU_RUN_BLOCK_H
#define SIM_CPU_RUN_BLOCK_H
#include "sim/cpu/block.h"
#include "sim/cpu/device_access.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/timing_model.h"

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

static inline struct progress run_ops(struct cpu *c, const struct block *b,
                                      unsigned from, unsigned most)
{
    return c->time.fast ? run_fast(c, b, from, most)
                        : run_window(c, b, from, most);
}

/* The block ended by a near transfer in 64-bit mode. */
static inline bool is_near(enum op_result r)
{
    return r == OP_NEAR || r == OP_PAST;
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
    case OP_NEAR:
    case OP_PAST:
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
    if (__builtin_expect(is_near(p.result), 1))
        return p.result;
    return finish_other(c, b, p);
}

/* The block was left at an op, or ended otherwise than by a near transfer. */
static enum op_result end_whole_fast(struct cpu *c, const struct block *b,
                                     const struct op *op, enum op_result r)
{
    struct progress p = {r, 0, (unsigned)(op - b->ops)};

    if (p.at == b->ops_count) /* what ends the ops */
        p.result = OP_NEXT;
    else if (r < OP_REPEAT)
        p.at++;
    if (p.at < b->ops_count)
        c->time.retire_cycle -= b->fast_cycles - b->ops[p.at].prefix_cycles;
    if (r == OP_REPEAT)
        c->time.retire_cycle++;
    return finish(c, b, p);
}

/* All of a block, from its first op; BRANCHES is the caller's if is_near(). */
static inline enum op_result run_whole_fast(struct cpu *c,
                                            const struct block *b)
{
    const struct op *op = b->ops;
    enum op_result r;

    do {
        r = op->run(c, op);
        op++;
    } while (r == OP_NEXT);
    c->time.retire_cycle += b->fast_cycles;
    if (__builtin_expect(!is_near(r), 0))
        return end_whole_fast(c, b, op - 1, r);
    c->retired += b->ops_count;
    return r;
}

static inline enum op_result run_whole_window(struct cpu *c,
                                              const struct block *b)
{
    struct progress p = run_window(c, b, 0, b->ops_count);

    if (__builtin_expect(!is_near(p.result), 0))
        return finish(c, b, p);
    c->retired += b->ops_count;
    return p.result;
}

#endif
