/*
 * exec_x87_remainder.c - FPREM and FPREM1.
 *
 * Hardware  Intel SDM vol. 2, FPREM, FPREM1.
 * Model     exact integer division of the significands.  If the exponents
 *           differ by 64 or more, one step reduces the difference by 32 .. 63
 *           and sets C2, as documented; how much is up to the model.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

__extension__ typedef unsigned __int128 uint128;

struct division {
    uint64_t quotient; /* low bits */
    bool partial;
    bool divided; /* false: NaN or invalid, there is no quotient */
};

/* rest = a mod b by `steps` quotient bits; a and b are significands. */
static uint64_t divide(uint64_t a, uint64_t b, int32_t steps,
                       uint64_t *quotient)
{
    uint128 rest = a;

    *quotient = 0;
    for (int32_t i = 0; i < steps; i++) {
        if (i > 0)
            rest <<= 1;
        *quotient <<= 1;
        if (rest >= b) {
            rest -= b;
            *quotient |= 1;
        }
    }
    return (uint64_t)rest;
}

/* rest * 2^(exponent - 63), which needs no rounding unless it is denormal. */
static struct fp normalized(struct fp_env *env, uint64_t rest, int32_t exponent,
                            bool sign)
{
    struct fp a = {.class = FP_CLASS_ZERO, .sign = sign};
    int shift;

    if (rest == 0)
        return a;
    shift = __builtin_clzll(rest);
    a.class = FP_CLASS_NORMAL;
    a.mantissa = rest << shift;
    a.exponent = exponent - shift;
    return fp_scale(env, &fp_extended, a, 0);
}

/* FPREM1 rounds the quotient to nearest: one more b may go. */
static bool takes_one_more(uint64_t rest, uint64_t b, uint64_t quotient)
{
    uint128 twice = (uint128)rest << 1;

    return twice > b || (twice == b && (quotient & 1));
}

/* Both finite and not zero. */
static struct fp remainder_of(struct fp_env *env, struct fp a, struct fp b,
                              bool nearest, struct division *d)
{
    int32_t difference = a.exponent - b.exponent;
    uint64_t rest;

    if (difference >= 64) {
        int32_t n = 32 + difference % 32;

        d->partial = true;
        rest = divide(a.mantissa, b.mantissa, n + 1, &d->quotient);
        d->quotient = 0;
        return normalized(env, rest, b.exponent + difference - n, a.sign);
    }
    if (difference < (nearest ? -1 : 0))
        return fp_scale(env, &fp_extended, a, 0);
    if (difference == -1) { /* b / 2 < a: the nearest quotient is 1 */
        if (a.mantissa <= b.mantissa)
            return fp_scale(env, &fp_extended, a, 0);
        d->quotient = 1;
        rest = (uint64_t)(((uint128)b.mantissa << 1) - a.mantissa);
        return normalized(env, rest, a.exponent, !a.sign);
    }
    rest = divide(a.mantissa, b.mantissa, difference + 1, &d->quotient);
    if (nearest && takes_one_more(rest, b.mantissa, d->quotient)) {
        d->quotient++;
        return normalized(env, b.mantissa - rest, b.exponent, !a.sign);
    }
    return normalized(env, rest, b.exponent, a.sign);
}

static struct fp special_or_remainder(struct fp_env *env, struct fp a,
                                      struct fp b, bool nearest,
                                      struct division *d)
{
    struct fp nan;

    if (fp_propagate_nan(env, a, b, &nan))
        return nan;
    if (a.class == FP_CLASS_INF || b.class == FP_CLASS_ZERO) {
        env->flags |= FP_IE;
        return fp_indefinite();
    }
    d->divided = true;
    fp_note_denormal(env, a);
    fp_note_denormal(env, b);
    if (a.class == FP_CLASS_ZERO)
        return a;
    if (b.class == FP_CLASS_INF) /* a denormal underflows even so */
        return fp_scale(env, &fp_extended, a, 0);
    return remainder_of(env, a, b, nearest, d);
}

static enum op_result partial_remainder(struct cpu *c, bool nearest)
{
    struct fp_env env = x87_env(c);
    struct division d = {0, false, false};
    uint32_t codes = 0;
    struct fp result;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || x87_is_empty(c, 1)) {
        x87_set_bits(&c->state.fsw, FSW_C2, 0);
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    result = special_or_remainder(&env, x87_value(c, 0), x87_value(c, 1),
                                  nearest, &d);
    if (!x87_settle(c, &env))
        return OP_NEXT;
    x87_write(c, 0, fp_pack80(result));
    if (!d.divided) {
        x87_set_bits(&c->state.fsw, FSW_C2, 0);
        return OP_NEXT;
    }
    codes |= d.partial ? FSW_C2 : 0;
    codes |= d.quotient & 1 ? FSW_C1 : 0;
    codes |= d.quotient & 2 ? FSW_C3 : 0;
    codes |= d.quotient & 4 ? FSW_C0 : 0;
    x87_set_bits(&c->state.fsw, FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3, codes);
    return OP_NEXT;
}

enum op_result exec_fprem(struct cpu *c, const struct op *op)
{
    (void)op;
    return partial_remainder(c, false);
}

enum op_result exec_fprem1(struct cpu *c, const struct op *op)
{
    (void)op;
    return partial_remainder(c, true);
}
