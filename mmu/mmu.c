/*
 * mmu.c - puts the memory system together: translate, then access.
 *
 * Order of one access: L1 TLB, L2 TLB, walk; then the data caches.  An entry
 * that denies an access is dropped and the walk decides, as hardware does; so
 * a fault always comes from the tables.  A write through an entry whose dirty
 * flag is clear walks to set it.
 *
 * Time: an L1 TLB hit is free, an L2 hit adds its hit_cycles, and a walk starts
 * when the address is known and a walker is free; the wait for a walker counts
 * as walk_guest_cycles.
 */
#include "mmu/mmu.h"

#include <stddef.h>

#include "mmu/mmu_state.h"

void mmu_set_regime(struct mmu *m, const struct regime *regime)
{
    m->regime = *regime;
    m->tags = regime_tags(regime);
    m->tags.vpid |= m->walker.thread;
    mmu_slots_enter(m);
}

void mmu_set_walk_log(struct mmu *m, struct walk_log *log)
{
    m->walker.log = log;
}

const struct regime *mmu_regime(const struct mmu *m)
{
    return &m->regime;
}

bool mmu_entry_allows(const struct mmu *m, const struct tlb_entry *entry,
                      enum access_kind kind, enum access_mode mode)
{
    return perm_guest_allows(entry->perm, kind, mode, &m->regime) &&
           key_allows(entry->key, entry->perm, kind, mode, &m->regime) &&
           (kind != ACCESS_WRITE || (entry->perm & PERM_D)) &&
           perm_host_allows(entry->perm, eptq_of_kind(kind), true);
}

static void forget(struct tlb *t, gva_t va, const struct tlb_tags *tags)
{
    struct tlb_entry *entry;

    while ((entry = tlb_find(t, va.v, tags)) != NULL)
        tlb_drop(t, entry);
}

/* SDM, "Operations that Invalidate TLBs ...": what a page fault drops. */
static void forget_faulting(struct mmu *m, gva_t va)
{
    struct tlb_scope scope = {
        .by_vpid = true, .by_pcid = true, .tags = m->tags};

    forget(m->l1[0], va, &m->tags);
    forget(m->l1[1], va, &m->tags);
    forget(m->l2, va, &m->tags);
    if (m->regime.guest)
        psc_flush_address(m->psc_guest, m->regime.guest, va.v, &scope);
}

/* The walker that is free first; *start_cycle moves to when it is. */
static uint64_t *take_walker(struct mmu *m, uint64_t *start_cycle)
{
    uint64_t *first = &m->walker_free_cycle[0];

    for (uint32_t i = 1; i < m->config.walkers; i++)
        if (m->walker_free_cycle[i] < *first)
            first = &m->walker_free_cycle[i];
    if (*first > *start_cycle)
        *start_cycle = *first;
    return first;
}

static struct walk walk(struct mmu *m, const struct walk_request *request)
{
    struct walk_request at = *request;
    uint64_t *walker_free_cycle = take_walker(m, &at.start_cycle);
    struct walk wk = m->regime.guest
                         ? walk_linear(&m->walker, &m->regime, &at)
                         : walk_physical(&m->walker, &m->regime, &at);

    if (wk.guest_refs + wk.host_refs != 0)
        *walker_free_cycle = wk.cycle;
    wk.guest_cycles += (uint32_t)(at.start_cycle - request->start_cycle);
    if (wk.status != XLATE_OK)
        forget_faulting(m, request->va);
    return wk;
}

static struct tlb_entry *fill_l1(struct mmu *m,
                                 const struct walk_request *request,
                                 const struct tlb_entry *model)
{
    struct tlb_entry *entry = tlb_fill(m->l1[request->kind == ACCESS_FETCH],
                                       request->va.v, &m->tags, model, true);

    if (entry && entry->global)
        mmu_slots_forget_others(m);
    return entry;
}

/* Of the smaller of both stages' pages, as TLB entries go: 4M counts as 2M. */
static enum page_size walk_size(const struct walk *wk)
{
    return page_size_within(wk->guest_shift < wk->host_shift ? wk->guest_shift
                                                             : wk->host_shift);
}

