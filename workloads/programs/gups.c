/*
 * gups.c - giant updates: table[random] ^= random, as HPCC RandomAccess does.
 *
 * Updating twice with the same numbers restores the table, which is the
 * check: the second half of the n updates undoes the first.
 */
#include <stdio.h>

#include "workloads/programs/program.h"

static void update(uint64_t *table, uint64_t words, uint64_t updates,
                   uint64_t seed)
{
    for (uint64_t i = 0; i < updates; i++) {
        uint64_t r = random_next(&seed);

        table[r & (words - 1)] ^= r;
    }
}

int program_gups(const struct arguments *a)
{
    uint64_t footprint = argument_number(a, "footprint", 64 << 20);
    uint64_t updates = argument_number(a, "n", 1000000);
    uint64_t seed = argument_number(a, "seed", 1);
    uint64_t words = 1, errors = 0;
    uint64_t *table;
    uint64_t probe = seed;

    while (words * 2 * sizeof *table <= footprint)
        words *= 2;
    table = map_memory(words * sizeof *table, a);
    update(table, words, updates / 2, seed);
    update(table, words, updates / 2, seed);
    for (uint64_t i = 0; i < updates / 2 && i < 1000; i++)
        errors += table[random_next(&probe) & (words - 1)] != 0;
    printf("gups: %llu updates of %llu words, %llu errors\n",
           (unsigned long long)(updates / 2 * 2), (unsigned long long)words,
           (unsigned long long)errors);
    return errors == 0 ? 0 : 1;
}
