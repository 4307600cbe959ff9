/*
 * fault.c - demand paging and copy-on-write.
 *
 * Hardware  Intel SDM vol. 3, "Page-Fault Exceptions".
 * A page fault means: the page tables do not allow this access.  Whether the
 * program does is written in its areas.  If it does, there are three cases:
 *   - the page was never touched: fetch it (zeros, or a page of a file);
 *   - it is there but read-only, and the area may be written: somebody shares
 *     it (a forked child, the page cache), so copy it, unless we are the last;
 *   - the tables allow it already: the TLB was behind; just try again.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/space.h"
#include "workloads/kernel/tlb.h"

static uint8_t right_needed(uint64_t error)
{
    if (error & FAULT_WRITE)
        return AREA_WRITE;
    return error & FAULT_FETCH ? AREA_EXEC : AREA_READ | AREA_EXEC | AREA_WRITE;
}

/* A new entry in place of one that the TLB may hold; under Xen one call. */
static void replace(const struct pt_slot *slot, uint64_t pte, uint64_t va)
{
    kernel.pv->lazy_begin();
    pte_write(slot, pte);
    kernel.pv->flush_page(va);
    kernel.pv->lazy_end();
}

/* The page is mapped read-only and private: make it ours. */
static enum fault_result write_shared(struct space *s,
                                      const struct pt_slot *slot,
                                      const struct area *a, uva_t va)
{
    unsigned order = order_of_level(slot->level);
    uint64_t pte = pte_read(slot);
    uint64_t large = pte & PTE_LARGE;
    pfn_t old = pte_pfn(pte), copy;
    struct frame *f = frame_of(old);

    /* More rights only: who has less yet faults, and looks again. */
    if (f->refs == 1 && !(f->flags & FRAME_FIXED)) {
        replace(slot, pte | PTE_WRITE | PTE_DIRTY, va);
        return FAULT_DONE;
    }
    copy = old == kernel.frames.zero_pfn ? frame_alloc_zeroed(order)
                                         : frame_alloc(order);
    if (copy == PFN_NONE)
        return FAULT_NO_MEMORY;
    if (old != kernel.frames.zero_pfn)
        memcpy(pfn_to_va(copy), pfn_to_va(old), pt_span(slot->level));
    replace(slot, pte_make(copy, area_pte_flags(a, true) | large | PTE_DIRTY),
            va);
    tlb_flush_elsewhere(s, va);
    frame_drop(old);
    return FAULT_DONE;
}

/* What is about to be written is dirty: the CPU need not mark it then, nor a
   hypervisor that watches us wait for it to. */
static uint64_t dirty_if(bool write)
{
    return write ? PTE_DIRTY : 0;
}

/* A page of a file: the page cache's own, or a private copy to write to. */
static enum fault_result fetch_file(struct pt_slot *slot, const struct area *a,
                                    uva_t va, bool write)
{
    uint64_t page = (va - a->start + a->offset) >> PAGE_BITS;
    bool shared = (a->rights & AREA_SHARED) != 0;
    pfn_t pfn, copy;

    if (page << PAGE_BITS >= a->inode->bytes)
        return FAULT_NO_FILE;
    pfn = inode_page(a->inode, page);
    if (pfn == PFN_NONE)
        return FAULT_NO_MEMORY;
    if (write && !shared) {
        copy = frame_alloc(ORDER_4K);
        if (copy == PFN_NONE)
            return FAULT_NO_MEMORY;
        page_copy(pfn_to_va(copy), pfn_to_va(pfn));
        pfn = copy;
    } else {
        frame_hold(pfn);
    }
    pte_write(slot, pte_make(pfn, area_pte_flags(a, write || shared) |
                                      dirty_if(write)));
    return FAULT_DONE;
}

/* True if the aligned block around va lies in the area. */
static bool block_fits(const struct area *a, uva_t va, unsigned order)
{
    uint64_t span = (uint64_t)PAGE_BYTES << order;
    uva_t start = va & ~(span - 1);

    return a->start <= start && start + span <= a->end;
}

/* Zeros in one large page, if memory and the tables allow. */
static bool fetch_large(struct space *s, const struct area *a, uva_t va,
                        unsigned order)
{
    unsigned level = level_of_order(order);
    struct pt_slot slot;
    pfn_t pfn;

    if (!block_fits(a, va, order) || !pt_reach(&s->root, va, level, &slot) ||
        pte_read(&slot) != 0)
        return false;
    pfn = frame_alloc_zeroed(order);
    if (pfn == PFN_NONE)
        return false;
    pte_write(&slot, pte_make(pfn, area_pte_flags(a, true) | PTE_LARGE |
                                       dirty_if(a->rights & AREA_WRITE)));
    return true;
}

