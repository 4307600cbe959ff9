#include "sim/cpu/wide.h"

static uint128 bits_of(struct fp_wide a)
{
    return (uint128)a.high << 64 | a.low;
}

struct fp_wide wide_make(uint128 v, int32_t exponent, bool sign)
{
    uint64_t high = (uint64_t)(v >> 64);
    int shift =
        high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)v | 1);

    if (v == 0)
        return (struct fp_wide){.sign = sign};
    v <<= shift;
    return (struct fp_wide){(uint64_t)(v >> 64), (uint64_t)v, exponent - shift,
                            sign};
}

struct fp_wide wide_from_int(uint32_t n)
{
    return wide_make(n, 127, false);
}

struct fp_wide wide_from_fp(struct fp a)
{
    if (a.class == FP_CLASS_ZERO)
        return (struct fp_wide){.sign = a.sign};
    return (struct fp_wide){a.mantissa, 0, a.exponent, a.sign};
}

struct fp_wide wide_negate(struct fp_wide a)
{
    a.sign = !a.sign;
    return a;
}

static bool is_smaller(struct fp_wide a, struct fp_wide b)
{
    if (wide_is_zero(a) || wide_is_zero(b))
        return wide_is_zero(a);
    if (a.exponent != b.exponent)
        return a.exponent < b.exponent;
    return bits_of(a) < bits_of(b);
}

/* a >> n; what falls out sets bit 0, so that no sum looks exact. */
static uint128 shift_right(uint128 a, int32_t n)
{
    if (n == 0)
        return a;
    if (n > 127)
        return 1;
    return a >> n | ((a & (((uint128)1 << n) - 1)) != 0);
}

struct fp_wide wide_add(struct fp_wide a, struct fp_wide b)
{
    struct fp_wide big = is_smaller(a, b) ? b : a;
    struct fp_wide small = is_smaller(a, b) ? a : b;
    uint128 x = bits_of(big), y, sum;

    if (wide_is_zero(small))
        return big;
    y = shift_right(bits_of(small), big.exponent - small.exponent);
    if (big.sign != small.sign)
        return wide_make(x - y, big.exponent, big.sign);
    sum = x + y;
    if (sum >= x)
        return wide_make(sum, big.exponent, big.sign);
    sum = shift_right(sum, 1) | (uint128)1 << 127; /* the carry */
    return wide_make(sum, big.exponent + 1, big.sign);
}

struct fp_wide wide_sub(struct fp_wide a, struct fp_wide b)
{
    return wide_add(a, wide_negate(b));
}

struct fp_wide wide_mul(struct fp_wide a, struct fp_wide b)
{
    uint128 high = (uint128)a.high * b.high;
    uint128 cross1 = (uint128)a.high * b.low;
    uint128 cross2 = (uint128)a.low * b.high;
    uint128 middle = (uint128)(uint64_t)cross1 + (uint64_t)cross2 +
                     (uint64_t)((uint128)a.low * b.low >> 64);

    high += (cross1 >> 64) + (cross2 >> 64) + (middle >> 64);
    return wide_make(high, a.exponent + b.exponent + 1, a.sign != b.sign);
}

/* One bit of the quotient a step, until it has 128. */
struct fp_wide wide_div(struct fp_wide a, struct fp_wide b)
{
    struct fp_wide w = {.exponent = a.exponent - b.exponent,
                        .sign = a.sign != b.sign};
    uint128 rest = bits_of(a), divisor = bits_of(b), quotient = 0;
    bool carry = false;

    if (wide_is_zero(a))
        return (struct fp_wide){.sign = w.sign};
    if (rest < divisor)
        w.exponent--;
    while (quotient >> 127 == 0) {
        bool fits = carry || rest >= divisor;

        if (fits)
            rest -= divisor;
        quotient = quotient << 1 | fits;
        carry = rest >> 127 != 0;
        rest <<= 1;
    }
    return wide_make(quotient | (carry || rest != 0), w.exponent, w.sign);
}

struct fp_wide wide_div_int(struct fp_wide a, uint32_t n)
{
    uint128 v = bits_of(a);
    uint64_t rest = (uint64_t)(v % n);
    struct fp_wide w = wide_make(v / n, a.exponent, a.sign);
    int32_t shift = a.exponent - w.exponent;

    if (wide_is_zero(a))
        return a;
    w.low |= (rest << shift) / n; /* the bits that normalizing made room for */
    return w;
}
