/*
 * guest_image.h - the guest's software, read from files of the host: kernel,
 * initramfs, modules, and the command line that goes with them.
 *
 * The kernel is the minikernel inside the program, --kernel FILE (with a
 * WORKLOAD, which travels in an initramfs, or a shell), or --boot FILE (as it
 * is).
 */
#ifndef SIM_MACHINE_GUEST_IMAGE_H
#define SIM_MACHINE_GUEST_IMAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/hypervisor.h"
#include "sim/core/status.h"
#include "sim/devices/disk.h"
#include "sim/machine/config.h"
#include "workloads/load/host_file.h"
#include "workloads/load/kernel_image.h"
#include "workloads/load/vmlinux.h"

enum { GUEST_COMMAND_LINE_BYTES = 4096 };

/* What firmware or a domain builder would load. */
struct machine_image {
    const char *kernel_name; /* for messages */
    struct kernel_image kernel;
    const struct elf_image *vmlinux; /* in a bzImage, unpacked; or NULL */
    const uint8_t *initrd;
    uint64_t initrd_bytes;
    struct vm_module modules[VM_MAX_MODULES];
    unsigned module_count;
    char command_line[GUEST_COMMAND_LINE_BYTES];
    struct disk *disks[PLATFORM_DISKS]; /* the rest NULL */
    bool disk_boots; /* the kernel is the first one's first sector */
    const struct host_tree *files; /* what the guest sees of the host, or NULL;
                                      needed as long as the machine runs */
};

/* Where the measured region begins (run_loop.h). */
enum region_begin {
    REGION_FROM_USER, /* the minikernel's first program */
    REGION_FROM_MARK, /* where the init of a real kernel says so */
    REGION_FROM_POWER_ON,
};
enum region_begin guest_image_region(const struct config *config,
                                     const struct machine_image *image);

/* The files behind it. */
struct guest_files {
    struct host_file kernel, initrd, modules[VM_MAX_MODULES];
    struct host_file disk_files[PLATFORM_DISKS];
    struct vmlinux vmlinux;
    struct disk disks[PLATFORM_DISKS];
    unsigned disk_count;
};

/* What kind of guest the configuration asks for. */
static inline bool guest_is_minikernel(const struct config *c)
{
    return !c->kernel_path && !c->boot_path;
}

/* Reads and checks everything.  On failure guest_files_free() is due too. */
enum status guest_image_load(const struct config *config,
                             struct machine_image *image,
                             struct guest_files *files, struct error *e);
void guest_files_free(struct guest_files *files);

/* The machine has booted: frees the largest part that only that needed. */
void guest_files_booted(struct guest_files *files);

/* Into the VM's memory, and vCPU 0 to where it starts. */
enum status guest_image_boot(struct vm *vm, const struct config *config,
                             const struct machine_image *image,
                             struct error *e);

#endif
