/*
 * repl_lru.c - the way that was touched longest ago.
 *
 * Model     a stamp per way from one clock: a touch is one store.  Equal
 *           stamps (never touched) go lowest way first.
 */
#include "mmu/repl/repl.h"

static uint32_t lru_words_per_set(uint32_t ways)
{
    return ways;
}

static void lru_touch(struct repl *r, uint32_t set, uint32_t way)
{
    r->words[(uint64_t)set * r->ways + way] = ++r->clock;
}

static uint32_t lru_victim(struct repl *r, uint32_t set)
{
    const uint64_t *stamps = &r->words[(uint64_t)set * r->ways];
    uint64_t least = stamps[0];
    uint32_t oldest = 0;

    for (uint32_t way = 1; way < r->ways; way++) {
        bool older = stamps[way] < least;

        oldest = older ? way : oldest;
        least = older ? stamps[way] : least;
    }
    return oldest;
}

static bool lru_quick(struct repl *r, uint32_t set, uint32_t way,
                      struct repl_quick *quick)
{
    *quick = (struct repl_quick){
        .clock = &r->clock,
        .word = &r->words[(uint64_t)set * r->ways + way],
    };
    return true;
}

const struct repl_ops repl_lru = {
    .name = "lru",
    .kind = REPL_LRU,
    .words_per_set = lru_words_per_set,
    .touch = lru_touch,
    .victim = lru_victim,
    .quick = lru_quick,
};
