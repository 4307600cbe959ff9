/*
 * shadow_sync.c - the shadow follows what the guest wrote into its tables.
 */
#include "hypervisor-model/paging/shadow_internal.h"

bool shadow_access_within(uint8_t mode, uint8_t combined, bool dirty,
                          uint8_t access)
{
    bool kernel_overrides = !(mode & SHADOW_MODE_WP) && !(access & SHADOW_U);

    if ((access & SHADOW_W) &&
        (!dirty || !((combined & SHADOW_W) || kernel_overrides)))
        return false;
    return !(access & ~combined & (SHADOW_U | SHADOW_X));
}

static gpa_t guest_entry_at(const struct shadow_page *p, unsigned slot)
{
    return gpa_add(gfn_to_gpa(p->gfn),
                   (uint64_t)slot * shadow_geom()->entry_bytes);
}

/* The leaf that a guest entry calls for without a fault; 0: none. */
static uint64_t leaf_for(const struct shadow *s, const struct shadow_page *p,
                         uint64_t guest)
{
    const struct pt_geom *g = shadow_geom();
    unsigned level = p->role.level;
    uint8_t access = p->role.access & shadow_access_of(guest);
    uint64_t to = pt_address(g, level, guest, true);

    if (!pt_present(g, guest) || !(guest & PTE_A) ||
        !pt_is_leaf(g, level, guest) ||
        pt_reserved_set(g, level, guest, p->role.mode & SHADOW_MODE_NXE) ||
        !vm_has_memory(s->vm, gpa(to), paging_span(level)))
        return 0;
    if (!(guest & PTE_D) ||
        (level == 1 && shadow_is_guarded(s, gpa_to_gfn(gpa(to)))))
        access &= (uint8_t)~SHADOW_W;
    return shadow_make_leaf(s, level, gpa_to_gfn(gpa(to)), access,
                            (guest & PTE_G) != 0);
}

/* True if a shadow table below slot is what the guest entry calls for. */
static bool child_matches(const struct shadow *s, const struct shadow_page *p,
                          uint32_t child, uint64_t guest)
{
    const struct pt_geom *g = shadow_geom();
    const struct shadow_page *below = &s->pages[child];
    uint8_t combined = p->role.access & shadow_access_of(guest);
    bool leaf = pt_is_leaf(g, p->role.level, guest);
    uint64_t to = pt_address(g, p->role.level, guest, leaf);

    if (below->gfn.v != to >> PAGE_SHIFT || below->role.direct != leaf)
        return false;
    if (leaf)
        return shadow_access_within(p->role.mode, combined, guest & PTE_D,
                                    below->role.access);
    return below->role.access == combined;
}

bool shadow_slot_matches(const struct shadow *s, uint32_t page, unsigned slot,
                         uint64_t guest)
{
    const struct shadow_page *p = &s->pages[page];
    const struct pt_geom *g = shadow_geom();
    uint64_t entry = shadow_entry(s, page, slot);
    unsigned level = p->role.level;

    if (!pt_present(g, guest) || !(guest & PTE_A) ||
        pt_reserved_set(g, level, guest, p->role.mode & SHADOW_MODE_NXE))
        return false;
    if (!shadow_is_leaf(level, entry))
        return child_matches(s, p, shadow_child(s, entry), guest);
    return pt_is_leaf(g, level, guest) &&
           shadow_leaf_gfn(s, level, entry).v ==
               pt_address(g, level, guest, true) >> PAGE_SHIFT &&
           shadow_access_within(p->role.mode,
                                p->role.access & shadow_access_of(guest),
                                guest & PTE_D, shadow_access_of(entry));
}

/*
 * One slot follows its guest entry; ahead: also if there was nothing yet, so
 * that the guest's next access need not fault.  True if it changed.
 */
static bool sync_slot(struct shadow *s, uint32_t page, unsigned slot,
                      bool ahead)
{
    struct shadow_page *p = &s->pages[page];
    uint64_t before = shadow_entry(s, page, slot);
    uint64_t guest, unused = before == 0 ? PTE_A : 0;

    if (before == 0 && (!ahead || p->role.level != 1))
        return false;
    guest = shadow_read_guest(s, guest_entry_at(p, slot));
    if (p->role.level == 1) {
        shadow_set_leaf(s, page, slot, leaf_for(s, p, guest) & ~unused);
        if (unused)
            p->ahead = (uint16_t)(slot + 1);
    } else if (!shadow_slot_matches(s, page, slot, guest)) {
        shadow_drop_entry(s, page, slot);
    }
    return shadow_entry(s, page, slot) != before;
}

