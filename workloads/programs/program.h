/*
 * program.h - what the built-in guest programs share.
 *
 * Arguments are KEY=VALUE; sizes take K, M, G.  A program returns 0 if its own
 * check held, 1 if it did not, 2 for a bad argument.
 */
#ifndef WORKLOADS_PROGRAMS_PROGRAM_H
#define WORKLOADS_PROGRAMS_PROGRAM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The KEY=VALUE arguments of this run. */
struct arguments {
    int count;
    char **text;
};

/* Value of key as a number or size; fallback if it was not given. */
uint64_t argument_number(const struct arguments *a, const char *key,
                         uint64_t fallback);

/* Value of key as text; fallback if it was not given. */
const char *argument_text(const struct arguments *a, const char *key,
                          const char *fallback);

/*
 * Zeroed anonymous memory in pages of argument "page" (4K, 2M or 1G), all
 * present.  Where the system has no such page free, smaller ones serve: the
 * result is the same, only time differs.  Exits with 1 if there is none.
 */
void *map_memory(uint64_t bytes, const struct arguments *a);

/* SplitMix64: the programs' only source of randomness. */
uint64_t random_next(uint64_t *state);

/* The entries of programs.def. */
#define PROGRAM(name, sentence, keys, example)                                 \
    int program_##name(const struct arguments *a);
#include "workloads/programs/programs.def"
#undef PROGRAM

#endif
