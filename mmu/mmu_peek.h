/*
 * mmu_peek.h - the parts of an MMU, to be looked at: for screens.
 */
#ifndef MMU_MMU_PEEK_H
#define MMU_MMU_PEEK_H
#include "mmu/mmu.h"
#include "mmu/psc.h"
#include "mmu/tlb.h"

enum mmu_tlb { MMU_TLB_L1D, MMU_TLB_L1I, MMU_TLB_L2, MMU_TLB_NESTED, MMU_TLBS };

const struct tlb *mmu_tlb(const struct mmu *m, enum mmu_tlb which);
const struct psc *mmu_psc(const struct mmu *m, bool host);

#endif
