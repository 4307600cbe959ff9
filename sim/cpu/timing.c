/*
 * timing.c - waits, drains and the ledger; see timing.h for the model.
 */
#include "sim/cpu/timing_model.h"

#include <string.h>

#include "mmu/cache.h"

__extension__ typedef unsigned __int128 wide;

void timing_reset(struct timing *t)
{
    memset(t->ready, 0, sizeof t->ready);
    memset(t->ring, 0, t->window * sizeof t->ring[0]);
    t->access_cycle = t->load_ready = 0;
    t->issue = t->retire_cycle = 0;
    t->settled_cycle = t->charged_cycles = 0;
    t->ring_at = 0;
    t->attention = false;
    t->wait = (struct timing_wait){0};
}

static void charge(struct timing *t, enum ledger_row row, uint64_t cycles)
{
    ledger_add(t->ledger, row, cycles);
    t->charged_cycles += cycles;
}

/* The part of the access itself that an L1 hit would not have cost. */
static void add_memory_wait(struct timing *t, const struct mmu_cost *cost)
{
    unsigned row = 2;

    if (cost->memory_cycles <= t->l1_cycles)
        return;
    if (cost->level == CACHE_L1)
        return;
    if (cost->level == CACHE_L2)
        row = 0;
    else if (cost->level == CACHE_L3)
        row = 1;
    t->wait.memory_cycles[row] += cost->memory_cycles - t->l1_cycles;
    t->wait.total_cycles += cost->memory_cycles - t->l1_cycles;
}

static void add_translation_wait(struct timing *t, const struct mmu_cost *cost)
{
    t->wait.tlb_cycles += cost->tlb_l2_cycles;
    t->wait.guest_cycles += cost->walk_guest_cycles;
    t->wait.host_cycles += cost->walk_host_cycles;
    t->wait.total_cycles += (uint64_t)cost->tlb_l2_cycles +
                            cost->walk_guest_cycles + cost->walk_host_cycles;
}

/* Fast model: all waits, one after another, now. */
static void pay_serially(struct timing *t)
{
    uint64_t cycles = t->wait.total_cycles;

    if (cycles == 0)
        return;
    if (t->counting) {
        t->wait = (struct timing_wait){0};
        return;
    }
    t->retire_cycle += cycles;
    timing_attribute(t, cycles);
}

static void delay_dispatch(struct timing *t, uint64_t ready_cycle)
{
    if (ready_cycle > timing_dispatch_cycle(t) + t->l1_cycles)
        t->issue = timing_issue(ready_cycle - t->l1_cycles, 0);
}

void timing_access(struct timing *t, const struct xlate *x,
                   enum access_kind kind)
{
    uint64_t translated_cycle;

    add_translation_wait(t, &x->cost);
    if (kind != ACCESS_WRITE)
        add_memory_wait(t, &x->cost);
    if (t->fast) {
        pay_serially(t);
        return;
    }
    t->attention |= t->wait.total_cycles != 0;
    switch (kind) {
    case ACCESS_FETCH:
        delay_dispatch(t, x->ready_cycle);
        break;
    case ACCESS_READ:
        t->load_ready = later(t->load_ready, x->ready_cycle);
        break;
    case ACCESS_WRITE: /* the store buffer waits for the line, we do not */
        translated_cycle = x->ready_cycle - x->cost.memory_cycles;
        if (x->status == XLATE_OK && x->ready_cycle >= x->cost.memory_cycles)
            t->load_ready = later(t->load_ready, translated_cycle);
        break;
    }
}

/* By level beyond the first: index of memory_cycles, and ledger row. */
static const uint8_t wait_of_level[] = {0, 0, 1, 2, 2};
static const enum ledger_row row_of_wait[] = {LEDGER_STALL_L2, LEDGER_STALL_L3,
                                              LEDGER_STALL_DRAM};

