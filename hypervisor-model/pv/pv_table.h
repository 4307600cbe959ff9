/*
 * pv_table.h - validation of page tables, entry by entry.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_TABLE_H
#define HYPERVISOR_MODEL_PV_PV_TABLE_H

#include "hypervisor-model/pv/pv_domain.h"

enum { PV_TABLE_ENTRIES = 512 };

/* Takes the uses of every entry; on failure none is left taken. */
int pv_table_validate(struct pv_turn *t, hfn_t table, enum pv_type level);
void pv_table_release(struct pv_turn *t, hfn_t table, enum pv_type level);

/*
 * Writes one entry of a table whose type the caller holds.  keep_ad: the A
 * and D bits that the hardware set meanwhile survive.
 */
int pv_table_write(struct pv_turn *t, hpa_t at, enum pv_type level,
                   uint64_t value, bool keep_ad);

/* What Xen makes of an entry that the guest asks for. */
uint64_t pv_entry_adjust(enum pv_type level, uint64_t entry);

static inline bool pv_is_table(unsigned type)
{
    return type >= PV_TYPE_L1 && type <= PV_TYPE_L4;
}

/* Entries of a root table in which the guest has no say. */
static inline bool pv_is_xen_slot(enum pv_type level, unsigned index)
{
    return level == PV_TYPE_L4 && index >= XEN_L4_FIRST && index <= XEN_L4_LAST;
}

#endif
