/*
 * pvh.c - start on a machine that was entered by the PVH protocol.
 *
 * Source  Xen public headers, arch-x86/hvm/start_info.h.
 * We are in 64-bit mode on the boot stack with the first GiB mapped.
 */
#include <stdint.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/native.h"

#define EARLY_LIMIT_PA   0x40000000u /* pvh_entry.S maps that much */
#define LOW_MEMORY_BYTES 0x100000u   /* the BIOS's and the video card's */

extern char kernel_image_start[], kernel_image_end[];

void pvh_start(uint64_t start_info_pa) __attribute__((noreturn));

static const void *early(uint64_t pa)
{
    if (pa >= EARLY_LIMIT_PA)
        panic("boot data at %lx, beyond the first GiB", pa);
    return (const char *)pfn_to_va(0) + pa;
}

static void read_memory_map(struct boot_info *b,
                            const struct hvm_start_info *info)
{
    const struct hvm_memmap_table_entry *map = early(info->memmap_paddr);

    for (uint32_t i = 0; i < info->memmap_entries; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM)
            boot_add_ram(b, map[i].addr, map[i].addr + map[i].size);
}

static void read_module(struct boot_info *b, const struct hvm_start_info *info)
{
    const struct hvm_modlist_entry *modules;

    if (info->nr_modules == 0)
        return;
    modules = early(info->modlist_paddr);
    b->initrd_pa = modules[0].paddr;
    b->initrd_bytes = modules[0].size;
    boot_add_taken(b, b->initrd_pa, b->initrd_pa + b->initrd_bytes);
}

void pvh_start(uint64_t start_info_pa)
{
    struct boot_info b = {.early_limit_pfn = EARLY_LIMIT_PA >> PAGE_BITS};
    const struct hvm_start_info *info = early(start_info_pa);

    kernel.pv = &native_ops;
    kernel.pv->early_init();
    if (info->magic != XEN_HVM_START_MAGIC_VALUE || info->version < 1)
        panic("not started by the PVH protocol (version 1)");
    boot_add_taken(&b, 0, LOW_MEMORY_BYTES);
    boot_add_taken(&b, (uint64_t)kernel_image_start - KERNEL_BASE,
                   (uint64_t)kernel_image_end - KERNEL_BASE);
    read_memory_map(&b, info);
    read_module(&b, info);
    if (info->cmdline_paddr)
        text_copy(b.command_line, early(info->cmdline_paddr),
                  sizeof b.command_line);
    kernel_main(&b);
}
