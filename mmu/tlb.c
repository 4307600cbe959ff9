#include "mmu/tlb.h"

#include <stddef.h>
#include <stdlib.h>

enum { TAG_PAGE_BITS = 45, TAG_VALID_BIT = 47, TAG_VPID_BIT = 48 };

#define NOTHING UINT64_MAX /* no page begins there */

static uint64_t make_tag(uint64_t address, enum page_size size, uint16_t vpid)
{
    uint64_t page = address >> page_size_shift(size);

    return (page & (((uint64_t)1 << TAG_PAGE_BITS) - 1)) |
           (uint64_t)size << TAG_PAGE_BITS | (uint64_t)1 << TAG_VALID_BIT |
           (uint64_t)vpid << TAG_VPID_BIT;
}

static uint32_t set_of(const struct tlb_array *a, uint64_t address,
                       enum page_size size)
{
    return (uint32_t)(address >> page_size_shift(size)) & (a->sets - 1);
}

static enum status check_geometry(const struct tlb_geometry *g,
                                  const char *name, struct error *e)
{
    if (g->entries > 65536 || g->ways < 1 || g->ways > 4096)
        return error_set(e, STATUS_USAGE,
                         "%s: %u entries of %u ways; entries must be in "
                         "0 ... 65536, ways in 1 ... 4096",
                         name, g->entries, g->ways);
    if (g->entries % g->ways != 0 ||
        ((g->entries / g->ways) & (g->entries / g->ways - 1)) != 0)
        return error_set(e, STATUS_USAGE,
                         "%s: %u entries of %u ways do not make a power of "
                         "two of sets",
                         name, g->entries, g->ways);
    return STATUS_OK;
}

static enum status array_init(struct tlb_array *a, const struct tlb_geometry *g,
                              enum repl_kind repl, const char *name,
                              struct error *e)
{
    enum status s = g->entries ? check_geometry(g, name, e) : STATUS_OK;

    if (s != STATUS_OK || g->entries == 0)
        return s;
    a->ways = g->ways;
    a->sets = g->entries / g->ways;
    a->next_id = 1;
    a->tags = calloc(g->entries, sizeof(a->tags[0]));
    a->valid = calloc((g->entries + 63) / 64, sizeof(a->valid[0]));
    a->entries = calloc(g->entries, sizeof(a->entries[0]));
    if (!repl_init(&a->repl, repl, a->sets, a->ways, 0) || !a->tags ||
        !a->valid || !a->entries)
        return error_set(e, STATUS_MEMORY, "%s: the host has no memory for it",
                         name);
    return STATUS_OK;
}

enum status tlb_init(struct tlb *t, const struct tlb_config *config,
                     uint64_t seed, const char *name, struct error *e)
{
    const struct tlb_geometry *geometry[PAGE_SIZES] = {
        &config->page_4k, &config->page_2m, &config->page_1g};
    enum status s = STATUS_OK;

    *t = (struct tlb){.hit_cycles = config->hit_cycles};
    for (int size = 0; size < PAGE_SIZES && s == STATUS_OK; size++) {
        struct tlb_array *a = &t->arrays[size];

        if (size == PAGE_2M && config->shared_4k_2m) {
            t->of_size[PAGE_2M] = t->of_size[PAGE_4K];
            continue;
        }
        s = array_init(a, geometry[size], config->repl, name, e);
        rng_init(&a->repl.rng, seed + (uint64_t)size);
        t->of_size[size] = a->entries ? a : NULL;
    }
    if (s != STATUS_OK)
        tlb_free(t);
    return s;
}

enum status tlb_init_unified(struct tlb *t, const struct tlb_config *config,
                             uint64_t seed, const char *name, struct error *e)
{
    struct tlb_config one = {
        .page_4k = config->page_4k,
        .shared_4k_2m = true,
        .repl = config->repl,
    };
    enum status s = tlb_init(t, &one, seed, name, e);

    t->of_size[PAGE_1G] = t->of_size[PAGE_4K];
    return s;
}

void tlb_free(struct tlb *t)
{
    for (int size = 0; size < PAGE_SIZES; size++) {
        struct tlb_array *a = &t->arrays[size];

        repl_free(&a->repl);
        free(a->tags);
        free(a->valid);
        free(a->entries);
    }
    *t = (struct tlb){0};
}

static bool entry_matches(const struct tlb_entry *entry,
                          const struct tlb_tags *tags)
{
    return (entry->global || entry->pcid == tags->pcid) &&
           entry->root == tags->root;
}

