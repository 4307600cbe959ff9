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

const struct cache *mmu_cache(const struct mmu *m, enum mmu_cache which)
{
    switch (which) {
    case MMU_CACHE_L1D:
        return m->caches.l1d;
    case MMU_CACHE_L1I:
        return m->caches.l1i;
    case MMU_CACHE_L2:
        return m->caches.l2;
    case MMU_CACHE_L3:
    case MMU_CACHES:
        break;
    }
    return m->caches.enabled ? m->caches.l3 : NULL;
}

uint32_t mmu_line_bytes(const struct mmu *m)
{
    return m->config.line_bytes;
}

const struct counters *mmu_counters(const struct mmu *m)
{
    return m->hot.counters;
}

void mmu_set_log(struct mmu *m, struct mmu_log *log)
{
    struct tlb *tlbs[MMU_TLBS] = {m->l1[0], m->l1[1], m->l2, m->ntlb};
    struct cache *caches[MMU_CACHES] = {m->caches.l1d, m->caches.l1i,
                                        m->caches.l2, m->caches.l3};

    for (int i = 0; i < MMU_TLBS; i++)
        tlbs[i]->log = log ? &log->tlbs[i] : NULL;
    for (int i = 0; i < MMU_CACHES; i++)
        if (caches[i])
            cache_set_log(caches[i], log ? &log->caches[i] : NULL);
    m->psc_guest->log = log ? &log->pscs[0] : NULL;
    m->psc_host->log = log ? &log->pscs[1] : NULL;
}