/* Fills both TLBs from a walk that ended well; returns the L1 entry. */
static struct tlb_entry *fill(struct mmu *m, const struct walk_request *request,
                              const struct walk *wk)
{
    enum page_size size = walk_size(wk);
    uint64_t offset_mask = ((uint64_t)1 << page_size_shift(size)) - 1;
    struct tlb_entry model = {
        .frame = wk->hpa.v & ~offset_mask,
        .gpa = wk->gpa.v & ~offset_mask,
        .size = (uint8_t)size,
        .span =
            m->regime.guest ? wk->guest_shift : (uint8_t)page_size_shift(size),
        .perm = wk->perm,
        .global = wk->global,
        .key = wk->key & 15u,
    };

    tlb_fill(m->l2, request->va.v, &m->tags, &model, false);
    return fill_l1(m, request, &model);
}

static struct xlate from_entry(const struct tlb_entry *entry, gva_t va)
{
    unsigned shift = page_size_shift((enum page_size)entry->size);

    return (struct xlate){
        .status = XLATE_OK,
        .hpa = hpa(entry->frame | (va.v & (((uint64_t)1 << shift) - 1))),
        .page_shift = (uint8_t)shift,
    };
}

static struct xlate from_walk(const struct walk *wk)
{
    return (struct xlate){
        .status = wk->status,
        .hpa = wk->hpa,
        .fault_gpa = wk->fault_gpa,
        .error_code = wk->error_code,
        .page_shift = wk->status == XLATE_OK
                          ? (uint8_t)page_size_shift(walk_size(wk))
                          : 0,
        .ready_cycle = wk->cycle,
        .cost = {.walk_guest_cycles = wk->guest_cycles,
                 .walk_host_cycles = wk->host_cycles},
    };
}

/* An entry that denied the access must not outlive the walk that follows. */
static bool deny(struct mmu *m, const struct walk_request *request)
{
    forget(m->l1[request->kind == ACCESS_FETCH], request->va, &m->tags);
    forget(m->l2, request->va, &m->tags);
    return false;
}

static void note_l2(const struct tlb *l2, gva_t va,
                    const struct tlb_entry *entry)
{
    if (entry)
        place_log_hit(l2->log, tlb_place(l2, entry), tlb_address(l2, entry));
    else
        place_log_miss(l2->log, va.v);
}

/* Looks both TLBs up and counts; *entry is the L1 entry, filled if need be. */
static bool look_up(struct mmu *m, const struct walk_request *request,
                    struct tlb_entry **entry, struct xlate *x)
{
    bool fetch = request->kind == ACCESS_FETCH;
    struct tlb *l1 = m->l1[fetch];
    struct counters *c = m->hot.counters;
    struct tlb_entry *l2_entry;

    counter_add(c, fetch ? COUNTER_ITLB_ACCESS : COUNTER_DTLB_ACCESS, 1);
    *entry = tlb_find(l1, request->va.v, &m->tags);
    if (*entry) {
        if (!mmu_entry_allows(m, *entry, request->kind, request->mode))
            return deny(m, request);
        tlb_touch(l1, *entry);
        *x = from_entry(*entry, request->va);
        x->ready_cycle = request->start_cycle;
        return true;
    }
    counter_add(c, fetch ? COUNTER_ITLB_L1_MISS : COUNTER_DTLB_L1_MISS, 1);
    if (l1->log)
        place_log_miss_counted(l1->log, request->va.v, c,
                               fetch ? COUNTER_ITLB_ACCESS
                                     : COUNTER_DTLB_ACCESS);
    l2_entry = tlb_find(m->l2, request->va.v, &m->tags);
    if (m->l2->log)
        note_l2(m->l2, request->va, l2_entry);
    if (!l2_entry) {
        counter_add(c, fetch ? COUNTER_ITLB_L2_MISS : COUNTER_DTLB_L2_MISS, 1);
        return false;
    }
    if (!mmu_entry_allows(m, l2_entry, request->kind, request->mode))
        return deny(m, request);
    tlb_touch(m->l2, l2_entry);
    *x = from_entry(l2_entry, request->va);
    x->ready_cycle = request->start_cycle + m->l2->hit_cycles;
    x->cost.tlb_l2_cycles = m->l2->hit_cycles;
    *entry = fill_l1(m, request, l2_entry);
    return true;
}

