/*
 * boot_pvh.c - the PVH entry: image, initramfs, start info, registers.
 *
 * Hardware      Xen public headers, xen/arch-x86/hvm/start_info.h; Xen
 *               documentation, "x86/HVM direct boot ABI".
 * Model         start info, module list, memory map and command line share
 *               low memory that no kernel is linked to; the initramfs lies at
 *               the top of memory, below 4 GiB.
 * NOT MODELLED  ACPI tables (rsdp_paddr is 0); more than one module.
 */
#include "hypervisor-model/boot_pvh.h"

#include <string.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"

enum {
    INFO_AT = 0x8000, /* one page: start info, module, memory map */
    COMMAND_LINE_AT = 0x9000,
    COMMAND_LINE_BYTES = 0x1000,
    LOW_END = 0xa0000, /* end of what a PC calls base memory */
    HIGH_START = 0x100000,
};

#define FOUR_GIB ((uint64_t)4 << 30)

/* What lies at INFO_AT. */
struct boot_page {
    struct hvm_start_info info;
    struct hvm_modlist_entry module;
    struct hvm_memmap_table_entry map[3];
};

static bool overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

/* True if the range meets no segment of the image. */
static bool range_is_free(const struct vm_boot *boot, uint64_t at,
                          uint64_t bytes)
{
    for (unsigned i = 0; i < boot->segment_count; i++)
        if (overlaps(at, bytes, boot->segments[i].at.v,
                     boot->segments[i].memory_bytes))
            return false;
    return true;
}

static enum status too_small(const struct vm *vm, const char *what,
                             struct error *e)
{
    char size[32];

    return error_set(
        e, STATUS_USAGE,
        "%s of guest memory cannot hold the %s; give it more (--memory)",
        units_format(vm->memory_bytes, size, sizeof size), what);
}

static enum status load_segments(struct vm *vm, const struct vm_boot *boot,
                                 struct error *e)
{
    for (unsigned i = 0; i < boot->segment_count; i++) {
        const struct vm_segment *s = &boot->segments[i];

        if (s->at.v > vm->memory_bytes ||
            s->memory_bytes > vm->memory_bytes - s->at.v ||
            !vm_copy_in(vm, s->at, s->data, s->file_bytes))
            return too_small(vm, "kernel", e);
    }
    return STATUS_OK;
}

static enum status load_initrd(struct vm *vm, const struct vm_boot *boot,
                               uint64_t *at, struct error *e)
{
    uint64_t top = vm->memory_bytes < FOUR_GIB ? vm->memory_bytes : FOUR_GIB;

    *at = 0;
    if (boot->initrd_bytes == 0)
        return STATUS_OK;
    if (boot->initrd_bytes > top - HIGH_START)
        return too_small(vm, "program and its files", e);
    *at = (top - boot->initrd_bytes) & ~(PAGE_BYTES - 1);
    if (*at < HIGH_START || !range_is_free(boot, *at, boot->initrd_bytes) ||
        !vm_copy_in(vm, gpa(*at), boot->initrd, boot->initrd_bytes))
        return too_small(vm, "kernel, the program and its files", e);
    return STATUS_OK;
}

static uint32_t fill_memory_map(const struct vm *vm,
                                struct hvm_memmap_table_entry map[3])
{
    map[0] = (struct hvm_memmap_table_entry){
        .addr = 0, .size = LOW_END, .type = XEN_HVM_MEMMAP_TYPE_RAM};
    map[1] =
        (struct hvm_memmap_table_entry){.addr = LOW_END,
                                        .size = HIGH_START - LOW_END,
                                        .type = XEN_HVM_MEMMAP_TYPE_RESERVED};
    map[2] =
        (struct hvm_memmap_table_entry){.addr = HIGH_START,
                                        .size = vm->memory_bytes - HIGH_START,
                                        .type = XEN_HVM_MEMMAP_TYPE_RAM};
    return 3;
}

static enum status load_start_info(struct vm *vm, const struct vm_boot *boot,
                                   uint64_t initrd_at, struct error *e)
{
    const char *line = boot->command_line ? boot->command_line : "";
    struct boot_page page = {0};

    if (strlen(line) >= COMMAND_LINE_BYTES)
        return error_set(e, STATUS_USAGE,
                         "the kernel's command line is longer than %d bytes",
                         COMMAND_LINE_BYTES - 1);
    if (!range_is_free(boot, INFO_AT,
                       COMMAND_LINE_AT + COMMAND_LINE_BYTES - INFO_AT))
        return error_set(e, STATUS_FILE,
                         "the kernel is linked over its start info at 0x%x",
                         INFO_AT);
    page.info.magic = XEN_HVM_START_MAGIC_VALUE;
    page.info.version = 1;
    page.info.nr_modules = boot->initrd_bytes != 0;
    page.info.modlist_paddr = INFO_AT + offsetof(struct boot_page, module);
    page.info.cmdline_paddr = COMMAND_LINE_AT;
    page.info.memmap_paddr = INFO_AT + offsetof(struct boot_page, map);
    page.info.memmap_entries = fill_memory_map(vm, page.map);
    page.module.paddr = initrd_at;
    page.module.size = boot->initrd_bytes;
    if (!vm_copy_in(vm, gpa(INFO_AT), &page, sizeof page) ||
        !vm_copy_in(vm, gpa(COMMAND_LINE_AT), line, strlen(line) + 1))
        return too_small(vm, "start info", e);
    return STATUS_OK;
}

/* 32-bit protected mode, flat, paging off, interrupts off. */
static void set_entry_state(struct cpu_state *s, uint64_t entry)
{
    const struct segment data = {
        .selector = 0x10, .attributes = 0xc093, .limit = 0xffffffff};
    const struct segment code = {
        .selector = 0x08, .attributes = 0xc09b, .limit = 0xffffffff};

    for (int i = 0; i < SEG_COUNT; i++)
        s->seg[i] = data;
    s->seg[SEG_CS] = code;
    s->tr = (struct segment){.attributes = 0x008b, .limit = 0x67};
    s->ldtr = (struct segment){.attributes = 0x0082};
    s->cr0 = CR0_PE | CR0_ET;
    s->cr4 = 0;
    s->efer = 0;
    s->rflags = RFLAGS_FIXED;
    s->gpr[REG_RBX] = INFO_AT;
    s->rip = entry;
    s->cpl = 0;
}

enum status boot_pvh(struct vm *vm, const struct vm_boot *boot, struct error *e)
{
    uint64_t initrd_at;
    enum status status;

    if (boot->pvh_entry == 0 || boot->pvh_entry >= vm->memory_bytes)
        return error_set(e, STATUS_FILE,
                         "the kernel has no PVH entry in its memory (ELF note "
                         "XEN_ELFNOTE_PHYS32_ENTRY)");
    if (vm->memory_bytes <= HIGH_START)
        return too_small(vm, "kernel", e);
    status = load_segments(vm, boot, e);
    if (status == STATUS_OK)
        status = load_initrd(vm, boot, &initrd_at, e);
    if (status == STATUS_OK)
        status = load_start_info(vm, boot, initrd_at, e);
    if (status == STATUS_OK)
        set_entry_state(&vm->vcpus[0]->state, boot->pvh_entry);
    return status;
}
