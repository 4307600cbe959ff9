/*
 * sse_int.c - see sse_int.h.  One scalar function per kind of lane; the table
 * sse_lanes.def spreads each over a register.
 */
#include "sim/cpu/sse_int.h"

#include "sim/core/macros.h"

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

static uint8_t lane_add8(uint8_t a, uint8_t b)
{
    return (uint8_t)(a + b);
}

static uint16_t lane_add16(uint16_t a, uint16_t b)
{
    return (uint16_t)(a + b);
}

static uint32_t lane_add32(uint32_t a, uint32_t b)
{
    return a + b;
}

static uint64_t lane_add64(uint64_t a, uint64_t b)
{
    return a + b;
}

static uint8_t lane_sub8(uint8_t a, uint8_t b)
{
    return (uint8_t)(a - b);
}

static uint16_t lane_sub16(uint16_t a, uint16_t b)
{
    return (uint16_t)(a - b);
}

static uint32_t lane_sub32(uint32_t a, uint32_t b)
{
    return a - b;
}

static uint64_t lane_sub64(uint64_t a, uint64_t b)
{
    return a - b;
}

static int8_t lane_adds8(int8_t a, int8_t b)
{
    return (int8_t)clamp(a + b, INT8_MIN, INT8_MAX);
}

static int16_t lane_adds16(int16_t a, int16_t b)
{
    return (int16_t)clamp(a + b, INT16_MIN, INT16_MAX);
}

static uint8_t lane_addu8(uint8_t a, uint8_t b)
{
    return (uint8_t)clamp(a + b, 0, UINT8_MAX);
}

static uint16_t lane_addu16(uint16_t a, uint16_t b)
{
    return (uint16_t)clamp(a + b, 0, UINT16_MAX);
}

static int8_t lane_subs8(int8_t a, int8_t b)
{
    return (int8_t)clamp(a - b, INT8_MIN, INT8_MAX);
}

static int16_t lane_subs16(int16_t a, int16_t b)
{
    return (int16_t)clamp(a - b, INT16_MIN, INT16_MAX);
}

static uint8_t lane_subu8(uint8_t a, uint8_t b)
{
    return (uint8_t)clamp(a - b, 0, UINT8_MAX);
}

static uint16_t lane_subu16(uint16_t a, uint16_t b)
{
    return (uint16_t)clamp(a - b, 0, UINT16_MAX);
}

static int16_t lane_mul_low(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b);
}

static int16_t lane_mul_high(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b >> 16);
}

static uint16_t lane_mul_high_unsigned(uint16_t a, uint16_t b)
{
    return (uint16_t)((uint32_t)a * b >> 16);
}

static uint64_t lane_mul_even(uint64_t a, uint64_t b)
{
    return (a & UINT32_MAX) * (b & UINT32_MAX);
}

static uint8_t lane_average8(uint8_t a, uint8_t b)
{
    return (uint8_t)((a + b + 1) >> 1);
}

static uint16_t lane_average16(uint16_t a, uint16_t b)
{
    return (uint16_t)((a + b + 1) >> 1);
}

static uint8_t lane_min_unsigned(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static uint8_t lane_max_unsigned(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static int16_t lane_min_signed(int16_t a, int16_t b)
{
    return a < b ? a : b;
}

static int16_t lane_max_signed(int16_t a, int16_t b)
{
    return a > b ? a : b;
}

static uint8_t lane_equal8(uint8_t a, uint8_t b)
{
    return a == b ? UINT8_MAX : 0;
}

static uint16_t lane_equal16(uint16_t a, uint16_t b)
{
    return a == b ? UINT16_MAX : 0;
}

static uint32_t lane_equal32(uint32_t a, uint32_t b)
{
    return a == b ? UINT32_MAX : 0;
}

static int8_t lane_greater8(int8_t a, int8_t b)
{
    return a > b ? -1 : 0;
}

static int16_t lane_greater16(int16_t a, int16_t b)
{
    return a > b ? -1 : 0;
}

static int32_t lane_greater32(int32_t a, int32_t b)
{
    return a > b ? -1 : 0;
}

static uint64_t lane_and(uint64_t a, uint64_t b)
{
    return a & b;
}

static uint64_t lane_and_not(uint64_t a, uint64_t b)
{
    return ~a & b;
}

static uint64_t lane_or(uint64_t a, uint64_t b)
{
    return a | b;
}

static uint64_t lane_xor(uint64_t a, uint64_t b)
{
    return a ^ b;
}

#define SSE_LANES(name, field, scalar)                                         \
    void sse_##name(union xmm *d, const union xmm *s)                          \
    {                                                                          \
        for (unsigned i = 0; i < ARRAY_LEN(d->field); i++)                     \
            d->field[i] = scalar(d->field[i], s->field[i]);                    \
    }
#include "sim/cpu/sse_lanes.def"
#undef SSE_LANES

void sse_pmaddwd(union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t low = (uint32_t)(d->s16[2 * i] * s->s16[2 * i]);
        uint32_t high = (uint32_t)(d->s16[2 * i + 1] * s->s16[2 * i + 1]);

        d->u32[i] = low + high; /* wraps for four times -32768 */
    }
}

void sse_psadbw(union xmm *d, const union xmm *s)
{
    for (unsigned half = 0; half < 2; half++) {
        uint64_t sum = 0;

        for (unsigned i = 8 * half; i < 8 * half + 8; i++) {
            int difference = d->u8[i] - s->u8[i];

            sum += (uint64_t)(difference < 0 ? -difference : difference);
        }
        d->u64[half] = sum;
    }
}

void sse_psllw(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 8; i++)
        d->u16[i] = (uint16_t)(count > 15 ? 0 : (uint32_t)d->u16[i] << count);
}

void sse_pslld(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = count > 31 ? 0 : d->u32[i] << count;
}

void sse_psllq(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = count > 63 ? 0 : d->u64[i] << count;
}

void sse_psrlw(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 8; i++)
        d->u16[i] = (uint16_t)(count > 15 ? 0 : d->u16[i] >> count);
}

void sse_psrld(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = count > 31 ? 0 : d->u32[i] >> count;
}

void sse_psrlq(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0];

    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = count > 63 ? 0 : d->u64[i] >> count;
}

void sse_psraw(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0] > 15 ? 15 : s->u64[0];

    for (unsigned i = 0; i < 8; i++)
        d->s16[i] = (int16_t)(d->s16[i] >> count);
}

void sse_psrad(union xmm *d, const union xmm *s)
{
    uint64_t count = s->u64[0] > 31 ? 31 : s->u64[0];

    for (unsigned i = 0; i < 4; i++)
        d->s32[i] = d->s32[i] >> count;
}

void sse_pslldq(union xmm *d, unsigned bytes)
{
    union xmm from = *d;

    for (unsigned i = 0; i < 16; i++)
        d->u8[i] = i >= bytes ? from.u8[i - bytes] : 0;
}

void sse_psrldq(union xmm *d, unsigned bytes)
{
    union xmm from = *d;

    for (unsigned i = 0; i < 16; i++)
        d->u8[i] = bytes < 16 - i ? from.u8[i + bytes] : 0;
}

uint32_t sse_pmovmskb(const union xmm *s)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 16; i++)
        mask |= (uint32_t)(s->u8[i] >> 7) << i;
    return mask;
}

uint32_t sse_movmskps(const union xmm *s)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 4; i++)
        mask |= s->u32[i] >> 31 << i;
    return mask;
}

uint32_t sse_movmskpd(const union xmm *s)
{
    return (uint32_t)(s->u64[0] >> 63 | s->u64[1] >> 63 << 1);
}
