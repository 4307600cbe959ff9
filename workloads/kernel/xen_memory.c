/*
 * xen_memory.c - the kernel's page tables under Xen.
 *
 * Source  Xen public xen.h, "mmu_update": tables must be mapped read-only
 *         everywhere, and each entry names a machine frame of ours.
 *
 * Xen's first tables map the start of memory at KERNEL_BASE; we keep them as
 * the kernel's root and add the direct map of all RAM.  Its tables are filled
 * as plain memory, one at a time, through one window page, and become tables
 * when the root first points to them: then Xen checks every entry.  They map
 * themselves, and Xen's first tables, read-only from the beginning.
 *
 * What the first tables map beyond the image is unmapped: a page that is to be
 * a table later must be writable nowhere.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/pagetable.h"
#include "workloads/kernel/xen_guest.h"

enum { ENTRIES = 512, CHUNK_BYTES = 1 << 21 };

#define PAGE_FLAGS  (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_NX)
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

extern char kernel_image_start[], kernel_image_end[];

void xen_set_mapping(uint64_t va, uint64_t pte)
{
    if (xen_call3(__HYPERVISOR_update_va_mapping, va, pte, UVMF_INVLPG) < 0)
        panic("xen: cannot map va 0x%lx", va);
}

/* One of Xen's first tables: mapped at KERNEL_BASE, later with all RAM. */
static const uint64_t *first_table(pfn_t pfn)
{
    if (kernel.kernel_root.pfn)
        return pfn_to_va(pfn);
    return (const uint64_t *)(KERNEL_BASE + (pfn << PAGE_BITS));
}

static pfn_t first_root(void)
{
    return (xen_guest.start->pt_base - KERNEL_BASE) >> PAGE_BITS;
}

/* Entry that maps va at a level of the first tables; its machine address. */
static uint64_t first_entry(uint64_t va, unsigned level, uint64_t *machine)
{
    const uint64_t *table = first_table(first_root());
    uint64_t frame = xen_pfn_to_machine(first_root());
    uint64_t index = va >> (PAGE_BITS + 27) & (ENTRIES - 1);

    for (unsigned l = 4; l > level; l--) {
        uint64_t entry = table[index];

        if (!(entry & PTE_PRESENT))
            return 0;
        frame = (entry & PTE_ADDRESS) >> PAGE_BITS;
        table = first_table(xen_machine_to_pfn(frame));
        index = va >> (PAGE_BITS + 9 * (l - 2)) & (ENTRIES - 1);
    }
    *machine = (frame << PAGE_BITS) + index * sizeof(uint64_t);
    return table[index];
}

/* Takes away Xen's first mapping of from .. to-1; whole 2M pieces at once. */
static void unmap_first(uint64_t from, uint64_t to)
{
    while (from < to) {
        bool chunk = from % CHUNK_BYTES == 0 && to - from >= CHUNK_BYTES;
        uint64_t machine;

        if (first_entry(from, chunk ? 2 : 1, &machine) & PTE_PRESENT)
            xen_queue_update(machine, 0);
        from += chunk ? CHUNK_BYTES : PAGE_BYTES;
    }
    xen_queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
    xen_queue_flush();
}

struct direct_map {
    uint64_t window;              /* va of the page that we fill through */
    struct pfn_range tables;      /* level 1 first, then 2, then one of 3 */
    struct pfn_range xens_tables; /* that Xen made */
    uint64_t pages, l1_count, l2_count;
};

static uint64_t *open_window(const struct direct_map *m, pfn_t table)
{
    xen_set_mapping(m->window,
                    xen_pfn_to_machine(table) << PAGE_BITS | PAGE_FLAGS);
    return (uint64_t *)m->window;
}

/* Entries for pages that are tables themselves: Xen refuses writable ones. */
static void protect_tables(uint64_t *table, pfn_t first,
                           const struct pfn_range *tables)
{
    pfn_t from = u64_max(first, tables->first);
    pfn_t end = u64_min(first + ENTRIES, tables->end);

    for (; from < end; from++)
        table[from - first] &= ~(uint64_t)PTE_WRITE;
}

