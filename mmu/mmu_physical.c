/*
 * mmu_physical.c - accesses that have no linear address.
 *
 * Hardware  Intel SDM vol. 3, "PDPTE Registers", "EPT Violations": the load
 *           of PDPTE registers is a read, and an exit that it causes says
 *           that the guest-linear address is not valid.
 */
#include "mmu/mmu.h"
#include "mmu/mmu_state.h"

uint32_t mmu_touch(struct mmu *m, hpa_t a, enum access_kind kind)
{
    (void)kind;
    return hierarchy_touch(&m->caches, a);
}

struct xlate mmu_register_load(struct mmu *m, gpa_t a, unsigned bytes,
                               uint64_t start_cycle)
{
    struct walk wk = walk_register_load(&m->walker, &m->regime, a, start_cycle);
    struct xlate x = {
        .status = wk.status,
        .hpa = wk.hpa,
        .fault_gpa = wk.fault_gpa,
        .error_code = wk.error_code,
        .page_shift = PAGE_SHIFT,
        .ready_cycle = wk.cycle,
        .cost.walk_host_cycles = wk.host_cycles,
    };
    struct line_access line;

    if (x.status != XLATE_OK)
        return x;
    if (!memory_has(m->memory, x.hpa, bytes)) {
        x.status = XLATE_OUTSIDE;
        return x;
    }
    line = hierarchy_access(&m->caches, x.hpa, false, x.ready_cycle);
    x.cost.memory_cycles = (uint32_t)(line.ready_cycle - x.ready_cycle);
    x.cost.level = (uint8_t)line.level;
    x.ready_cycle = line.ready_cycle;
    return x;
}
