/*
 * boot.c - which protocol starts the guest; what all of them need.
 */
#include "hypervisor-model/boot.h"

#include "hypervisor-model/boot_place.h"

/* What firmware leaves in memory: ACPI and MP tables. */
static enum status put_firmware(struct vm *vm, const struct vm_boot *boot,
                                struct error *e)
{
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
