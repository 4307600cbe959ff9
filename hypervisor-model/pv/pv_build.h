/*
 * pv_build.h - the domain builder: from an image to a domain about to run.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_BUILD_H
#define HYPERVISOR_MODEL_PV_PV_BUILD_H

#include "hypervisor-model/pv/pv_domain.h"

/* Where the bootstrap elements are, in pfns (va = virt_base + pfn pages). */
struct pv_layout {
    uint64_t virt_base;
    uint64_t initrd, p2m, start_info, store, console, tables, stack;
    uint64_t initrd_pages, p2m_pages;
    uint64_t table_pages[5]; /* by level, [1] .. [4] */
    uint64_t end;            /* of the region, 4 MB aligned */
};

/* Lays out the bootstrap region; see "Start-of-day memory layout", xen.h. */
enum status pv_layout_plan(struct pv_layout *l, const struct pv_domain *d,
                           const struct vm_boot *boot, struct error *e);

/* Fills the domain's memory and the first vCPU's state. */
enum status pv_build(struct vm *vm, const struct vm_boot *boot,
                     struct error *e);

/* Xen's own part of every address space: M2P table, descriptor tables. */
enum status pv_build_xen_area(struct pv_domain *d, struct error *e);

/* Address of a vCPU's GDT in Xen's per-domain area. */
uint64_t pv_gdt_address(unsigned vcpu);
/* Entry i of a vCPU's GDT mapping: a guest's frame, or 0. */
void pv_map_gdt_page(struct pv_domain *d, unsigned vcpu, unsigned page,
                     hfn_t frame);

#endif
