/*
 * softfp_functions.h - sine, cosine, tangent, arctangent, powers and
 * logarithms in the 80-bit format.
 *
 * Hardware  Intel SDM vol. 1, "Transcendental Instruction Accuracy", "Pi";
 *           vol. 2, FSIN, FCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1 and their
 *           tables of results.
 * Model     power series on 128 bits, rounded once by env: the error is below
 *           one unit in the last place by 60 bits.  Real CPUs stay within one
 *           unit, so their last bit may differ.  Angles are reduced by the
 *           66-bit pi that the SDM documents.
 * INVARIANTS
 *   1. The argument of a trigonometric function is below 2^63 in magnitude,
 *      infinite or a NaN: fp_angle_in_range().
 */
#ifndef SIM_CPU_SOFTFP_FUNCTIONS_H
#define SIM_CPU_SOFTFP_FUNCTIONS_H
#include "sim/cpu/softfp.h"

static inline bool fp_angle_in_range(struct fp a)
{
    return a.class != FP_CLASS_NORMAL || a.exponent < 63;
}

struct fp fp_sin(struct fp_env *env, struct fp a);
struct fp fp_cos(struct fp_env *env, struct fp a);
struct fp fp_tan(struct fp_env *env, struct fp a);
/* Angle of the point (x, y). */
struct fp fp_atan2(struct fp_env *env, struct fp y, struct fp x);
/* 2^a - 1 for -1 <= a <= 1; a itself beyond, where it is undefined. */
struct fp fp_exp2m1(struct fp_env *env, struct fp a);
/* y * log2(x), y * log2(x + 1) */
struct fp fp_ylog2x(struct fp_env *env, struct fp y, struct fp x);
struct fp fp_ylog2xp1(struct fp_env *env, struct fp y, struct fp x);

#endif
