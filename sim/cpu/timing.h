/*
 * timing.h - when instructions start, finish and retire: the pCPU's clock.
 *
 * Model   TIMING_WINDOW: in program order, each register has the cycle at
 *         which it is ready.  An instruction is dispatched when a slot of the
 *         issue width and an entry of the reorder window are free, accesses
 *         memory when its address registers are ready, executes when all its
 *         sources are, and retires in order.  TIMING_FAST: a fixed cost per
 *         class, waits beyond the L1 hit added one after another.
 *         TIMING_COUNT: every retired instruction (and iteration of REP) takes
 *         one cycle; waits, events and hypervisors take none.  So devices act
 *         at the same instruction whatever runs the guest: for comparisons of
 *         architectural state, not for figures.
 *
 *         Each advance of the retire cycle goes to one ledger row.  Waits that
 *         loads and stores expose go to the rows of the TLB, the walks and the
 *         cache level, in proportion to what each contributed; the rest is
 *         USER or KERNEL, settled when the mode changes or a run ends.
 *
 * NOT MODELLED  execution ports, branch misprediction, store forwarding.
 *
 * INVARIANT  after timing_settle() the rows sum to retire_cycle.
 */
#ifndef SIM_CPU_TIMING_H
#define SIM_CPU_TIMING_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/xlate.h"
#include "sim/cpu/cpu_config.h"
#include "sim/cpu/op.h"
#include "sim/record/ledger.h"

/* Waits of the instruction under way, by ledger row. */
struct timing_wait {
    uint64_t tlb_cycles, guest_cycles, host_cycles;
    uint64_t memory_cycles[3]; /* L2, L3, DRAM */
    uint64_t total_cycles;     /* 0: nothing waited beyond the L1 */
};

struct timing {
    /* Hot: touched by every instruction. */
    uint64_t access_cycle; /* when the op under way may access memory */
    uint64_t load_ready;   /* when all its loads are there; 0: none */
    uint64_t issue;        /* see timing_issue() */
    uint64_t retire_cycle; /* of the last op: the clock */
    uint64_t ready[TREG_COUNT];
    uint64_t *ring; /* retire cycles of the last window ops; owned */
    uint32_t ring_at;
    uint32_t window;
    uint32_t width;
    uint32_t l1_cycles; /* load-to-use of an L1 hit */
    bool fast;          /* TIMING_FAST or TIMING_COUNT */
    bool counting;      /* TIMING_COUNT */
    bool attention;     /* the op under way waited or moved the clock */
    struct timing_wait wait;
    /* Charging. */
    uint64_t settled_cycle;   /* up to here the ledger has everything */
    uint64_t charged_cycles;  /* after settled_cycle, already in other rows */
    enum ledger_row base_row; /* USER or KERNEL now */
    struct ledger *ledger;
};

#endif
