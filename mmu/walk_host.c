/*
 * walk_host.c - the second dimension: guest-physical to host-physical.
 */
#include <stddef.h>

#include "mmu/pt_edit.h"
#include "mmu/walk.h"

/* What the levels so far of one second-stage walk came to. */
struct host_walk {
    gpa_t a;
    uint32_t need; /* EPTQ_* */
    unsigned top, level;
    hpa_t table;
    unsigned perm; /* PERM_HOST_R, _W, _X of all entries */
    hpa_t entry_at[PT_MAX_LEVELS + 1];
    uint64_t entry[PT_MAX_LEVELS + 1];
    uint8_t perm_at[PT_MAX_LEVELS + 1];
};

static struct tlb_tags host_tags(const struct walk *wk)
{
    return (struct tlb_tags){.vpid = wk->tags.vpid & TLB_THREAD,
                             .root = wk->tags.root};
}

static unsigned perm_of(uint64_t entry)
{
    return (entry & EPT_R ? PERM_HOST_R : 0u) |
           (entry & EPT_W ? PERM_HOST_W : 0u) |
           (entry & EPT_X ? PERM_HOST_X : 0u);
}

/* Drops what a violation or misconfiguration says must not be used again. */
static void forget(struct walker *w, const struct walk *wk, gpa_t a)
{
    struct tlb_scope scope = {.by_root = true, .tags = host_tags(wk)};

    if (w->ntlb)
        tlb_flush_page(w->ntlb, a.v, &scope);
    if (w->psc_host)
        psc_flush_address(w->psc_host, wk->regime->stage2, a.v, &scope);
}

static bool fail(struct walker *w, struct walk *wk, gpa_t a,
                 enum xlate_status status, uint32_t qualification)
{
    forget(w, wk, a);
    wk->status = status;
    wk->fault_gpa = a;
    wk->error_code = qualification;
    return false;
}

/* perm: what the entries read so far allow. */
static bool violation(struct walker *w, struct walk *wk,
                      const struct host_walk *hw, unsigned perm)
{
    uint32_t allowed = (perm & PERM_HOST_R ? EPTQ_READABLE : 0u) |
                       (perm & PERM_HOST_W ? EPTQ_WRITABLE : 0u) |
                       (perm & PERM_HOST_X ? EPTQ_EXECUTABLE : 0u);

    return fail(w, wk, hw->a, XLATE_STAGE2_VIOLATION,
                hw->need | allowed | EPTQ_GVA_VALID);
}

static void note_ntlb(const struct tlb *ntlb, gpa_t a,
                      const struct tlb_entry *entry)
{
    if (entry)
        place_log_hit(ntlb->log, tlb_place(ntlb, entry),
                      tlb_address(ntlb, entry));
    else
        place_log_miss(ntlb->log, a.v);
}

static bool find_in_ntlb(struct walker *w, struct walk *wk, gpa_t a,
                         uint32_t need, struct host_page *page)
{
    struct tlb_tags tags = host_tags(wk);
    struct tlb_entry *entry = w->ntlb ? tlb_find(w->ntlb, a.v, &tags) : NULL;

    if (entry && !perm_host_allows(entry->perm, need, wk->regime->stage2_ad)) {
        tlb_drop(w->ntlb, entry);
        entry = NULL;
    }
    if (w->counters)
        counter_add(w->counters, entry ? COUNTER_NTLB_HIT : COUNTER_NTLB_MISS,
                    1);
    if (w->ntlb && w->ntlb->log)
        note_ntlb(w->ntlb, a, entry);
    if (!entry)
        return false;
    tlb_touch(w->ntlb, entry);
    page->shift = (uint8_t)page_size_shift((enum page_size)entry->size);
    page->hpa = hpa(entry->frame | (a.v & (((uint64_t)1 << page->shift) - 1)));
    page->perm = entry->perm;
    walk_note_known(w, wk,
                    &(struct walk_place){wk->regime->stage2, 0, a.v, hpa(0)},
                    page->hpa.v);
    return true;
}

/* Starts at the lowest cached table that does not deny the access. */
static void start(struct walker *w, const struct walk *wk, struct host_walk *hw)
{
    const struct pt_geom *g = wk->regime->stage2;
    struct tlb_tags tags = host_tags(wk);

    hw->top = hw->level = g->levels;
    hw->table = hpa(wk->regime->stage2_root.v & PTE_ADDRESS);
    hw->perm = PERM_HOST_R | PERM_HOST_W | PERM_HOST_X;
    for (unsigned level = 2; w->psc_host && level <= g->levels; level++) {
        const struct psc_entry *entry =
            psc_find(w->psc_host, g, level, hw->a.v, &tags);

        if (!entry || !perm_host_allows(entry->perm, hw->need, false))
            continue;
        psc_touch(w->psc_host, level, entry);
        counter_add(w->counters, COUNTER_PSC_HOST_HIT, 1);
        hw->top = hw->level = level - 1;
        hw->table = hpa(entry->table);
        hw->perm = entry->perm;
        walk_note_known(w, wk, &(struct walk_place){g, level, hw->a.v, hpa(0)},
                        entry->table);
        return;
    }
    psc_missed(w->psc_host, hw->a.v);
}

