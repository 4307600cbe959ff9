/*
 * kernel_image.h - what kind of guest software a file is, found by its content.
 *
 *   an ELF file with a PVH entry                 vmlinux, the minikernel
 *   a bzImage                                    vmlinuz, memtest86+
 *   a multiboot header in the first 8 KiB        Xen, teaching kernels
 *   a sector of 512 bytes that ends with 0x55 0xaa, and what may follow it
 *                                                a boot sector, a disk
 *   any of them packed (decompress.h)
 *
 * A file that is none of these is one line that says what it seems to be.
 */
#ifndef WORKLOADS_LOAD_KERNEL_IMAGE_H
#define WORKLOADS_LOAD_KERNEL_IMAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/status.h"
#include "workloads/load/bzimage.h"
#include "workloads/load/elf_image.h"
#include "workloads/load/host_file.h"
#include "workloads/load/multiboot.h"

enum kernel_format {
    KERNEL_ELF,
    KERNEL_BZIMAGE,
    KERNEL_MULTIBOOT,
    KERNEL_SECTOR,
};

struct kernel_image {
    enum kernel_format format;
    const uint8_t *data; /* not owned */
    uint64_t bytes;
    struct elf_image elf;             /* of KERNEL_ELF */
    struct bzimage bzimage;           /* of KERNEL_BZIMAGE */
    struct multiboot_image multiboot; /* of KERNEL_MULTIBOOT */
    bool is_linux;                    /* so it says */
    bool is_32bit;                    /* of Linux: runs no x86-64 programs */
};

/* what names the file in messages. */
enum status kernel_image_parse(struct kernel_image *k, const uint8_t *data,
                               uint64_t bytes, const char *what,
                               struct error *e);

/* Unpacks a packed file in place; leaves any other alone. */
enum status kernel_image_unpack(struct host_file *f, const char *what,
                                struct error *e);

/* Longest kernel that is read or unpacked. */
#define KERNEL_IMAGE_LIMIT_BYTES ((size_t)256 << 20)

#endif