/* Zeros: the shared page of zeros while only read, else a page of its own. */
static enum fault_result fetch_zeros(struct pt_slot *slot, const struct area *a,
                                     bool write)
{
    pfn_t pfn = kernel.frames.zero_pfn;

    if (write)
        pfn = frame_alloc_zeroed(ORDER_4K);
    else
        frame_hold(pfn);
    if (pfn == PFN_NONE)
        return FAULT_NO_MEMORY;
    pte_write(slot, pte_make(pfn, area_pte_flags(a, write) | dirty_if(write)));
    return FAULT_DONE;
}

static enum fault_result fetch(struct space *s, const struct area *a, uva_t va,
                               bool write)
{
    struct pt_slot slot;

    if (!a->inode)
        for (unsigned order = a->page_order; order >= ORDER_2M; order -= 9)
            if (fetch_large(s, a, va, order))
                return FAULT_DONE;
    if (!pt_reach(&s->root, va, 1, &slot))
        return FAULT_NO_MEMORY;
    if (a->inode)
        return fetch_file(&slot, a, va, write);
    return fetch_zeros(&slot, a, write);
}

enum fault_result fault_handle(struct space *s, uva_t va, uint64_t error)
{
    struct area *a = space_find(s, va);
    struct pt_slot slot;
    uint64_t pte;

    if (!a)
        return FAULT_NO_AREA;
    if (!(a->rights & right_needed(error)))
        return FAULT_NO_RIGHTS;
    va = page_floor(va);
    slot = pt_lookup(&s->root, va);
    pte = pte_read(&slot);
    if (!pte_is_leaf(pte, slot.level))
        return fetch(s, a, va, (error & FAULT_WRITE) != 0);
    if ((error & FAULT_WRITE) && !(pte & PTE_WRITE)) {
        if (!(a->rights & AREA_SHARED))
            return write_shared(s, &slot, a, va);
        pte_write(&slot, pte | PTE_WRITE);
    }
    kernel.pv->flush_page(va);
    return FAULT_DONE;
}

/* Pages of zeros for a range below one entry of level 2 that is empty. */
static bool populate_table(const struct pt_slot *above, const struct area *a,
                           uva_t va, uva_t end)
{
    struct pt_slot slot = {above->root, frame_alloc_zeroed(ORDER_4K),
                           va >> PAGE_BITS & 511, 1};
    uint64_t flags = area_pte_flags(a, true) | PTE_DIRTY;

    if (slot.table == PFN_NONE)
        return false;
    for (; va < end; va += PAGE_BYTES, slot.index++) {
        pfn_t pfn = frame_alloc_zeroed(ORDER_4K);

        if (pfn == PFN_NONE)
            break;
        pte_fill(&slot, pte_make(pfn, flags));
    }
    pt_hang(above, slot.table);
    return va == end;
}

/* True if many pages at va may be had together: all their tables are new. */
static bool table_is_new(struct space *s, const struct area *a, uva_t va,
                         struct pt_slot *above)
{
    struct pt_slot slot = pt_lookup(&s->root, va);

    return a && a->page_order == ORDER_4K && !a->inode &&
           (a->rights & AREA_WRITE) && slot.level > 1 && pte_read(&slot) == 0 &&
           pt_reach(&s->root, va, 2, above);
}

void fault_populate(struct space *s, uva_t start, uva_t end)
{
    uva_t va = start;

    while (va < end) {
        struct area *a = space_find(s, va);
        uint64_t error = a && a->rights & AREA_WRITE ? FAULT_WRITE : 0;
        struct pt_slot slot;
        uva_t next;

        if (table_is_new(s, a, va, &slot)) {
            next = u64_min((va & ~(pt_span(2) - 1)) + pt_span(2),
                           u64_min(end, a->end));
            if (!populate_table(&slot, a, va, next))
                return;
            va = next;
            continue;
        }
        slot = pt_lookup(&s->root, va);
        if (!pte_is_leaf(pte_read(&slot), slot.level) &&
            fault_handle(s, va, error) != FAULT_DONE)
            return;
        slot = pt_lookup(&s->root, va);
        va = (va & ~(pt_span(slot.level) - 1)) + pt_span(slot.level);
    }
}
