/*
 * softfp.c - encodings and NaNs; rounding is in softfp_round.c, arithmetic in
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
