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

uint64_t shadow_peek_guest(const struct shadow *s, gpa_t at)
{
    hpa_t where;

    return vm_gpa_to_hpa(s->vm, at, &where)
               ? pt_edit_load(s->dram, shadow_geom(), where)
               : 0;
}

uint64_t shadow_read_guest(struct shadow *s, gpa_t at)
{
    hpa_t where;

    if (!vm_gpa_to_hpa(s->vm, at, &where))
        return 0;
    shadow_touch(s, where, ACCESS_READ);
    return pt_edit_load(s->dram, shadow_geom(), where);
}

static void set_guest_bits(struct shadow *s, gpa_t at, uint64_t bits)
{
    hpa_t where;

    if (vm_gpa_to_hpa(s->vm, at, &where) &&
        pt_edit_set_bits(s->dram, shadow_geom(), where, bits))
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
                     (r->smep && !r->wp ? SHADOW_MODE_SMEP : 0));
}

static gpa_t entry_at(gpa_t table, unsigned level, gva_t va)
{
    return gpa_add(table, pt_entry_offset(shadow_geom(), level, va.v));
}

/* Bits of the error code that follow from the access alone. */
static uint32_t access_error(const struct shadow_regime *r,
                             const struct shadow_access *a)
{
    return (a->write ? PF_WRITE : 0) | (a->user ? PF_USER : 0) |
           (a->fetch && (r->nxe || r->smep) ? PF_FETCH : 0);
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

/* Reads entries down to the leaf; false, with error_code, if it ends early. */
static bool descend(struct shadow *s, const struct shadow_regime *r, gva_t va,
                    struct guest_walk *w)
{
    const struct pt_geom *g = r->guest;
    gpa_t table = gpa(r->root.v & PTE_ADDRESS);

    w->access = SHADOW_ALL;
    for (unsigned level = g->levels;; level--) {
        uint64_t entry = shadow_read_guest(s, entry_at(table, level, va));

        w->table[level] = table;
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
        table = gpa(pt_address(g, level, entry, false));
    }
}

static void set_accessed(struct shadow *s, const struct shadow_access *a,
                         struct guest_walk *w)
{
    for (unsigned level = shadow_geom()->levels; level >= w->level; level--) {
        bool dirties = level == w->level && a->write;

        set_guest_bits(s, entry_at(w->table[level], level, a->va),
                       dirties ? PTE_A | PTE_D : PTE_A);
    }
    w->dirty = a->write || (w->entry[w->level] & PTE_D);
}

/*
 * Without paging there are no user pages; but programs of CPL 3 run too, so
 * the entries are for all unless SMEP or SMAP would then stop the kernel.
 */
static uint8_t unpaged_access(const struct shadow_regime *r)
{
    return r->smep || r->smap ? SHADOW_ALL & ~SHADOW_U : SHADOW_ALL;
}

struct guest_walk shadow_walk_guest(struct shadow *s,
                                    const struct shadow_regime *r,
                                    const struct shadow_access *a)
{
    struct guest_walk w = {0};

    if (!r->guest)
        return (struct guest_walk){.ok = true,
                                   .level = 5,
                                   .access = unpaged_access(r),
                                   .dirty = true,
                                   .target = gpa(a->va.v)};
    if (descend(s, r, a->va, &w)) {
        w.ok = is_allowed(r, a, w.access);
        w.error_code = PF_PRESENT;
    }
    if (!w.ok) {
        w.error_code |= access_error(r, a);
        return w;
    }
    w.global = (w.entry[w.level] & PTE_G) != 0;
    w.target = gpa(pt_address(shadow_geom(), w.level, w.entry[w.level], true) +
                   (a->va.v & (paging_span(w.level) - 1)));
    set_accessed(s, a, &w);
    return w;
}
