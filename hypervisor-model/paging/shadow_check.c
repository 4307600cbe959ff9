/*
 * shadow_check.c - the invariants of shadow.h, asserted by brute force.
 */
#include <inttypes.h>

#include "hypervisor-model/paging/shadow_internal.h"

static bool complain(struct error *e, const struct shadow_page *p,
                     unsigned slot, const char *what)
{
    error_set(e, STATUS_USAGE,
              "check: shadow of gfn 0x%" PRIx64 " (level %u%s), entry %u: %s",
              p->gfn.v, p->role.level, p->role.direct ? ", direct" : "", slot,
              what);
    return false;
}

/* A direct table maps frames linearly, with what its role says. */
static bool direct_matches(const struct shadow *s, uint32_t page, unsigned slot,
                           uint64_t entry)
{
    const struct shadow_page *p = &s->pages[page];
    unsigned level = p->role.level;
    uint64_t frame = p->gfn.v + ((uint64_t)slot << (9 * (level - 1)));
    const struct shadow_page *below;

    if (shadow_is_leaf(level, entry))
        return shadow_leaf_gfn(s, level, entry).v == frame &&
               pt_key(shadow_geom(), entry) == p->role.key &&
               ((entry & PTE_G) != 0) == p->role.global &&
               !(shadow_access_of(entry) & ~p->role.access);
    below = &s->pages[shadow_child(s, entry)];
    return below->used && below->role.direct && below->gfn.v == frame &&
           below->role.key == p->role.key &&
           below->role.global == p->role.global &&
           !(below->role.access & ~p->role.access);
}

/* No writable leaf over a guest table that is in step. */
static bool guards_hold(const struct shadow *s, unsigned level, uint64_t entry)
{
    gfn_t frame;

    if (!shadow_is_leaf(level, entry) || !(entry & PTE_W))
        return true;
    frame = shadow_leaf_gfn(s, level, entry);
    if (level == 1 && shadow_is_open(s, frame))
        return true;
    if (level == 1)
        return !shadow_is_guarded(s, frame);
    return s->guarded[level][frame.v >> (9 * (level - 1))] == 0;
}

static bool leaf_is_inside(const struct shadow *s, unsigned level,
                           uint64_t entry)
{
    gfn_t frame;

    if (!shadow_is_leaf(level, entry))
        return true;
    frame = shadow_leaf_gfn(s, level, entry);
    return frame.v + (paging_span(level) >> PAGE_SHIFT) <= s->frames;
}

static bool check_entry(const struct shadow *s, uint32_t page, unsigned slot,
                        uint64_t entry, struct error *e)
{
    const struct shadow_page *p = &s->pages[page];
    unsigned level = p->role.level;
    uint64_t guest = 0;

    if (!leaf_is_inside(s, level, entry))
        return complain(e, p, slot, "maps memory that is not the guest's");
    if (!shadow_is_listed(s, page, slot, entry))
        return complain(e, p, slot, "is not on its list");
    if (!guards_hold(s, level, entry))
        return complain(e, p, slot, "lets the guest write a table in step");
    if (p->role.registers && !p->role.direct)
        return !shadow_is_leaf(level, entry) ||
               complain(e, p, slot, "is a page in the place of a table");
    if (p->role.direct)
        return direct_matches(s, page, slot, entry) ||
               complain(e, p, slot, "is not the linear map");
    if (p->unsync)
        return true;
    guest = shadow_peek_guest(s, p->role.guest, shadow_guest_entry_at(p, slot));
    return shadow_slot_matches(s, page, slot, guest) ||
           complain(e, p, slot, "is not what the guest's entry says");
}

static bool check_page(const struct shadow *s, uint32_t page, struct error *e)
{
    const struct shadow_page *p = &s->pages[page];
    unsigned live = 0;

    for (unsigned slot = 0; slot < SHADOW_SLOTS && live < p->live; slot++) {
        uint64_t entry = shadow_entry(s, page, slot);

        if (entry == 0)
            continue;
        live++;
        if (!check_entry(s, page, slot, entry, e))
            return false;
    }
    return live == p->live || complain(e, p, 0, "entries are miscounted");
}

bool shadow_check(const struct shadow *s, struct error *e)
{
    for (uint32_t page = s->oldest; page != 0; page = s->pages[page].newer)
        if (!check_page(s, page, e))
            return false;
    return true;
}
