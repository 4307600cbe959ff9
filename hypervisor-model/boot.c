/*
 * boot.c - which protocol starts the guest; what all of them need.
 */
#include "hypervisor-model/boot.h"

#include "hypervisor-model/boot_place.h"

/*
 * The BIOS data area: the first serial port, where base memory ends, and how
 * many KiB of it there are.  IBM PC/AT Technical Reference, "BIOS Data Area".
 */
static bool put_bios_data(struct vm *vm)
{
    enum {
        DATA_AT = 0x400,
        DATA_SERIAL = 0,
        DATA_END_SEGMENT = 0x0e,
        DATA_MEMORY_KIB = 0x13,
        DATA_BYTES = 0x100,
    };
    const uint8_t extension_kib = 1;
    uint8_t data[DATA_BYTES] = {0};

    boot_put(data, DATA_SERIAL, 2, PORT_SERIAL);
    boot_put(data, DATA_END_SEGMENT, 2, BOOT_BASE_MEMORY_END / 16);
    boot_put(data, DATA_MEMORY_KIB, 2, BOOT_BASE_MEMORY_END / 1024);
    return vm_copy_in(vm, gpa(DATA_AT), data, sizeof data) &&
           vm_copy_in(vm, gpa(BOOT_BASE_MEMORY_END), &extension_kib, 1);
}

/*
 * Every vector leads to a handler that knows no function: carry set, AH as a
 * BIOS says "not supported".
 */
static bool put_vectors(struct vm *vm)
{
    enum { SEGMENT = 0xf000, OFFSET = 0xff53, VECTORS = 256 };
    static const uint8_t handler[] = {
        0x55,                   /* push bp */
        0x89, 0xe5,             /* mov bp, sp */
        0x80, 0x4e, 0x06, 0x01, /* or byte [bp+6], 1: carry */
        0x5d,                   /* pop bp */
        0xb4, 0x86,             /* mov ah, 0x86 */
        0xcf,                   /* iret */
    };
    uint32_t table[VECTORS];

    for (unsigned i = 0; i < VECTORS; i++)
        table[i] = (uint32_t)SEGMENT << 16 | OFFSET;
    return vm_copy_in(vm, gpa(0), table, sizeof table) &&
           vm_copy_in(vm, gpa(SEGMENT * 16 + OFFSET), handler, sizeof handler);
}

/* What firmware leaves in memory: ACPI and MP tables. */
static enum status put_firmware(struct vm *vm, const struct vm_boot *boot,
                                struct error *e)
{
    if (!put_bios_data(vm) || !put_vectors(vm))
        return boot_too_small(vm, "firmware's data", e);
    for (unsigned i = 0; i < boot->firmware_count; i++) {
        const struct vm_segment *s = &boot->firmware[i];

        if (!vm_copy_in(vm, s->at, s->data, s->file_bytes))
            return boot_too_small(vm, "firmware's tables", e);
    }
    return STATUS_OK;
}

enum status boot_guest(struct vm *vm, const struct vm_boot *boot,
                       struct error *e)
{
    enum status s;

    if (vm->memory_bytes <= BOOT_HIGH_START)
        return boot_too_small(vm, "kernel", e);
    s = put_firmware(vm, boot, e);
    if (s != STATUS_OK)
        return s;
    switch (boot->protocol) {
    case BOOT_PVH:
        return boot_pvh(vm, boot, e);
    case BOOT_LINUX:
        return boot_linux(vm, boot, e);
    case BOOT_MULTIBOOT:
        return boot_multiboot(vm, boot, e);
    case BOOT_SECTOR:
        return boot_sector(vm, boot, e);
    }
    return STATUS_OK;
}
