/*
 * cell.c - values that a debugger waits for (struct cpu_cell): memory, whoever
 * writes it, and whether TLBs hold a translation.
 */
#include "mmu/mmu_peek.h"
#include "mmu/walk_log.h"
#include "sim/cpu/cpu.h"

static const enum mmu_tlb tlbs[] = {MMU_TLB_L1D, MMU_TLB_L1I, MMU_TLB_L2};
enum { TLBS = sizeof tlbs / sizeof *tlbs };

static bool is_held(const struct cpu_cell *cell)
{
    enum mmu_tlb other = cell->kind == ACCESS_FETCH ? MMU_TLB_L1D : MMU_TLB_L1I;

    if (cell->log && cell->log->total >= cell->walk)
        return false;
    for (unsigned i = 0; i < TLBS; i++)
        if (tlbs[i] != other &&
            tlb_find(mmu_tlb(cell->mmu, tlbs[i]), cell->va.v, &cell->tags))
            return true;
    return false;
}

static uint64_t entries_held(const struct mmu *m)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < TLBS; i++)
        for (unsigned size = 0; size < PAGE_SIZES; size++)
            sum += mmu_tlb(m, tlbs[i])->held[size];
    return sum;
}

static uint64_t value_of(const struct cpu_cell *cell, const struct memory *dram)
{
    return cell->mmu ? is_held(cell) : memory_read64(dram, cell->at);
}

void cpu_cells_look(const struct cpu_stops *stops, const struct memory *dram,
                    struct cpu_cells *known)
{
    for (unsigned i = 0; i < stops->cell_count; i++) {
        const struct cpu_cell *cell = &stops->cell[i];

        known->value[i] = value_of(cell, dram);
        if (cell->mmu) {
            known->walks = cell->log ? cell->log->total : 0;
            known->held = entries_held(cell->mmu);
        }
    }
}

static enum cpu_cell_change change_of(const struct cpu_cell *cell,
                                      const struct cpu_cells *before,
                                      const struct cpu_cells *now)
{
    if (!cell->mmu)
        return CELL_WRITTEN;
    if (is_held(cell))
        return CELL_FILLED;
    if (cell->log && now->walks >= cell->walk)
        return CELL_WALKED;
    return now->held < before->held ? CELL_FLUSHED : CELL_REPLACED;
}

bool cpu_cells_changed(const struct cpu_stops *stops, const struct memory *dram,
                       struct cpu_cells *known, struct cpu_watch_hit *hit)
{
    const struct cpu_cells before = *known;
    unsigned i = 0;

    cpu_cells_look(stops, dram, known);
    while (i < stops->cell_count && known->value[i] == before.value[i])
        i++;
    if (i == stops->cell_count)
        return false;
    *hit = (struct cpu_watch_hit){
        .valid = true,
        .kind = CPU_WATCH_CELL,
        .cell = i,
        .was = before.value[i],
        .is = known->value[i],
        .change = change_of(&stops->cell[i], &before, known)};
    if (known->walks > before.walks)
        hit->walked = walk_log_back(stops->cell[i].log, 0)->walk.request.va;
    return true;
}
