/*
 * sse4_int.c - see sse4_int.h.
 */
#include "sim/cpu/sse4_int.h"

#include <string.h>

#include "sim/core/macros.h"

static int16_t saturate16(int32_t v)
{
    return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static int8_t lane_abs8(int8_t a, int8_t b)
{
    (void)a;
    return (int8_t)(b < 0 ? -b : b);
}

static int16_t lane_abs16(int16_t a, int16_t b)
{
    (void)a;
    return (int16_t)(b < 0 ? -b : b);
}

static int32_t lane_abs32(int32_t a, int32_t b)
{
    (void)a;
    return (int32_t)(b < 0 ? 0 - (uint32_t)b : (uint32_t)b);
}

static int8_t lane_sign8(int8_t a, int8_t b)
{
    return (int8_t)(b < 0 ? -a : b == 0 ? 0 : a);
}

static int16_t lane_sign16(int16_t a, int16_t b)
{
    return (int16_t)(b < 0 ? -a : b == 0 ? 0 : a);
}

static int32_t lane_sign32(int32_t a, int32_t b)
{
    return b < 0 ? (int32_t)(0 - (uint32_t)a) : b == 0 ? 0 : a;
}

static int16_t lane_mul_round(int16_t a, int16_t b)
{
    return (int16_t)((((int32_t)a * b >> 14) + 1) >> 1);
}

static uint32_t lane_mul_low32(uint32_t a, uint32_t b)
{
    return a * b;
}

static uint64_t lane_mul_even_signed(uint64_t a, uint64_t b)
{
    return (uint64_t)((int64_t)(int32_t)a * (int32_t)b);
}

static int8_t lane_min8(int8_t a, int8_t b)
{
    return a < b ? a : b;
}

static int8_t lane_max8(int8_t a, int8_t b)
{
    return a > b ? a : b;
}

static int32_t lane_min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t lane_max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static uint16_t lane_min_unsigned16(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static uint16_t lane_max_unsigned16(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static uint32_t lane_min_unsigned32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t lane_max_unsigned32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint64_t lane_equal64(uint64_t a, uint64_t b)
{
    return a == b ? UINT64_MAX : 0;
}

static int64_t lane_greater64(int64_t a, int64_t b)
{
    return a > b ? -1 : 0;
}

#define SSE_LANES(name, field, scalar)                                         \
    void sse_##name(union xmm *d, const union xmm *s)                          \
    {                                                                          \
        for (unsigned i = 0; i < ARRAY_LEN(d->field); i++)                     \
            d->field[i] = scalar(d->field[i], s->field[i]);                    \
    }
#include "sim/cpu/sse4_lanes.def"
#undef SSE_LANES

void sse_pmaddubsw(union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 8; i++)
        d->s16[i] = saturate16(d->u8[2 * i] * s->s8[2 * i] +
                               d->u8[2 * i + 1] * s->s8[2 * i + 1]);
}

/* Neighbours of d, then of s: added, or subtracted (sign -1). */
static void horizontal16(union xmm *d, const union xmm *s, int sign,
                         bool saturates)
{
    const union xmm from[2] = {*d, *s};

    for (unsigned i = 0; i < 8; i++) {
        const int16_t *pair = &from[i / 4].s16[2 * (i % 4)];
        int32_t sum = pair[0] + sign * pair[1];

        d->s16[i] = saturates ? saturate16(sum) : (int16_t)sum;
    }
}

static void horizontal32(union xmm *d, const union xmm *s, bool subtract)
{
    const union xmm from[2] = {*d, *s};

    for (unsigned i = 0; i < 4; i++) {
        const uint32_t *pair = &from[i / 2].u32[2 * (i % 2)];

        d->u32[i] = subtract ? pair[0] - pair[1] : pair[0] + pair[1];
    }
}

void sse_phaddw(union xmm *d, const union xmm *s)
{
    horizontal16(d, s, 1, false);
}

void sse_phaddd(union xmm *d, const union xmm *s)
{
    horizontal32(d, s, false);
}

void sse_phaddsw(union xmm *d, const union xmm *s)
{
    horizontal16(d, s, 1, true);
}

void sse_phsubw(union xmm *d, const union xmm *s)
{
    horizontal16(d, s, -1, false);
}

void sse_phsubd(union xmm *d, const union xmm *s)
{
    horizontal32(d, s, true);
}

void sse_phsubsw(union xmm *d, const union xmm *s)
{
    horizontal16(d, s, -1, true);
}

void sse_packusdw(union xmm *d, const union xmm *s)
{
    const union xmm from[2] = {*d, *s};

    for (unsigned i = 0; i < 8; i++) {
        int32_t v = from[i / 4].s32[i % 4];

        d->u16[i] = (uint16_t)(v < 0 ? 0 : v > UINT16_MAX ? UINT16_MAX : v);
    }
}

void sse_phminposuw(union xmm *d, const union xmm *s)
{
    unsigned least = 0;
    union xmm result = {.u64 = {0, 0}};

    for (unsigned i = 1; i < 8; i++) {
        if (s->u16[i] < s->u16[least])
            least = i;
    }
    result.u16[0] = s->u16[least];
    result.u16[1] = (uint16_t)least;
    *d = result;
}

/* Eight sums of absolute differences: bytes of d against one block of s. */
void sse_mpsadbw(union xmm *d, const union xmm *s, unsigned order)
{
    const union xmm a = *d, b = *s;
    unsigned first = order >> 2 & 1 ? 4 : 0, block = (order & 3) * 4;

    for (unsigned i = 0; i < 8; i++) {
        int sum = 0;

        for (unsigned k = 0; k < 4; k++) {
            int difference = a.u8[first + i + k] - b.u8[block + k];

            sum += difference < 0 ? -difference : difference;
        }
        d->u16[i] = (uint16_t)sum;
    }
}

void sse_pshufb(union xmm *d, const union xmm *s)
{
    const union xmm from = *d, index = *s;

    for (unsigned i = 0; i < 16; i++)
        d->u8[i] = index.s8[i] < 0 ? 0 : from.u8[index.u8[i] & 15];
}

void sse_palignr(union xmm *d, const union xmm *s, unsigned bytes)
{
    uint8_t both[48] = {0};

    memcpy(both, s, 16);
    memcpy(both + 16, d, 16);
    memcpy(d, both + (bytes < 32 ? bytes : 32), 16);
}

void sse_pblendw(union xmm *d, const union xmm *s, unsigned mask)
{
    for (unsigned i = 0; i < 8; i++) {
        if (mask >> i & 1)
            d->u16[i] = s->u16[i];
    }
}

void sse_blendps(union xmm *d, const union xmm *s, unsigned mask)
{
    for (unsigned i = 0; i < 4; i++) {
        if (mask >> i & 1)
            d->u32[i] = s->u32[i];
    }
}

void sse_blendpd(union xmm *d, const union xmm *s, unsigned mask)
{
    for (unsigned i = 0; i < 2; i++) {
        if (mask >> i & 1)
            d->u64[i] = s->u64[i];
    }
}

void sse_pblendvb(union xmm *d, const union xmm *s, const union xmm *mask)
{
    const union xmm m = *mask;

    for (unsigned i = 0; i < 16; i++) {
        if (m.s8[i] < 0)
            d->u8[i] = s->u8[i];
    }
}

void sse_blendvps(union xmm *d, const union xmm *s, const union xmm *mask)
{
    const union xmm m = *mask;

    for (unsigned i = 0; i < 4; i++) {
        if (m.s32[i] < 0)
            d->u32[i] = s->u32[i];
    }
}

void sse_blendvpd(union xmm *d, const union xmm *s, const union xmm *mask)
{
    const union xmm m = *mask;

    for (unsigned i = 0; i < 2; i++) {
        if (m.s64[i] < 0)
            d->u64[i] = s->u64[i];
    }
}

void sse_pmovx(union xmm *d, const union xmm *s, unsigned from, unsigned to,
               bool is_signed)
{
    const union xmm source = *s;
    unsigned unused = 64 - 8 * from;

    for (unsigned i = 0; i < 16 / to; i++) {
        uint64_t v = 0;

        memcpy(&v, &source.u8[i * from], from);
        if (is_signed)
            v = (uint64_t)((int64_t)(v << unused) >> unused);
        memcpy(&d->u8[i * to], &v, to);
    }
}
