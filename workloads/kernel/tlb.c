/*
 * tlb.c - one by one, or all at once.
 */
#include "workloads/kernel/tlb.h"

#include "workloads/kernel/kernel.h"

void tlb_batch_add(struct tlb_batch *b, uint64_t va)
{
    if (b->count < TLB_FLUSH_MAX)
        b->pages[b->count] = va;
    b->count++;
}

void tlb_flush_here(const struct tlb_batch *b)
{
    if (b->count > TLB_FLUSH_MAX) {
        kernel.pv->flush_user();
        return;
    }
    for (unsigned i = 0; i < b->count; i++)
        kernel.pv->flush_page(b->pages[i]);
}

void tlb_batch_flush(const struct tlb_batch *b)
{
    if (kernel.current && kernel.current->space == b->space)
        tlb_flush_here(b);
    if (kernel.cpu_count > 1)
        cpus_flush(b);
}

/* A batch is large: it is made only if there are others. */
static void batch_elsewhere(struct space *s, uint64_t va, unsigned count)
{
    struct tlb_batch b = {.space = s, .count = count};

    b.pages[0] = va;
    cpus_flush(&b);
}

void tlb_flush_elsewhere(struct space *s, uint64_t va)
{
    if (kernel.cpu_count > 1)
        batch_elsewhere(s, va, 1);
}

void tlb_flush_all(struct space *s)
{
    kernel.pv->flush_user();
    if (kernel.cpu_count > 1)
        batch_elsewhere(s, 0, TLB_FLUSH_MAX + 1);
}
