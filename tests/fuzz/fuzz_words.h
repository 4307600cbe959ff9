/*
 * fuzz_words.h - lines for the prompts: plausible ones for each kind of
 * argument, and some that are not.
 */
#ifndef TESTS_FUZZ_FUZZ_WORDS_H
#define TESTS_FUZZ_FUZZ_WORDS_H
#include "sim/core/rng.h"

enum { FUZZ_LINE_BYTES = 120 };

/* Behind the colon: a command, maybe cut short, and its argument. */
void fuzz_command(char line[FUZZ_LINE_BYTES], struct rng *rng);

/* To one of the prompts of keys.def: g a b ' s or a slash. */
void fuzz_answer(char line[FUZZ_LINE_BYTES], char prompt, struct rng *rng);

#endif