/* Reads entries down to the page.  False: violation or misconfiguration. */
static bool descend(struct walker *w, struct walk *wk, struct host_walk *hw)
{
    const struct pt_geom *g = wk->regime->stage2;

    for (;; hw->level--) {
        unsigned level = hw->level;
        hpa_t at = hpa_add(hw->table, pt_entry_offset(g, level, hw->a.v));
        uint64_t entry =
            walk_reference(w, wk, &(struct walk_place){g, level, hw->a.v, at});

        if (!pt_present(g, entry))
            return violation(w, wk, hw, 0);
        if (pt_misconfigured(g, level, entry))
            return fail(w, wk, hw->a, XLATE_STAGE2_MISCONFIG, 0);
        hw->perm &= perm_of(entry);
        hw->entry_at[level] = at;
        hw->entry[level] = entry;
        hw->perm_at[level] = (uint8_t)hw->perm;
        if (pt_is_leaf(g, level, entry))
            return perm_host_allows(hw->perm, hw->need, false) ||
                   violation(w, wk, hw, hw->perm);
        hw->table = hpa(pt_address(g, level, entry, false));
    }
}

static void set_flags(struct walker *w, struct walk *wk,
                      const struct host_walk *hw)
{
    uint64_t leaf_bits = EPT_A | (hw->need & EPTQ_WRITE ? EPT_D : 0);

    if (!wk->regime->stage2_ad)
        return;
    for (unsigned level = hw->top; level >= hw->level; level--) {
        struct walk_place place = {wk->regime->stage2, level, hw->a.v,
                                   hw->entry_at[level]};

        walk_set_flags(w, wk, &place, level == hw->level ? leaf_bits : EPT_A);
    }
}

static struct host_page page_of(const struct walk *wk,
                                const struct host_walk *hw)
{
    const struct pt_geom *g = wk->regime->stage2;
    uint64_t leaf = hw->entry[hw->level];
    bool dirty =
        !wk->regime->stage2_ad || (leaf & EPT_D) || (hw->need & EPTQ_WRITE);

    return (struct host_page){
        .hpa = hpa(pt_address(g, hw->level, leaf, true) |
                   (hw->a.v & (pt_span_bytes(g, hw->level) - 1))),
        .shift = (uint8_t)pt_shift(g, hw->level),
        .perm = (uint8_t)(hw->perm | (dirty ? PERM_HOST_D : 0u)),
    };
}

/* Paging-structure caches, from the tables that were passed. */
static void remember_tables(struct walker *w, const struct walk *wk,
                            const struct host_walk *hw)
{
    const struct pt_geom *g = wk->regime->stage2;

    for (unsigned level = hw->top; level > hw->level; level--) {
        struct psc_entry entry = {
            .table = pt_address(g, level, hw->entry[level], false),
            .root = wk->tags.root,
            .vpid = wk->tags.vpid & TLB_THREAD,
            .perm = hw->perm_at[level],
        };

        psc_fill(w->psc_host, g, level, hw->a.v, &entry);
    }
}

static void remember_page(struct walker *w, const struct walk *wk, gpa_t a,
                          const struct host_page *page)
{
    uint64_t offset_mask = ((uint64_t)1 << page->shift) - 1;
    struct tlb_tags tags = host_tags(wk);
    struct tlb_entry model = {
        .frame = page->hpa.v & ~offset_mask,
        .gpa = a.v & ~offset_mask,
        .size = (uint8_t)page_size_within(page->shift),
        .span = page->shift,
        .perm = page->perm,
    };

    tlb_fill(w->ntlb, a.v, &tags, &model, true);
}

bool walk_host(struct walker *w, struct walk *wk, gpa_t a, uint32_t need,
               struct host_page *page)
{
    struct host_walk hw = {.a = a, .need = need};

    if (find_in_ntlb(w, wk, a, need, page))
        return true;
    start(w, wk, &hw);
    if (!descend(w, wk, &hw))
        return false;
    set_flags(w, wk, &hw);
    *page = page_of(wk, &hw);
    if (w->psc_host)
        remember_tables(w, wk, &hw);
    if (w->ntlb)
        remember_page(w, wk, a, page);
    return true;
}
