/*
 * frame.h - who owns each 4 KiB frame of RAM: a buddy allocator.
 *
 * A free block of order n is 2^n frames, aligned to its size.  A request
 * splits the smallest block that is large enough; freeing joins a block with
 * its neighbour of the same size (its "buddy") when that is free as well.
 *
 * INVARIANTS
 *   1. A frame is on a free list exactly if FRAME_FREE is set in the record
 *      of the first frame of its block.
 *   2. refs of an allocated block counts the page-table entries, page-cache
 *      slots and kernel pointers that hold it; it goes free at 0.
 *   3. Blocks never handed out are full of zeros (unless option scrub); they
 *      lack FRAME_DIRTY and need not be cleared again.
 */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct boot_info;

enum {
    ORDER_4K = 0,
    ORDER_2M = 9,
    ORDER_1G = 18,
    ORDER_COUNT = 19,
};

enum {
    FRAME_FREE = 1,
    FRAME_DIRTY = 2, /* may hold old data */
    FRAME_FIXED = 4, /* part of the initramfs: never freed */
    FRAME_TABLE = 8, /* a page-table page */
    FRAME_PV = 16,   /* for the pv_ops implementation */
};

/* 16 bytes a frame; an array of all zeros is a legal start. */
struct frame {
    uint32_t next, prev; /* free list; frame number + 1, 0 ends it */
    uint32_t refs;
    uint16_t entries; /* page-table page: entries in use */
    uint8_t order;
    uint8_t flags;
};

struct frames {
    struct frame *all; /* indexed by pfn */
    pfn_t end_pfn;
    uint32_t free_lists[ORDER_COUNT]; /* frame number + 1 */
    uint64_t total, free;             /* frames */
    pfn_t zero_pfn;                   /* zeros that everyone may map to read */
};

#define PFN_NONE ((pfn_t)0) /* frame 0 is never handed out */

void frames_init(const struct boot_info *b);
/* Needed before frames_init(): takes the array from b. */
void frames_take_array(struct boot_info *b);

/* One block with refs = 1, or PFN_NONE.  Contents are undefined. */
pfn_t frame_alloc(unsigned order);
/* The same, filled with zeros. */
pfn_t frame_alloc_zeroed(unsigned order);
void frame_hold(pfn_t pfn);
void frame_drop(pfn_t pfn);
/* An allocated block becomes 2^n blocks of order, each with refs = 1. */
void frame_split(pfn_t pfn, unsigned order);
/* First frame of the allocated block that pfn is in; order as in its leaf. */
static inline pfn_t frame_head(pfn_t pfn, unsigned order)
{
    return pfn & ~(((pfn_t)1 << order) - 1);
}
struct frame *frame_of(pfn_t pfn);

#endif
