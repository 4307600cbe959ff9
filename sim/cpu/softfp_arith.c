/*
 * softfp_arith.c - add, multiply, divide, square root, compare.
 *
 * Order of the checks is the SDM's priority (vol. 1, "Priority of
 * Floating-Point Exceptions"): NaNs, other invalid operands, divide by zero,
 * denormal operands, then what rounding finds.
 */
#include "sim/cpu/softfp.h"
#include "sim/cpu/softfp_internal.h"

__extension__ typedef unsigned __int128 uint128;

static struct fp invalid(struct fp_env *env)
{
    env->flags |= FP_IE;
    return fp_indefinite();
}

static void note_denormals(struct fp_env *env, struct fp a, struct fp b)
{
    fp_note_denormal(env, a);
    fp_note_denormal(env, b);
}

/* Rounds v * 2^(exponent - 127); v is not 0. */
static struct fp round_128(struct fp_env *env, const struct fp_format *f,
                           uint128 v, struct fp_wide w)
{
    int shift = (uint64_t)(v >> 64) != 0 ? __builtin_clzll((uint64_t)(v >> 64))
                                         : 64 + __builtin_clzll((uint64_t)v);

    v <<= shift;
    w.exponent -= shift;
    w.high = (uint64_t)(v >> 64);
    w.low = (uint64_t)v;
    return fp_round(env, f, &w);
}

/* v >> n, with every bit that falls out or-ed into bit 0. */
static uint128 shift_jam(uint128 v, int32_t n)
{
    if (n == 0)
        return v;
    if (n > 127)
        return v != 0;
    return v >> n | ((v & (((uint128)1 << n) - 1)) != 0);
}

static struct fp swap_sign(struct fp a)
{
    a.sign = !a.sign;
    return a;
}

/* Both finite and not zero. */
static struct fp add_finite(struct fp_env *env, const struct fp_format *f,
                            struct fp a, struct fp b)
{
    struct fp big = a, small = b;
    uint128 x, y;

    if (b.exponent > a.exponent ||
        (b.exponent == a.exponent && b.mantissa > a.mantissa)) {
        big = b;
        small = a;
    }
    x = (uint128)big.mantissa << 62;
    y = shift_jam((uint128)small.mantissa << 62, big.exponent - small.exponent);
    x = big.sign == small.sign ? x + y : x - y;
    if (x == 0) {
        env->rounded_up = false;
        return fp_zero(env->rounding == FP_ROUND_DOWN);
    }
    return round_128(
        env, f, x,
        (struct fp_wide){.exponent = big.exponent + 2, .sign = big.sign});
}

struct fp fp_add(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b)
{
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, b, &nan))
        return nan;
    if (a.class == FP_CLASS_INF && b.class == FP_CLASS_INF && a.sign != b.sign)
        return invalid(env);
    note_denormals(env, a, b);
    if (a.class == FP_CLASS_INF)
        return a;
    if (b.class == FP_CLASS_INF)
        return b;
    if (a.class == FP_CLASS_ZERO && b.class == FP_CLASS_ZERO)
        return a.sign == b.sign ? a : fp_zero(env->rounding == FP_ROUND_DOWN);
    if (a.class == FP_CLASS_ZERO || b.class == FP_CLASS_ZERO)
        return fp_scale(env, f, a.class == FP_CLASS_ZERO ? b : a, 0);
    return add_finite(env, f, a, b);
}

struct fp fp_sub(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b)
{
    /* The sign of a NaN operand must survive. */
    return fp_add(env, f, a, fp_is_nan(b) ? b : swap_sign(b));
}

struct fp fp_mul(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b)
{
    bool sign = a.sign != b.sign;
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, b, &nan))
        return nan;
    if ((a.class == FP_CLASS_INF && b.class == FP_CLASS_ZERO) ||
        (a.class == FP_CLASS_ZERO && b.class == FP_CLASS_INF))
        return invalid(env);
    note_denormals(env, a, b);
    if (a.class == FP_CLASS_INF || b.class == FP_CLASS_INF)
        return fp_infinity(sign);
    if (a.class == FP_CLASS_ZERO || b.class == FP_CLASS_ZERO)
        return fp_zero(sign);
    return round_128(env, f, (uint128)a.mantissa * b.mantissa,
                     (struct fp_wide){.exponent = a.exponent + b.exponent + 1,
                                      .sign = sign});
}

static struct fp div_finite(struct fp_env *env, const struct fp_format *f,
                            struct fp a, struct fp b)
{
    struct fp_wide w = {.exponent = a.exponent - b.exponent,
                        .sign = a.sign != b.sign};
    uint128 n = (uint128)a.mantissa << 63;
    uint64_t rest;

