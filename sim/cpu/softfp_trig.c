/*
 * softfp_trig.c - sine, cosine, tangent, arctangent.  See
 * softfp_functions.h.
 */
#include "sim/cpu/softfp_functions.h"
#include "sim/cpu/wide.h"

/* Terms this much smaller than the sum do not reach its 128 bits. */
enum { NEGLIGIBLE = 130 };

static const struct fp_wide pi = {0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, 1,
                                  false};
static const struct fp_wide three_quarter_pi = {0x96cbe3f9990e91a7,
                                                0x9394c9e8a0a5159d, 1, false};

static struct fp_wide half(struct fp_wide a)
{
    a.exponent--;
    return a;
}

/* No such result is a number of 64 bits: it is never exact. */
static struct fp inexact(struct fp_env *env, struct fp_wide w)
{
    w.low |= 1;
    return fp_round(env, &fp_extended, &w);
}

/* |x| = quadrant * pi/2 + rest, |rest| <= pi/4 */
struct angle {
    struct fp_wide rest;
    unsigned quadrant;
};

/*
 * pi/2 as the SDM documents it: 68 bits, the last two 0, in units of 2^-67.
 * |x| is an integer in the same units, if it is not small; its remainder
 * is exact, and never 0: pi's odd part has more bits than x.
 */
static struct angle reduce(struct fp x)
{
    const uint128 half_pi = (uint128)0xc << 64 | 0x90fdaa22168c234c;
    struct angle a = {wide_from_fp(x), 0};
    uint128 rest = x.mantissa;
    bool beyond;

    a.rest.sign = false;
    if (x.exponent < -4)
        return a;
    for (int32_t i = -4; i < x.exponent; i++) {
        rest <<= 1;
        a.quadrant <<= 1;
        if (rest >= half_pi) {
            rest -= half_pi;
            a.quadrant |= 1;
        }
    }
    beyond = rest * 2 > half_pi;
    a.quadrant += beyond;
    a.rest = wide_make(beyond ? half_pi - rest : rest, 127 - 67, beyond);
    return a;
}

/* first - first x^2 / (n (n+1)) + first x^4 / (n (n+1) (n+2) (n+3)) ... */
static struct fp_wide alternating(struct fp_wide first, struct fp_wide x,
                                  uint32_t n)
{
    struct fp_wide square = wide_mul(x, x);
    struct fp_wide sum = first, term = first;

    while (term.exponent > sum.exponent - NEGLIGIBLE) {
        term = wide_div_int(wide_mul(term, square), n * (n + 1));
        term = wide_negate(term);
        sum = wide_add(sum, term);
        n += 2;
    }
    return sum;
}

/* Sine (quarter_turns 0) or cosine (1) of the angle. */
static struct fp_wide wave(struct angle a, unsigned quarter_turns)
{
    unsigned quadrant = a.quadrant + quarter_turns;
    struct fp_wide w = quadrant & 1 ? alternating(wide_from_int(1), a.rest, 1)
                                    : alternating(a.rest, a.rest, 2);

    return quadrant & 2 ? wide_negate(w) : w;
}

/* NaN and infinity: there is an answer without a series. */
static bool special(struct fp_env *env, struct fp a, struct fp *result)
{
    env->rounded_up = false;
    if (fp_propagate_nan(env, a, a, result))
        return true;
    if (a.class == FP_CLASS_INF) {
        env->flags |= FP_IE;
        *result = fp_indefinite();
        return true;
    }
    fp_note_denormal(env, a);
    return false;
}

struct fp fp_sin(struct fp_env *env, struct fp a)
{
    struct fp_wide w;
    struct fp result;

    if (special(env, a, &result))
        return result;
    if (a.class == FP_CLASS_ZERO)
        return a;
    w = wave(reduce(a), 0);
    w.sign = w.sign != a.sign;
    return inexact(env, w);
}

struct fp fp_cos(struct fp_env *env, struct fp a)
{
    struct fp result;

    if (special(env, a, &result))
        return result;
    if (a.class == FP_CLASS_ZERO)
        return fp_from_int(1);
    return inexact(env, wave(reduce(a), 1));
}

struct fp fp_tan(struct fp_env *env, struct fp a)
{
    struct angle angle;
    struct fp_wide w;
    struct fp result;

    if (special(env, a, &result))
        return result;
    if (a.class == FP_CLASS_ZERO)
        return a;
    angle = reduce(a);
    w = wide_div(wave(angle, 0), wave(angle, 1));
    w.sign = w.sign != a.sign;
    return inexact(env, w);
}

/* x - x^3/3 + x^5/5 ..., |x| <= 1/8 */
static struct fp_wide atan_series(struct fp_wide x)
{
    struct fp_wide square = wide_negate(wide_mul(x, x));
    struct fp_wide sum = x, power = x;

    if (wide_is_zero(x))
        return x;
    for (uint32_t n = 3; power.exponent > sum.exponent - NEGLIGIBLE; n += 2) {
        power = wide_mul(power, square);
        sum = wide_add(sum, wide_div_int(power, n));
    }
    return sum;
}

/* 0 < x <= 1: atan x = atan c + atan((x - c) / (1 + x c)), c = n/4 near x */
static struct fp_wide atan_wide(struct fp_wide x)
{
    static const struct fp_wide atan_of[] = {
        {0, 0, 0, false},
        {0xfadbafc96406eb15, 0x6dc79ef5f7a217e6, -3, false},
        {0xed63382b0dda7b45, 0x6fe445ecbc3a8d03, -2, false},
        {0xa4bc7d1934f70924, 0x19a87f2a457dac9f, -1, false},
        {0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, -1, false},
    };
    uint32_t n;
    struct fp_wide c, t;

    if (x.exponent < -3)
        return atan_series(x);
    n = ((uint32_t)(x.high >> (60 - x.exponent)) + 1) / 2; /* of floor(8 x) */
    c = half(half(wide_from_int(n)));
    t = wide_div(wide_sub(x, c), wide_add(wide_from_int(1), wide_mul(x, c)));
    return wide_add(atan_of[n], atan_series(t));
}

/* Where y or x is zero or infinite: the SDM's table for FPATAN. */
static struct fp atan2_at_edge(struct fp_env *env, struct fp y, struct fp x)
{
    struct fp_wide w;

    if (y.class == FP_CLASS_INF && x.class == FP_CLASS_INF) {
        w = x.sign ? three_quarter_pi : half(half(pi));
    } else if (y.class == FP_CLASS_ZERO || x.class == FP_CLASS_INF) {
        if (!x.sign)
            return fp_zero(y.sign);
        w = pi;
    } else {
        w = half(pi);
    }
    w.sign = y.sign;
    return inexact(env, w);
}

struct fp fp_atan2(struct fp_env *env, struct fp y, struct fp x)
{
    struct fp_wide up = wide_from_fp(y), along = wide_from_fp(x), w;
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, y, x, &nan))
        return nan;
    fp_note_denormal(env, y);
    fp_note_denormal(env, x);
    if (y.class != FP_CLASS_NORMAL || x.class != FP_CLASS_NORMAL)
        return atan2_at_edge(env, y, x);
    up.sign = along.sign = false;
    if (y.exponent > x.exponent ||
        (y.exponent == x.exponent && y.mantissa > x.mantissa))
        w = wide_sub(half(pi), atan_wide(wide_div(along, up)));
    else
        w = atan_wide(wide_div(up, along));
    if (x.sign)
        w = wide_sub(pi, w);
    w.sign = y.sign;
    return inexact(env, w);
}
