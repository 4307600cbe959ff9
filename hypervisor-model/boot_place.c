/*
 * boot_place.c - memory map, segments, modules, the state a loader leaves.
 *
 * Source  ACPI specification, "System Address Map Interfaces" (E820); Linux
 *         documentation, "The Linux/x86 Boot Protocol"; Multiboot
 *         Specification, "Machine state".
 */
#include "hypervisor-model/boot_place.h"

#include <string.h>

#include "sim/core/units.h"

/* IA32_MTRR_DEF_TYPE as firmware leaves it: enabled, write-back. */

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

uint64_t boot_low_memory_end(const struct vm *vm)
{
    return vm->memory_end.v < VM_HOLE_BEGIN ? vm->memory_end.v : VM_HOLE_BEGIN;
}

unsigned boot_memory_map(const struct vm *vm,
                         struct boot_range ranges[BOOT_MAX_RANGES])
{
    unsigned count = 3;

    ranges[0] = (struct boot_range){0, BOOT_BASE_MEMORY_END, true};
    ranges[1] = (struct boot_range){
        BOOT_BASE_MEMORY_END, BOOT_HIGH_START - BOOT_BASE_MEMORY_END, false};
    ranges[2] = (struct boot_range){
        BOOT_HIGH_START, boot_low_memory_end(vm) - BOOT_HIGH_START, true};
    if (vm->memory_end.v > VM_HOLE_END)
        ranges[count++] = (struct boot_range){
            VM_HOLE_END, vm->memory_end.v - VM_HOLE_END, true};
    return count;
}

enum status boot_too_small(const struct vm *vm, const char *what,
                           struct error *e)
{
    char size[32];

    return error_set(
        e, STATUS_USAGE,
        "%s of guest memory cannot hold the %s; give it more (--memory)",
        units_format(vm->memory_bytes, size, sizeof size), what);
}

enum status boot_load_segments(struct vm *vm, const struct vm_boot *boot,
                               struct error *e)
{
    if (!range_is_free(boot, BOOT_LOW_START, BOOT_LOW_END - BOOT_LOW_START))
        return error_set(e, STATUS_FILE,
                         "the kernel is linked over what its loader leaves at "
                         "0x%x .. 0x%x",
                         BOOT_LOW_START, BOOT_LOW_END - 1);
    for (unsigned i = 0; i < boot->segment_count; i++) {
        const struct vm_segment *s = &boot->segments[i];

        if (!vm_has_memory(vm, s->at, s->memory_bytes) ||
            !vm_copy_in(vm, s->at, s->data, s->file_bytes))
            return boot_too_small(vm, "kernel", e);
    }
    return STATUS_OK;
}

enum status boot_place_high(struct vm *vm, const struct vm_boot *boot,
                            const struct boot_blob *blob, uint64_t *top,
                            struct error *e)
{
    uint64_t end = *top <= blob->last ? *top : blob->last + 1;
    uint64_t at;

    if (blob->bytes > end || end - blob->bytes < BOOT_HIGH_START)
        return boot_too_small(vm, "program and its files", e);
    at = (end - blob->bytes) & ~(PAGE_BYTES - 1);
    if (!range_is_free(boot, at, blob->bytes) ||
        !vm_copy_in(vm, gpa(at), blob->data, blob->bytes))
        return boot_too_small(vm, "kernel, the program and its files", e);
    *top = at;
    return STATUS_OK;
}

enum status boot_put_command_line(struct vm *vm, const struct vm_boot *boot,
                                  uint64_t max_bytes, struct error *e)
{
    const char *line = boot->command_line ? boot->command_line : "";
    uint64_t bytes = strlen(line);

    if (max_bytes > BOOT_COMMAND_LINE_BYTES - 1)
        max_bytes = BOOT_COMMAND_LINE_BYTES - 1;
    if (bytes > max_bytes)
        return error_set(e, STATUS_USAGE,
                         "the kernel's command line has %llu bytes; it takes "
                         "%llu (--append)",
                         (unsigned long long)bytes,
                         (unsigned long long)max_bytes);
    if (!vm_copy_in(vm, gpa(BOOT_COMMAND_LINE_AT), line, bytes + 1))
        return boot_too_small(vm, "command line", e);
    return STATUS_OK;
}

enum status boot_enter_flat(struct vm *vm, uint64_t entry,
                            uint16_t code_selector, struct error *e)
{
    const struct segment data = {.selector = (uint16_t)(code_selector + 8),
                                 .attributes = 0xc093,
                                 .limit = 0xffffffff};
    const struct segment code = {
        .selector = code_selector, .attributes = 0xc09b, .limit = 0xffffffff};
    struct cpu_state *s = &vm->vcpus[0]->state;
    uint64_t gdt[4] = {0};

    gdt[code_selector / 8] = 0x00cf9b000000ffff;
    gdt[code_selector / 8 + 1] = 0x00cf93000000ffff;
    if (!vm_copy_in(vm, gpa(BOOT_GDT_AT), gdt, sizeof gdt))
        return boot_too_small(vm, "GDT", e);
    for (int i = 0; i < SEG_COUNT; i++)
        s->seg[i] = data;
    s->seg[SEG_CS] = code;
    s->gdtr = (struct table_register){BOOT_GDT_AT, sizeof gdt - 1};
    s->tr = (struct segment){.attributes = 0x008b, .limit = 0x67};
    s->ldtr = (struct segment){.attributes = 0x0082};
    s->cr0 = CR0_PE | CR0_ET;
    s->cr4 = 0;
    s->efer = 0;
    s->rflags = RFLAGS_FIXED;
    s->rip = entry;
    s->cpl = 0;
    return STATUS_OK;
}
