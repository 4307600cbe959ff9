/*
 * values.c - see values.h.
 */
#include "tests/host/values.h"

#include <string.h>

#include "tests/host/trial.h"

bool value_one_in(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n) == 0;
}

uint64_t value_integer(struct rng *rng)
{
    uint64_t r = rng_next(rng);

    switch (rng_below(rng, 8)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2: /* a sign bit, and its neighbours */
        return ((uint64_t)1 << ((8u << rng_below(rng, 4)) - 1)) + r % 3 - 1;
    case 3:
        return r & 0xff;
    case 4:
        return 0 - (r & 0xff);
    case 5:
        return r >> (r & 63);
    }
    return r;
}

uint32_t value_real32(struct rng *rng)
{
    uint32_t r = (uint32_t)rng_next(rng), sign = r & 0x80000000;

    switch (rng_below(rng, 10)) {
    case 0:
        return sign;
    case 1:
        return sign | 0x7f800000;
    case 2:
        return sign | 0x7fc00000 | (r & 0x3fffff);
    case 3:
        return sign | 0x7f800000 | (r & 0x3fffff) | 1;
    case 4:
        return sign | (r & 0x7fffff) >> (r & 15);
    case 5:
        return sign | 0x3f800000 | (r & 3);
    case 6:
        return sign | 0x4b000000 | (r & 0x1ffffff);
    case 7:
        return sign | 0x3f000000 | (r & 0x1fffff);
    case 8: /* near the ends of the range */
        return sign | (r & 1 ? 0x7f000000 : 0x00800000) | (r & 0x7fffff);
    }
    return r;
}

uint64_t value_real64(struct rng *rng)
{
    uint64_t r = rng_next(rng), sign = r & (uint64_t)1 << 63;
    uint64_t fraction = r & (((uint64_t)1 << 52) - 1);

    switch (rng_below(rng, 12)) {
    case 0:
        return sign;
    case 1:
        return sign | 0x7ff0000000000000;
    case 2:
        return sign | 0x7ff8000000000000 | fraction;
    case 3:
        return sign | 0x7ff0000000000000 | fraction >> 1 | 1;
    case 4:
        return sign | fraction >> (r & 31);
    case 5:
        return sign | 0x3ff0000000000000 | (r & 3);
    case 6: /* integers and halves of 32 and 64 bits */
        return sign | (0x41d0000000000000 + (r & 0x3f) * 0x0010000000000000) |
               (fraction & ~(uint64_t)0xfffff);
    case 7:
        return sign | 0x3fe0000000000000 | (fraction & 0x3ffffffffffff);
    case 8:
        return sign | (r & 1 ? 0x7fe0000000000000 : 0x0010000000000000) |
               fraction;
    case 9: /* near the ends of the single range */
        return sign | (r & 1 ? 0x47e0000000000000 : 0x3810000000000000) |
               (fraction & ~(uint64_t)0xffff);
    case 10:
        return sign | 0x36f0000000000000 | fraction;
    }
    return r;
}

void value_real80(struct rng *rng, uint8_t to[10])
{
    uint64_t mantissa = value_integer(rng) | (uint64_t)1 << 63;
    uint16_t exponent = (uint16_t)(0x3ff0 + rng_below(rng, 32));
    uint16_t sign = value_one_in(rng, 2) ? 0x8000 : 0;

    switch (rng_below(rng, 12)) {
    case 0:
        mantissa = exponent = 0;
        break;
    case 1:
        mantissa = (uint64_t)1 << 63;
        exponent = 0x7fff;
        break;
    case 2:
        mantissa = (uint64_t)3 << 62 | rng_next(rng) >> 2;
        exponent = 0x7fff;
        break;
    case 3:
        mantissa = (uint64_t)1 << 63 | rng_next(rng) >> 2 | 1;
        exponent = 0x7fff;
        break;
    case 4: /* denormal, pseudo-denormal */
        mantissa = rng_next(rng) >> (exponent & 15);
        exponent = 0;
        break;
    case 5: /* anything, unsupported encodings too */
        mantissa = rng_next(rng);
        exponent = (uint16_t)(rng_next(rng) & 0x7fff);
        break;
    case 6:
        exponent = (uint16_t)(rng_next(rng) & 0x7fff);
        break;
    case 7: /* near the ends of the double range */
        exponent = (uint16_t)((value_one_in(rng, 2) ? 0x43fe : 0x3c00) +
                              rng_below(rng, 3));
        break;
    }
    exponent |= sign;
    memcpy(to, &mantissa, 8);
    memcpy(to + 8, &exponent, 2);
}

/* Fills bytes with what the form's hint asks for. */
void value_fill(struct rng *rng, enum form_hint hint, uint8_t *to,
                unsigned bytes)
{
    for (unsigned at = 0; at < bytes; at += 8) {
        uint64_t v = value_integer(rng);

        if (hint == HINT_SINGLE)
            v = (uint64_t)value_real32(rng) << 32 | value_real32(rng);
        else if (hint == HINT_REAL)
            v = value_real64(rng);
        else if (hint == HINT_SHIFT_COUNT && !value_one_in(rng, 4))
            v = rng_below(rng, 70);
        memcpy(to + at, &v, bytes - at < 8 ? bytes - at : 8);
    }
}

/* Masked and rounding to nearest mostly; flags and modes of all kinds. */
uint32_t value_mxcsr(struct rng *rng)
{
    uint32_t r = (uint32_t)rng_next(rng);
    uint32_t mxcsr = 0x1f80;

    mxcsr |= r & 1 ? 0x20 : r >> 8 & 0x3f;
    if (value_one_in(rng, 2))
        mxcsr |= r & 0x6000;
    if (value_one_in(rng, 4))
        mxcsr |= r & 0x8040;
    if (value_one_in(rng, 8))
        mxcsr &= ~(r & 0x1f80);
    return mxcsr;
}

void value_x87(struct rng *rng, uint8_t *fx, bool mask_denormal)
{
    uint32_t r = (uint32_t)rng_next(rng);
    uint16_t fcw = 0x37f, fsw = (uint16_t)(r & 0x7f00);

    if (value_one_in(rng, 2))
        fcw = (uint16_t)(0x7f | (r >> 16 & 0xf00));
    if (value_one_in(rng, 8))
        fcw &= (uint16_t) ~(r >> 4 & 0x3f);
    if (mask_denormal)
        fcw |= 2; /* some CPUs load a denormal even if that is unmasked */
    if (value_one_in(rng, 4)) /* flags that are masked: nothing is pending */
        fsw |= (uint16_t)(r >> 10 & 0x3f & fcw);
    memcpy(fx + FXI_FCW, &fcw, 2);
    memcpy(fx + FXI_FSW, &fsw, 2);
    fx[FXI_FTW] = value_one_in(rng, 3) ? (uint8_t)rng_next(rng) : 0xff;
    if (value_one_in(rng, 2)) /* room for a push: R7 of the stack is empty */
        fx[FXI_FTW] &= (uint8_t) ~(1u << ((((unsigned)fsw >> 11) + 7) & 7));
    for (unsigned i = 0; i < 8; i++)
        value_real80(rng, fx + FXI_ST + 16 * i);
}