static struct tlb_entry *find_size(const struct tlb_array *a, uint64_t address,
                                   enum page_size size,
                                   const struct tlb_tags *tags)
{
    uint64_t tag = make_tag(address, size, tags->vpid);
    uint32_t first = set_of(a, address, size) * a->ways;

    for (uint32_t i = first; i < first + a->ways; i++)
        if (a->tags[i] == tag && entry_matches(&a->entries[i], tags))
            return &a->entries[i];
    return NULL;
}

struct tlb_entry *tlb_find(const struct tlb *t, uint64_t address,
                           const struct tlb_tags *tags)
{
    for (int size = 0; size < PAGE_SIZES; size++) {
        struct tlb_entry *entry;

        if (t->held[size] == 0)
            continue;
        entry =
            find_size(t->of_size[size], address, (enum page_size)size, tags);
        if (entry)
            return entry;
    }
    return NULL;
}

void tlb_touch(struct tlb *t, const struct tlb_entry *entry)
{
    struct tlb_array *a = t->of_size[entry->size];

    repl_touch_place(&a->repl, (uint32_t)(entry - a->entries));
}

bool tlb_quick(struct tlb *t, const struct tlb_entry *entry,
               struct repl_quick *quick)
{
    struct tlb_array *a = t->of_size[entry->size];
    uint32_t i = (uint32_t)(entry - a->entries);

    if (!a->repl.ops->quick)
        return false;
    return a->repl.ops->quick(&a->repl, i / a->ways, i % a->ways, quick);
}

/* Counts an entry in or out that is smaller than its first-stage page. */
static void count_part(struct tlb *t, const struct tlb_entry *entry,
                       bool enters)
{
    bool giant = entry->span >= 30;
    uint32_t *regions = giant ? t->parts_1g : t->parts_4m;
    uint64_t address;

    if (entry->span <= page_size_shift((enum page_size)entry->size))
        return;
    address = tlb_address(t, entry);
    regions += (address >> (giant ? 30 : 22)) % PART_REGIONS;
    *regions = enters ? *regions + 1 : *regions - 1;
}

static void remove_entry(struct tlb *t, struct tlb_entry *entry)
{
    struct tlb_array *a = t->of_size[entry->size];
    uint32_t i = (uint32_t)(entry - a->entries);

    t->held[entry->size]--;
    count_part(t, entry, false);
    a->tags[i] = 0;
    a->valid[i / 64] &= ~((uint64_t)1 << (i % 64));
    entry->id = 0;
}

void tlb_drop(struct tlb *t, struct tlb_entry *entry)
{
    if (t->log)
        place_log_drop(t->log, tlb_place(t, entry), tlb_address(t, entry));
    remove_entry(t, entry);
}

static void flush_entry(struct tlb *t, struct tlb_entry *entry)
{
    if (t->log)
        place_log_flushed(t->log, tlb_place(t, entry), tlb_address(t, entry));
    remove_entry(t, entry);
}

/* A place in the set for a new entry: a free way, else the victim's, whose
   address *replaced is then. */
static struct tlb_entry *make_room(struct tlb *t, struct tlb_array *a,
                                   uint32_t set, uint64_t *replaced)
{
    uint32_t first = set * a->ways;
    struct tlb_entry *victim;

    for (uint32_t i = first; i < first + a->ways; i++)
        if (a->tags[i] == 0)
            return &a->entries[i];
    victim = &a->entries[first + repl_victim(&a->repl, set)];
    *replaced = tlb_address(t, victim);
    remove_entry(t, victim);
    return victim;
}

/* The size to make an entry of; PAGE_SIZES if nothing fits. */
static enum page_size size_that_fits(const struct tlb *t, enum page_size size,
                                     bool cut_small)
{
    if (size == PAGE_1G && !t->of_size[PAGE_1G])
        size = PAGE_2M;
    if (size == PAGE_2M && !t->of_size[PAGE_2M] && cut_small)
        size = PAGE_4K;
    return t->of_size[size] ? size : PAGE_SIZES;
}

__attribute__((noinline)) static void
note_fill(const struct tlb *t, const struct tlb_entry *entry, uint64_t replaced)
{
    place_log_fill(t->log, tlb_place(t, entry), tlb_address(t, entry),
                   replaced == NOTHING ? NULL : &replaced);
}

