/*
 * shadow_pages.c - shadow tables: find, make, recycle.
 */
#include <stdlib.h>

#include "hypervisor-model/paging/shadow_internal.h"
#include "sim/core/macros.h"

static uint32_t hash_of(const struct shadow *s, gfn_t gfn)
{
    return (uint32_t)((gfn.v * 0x9e3779b97f4a7c15u) >> 32) & s->hash_mask;
}

static bool role_equal(const struct shadow_role *a, const struct shadow_role *b)
{
    return a->guest == b->guest && a->level == b->level &&
           a->access == b->access && a->mode == b->mode && a->part == b->part &&
           a->key == b->key && a->direct == b->direct &&
           a->global == b->global && a->registers == b->registers;
}

hpa_t shadow_table(const struct shadow *s, uint32_t page)
{
    return hfn_to_hpa(hfn(s->first_frame.v + page - 1));
}

const struct shadow_page *shadow_page_at(const struct shadow *s, hpa_t at)
{
    uint64_t page = hpa_to_hfn(at).v - s->first_frame.v + 1;

    return page - 1 < s->page_count && s->pages[page].used ? &s->pages[page]
                                                           : NULL;
}

uint32_t shadow_find_page(const struct shadow *s, gfn_t gfn,
                          const struct shadow_role *role)
{
    uint32_t page = s->hash[hash_of(s, gfn)];

    while (page != 0 && (s->pages[page].gfn.v != gfn.v ||
                         !role_equal(&s->pages[page].role, role)))
        page = s->pages[page].hash_next;
    return page;
}

uint32_t shadow_next_of(const struct shadow *s, gfn_t gfn, uint32_t page)
{
    page = page ? s->pages[page].hash_next : s->hash[hash_of(s, gfn)];
    while (page != 0 && (s->pages[page].gfn.v != gfn.v ||
                         !shadow_has_table(&s->pages[page].role)))
        page = s->pages[page].hash_next;
    return page;
}

static void hash_remove(struct shadow *s, uint32_t page)
{
    uint32_t *at = &s->hash[hash_of(s, s->pages[page].gfn)];

    while (*at != page)
        at = &s->pages[*at].hash_next;
    *at = s->pages[page].hash_next;
}

static void age_remove(struct shadow *s, uint32_t page)
{
    struct shadow_page *p = &s->pages[page];

    *(p->older ? &s->pages[p->older].newer : &s->oldest) = p->newer;
    *(p->newer ? &s->pages[p->newer].older : &s->newest) = p->older;
}

static void age_append(struct shadow *s, uint32_t page)
{
    struct shadow_page *p = &s->pages[page];

    p->older = s->newest;
    p->newer = 0;
    *(s->newest ? &s->pages[s->newest].newer : &s->oldest) = page;
    s->newest = page;
}

/* A guest table is shadowed once more, or once less. */
static void guard(struct shadow *s, const struct shadow_page *p, int change)
{
    uint64_t frame = p->gfn.v;

    if (!shadow_has_table(&p->role) || frame >= s->frames)
        return;
    s->tables[frame] = (uint16_t)(s->tables[frame] + change);
    if (s->tables[frame] == (change > 0)) /* the first, or the last is gone */
        memory_watch(s->dram, shadow_frame(s, p->gfn), change > 0);
    s->guarded[2][frame >> 9] += (uint32_t)change;
    s->guarded[3][frame >> 18] += (uint32_t)change;
}

void shadow_set_unsync(struct shadow *s, uint32_t page, bool unsync)
{
    struct shadow_page *p = &s->pages[page];

    if (p->unsync == unsync)
        return;
    p->unsync = unsync;
    if (unsync) {
        p->unsync_prev = 0;
        p->unsync_next = s->unsync;
        if (s->unsync != 0)
            s->pages[s->unsync].unsync_prev = page;
        s->unsync = page;
        return;
    }
    *(p->unsync_prev ? &s->pages[p->unsync_prev].unsync_next : &s->unsync) =
        p->unsync_next;
    if (p->unsync_next != 0)
        s->pages[p->unsync_next].unsync_prev = p->unsync_prev;
}

/* Tables of gfn that are out of step are of no use beside a new one. */
static void settle_unsync(struct shadow *s, gfn_t gfn, unsigned level)
{
    uint32_t page = shadow_next_of(s, gfn, 0);

    while (page != 0) {
        uint32_t next = shadow_next_of(s, gfn, page);

        if (s->pages[page].unsync && s->pages[page].role.level == level)
            shadow_sync_page(s, page);
        else if (s->pages[page].unsync)
            shadow_zap_page(s, page);
        page = next;
    }
}

static uint32_t take_free(struct shadow *s)
{
    uint32_t page = s->free_head;

    if (s->free_count == 0)
        BUG("no room was made for a shadow table");
    s->free_count--;
    if (page == 0)
        return s->fresh++;
    s->free_head = s->pages[page].hash_next;
    return page;
}

static uint32_t make_page(struct shadow *s, gfn_t gfn,
                          const struct shadow_role *role)
{
    struct shadow_page *p;
    uint32_t page;

    if (shadow_has_table(role))
        settle_unsync(s, gfn, role->level);
    page = take_free(s);
    p = &s->pages[page];
    *p = (struct shadow_page){.gfn = gfn, .role = *role, .used = true};
    memory_zero(s->dram, shadow_table(s, page), PAGE_BYTES);
    p->hash_next = s->hash[hash_of(s, gfn)];
    s->hash[hash_of(s, gfn)] = page;
    age_append(s, page);
    guard(s, p, 1);
    s->work_cycles += s->config->shadow_page_cycles;
    counter_add(s->counters, COUNTER_SHADOW_PAGES, 1);
    if (shadow_has_table(role))
        shadow_protect_frame(s, gfn);
    return page;
}

void shadow_used(struct shadow *s, uint32_t page)
{
    age_remove(s, page);
    age_append(s, page);
}

uint32_t shadow_get_page(struct shadow *s, gfn_t gfn,
                         const struct shadow_role *role)
{
    uint32_t page = shadow_find_page(s, gfn, role);

    if (page == 0)
        return make_page(s, gfn, role);
    if (s->pages[page].unsync)
        shadow_sync_page(s, page);
    shadow_used(s, page);
    return page;
}

void shadow_zap_page(struct shadow *s, uint32_t page)
{
    struct shadow_page *p = &s->pages[page];

    if (p->roots != 0)
        BUG("a root in use was zapped");
    for (unsigned slot = 0; p->live != 0; slot++) {
        slot = shadow_next_live(s, page, slot);
        shadow_drop_entry(s, page, slot);
    }
    shadow_drop_parents(s, page);
    shadow_set_unsync(s, page, false);
    guard(s, p, -1);
    hash_remove(s, page);
    age_remove(s, page);
    *p = (struct shadow_page){.hash_next = s->free_head};
    s->free_head = page;
    s->free_count++;
    s->work_cycles += s->config->shadow_page_cycles;
}

void shadow_make_room(struct shadow *s, uint32_t pages)
{
    uint32_t page = s->oldest;

    while (s->free_count < pages && page != 0) {
        uint32_t newer = s->pages[page].newer;

        if (s->pages[page].roots == 0)
            shadow_zap_page(s, page);
        page = newer;
    }
}

bool shadow_forget(struct shadow *s, gfn_t table)
{
    uint32_t page = shadow_next_of(s, table, 0);
    bool all = true;

    while (page != 0) {
        uint32_t next = shadow_next_of(s, table, page);

        if (s->pages[page].roots == 0)
            shadow_zap_page(s, page);
        else
            all = false;
        page = next;
    }
    return all;
}
