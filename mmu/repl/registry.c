#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

/* Touches as data, where a policy's fit into one word of each set. */
static bool prepare_paths(struct repl *r)
{
    struct repl_quick quick;

    if (r->words_per_set != 1 || !r->ops->quick ||
        !r->ops->quick(r, 0, 0, &quick) || quick.clock)
        return true;
    r->path = calloc(r->ways, sizeof(r->path[0]));
    for (uint32_t way = 0; r->path && way < r->ways; way++) {
        r->ops->quick(r, 0, way, &quick);
        r->path[way] = (struct repl_path){quick.keep, quick.set};
    }
    return r->path != NULL;
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
    if (kind == REPL_PLRU && ways <= 64 && (ways & (ways - 1)) == 0)
        r->tree_leaves = ways;
    return r->words != NULL && prepare_paths(r);
}

void repl_free(struct repl *r)
{
    free(r->words);
    free(r->path);
    *r = (struct repl){0};
}

bool repl_order(const struct repl *r, uint32_t set, uint16_t *order)
{
    uint64_t words[REPL_MAX_WAYS + 1];
    struct repl one = {.ops = r->ops,
                       .sets = 1,
                       .ways = r->ways,
                       .words_per_set = r->words_per_set,
                       .words = words,
                       .clock = r->clock};

    if (r->words_per_set == 0 || r->words_per_set > REPL_MAX_WAYS)
        return false;
    memcpy(words, r->words + (size_t)set * r->words_per_set,
           r->words_per_set * sizeof words[0]);
    memset(order, 0xff, r->ways * sizeof order[0]);
    /* A tree that is not full takes some ways again before the others. */
    for (uint32_t found = 0; found < r->ways;) {
        uint32_t way = r->ops->victim(&one, 0);

        if (order[way] == UINT16_MAX)
            order[way] = (uint16_t)found++;
        r->ops->touch(&one, 0, way);
    }
    return true;
}

uint64_t repl_digest(const struct repl *r)
{
    uint64_t digest = r->rng.state;
    size_t words = (size_t)r->sets * r->words_per_set;

    for (size_t i = 0; i < words; i++)
        digest = (digest ^ r->words[i]) * 0x100000001b3u + (digest >> 29);
    return digest;
}
