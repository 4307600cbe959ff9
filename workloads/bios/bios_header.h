/*
 * bios_header.h - what the loader tells the BIOS: at the image's first byte.
 *
 * The image is copied to BIOS_AT and ends with the reset vector, at the end of
 * the first megabyte.
 */
#ifndef WORKLOADS_BIOS_BIOS_HEADER_H
#define WORKLOADS_BIOS_BIOS_HEADER_H
#include <stdint.h>

enum {
    BIOS_SEGMENT = 0xf000,
    BIOS_OFFSET = 0x2000,
    BIOS_AT = 0xf2000,
    BIOS_BYTES = 0xe000,
    BIOS_RESET = 0xfff0, /* where a CPU starts */
    BIOS_MAX_RANGES = 8,
};

/* ACPI specification, "INT 15H, E820H - Query System Address Map". */
struct bios_range {
    uint64_t at, bytes;
    uint32_t kind; /* 1: memory, 2: reserved */
} __attribute__((packed));

struct bios_header {
    char name[8];           /* "RSBIOS" */
    uint32_t sector_loaded; /* a boot sector lies at 0:7c00 already */
    uint32_t range_count;
    struct bios_range range[BIOS_MAX_RANGES];
} __attribute__((packed));

#endif
