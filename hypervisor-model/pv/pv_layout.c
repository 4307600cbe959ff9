/*
 * pv_layout.c - the bootstrap region of a new domain.
 *
 * Source  Xen public xen.h, "Start-of-day memory layout" and its numbered
 *         rules; elfnote.h (VIRT_BASE).
 */
#include <inttypes.h>

#include "hypervisor-model/pv/pv_build.h"

enum { PADDING_BYTES = 512 * 1024, REGION_ALIGN_BYTES = 4 * 1024 * 1024 };

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* One pfn beyond the kernel image; false: a segment is below virt_base. */
static bool image_end(const struct vm_boot *boot, uint64_t *end)
{
    *end = 0;
    for (unsigned i = 0; i < boot->segment_count; i++) {
        const struct vm_segment *s = &boot->segments[i];
        uint64_t last = s->va - boot->pv_virt_base + s->memory_bytes;

        if (s->va < boot->pv_virt_base || last < s->memory_bytes)
            return false;
        if (pages_of(last) > *end)
            *end = pages_of(last);
    }
    return *end != 0;
}

/* Tables of each level that map [virt_base, + pages). */
static uint64_t count_tables(struct pv_layout *l, uint64_t pages)
{
    uint64_t first = l->virt_base;
    uint64_t last = first + pages * PAGE_BYTES - 1;
    uint64_t total = 1;

    l->table_pages[4] = 1;
    for (unsigned level = 1; level <= 3; level++) {
        unsigned shift = PAGE_SHIFT + 9 * level;

        l->table_pages[level] = (last >> shift) - (first >> shift) + 1;
        total += l->table_pages[level];
    }
    return total;
}

enum status pv_layout_plan(struct pv_layout *l, const struct pv_domain *d,
                           const struct vm_boot *boot, struct error *e)
{
    const uint64_t align = REGION_ALIGN_BYTES / PAGE_BYTES;
    uint64_t next, tables = 0, needed = 4;

    *l = (struct pv_layout){.virt_base = boot->pv_virt_base};
    if (!image_end(boot, &next))
        return error_set(e, STATUS_FILE,
                         "kernel: no segments at its pv virtual base");
    l->initrd = next;
    l->initrd_pages = pages_of(boot->initrd_bytes);
    l->p2m = l->initrd + l->initrd_pages;
    l->p2m_pages = pages_of(d->frames * 8);
    l->start_info = l->p2m + l->p2m_pages;
    l->store = l->start_info + 1;
    l->console = l->store + 1;
    l->tables = l->console + 1;
    while (tables != needed) { /* grows until the tables map themselves */
        tables = needed;
        l->stack = l->tables + tables;
        l->end = l->stack + 1 + PADDING_BYTES / PAGE_BYTES;
        l->end = (l->end + align - 1) / align * align;
        needed = count_tables(l, l->end);
        if (needed < tables)
            needed = tables;
    }
    if (l->end > d->frames)
        return error_set(e, STATUS_USAGE,
                         "memory: pv needs at least %" PRIu64
                         "M for this kernel and its files",
                         l->end / 256);
    if (l->virt_base + l->end * PAGE_BYTES < l->virt_base)
        return error_set(e, STATUS_USAGE,
                         "memory: too large for the pv start-of-day region");
    return STATUS_OK;
}
