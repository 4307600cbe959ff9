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
#include "sim/cpu/block.h"
#include "sim/cpu/device_access.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

/* What one entry into a block did. */
struct progress {
    enum op_result result;
    unsigned retired; /* ops */
};

static struct progress run_window(struct cpu *c, const struct op *op,
                                  unsigned most)
{
    const struct op *start = op, *end = op + most;
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
    return (struct progress){r, (unsigned)(op - start)};
}

static struct progress run_fast(struct cpu *c, const struct block *b,
                                unsigned most)
{
    const struct op *op = b->ops, *end = op + most;
    enum op_result r;

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
    return (struct progress){r, (unsigned)(op - b->ops)};
}

static enum op_result fetch_slow(struct cpu *c, gva_t va, hpa_t *at)
{
    if (!is_canonical(va.v))
        return cpu_gp0(c);
    c->time.access_cycle = timing_dispatch_cycle(&c->time);
    return cpu_translate_page(c, va, 1, ACCESS_FETCH, at);
}

static inline enum op_result fetch(struct cpu *c, gva_t va, hpa_t *at)
{
    if (mmu_fast(c->hot, va, 1, ACCESS_FETCH, c->access_mode, at))
        return OP_NEXT;
    return fetch_slow(c, va, at);
}

static enum op_result fetch_lines_slow(struct cpu *c, gva_t line, uint64_t end)
{
    enum op_result r = OP_NEXT;
    hpa_t at;

    for (; line.v < end && r == OP_NEXT; line.v += c->hot->line_mask + 1)
        r = fetch(c, line, &at);
    return r;
}

/* The lines after the first that [va, va + bytes) covers. */
static inline enum op_result fetch_lines(struct cpu *c, gva_t va,
                                         unsigned bytes)
{
    uint64_t end = va.v + bytes;
    uint64_t line = (va.v | c->hot->line_mask) + 1;

    if (line < end)
        line = mmu_fast_fetch_lines(c->hot, gva(line), end, c->access_mode);
    return line < end ? fetch_lines_slow(c, gva(line), end) : OP_NEXT;
}

static enum op_result enter_straddling(struct cpu *c, gva_t va, hpa_t at,
                                       const struct block **b)
{
    unsigned here = (unsigned)(PAGE_BYTES - page_offset(va.v));
    uint8_t bytes[15];
    hpa_t next;
    enum op_result r = fetch(c, gva_add(va, here), &next);

    if (r != OP_NEXT)
        return r;
    memcpy(bytes, memory_at(c->dram, at), here);
    memcpy(bytes + here, memory_at(c->dram, next), sizeof bytes - here);
    *b = block_straddling(c, at, bytes, sizeof bytes);
    return OP_NEXT;
}

/* Finds or builds; NULL: straddles. */
static struct block *look_up(struct cpu *c, hpa_t at)
{
    struct block *b = block_find(c, at);
    bool emptied;

    if (b && !c->config.block_cache && !block_rebuild(c, b)) {
        cpu_code_written(c, hpa_to_hfn(at));
        b = NULL;
    }
    if (!b) {
        b = block_build(c, at, &emptied);
        if (emptied)
            c->last_block = NULL;
    }
    if (b && c->last_block) {
        c->last_block->follower[1] = c->last_block->follower[0];
        c->last_block->follower[0] = b;
    }
    return b;
}

static inline bool is_block(const struct cpu *c, const struct block *b,
                            hpa_t at)
{
    return b && b->key == at.v && b->mode == c->mode;
}

/* The block that the last one was followed by, if it is at `at`. */
static inline struct block *follow(struct cpu *c, hpa_t at)
{
    struct block *last = c->last_block;

    if (!last)
        return NULL;
    if (is_block(c, last->follower[0], at))
        return last->follower[0];
    if (is_block(c, last->follower[1], at))
        return last->follower[1];
    return NULL;
}

/* Linear address of the next instruction; false: beyond CS's limit. */
static inline bool fetch_address(const struct cpu *c, gva_t *va)
{
    const struct segment *cs = &c->state.seg[SEG_CS];

    *va = gva(c->state.rip);
    if (c->mode & MODE_64)
        return true;
    *va = gva((uint32_t)(cs->base + c->state.rip));
    return c->state.rip <= cs->limit;
}

static inline enum op_result enter(struct cpu *c, const struct block **out)
{
    struct block *b;
    enum op_result r;
    gva_t va;
    hpa_t at;

    if (!fetch_address(c, &va))
        return cpu_gp0(c);
    r = fetch(c, va, &at);
    if (r != OP_NEXT)
        return r;
    b = follow(c, at);
    if (!b) {
        b = look_up(c, at);
        if (!b) {
            c->last_block = NULL;
            return enter_straddling(c, va, at, out);
        }
    }
    c->last_block = c->config.block_cache ? b : NULL;
    *out = b;
    return fetch_lines(c, va, b->bytes);
}

