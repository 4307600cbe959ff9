#include "mmu/psc.h"

#include <stddef.h>
#include <stdlib.h>

/* Never 0, and never the same for a 2M and a 4M region. */
static uint64_t key_of(const struct pt_geom *g, unsigned level,
                       uint64_t address)
{
    return address >> pt_shift(g, level) | (uint64_t)g->index_bits << 58;
}

static uint64_t address_of(uint64_t key, unsigned level)
{
    unsigned index_bits = (unsigned)(key >> 58);
    uint64_t region = key & (((uint64_t)1 << 58) - 1);

    return region << (PAGE_SHIFT + index_bits * (level - 1));
}

uint64_t psc_address(const struct psc *p, unsigned level, uint32_t i)
{
    return address_of(p->levels[level].keys[i], level);
}

static enum status level_init(struct psc_level *l, uint32_t entries,
                              enum repl_kind repl, uint64_t seed)
{
    if (entries == 0)
        return STATUS_OK;
    if (entries > 1024)
        return STATUS_USAGE;
    l->count = entries;
    l->keys = calloc(entries, sizeof(l->keys[0]));
    l->entries = calloc(entries, sizeof(l->entries[0]));
    if (!repl_init(&l->repl, repl, 1, entries, seed) || !l->keys || !l->entries)
        return STATUS_MEMORY;
    return STATUS_OK;
}

enum status psc_init(struct psc *p, const struct psc_config *config,
                     uint64_t seed, const char *name, struct error *e)
{
    enum status s = STATUS_OK;

    *p = (struct psc){0};
    for (unsigned level = 2; level <= PT_MAX_LEVELS && s == STATUS_OK; level++)
        s = level_init(&p->levels[level], config->entries[level], config->repl,
                       seed + level);
    if (s == STATUS_OK)
        return s;
    psc_free(p);
    if (s == STATUS_USAGE)
        return error_set(e, s, "%s: at most 1024 entries a level", name);
    return error_set(e, s, "%s: the host has no memory for it", name);
}

void psc_free(struct psc *p)
{
    for (unsigned level = 0; level <= PT_MAX_LEVELS; level++) {
        struct psc_level *l = &p->levels[level];

        repl_free(&l->repl);
        free(l->keys);
        free(l->entries);
    }
    *p = (struct psc){0};
}

static bool same_tags(const struct psc_entry *entry, const struct tlb_tags *t)
{
    return entry->vpid == t->vpid && entry->pcid == t->pcid &&
           entry->root == t->root;
}

const struct psc_entry *psc_find(const struct psc *p, const struct pt_geom *g,
                                 unsigned level, uint64_t address,
                                 const struct tlb_tags *tags)
{
    const struct psc_level *l = &p->levels[level];
    uint64_t key = key_of(g, level, address);

    if (l->held == 0)
        return NULL;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->keys[i] == key && same_tags(&l->entries[i], tags))
            return &l->entries[i];
    return NULL;
}

void psc_touch(struct psc *p, unsigned level, const struct psc_entry *entry)
{
    struct psc_level *l = &p->levels[level];

    repl_touch(&l->repl, 0, (uint32_t)(entry - l->entries));
    if (p->log)
        place_log_hit(p->log, psc_place(level, (uint32_t)(entry - l->entries)),
                      psc_address(p, level, (uint32_t)(entry - l->entries)));
}

void psc_missed(const struct psc *p, uint64_t address)
{
    if (p && p->log)
        place_log_miss(p->log, address);
}

static void note_fill(const struct psc *p, unsigned level, uint32_t place,
                      uint64_t key)
{
    uint64_t old = p->levels[level].keys[place];
    uint64_t replaced = address_of(old, level);

    place_log_fill(p->log, psc_place(level, place), address_of(key, level),
                   old != 0 && old != key ? &replaced : NULL);
}

/* The place of the same entry, else a free one, else the victim. */
static uint32_t place_for(struct psc_level *l, uint64_t key,
                          const struct tlb_tags *tags)
{
    uint32_t free_place = l->count;

    for (uint32_t i = 0; i < l->count; i++) {
        if (l->keys[i] == key && same_tags(&l->entries[i], tags))
            return i;
        if (l->keys[i] == 0 && free_place == l->count)
            free_place = i;
    }
    return free_place < l->count ? free_place : repl_victim(&l->repl, 0);
}

void psc_fill(struct psc *p, const struct pt_geom *g, unsigned level,
              uint64_t address, const struct psc_entry *model)
{
    struct psc_level *l = &p->levels[level];
    struct tlb_tags tags = {model->vpid, model->pcid, model->root};
    uint64_t key = key_of(g, level, address);
    uint32_t place;

    if (l->count == 0)
        return;
    place = place_for(l, key, &tags);
    if (p->log && l->keys[place] != key)
        note_fill(p, level, place, key);
    l->held += l->keys[place] == 0;
    l->keys[place] = key;
    l->entries[place] = *model;
    repl_touch(&l->repl, 0, place);
}

static bool in_scope(const struct psc_entry *entry,
                     const struct tlb_scope *scope)
{
    return !(scope->two_stage && entry->root == TLB_NO_ROOT) &&
           tlb_scope_vpid(scope, entry->vpid) &&
           !(scope->by_pcid && entry->pcid != scope->tags.pcid) &&
           !(scope->by_root && entry->root != scope->tags.root);
}

/* Drops what is in scope and, if key is not 0, has that key. */
static void flush_level(struct psc *p, unsigned level, uint64_t key,
                        const struct tlb_scope *scope)
{
    struct psc_level *l = &p->levels[level];

    if (l->held == 0)
        return;
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->keys[i] == 0 || (key != 0 && l->keys[i] != key) ||
            !in_scope(&l->entries[i], scope))
            continue;
        if (p->log)
            place_log_flushed(p->log, psc_place(level, i),
                              psc_address(p, level, i));
        l->keys[i] = 0;
        l->held--;
    }
}

void psc_flush(struct psc *p, const struct tlb_scope *scope)
{
    if (p->log)
        place_log_flush(p->log, NULL);
    for (unsigned level = 2; level <= PT_MAX_LEVELS; level++)
        flush_level(p, level, 0, scope);
}

void psc_flush_address(struct psc *p, const struct pt_geom *g, uint64_t address,
                       const struct tlb_scope *scope)
{
    if (p->log)
        place_log_flush(p->log, &address);
    for (unsigned level = 2; level <= PT_MAX_LEVELS; level++)
        flush_level(p, level, key_of(g, level, address), scope);
}

uint64_t psc_digest(const struct psc *p)
{
    uint64_t digest = 0;

    for (unsigned level = 2; level <= PT_MAX_LEVELS; level++) {
        const struct psc_level *l = &p->levels[level];

        if (l->count == 0)
            continue;
        digest ^= repl_digest(&l->repl);
        for (uint32_t i = 0; i < l->count; i++)
            digest =
                (digest ^ l->keys[i] ^ l->entries[i].table) * 0x100000001b3u +
                (digest >> 29);
    }
    return digest;
}
