/*
 * softfp_round.c - the one place where results are rounded, and conversions.
 *
 * Hardware  Intel SDM vol. 1, "Rounding", "Numeric Overflow Exception",
 *           "Numeric Underflow Exception": tininess is detected after
 *           rounding.
 */
#include "sim/cpu/softfp.h"

#include "sim/cpu/softfp_internal.h"

#define INTEGER_BIT ((uint64_t)1 << 63)

/* Splits at `drop` low bits of w: what is kept, the half bit and the rest. */
struct cut {
    uint64_t kept;
    bool half, rest;
};

static struct cut cut_at(const struct fp_wide *w, int32_t drop)
{
    struct cut c;

    if (drop > 64)
        return (struct cut){0, false, true};
    if (drop == 64)
        return (struct cut){0, w->high >> 63 != 0,
                            (w->high << 1 | w->low) != 0};
    if (drop == 0)
        return (struct cut){w->high, w->low >> 63 != 0, w->low << 1 != 0};
    c.kept = w->high >> drop;
    c.half = (w->high >> (drop - 1) & 1) != 0;
    c.rest = (w->high & (((uint64_t)1 << (drop - 1)) - 1)) != 0 || w->low != 0;
    return c;
}

static bool rounds_away(enum fp_rounding rounding, bool sign, struct cut c)
{
    switch (rounding) {
    case FP_ROUND_NEAREST:
        return c.half && (c.rest || (c.kept & 1));
    case FP_ROUND_DOWN:
        return sign && (c.half || c.rest);
    case FP_ROUND_UP:
        return !sign && (c.half || c.rest);
    case FP_ROUND_ZERO:
        break;
    }
    return false;
}

/*
 * SDM vol. 1, table "Masked Responses to Numeric Overflow".  Unmasked, there
 * is no result, and it is inexact only if its significand is.
 */
static struct fp overflow(struct fp_env *env, const struct fp_format *f,
                          bool sign, bool inexact)
{
    bool to_infinity = env->rounding == FP_ROUND_NEAREST ||
                       env->rounding == (sign ? FP_ROUND_DOWN : FP_ROUND_UP);

    env->flags |= FP_OE;
    if (inexact || env->wrap || (env->masked & FP_OE))
        env->flags |= FP_PE;
    env->rounded_up = to_infinity;
    if (to_infinity)
        return fp_infinity(sign);
    return (struct fp){.mantissa = UINT64_MAX << (64 - f->precision),
                       .exponent = f->emax,
                       .class = FP_CLASS_NORMAL,
                       .sign = sign};
}

/* Tiny: below emin even after rounding with an unbounded exponent. */
static bool is_tiny(const struct fp_env *env, const struct fp_format *f,
                    const struct fp_wide *w)
{
    struct cut c;

    if (w->exponent < f->emin - 1)
        return true;
    c = cut_at(w, 64 - f->precision);
    return c.kept != UINT64_MAX >> (64 - f->precision) ||
           !rounds_away(env->rounding, w->sign, c);
}

/* Rounds below emin: fewer bits are left. */
static struct fp round_denormal(struct fp_env *env, const struct fp_format *f,
                                const struct fp_wide *w)
{
    int32_t drop = 64 - f->precision;
    bool tiny = is_tiny(env, f, w);
    struct cut c = cut_at(w, drop + f->emin - w->exponent);
    bool inexact = c.half || c.rest;
    struct fp r = {.class = FP_CLASS_NORMAL, .sign = w->sign};
    int shift;

    if (tiny && env->ftz && (env->masked & FP_UE)) {
        env->flags |= FP_UE | FP_PE;
        return fp_zero(w->sign);
    }
    if (tiny && !(env->masked & FP_UE) &&
        !env->wrap) { /* its significand decides */
        c = cut_at(w, drop);
        env->flags |= FP_UE | (c.half || c.rest ? FP_PE : 0u);
        return fp_zero(w->sign);
    }
    if (inexact)
        env->flags |= tiny ? FP_UE | FP_PE : FP_PE;
    env->rounded_up = rounds_away(env->rounding, w->sign, c);
    c.kept += env->rounded_up;
    if (c.kept == 0)
        return fp_zero(w->sign);
    /* kept may have grown to a full precision: emin itself */
    shift = __builtin_clzll(c.kept);
    r.mantissa = c.kept << shift;
    r.exponent = f->emin - (shift - drop);
    return r;
}

/*
 * SDM vol. 1, "Numeric Overflow Exception", "Numeric Underflow Exception": a
 * register gets the result scaled by 2^24576 so that a handler can go on.
 */
