/*
 * boot_place.h - where a boot loader puts things: what all protocols share.
 *
 * Low memory, none of it in use once the guest has read it:
 *   0x7000   Linux's zero page
 *   0x8000   PVH or multiboot information
 *   0x9000   command line, and at 0x9f00 a GDT
 *   0xa000   tables that map 4 GiB, with five levels or with four
 *   0x9fc00  .. 0xfffff: firmware's, for ACPI and MP tables
 * The kernel lies where it is linked or wants to be; initramfs and modules at
 * the top of memory below the hole for devices.
 */
#ifndef HYPERVISOR_MODEL_BOOT_PLACE_H
#define HYPERVISOR_MODEL_BOOT_PLACE_H
#include "hypervisor-model/hypervisor.h"

enum {
    BOOT_LOW_START = 0x7000,
    BOOT_ZERO_PAGE_AT = 0x7000,
    BOOT_INFO_AT = 0x8000,
    BOOT_COMMAND_LINE_AT = 0x9000,
    BOOT_COMMAND_LINE_BYTES = 0xf00,
    BOOT_GDT_AT = 0x9f00,
    BOOT_TABLES_5_AT = 0xa000, /* the root, then those of four levels */
    BOOT_TABLES_AT = 0xb000,
    BOOT_LOW_END = 0x11000,         /* behind the last of them */
    BOOT_BASE_MEMORY_END = 0x9fc00, /* what a PC calls base memory */
    BOOT_HIGH_START = 0x100000,
};

/* One row of what a PC's firmware calls the E820 map. */
struct boot_range {
    uint64_t at, bytes;
    bool usable;
};

enum { BOOT_MAX_RANGES = 4 };
unsigned boot_memory_map(const struct vm *vm,
                         struct boot_range ranges[BOOT_MAX_RANGES]);

/* End of memory below the hole for devices. */
uint64_t boot_low_memory_end(const struct vm *vm);

/* One line that says that what does not fit. */
enum status boot_too_small(const struct vm *vm, const char *what,
                           struct error *e);

/* Segments, as the image says; they may not meet low memory of the loader. */
enum status boot_load_segments(struct vm *vm, const struct vm_boot *boot,
                               struct error *e);

/*
 * Puts bytes on a page below *top and below last + 1, clear of all segments;
 * *top becomes where it lies.
 */
struct boot_blob {
    const uint8_t *data;
    uint64_t bytes;
    uint64_t last; /* the last address that will do */
};
enum status boot_place_high(struct vm *vm, const struct vm_boot *boot,
                            const struct boot_blob *blob, uint64_t *top,
                            struct error *e);

/* The command line with its NUL; at most max_bytes without it. */
enum status boot_put_command_line(struct vm *vm, const struct vm_boot *boot,
                                  uint64_t max_bytes, struct error *e);

/*
 * 32-bit protected mode, flat, paging off, interrupts off.  A GDT to match has
 * code at that selector and data at the next.
 */
enum status boot_enter_flat(struct vm *vm, uint64_t entry,
                            uint16_t code_selector, struct error *e);

/* Little-endian, into a buffer that goes to the guest. */
static inline void boot_put(uint8_t *buffer, unsigned at, unsigned bytes,
                            uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        buffer[at + i] = (uint8_t)(value >> (8 * i));
}

#endif
