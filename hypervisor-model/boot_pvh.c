/*
 * boot_pvh.c - the PVH entry: image, initramfs, start info, registers.
 *
 * Hardware      Xen public headers, xen/arch-x86/hvm/start_info.h; Xen
 *               documentation, "x86/HVM direct boot ABI".
 * Model         start info, module list, memory map and command line share
 *               low memory that no kernel is linked to (boot_place.h).
 */
#include <stddef.h>
#include <stdint.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "hypervisor-model/boot.h"
#include "hypervisor-model/boot_place.h"

/* What lies at BOOT_INFO_AT. */
struct boot_page {
    struct hvm_start_info info;
    struct hvm_modlist_entry modules[1 + VM_MAX_MODULES];
    struct hvm_memmap_table_entry map[BOOT_MAX_RANGES];
};

static void list_module(struct boot_page *page, uint64_t at, uint64_t bytes)
{
    page->modules[page->info.nr_modules].paddr = at;
    page->modules[page->info.nr_modules++].size = bytes;
}

/* The initramfs is the first module, others follow. */
static enum status load_modules(struct vm *vm, const struct vm_boot *boot,
                                struct boot_page *page, struct error *e)
{
    uint64_t top = boot_low_memory_end(vm);
    struct boot_blob blob = {boot->initrd, boot->initrd_bytes, UINT64_MAX - 1};
    enum status s = STATUS_OK;

    if (boot->initrd_bytes != 0) {
        s = boot_place_high(vm, boot, &blob, &top, e);
        list_module(page, top, blob.bytes);
    }
    for (unsigned i = 0; i < boot->module_count && s == STATUS_OK; i++) {
        blob.data = boot->modules[i].data;
        blob.bytes = boot->modules[i].bytes;
        s = boot_place_high(vm, boot, &blob, &top, e);
        list_module(page, top, blob.bytes);
    }
    return s;
}

static void fill_memory_map(const struct vm *vm, struct boot_page *page)
{
    struct boot_range ranges[BOOT_MAX_RANGES];

    page->info.memmap_entries = boot_memory_map(vm, ranges);
    for (unsigned i = 0; i < page->info.memmap_entries; i++)
        page->map[i] = (struct hvm_memmap_table_entry){
            .addr = ranges[i].at,
            .size = ranges[i].bytes,
            .type = ranges[i].usable ? XEN_HVM_MEMMAP_TYPE_RAM
                                     : XEN_HVM_MEMMAP_TYPE_RESERVED};
}

static enum status load_start_info(struct vm *vm, const struct vm_boot *boot,
                                   struct boot_page *page, struct error *e)
{
    page->info.magic = XEN_HVM_START_MAGIC_VALUE;
    page->info.version = 1;
    page->info.modlist_paddr =
        BOOT_INFO_AT + offsetof(struct boot_page, modules);
    page->info.cmdline_paddr = BOOT_COMMAND_LINE_AT;
    page->info.rsdp_paddr = boot->rsdp;
    page->info.memmap_paddr = BOOT_INFO_AT + offsetof(struct boot_page, map);
    fill_memory_map(vm, page);
    if (!vm_copy_in(vm, gpa(BOOT_INFO_AT), page, sizeof *page))
        return boot_too_small(vm, "start info", e);
    return boot_put_command_line(vm, boot, UINT64_MAX, e);
}

enum status boot_pvh(struct vm *vm, const struct vm_boot *boot, struct error *e)
{
    struct boot_page page = {0};
    enum status status;

    if (boot->pvh_entry != 0 && !vm_has_memory(vm, gpa(boot->pvh_entry), 1))
        return boot_too_small(vm, "kernel", e);
    if (boot->pvh_entry == 0)
        return error_set(e, STATUS_FILE,
                         "the kernel has no PVH entry (ELF note "
                         "XEN_ELFNOTE_PHYS32_ENTRY)");
    status = boot_load_segments(vm, boot, e);
    if (status == STATUS_OK)
        status = load_modules(vm, boot, &page, e);
    if (status == STATUS_OK)
        status = load_start_info(vm, boot, &page, e);
    if (status == STATUS_OK)
        status = boot_enter_flat(vm, boot->pvh_entry, 0x08, e);
    vm->vcpus[0]->state.gpr[REG_RBX] = BOOT_INFO_AT;
    return status;
}
