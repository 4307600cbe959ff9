/*
 * shadow_internal.h - for the files shadow_*.c alone.
 */
#ifndef HYPERVISOR_MODEL_PAGING_SHADOW_INTERNAL_H
#define HYPERVISOR_MODEL_PAGING_SHADOW_INTERNAL_H
#include "hypervisor-model/paging/paging.h"
#include "hypervisor-model/paging/shadow.h"
#include "mmu/pt_edit.h"

/*
 * How shadow entries lie in memory, for every format that the hardware walks:
 * they differ in the number of levels alone.
 */
static inline const struct pt_geom *shadow_geom(void)
{
    return &pt_geom_x86_5level;
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

/* Where a frame of the guest lies. */
static inline hfn_t shadow_frame(const struct shadow *s, gfn_t frame)
{
    return hpa_to_hfn(hpa_add(s->vm->memory_base, gfn_to_gpa(frame).v));
}

/* The guest frame that a leaf maps (its first). */
static inline gfn_t shadow_leaf_gfn(const struct shadow *s, unsigned level,
                                    uint64_t entry)
{
    uint64_t at = pt_address(shadow_geom(), level, entry, true);

    return gpa_to_gfn(gpa(at - s->vm->memory_base.v));
}

/* A guest entry; outside the guest's memory it reads as zero. */
uint64_t shadow_read_guest(struct shadow *s, const struct pt_geom *g, gpa_t at);
uint64_t shadow_peek_guest(const struct shadow *s, const struct pt_geom *g,
                           gpa_t at);

/* True if a guest table stands behind the shadow table. */
static inline bool shadow_has_table(const struct shadow_role *role)
{
    return !role->direct && !role->registers;
}

/* Which part of a guest table of this level the shadow for va stands for. */
static inline uint8_t shadow_part(const struct pt_geom *g, unsigned level,
                                  uint64_t va)
{
    if (g->entry_bytes == 8)
        return 0;
    return (uint8_t)(level == 2 ? va >> 30 & 3 : va >> 21 & 1);
}

/* The guest's entry behind a slot. */
gpa_t shadow_guest_entry_at(const struct shadow_page *p, unsigned slot);

/* Where the page of a guest's leaf begins, as far as slot maps it. */
static inline uint64_t shadow_guest_page(const struct shadow_page *p,
                                         unsigned slot, uint64_t entry)
{
    const struct pt_geom *g = p->role.guest;
    unsigned level = p->role.level;
    bool half = g->entry_bytes == 4 && level == 2 && (slot & 1);

    return pt_address(g, level, entry, true) + (half ? paging_span(2) : 0);
}

/* W, U and X of one guest entry. */
uint8_t shadow_access_of(uint64_t guest_entry);

/* True if `access` is no wider than a guest mapping of `combined` allows. */
bool shadow_access_within(uint8_t mode, uint8_t combined, bool dirty,
                          uint8_t access);

uint8_t shadow_mode(const struct shadow_regime *r);

/* True if a page of programs must stay one for the kernel, too. */
static inline bool shadow_is_strict(const struct shadow_regime *r)
{
    return !r->wp && (r->smap || r->pke);
}

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
/* The first present entry of a table from slot on; there is one. */
unsigned shadow_next_live(const struct shadow *s, uint32_t page, unsigned slot);
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
/* What a leaf says beside its frame. */
struct shadow_leaf {
    uint8_t access, key;
    bool global;
};
uint64_t shadow_make_leaf(const struct shadow *s, unsigned level, gfn_t frame,
                          const struct shadow_leaf *leaf);
bool shadow_is_open(const struct shadow *s, gfn_t frame);

/* shadow.c: charges the work; the hardware forgets what the tables no longer
   say. */
struct trip;
void shadow_end(struct trip *t, struct shadow *s);

/* shadow_write.c: a write to a guest table that is mapped read-only. */
enum vcpu_action shadow_emulate_write(struct trip *t, struct shadow *s,
                                      const struct shadow_regime *r,
                                      const struct guest_walk *w,
                                      const struct shadow_access *a);

/* The CPU executes the instruction, or delivers the event again, with an entry
   for it that goes at once. */
enum vcpu_action shadow_write_alone(struct trip *t, struct shadow *s,
                                    const struct shadow_regime *r,
                                    const struct guest_walk *w,
                                    const struct shadow_access *a);

/* shadow_sync.c */
void shadow_sync_page(struct shadow *s, uint32_t page);
bool shadow_slot_matches(const struct shadow *s, uint32_t page, unsigned slot,
                         uint64_t guest_entry);

#endif
