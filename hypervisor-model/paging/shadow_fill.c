/*
 * shadow_fill.c - builds shadow entries when the hardware misses them.
 *
 * A guest page that is larger than what one shadow entry may map (its backing
 * is in smaller pages, or a guest table lies in it) is split: "direct" shadow
 * tables, which no guest table stands behind, map it piece by piece.
 */
#include "hypervisor-model/paging/shadow_internal.h"

/*
 * CR0.WP is clear, and the kernel writes what is read-only: the hardware, which
 * runs with WP, would not let it.
 */
static bool kernel_overrides(const struct shadow_regime *r,
                             const struct guest_walk *w,
                             const struct shadow_access *a)
{
    bool key_forbids = r->pke && (r->pkru >> (2 * w->key) & 2);

    return r->guest && !r->wp && a->write && !a->user &&
           (!(w->access & SHADOW_W) || key_forbids);
}

/* What a leaf for this access may allow. */
static uint8_t leaf_access(const struct shadow_regime *r,
                           const struct guest_walk *w,
                           const struct shadow_access *a)
{
    uint8_t access = w->access;

    if (kernel_overrides(r, w, a)) {
        /* A writable page of the kernel. */
        if (r->smep && (access & SHADOW_U))
            access &= (uint8_t)~SHADOW_X;
        access = (uint8_t)((access & ~SHADOW_U) | SHADOW_W);
    }
    if (!w->dirty)
        access &= (uint8_t)~SHADOW_W;
    return access;
}

/* Level at which one entry may map target. */
static unsigned map_level(const struct shadow *s, gpa_t target, unsigned wanted)
{
    unsigned host = paging_level_of_shift(s->config->host_page_shift);
    unsigned level =
        paging_backing_level(s->vm, target, wanted < host ? wanted : host);

    while (level > 1 &&
           s->guarded[level][gpa_to_gfn(target).v >> (9 * (level - 1))] != 0)
        level--;
    return level;
}

/* Highest level at which an entry below, or of, this table may be a page. */
static unsigned largest(const struct shadow *s, uint32_t page)
{
    const struct shadow_role *role = &s->pages[page].role;

    return role->registers ? role->level - 1u : role->level;
}

static gfn_t frame_of_span(gpa_t target, unsigned level)
{
    return gpa_to_gfn(gpa(target.v & ~(paging_span(level) - 1)));
}

/* The entry that the fill is about. */
struct place {
    uint32_t page;
    unsigned slot;
};

/* What hangs in an entry: a table, or 0. */
static uint32_t linked_table(const struct shadow *s, struct place at)
{
    uint64_t entry = shadow_entry(s, at.page, at.slot);

    if (entry == 0 || shadow_is_leaf(s->pages[at.page].role.level, entry))
        return 0;
    return shadow_child(s, entry);
}

/*
 * With CR0.WP clear a kernel's write and its other accesses ask for different
 * leaves of one large page: an instruction that does both there must not have
 * its tables changed to and fro.  True if the direct table that is linked, of
 * this frame, lets the access be.
 */
static bool linked_serves(const struct shadow *s, uint32_t page, gfn_t gfn,
                          const struct shadow_role *role,
                          const struct shadow_access *a)
{
    const struct shadow_page *p = &s->pages[page];
    uint8_t needed =
        (uint8_t)((a->write ? SHADOW_W : 0) | (a->user ? SHADOW_U : 0) |
                  (a->fetch ? SHADOW_X : 0));

    return page != 0 && !(role->mode & SHADOW_MODE_WP) && p->role.direct &&
           p->gfn.v == gfn.v && p->role.mode == role->mode &&
           p->role.key == role->key && p->role.global == role->global &&
           !(needed & ~(p->role.access & role->access));
}

/*
 * The table below an entry: of the guest's, or direct.  One that hangs there
 * already may stay out of step, as in KVM: the guest may still have stale
 * entries of it until it flushes them.
 */
static uint32_t table_below(struct shadow *s, struct place at,
                            const struct guest_walk *w,
                            const struct shadow_access *a, uint8_t access)
{
    const struct pt_geom *guest = s->pages[at.page].role.guest;
    unsigned level = s->pages[at.page].role.level;
    struct shadow_role role = {.level = (uint8_t)(level - 1),
                               .mode = s->pages[at.page].role.mode};
    gfn_t gfn;
    uint32_t page;

    if (level > w->level) {
        role.guest = guest;
        role.access = w->access_above[level - 1];
        role.part = shadow_part(guest, level - 1, a->va.v);
        gfn = gpa_to_gfn(w->table[level - 1]);
    } else {
        role.access = access;
        role.key = w->key;
        role.direct = true;
        role.global = w->global;
        gfn = frame_of_span(w->target, level);
        if (linked_serves(s, linked_table(s, at), gfn, &role, a)) {
            shadow_used(s, linked_table(s, at));
            return linked_table(s, at);
        }
    }
    page = shadow_find_page(s, gfn, &role);
    if (page != 0 && page == linked_table(s, at)) {
        shadow_used(s, page);
        return page;
    }
    return shadow_get_page(s, gfn, &role);
}

