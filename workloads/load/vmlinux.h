/*
 * vmlinux.h - the kernel proper inside a bzImage, unpacked by the loader: the
 * guest is spared its own decompressor.
 *
 * Source  Linux documentation, "The Linux/x86 Boot Protocol", payload_offset
 *         and payload_length: packed, an ELF file once unpacked.
 */
#ifndef WORKLOADS_LOAD_VMLINUX_H
#define WORKLOADS_LOAD_VMLINUX_H
#include "workloads/load/bzimage.h"
#include "workloads/load/elf_image.h"
#include "workloads/load/host_file.h"

/* All zeros is one that is not there: vmlinux_free() takes it. */
struct vmlinux {
    struct host_file file; /* owned */
    struct elf_image elf;  /* entry and segments: physical addresses */
};

/* True if its payload is in a format that decompress() knows. */
bool vmlinux_can_unpack(const struct bzimage *image);

/*
 * Unpacks and checks it: each segment lies within the memory that the header
 * asks for, and the entry within a segment.  what names the file in messages.
 */
enum status vmlinux_unpack(struct vmlinux *v, const struct bzimage *image,
                           const char *what, struct error *e);
void vmlinux_free(struct vmlinux *v);

#endif
