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
/* On all CPUs that use the space; for the others loading it flushes. */
void tlb_batch_flush(const struct tlb_batch *b);
/* On this CPU, which uses the space. */
void tlb_flush_here(const struct tlb_batch *b);
/* One page, on the other CPUs that use the space. */
void tlb_flush_elsewhere(struct space *s, uint64_t va);
/* All pages of the space in use. */
void tlb_flush_all(struct space *s);

#endif
