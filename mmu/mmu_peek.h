/*
 * mmu_peek.h - the parts of an MMU, to be looked at: for screens.
 */
#ifndef MMU_MMU_PEEK_H
#define MMU_MMU_PEEK_H
#include "mmu/hierarchy.h"
#include "mmu/mmu.h"
#include "mmu/place_log.h"
#include "mmu/psc.h"
#include "mmu/tlb.h"

enum mmu_tlb { MMU_TLB_L1D, MMU_TLB_L1I, MMU_TLB_L2, MMU_TLB_NESTED, MMU_TLBS };

const struct tlb *mmu_tlb(const struct mmu *m, enum mmu_tlb which);
const struct psc *mmu_psc(const struct mmu *m, bool host);

enum mmu_cache {
    MMU_CACHE_L1D,
    MMU_CACHE_L1I,
    MMU_CACHE_L2,
    MMU_CACHE_L3,
    MMU_CACHES
};

/* NULL: there is none. */
const struct cache *mmu_cache(const struct mmu *m, enum mmu_cache which);
uint32_t mmu_line_bytes(const struct mmu *m);

/* Where its events are counted now. */
const struct counters *mmu_counters(const struct mmu *m);

/*
 * Logs of all that an MMU looks into.  What several MMUs share has the log that
 * it was given last.
 */
struct mmu_log {
    struct place_log tlbs[MMU_TLBS], pscs[2], caches[MMU_CACHES];
};

/* Kept in log from now on; not owned; NULL: nowhere. */
void mmu_set_log(struct mmu *m, struct mmu_log *log);

#endif