void shadow_sync_page(struct shadow *s, uint32_t page)
{
    struct shadow_page *p = &s->pages[page];

    shadow_set_unsync(s, page, false);
    shadow_protect_frame(s, p->gfn);
    for (unsigned slot = 0; slot < SHADOW_SLOTS && p->live != 0; slot++)
        if (sync_slot(s, page, slot, false))
            counter_add(s->counters, COUNTER_SHADOW_SYNC, 1);
}

/* True if the CPU walked through what the last write filled: the walk marked
   it.  Fills ahead of use leave no other trace. */
static bool walked_since(const struct shadow *s, uint32_t page)
{
    const struct shadow_page *p = &s->pages[page];

    return p->ahead != 0 && (shadow_entry(s, page, p->ahead - 1u) & PTE_A);
}

/* A write that no table entry would be: the frame is something else now. */
static bool looks_like_data(const struct shadow *s, uint32_t page, gpa_t at,
                            unsigned bytes)
{
    struct shadow_page *p = &s->pages[page];
    bool crosses = ((at.v ^ (at.v + bytes - 1)) & ~(uint64_t)7) != 0;
    bool may_unsync = s->config->shadow_unsync && p->role.level == 1;

    if (crosses || bytes < 4)
        return true;
    if (walked_since(s, page))
        p->emulated = 0;
    p->ahead = 0;
    if (p->emulated < SHADOW_FLOOD_WRITES)
        p->emulated++;
    return !may_unsync && p->emulated >= SHADOW_FLOOD_WRITES;
}

void shadow_guest_wrote(struct shadow *s, gpa_t at, unsigned bytes)
{
    gfn_t frame = gpa_to_gfn(at);
    unsigned first = (unsigned)page_offset(at.v) / 8;
    unsigned last = (unsigned)page_offset(at.v + bytes - 1) / 8;
    uint32_t page = shadow_next_of(s, frame, 0);

    counter_add(s->counters, COUNTER_SHADOW_SYNC, page != 0);
    while (page != 0) {
        uint32_t next = shadow_next_of(s, frame, page);
        struct shadow_page *p = &s->pages[page];

        if (looks_like_data(s, page, at, bytes) && p->roots == 0) {
            shadow_zap_page(s, page);
        } else {
            for (unsigned slot = first; slot <= last; slot++)
                sync_slot(s, page, slot, true);
        }
        page = next;
    }
}

static void invalidate_entry(struct shadow *s, uint32_t page, unsigned slot)
{
    bool flush = s->flush;

    s->flush = false;
    if (sync_slot(s, page, slot, true))
        counter_add(s->counters, COUNTER_SHADOW_SYNC, 1);
    s->flush_owed = s->flush_owed || s->flush;
    s->flush = flush;
}

void shadow_invalidate(struct shadow *s, uint32_t root, gva_t va)
{
    uint32_t page = root;

    for (unsigned level = shadow_geom()->levels;; level--) {
        unsigned slot = (unsigned)pt_index(shadow_geom(), level, va.v);
        uint64_t entry = shadow_entry(s, page, slot);

        shadow_touch(s, pt_edit_at(shadow_geom(), shadow_table(s, page), slot),
                     ACCESS_READ);
        if (level == 1 && s->pages[page].unsync)
            invalidate_entry(s, page, slot);
        if (entry == 0 || shadow_is_leaf(level, entry))
            return;
        page = shadow_child(s, entry);
    }
}

/* As KVM at a CR3 load: what the root cannot reach may stay stale. */
void shadow_resync(struct shadow *s, uint32_t root)
{
    uint32_t page = s->unsync;

    while (page != 0) {
        uint32_t next = s->pages[page].unsync_next;

        if (shadow_reaches(s, root, page))
            shadow_sync_page(s, page);
        page = next;
    }
}