static struct fp round_wrapped(struct fp_env *env, const struct fp_format *f,
                               const struct fp_wide *w, uint32_t flag)
{
    struct fp_wide scaled = *w;

    scaled.exponent += flag == FP_UE ? 24576 : -24576;
    env->flags |= flag;
    return fp_round(env, f, &scaled);
}

/* Is there an unmasked exception whose scaled result is in range? */
static bool wraps(const struct fp_env *env, const struct fp_format *f,
                  int32_t exponent, uint32_t flag)
{
    int32_t scaled = exponent + (flag == FP_UE ? 24576 : -24576);

    return env->wrap && !(env->masked & flag) && scaled >= f->emin &&
           scaled < f->emax;
}

struct fp fp_round(struct fp_env *env, const struct fp_format *f,
                   const struct fp_wide *w)
{
    int32_t drop = 64 - f->precision;
    struct fp r = {
        .exponent = w->exponent, .class = FP_CLASS_NORMAL, .sign = w->sign};
    struct cut c;

    env->rounded_up = false;
    if (w->exponent < f->emin) {
        if (wraps(env, f, w->exponent, FP_UE) && is_tiny(env, f, w))
            return round_wrapped(env, f, w, FP_UE);
        return round_denormal(env, f, w);
    }
    c = cut_at(w, drop);
    if (rounds_away(env->rounding, w->sign, c)) {
        env->rounded_up = true;
        c.kept++;
        if (c.kept << drop == 0) { /* carried out of the top */
            c.kept = INTEGER_BIT >> drop;
            r.exponent++;
        }
    }
    if (r.exponent > f->emax) {
        if (wraps(env, f, r.exponent, FP_OE))
            return round_wrapped(env, f, w, FP_OE);
        return overflow(env, f, w->sign, c.half || c.rest);
    }
    if (c.half || c.rest)
        env->flags |= FP_PE;
    r.mantissa = c.kept << drop;
    return r;
}

struct fp fp_convert(struct fp_env *env, const struct fp_format *f, struct fp a)
{
    struct fp_wide w = {a.mantissa, 0, a.exponent, a.sign};
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, fp_zero(false), &nan)) {
        nan.mantissa &= UINT64_MAX << (64 - f->precision);
        return nan;
    }
    fp_note_denormal(env, a);
    if (a.class != FP_CLASS_NORMAL)
        return a;
    return fp_round(env, f, &w);
}

struct fp fp_from_int(int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    struct fp a = {.class = FP_CLASS_NORMAL, .sign = value < 0};
    int shift;

    if (value == 0)
        return fp_zero(false);
    shift = __builtin_clzll(magnitude);
    a.mantissa = magnitude << shift;
    a.exponent = 63 - shift;
    return a;
}

uint64_t fp_to_int(struct fp_env *env, struct fp a, unsigned bits)
{
    uint64_t indefinite = (uint64_t)1 << (bits - 1);
    struct fp_wide w = {a.mantissa, 0, a.exponent, a.sign};
    struct cut c;

    env->rounded_up = false;
    if (a.class == FP_CLASS_ZERO)
        return 0;
    if (a.class != FP_CLASS_NORMAL || a.exponent > 63) {
        env->flags |= FP_IE;
        return indefinite;
    }
    c = cut_at(&w, 63 - a.exponent);
    if (rounds_away(env->rounding, a.sign, c)) {
        env->rounded_up = true;
        c.kept++;
    }
    if (c.kept > indefinite - !a.sign) {
        env->rounded_up = false;
        env->flags |= FP_IE;
        return indefinite;
    }
    if (c.half || c.rest)
        env->flags |= FP_PE;
    c.kept = a.sign ? 0 - c.kept : c.kept;
    return bits == 64 ? c.kept : c.kept & ((indefinite << 1) - 1);
}

struct fp fp_round_integral(struct fp_env *env, struct fp a)
{
    struct fp_wide w = {a.mantissa, 0, a.exponent, a.sign};
    struct cut c;
    int shift;

    env->rounded_up = false;
    if (a.class != FP_CLASS_NORMAL || a.exponent >= 63)
        return a;
    c = cut_at(&w, 63 - a.exponent);
    if (c.half || c.rest)
        env->flags |= FP_PE;
    env->rounded_up = rounds_away(env->rounding, a.sign, c);
    c.kept += env->rounded_up;
    if (c.kept == 0)
        return fp_zero(a.sign);
    shift = __builtin_clzll(c.kept);
    a.mantissa = c.kept << shift;
    a.exponent = 63 - shift;
    a.denormal = false;
    return a;
}
