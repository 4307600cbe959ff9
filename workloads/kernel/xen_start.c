/*
 * xen_start.c - from Xen's start info to ours.
 *
 * Source  Xen public xen.h, "Start-of-day memory layout" and struct
 *         start_info.
 *
 * Xen has mapped the first part of our memory at KERNEL_BASE, one page after
 * the other: image, initial RAM disk, the list of our machine frames (p2m),
 * start info, two ring pages, the page tables that map all this, a stack.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/xen_guest.h"

struct xen_guest xen_guest;

extern char kernel_image_start[], kernel_image_end[];

static uint64_t pa_of(uint64_t va)
{
    return va - KERNEL_BASE;
}

/* rsi of the entry point; from xen_entry.S. */
void xen_start(const struct start_info *si) __attribute__((noreturn));

void xen_start(const struct start_info *si)
{
    struct boot_info *b = &xen_guest.boot;
    uint64_t tables = pa_of(si->pt_base);
    uint64_t rest = pa_of(page_floor((uint64_t)si));

    xen_guest.start = si;
    xen_guest.p2m = (const uint64_t *)si->mfn_list;
    kernel.pv = &xen_ops;
    kernel.cpu.nx = true;
    kernel.pv->early_init();

    boot_add_ram(b, 0, si->nr_pages * PAGE_BYTES);
    b->early_limit_pfn = b->end_pfn;
    boot_add_taken(b, pa_of((uint64_t)kernel_image_start),
                   pa_of((uint64_t)kernel_image_end));
    if (si->mod_len) {
        b->initrd_pa = (si->flags & SIF_MOD_START_PFN)
                           ? si->mod_start << PAGE_BITS
                           : pa_of(si->mod_start);
        b->initrd_bytes = si->mod_len;
        boot_add_taken(b, b->initrd_pa, b->initrd_pa + si->mod_len);
    }
    boot_add_taken(b, pa_of(si->mfn_list),
                   pa_of(si->mfn_list) + si->nr_pages * sizeof(uint64_t));
    /* Start info, rings, tables: up to and with the stack, in a row. */
    boot_add_taken(b, rest, tables + (si->nr_pt_frames + 1) * PAGE_BYTES);
    text_copy(b->command_line, (const char *)si->cmd_line,
              sizeof b->command_line);
    kernel_main(b);
}
