/*
 * mmu_new.c - life cycle of the memory system: what its parts are made of.
 */
#include <stddef.h>
#include <stdlib.h>

#include "mmu/mmu.h"
#include "mmu/mmu_state.h"

static enum status init_tlbs(struct mmu *m, struct error *e)
{
    const struct mmu_config *c = &m->config;
    enum status s = STATUS_OK;

    if (!c->tlb_enabled)
        return s;
    s = tlb_init(&m->l1[0], &c->l1d_tlb, c->seed + 1, "l1d_tlb", e);
    if (s == STATUS_OK)
        s = tlb_init(&m->l1[1], &c->l1i_tlb, c->seed + 2, "l1i_tlb", e);
    if (s == STATUS_OK)
        s = tlb_init(&m->l2, &c->l2_tlb, c->seed + 3, "l2_tlb", e);
    return s;
}

/* The nested TLB belongs to the walk caches: psc_enabled switches it too. */
static enum status init_walk_caches(struct mmu *m, struct error *e)
{
    const struct mmu_config *c = &m->config;
    struct tlb_config ntlb = {.page_4k = c->ntlb, .repl = c->psc_host.repl};
    enum status s = STATUS_OK;

    if (!c->psc_enabled)
        return s;
    s = psc_init(&m->psc_guest, &c->psc_guest, c->seed + 4, "psc_guest", e);
    if (s == STATUS_OK)
        s = psc_init(&m->psc_host, &c->psc_host, c->seed + 5, "psc_host", e);
    if (s == STATUS_OK)
        s = tlb_init_unified(&m->ntlb, &ntlb, c->seed + 6, "ntlb", e);
    m->walker.psc_guest = &m->psc_guest;
    m->walker.psc_host = &m->psc_host;
    m->walker.ntlb = &m->ntlb;
    return s;
}

static enum status mmu_init(struct mmu *m, struct cache *l3, struct error *e)
{
    enum status s = STATUS_OK;

    if (m->config.walkers < 1 || m->config.walkers > WALKERS_MAX)
        return error_set(e, STATUS_USAGE, "walkers: %u is not in 1 ... %d",
                         m->config.walkers, WALKERS_MAX);
    m->walker.memory = m->memory;
    m->walker.caches = &m->caches;
    m->walker.counters = m->hot.counters;
    m->walker.set_flags = true;
    s = hierarchy_init(&m->caches, &m->config, l3, m->hot.counters, e);
    if (s == STATUS_OK)
        s = init_tlbs(m, e);
    if (s == STATUS_OK)
        s = init_walk_caches(m, e);
    if (s == STATUS_OK)
        mmu_slots_init(m);
    return s;
}

struct mmu *mmu_new(const struct mmu_config *config, struct memory *dram,
                    struct cache *l3, struct counters *counters,
                    struct error *e)
{
    struct mmu *m = calloc(1, sizeof(*m));
    struct regime off = {0};

    if (!m) {
        error_set(e, STATUS_MEMORY, "mmu: the host has no memory for it");
        return NULL;
    }
    m->config = *config;
    m->memory = dram;
    m->hot.counters = counters;
    if (mmu_init(m, l3, e) != STATUS_OK) {
        mmu_free(m);
        return NULL;
    }
    mmu_set_regime(m, &off);
    return m;
}

void mmu_free(struct mmu *m)
{
    if (!m)
        return;
    hierarchy_free(&m->caches);
    tlb_free(&m->l1[0]);
    tlb_free(&m->l1[1]);
    tlb_free(&m->l2);
    tlb_free(&m->ntlb);
    psc_free(&m->psc_guest);
    psc_free(&m->psc_host);
    free(m);
}

void mmu_set_counters(struct mmu *m, struct counters *counters)
{
    m->hot.counters = counters;
    m->caches.counters = counters;
    m->walker.counters = counters;
}
