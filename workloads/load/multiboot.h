/*
 * multiboot.h - a kernel with a multiboot header: segments and entry.
 *
 * Source  Multiboot Specification 0.6.96, "OS image format".
 * Every offset and size in the file is checked; a hostile file is an error
 * line.
 */
#ifndef WORKLOADS_LOAD_MULTIBOOT_H
#define WORKLOADS_LOAD_MULTIBOOT_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/status.h"

enum { MULTIBOOT_MAX_SEGMENTS = 16 };

struct multiboot_segment {
    uint64_t pa, file_offset, file_bytes, memory_bytes;
};

struct multiboot_image {
    const uint8_t *data; /* not owned */
    uint64_t bytes;
    uint32_t flags; /* of the header: what the kernel wants */
    uint64_t entry; /* physical */
    unsigned segment_count;
    struct multiboot_segment segments[MULTIBOOT_MAX_SEGMENTS];
};

/* True if there is a header with the right checksum in its first 8 KiB. */
bool multiboot_is(const uint8_t *data, uint64_t bytes);

/* what names the file in messages. */
enum status multiboot_parse(struct multiboot_image *image, const uint8_t *data,
                            uint64_t bytes, const char *what, struct error *e);

#endif
