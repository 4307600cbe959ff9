/*
 * psc.h - paging-structure caches.
 *
 * Hardware  Intel SDM vol. 3, "Paging-Structure Caches": PML4, PDPTE and PDE
 *           caches, tagged with VA[47:39], VA[47:30] and VA[47:21]; "Caching
 *           Translations Using EPT" for the second dimension.
 * Model     one fully associative array per level of the cached entry.  An
 *           entry says where the next table is (in the first stage under
 *           nested paging: its guest-physical address) and what all levels so
 *           far allow.  Made only when a walk ends well, from entries with
 *           P = 1 and A = 1 that are no pages.
 * INVARIANTS
 *   1. Global pages do not matter here: every entry belongs to one PCID.
 */
#ifndef MMU_PSC_H
#define MMU_PSC_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu_config.h"
#include "mmu/pt_geom.h"
#include "mmu/repl/repl.h"
#include "mmu/tlb.h"

struct psc_entry {
    uint64_t table; /* next table: hpa, or gpa in the first stage of two */
    uint64_t root;
    uint16_t pcid, vpid;
    uint8_t perm; /* PERM_* of all levels down to this entry */
};

struct psc_level {
    uint32_t count, held;
    uint64_t *keys; /* address bits above the level, 0: invalid */
    struct psc_entry *entries;
    struct repl repl;
};

struct psc {
    struct psc_level levels[PT_MAX_LEVELS + 1]; /* by level of the entry */
    struct place_log *log; /* NULL: nobody asked; its places: psc_place() */
};

/* An entry of a level, as a place: levels lie one behind the other. */
static inline uint32_t psc_place(unsigned level, uint32_t i)
{
    return level << 16 | i;
}

/* First address of the region that a valid entry is for. */
uint64_t psc_address(const struct psc *p, unsigned level, uint32_t i);

enum status psc_init(struct psc *p, const struct psc_config *config,
                     uint64_t seed, const char *name, struct error *e);
void psc_free(struct psc *p);

/* The cached entry of that level for address, or NULL; touches nothing. */
const struct psc_entry *psc_find(const struct psc *p, const struct pt_geom *g,
                                 unsigned level, uint64_t address,
                                 const struct tlb_tags *tags);
void psc_touch(struct psc *p, unsigned level, const struct psc_entry *entry);

/* No level had an entry that a walk of address could use: for the log. */
void psc_missed(const struct psc *p, uint64_t address);

/* Takes the place of an older entry for the same address and tags. */
void psc_fill(struct psc *p, const struct pt_geom *g, unsigned level,
              uint64_t address, const struct psc_entry *model);

/* keep_global is ignored. */
void psc_flush(struct psc *p, const struct tlb_scope *scope);

/* Only the entries that a walk of address would use. */
void psc_flush_address(struct psc *p, const struct pt_geom *g, uint64_t address,
                       const struct tlb_scope *scope);

uint64_t psc_digest(const struct psc *p);

#endif
