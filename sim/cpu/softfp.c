/*
 * softfp.c - formats, rounding, NaNs and conversions; arithmetic is in
 * softfp_arith.c.  See softfp.h.
 */
#include "sim/cpu/softfp.h"

#include "sim/cpu/softfp_internal.h"

const struct fp_format fp_single = {24, -126, 127};
const struct fp_format fp_double = {53, -1022, 1023};
const struct fp_format fp_extended = {64, -16382, 16383};

#define QUIET_BIT   ((uint64_t)1 << 62)
#define INTEGER_BIT ((uint64_t)1 << 63)

struct fp fp_zero(bool sign)
{
    return (struct fp){.class = FP_CLASS_ZERO, .sign = sign};
}

struct fp fp_infinity(bool sign)
{
    return (struct fp){
        .mantissa = INTEGER_BIT, .class = FP_CLASS_INF, .sign = sign};
}

struct fp fp_indefinite(void)
{
    return (struct fp){.mantissa = INTEGER_BIT | QUIET_BIT,
                       .class = FP_CLASS_QNAN,
                       .sign = true};
}

bool fp_is_nan(struct fp a)
{
    return a.class == FP_CLASS_QNAN || a.class == FP_CLASS_SNAN;
}

/* fraction is left-aligned: its first bit is bit 63. */
static struct fp unpack(bool sign, int32_t biased, uint64_t fraction,
                        const struct fp_format *f)
{
    struct fp a = {.sign = sign, .class = FP_CLASS_NORMAL};

    if (biased == 2 * f->emax + 1) {
        a.mantissa = INTEGER_BIT | fraction >> 1;
        a.class = fraction == 0            ? FP_CLASS_INF
                  : fraction & INTEGER_BIT ? FP_CLASS_QNAN
                                           : FP_CLASS_SNAN;
    } else if (biased != 0) {
        a.mantissa = INTEGER_BIT | fraction >> 1;
        a.exponent = biased - f->emax;
    } else if (fraction == 0) {
        a.class = FP_CLASS_ZERO;
    } else {
        int shift = __builtin_clzll(fraction);

        a.mantissa = fraction << shift;
        a.exponent = f->emin - 1 - shift;
        a.denormal = true;
    }
    return a;
}

struct fp fp_unpack32(const struct fp_env *env, uint32_t bits)
{
    struct fp a = unpack(bits >> 31 != 0, (int32_t)(bits >> 23 & 0xff),
                         (uint64_t)bits << 41, &fp_single);

    return a.denormal && env->daz ? fp_zero(a.sign) : a;
}

struct fp fp_unpack64(const struct fp_env *env, uint64_t bits)
{
    struct fp a = unpack(bits >> 63 != 0, (int32_t)(bits >> 52 & 0x7ff),
                         bits << 12, &fp_double);

    return a.denormal && env->daz ? fp_zero(a.sign) : a;
}

/* SDM vol. 1, "Unsupported Double Extended-Precision Encodings". */
struct fp fp_unpack80(struct x87_reg r)
{
    struct fp a = {.mantissa = r.mantissa,
                   .sign = r.sign_exponent >> 15 != 0,
                   .class = FP_CLASS_NORMAL};
    int32_t biased = r.sign_exponent & 0x7fff;

    if (biased == 0) {
        int shift;

        if (r.mantissa == 0)
            return fp_zero(a.sign);
        shift = __builtin_clzll(r.mantissa);
        a.mantissa = r.mantissa << shift;
        a.exponent = fp_extended.emin - shift;
        a.denormal = true;
    } else if (!(r.mantissa & INTEGER_BIT)) {
        a.class = FP_CLASS_UNSUPPORTED;
    } else if (biased == 0x7fff) {
        a.class = r.mantissa == INTEGER_BIT ? FP_CLASS_INF
                  : r.mantissa & QUIET_BIT  ? FP_CLASS_QNAN
                                            : FP_CLASS_SNAN;
    } else {
        a.exponent = biased - fp_extended.emax;
    }
    return a;
}

/* The encoding with fraction left-aligned as in unpack(). */
static uint64_t pack_fraction(struct fp a, const struct fp_format *f,
                              int32_t *biased)
{
    *biased = 0;
    switch (a.class) {
    case FP_CLASS_ZERO:
        return 0;
    case FP_CLASS_NORMAL:
        if (a.exponent >= f->emin) {
            *biased = a.exponent + f->emax;
            return a.mantissa << 1;
        }
        return a.mantissa >> (f->emin - 1 - a.exponent);
    case FP_CLASS_INF:
    case FP_CLASS_QNAN:
    case FP_CLASS_SNAN:
    case FP_CLASS_UNSUPPORTED:
        break;
    }
    *biased = 2 * f->emax + 1;
    return a.mantissa << 1;
}

