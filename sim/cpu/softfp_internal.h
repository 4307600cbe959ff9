/*
 * softfp_internal.h - what softfp.c and softfp_arith.c share.
 */
#ifndef SIM_CPU_SOFTFP_INTERNAL_H
#define SIM_CPU_SOFTFP_INTERNAL_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/softfp.h"

/*
 * A result before rounding: high:low / 2^127 * 2^exponent, bit 63 of high
 * set; bits of the true result below low are or-ed into its bit 0.
 */
struct fp_wide {
    uint64_t high, low;
    int32_t exponent;
    bool sign;
};

struct fp fp_round(struct fp_env *env, const struct fp_format *f,
                   const struct fp_wide *w);
struct fp fp_zero(bool sign);
struct fp fp_infinity(bool sign);

#endif
