/*
 * repl.h - replacement policies of TLBs and caches.
 *
 * One struct repl keeps the state of all sets of one structure.  Order:
 * repl_init once; then touch for each hit and each fill, victim before a fill
 * into a full set (the owner uses free ways first); repl_free.
 * touch and victim are required; quick is optional (without it, the inlined
 * access path stays away from the structure).
 *
 * A new policy: copy repl_random.c, declare it below, add its kind to enum
 * repl_kind and its line to registry.c.
 */
#ifndef MMU_REPL_REPL_H
#define MMU_REPL_REPL_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu_config.h"
#include "sim/core/rng.h"

struct repl {
    const struct repl_ops *ops;
    uint32_t sets, ways;
    uint32_t words_per_set;
    uint64_t *words; /* LRU: a stamp per way; PLRU: tree bits of each set */
    uint64_t clock;  /* LRU: stamp of the latest touch */
    struct rng rng;  /* random: one draw per victim */
    struct repl_path *path; /* PLRU with a word a set: a touch, by way */
    uint32_t tree_leaves;   /* its ways if they fill the tree, else 0 */
};

/* What a touch does to the word of its set: (word & keep) | set. */
struct repl_path {
    uint64_t keep, set;
};

/* A touch as data: *word = ++*clock, or (*word & keep) | set if no clock. */
struct repl_quick {
    uint64_t *clock;
    uint64_t *word;
    uint64_t keep, set;
};

struct repl_ops {
    const char *name; /* "lru": value of the parameters *.repl */
    enum repl_kind kind;
    uint32_t (*words_per_set)(uint32_t ways);
    void (*touch)(struct repl *r, uint32_t set, uint32_t way);
    uint32_t (*victim)(struct repl *r, uint32_t set);
    /* Touching (set, way) as data; false: not possible for this geometry. */
    bool (*quick)(struct repl *r, uint32_t set, uint32_t way,
                  struct repl_quick *quick);
};

extern const struct repl_ops repl_lru, repl_plru, repl_random;
extern const struct repl_ops *const repl_all[]; /* ends with NULL */

/* NULL if there is none of that kind. */
const struct repl_ops *repl_find(enum repl_kind kind);

/* False if the host has no memory. */
bool repl_init(struct repl *r, enum repl_kind kind, uint32_t sets,
               uint32_t ways, uint64_t seed);
void repl_free(struct repl *r);

/* LRU and small PLRU are what most structures use: no indirect call. */
static inline void repl_touch(struct repl *r, uint32_t set, uint32_t way)
{
    if (r->ops == &repl_lru)
        r->words[(uint64_t)set * r->ways + way] = ++r->clock;
    else if (r->path)
        r->words[set] = (r->words[set] & r->path[way].keep) | r->path[way].set;
    else
        r->ops->touch(r, set, way);
}

/* The same by place, set * ways + way. */
static inline void repl_touch_place(struct repl *r, uint32_t place)
{
    if (r->ops == &repl_lru)
        r->words[place] = ++r->clock;
    else
        repl_touch(r, place / r->ways, place % r->ways);
}

static inline uint32_t repl_victim(struct repl *r, uint32_t set)
{
    uint32_t node = 1;

    if (r->tree_leaves == 0)
        return r->ops->victim(r, set);
    while (node < r->tree_leaves)
        node = node * 2 + (uint32_t)(r->words[set] >> node & 1);
    return node - r->tree_leaves;
}

enum { REPL_MAX_WAYS = 4096 };

/*
 * In which order the ways of a full set would go if nothing touched them: by
 * way, how many go before it.  False: chance decides.
 */
bool repl_order(const struct repl *r, uint32_t set, uint16_t *order);

/* Hash of the state: for differential tests. */
uint64_t repl_digest(const struct repl *r);

#endif
