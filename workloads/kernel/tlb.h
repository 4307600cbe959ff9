/*
 * tlb.h - after page tables change, old translations must be forgotten.
 *
 * Collects the pages that changed.  A few are flushed one by one (INVLPG);
 * beyond TLB_FLUSH_MAX it is cheaper to drop everything of the user's and let
 * the walker fetch again: Linux decides so too (its limit is 33).
 */
#ifndef KERNEL_TLB_H
#define KERNEL_TLB_H
#include <stdint.h>

struct space;

enum { TLB_FLUSH_MAX = 32 };

struct tlb_batch {
    struct space *space;
    unsigned count; /* may exceed TLB_FLUSH_MAX: then flush all */
    uint64_t pages[TLB_FLUSH_MAX];
};

void tlb_batch_add(struct tlb_batch *b, uint64_t va);
/* Does nothing if the space is not the current one: loading it flushes. */
void tlb_batch_flush(struct tlb_batch *b);

#endif
