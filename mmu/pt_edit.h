/*
 * pt_edit.h - the only software that reads and writes page-table entries.
 *
 * For hypervisors (shadow and second-stage tables, validation), loaders and
 * tests.  The hardware walker sets A and D bits with pt_edit_set_bits().
 * Nothing here flushes a TLB: that is the caller's duty, as on hardware.
 * Outside DRAM entries read as 0 and writes are dropped.
 */
#ifndef MMU_PT_EDIT_H
#define MMU_PT_EDIT_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/memory.h"
#include "mmu/pt_geom.h"
#include "sim/core/addr.h"

/* Address of entry index of the table at table. */
static inline hpa_t pt_edit_at(const struct pt_geom *g, hpa_t table,
                               uint64_t index)
{
    return hpa_add(table, index * g->entry_bytes);
}

uint64_t pt_edit_read(const struct memory *m, const struct pt_geom *g,
                      hpa_t table, uint64_t index);
void pt_edit_write(struct memory *m, const struct pt_geom *g, hpa_t table,
                   uint64_t index, uint64_t entry);

/* The entry at an address, as the walker reads it. */
uint64_t pt_edit_load(const struct memory *m, const struct pt_geom *g,
                      hpa_t entry_at);

/*
 * Locked read-modify-write: sets bits in the entry; true if any was clear.
 */
bool pt_edit_set_bits(struct memory *m, const struct pt_geom *g, hpa_t entry_at,
                      uint64_t bits);

/*
 * Where the walk of address through the tables at root ends: the leaf or the
 * first absent entry.  No permission is checked, no bit is set.
 */
struct pt_place {
    hpa_t table;    /* that holds the entry */
    uint64_t index; /* of the entry in it */
    uint64_t entry;
    uint8_t level;
    bool leaf; /* present, and maps a page */
};

struct pt_place pt_edit_find(const struct memory *m, const struct pt_geom *g,
                             hpa_t root, uint64_t address);

#endif
