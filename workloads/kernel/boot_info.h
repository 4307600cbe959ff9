/*
 * boot_info.h - what the boot code found out, whichever way we were started.
 *
 * pvh.c fills it from Xen's PVH start info, xen_start.c from a PV start info.
 */
#ifndef KERNEL_BOOT_INFO_H
#define KERNEL_BOOT_INFO_H
#include <stdint.h>

#include "workloads/kernel/layout.h"

enum { BOOT_MAX_RANGES = 32 };

/* Frames first .. end-1. */
struct pfn_range {
    pfn_t first, end;
};

struct boot_info {
    struct pfn_range ram[BOOT_MAX_RANGES]; /* usable RAM, sorted */
    unsigned ram_count;
    struct pfn_range taken[BOOT_MAX_RANGES]; /* parts of it in use already */
    unsigned taken_count;
    pfn_t end_pfn;         /* one beyond the last frame of RAM */
    pfn_t early_limit_pfn; /* boot_take_frame() stays below: what boot code
                              can address before the direct map exists */
    uint64_t initrd_pa, initrd_bytes;
    char command_line[1024];
    pfn_t cursor; /* boot_take_frame() */
};

void boot_add_ram(struct boot_info *b, uint64_t from_pa, uint64_t to_pa);
void boot_add_taken(struct boot_info *b, uint64_t from_pa, uint64_t to_pa);
/* count free frames in a row, marked as taken.  Panics if there are none. */
pfn_t boot_take_frames(struct boot_info *b, uint64_t count);
static inline pfn_t boot_take_frame(struct boot_info *b)
{
    return boot_take_frames(b, 1);
}

/* Goes on in C, on the boot stack; kernel.pv is set.  boot.c */
void kernel_main(struct boot_info *b) __attribute__((noreturn));

#endif