/* A level-1 table: 512 frames, read-only where they are tables. */
static void fill_pages(const struct direct_map *m, uint64_t number)
{
    uint64_t *table = open_window(m, m->tables.first + number);
    pfn_t first = number * ENTRIES;
    uint64_t count = u64_min(m->pages - first, ENTRIES);
    const uint64_t *p2m = xen_guest.p2m + first;

    for (uint64_t i = 0; i < count; i++)
        table[i] = p2m[i] << PAGE_BITS | PAGE_FLAGS;
    for (uint64_t i = count; i < ENTRIES; i++)
        table[i] = 0;
    protect_tables(table, first, &m->tables);
    protect_tables(table, first, &m->xens_tables);
}

/* A table that points to tables child .. end-1. */
static void fill_tables(const struct direct_map *m, pfn_t table, pfn_t child,
                        pfn_t end)
{
    uint64_t *entries = open_window(m, table);

    for (unsigned i = 0; i < ENTRIES; i++, child++)
        entries[i] = child < end
                         ? xen_pfn_to_machine(child) << PAGE_BITS | TABLE_FLAGS
                         : 0;
}

static void build_direct_map(struct direct_map *m)
{
    pfn_t l2 = m->tables.first + m->l1_count;
    pfn_t l3 = l2 + m->l2_count;

    for (uint64_t i = 0; i < m->l1_count; i++)
        fill_pages(m, i);
    for (uint64_t i = 0; i < m->l2_count; i++) {
        pfn_t child = m->tables.first + i * ENTRIES;

        fill_tables(m, l2 + i, child,
                    l2 - child < ENTRIES ? l2 : child + ENTRIES);
    }
    fill_tables(m, l3, l2, l3);
    xen_set_mapping(m->window, 0);
}

/* Hangs the direct map into the root; Xen validates it now. */
static void hook_direct_map(const struct direct_map *m)
{
    uint64_t l3 = xen_pfn_to_machine(m->tables.end - 1) << PAGE_BITS;
    uint64_t machine;

    first_entry(DIRECT_MAP_BASE, 4, &machine);
    xen_queue_update(machine, l3 | TABLE_FLAGS);
    xen_queue_flush();
}

/* From Xen's first mapping to the same page in the direct map. */
static void *move_pointer(const void *p)
{
    return (void *)((uint64_t)p - KERNEL_BASE + DIRECT_MAP_BASE);
}

void xen_map_memory(struct boot_info *b)
{
    const struct start_info *si = xen_guest.start;
    pfn_t first_tables = first_root();
    uint64_t stack = si->pt_base + si->nr_pt_frames * PAGE_BYTES;
    uint64_t region_end =
        (stack + PAGE_BYTES + 0x80000 + 0x3fffff) & ~(uint64_t)0x3fffff;
    struct direct_map m = {
        .window = stack, /* we have a stack of our own */
        .xens_tables = {first_tables, first_tables + si->nr_pt_frames},
        .pages = b->end_pfn,
        .l1_count = (b->end_pfn + ENTRIES - 1) / ENTRIES,
    };

    m.l2_count = (m.l1_count + ENTRIES - 1) / ENTRIES;
    unmap_first(KERNEL_BASE, (uint64_t)kernel_image_start);
    unmap_first(stack + PAGE_BYTES, region_end);
    m.tables.first = boot_take_frames(b, m.l1_count + m.l2_count + 1);
    m.tables.end = m.tables.first + m.l1_count + m.l2_count + 1;
    xen_guest.direct_l1 = m.tables.first;
    build_direct_map(&m);
    hook_direct_map(&m);
    kernel.kernel_root.pfn = first_tables;
    kernel.kernel_root.pinned = true;
    xen_guest.p2m = move_pointer(xen_guest.p2m);
    xen_guest.start = move_pointer(si);
    if (xen_guest.ring)
        xen_guest.ring = move_pointer(xen_guest.ring);
    unmap_first((uint64_t)kernel_image_end, stack);
}
