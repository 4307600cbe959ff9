/*
 * rng.h - the only source of randomness: SplitMix64, seeded by the config.
 *
 * Source  Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
 *         Generators", OOPSLA 2014.
 */
#ifndef SIM_CORE_RNG_H
#define SIM_CORE_RNG_H
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline void rng_init(struct rng *r, uint64_t seed)
{
    r->state = seed;
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform enough below bound for simulation; bound must not be 0. */
static inline uint32_t rng_below(struct rng *r, uint32_t bound)
{
    return (uint32_t)(((rng_next(r) >> 32) * bound) >> 32);
}

#endif
