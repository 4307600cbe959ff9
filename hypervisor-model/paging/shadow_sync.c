/*
 * shadow_sync.c - the shadow follows what the guest wrote into its tables.
 */
#include "hypervisor-model/paging/shadow_internal.h"

bool shadow_access_within(uint8_t mode, uint8_t combined, bool dirty,
                          uint8_t access)
{
    bool kernel_overrides = !(mode & SHADOW_MODE_WP) && !(access & SHADOW_U);

    if ((mode & SHADOW_MODE_STRICT) && ((access ^ combined) & SHADOW_U))
        return false;
    if ((access & SHADOW_W) &&
        (!dirty || !((combined & SHADOW_W) || kernel_overrides)))
        return false;
    return !(access & ~combined & (SHADOW_U | SHADOW_X));
}

gpa_t shadow_guest_entry_at(const struct shadow_page *p, unsigned slot)
{
    uint64_t index = slot;

    if (p->role.guest->entry_bytes == 4) {
        index += (uint64_t)p->role.part * SHADOW_SLOTS;
        if (p->role.level == 2) /* two slots for 4M */
            index /= 2;
    }
    return gpa_add(gfn_to_gpa(p->gfn), index * p->role.guest->entry_bytes);
}

/* The leaf that a guest entry calls for without a fault; 0: none. */
static uint64_t leaf_for(const struct shadow *s, const struct shadow_page *p,
                         unsigned slot, uint64_t guest)
{
    const struct pt_geom *g = p->role.guest;
    unsigned level = p->role.level;
    struct shadow_leaf leaf = {.access =
                                   p->role.access & shadow_access_of(guest),
                               .key = (uint8_t)pt_key(g, guest),
                               .global = (guest & PTE_G) != 0};
    uint64_t to = shadow_guest_page(p, slot, guest);

    if (!pt_present(g, guest) || !(guest & PTE_A) ||
        !pt_is_leaf(g, level, guest) ||
        pt_reserved_set(g, level, guest, p->role.mode & SHADOW_MODE_NXE) ||
        !vm_has_memory(s->vm, gpa(to), paging_span(level)))
        return 0;
    if (!(guest & PTE_D) ||
        (level == 1 && shadow_is_guarded(s, gpa_to_gfn(gpa(to)))))
        leaf.access &= (uint8_t)~SHADOW_W;
    return shadow_make_leaf(s, level, gpa_to_gfn(gpa(to)), &leaf);
}

/* True if a shadow table below slot is what the guest entry calls for. */
static bool child_matches(const struct shadow *s, const struct shadow_page *p,
                          unsigned slot, uint64_t guest)
{
    const struct pt_geom *g = p->role.guest;
    uint32_t child =
        shadow_child(s, shadow_entry(s, (uint32_t)(p - s->pages), slot));
    const struct shadow_page *below = &s->pages[child];
    uint8_t combined = p->role.access & shadow_access_of(guest);
    bool leaf = pt_is_leaf(g, p->role.level, guest);
    uint64_t to = leaf ? shadow_guest_page(p, slot, guest)
                       : pt_address(g, p->role.level, guest, false);

    if (below->gfn.v != to >> PAGE_SHIFT || below->role.direct != leaf)
        return false;
    if (leaf)
        return below->role.key == pt_key(g, guest) &&
               below->role.global == ((guest & PTE_G) != 0) &&
               shadow_access_within(p->role.mode, combined, guest & PTE_D,
                                    below->role.access);
    return below->role.access == combined && below->role.guest == g &&
           (g->entry_bytes == 8 || below->role.part == (slot & 1));
}

