/*
 * area.c - the list of areas of an address space, and what happens to page
 * tables when it changes.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/space.h"
#include "workloads/kernel/tlb.h"

#define MMAP_TOP   0x00007ffff0000000u /* below it mappings grow downwards */
#define MMAP_FLOOR 0x10000u

uint64_t area_pte_flags(const struct area *a, bool writable)
{
    uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED;

    if (writable && (a->rights & AREA_WRITE))
        flags |= PTE_WRITE;
    if (!(a->rights & AREA_EXEC) && kernel.cpu.nx)
        flags |= PTE_NX;
    return flags;
}

struct area *space_find(struct space *s, uva_t va)
{
    struct area *a = s->areas;

    while (a && a->end <= va)
        a = a->next;
    return a && a->start <= va ? a : NULL;
}

static bool joins(const struct area *low, const struct area *high)
{
    return low->end == high->start && low->rights == high->rights &&
           low->page_order == high->page_order && low->inode == high->inode &&
           (!low->inode ||
            low->offset + (low->end - low->start) == high->offset);
}

static void area_free(struct area *a)
{
    if (a->inode)
        inode_drop(a->inode);
    heap_free(a, sizeof *a);
}

/* The link that points to the first area at or above va. */
static struct area **link_at(struct space *s, uva_t va)
{
    struct area **link = &s->areas;

    while (*link && (*link)->start < va)
        link = &(*link)->next;
    return link;
}

bool space_add(struct space *s, const struct area *a)
{
    struct area **link = &s->areas, *before = NULL, *n;

    while (*link && (*link)->start < a->start) {
        before = *link;
        link = &before->next;
    }
    if (before && joins(before, a)) {
        before->end = a->end;
        return true;
    }
    if (*link && joins(a, *link)) {
        (*link)->start = a->start;
        (*link)->offset = a->offset;
        return true;
    }
    n = heap_alloc(sizeof *n);
    if (!n)
        return false;
    *n = *a;
    if (n->inode)
        inode_hold(n->inode);
    n->next = *link;
    *link = n;
    return true;
}

bool space_cut(struct space *s, uva_t va)
{
    struct area *low = space_find(s, va), *high;

    if (!low || low->start == va)
        return true;
    high = heap_alloc(sizeof *high);
    if (!high)
        return false;
    *high = *low;
    high->start = va;
    high->offset += va - low->start;
    if (high->inode)
        inode_hold(high->inode);
    low->end = va;
    low->next = high;
    return true;
}

void space_join(struct area *a)
{
    while (a->next && joins(a, a->next)) {
        struct area *high = a->next;

        a->end = high->end;
        a->next = high->next;
        area_free(high);
    }
}

static bool drop_page(const struct pt_slot *slot, uint64_t va, void *context)
{
    pfn_t pfn = pte_pfn(pte_read(slot));

    pte_write(slot, 0);
    frame_drop(pfn);
    tlb_batch_add(context, va);
    return true;
}

/* Empties the tables over a range whose ends no large page crosses. */
static void unmap_pages(struct space *s, uva_t start, uva_t end)
{
    struct tlb_batch batch = {.space = s};
    struct pt_range range = {start, end};

    kernel.pv->lazy_begin();
    pt_visit(&s->root, range, drop_page, &batch);
    tlb_batch_flush(&batch);
    kernel.pv->lazy_end();
}

void space_discard(struct space *s, uva_t start, uva_t end)
{
    if (pt_split_at(&s->root, start) && pt_split_at(&s->root, end))
        unmap_pages(s, start, end);
}

bool space_remove(struct space *s, uva_t start, uva_t end)
{
    struct area **link;

    if (!space_cut(s, start) || !space_cut(s, end) ||
        !pt_split_at(&s->root, start) || !pt_split_at(&s->root, end))
        return false;
    unmap_pages(s, start, end);
    link = link_at(s, start);
    while (*link && (*link)->start < end) {
        struct area *a = *link;

        *link = a->next;
        area_free(a);
    }
    return true;
}

struct protect_context {
    const struct area *area;
    struct tlb_batch batch;
};

/*
 * A right taken away must show in the entry at once.  One given may wait for
 * a fault, and the right to write must: the page may be shared.
 */
static bool protect_page(const struct pt_slot *slot, uint64_t va, void *context)
{
    struct protect_context *p = context;
    uint64_t old = pte_read(slot);
    uint64_t keep = old & (PTE_ADDRESS | PTE_DIRTY | PTE_LARGE);
    uint64_t pte = keep | area_pte_flags(p->area, (old & PTE_WRITE) != 0);

    if (!(p->area->rights & (AREA_READ | AREA_WRITE | AREA_EXEC)))
        pte = keep | PTE_HIDDEN;
    if (pte == old)
        return true;
    pte_write(slot, pte);
    tlb_batch_add(&p->batch, va);
    return true;
}

bool space_covers(struct space *s, uva_t start, uva_t end)
{
    while (start < end) {
        struct area *a = space_find(s, start);

        if (!a)
            return false;
        start = a->end;
    }
    return true;
}

bool space_protect(struct space *s, uva_t start, uva_t end, uint8_t rights)
{
    struct protect_context p = {.batch = {.space = s}};

    if (!space_covers(s, start, end) || !space_cut(s, start) ||
        !space_cut(s, end) || !pt_split_at(&s->root, start) ||
        !pt_split_at(&s->root, end))
        return false;
    kernel.pv->lazy_begin();
    for (struct area *a = *link_at(s, start); a && a->start < end;
         a = a->next) {
        struct pt_range range = {a->start, a->end};

        a->rights = rights | (a->rights & AREA_SHARED);
        p.area = a;
        pt_visit(&s->root, range, protect_page, &p);
    }
    tlb_batch_flush(&p.batch);
    kernel.pv->lazy_end();
    return true;
}

bool space_is_free(struct space *s, uva_t start, uva_t end)
{
    struct area *a = s->areas;

    while (a && a->end <= start)
        a = a->next;
    return !a || a->start >= end;
}

uva_t space_hole(struct space *s, uint64_t bytes, uint64_t align)
{
    uva_t best = 0, from = MMAP_FLOOR;

    for (struct area *a = s->areas;; a = a->next) {
        uva_t to = u64_min(a ? a->start : MMAP_TOP, MMAP_TOP);
        uva_t at = to > bytes ? (to - bytes) & ~(align - 1) : 0;

        if (at >= from && at >= u64_max(s->brk, MMAP_FLOOR))
            best = at;
        if (!a)
            return best;
        from = u64_max(from, a->end);
    }
}
