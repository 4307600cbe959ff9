#include "mmu/mmu_peek.h"

#include "mmu/mmu_state.h"

const struct tlb *mmu_tlb(const struct mmu *m, enum mmu_tlb which)
{
    switch (which) {
    case MMU_TLB_L1D:
        return m->l1[0];
    case MMU_TLB_L1I:
        return m->l1[1];
    case MMU_TLB_L2:
        return m->l2;
    case MMU_TLB_NESTED:
    case MMU_TLBS:
        break;
    }
    return m->ntlb;
}

const struct psc *mmu_psc(const struct mmu *m, bool host)
{
    return host ? m->psc_host : m->psc_guest;
}
