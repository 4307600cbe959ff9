/*
 * wide.h - arithmetic on numbers of 128 significant bits.
 *
 * For what needs more precision than its result: the transcendental x87
 * instructions.  Each operation is exact but for the last bit or two, so that
 * some fifty of them leave a 64-bit result within half a unit and a bit.
 * INVARIANTS
 *   1. A number is zero (high and low are 0), or has bit 63 of high set.
 */
#ifndef SIM_CPU_WIDE_H
#define SIM_CPU_WIDE_H
#include "sim/cpu/softfp_internal.h"

__extension__ typedef unsigned __int128 uint128;

static inline bool wide_is_zero(struct fp_wide a)
{
    return a.high == 0;
}

/* v / 2^127 * 2^exponent, normalized. */
struct fp_wide wide_make(uint128 v, int32_t exponent, bool sign);
struct fp_wide wide_from_int(uint32_t n);
/* a is zero or a finite number. */
struct fp_wide wide_from_fp(struct fp a);
struct fp_wide wide_negate(struct fp_wide a);
struct fp_wide wide_add(struct fp_wide a, struct fp_wide b);
struct fp_wide wide_sub(struct fp_wide a, struct fp_wide b);
struct fp_wide wide_mul(struct fp_wide a, struct fp_wide b);
/* b, n: not zero. */
struct fp_wide wide_div(struct fp_wide a, struct fp_wide b);
struct fp_wide wide_div_int(struct fp_wide a, uint32_t n);

#endif
