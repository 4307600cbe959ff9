/*
 * shadow_internal.h - for the files shadow_*.c alone.
 */
#ifndef HYPERVISOR_MODEL_PAGING_SHADOW_INTERNAL_H
#define HYPERVISOR_MODEL_PAGING_SHADOW_INTERNAL_H
#include "hypervisor-model/paging/paging.h"
#include "hypervisor-model/paging/shadow.h"
#include "mmu/pt_edit.h"

static inline const struct pt_geom *shadow_geom(void)
{
    return &pt_geom_x86_4level;
}

static inline struct shadow_page *shadow_page(const struct shadow *s,
                                              uint32_t page)
{
    return &s->pages[page];
}

/* Pays for memory that the hypervisor reads or writes. */
static inline void shadow_touch(struct shadow *s, hpa_t at,
                                enum access_kind kind)
{
    if (s->mmu)
        s->work_cycles += mmu_touch(s->mmu, at, kind);
}

static inline uint64_t shadow_entry(const struct shadow *s, uint32_t page,
                                    unsigned slot)
{
    return pt_edit_read(s->dram, shadow_geom(), shadow_table(s, page), slot);
}

/* True if a present shadow entry in a table of this level maps a page. */
static inline bool shadow_is_leaf(unsigned level, uint64_t entry)
{
    return pt_is_leaf(shadow_geom(), level, entry);
}

/* The shadow table that a table entry points to. */
static inline uint32_t shadow_child(const struct shadow *s, uint64_t entry)
{
    return (uint32_t)(((entry & PTE_ADDRESS) >> PAGE_SHIFT) -
                      s->first_frame.v) +
           1;
}

/* The guest frame that a leaf maps (its first). */
static inline gfn_t shadow_leaf_gfn(const struct shadow *s, unsigned level,
                                    uint64_t entry)
{
    uint64_t at = pt_address(shadow_geom(), level, entry, true);

    return gpa_to_gfn(gpa(at - s->vm->memory_base.v));
}

/* A guest entry; outside the guest's memory it reads as zero. */
uint64_t shadow_read_guest(struct shadow *s, gpa_t at);
uint64_t shadow_peek_guest(const struct shadow *s, gpa_t at);

/* W, U and X of one guest entry. */
uint8_t shadow_access_of(uint64_t guest_entry);

/* True if `access` is no wider than a guest mapping of `combined` allows. */
bool shadow_access_within(uint8_t mode, uint8_t combined, bool dirty,
                          uint8_t access);

uint8_t shadow_mode(const struct shadow_regime *r);

/* shadow_pages.c: tables and lists. */
uint32_t shadow_find_page(const struct shadow *s, gfn_t gfn,
                          const struct shadow_role *role);
uint32_t shadow_get_page(struct shadow *s, gfn_t gfn,
                         const struct shadow_role *role);
void shadow_used(struct shadow *s, uint32_t page); /* recycled later */
void shadow_zap_page(struct shadow *s, uint32_t page);
void shadow_set_unsync(struct shadow *s, uint32_t page, bool unsync);
void shadow_make_room(struct shadow *s, uint32_t pages);
/* The next table of gfn after `page` (0: the first); 0: none. */
uint32_t shadow_next_of(const struct shadow *s, gfn_t gfn, uint32_t page);

/* shadow_entries.c: single entries and their lists. */
void shadow_drop_entry(struct shadow *s, uint32_t page, unsigned slot);
void shadow_set_leaf(struct shadow *s, uint32_t page, unsigned slot,
                     uint64_t entry);
/* False if it was there already. */
bool shadow_set_table(struct shadow *s, uint32_t page, unsigned slot,
                      uint32_t child);
/* True if the present entry is on the list that invariant 4 says. */
bool shadow_is_listed(const struct shadow *s, uint32_t page, unsigned slot,
                      uint64_t entry);
void shadow_protect_frame(struct shadow *s, gfn_t frame);
bool shadow_is_guarded(const struct shadow *s, gfn_t frame);
void shadow_drop_parents(struct shadow *s, uint32_t page);
/* True if a path of table entries leads from root to page. */
bool shadow_reaches(const struct shadow *s, uint32_t root, uint32_t page);
uint64_t shadow_make_leaf(const struct shadow *s, unsigned level, gfn_t frame,
                          uint8_t access, bool global);

/* shadow_sync.c */
void shadow_sync_page(struct shadow *s, uint32_t page);
bool shadow_slot_matches(const struct shadow *s, uint32_t page, unsigned slot,
                         uint64_t guest_entry);

#endif