/* Lets the leaf tables of a frame fall out of step; false: they may not. */
static bool let_unsync(struct shadow *s, gfn_t frame)
{
    uint32_t page = 0;

    if (!s->config->shadow_unsync)
        return false;
    while ((page = shadow_next_of(s, frame, page)) != 0)
        if (s->pages[page].role.level != 1)
            return false;
    while ((page = shadow_next_of(s, frame, page)) != 0)
        shadow_set_unsync(s, page, true);
    counter_add(s->counters, COUNTER_SHADOW_UNSYNC, 1);
    return true;
}

static enum shadow_status set_leaf(struct shadow *s, struct place at,
                                   const struct guest_walk *w, uint8_t access)
{
    unsigned level = s->pages[at.page].role.level;
    const struct shadow_leaf leaf = {
        .access = access, .key = w->key, .global = w->global};
    uint64_t entry =
        shadow_make_leaf(s, level, frame_of_span(w->target, level), &leaf);

    if (shadow_entry(s, at.page, at.slot) == entry)
        return SHADOW_WAS_THERE;
    shadow_set_leaf(s, at.page, at.slot, entry);
    counter_add(s->counters, COUNTER_SHADOW_FILL, 1);
    return SHADOW_FILLED;
}

/* The last step: guards guest tables against writes. */
static enum shadow_status fill_leaf(struct shadow *s, struct place at,
                                    const struct guest_walk *w, bool write,
                                    uint8_t access)
{
    gfn_t frame = gpa_to_gfn(w->target);
    enum shadow_status status;

    if (!(access & SHADOW_W) || !shadow_is_guarded(s, frame) ||
        (write && (shadow_is_open(s, frame) || let_unsync(s, frame))))
        return set_leaf(s, at, w, access);
    status = set_leaf(s, at, w, access & (uint8_t)~SHADOW_W);
    return write ? SHADOW_EMULATE : status;
}

/*
 * An address that never led to a table may not meet what is stale below it
 * (as KVM's mmu_sync_children()).  False if it was linked already.
 */
static bool link_table(struct shadow *s, uint32_t page, unsigned slot,
                       uint32_t child)
{
    if (!shadow_set_table(s, page, slot, child))
        return false;
    shadow_resync(s, child);
    return true;
}

enum shadow_status shadow_fill(struct shadow *s, uint32_t root,
                               const struct shadow_regime *r,
                               const struct guest_walk *w,
                               const struct shadow_access *a)
{
    uint8_t access = leaf_access(r, w, a);
    unsigned top = s->pages[root].role.level;
    unsigned leaf_level = 0;
    uint32_t page = root;
    bool linked = false;
    enum shadow_status status;

    if (!vm_has_memory(s->vm, w->target, 1))
        return SHADOW_OUTSIDE;
    if (shadow_is_strict(r) && (w->access & SHADOW_U) && !a->alone &&
        kernel_overrides(r, w, a))
        return SHADOW_ALONE;
    shadow_make_room(s, top);
    for (unsigned level = top;; level--) {
        unsigned slot = (unsigned)pt_index(shadow_geom(), level, a->va.v);
        uint32_t child;

        s->pages[page].emulated = 0;
        if (level <= w->level && leaf_level == 0)
            leaf_level = map_level(s, w->target, largest(s, page));
        if (s->pages[page].role.direct) /* what hangs there may say less */
            access &= s->pages[page].role.access;
        if (level == leaf_level) {
            status =
                fill_leaf(s, (struct place){page, slot}, w, a->write, access);
            break;
        }
        child = table_below(s, (struct place){page, slot}, w, a, access);
        linked = link_table(s, page, slot, child) || linked;
        page = child;
    }
    return status == SHADOW_WAS_THERE && linked ? SHADOW_FILLED : status;
}

void shadow_drop_leaf(struct shadow *s, uint32_t root, gva_t va)
{
    uint32_t page = root;

    for (unsigned level = s->pages[root].role.level;; level--) {
        unsigned slot = (unsigned)pt_index(shadow_geom(), level, va.v);
        uint64_t entry = shadow_entry(s, page, slot);

        if (entry == 0)
            return;
        if (shadow_is_leaf(level, entry) ||
            s->pages[shadow_child(s, entry)].role.direct) {
            shadow_drop_entry(s, page, slot);
            return;
        }
        page = shadow_child(s, entry);
    }
}
