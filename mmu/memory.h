/*
 * memory.h - the simulated machine's DRAM.
 *
 * One flat host-physical space [0, bytes), reserved lazily on the host: only
 * frames that are touched cost host memory; untouched frames read as zero.
 * All accesses are little-endian and bounded: an address outside DRAM is a
 * result value, never a host access.  A machine with devices has a hole in
 * its DRAM, where their addresses are.
 *
 * The code map marks frames from which instructions were decoded, so that a
 * write to them is noticed (self-modified code).  The watch map marks frames
 * that a hypervisor has read and whose changes by devices it must hear of
 * (shadowed page tables).  With several NUMA nodes each frame is on one: those
 * of a region on the same, or on some of them by turns.
 */
#ifndef MMU_MEMORY_H
#define MMU_MEMORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/addr.h"
#include "sim/core/status.h"

struct memory {
    uint8_t *base;   /* host address of hpa 0; owned */
    uint64_t bytes;  /* multiple of PAGE_BYTES */
    uint8_t *code;   /* one byte per frame: 1 if code was decoded from it, 2 if
                        a device has written it since */
    bool code_stale; /* some frame's code is 2: see memory_dma_write() */
    uint8_t *watch;  /* one byte per frame: 1 if a hypervisor watches it, 2 if
                        a device has written it since */
    uint64_t watch_writes; /* by devices, to frames that are watched */
    uint64_t *nodes;       /* by region: the set of nodes; NULL: there is one */
    /* Addresses without DRAM, as below 4 GiB of a PC; both 0: none. */
    uint64_t hole_begin, hole_end;
};

enum status memory_init(struct memory *m, uint64_t bytes, struct error *e);
void memory_free(struct memory *m);

/* Takes [begin, end), whole pages within the memory, out of DRAM. */
void memory_set_hole(struct memory *m, hpa_t begin, hpa_t end);

/*
 * From now on the memory has so many NUMA nodes, 2 to 64, and all of them have
 * some of it; or: [begin, begin + bytes), whole regions, is on a set of them.
 */
enum { MEMORY_REGION_SHIFT = 21 };
enum status memory_set_nodes(struct memory *m, unsigned nodes, struct error *e);
void memory_place(struct memory *m, hpa_t begin, uint64_t bytes,
                  uint64_t nodes);

static inline bool memory_has_nodes(const struct memory *m)
{
    return m->nodes != NULL;
}

/* The node of an address, if there are several. */
unsigned memory_node(const struct memory *m, hpa_t a);

/* True if [a, a + bytes) is DRAM. */
static inline bool memory_has(const struct memory *m, hpa_t a, uint64_t bytes)
{
    return a.v < m->bytes && bytes <= m->bytes - a.v &&
           (a.v >= m->hole_end || a.v + bytes <= m->hole_begin);
}

/* Host pointer to DRAM at a; the caller has checked memory_has(). */
static inline uint8_t *memory_at(const struct memory *m, hpa_t a)
{
    return m->base + a.v;
}

/* Aligned entry access for page tables.  Outside DRAM: reads 0, drops. */
uint64_t memory_read64(const struct memory *m, hpa_t a);
uint32_t memory_read32(const struct memory *m, hpa_t a);
void memory_write64(struct memory *m, hpa_t a, uint64_t value);
void memory_write32(struct memory *m, hpa_t a, uint32_t value);

/* False, with nothing copied, if any byte is outside DRAM. */
bool memory_copy_in(struct memory *m, hpa_t to, const void *from, size_t bytes);
bool memory_copy_out(const struct memory *m, void *to, hpa_t from,
                     size_t bytes);

/*
 * A write by a device.  Frames with decoded code are marked 2, and code_stale
 * is set: each CPU drops what it decoded from them before it runs on.  Frames
 * that are watched are marked 2 likewise, and counted in watch_writes.
 */
bool memory_dma_write(struct memory *m, hpa_t to, const void *from,
                      size_t bytes);
bool memory_zero(struct memory *m, hpa_t at, uint64_t bytes);

/* From now on a device's write to the frame is kept, or no more. */
static inline void memory_watch(struct memory *m, hfn_t frame, bool watch)
{
    m->watch[frame.v] = watch;
}

/* True once if a device wrote the frame while it was watched. */
static inline bool memory_take_written(struct memory *m, hfn_t frame)
{
    if (m->watch[frame.v] != 2)
        return false;
    m->watch[frame.v] = 1;
    return true;
}

static inline bool memory_is_code(const struct memory *m, hfn_t frame)
{
    return m->code[frame.v] != 0;
}

#endif
