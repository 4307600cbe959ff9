/*
 * softfp_log.c - powers of two and logarithms.  See softfp_functions.h.
 */
#include "sim/cpu/softfp_functions.h"
#include "sim/cpu/wide.h"

/* Terms this much smaller than the sum do not reach its 128 bits. */
enum { NEGLIGIBLE = 130 };

#define INTEGER_BIT ((uint64_t)1 << 63)

static const struct fp_wide ln2 = {0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, -1,
                                   false};
static const struct fp_wide log2e = {0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89, 0,
                                     false};

static struct fp invalid(struct fp_env *env)
{
    env->flags |= FP_IE;
    return fp_indefinite();
}

/* x + x^2/2! + x^3/3! ... */
static struct fp_wide expm1_series(struct fp_wide x)
{
    struct fp_wide sum = x, term = x;

    for (uint32_t n = 2; term.exponent > sum.exponent - NEGLIGIBLE; n++) {
        term = wide_div_int(wide_mul(term, x), n);
        sum = wide_add(sum, term);
    }
    return sum;
}

struct fp fp_exp2m1(struct fp_env *env, struct fp a)
{
    struct fp_wide w;
    struct fp nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, a, a, &nan))
        return nan;
    if (a.class == FP_CLASS_INF)
        return a.sign ? (struct fp){.class = FP_CLASS_NORMAL,
                                    .mantissa = INTEGER_BIT,
                                    .sign = true}
                      : a;
    fp_note_denormal(env, a);
    if (a.class == FP_CLASS_ZERO || a.exponent > 0)
        return a;
    if (a.exponent == 0) { /* 2^1 - 1 = 1, 2^-1 - 1 = -1/2 */
        if (a.sign && a.mantissa == INTEGER_BIT)
            a.exponent = -1;
        return a;
    }
    w = expm1_series(wide_mul(wide_from_fp(a), ln2));
    w.low |= 1;
    return fp_round(env, &fp_extended, &w);
}

/* ln((1 + t) / (1 - t)) = 2 (t + t^3/3 + t^5/5 ...) */
static struct fp_wide log_series(struct fp_wide t)
{
    struct fp_wide square = wide_mul(t, t);
    struct fp_wide sum = t, power = t;

    if (wide_is_zero(t))
        return t;
    for (uint32_t n = 3; power.exponent > sum.exponent - NEGLIGIBLE; n += 2) {
        power = wide_mul(power, square);
        sum = wide_add(sum, wide_div_int(power, n));
    }
    sum.exponent++;
    return sum;
}

/* log2 of x > 0: its exponent and the logarithm of 0.7 .. 1.4 */
static struct fp_wide log2_wide(struct fp_wide x)
{
    const uint64_t root_of_two = 0xb504f333f9de6484;
    struct fp_wide one = wide_from_int(1), t, whole;
    int32_t exponent = x.exponent;

    x.exponent = x.high >= root_of_two ? -1 : 0;
    exponent -= x.exponent;
    t = wide_div(wide_sub(x, one), wide_add(x, one));
    whole = wide_from_int((uint32_t)(exponent < 0 ? -exponent : exponent));
    whole.sign = exponent < 0;
    return wide_add(whole, wide_mul(log_series(t), log2e));
}

/* y * log, where the logarithm is exact only of a power of two. */
static struct fp times(struct fp_env *env, struct fp y, struct fp_wide log,
                       bool exact)
{
    struct fp_wide w = wide_mul(wide_from_fp(y), log);

    w.low |= !exact;
    return fp_round(env, &fp_extended, &w);
}

/*
 * y * log, if one of them is zero or infinite.  Of an ordinary number only the
 * sign counts.
 */
static struct fp times_edge(struct fp_env *env, struct fp y, struct fp log)
{
    bool zero = y.class == FP_CLASS_ZERO || log.class == FP_CLASS_ZERO;
    bool infinite = y.class == FP_CLASS_INF || log.class == FP_CLASS_INF;

    if (zero && infinite)
        return invalid(env);
    return zero ? fp_zero(y.sign != log.sign) : fp_infinity(y.sign != log.sign);
}

/* The logarithm of 0 is an infinity that y's own does not excuse. */
static struct fp times_log_zero(struct fp_env *env, struct fp y)
{
    if (y.class == FP_CLASS_ZERO)
        return invalid(env);
    if (y.class == FP_CLASS_NORMAL)
        env->flags |= FP_ZE;
    return fp_infinity(!y.sign);
}

struct fp fp_ylog2x(struct fp_env *env, struct fp y, struct fp x)
{
    struct fp log = x, nan;

    env->rounded_up = false;
    if (fp_propagate_nan(env, y, x, &nan))
        return nan;
    if (x.class == FP_CLASS_ZERO)
        return times_log_zero(env, y);
    if (x.sign)
        return invalid(env);
    fp_note_denormal(env, y);
    fp_note_denormal(env, x);
    log.sign = x.class == FP_CLASS_NORMAL && x.exponent < 0;
    if (x.class == FP_CLASS_NORMAL && x.exponent == 0 &&
        x.mantissa == INTEGER_BIT)
        log.class = FP_CLASS_ZERO;
    if (y.class != FP_CLASS_NORMAL || log.class != FP_CLASS_NORMAL)
        return times_edge(env, y, log);
    return times(env, y, log2_wide(wide_from_fp(x)), x.mantissa == INTEGER_BIT);
}

/* log2(1 + x), x > -1; near 0 without forming the sum, which would round. */
static struct fp_wide log2_of_one_plus(struct fp x, bool *exact)
{
    struct fp_wide wide = wide_from_fp(x), sum;

    *exact = false;
    if (x.exponent < -2)
        return wide_mul(
            log_series(wide_div(wide, wide_add(wide_from_int(2), wide))),
            log2e);
    sum = wide_add(wide_from_int(1), wide);
    *exact = sum.high == INTEGER_BIT && sum.low == 0;
    return log2_wide(sum);
}

struct fp fp_ylog2xp1(struct fp_env *env, struct fp y, struct fp x)
{
    struct fp_wide log;
    struct fp nan;
    bool exact;

    env->rounded_up = false;
    if (fp_propagate_nan(env, y, x, &nan))
        return nan;
    if (x.sign && x.class == FP_CLASS_NORMAL && x.exponent == 0 &&
        x.mantissa == INTEGER_BIT)
        return times_log_zero(env, y);
    if (x.sign && (x.class == FP_CLASS_INF ||
                   (x.class == FP_CLASS_NORMAL && x.exponent >= 0)))
        return invalid(env);
    fp_note_denormal(env, y);
    fp_note_denormal(env, x);
    if (y.class != FP_CLASS_NORMAL || x.class != FP_CLASS_NORMAL)
        return times_edge(env, y, x);
    log = log2_of_one_plus(x, &exact);
    return times(env, y, log, exact);
}
