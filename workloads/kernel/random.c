/*
 * random.c - SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators"), from a fixed seed.
 */
#include "workloads/kernel/random.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

static uint64_t next(void)
{
    uint64_t z = (kernel.random_state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_fill(void *to, size_t bytes)
{
    char *at = to;

    while (bytes > 0) {
        uint64_t word = next();
        size_t now = u64_min(bytes, sizeof word);

        memcpy(at, &word, now);
        at += now;
        bytes -= now;
    }
}
