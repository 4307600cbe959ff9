/*
 * cpu.c - life cycle, modes and the plain parts of cpu.h.
 *
 * Hardware  Intel SDM vol. 3, "Processor State After Reset".
 */
#include "sim/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "sim/cpu/access.h"
#include "sim/cpu/block.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/debug.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/watch.h"

/* Cost of each class, from the profile. */
static void set_latencies(struct cpu *c)
{
    const struct cpu_config *g = &c->config;
    const uint32_t cycles[TIMING_CLASS_COUNT] = {
        [TIMING_MOVE] = g->alu_cycles,
        [TIMING_ALU] = g->alu_cycles,
        [TIMING_MULTIPLY] = g->multiply_cycles,
        [TIMING_DIVIDE] = g->divide_cycles,
        [TIMING_BRANCH] = g->branch_cycles,
        [TIMING_LOCK] = g->lock_cycles,
        [TIMING_PAUSE] = g->pause_cycles,
        [TIMING_VECTOR] = g->vector_cycles,
        [TIMING_FP_ADD] = g->fp_add_cycles,
        [TIMING_FP_MULTIPLY] = g->fp_multiply_cycles,
        [TIMING_FP_DIVIDE] = g->fp_divide_cycles,
        [TIMING_STRING] = g->string_start_cycles,
        [TIMING_SYSTEM] = 0,
    };

    for (unsigned i = 0; i < TIMING_CLASS_COUNT; i++)
        c->latency_cycles[i] =
            cycles[i] > UINT16_MAX ? UINT16_MAX : (uint16_t)cycles[i];
}

static bool allocate(struct cpu *c, struct block_cache *shared)
{
    c->blocks = shared ? block_cache_share(shared) : block_cache_new();
    c->time.ring = calloc(c->time.window, sizeof c->time.ring[0]);
    return c->blocks && c->time.ring;
}

static struct cpu *new_cpu(const struct cpu_config *config, struct mmu *mmu,
                           struct memory *dram, struct block_cache *shared,
                           struct error *e)
{
    struct cpu *c = NULL;

    if (config->width < 1 || config->width > 8 || config->window < 1 ||
        config->window > 1024) {
        error_set(e, STATUS_USAGE,
                  "cpu.width must be 1 to 8 and cpu.window 1 to 1024");
        return NULL;
    }
    c = calloc(1, sizeof *c);
    if (!c)
        goto no_memory;
    c->config = *config;
    c->features = cpu_features_of(config);
    c->mmu = mmu;
    c->dram = dram;
    c->dram_base = dram->base;
    c->hot = mmu_hot(mmu);
    if (config->timing != TIMING_WINDOW)
        mmu_in_order(mmu);
    c->time.fast = config->timing != TIMING_WINDOW;
    c->time.counting = config->timing == TIMING_COUNT;
    c->time.width = config->width;
    c->time.window = config->window;
    c->time.l1_cycles = c->hot->hit_cycles[0];
    if (!allocate(c, shared))
        goto no_memory;
    set_latencies(c);
    timing_reset(&c->time);
    cpu_set_record(c, &c->spare_counters, &c->spare_ledger);
    cpu_reset(c);
    return c;
no_memory:
    error_set(e, STATUS_MEMORY, "no memory for a CPU");
    cpu_free(c);
    return NULL;
}

struct cpu *cpu_new(const struct cpu_config *config, struct mmu *mmu,
                    struct memory *dram, struct error *e)
{
    return new_cpu(config, mmu, dram, NULL, e);
}

struct cpu *cpu_new_beside(struct cpu *first, const struct cpu_config *config,
                           struct mmu *mmu, struct error *e)
{
    return new_cpu(config, mmu, first->dram, first->blocks, e);
}

void cpu_free(struct cpu *c)
{
    if (!c)
        return;
    block_cache_free(c->blocks);
    free(c->time.ring);
    free(c);
}

void cpu_set_record(struct cpu *c, struct counters *counters,
                    struct ledger *ledger)
{
    if (c->counters)
        cpu_settle(c);
    c->counters = counters;
    c->time.ledger = ledger;
    mmu_set_counters(c->mmu, counters);
}

static void count_retired(struct cpu *c)
{
    uint64_t retired = c->retired - c->counted_retired;

    counter_add(c->counters, COUNTER_INSTRUCTIONS, retired);
    if (c->retire_row == LEDGER_USER)
        counter_add(c->counters, COUNTER_INSTRUCTIONS_USER, retired);
    c->counted_retired = c->retired;
}

void cpu_settle(struct cpu *c)
{
    timing_settle(&c->time);
    count_retired(c);
}

void cpu_follow_mode_slow(struct cpu *c)
{
    count_retired(c);
    c->retire_row = c->time.base_row;
}

struct cpu_state *cpu_state(struct cpu *c)
{
    return &c->state;
}

const struct cpu_state *cpu_state_peek(const struct cpu *c)
{
    return &c->state;
}

struct guest_control *cpu_control(struct cpu *c)
{
    return &c->control;
}