/* How many ops may run before somebody must look. */
static unsigned op_limit(struct cpu *c, const struct block *b,
                         const struct cpu_budget *budget, bool single)
{
    uint64_t left = budget->until_instruction - c->retired;
    unsigned most = b->ops_count;

    if (single)
        most = 1;
    if (c->config.stress_preempt && most > c->config.stress_preempt)
        most = c->config.stress_preempt;
    if (most > left)
        most = (unsigned)left;
    c->rep_limit = left - most + 1;
    if (c->rep_limit > REP_MOST)
        c->rep_limit = REP_MOST;
    if (single)
        c->rep_limit = 1;
    return most;
}

static void retire_event(struct cpu *c, const struct op *op)
{
    c->event_retired = false;
    c->retired++;
    c->state.rip += op->length;
}

/* What was posted to a device goes out before the next instruction. */
static enum op_result leave_if_posted(struct cpu *c, enum op_result r)
{
    return device_posted(c) ? OP_EVENT : r;
}

/* rip after the block, and what else the way it ended asks for. */
static enum op_result finish(struct cpu *c, const struct block *b,
                             struct progress p)
{
    const struct op *op = &b->ops[p.retired];

    c->retired += p.retired + c->rep_retired;
    c->rep_retired = 0;
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
        if (c->event_retired)
            retire_event(c, op);
        break;
    }
    if (!(c->mode & MODE_64))
        c->state.rip = (uint32_t)c->state.rip;
    if (p.retired == b->ops_count)
        counter_add(c->counters, COUNTER_BRANCHES, b->branches);
    if (p.result == OP_FAULT)
        return exception_raise(c, op);
    if (p.result == OP_END || p.result == OP_REPEAT)
        return leave_if_posted(c, p.result);
    return p.result;
}

/* True if the event goes out behind its instruction, not in place of it. */
static bool is_posted(const struct cpu *c, enum op_result r)
{
    return r == OP_EVENT && c->event.kind == CPU_EVENT_DEVICE &&
           c->event.device.write;
}

/* After an instruction that ran alone: interrupt shadow, single step. */
static enum op_result after_single(struct cpu *c, enum op_result r, bool shadow,
                                   bool step)
{
    if (r > OP_REPEAT && !is_posted(c, r))
        return r;
    if (shadow)
        c->state.interrupt_shadow = false;
    if (!step || r > OP_REPEAT)
        return r;
    c->state.dr[6] |= DR6_BS;
    cpu_fault(c, VECTOR_DB);
    return exception_raise(c, NULL);
}

/* One block, or part of it. */
static enum op_result round_trip(struct cpu *c, const struct cpu_budget *budget)
{
    const struct block *b = NULL;
    bool shadow = c->state.interrupt_shadow;
    bool step = c->state.rflags & RFLAGS_TF;
    bool single = shadow || step;
    struct progress p;
    unsigned most;
    enum op_result r = enter(c, &b);

    if (__builtin_expect(r != OP_NEXT, 0)) {
        timing_abandon(&c->time);
        return r == OP_FAULT ? exception_raise(c, NULL) : r;
    }
    c->block_rip = c->state.rip;
    most = op_limit(c, b, budget, single);
    if (c->time.fast)
        p = run_fast(c, b, most);
    else
        p = run_window(c, b->ops, most);
    if (__builtin_expect(single, 0))
        return after_single(c, finish(c, b, p), shadow, step);
    return finish(c, b, p);
}

/* True, and *event set, if the caller wants control now. */
static inline bool limit_reached(struct cpu *c, const struct cpu_budget *budget,
                                 enum cpu_event_kind *kind)
{
    *kind = CPU_EVENT_BUDGET;
    if (c->retired >= budget->until_instruction ||
        c->time.retire_cycle >= budget->until_cycle)
        return true;
    if (budget->stop_at_user && c->state.cpl == 3)
        return true;
    *kind = CPU_EVENT_WINDOW;
    return budget->want_interrupt && cpu_interruptible(c);
}

struct cpu_event cpu_run(struct cpu *c, const struct cpu_budget *budget)
{
    enum op_result r = OP_NEXT;
    enum cpu_event_kind kind;

    cpu_enter(c);
    if (device_posted(c))
        r = OP_EVENT;
    else if (c->control.virt == VIRT_GUEST && c->control.inject.valid)
        r = exception_inject(c);
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
