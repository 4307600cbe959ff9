/*
 * boot_sector.c - a boot sector at 0000:7c00, in real mode.
 *
 * Source  PC convention: the firmware leaves the drive's number in DL, a stack
 *         below the sector, and interrupts on.
 * NOT MODELLED  a BIOS: its functions all fail (boot.c).
 */
#include "hypervisor-model/boot.h"
#include "hypervisor-model/boot_place.h"

enum {
    SECTOR_AT = 0x7c00,
    FIRST_DRIVE = 0x80,
};

enum status boot_sector(struct vm *vm, const struct vm_boot *boot,
                        struct error *e)
{
    const struct segment data = {.attributes = 0x0093, .limit = 0xffff};
    const struct segment code = {.attributes = 0x009b, .limit = 0xffff};
    struct cpu_state *s = &vm->vcpus[0]->state;
    const struct vm_segment *sector = &boot->segments[0];

    if (!vm_copy_in(vm, gpa(SECTOR_AT), sector->data, sector->file_bytes))
        return boot_too_small(vm, "boot sector", e);
    for (int i = 0; i < SEG_COUNT; i++)
        s->seg[i] = data;
    s->seg[SEG_CS] = code;
    s->idtr = (struct table_register){0, 0x3ff};
    s->gdtr = (struct table_register){0, 0xffff};
    s->ldtr = (struct segment){.attributes = 0x0082, .limit = 0xffff};
    s->tr = (struct segment){.attributes = 0x008b, .limit = 0xffff};
    s->cr0 = CR0_ET;
    s->rflags = RFLAGS_FIXED | RFLAGS_IF;
    s->gpr[REG_RDX] = FIRST_DRIVE;
    s->gpr[REG_RSP] = SECTOR_AT;
    s->rip = SECTOR_AT;
    s->cpl = 0;
    return STATUS_OK;
}
