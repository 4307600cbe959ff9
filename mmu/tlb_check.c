/*
 * tlb_check.c - asserts the invariants of tlb.h; hashes for differential tests.
 */
#include <stddef.h>

#include "mmu/tlb.h"

static bool same_tags(const struct tlb_entry *a, const struct tlb_entry *b)
{
    return a->vpid == b->vpid && a->pcid == b->pcid && a->root == b->root &&
           a->size == b->size && a->global == b->global;
}

static bool check_set(const struct tlb *t, const struct tlb_array *a,
                      uint32_t set, struct error *e)
{
    for (uint32_t i = set * a->ways; i < (set + 1) * a->ways; i++) {
        bool valid = (a->valid[i / 64] >> (i % 64)) & 1;

        if (valid != (a->tags[i] != 0) || valid != (a->entries[i].id != 0)) {
            error_set(e, STATUS_USAGE, "tlb: place %u is half valid", i);
            return false;
        }
        for (uint32_t j = set * a->ways; valid && j < i; j++)
            if (a->tags[j] == a->tags[i] &&
                same_tags(&a->entries[i], &a->entries[j])) {
                error_set(e, STATUS_USAGE, "tlb: page %#llx is held twice",
                          (unsigned long long)tlb_address(t, &a->entries[i]));
                return false;
            }
    }
    return true;
}

static bool check_counts(const struct tlb *t, struct error *e)
{
    uint32_t held[PAGE_SIZES] = {0}, parts = 0;

    for (uint32_t place = 0; place < tlb_places(t); place++) {
        const struct tlb_entry *entry = tlb_at(t, place);

        if (!entry)
            continue;
        held[entry->size]++;
        parts += entry->span > page_size_shift((enum page_size)entry->size);
    }
    for (int size = 0; size < PAGE_SIZES; size++)
        if (held[size] != t->held[size]) {
            error_set(e, STATUS_USAGE,
                      "tlb: holds %u entries of size %d, "
                      "counts %u",
                      held[size], size, t->held[size]);
            return false;
        }
    for (int i = 0; i < PART_REGIONS; i++)
        parts -= t->parts_4m[i] + t->parts_1g[i];
    if (parts != 0) {
        error_set(e, STATUS_USAGE, "tlb: parts are counted wrong");
        return false;
    }
    return true;
}

bool tlb_check(const struct tlb *t, struct error *e)
{
    for (int size = 0; size < PAGE_SIZES; size++)
        for (uint32_t set = 0; set < t->arrays[size].sets; set++)
            if (!check_set(t, &t->arrays[size], set, e))
                return false;
    return check_counts(t, e);
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * 0x100000001b3u + (digest >> 29);
}

uint64_t tlb_digest(const struct tlb *t)
{
    uint64_t digest = 0;

    for (int size = 0; size < PAGE_SIZES; size++)
        digest = mix(digest, repl_digest(&t->arrays[size].repl));
    for (uint32_t place = 0; place < tlb_places(t); place++) {
        const struct tlb_entry *entry = tlb_at(t, place);

        digest = mix(digest, entry ? entry->frame | entry->perm : 1);
        if (entry)
            digest = mix(digest, tlb_address(t, entry) ^ entry->pcid ^
                                     (uint64_t)entry->vpid << 16);
    }
    return digest;
}
