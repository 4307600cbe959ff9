/*
 * bzimage.h - a kernel in the form that Linux boot loaders take: bzImage.
 *
 * Source  Linux documentation, "The Linux/x86 Boot Protocol".
 * The file is a boot sector, setup code for real mode, then the kernel for
 * protected mode.  Every offset and size in it is checked; a damaged file is
 * an error line.
 */
#ifndef WORKLOADS_LOAD_BZIMAGE_H
#define WORKLOADS_LOAD_BZIMAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/status.h"

/* Where the setup header lies in the file, and in the zero page. */
enum { BZIMAGE_HEADER_AT = 0x1f1, BZIMAGE_HEADER_MAX_BYTES = 0x290 - 0x1f1 };

struct bzimage {
    const uint8_t *kernel; /* the protected-mode part; not owned */
    uint64_t kernel_bytes;
    const uint8_t *payload; /* in it, packed; NULL: it does not say where */
    uint64_t payload_bytes;
    uint8_t header[BZIMAGE_HEADER_MAX_BYTES]; /* as in the file */
    uint32_t header_bytes;
    uint16_t protocol;         /* 0x20f: 2.15 */
    bool entry_64;             /* may be entered in long mode, at + 0x200 */
    bool five_levels;          /* knows 5-level paging, if the CPU has it */
    bool relocatable;          /* may lie at any multiple of alignment */
    uint32_t load_at;          /* where it lies if it is not */
    uint32_t alignment;        /* bytes; a power of two */
    uint64_t preferred_at;     /* best place, if relocatable */
    uint64_t memory_bytes;     /* needed from there on while it starts */
    uint64_t initrd_last;      /* last address an initramfs may use */
    uint32_t command_line_max; /* bytes without the NUL */
};

/* True if the file says that it is one, sound or not. */
bool bzimage_is(const uint8_t *data, uint64_t bytes);

/* what names the file in messages. */
enum status bzimage_parse(struct bzimage *image, const uint8_t *data,
                          uint64_t bytes, const char *what, struct error *e);

#endif
