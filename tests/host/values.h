/*
 * values.h - random values that prefer the corners: zero, ones, sign bits,
 * small numbers; for reals zeros, denormals, infinities, NaNs, neighbours of
 * powers of two and of the ends of the range.
 */
#ifndef TESTS_HOST_VALUES_H
#define TESTS_HOST_VALUES_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/rng.h"
#include "tests/host/forms.h"

/* True once in n times. */
bool value_one_in(struct rng *rng, uint32_t n);

uint64_t value_integer(struct rng *rng);
uint32_t value_real32(struct rng *rng);
uint64_t value_real64(struct rng *rng);
void value_real80(struct rng *rng, uint8_t to[10]);

/* Fills bytes with what the form's hint asks for. */
void value_fill(struct rng *rng, enum form_hint hint, uint8_t *to,
                unsigned bytes);

/* Masked and rounding to nearest mostly; flags and modes of all kinds. */
uint32_t value_mxcsr(struct rng *rng);

/* Control, status, tags and registers of an FXSAVE image. */
void value_x87(struct rng *rng, uint8_t *fx, bool mask_denormal);

#endif
