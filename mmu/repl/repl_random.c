/*
 * repl_random.c - any way, with equal chance; the smallest legal policy.
 *
 * Hardware  some ARM TLBs and caches; the baseline that others must beat.
 */
#include "mmu/repl/repl.h"

static uint32_t random_words_per_set(uint32_t ways)
{
    (void)ways;
    return 0;
}

static void random_touch(struct repl *r, uint32_t set, uint32_t way)
{
    (void)r;
    (void)set;
    (void)way;
}

static uint32_t random_victim(struct repl *r, uint32_t set)
{
    (void)set;
    return rng_below(&r->rng, r->ways);
}

/* Nothing to do, but the word must exist: the spare one. */
static bool random_quick(struct repl *r, uint32_t set, uint32_t way,
                         struct repl_quick *quick)
{
    (void)set;
    (void)way;
    *quick = (struct repl_quick){.word = r->words, .keep = UINT64_MAX};
    return true;
}

const struct repl_ops repl_random = {
    .name = "random",
    .kind = REPL_RANDOM,
    .words_per_set = random_words_per_set,
    .touch = random_touch,
    .victim = random_victim,
    .quick = random_quick,
};
