/*
 * pagetable.h - reading and changing the tables that the MMU walks.
 *
 * Hardware  Intel SDM vol. 3, "4-Level Paging and 5-Level Paging".
 * Four levels of tables with 512 entries each; an entry of level 1 maps 4 KiB,
 * one of level 2 or 3 with PTE_LARGE maps 2 MiB or 1 GiB.  Entries are written
 * through kernel.pv only, because under Xen the hypervisor does it.
 */
#ifndef KERNEL_PAGETABLE_H
#define KERNEL_PAGETABLE_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/pv_ops.h"

#define PTE_PRESENT  0x001u
#define PTE_WRITE    0x002u
#define PTE_USER     0x004u
#define PTE_UNCACHED 0x018u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u
#define PTE_LARGE    0x080u
#define PTE_GLOBAL   0x100u
#define PTE_HIDDEN   0x200u /* ours: a page is here, but PROT_NONE hides it */
#define PTE_NX       0x8000000000000000u
#define PTE_ADDRESS  0x000ffffffffff000u

/* Bytes that one entry of a level covers. */
static inline uint64_t pt_span(unsigned level)
{
    return (uint64_t)1 << (PAGE_BITS + 9 * (level - 1));
}

static inline unsigned level_of_order(unsigned order)
{
    return order / 9 + 1;
}

static inline unsigned order_of_level(unsigned level)
{
    return 9 * (level - 1);
}

uint64_t pte_read(const struct pt_slot *slot);
void pte_write(const struct pt_slot *slot, uint64_t value);
/* The same in a zeroed page that pt_hang() will make a table: memory as yet. */
void pte_fill(const struct pt_slot *slot, uint64_t value);
uint64_t pte_make(pfn_t pfn, uint64_t flags);
pfn_t pte_pfn(uint64_t pte);
/* An entry that maps (or hides) memory, not a table. */
static inline bool pte_is_leaf(uint64_t pte, unsigned level)
{
    return (pte & (PTE_PRESENT | PTE_HIDDEN)) &&
           (level == 1 || (pte & PTE_LARGE));
}

/* The entry where a walk for va ends: a leaf, or an empty entry. */
struct pt_slot pt_lookup(struct pt_root *root, uint64_t va);
/* The entry of that level for va, with tables made on the way.  False: no
   memory, or a large page is in the way. */
bool pt_reach(struct pt_root *root, uint64_t va, unsigned level,
              struct pt_slot *slot);
/* Makes a page a table, below an entry that it replaces.  Filled before it is
   hung it costs the hypervisor one look at 512 entries instead of 512 calls
   or faults.  The entry's new value. */
uint64_t pt_hang(const struct pt_slot *slot, pfn_t table);
/* If a large page covers va but does not begin there, cuts it into 512
   smaller ones (again, if need be), so that it begins there.  False: no
   memory. */
bool pt_split_at(struct pt_root *root, uint64_t va);

struct pt_range {
    uint64_t from, to;
};

/* What pt_visit calls for each leaf; false stops the visit. */
typedef bool pt_visitor(const struct pt_slot *slot, uint64_t va, void *context);
/* Leaves that begin in from .. to-1, in order; frees tables left empty. */
bool pt_visit(struct pt_root *root, struct pt_range range, pt_visitor *visit,
              void *context);

#endif