struct tlb_entry *tlb_fill(struct tlb *t, uint64_t address,
                           const struct tlb_tags *tags,
                           const struct tlb_entry *model, bool cut_small)
{
    enum page_size size =
        size_that_fits(t, (enum page_size)model->size, cut_small);
    struct tlb_array *a;
    struct tlb_entry *entry;
    uint64_t offset, replaced = NOTHING;
    uint32_t i;

    if (size == PAGE_SIZES)
        return NULL;
    a = t->of_size[size];
    entry = make_room(t, a, set_of(a, address, size), &replaced);
    i = (uint32_t)(entry - a->entries);
    /* Which part of the model's page, if it was cut. */
    offset = address & (((uint64_t)1 << page_size_shift(model->size)) - 1) &
             ~(((uint64_t)1 << page_size_shift(size)) - 1);
    *entry = *model;
    entry->id = a->next_id++;
    entry->size = (uint8_t)size;
    entry->frame += offset;
    entry->gpa += offset;
    entry->root = tags->root;
    entry->pcid = tags->pcid;
    entry->vpid = tags->vpid;
    a->tags[i] = make_tag(address, size, tags->vpid);
    a->valid[i / 64] |= (uint64_t)1 << (i % 64);
    t->held[size]++;
    count_part(t, entry, true);
    repl_touch_place(&a->repl, i);
    if (t->log)
        note_fill(t, entry, replaced);
    return entry;
}

static bool in_scope(const struct tlb_entry *entry,
                     const struct tlb_scope *scope)
{
    if (!tlb_scope_vpid(scope, entry->vpid))
        return false;
    if (scope->two_stage && entry->root == TLB_NO_ROOT)
        return false;
    if (scope->by_root && entry->root != scope->tags.root)
        return false;
    if (entry->global)
        return !scope->keep_global;
    return !scope->by_pcid || entry->pcid == scope->tags.pcid;
}

uint64_t tlb_address(const struct tlb *t, const struct tlb_entry *entry)
{
    const struct tlb_array *a = t->of_size[entry->size];
    uint64_t page =
        a->tags[entry - a->entries] & (((uint64_t)1 << TAG_PAGE_BITS) - 1);
    uint64_t address = page << page_size_shift((enum page_size)entry->size);
    uint64_t sign = (uint64_t)1 << (TAG_PAGE_BITS + PAGE_SHIFT - 1);

    /* A 4K tag keeps address bits 56:12; canonical addresses repeat 56. */
    return entry->size == PAGE_4K && (address & sign) ? address | -sign
                                                      : address;
}

/* True if the entry is for a part of the first-stage page of address. */
static bool holds(const struct tlb *t, const struct tlb_entry *entry,
                  uint64_t address)
{
    return ((tlb_address(t, entry) ^ address) >> entry->span) == 0;
}

/* Drops the entries of one word of a->valid that are in scope. */
static void flush_word(struct tlb *t, struct tlb_array *a, uint32_t word,
                       const struct tlb_scope *scope, const uint64_t *address)
{
    uint64_t left = a->valid[word];

    while (left) {
        uint32_t bit = (uint32_t)__builtin_ctzll(left);
        struct tlb_entry *entry = &a->entries[word * 64 + bit];

        left &= left - 1;
        if (in_scope(entry, scope) && (!address || holds(t, entry, *address)))
            flush_entry(t, entry);
    }
}

static void flush_array(struct tlb *t, struct tlb_array *a,
                        const struct tlb_scope *scope, const uint64_t *address)
{
    uint32_t words = (a->sets * a->ways + 63) / 64;

    for (uint32_t word = 0; word < words; word++)
        flush_word(t, a, word, scope, address);
}

void tlb_flush(struct tlb *t, const struct tlb_scope *scope)
{
    if (t->log)
        place_log_flush(t->log, NULL);
    for (int size = 0; size < PAGE_SIZES; size++)
        if (t->arrays[size].entries)
            flush_array(t, &t->arrays[size], scope, NULL);
}

static void flush_set(struct tlb *t, struct tlb_array *a, uint64_t address,
                      enum page_size size, const struct tlb_scope *scope)
{
    uint64_t tag = make_tag(address, size, scope->tags.vpid);
    uint32_t first = set_of(a, address, size) * a->ways;

    for (uint32_t i = first; i < first + a->ways; i++)
        if (a->tags[i] == tag && in_scope(&a->entries[i], scope))
            flush_entry(t, &a->entries[i]);
}

void tlb_flush_page(struct tlb *t, uint64_t address,
                    const struct tlb_scope *scope)
{
    if (t->log)
        place_log_flush(t->log, &address);
    for (int size = 0; size < PAGE_SIZES; size++)
        if (t->held[size] != 0)
            flush_set(t, t->of_size[size], address, (enum page_size)size,
                      scope);
    if (t->parts_4m[(address >> 22) % PART_REGIONS] == 0 &&
        t->parts_1g[(address >> 30) % PART_REGIONS] == 0)
        return;
    for (int size = 0; size < PAGE_SIZES; size++)
        if (t->arrays[size].entries)
            flush_array(t, &t->arrays[size], scope, &address);
}
