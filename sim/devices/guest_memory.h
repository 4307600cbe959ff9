/*
 * guest_memory.h - the memory that a VM's devices may read and write.
 *
 * Model      guest-physical ranges of RAM, each on consecutive host frames;
 *            what is in no range (the hole below 4 GiB, what lies beyond the
 *            end) is not memory.
 * INVARIANT  no access leaves the ranges: a device that is programmed with a
 *            wild address gets false, and nothing is copied.
 *
 * A write marks the frames that instructions were decoded from, so that the
 * CPUs drop what they decoded (memory_dma_write()).
 */
#ifndef SIM_DEVICES_GUEST_MEMORY_H
#define SIM_DEVICES_GUEST_MEMORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/memory.h"
#include "sim/core/addr.h"

enum { GUEST_MEMORY_RANGES = 4 };

struct guest_memory_range {
    gpa_t at;
    uint64_t bytes;
    hpa_t host;
};

struct guest_memory {
    struct memory *dram; /* NULL: there is none, every access fails */
    struct guest_memory_range ranges[GUEST_MEMORY_RANGES];
    unsigned range_count;
};

/* Adds a range of RAM.  False: there are too many already. */
bool guest_memory_add(struct guest_memory *m, gpa_t at, uint64_t bytes,
                      hpa_t host);

/* True if the guest has RAM at a. */
bool guest_memory_has(const struct guest_memory *m, gpa_t a);

/* False, with nothing copied, if any byte is not RAM of the guest. */
bool guest_memory_read(const struct guest_memory *m, gpa_t from, void *to,
                       size_t bytes);
bool guest_memory_write(struct guest_memory *m, gpa_t to, const void *from,
                        size_t bytes);

#endif
