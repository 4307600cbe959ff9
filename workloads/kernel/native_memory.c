/*
 * native_memory.c - the kernel's own page tables on a bare machine.
 *
 * Hardware  Intel SDM vol. 3, "4-Level Paging and 5-Level Paging".
 * All RAM in the largest pages the CPU has, for data only; the image in two
 * or more 2 MiB pages: the first may be executed but not written, the others
 * the reverse.  All are global: they survive a change of address space.
 */
#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/native.h"
#include "workloads/kernel/pagetable.h"

#define APIC_PA 0xfee00000u

extern char kernel_image_start[], kernel_data_start[], kernel_image_end[];

static uint64_t data_flags(void)
{
    return PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY |
           (kernel.cpu.nx ? PTE_NX : 0);
}

/* The entry of that level for va, with tables made on the way. */
static uint64_t *reach(struct boot_info *b, uint64_t va, unsigned level)
{
    uint64_t *table = pfn_to_va(kernel.kernel_root.pfn);

    for (unsigned l = 4;; l--) {
        uint64_t *entry = &table[va >> (PAGE_BITS + 9 * (l - 1)) & 511];

        if (l == level)
            return entry;
        if (*entry == 0) {
            pfn_t pfn = boot_take_frame(b);

            page_zero(pfn_to_va(pfn));
            *entry = pfn << PAGE_BITS | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
        }
        table = pfn_to_va((*entry & PTE_ADDRESS) >> PAGE_BITS);
    }
}

static void map_direct(struct boot_info *b)
{
    unsigned level = kernel.cpu.large_1g ? 3 : 2;
    uint64_t span = pt_span(level);
    uint64_t end_pa = b->end_pfn << PAGE_BITS;

    for (uint64_t pa = 0; pa < end_pa; pa += span)
        *reach(b, DIRECT_MAP_BASE + pa, level) = pa | data_flags() | PTE_LARGE;
}

static void map_image(struct boot_info *b)
{
    uint64_t va = (uint64_t)kernel_image_start;
    uint64_t end = (uint64_t)kernel_image_end;

    for (; va < end; va += pt_span(2)) {
        uint64_t flags = PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED;

        if (va >= (uint64_t)kernel_data_start)
            flags = data_flags();
        *reach(b, va, 2) = (va - KERNEL_BASE) | flags | PTE_LARGE;
    }
}

void native_map_memory(struct boot_info *b)
{
    kernel.kernel_root.pfn = boot_take_frame(b);
    page_zero(pfn_to_va(kernel.kernel_root.pfn));
    map_direct(b);
    map_image(b);
    if (!kernel.cpu.x2apic)
        *reach(b, APIC_VA, 2) =
            APIC_PA | data_flags() | PTE_UNCACHED | PTE_LARGE;
    __asm__ volatile("mov %0, %%cr3"
                     :
                     : "r"(kernel.kernel_root.pfn << PAGE_BITS)
                     : "memory");
}