bool shadow_slot_matches(const struct shadow *s, uint32_t page, unsigned slot,
                         uint64_t guest)
{
    const struct shadow_page *p = &s->pages[page];
    const struct pt_geom *g = p->role.guest;
    uint64_t entry = shadow_entry(s, page, slot);
    unsigned level = p->role.level;

    if (!pt_present(g, guest) || !(guest & PTE_A) ||
        pt_reserved_set(g, level, guest, p->role.mode & SHADOW_MODE_NXE))
        return false;
    if (!shadow_is_leaf(level, entry))
        return child_matches(s, p, slot, guest);
    return pt_is_leaf(g, level, guest) &&
           shadow_leaf_gfn(s, level, entry).v ==
               shadow_guest_page(p, slot, guest) >> PAGE_SHIFT &&
           pt_key(shadow_geom(), entry) == pt_key(g, guest) &&
           !((entry ^ guest) & PTE_G) &&
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
    guest = shadow_read_guest(s, p->role.guest, shadow_guest_entry_at(p, slot));
    if (p->role.level == 1) {
        shadow_set_leaf(s, page, slot, leaf_for(s, p, slot, guest) & ~unused);
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
    for (unsigned slot = 0, left = p->live; left != 0; slot++, left--) {
        slot = shadow_next_live(s, page, slot);
        if (sync_slot(s, page, slot, false))
            counter_add(s->counters, COUNTER_SHADOW_SYNC, 1);
    }
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
    uint64_t entry_mask = p->role.guest->entry_bytes - 1u;
    bool crosses = ((at.v ^ (at.v + bytes - 1)) & ~entry_mask) != 0;
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

/* The slots that stand for bytes first .. last of the guest's table. */
static void sync_bytes(struct shadow *s, uint32_t page, uint64_t first,
                       uint64_t last)
{
    const struct shadow_page *p = &s->pages[page];
    unsigned entry_bytes = p->role.guest->entry_bytes;
    unsigned slots = entry_bytes == 4 && p->role.level == 2 ? 2 : 1;
    unsigned base = entry_bytes == 4 ? p->role.part * SHADOW_SLOTS : 0;

    for (uint64_t index = first / entry_bytes * slots;
         index < (last / entry_bytes + 1) * slots; index++)
        if (index >= base && index < base + SHADOW_SLOTS)
            sync_slot(s, page, (unsigned)index - base, true);
}

void shadow_guest_wrote(struct shadow *s, gpa_t at, unsigned bytes)
{
    gfn_t frame = gpa_to_gfn(at);
    uint64_t first = page_offset(at.v);
    uint64_t last = page_offset(at.v + bytes - 1);
    uint32_t page = shadow_next_of(s, frame, 0);

    counter_add(s->counters, COUNTER_SHADOW_SYNC, page != 0);
    while (page != 0) {
        uint32_t next = shadow_next_of(s, frame, page);
        struct shadow_page *p = &s->pages[page];

        if (looks_like_data(s, page, at, bytes) && p->roots == 0)
            shadow_zap_page(s, page);
        else
            sync_bytes(s, page, first, last);
        page = next;
    }
}

static void device_wrote(struct shadow *s, gfn_t frame)
{
    uint32_t page = 0;

    while ((page = shadow_next_of(s, frame, page)) != 0)
        if (!s->pages[page].unsync)
            shadow_sync_page(s, page);
}

bool shadow_devices_wrote(struct shadow *s)
{
    if (s->watch_writes == s->dram->watch_writes)
        return false;
    s->watch_writes = s->dram->watch_writes;
    for (uint32_t page = s->oldest; page != 0; page = s->pages[page].newer)
        if (shadow_has_table(&s->pages[page].role) &&
            s->pages[page].gfn.v < s->frames &&
            memory_take_written(s->dram, shadow_frame(s, s->pages[page].gfn)))
            device_wrote(s, s->pages[page].gfn);
    return true;
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

    for (unsigned level = s->pages[root].role.level;; level--) {
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

bool shadow_open(struct shadow *s, gfn_t table)
{
    if (s->open_count == SHADOW_OPEN)
        return false;
    s->open[s->open_count++] = table;
    return true;
}

/* The last one first.  What was written is not known: all of it is read. */
void shadow_close(struct shadow *s, gfn_t table)
{
    uint32_t page = 0;

    s->open_count--;
    shadow_protect_frame(s, table);
    while ((page = shadow_next_of(s, table, page)) != 0)
        if (!s->pages[page].unsync)
            shadow_sync_page(s, page);
}
