/*
 * kvstore.c - a key-value store: open addressing, keys by Zipf's law (s = 1).
 *
 * The k-th most popular key is asked for in proportion to 1/k; all arithmetic
 * is on integers, so that every machine draws the same keys.
 */
#include <stdio.h>

#include "workloads/programs/program.h"

struct slot {
    uint64_t key; /* 0: empty */
    uint64_t value;
    uint64_t pad[6]; /* one slot a cache line */
};

struct store {
    struct slot *slots;
    uint64_t mask;
};

static uint64_t hash(uint64_t key)
{
    uint64_t state = key;

    return random_next(&state);
}

static struct slot *find(const struct store *s, uint64_t key)
{
    uint64_t at = hash(key) & s->mask;

    while (s->slots[at].key != 0 && s->slots[at].key != key)
        at = (at + 1) & s->mask;
    return &s->slots[at];
}

/* Running sums of 2^32 / k: the cumulative popularity of keys 1 .. keys. */
static uint64_t *popularity(uint64_t keys, const struct arguments *a)
{
    uint64_t *sums = map_memory(keys * sizeof *sums, a);
    uint64_t sum = 0;

    for (uint64_t k = 0; k < keys; k++)
        sums[k] = sum += ((uint64_t)1 << 32) / (k + 1);
    return sums;
}

/* The key whose share of the popularity holds the point. */
static uint64_t draw(const uint64_t *sums, uint64_t keys, uint64_t random)
{
    uint64_t point = random % sums[keys - 1];
    uint64_t low = 0, high = keys - 1;

    while (low < high) {
        uint64_t middle = (low + high) / 2;

        if (sums[middle] > point)
            high = middle;
        else
            low = middle + 1;
    }
    return low + 1;
}

int program_kvstore(const struct arguments *a)
{
    uint64_t keys = argument_number(a, "keys", 65536);
    uint64_t n = argument_number(a, "n", 500000);
    uint64_t writes_pct = argument_number(a, "writes", 10);
    uint64_t seed = argument_number(a, "seed", 1);
    struct store s = {.mask = 1};
    uint64_t writes = 0, found = 0, sum = 0;
    uint64_t *sums;

    if (keys == 0 || writes_pct > 100) {
        fprintf(stderr, "kvstore: keys must be > 0, writes 0 .. 100 (%%)\n");
        return 2;
    }
    while (s.mask < keys * 2)
        s.mask *= 2;
    s.slots = map_memory(s.mask * sizeof *s.slots, a);
    s.mask--;
    sums = popularity(keys, a);
    for (uint64_t k = 1; k <= keys; k++)
        *find(&s, k) = (struct slot){.key = k};
    for (uint64_t i = 0; i < n; i++) {
        uint64_t r = random_next(&seed);
        struct slot *slot = find(&s, draw(sums, keys, r >> 8));

        found += slot->key != 0;
        slot->value += (r & 127) * 100 < writes_pct * 128;
        writes += (r & 127) * 100 < writes_pct * 128;
    }
    for (uint64_t k = 1; k <= keys; k++)
        sum += find(&s, k)->value;
    printf("kvstore: %llu requests, %llu found, %llu writes, sum %llu\n",
           (unsigned long long)n, (unsigned long long)found,
           (unsigned long long)writes, (unsigned long long)sum);
    return found == n && sum == writes ? 0 : 1;
}