    if (a.mantissa < b.mantissa) {
        n <<= 1;
        w.exponent--;
    }
    w.high = (uint64_t)(n / b.mantissa);
    rest = (uint64_t)(n - (uint128)w.high * b.mantissa);
    if (f->precision < 63) {
        w.low = rest != 0;
    } else { /* the half bit is needed too */
        n = (uint128)rest << 64;
        w.low = (uint64_t)(n / b.mantissa);
        w.low |= (uint128)w.low * b.mantissa != n;
    }
    return fp_round(env, f, &w);
}

struct fp fp_div(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b)
{
    bool sign = a.sign != b.sign;
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, b, &nan))
        return nan;
    if (a.class == b.class &&
        (a.class == FP_CLASS_ZERO || a.class == FP_CLASS_INF))
        return invalid(env);
    if (a.class == FP_CLASS_NORMAL && b.class == FP_CLASS_ZERO) {
        env->flags |= FP_ZE;
        return fp_infinity(sign);
    }
    note_denormals(env, a, b);
    if (a.class == FP_CLASS_INF)
        return fp_infinity(sign);
    if (a.class == FP_CLASS_ZERO || b.class == FP_CLASS_INF)
        return fp_zero(sign);
    return div_finite(env, f, a, b);
}

/* Largest r with r * r <= n, one bit of the root a step. */
static uint64_t root_128(uint128 n, uint128 *rest)
{
    uint128 root = 0, bit = (uint128)1 << 126;

    for (; bit != 0; bit >>= 2) {
        if (n >= root + bit) {
            n -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    *rest = n;
    return (uint64_t)root;
}

struct fp fp_sqrt(struct fp_env *env, const struct fp_format *f, struct fp a)
{
    bool odd = (a.exponent & 1) != 0;
    struct fp_wide w = {.exponent = (a.exponent - odd) / 2};
    struct fp nan;
    uint128 rest;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, fp_zero(false), &nan))
        return nan;
    if (a.class == FP_CLASS_ZERO)
        return a;
    if (a.sign)
        return invalid(env);
    fp_note_denormal(env, a);
    if (a.class == FP_CLASS_INF)
        return a;
    w.high = root_128((uint128)a.mantissa << (odd ? 64 : 63), &rest);
    /* (r + 1/2)^2 = r^2 + r + 1/4: beyond half exactly if rest > r */
    if (rest != 0)
        w.low = rest > w.high ? ((uint64_t)1 << 63 | 1) : 1;
    return fp_round(env, f, &w);
}

struct fp fp_scale(struct fp_env *env, const struct fp_format *f, struct fp a,
                   int32_t n)
{
    struct fp_wide w = {a.mantissa, 0, a.exponent + n, a.sign};

    env->rounded_up = false;
    return a.class == FP_CLASS_ZERO ? a : fp_round(env, f, &w);
}

/* Of finite numbers and infinities. */
static enum fp_relation compare_magnitude(struct fp a, struct fp b)
{
    int32_t ea = a.class == FP_CLASS_INF    ? INT32_MAX
                 : a.class == FP_CLASS_ZERO ? INT32_MIN
                                            : a.exponent;
    int32_t eb = b.class == FP_CLASS_INF    ? INT32_MAX
                 : b.class == FP_CLASS_ZERO ? INT32_MIN
                                            : b.exponent;

    if (ea != eb)
        return ea < eb ? FP_LESS : FP_GREATER;
    if (a.class != FP_CLASS_NORMAL || a.mantissa == b.mantissa)
        return FP_EQUAL;
    return a.mantissa < b.mantissa ? FP_LESS : FP_GREATER;
}

enum fp_relation fp_compare(struct fp_env *env, struct fp a, struct fp b,
                            bool quiet)
{
    enum fp_relation r;

    if (a.class >= FP_CLASS_QNAN || b.class >= FP_CLASS_QNAN) {
        if (!quiet || a.class > FP_CLASS_QNAN || b.class > FP_CLASS_QNAN)
            env->flags |= FP_IE;
        return FP_UNORDERED;
    }
    note_denormals(env, a, b);
    if (a.class == FP_CLASS_ZERO && b.class == FP_CLASS_ZERO)
        return FP_EQUAL;
    if (a.sign != b.sign)
        return a.sign ? FP_LESS : FP_GREATER;
    r = compare_magnitude(a, b);
    if (r == FP_EQUAL || !a.sign)
        return r;
    return r == FP_LESS ? FP_GREATER : FP_LESS;
}
