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

void tlb_batch_flush(struct tlb_batch *b)
{
    if (!kernel.current || kernel.current->space != b->space)
        return;
    if (b->count > TLB_FLUSH_MAX) {
        kernel.pv->flush_user();
        return;
    }
    for (unsigned i = 0; i < b->count; i++)
        kernel.pv->flush_page(b->pages[i]);
}
