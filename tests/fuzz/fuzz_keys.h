/*
 * fuzz_keys.h - what a user might do at the screen: one random thing after
 * the other, which depend on the seed alone.
 */
#ifndef TESTS_FUZZ_FUZZ_KEYS_H
#define TESTS_FUZZ_FUZZ_KEYS_H
#include <stddef.h>

#include "sim/core/rng.h"

enum { FUZZ_BYTES = 256 };

struct fuzz_step {
    char bytes[FUZZ_BYTES]; /* what the terminal sends */
    size_t count;
    unsigned keys;          /* that were pressed for it */
    unsigned width, height; /* of the terminal from now on; 0: as it was */
    unsigned quiet_ms;      /* the user looks until nothing has changed for so
                               long; 0: not at all */
};

/* Nothing leaves the screen, but for one command in some hundred. */
void fuzz_step_make(struct fuzz_step *s, struct rng *rng);

#endif