uint32_t fp_pack32(struct fp a)
{
    int32_t biased;
    uint64_t fraction = pack_fraction(a, &fp_single, &biased);

    return (uint32_t)a.sign << 31 | (uint32_t)biased << 23 |
           (uint32_t)(fraction >> 41);
}

uint64_t fp_pack64(struct fp a)
{
    int32_t biased;
    uint64_t fraction = pack_fraction(a, &fp_double, &biased);

    return (uint64_t)a.sign << 63 | (uint64_t)biased << 52 | fraction >> 12;
}

struct x87_reg fp_pack80(struct fp a)
{
    struct x87_reg r = {.mantissa = a.mantissa};
    int32_t biased = 0x7fff;

    if (a.class == FP_CLASS_ZERO) {
        r.mantissa = 0;
        biased = 0;
    } else if (a.class == FP_CLASS_NORMAL) {
        biased = a.exponent + fp_extended.emax;
        if (a.exponent < fp_extended.emin) {
            r.mantissa >>= fp_extended.emin - a.exponent;
            biased = 0;
        }
    }
    r.sign_exponent = (uint16_t)((uint32_t)a.sign << 15 | (uint32_t)biased);
    return r;
}

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

/* SDM vol. 1, table "Masked Responses to Numeric Overflow". */
static struct fp overflow(struct fp_env *env, const struct fp_format *f,
                          bool sign)
{
    bool to_infinity = env->rounding == FP_ROUND_NEAREST ||
                       env->rounding == (sign ? FP_ROUND_DOWN : FP_ROUND_UP);

    env->flags |= FP_OE | FP_PE;
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
    if (tiny && (inexact || !(env->masked & FP_UE)))
        env->flags |= FP_UE;
    if (inexact)
        env->flags |= FP_PE;
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

struct fp fp_round(struct fp_env *env, const struct fp_format *f,
                   const struct fp_wide *w)
{
    int32_t drop = 64 - f->precision;
    struct fp r = {
        .exponent = w->exponent, .class = FP_CLASS_NORMAL, .sign = w->sign};
    struct cut c;

    env->rounded_up = false;
    if (w->exponent < f->emin)
        return round_denormal(env, f, w);
    c = cut_at(w, drop);
    if (rounds_away(env->rounding, w->sign, c)) {
        env->rounded_up = true;
        c.kept++;
        if (c.kept << drop == 0) { /* carried out of the top */
            c.kept = INTEGER_BIT >> drop;
            r.exponent++;
        }
    }
    if (r.exponent > f->emax)
        return overflow(env, f, w->sign);
    if (c.half || c.rest)
        env->flags |= FP_PE;
    r.mantissa = c.kept << drop;
    return r;
}

void fp_note_denormal(struct fp_env *env, struct fp a)
{
    if (a.denormal)
        env->flags |= FP_DE;
}

static struct fp quiet(struct fp a)
{
    a.mantissa |= QUIET_BIT;
    a.class = FP_CLASS_QNAN;
    return a;
}

/* x87: the NaN with the larger significand; equal: the positive one. */
static struct fp larger_nan(struct fp a, struct fp b)
{
    bool a_signals = a.class == FP_CLASS_SNAN;

    /* a signalling and a quiet NaN: the quiet one, whatever its payload */
    if (a_signals != (b.class == FP_CLASS_SNAN))
        return a_signals ? b : a;
    if (a.mantissa != b.mantissa)
        return a.mantissa > b.mantissa ? a : b;
    return a.sign ? b : a;
}

bool fp_propagate_nan(struct fp_env *env, struct fp a, struct fp b,
                      struct fp *result)
{
    if (a.class < FP_CLASS_QNAN && b.class < FP_CLASS_QNAN)
        return false;
    if (a.class == FP_CLASS_UNSUPPORTED || b.class == FP_CLASS_UNSUPPORTED) {
        env->flags |= FP_IE;
        *result = fp_indefinite();
        return true;
    }
    if (a.class == FP_CLASS_SNAN || b.class == FP_CLASS_SNAN)
        env->flags |= FP_IE;
    if (!fp_is_nan(b))
        *result = quiet(a);
    else if (!fp_is_nan(a))
        *result = quiet(b);
    else
        *result = quiet(env->x87 ? larger_nan(a, b) : a);
    return true;
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
