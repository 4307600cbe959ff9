/*
 * boot_sector.c - a CPU at its reset vector, and the BIOS that it meets there.
 *
 * Source  Intel SDM vol. 3, "First Instruction Executed"; workloads/bios.
 * Model   the BIOS reads the boot sector from the first disk, or is told that
 *         it lies in memory already.
 * NOT MODELLED  the BIOS's second place below 4 GiB: the CPU starts in the one
 *         below 1 MiB.
 */
#include <string.h>

#include "hypervisor-model/boot.h"
#include "hypervisor-model/boot_place.h"
#include "workloads/bios/bios_header.h"

enum { SECTOR_AT = 0x7c00, SECTOR_BYTES = 512 };

/* ACPI specification, "Address Range Types". */
enum { RANGE_MEMORY = 1, RANGE_RESERVED = 2 };

static bool put_bios(struct vm *vm, const struct vm_boot *boot)
{
    struct boot_range ranges[BOOT_MAX_RANGES];
    struct bios_header h;
    unsigned count = boot_memory_map(vm, ranges);

    memcpy(&h, boot->bios, sizeof h);
    h.sector_loaded = !boot->disk_boots;
    h.range_count = count;
    for (unsigned i = 0; i < count; i++)
        h.range[i] = (struct bios_range){
            .at = ranges[i].at,
            .bytes = ranges[i].bytes,
            .kind = ranges[i].usable ? RANGE_MEMORY : RANGE_RESERVED};
    return vm_copy_in(vm, gpa(BIOS_AT), boot->bios, BIOS_BYTES) &&
           vm_copy_in(vm, gpa(BIOS_AT), &h, sizeof h);
}

static void enter_reset(struct cpu_state *s)
{
    const struct segment data = {.attributes = 0x0093, .limit = 0xffff};

    for (int i = 0; i < SEG_COUNT; i++)
        s->seg[i] = data;
    s->seg[SEG_CS] = (struct segment){.selector = BIOS_SEGMENT,
                                      .base = BIOS_SEGMENT << 4,
                                      .attributes = 0x009b,
                                      .limit = 0xffff};
    s->idtr = (struct table_register){0, 0x3ff};
    s->gdtr = (struct table_register){0, 0xffff};
    s->ldtr = (struct segment){.attributes = 0x0082, .limit = 0xffff};
    s->tr = (struct segment){.attributes = 0x008b, .limit = 0xffff};
    s->cr0 = CR0_ET;
    s->rflags = RFLAGS_FIXED;
    s->rip = BIOS_RESET;
    s->cpl = 0;
}

enum status boot_sector(struct vm *vm, const struct vm_boot *boot,
                        struct error *e)
{
    const struct vm_segment *sector = &boot->segments[0];

    if (!put_bios(vm, boot) ||
        (!boot->disk_boots &&
         !vm_copy_in(vm, gpa(SECTOR_AT), sector->data, SECTOR_BYTES)))
        return boot_too_small(vm, "boot sector", e);
    enter_reset(&vm->vcpus[0]->state);
    return STATUS_OK;
}
