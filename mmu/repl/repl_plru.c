/*
 * repl_plru.c - tree pseudo-LRU.
 *
 * Hardware  the usual policy of L1 caches: a binary tree over the ways, one
 *           bit per inner node that points at the half to replace next.
 * Model     node 1 is the root, node n has children 2n and 2n+1; ways are the
 *           leaves of a tree rounded up to a power of two.  A bit of 1 points
 *           right.  Where the right half has no way (12 ways of 16), the
 *           victim search goes left.
 */
#include "mmu/repl/repl.h"

static uint32_t leaves_of(uint32_t ways)
{
    uint32_t leaves = 1;

    while (leaves < ways)
        leaves *= 2;
    return leaves;
}

static uint32_t plru_words_per_set(uint32_t ways)
{
    return (leaves_of(ways) + 63) / 64;
}

/* Every node on the way's path points at the other half. */
static void plru_touch(struct repl *r, uint32_t set, uint32_t way)
{
    uint64_t *bits = &r->words[(uint64_t)set * r->words_per_set];

    for (uint32_t node = leaves_of(r->ways) + way; node > 1; node /= 2) {
        uint32_t parent = node / 2;
        uint64_t bit = (uint64_t)1 << (parent % 64);

        if (node % 2 == 0)
            bits[parent / 64] |= bit;
        else
            bits[parent / 64] &= ~bit;
    }
}

static uint32_t plru_victim(struct repl *r, uint32_t set)
{
    const uint64_t *bits = &r->words[(uint64_t)set * r->words_per_set];
    uint32_t leaves = leaves_of(r->ways), first = 0, node = 1;

    for (uint32_t half = leaves / 2; half > 0; half /= 2) {
        bool right = (bits[node / 64] >> (node % 64)) & 1;

        if (right && first + half >= r->ways)
            right = false;
        node = node * 2 + right;
        first += right ? half : 0;
    }
    return first;
}

/* A path is a mask if all the bits of a set are in one word. */
static bool plru_quick(struct repl *r, uint32_t set, uint32_t way,
                       struct repl_quick *quick)
{
    if (r->words_per_set != 1)
        return false;
    *quick = (struct repl_quick){.word = &r->words[set], .keep = UINT64_MAX};
    for (uint32_t node = leaves_of(r->ways) + way; node > 1; node /= 2) {
        uint64_t bit = (uint64_t)1 << (node / 2);

        quick->keep &= ~bit;
        quick->set |= node % 2 == 0 ? bit : 0;
    }
    return true;
}

const struct repl_ops repl_plru = {
    .name = "plru",
    .kind = REPL_PLRU,
    .words_per_set = plru_words_per_set,
    .touch = plru_touch,
    .victim = plru_victim,
    .quick = plru_quick,
};
