/*
 * mmu_new.c - life cycle of the memory system: what its parts are made of.
 *
 * Hardware  What threads of a core share: Marr et al., Intel Technology Journal
 *           6(1), 2002 (Pentium 4: "ITLB" of each, "DTLB" and caches of both);
 *           Intel Optimization Reference Manual, "Intel Hyper-Threading
 *           Technology (HT) Support in Intel Microarchitecture Code Name
 *           Nehalem"; Gras et al., USENIX Security 2018, table 2 (Sandy Bridge
 *           to Coffee Lake, measured); AMD, Software Optimization Guide for
 *           Family 17h, "Simultaneous Multi-Threading".
 */
#include <stddef.h>
#include <stdlib.h>

#include "mmu/mmu.h"
#include "mmu/mmu_state.h"

/* Half of it; all if there is only one entry. */
static struct tlb_geometry half_of(struct tlb_geometry g)
{
    if (g.entries > g.ways) {
        g.entries /= 2;
    } else if (g.ways > 1) {
        g.ways /= 2;
        g.entries = g.ways;
    }
    return g;
}

/* The first-level instruction TLB of one thread. */
static struct tlb_config itlb_config(const struct mmu_config *c,
                                     const struct mmu_place *place)
{
    struct tlb_config itlb = c->l1i_tlb;

    if (place->threads > 1 && c->itlb_sharing == ITLB_SPLIT)
        itlb.page_4k = half_of(itlb.page_4k);
    return itlb;
}

static enum status init_itlb(struct mmu *m, const struct mmu_place *place,
                             struct error *e)
{
    const struct mmu_config *c = &m->config;
    struct tlb_config itlb = itlb_config(c, place);

    if (place->sibling && c->itlb_sharing == ITLB_SHARED) {
        m->l1[1] = place->sibling->l1[1];
        return STATUS_OK;
    }
    return c->tlb_enabled ? tlb_init(m->l1[1], &itlb, c->seed + 2, "l1i_tlb", e)
                          : STATUS_OK;
}

static enum status init_tlbs(struct mmu *m, struct error *e)
{
    const struct mmu_config *c = &m->config;
    enum status s = STATUS_OK;

    if (!c->tlb_enabled)
        return s;
    s = tlb_init(m->l1[0], &c->l1d_tlb, c->seed + 1, "l1d_tlb", e);
    if (s == STATUS_OK)
        s = tlb_init(m->l2, &c->l2_tlb, c->seed + 3, "l2_tlb", e);
    return s;
}

/* The nested TLB belongs to the walk caches: psc_enabled switches it too. */
static enum status init_walk_caches(struct mmu *m, struct error *e)
{
    const struct mmu_config *c = &m->config;
    struct tlb_config ntlb = {.page_4k = c->ntlb, .repl = c->psc_host.repl};
    enum status s;

    if (!c->psc_enabled)
        return STATUS_OK;
    s = psc_init(m->psc_guest, &c->psc_guest, c->seed + 4, "psc_guest", e);
    if (s == STATUS_OK)
        s = psc_init(m->psc_host, &c->psc_host, c->seed + 5, "psc_host", e);
    if (s == STATUS_OK)
        s = tlb_init_unified(m->ntlb, &ntlb, c->seed + 6, "ntlb", e);
    return s;
}

/* The first thread of a core makes what the second one uses. */
static enum status init_core(struct mmu *m, const struct mmu_place *place,
                             struct error *e)
{
    enum status s =
        hierarchy_init(&m->caches, &m->config, place->l3, m->hot.counters, e);

    m->caches.two_threads = place->threads > 1;
    if (s == STATUS_OK)
        s = init_tlbs(m, e);
    return s == STATUS_OK ? init_walk_caches(m, e) : s;
}

static void join_core(struct mmu *m, const struct mmu *first)
{
    hierarchy_init_beside(&m->caches, &first->caches, m->hot.counters);
    m->l1[0] = first->l1[0];
    m->l2 = first->l2;
    m->ntlb = first->ntlb;
    m->psc_guest = first->psc_guest;
    m->psc_host = first->psc_host;
    m->walker.thread = TLB_THREAD;
}

static void set_parts(struct mmu *m)
{
    m->l1[0] = &m->own.l1[0];
    m->l1[1] = &m->own.l1[1];
    m->l2 = &m->own.l2;
    m->ntlb = &m->own.ntlb;
    m->psc_guest = &m->own.psc_guest;
    m->psc_host = &m->own.psc_host;
}

static void init_walker(struct mmu *m)
{
    m->walker.memory = m->memory;
    m->walker.caches = &m->caches;
    m->walker.counters = m->hot.counters;
    m->walker.set_flags = true;
    if (!m->config.psc_enabled)
        return;
    m->walker.psc_guest = m->psc_guest;
    m->walker.psc_host = m->psc_host;
    m->walker.ntlb = m->ntlb;
}

static enum status mmu_init(struct mmu *m, const struct mmu_place *place,
                            struct error *e)
{
    enum status s = STATUS_OK;

    if (m->config.walkers < 1 || m->config.walkers > WALKERS_MAX)
        return error_set(e, STATUS_USAGE, "walkers: %u is not in 1 ... %d",
                         m->config.walkers, WALKERS_MAX);
    set_parts(m);
    if (place->sibling)
        join_core(m, place->sibling);
    else
        s = init_core(m, place, e);
    if (s == STATUS_OK)
        s = init_itlb(m, place, e);
    hierarchy_set_node(&m->caches, m->memory, place->node);
    init_walker(m);
    if (s == STATUS_OK)
        mmu_slots_init(m);
    return s;
}

struct mmu *mmu_new_at(const struct mmu_config *config, struct memory *dram,
                       const struct mmu_place *place, struct counters *counters,
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
    if (mmu_init(m, place, e) != STATUS_OK) {
        mmu_free(m);
        return NULL;
    }
    mmu_set_regime(m, &off);
    return m;
}

struct mmu *mmu_new(const struct mmu_config *config, struct memory *dram,
                    struct cache *l3, struct counters *counters,
                    struct error *e)
{
    const struct mmu_place alone = {.l3 = l3, .threads = 1};

    return mmu_new_at(config, dram, &alone, counters, e);
}

void mmu_free(struct mmu *m)
{
    if (!m)
        return;
    hierarchy_free(&m->caches);
    tlb_free(&m->own.l1[0]);
    tlb_free(&m->own.l1[1]);
    tlb_free(&m->own.l2);
    tlb_free(&m->own.ntlb);
    psc_free(&m->own.psc_guest);
    psc_free(&m->own.psc_host);
    free(m);
}

void mmu_set_counters(struct mmu *m, struct counters *counters)
{
    m->hot.counters = counters;
    m->caches.counters = counters;
    m->walker.counters = counters;
}