void timing_line_slow(struct timing *t, struct line_access line,
                      uint64_t start_cycle, enum access_kind kind)
{
    uint64_t memory_cycles = line.ready_cycle - start_cycle, waited = 0;
    unsigned wait = wait_of_level[line.level];

    if (!t->counting && kind != ACCESS_WRITE && line.level != CACHE_L1 &&
        memory_cycles > t->l1_cycles)
        waited = memory_cycles - t->l1_cycles;
    if (t->fast) { /* nothing else waits: paid at once */
        t->retire_cycle += waited;
        charge(t, row_of_wait[wait], waited);
        return;
    }
    t->wait.memory_cycles[wait] += waited;
    t->wait.total_cycles += waited;
    t->attention |= t->wait.total_cycles != 0;
    if (kind == ACCESS_FETCH)
        delay_dispatch(t, line.ready_cycle);
    else
        t->load_ready =
            later(t->load_ready,
                  kind == ACCESS_READ ? line.ready_cycle : start_cycle);
}

/* cycles * part / whole without overflow for whatever a run can reach. */
static uint64_t share(uint64_t cycles, uint64_t part, uint64_t whole)
{
    if (part == whole)
        return cycles;
    return (uint64_t)((wide)cycles * part / whole);
}

/*
 * The waits of one op overlap with earlier ops and each other; what showed is
 * min(advance, total), shared in proportion.  The remainder of the divisions
 * goes to the last row that has a share.
 */
void timing_attribute(struct timing *t, uint64_t advance_cycles)
{
    const struct timing_wait w = t->wait;
    const uint64_t part[] = {w.tlb_cycles,       w.guest_cycles,
                             w.host_cycles,      w.memory_cycles[0],
                             w.memory_cycles[1], w.memory_cycles[2]};
    static const enum ledger_row row[] = {LEDGER_TLB_L2_HIT, LEDGER_WALK_GUEST,
                                          LEDGER_WALK_HOST,  LEDGER_STALL_L2,
                                          LEDGER_STALL_L3,   LEDGER_STALL_DRAM};
    uint64_t shown =
        advance_cycles < w.total_cycles ? advance_cycles : w.total_cycles;
    uint64_t left = shown;
    unsigned last = 0;

    t->wait = (struct timing_wait){0};
    if (shown == 0)
        return;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t cycles;

        if (part[i] == 0)
            continue;
        cycles = share(shown, part[i], w.total_cycles);
        charge(t, row[i], cycles);
        left -= cycles;
        last = i;
    }
    charge(t, row[last], left);
}

void timing_abandon(struct timing *t)
{
    uint64_t retire = later(t->retire_cycle, t->load_ready);

    if (t->fast)
        return;
    timing_attribute(t, retire - t->retire_cycle);
    t->retire_cycle = retire;
    t->issue = timing_issue(later(timing_dispatch_cycle(t), retire), 0);
    t->load_ready = 0;
    t->attention = true;
}

void timing_serialize(struct timing *t, enum ledger_row row,
                      uint64_t cost_cycles)
{
    uint64_t drained = later(t->retire_cycle, t->load_ready);

    if (!t->fast) {
        timing_attribute(t, drained - t->retire_cycle);
        t->retire_cycle = drained;
    }
    if (t->counting && row != LEDGER_IDLE)
        cost_cycles = 0;
    t->retire_cycle += cost_cycles;
    if (row != t->base_row)
        charge(t, row, cost_cycles);
    t->access_cycle = t->retire_cycle;
    t->issue = timing_issue(t->retire_cycle, 0);
    t->load_ready = 0;
    t->attention = true;
}

void timing_stretch(struct timing *t, enum ledger_row row, uint64_t cycles)
{
    if (t->counting)
        return;
    for (unsigned i = 0; i < TREG_COUNT; i++)
        t->ready[i] += cycles;
    for (unsigned i = 0; i < t->window; i++)
        t->ring[i] += cycles;
    t->access_cycle += cycles;
    t->load_ready += t->load_ready ? cycles : 0;
    t->issue += timing_issue(cycles, 0);
    t->retire_cycle += cycles;
    charge(t, row, cycles);
}

struct timing_front timing_attend(struct timing *t, uint64_t done_cycle)
{
    timing_attribute(t, later(t->retire_cycle, done_cycle) - t->retire_cycle);
    t->attention = false;
    return timing_front_of(t);
}

void timing_settle(struct timing *t)
{
    uint64_t passed = t->retire_cycle - t->settled_cycle;

    ledger_add(t->ledger, t->base_row, passed - t->charged_cycles);
    t->settled_cycle = t->retire_cycle;
    t->charged_cycles = 0;
}
