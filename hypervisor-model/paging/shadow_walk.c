/*
 * shadow_walk.c - the guest's own tables, read by software.
 *
 * Hardware  Intel SDM vol. 3, "Determination of Access Rights", "Page-Fault
 *           Exceptions", "Accessed and Dirty Flags".
 * Model     as the hardware would walk them; a table outside the guest's
 *           memory reads as zero; A and D are set only if the access is
 *           allowed.
 */
#include "hypervisor-model/paging/shadow_internal.h"

uint64_t shadow_peek_guest(const struct shadow *s, const struct pt_geom *g,
                           gpa_t at)
{
    hpa_t where;

    return vm_gpa_to_hpa(s->vm, at, &where) ? pt_edit_load(s->dram, g, where)
                                            : 0;
}

uint64_t shadow_read_guest(struct shadow *s, const struct pt_geom *g, gpa_t at)
{
    hpa_t where;

    if (!vm_gpa_to_hpa(s->vm, at, &where))
        return 0;
    shadow_touch(s, where, ACCESS_READ);
    return pt_edit_load(s->dram, g, where);
}

static void set_guest_bits(struct shadow *s, const struct pt_geom *g, gpa_t at,
                           uint64_t bits)
{
    hpa_t where;

    if (vm_gpa_to_hpa(s->vm, at, &where) &&
        pt_edit_set_bits(s->dram, g, where, bits))
        shadow_touch(s, where, ACCESS_WRITE);
}

uint8_t shadow_access_of(uint64_t guest_entry)
{
    return (uint8_t)((guest_entry & PTE_W ? SHADOW_W : 0) |
                     (guest_entry & PTE_U ? SHADOW_U : 0) |
                     (guest_entry & PTE_NX ? 0 : SHADOW_X));
}

uint8_t shadow_mode(const struct shadow_regime *r)
{
    if (!r->guest)
        return SHADOW_MODE_WP;
    return (uint8_t)((r->wp ? SHADOW_MODE_WP : 0) |
                     (r->nxe ? SHADOW_MODE_NXE : 0) |
                     (r->smep && !r->wp ? SHADOW_MODE_SMEP : 0) |
                     (shadow_is_strict(r) ? SHADOW_MODE_STRICT : 0));
}

static gpa_t entry_at(const struct pt_geom *g, gpa_t table, unsigned level,
                      gva_t va)
{
    return gpa_add(table, pt_entry_offset(g, level, va.v));
}

/* Bits of the error code that follow from the access alone. */
static uint32_t access_error(const struct shadow_regime *r,
                             const struct shadow_access *a)
{
    return (a->write ? PF_WRITE : 0) | (a->user ? PF_USER : 0) |
           (a->fetch && (r->nxe || r->smep) ? PF_FETCH : 0);
}

/* A protection key that forbids: 0, or PF_KEY. */
static uint32_t key_error(const struct shadow_regime *r,
                          const struct shadow_access *a,
                          const struct guest_walk *w)
{
    unsigned disabled = r->pkru >> (2 * w->key) & 3; /* access, writes */

    if (!r->pke || !(w->access & SHADOW_U) || a->fetch)
        return 0;
    if ((disabled & 1) || (a->write && (disabled & 2) && (a->user || r->wp)))
        return PF_KEY;
    return 0;
}

static bool is_allowed(const struct shadow_regime *r,
                       const struct shadow_access *a, uint8_t access)
{
    bool user_page = (access & SHADOW_U) != 0;

    if (a->fetch &&
        (!(access & SHADOW_X) || (!a->user && r->smep && user_page)))
        return false;
    if (a->user)
        return user_page && (!a->write || (access & SHADOW_W));
    if (a->write && r->wp && !(access & SHADOW_W))
        return false;
    return a->fetch || !(r->smap && user_page && !a->smap_off);
}

/* The first table in memory; false: PAE has none for this address. */
static bool begin(const struct shadow_regime *r, gva_t va, struct guest_walk *w)
{
    const struct pt_geom *g = r->guest;
    uint64_t pdpte;

    w->access = SHADOW_ALL;
    w->top = g->levels;
    w->table[w->top] = r->root;
    if (!g->register_level)
        return true;
    pdpte = r->pdpte[pt_index(g, g->register_level, va.v) % PT_PDPTES];
    w->top = (uint8_t)(g->register_level - 1);
    w->table[w->top] = gpa(pt_address(g, g->register_level, pdpte, false));
    return pt_present(g, pdpte);
}

/* Reads entries down to the leaf; false, with error_code, if it ends early. */
static bool descend(struct shadow *s, const struct shadow_regime *r, gva_t va,
                    struct guest_walk *w)
{
    const struct pt_geom *g = r->guest;

    if (!begin(r, va, w))
        return false;
    for (unsigned level = w->top;; level--) {
        gpa_t table = w->table[level];
        uint64_t entry = shadow_read_guest(s, g, entry_at(g, table, level, va));

        w->entry[level] = entry;
        w->access_above[level] = w->access;
        if (!pt_present(g, entry))
            return false;
        w->access &= shadow_access_of(entry);
        if (pt_reserved_set(g, level, entry, r->nxe)) {
            w->error_code = PF_PRESENT | PF_RESERVED;
            return false;
        }
        w->level = (uint8_t)level;
        if (pt_is_leaf(g, level, entry))
            return true;
        w->table[level - 1] = gpa(pt_address(g, level, entry, false));
    }
}

static void set_accessed(struct shadow *s, const struct pt_geom *g,
                         const struct shadow_access *a, struct guest_walk *w)
{
    for (unsigned level = w->top; level >= w->level; level--) {
        bool dirties = level == w->level && a->write;

        set_guest_bits(s, g, entry_at(g, w->table[level], level, a->va),
                       dirties ? PTE_A | PTE_D : PTE_A);
    }
    w->dirty = a->write || (w->entry[w->level] & PTE_D);
}

struct guest_walk shadow_walk_guest(struct shadow *s,
                                    const struct shadow_regime *r,
                                    const struct shadow_access *a)
{
    struct guest_walk w = {0};

    if (!r->guest) /* SMEP and SMAP are off then */
        return (struct guest_walk){.ok = true,
                                   .level = SHADOW_UNPAGED,
                                   .access = SHADOW_ALL,
                                   .dirty = true,
                                   .target = gpa(a->va.v)};
    if (descend(s, r, a->va, &w)) {
        w.key = (uint8_t)pt_key(r->guest, w.entry[w.level]);
        w.error_code = PF_PRESENT | key_error(r, a, &w);
        w.ok = is_allowed(r, a, w.access) && !(w.error_code & PF_KEY);
    }
    if (!w.ok) {
        w.error_code |= access_error(r, a);
        return w;
    }
    w.global = (w.entry[w.level] & PTE_G) != 0;
    w.target = gpa(pt_address(r->guest, w.level, w.entry[w.level], true) +
                   (a->va.v & (pt_span_bytes(r->guest, w.level) - 1)));
    set_accessed(s, r->guest, a, &w);
    return w;
}
