#include <stddef.h>
#include <stdlib.h>

#include "mmu/repl/repl.h"

const struct repl_ops *const repl_all[] = {
    &repl_random,
    &repl_lru,
    &repl_plru,
    NULL,
};

const struct repl_ops *repl_find(enum repl_kind kind)
{
    for (size_t i = 0; repl_all[i]; i++)
        if (repl_all[i]->kind == kind)
            return repl_all[i];
    return NULL;
}

bool repl_init(struct repl *r, enum repl_kind kind, uint32_t sets,
               uint32_t ways, uint64_t seed)
{
    const struct repl_ops *ops = repl_find(kind);

    *r = (struct repl){.ops = ops, .sets = sets, .ways = ways};
    if (!ops || !ops->touch || !ops->victim || !ops->words_per_set)
        return false;
    r->words_per_set = ops->words_per_set(ways);
    r->words = calloc((size_t)sets * r->words_per_set + 1, sizeof(r->words[0]));
    rng_init(&r->rng, seed);
    return r->words != NULL;
}

void repl_free(struct repl *r)
{
    free(r->words);
    *r = (struct repl){0};
}

uint64_t repl_digest(const struct repl *r)
{
    uint64_t digest = r->rng.state;
    size_t words = (size_t)r->sets * r->words_per_set;

    for (size_t i = 0; i < words; i++)
        digest = (digest ^ r->words[i]) * 0x100000001b3u + (digest >> 29);
    return digest;
}
