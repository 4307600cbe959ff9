/*
 * pagetable.c - walks, changes and visits of page tables.
 */
#include "workloads/kernel/pagetable.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

enum { ROOT_LEVEL = 4, TABLE_ENTRIES = 512 };

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

uint64_t pte_read(const struct pt_slot *slot)
{
    const volatile uint64_t *table = pfn_to_va(slot->table);

    return table[slot->index];
}

void pte_write(const struct pt_slot *slot, uint64_t value)
{
    struct frame *f = frame_of(slot->table);
    uint64_t old = pte_read(slot);

    if (old == 0 && value != 0)
        f->entries++;
    else if (old != 0 && value == 0)
        f->entries--;
    kernel.pv->pte_set(slot, value);
}

uint64_t pte_make(pfn_t pfn, uint64_t flags)
{
    return (kernel.pv->pfn_to_machine(pfn) << PAGE_BITS) | flags;
}

pfn_t pte_pfn(uint64_t pte)
{
    return kernel.pv->machine_to_pfn((pte & PTE_ADDRESS) >> PAGE_BITS);
}

static uint16_t index_of(uint64_t va, unsigned level)
{
    return (va >> (PAGE_BITS + 9 * (level - 1))) & (TABLE_ENTRIES - 1);
}

static struct pt_slot root_slot(struct pt_root *root, uint64_t va)
{
    return (struct pt_slot){root, root->pfn, index_of(va, ROOT_LEVEL),
                            ROOT_LEVEL};
}

/* From an entry that points to a table to the entry for va in that table. */
static struct pt_slot slot_below(const struct pt_slot *s, uint64_t pte,
                                 uint64_t va)
{
    uint8_t level = (uint8_t)(s->level - 1);

    return (struct pt_slot){s->root, pte_pfn(pte), index_of(va, level), level};
}

struct pt_slot pt_lookup(struct pt_root *root, uint64_t va)
{
    struct pt_slot s = root_slot(root, va);
    uint64_t pte = pte_read(&s);

    while ((pte & PTE_PRESENT) && !pte_is_leaf(pte, s.level)) {
        s = slot_below(&s, pte, va);
        pte = pte_read(&s);
    }
    return s;
}

void pte_fill(const struct pt_slot *slot, uint64_t value)
{
    volatile uint64_t *table = pfn_to_va(slot->table);

    frame_of(slot->table)->entries++;
    table[slot->index] = value;
}

uint64_t pt_hang(const struct pt_slot *s, pfn_t table)
{
    uint64_t pte = pte_make(table, TABLE_FLAGS);

    frame_of(table)->flags |= FRAME_TABLE;
    kernel.pv->table_new(s->root, table, s->level - 1u);
    pte_write(s, pte);
    return pte;
}

/* Hangs a new empty table below an empty entry; its new value, 0: no memory. */
static uint64_t add_table(const struct pt_slot *s)
{
    pfn_t table = frame_alloc_zeroed(ORDER_4K);

    return table == PFN_NONE ? 0 : pt_hang(s, table);
}

static void free_table(struct pt_root *root, pfn_t table, unsigned level)
{
    kernel.pv->table_free(root, table, level);
    frame_of(table)->flags &= (uint8_t)~FRAME_TABLE;
    frame_drop(table);
}

bool pt_reach(struct pt_root *root, uint64_t va, unsigned level,
              struct pt_slot *slot)
{
    struct pt_slot s = root_slot(root, va);

    while (s.level > level) {
        uint64_t pte = pte_read(&s);

        if (pte_is_leaf(pte, s.level))
            return false;
        if (!(pte & PTE_PRESENT))
            pte = add_table(&s);
        if (pte == 0)
            return false;
        s = slot_below(&s, pte, va);
    }
    *slot = s;
    return true;
}

/*
 * Replaces a large leaf by a table of 512 leaves of the next level.  A block
 * that others share is copied first, so that its parts have one owner each.
 */
static bool split(const struct pt_slot *s)
{
    uint64_t pte = pte_read(s), flags = pte & ~PTE_ADDRESS;
    unsigned part_order = order_of_level(s->level - 1u);
    pfn_t block = pte_pfn(pte), table = frame_alloc_zeroed(ORDER_4K);
    struct pt_slot part = {s->root, table, 0, (uint8_t)(s->level - 1)};

    if (table == PFN_NONE)
        return false;
    if (frame_of(block)->refs > 1) {
        pfn_t copy = frame_alloc(order_of_level(s->level));

        if (copy == PFN_NONE) {
            frame_drop(table);
            return false;
        }
        memcpy(pfn_to_va(copy), pfn_to_va(block), pt_span(s->level));
        frame_drop(block);
        block = copy;
    }
    frame_split(block, part_order);
    if (part.level == 1)
        flags &= ~(uint64_t)PTE_LARGE;
    for (; part.index < TABLE_ENTRIES; part.index++)
        pte_fill(&part,
                 pte_make(block + ((pfn_t)part.index << part_order), flags));
    pt_hang(s, table);
    return true;
}

bool pt_split_at(struct pt_root *root, uint64_t va)
{
    while (va < USER_END) {
        struct pt_slot s = pt_lookup(root, va);
        uint64_t pte = pte_read(&s);

        if (s.level == 1 || !pte_is_leaf(pte, s.level) ||
            (va & (pt_span(s.level) - 1)) == 0)
            return true;
        if (!split(&s))
            return false;
    }
    return true;
}

struct visit {
    struct pt_range range;
    pt_visitor *visit;
    void *context;
};

static bool visit_table(const struct visit *v, const struct pt_slot *first,
                        uint64_t va);

/* One entry that is not empty: a leaf, or a table to go down into. */
static bool visit_entry(const struct visit *v, const struct pt_slot *s,
                        uint64_t va)
{
    uint64_t pte = pte_read(s);
    struct pt_slot below;
    bool go_on;

    if (pte_is_leaf(pte, s->level))
        return va < v->range.from || v->visit(s, va, v->context);
    below = slot_below(s, pte, u64_max(va, v->range.from));
    go_on = visit_table(v, &below, va);
    if (frame_of(below.table)->entries == 0) {
        pte_write(s, 0);
        free_table(s->root, below.table, below.level);
    }
    return go_on;
}

/*
 * Entries of one table, from the one for range.from to the one before
 * range.to; va is the table's.  Most tables are nearly empty: the count of
 * entries in use says when all that are were seen (those before the first are
 * counted too: then it does not stop early).
 */
static bool visit_table(const struct visit *v, const struct pt_slot *first,
                        uint64_t va)
{
    const volatile uint64_t *table = pfn_to_va(first->table);
    uint64_t span = pt_span(first->level);
    uint64_t end = u64_min((v->range.to - va + span - 1) / span, TABLE_ENTRIES);
    unsigned left = frame_of(first->table)->entries;
    struct pt_slot s = *first;

    for (uint64_t i = s.index; i < end && left > 0; i++) {
        if (table[i] == 0)
            continue;
        s.index = (uint16_t)i;
        if (!visit_entry(v, &s, va + i * span))
            return false;
        left--;
    }
    return true;
}

bool pt_visit(struct pt_root *root, struct pt_range range, pt_visitor *visit,
              void *context)
{
    struct visit v = {range, visit, context};
    struct pt_slot first = root_slot(root, range.from);

    if (range.from >= range.to)
        return true;
    return visit_table(&v, &first, 0);
}
