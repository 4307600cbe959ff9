/*
 * guest_boot.c - from files to a VM whose first vCPU is about to start.
 */
#include <string.h>

#include "sim/core/macros.h"
#include "sim/devices/acpi.h"
#include "sim/devices/mptable.h"
#include "sim/machine/blobs.h"
#include "sim/machine/guest_image.h"

/* In the MP table: FPU, CX8 and APIC, as every profile has them. */
#define CPUID_FEATURES 0x301u

/* The segments of any format, as the hypervisor takes them. */
struct placed {
    struct vm_segment segments[ELF_MAX_SEGMENTS];
    uint8_t acpi[ACPI_TABLES_BYTES];
    uint8_t mptable[MPTABLE_BYTES];
    struct vm_segment firmware[2];
};

_Static_assert((int)MULTIBOOT_MAX_SEGMENTS <= (int)ELF_MAX_SEGMENTS,
               "one array holds either");

static void take_segments(struct vm_boot *boot, struct placed *p,
                          const struct elf_image *elf)
{
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *s = &elf->segments[i];

        p->segments[i] = (struct vm_segment){
            .at = gpa(s->pa),
            .data = elf->data + s->file_offset,
            .file_bytes = s->file_bytes,
            .memory_bytes = s->memory_bytes,
            .va = s->va,
        };
    }
    boot->segment_count = elf->segment_count;
}

static void take_elf(struct vm_boot *boot, struct placed *p,
                     const struct elf_image *elf)
{
    take_segments(boot, p, elf);
    boot->protocol = BOOT_PVH;
    boot->pvh_entry = elf->pvh_entry;
    boot->pv_entry = elf->pv_entry;
    boot->pv_virt_base = elf->pv_virt_base;
    boot->pv_hypercall_page = elf->pv_hypercall_page;
}

static void take_multiboot(struct vm_boot *boot, struct placed *p,
                           const struct multiboot_image *image)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct multiboot_segment *s = &image->segments[i];

        p->segments[i] = (struct vm_segment){
            .at = gpa(s->pa),
            .data = image->data + s->file_offset,
            .file_bytes = s->file_bytes,
            .memory_bytes = s->memory_bytes,
        };
    }
    boot->protocol = BOOT_MULTIBOOT;
    boot->segment_count = image->segment_count;
    boot->entry = image->entry;
}

static void take_bzimage(struct vm_boot *boot, struct placed *p,
                         const struct machine_image *image)
{
    boot->protocol = BOOT_LINUX;
    boot->bzimage = &image->kernel.bzimage;
    if (!image->vmlinux)
        return;
    take_segments(boot, p, image->vmlinux);
    boot->entry = image->vmlinux->entry;
    boot->entry_64 = !image->vmlinux->is_32bit;
}

static void take_kernel(struct vm_boot *boot, struct placed *p,
                        const struct machine_image *image)
{
    const struct kernel_image *k = &image->kernel;

    boot->segments = p->segments;
    switch (k->format) {
    case KERNEL_ELF:
        take_elf(boot, p, &k->elf);
        break;
    case KERNEL_BZIMAGE:
        take_bzimage(boot, p, image);
        break;
    case KERNEL_MULTIBOOT:
        take_multiboot(boot, p, &k->multiboot);
        break;
    case KERNEL_SECTOR:
        p->segments[0] = (struct vm_segment){
            .data = k->data, .file_bytes = k->bytes, .memory_bytes = k->bytes};
        boot->protocol = BOOT_SECTOR;
        boot->segment_count = 1;
        break;
    }
}

static void add_table(struct vm_boot *boot, struct placed *p, uint64_t at,
                      const uint8_t *data, size_t bytes)
{
    if (bytes != 0)
        p->firmware[boot->firmware_count++] =
            (struct vm_segment){.at = gpa(at),
                                .data = data,
                                .file_bytes = bytes,
                                .memory_bytes = bytes};
}

/* What a BIOS would leave for the guest to find. */
static void take_firmware(struct vm_boot *boot, struct placed *p,
                          const struct vm *vm, const struct config *config)
{
    struct mptable_config mp = {.platform = vm->platform.id,
                                .vcpus = vm->vcpu_count,
                                .signature = config->cpu.signature,
                                .features = CPUID_FEATURES,
                                .at = gpa(MPTABLE_AT)};
    struct acpi_config acpi = {.platform = vm->platform.id,
                               .vcpus = vm->vcpu_count,
                               .at = gpa(ACPI_TABLES_AT)};
    size_t acpi_bytes = acpi_build(&acpi, p->acpi, sizeof p->acpi);
    size_t mp_bytes = mptable_build(&mp, p->mptable, sizeof p->mptable);

    boot->firmware = p->firmware;
    add_table(boot, p, ACPI_TABLES_AT, p->acpi, acpi_bytes);
    add_table(boot, p, MPTABLE_AT, p->mptable, mp_bytes);
    boot->rsdp = acpi_bytes ? ACPI_TABLES_AT : 0;
}

enum status guest_image_boot(struct vm *vm, const struct config *config,
                             const struct machine_image *image, struct error *e)
{
    struct placed placed;
    struct vm_boot boot = {.initrd = image->initrd,
                           .initrd_bytes = image->initrd_bytes,
                           .modules = image->modules,
                           .module_count = image->module_count,
                           .command_line = image->command_line};

    memset(&placed, 0, sizeof placed);
    take_kernel(&boot, &placed, image);
    boot.five_levels = config->cpu.has_la57;
    if (!guest_is_minikernel(config))
        take_firmware(&boot, &placed, vm, config);
    boot.text_screen = strcmp(config->platform, "microvm") != 0;
    boot.bios = blob_bios_start;
    boot.disk_boots = boot.text_screen && image->disk_boots;
    return vm->technique->boot(vm, &boot, e);
}
