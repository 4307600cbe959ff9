/*
 * paging.h - the ways to virtualize the memory of a guest in guest mode.
 */
#ifndef HYPERVISOR_MODEL_PAGING_PAGING_H
#define HYPERVISOR_MODEL_PAGING_PAGING_H
#include "hypervisor-model/exits/guest_mode.h"

extern const struct paging_ops paging_shadow;
extern const struct paging_ops paging_nested;

/*
 * Highest level, up to `wanted`, at which one entry can map the page of `at`:
 * all of it is the VM's and its backing is aligned.
 */
unsigned paging_backing_level(const struct vm *vm, gpa_t at, unsigned wanted);

/* Level of a page of 1 << shift bytes: 12, 21, 30 make 1, 2, 3. */
static inline unsigned paging_level_of_shift(unsigned shift)
{
    return (shift - PAGE_SHIFT) / 9 + 1;
}

static inline uint64_t paging_span(unsigned level)
{
    return pt_span_bytes(&pt_geom_x86_4level, level);
}

#endif
