/*
 * pv_xen_area.c - Xen's own part of every address space.
 *
 * Source  Xen public arch-x86/xen-x86_64.h (HYPERVISOR_VIRT_START,
 *         MACH2PHYS_VIRT_START, the flat selectors), arch-x86/xen.h
 *         (FIRST_RESERVED_GDT_PAGE).
 * Model   real tables in machine memory under root slots 256..271, the same
 *         in every root table of the domain: slot 256 maps the M2P table
 *         read-only to the guest, slot 260 maps each vCPU's GDT (14 pages of
 *         the guest's, then Xen's) for the hardware only.
 * NOT MODELLED  Xen's code and data: the hypervisor is C, its memory
 *         accesses are charged by physical address.
 */
#include "hypervisor-model/pv/pv_build.h"

#define PERDOMAIN_ADDRESS                                                      \
    (HYPERVISOR_VIRT_START +                                                   \
     ((uint64_t)(XEN_L4_PERDOMAIN - XEN_L4_FIRST) << 39))

static enum status no_frames(struct error *e)
{
    return error_set(e, STATUS_MEMORY,
                     "pv: the host has no frames for the hypervisor's tables");
}

/* A new table, linked into entry index of its parent. */
static bool new_table(struct pv_domain *d, hfn_t parent, uint64_t index,
                      hfn_t *table)
{
    if (!frame_alloc(d->vm->hv, table))
        return false;
    memory_write64(d->dram, hpa_add(hfn_to_hpa(parent), index * 8),
                   hfn_to_hpa(*table).v | PTE_P | PTE_W | PTE_U | PTE_A);
    return true;
}

/* M2P: 8 bytes per frame of DRAM, mapped by 2M pages the guest may read. */
static bool map_m2p(struct pv_domain *d, hfn_t l3)
{
    const uint64_t leaf = PTE_P | PTE_U | PTE_A | PTE_PS | PTE_G | PTE_NX;
    uint64_t bytes = d->dram->bytes / PAGE_BYTES * 8;
    uint64_t pages = (bytes + (1 << 21) - 1) >> 21;
    hfn_t first, l2 = hfn(0);

    if (!frame_alloc_range(d->vm->hv, pages * 512, 512, &first))
        return false;
    d->m2p = hfn_to_hpa(first);
    for (uint64_t i = 0; i < pages; i++) {
        if (i % 512 == 0 && !new_table(d, l3, i / 512, &l2))
            return false;
        memory_write64(d->dram, hpa_add(hfn_to_hpa(l2), i % 512 * 8),
                       (d->m2p.v + (i << 21)) | leaf);
    }
    return true;
}

uint64_t pv_gdt_address(unsigned vcpu)
{
    return PERDOMAIN_ADDRESS + vcpu * PV_GDT_PAGES * PAGE_BYTES;
}

void pv_map_gdt_page(struct pv_domain *d, unsigned vcpu, unsigned page,
                     hfn_t frame)
{
    uint64_t index = (uint64_t)vcpu * PV_GDT_PAGES + page;
    uint64_t entry =
        frame.v ? hfn_to_hpa(frame).v | PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX
                : 0;

    memory_write64(d->dram, hpa_add(hfn_to_hpa(d->gdt_l1), index * 8), entry);
}

/* Xen's own descriptors: 32-bit code, data, 64-bit code, all ring 3. */
static void put_descriptors(struct pv_domain *d)
{
    hpa_t page = hfn_to_hpa(d->xen_gdt);

    memory_write64(d->dram, hpa_add(page, 0x20), 0x00cffb000000ffffu);
    memory_write64(d->dram, hpa_add(page, 0x28), 0x00cff3000000ffffu);
    memory_write64(d->dram, hpa_add(page, 0x30), 0x00affb000000ffffu);
}

enum status pv_build_xen_area(struct pv_domain *d, struct error *e)
{
    const uint64_t flags = PTE_P | PTE_W | PTE_U | PTE_A;
    hfn_t m2p_l3, l3, l2;

    if (!frame_alloc(d->vm->hv, &m2p_l3) || !map_m2p(d, m2p_l3) ||
        !frame_alloc(d->vm->hv, &l3) || !new_table(d, l3, 0, &l2) ||
        !new_table(d, l2, 0, &d->gdt_l1) ||
        !frame_alloc(d->vm->hv, &d->xen_gdt))
        return no_frames(e);
    d->xen_slots[0] = hfn_to_hpa(m2p_l3).v | flags;
    d->xen_slots[XEN_L4_PERDOMAIN - XEN_L4_FIRST] = hfn_to_hpa(l3).v | flags;
    put_descriptors(d);
    for (unsigned i = 0; i < d->vm->vcpu_count; i++)
        pv_map_gdt_page(d, i, FIRST_RESERVED_GDT_PAGE, d->xen_gdt);
    return STATUS_OK;
}
