/*
 * cpu_stops.h - what a debugger waits for: instructions, accesses, and values
 * that change (struct cpu_budget.stops); and what has happened to it.
 */
#ifndef SIM_CPU_CPU_STOPS_H
#define SIM_CPU_CPU_STOPS_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu.h"
#include "mmu/tlb.h"

/* Linear addresses that accesses of a kind to which a debugger waits for. */
enum cpu_watch_kind {
    CPU_WATCH_WRITE,
    CPU_WATCH_READ,
    CPU_WATCH_ACCESS,
    CPU_WATCH_CELL /* of a hit: it was no access, but a cell that changed */
};
struct cpu_watch {
    gva_t at;
    uint64_t bytes;
    enum cpu_watch_kind kind;
};

/*
 * A value whose change a debugger waits for, whoever changes it: the 8 bytes at
 * a host-physical address; or with mmu not NULL, whether its TLBs hold the
 * translation of va, until the walk of that number is in the log.
 */
struct cpu_cell {
    hpa_t at;
    const struct mmu *mmu;
    gva_t va;
    enum access_kind kind;
    struct tlb_tags tags;
    const struct walk_log *log; /* of mmu */
    uint64_t walk;
};

/* Linear addresses of instructions, and of data, and cells, for a debugger. */
enum { CPU_STOPS_MAX = 64, CPU_WATCHES_MAX = 32, CPU_CELLS_MAX = 8 };
struct cpu_stops {
    gva_t at[CPU_STOPS_MAX];
    unsigned count;
    struct cpu_watch watch[CPU_WATCHES_MAX];
    unsigned watch_count;
    struct cpu_cell cell[CPU_CELLS_MAX];
    unsigned cell_count;
};

static inline bool cpu_stops_any(const struct cpu_stops *stops)
{
    return stops->count + stops->watch_count + stops->cell_count > 0;
}

/* How a cell changed.  Those of TLBs lose or get their translation. */
enum cpu_cell_change {
    CELL_WRITTEN,  /* memory, by the instruction or a walk */
    CELL_REPLACED, /* TLB: another entry has its place */
    CELL_FLUSHED,  /* TLB: nothing has its place */
    CELL_FILLED,   /* TLB: it is there now */
    CELL_WALKED,   /* TLB: it was there until that walk */
};

/* An instruction, or the delivery of an event, touched what is watched. */
struct cpu_watch_hit {
    bool valid;
    gva_t at; /* first byte of the watched that was touched */
    enum cpu_watch_kind kind;
    uint64_t retired; /* cpu_retired() before it */
    /* CPU_WATCH_CELL: */
    unsigned cell; /* its index, and what it was and is */
    uint64_t was, is;
    enum cpu_cell_change change;
    bool outside; /* by no instruction: a hypervisor or a device */
    bool faulted; /* by one that did not get through */
    gva_t walked; /* REPLACED, if a walk did it: of which page; else 0 */
};

/* What cells were when somebody looked last. */
struct cpu_cells {
    uint64_t value[CPU_CELLS_MAX];
    uint64_t walks, held; /* of the log and the TLBs of one of them */
};

/* Looks at them; true: one has changed since, and *hit says how. */
void cpu_cells_look(const struct cpu_stops *stops, const struct memory *dram,
                    struct cpu_cells *known);
bool cpu_cells_changed(const struct cpu_stops *stops, const struct memory *dram,
                       struct cpu_cells *known, struct cpu_watch_hit *hit);

#endif