struct mmu *cpu_mmu(struct cpu *c)
{
    return c->mmu;
}

void cpu_sync(struct cpu *c)
{
    cpu_mode_changed(c);
    cpu_update_regime(c);
}

void cpu_enter(struct cpu *c)
{
    flags_set(&c->flags, c->state.rflags);
    c->pending.kind = PENDING_NONE;
    c->rep_retired = 0;
    cpu_sync(c);
    cpu_follow_mode(c);
}

void cpu_leave(struct cpu *c)
{
    c->state.rflags = cpu_rflags(c);
    cpu_follow_mode(c);
    cpu_settle(c);
}

void cpu_serialize(struct cpu *c, uint64_t cost_cycles)
{
    if (c->control.emulate) /* a hypervisor has costs of its own */
        cost_cycles = 0;
    timing_serialize(&c->time, c->time.base_row, cost_cycles);
}

const struct cpu_config *cpu_config_peek(const struct cpu *c)
{
    return &c->config;
}

uint64_t cpu_now(const struct cpu *c)
{
    return c->time.retire_cycle;
}

uint64_t cpu_retired(const struct cpu *c)
{
    return c->retired;
}

void cpu_charge(struct cpu *c, enum ledger_row row, uint64_t cycles)
{
    timing_serialize(&c->time, row, cycles);
    timing_settle(&c->time);
}

void cpu_stretch(struct cpu *c, enum ledger_row row, uint64_t cycles)
{
    timing_stretch(&c->time, row, cycles);
    timing_settle(&c->time);
}

void cpu_continue(struct cpu *c, uint64_t now_cycle, uint64_t retired)
{
    cpu_charge(c, LEDGER_IDLE, now_cycle - cpu_now(c));
    c->retired = c->counted_retired = retired;
}

__extension__ typedef unsigned __int128 uint128;

/* SDM vol. 3, "Time-Stamp Counter Scaling". */
static uint64_t guest_tsc(const struct guest_control *g, uint64_t tsc)
{
    if (g->virt != VIRT_GUEST)
        return tsc;
    if (g->tsc_scaling)
        tsc = (uint64_t)((uint128)tsc * g->tsc_multiplier >> 48);
    return tsc + (uint64_t)g->tsc_offset;
}

uint64_t cpu_tsc(const struct cpu *c, const struct op *op)
{
    uint64_t now = c->time.retire_cycle;

    if (c->time.fast)
        now += op->prefix_cycles;
    now = block_cache_stamp(c, now);
    now -= c->state.tsc_base;
    return guest_tsc(&c->control, now);
}

bool cpu_interruptible(const struct cpu *c)
{
    return (c->state.rflags & RFLAGS_IF) && !c->state.interrupt_shadow &&
           c->state.pending_debug == 0 && !c->late_fault && !c->task_rest.due;
}

void cpu_code_written(struct cpu *c, hfn_t frame)
{
    unsigned dropped;

    c->resume.block = NULL;
    if (frame.v >= c->dram->bytes >> PAGE_SHIFT ||
        !memory_is_code(c->dram, frame))
        return;
    dropped = block_drop_frame(c, frame);
    counter_add(c->counters, COUNTER_CODE_INVALIDATE, dropped);
}

void cpu_skip(struct cpu *c, unsigned bytes)
{
    c->state.rip += bytes;
    if (!(c->mode & MODE_64))
        c->state.rip = (uint32_t)c->state.rip;
    c->state.interrupt_shadow = false;
    /* It was begun: what it touched until it left counts. */
    c->state.pending_debug |= c->debug_hits;
    c->debug_hits = 0;
    if (c->state.rflags & RFLAGS_TF)
        c->state.pending_debug |= DR6_BS;
    watch_skipped(c);
    cpu_retire(c, 1);
    cpu_settle(c);
}

struct cpu_event cpu_deliver(struct cpu *c, enum cpu_inject_kind kind,
                             uint8_t vector, bool has_error,
                             uint32_t error_code)
{
    struct delivery d = {.kind = kind,
                         .vector = vector,
                         .has_error = has_error,
                         .error_code = error_code,
                         .length = 2,
                         .cr2 = c->state.cr2};

    cpu_enter(c);
    c->event = (struct cpu_event){.kind = CPU_EVENT_BUDGET};
    exception_deliver(c, &d);
    cpu_leave(c);
    return c->event;
}

bool cpu_peek_memory(const struct cpu *c, gva_t va, void *to, unsigned bytes)
{
    uint8_t *at = to;

    while (bytes > 0) {
        uint64_t room = PAGE_BYTES - page_offset(va.v);
        unsigned n = bytes < room ? bytes : (unsigned)room;
        struct xlate x =
            mmu_peek(c->mmu, va, ACCESS_READ, ACCESS_SUPERVISOR_AC);

        if (x.status != XLATE_OK || !memory_copy_out(c->dram, at, x.hpa, n))
            return false;
        va = gva_add(va, n);
        at += n;
        bytes -= n;
    }
    return true;
}