/* No paging, one stage: counts as an L1 TLB hit, so that slots may serve it. */
static struct xlate untranslated(struct mmu *m,
                                 const struct walk_request *request,
                                 struct tlb_entry **entry)
{
    bool fetch = request->kind == ACCESS_FETCH;

    counter_add(m->hot.counters,
                fetch ? COUNTER_ITLB_ACCESS : COUNTER_DTLB_ACCESS, 1);
    m->identity.id = 1;
    m->identity.frame = request->va.v & ~(PAGE_BYTES - 1);
    *entry = &m->identity;
    return (struct xlate){.status = XLATE_OK,
                          .hpa = hpa(request->va.v),
                          .page_shift = PAGE_SHIFT,
                          .ready_cycle = request->start_cycle};
}

static struct xlate translate(struct mmu *m, const struct walk_request *request,
                              struct tlb_entry **entry)
{
    struct xlate x;
    struct walk wk;

    if (!m->regime.guest && !m->regime.stage2)
        return untranslated(m, request, entry);
    if (look_up(m, request, entry, &x))
        return x;
    *entry = NULL;
    wk = walk(m, request);
    if (wk.status == XLATE_OK)
        *entry = fill(m, request, &wk);
    return from_walk(&wk);
}

/* The access itself: every line that it touches, side by side. */
static void access_lines(struct mmu *m, struct xlate *x, unsigned bytes,
                         bool fetch)
{
    uint64_t start_cycle = x->ready_cycle;
    uint64_t end = x->hpa.v + bytes;
    uint64_t next = (x->hpa.v | m->hot.line_mask) + 1;
    struct line_access last =
        hierarchy_access(&m->caches, x->hpa, fetch, start_cycle);

    for (; next < end; next += m->hot.line_mask + 1) {
        struct line_access line =
            hierarchy_access(&m->caches, hpa(next), fetch, start_cycle);

        if (line.ready_cycle > last.ready_cycle)
            last = line;
    }
    x->ready_cycle = last.ready_cycle;
    x->cost.memory_cycles = (uint32_t)(last.ready_cycle - start_cycle);
    x->cost.level = (uint8_t)last.level;
}

struct xlate mmu_access(struct mmu *m, const struct access *a,
                        uint64_t start_cycle)
{
    struct walk_request request = {a->va, a->kind, a->mode, start_cycle};
    struct tlb_entry *entry = NULL;
    struct xlate x;

    if (mmu_slots_translate(m, a, start_cycle, &x)) {
        access_lines(m, &x, a->bytes, a->kind == ACCESS_FETCH);
        return x;
    }
    x = translate(m, &request, &entry);
    if (x.status != XLATE_OK)
        return x;
    if (!memory_has(m->memory, x.hpa, a->bytes)) {
        x.status = XLATE_OUTSIDE;
        return x;
    }
    access_lines(m, &x, a->bytes, a->kind == ACCESS_FETCH);
    if (entry && m->fast)
        mmu_slots_fill(m, a, entry);
    return x;
}

struct xlate mmu_peek(const struct mmu *m, gva_t va, enum access_kind kind,
                      enum access_mode mode)
{
    struct walker silent = {.memory = m->memory};
    struct walk_request request = {va, kind, mode, 0};
    const struct tlb_entry *entry = NULL;
    struct xlate x = {.status = XLATE_OK, .hpa = hpa(va.v), .page_shift = 12};
    struct walk wk;

    if (m->regime.guest) {
        entry = tlb_find(m->l1[kind == ACCESS_FETCH], va.v, &m->tags);
        if (!entry)
            entry = tlb_find(m->l2, va.v, &m->tags);
    }
    if (entry && mmu_entry_allows(m, entry, kind, mode)) {
        x = from_entry(entry, va);
    } else if (m->regime.guest || m->regime.stage2) {
        wk = m->regime.guest ? walk_linear(&silent, &m->regime, &request)
                             : walk_physical(&silent, &m->regime, &request);
        x = from_walk(&wk);
    }
    if (x.status == XLATE_OK && !memory_has(m->memory, x.hpa, 1))
        x.status = XLATE_OUTSIDE;
    return x;
}
