/*
 * mmu_check.h - how far the TLBs are from the tables.
 */
#ifndef MMU_MMU_CHECK_H
#define MMU_MMU_CHECK_H
#include <stdint.h>

#include "mmu/mmu.h"

/*
 * TLB entries of the current PCID, VPID and root that the tables would not
 * give now: what an omitted flush left behind.
 */
uint32_t mmu_stale_entries(const struct mmu *m);

/* Hash of TLBs, walk caches and L1 tags: for differential tests. */
uint64_t mmu_digest(const struct mmu *m);

#endif
