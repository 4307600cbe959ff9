/*
 * sse_shuffle.c - see sse_shuffle.h.
 */
#include "sim/cpu/sse_shuffle.h"

/* Interleaves lanes of `bytes` bytes from offset `from` of both operands. */
static inline void interleave(union xmm *d, const union xmm *s, unsigned bytes,
                              unsigned from)
{
    union xmm a = *d, b = *s;
    unsigned to = 0;

    for (unsigned lane = from; lane < from + 8; lane += bytes) {
        for (unsigned i = 0; i < bytes; i++) {
            d->u8[to + i] = a.u8[lane + i];
            d->u8[to + bytes + i] = b.u8[lane + i];
        }
        to += 2 * bytes;
    }
}

void sse_punpcklbw(union xmm *d, const union xmm *s)
{
    interleave(d, s, 1, 0);
}

void sse_punpcklwd(union xmm *d, const union xmm *s)
{
    interleave(d, s, 2, 0);
}

void sse_punpckldq(union xmm *d, const union xmm *s)
{
    interleave(d, s, 4, 0);
}

void sse_punpcklqdq(union xmm *d, const union xmm *s)
{
    d->u64[1] = s->u64[0];
}

void sse_punpckhbw(union xmm *d, const union xmm *s)
{
    interleave(d, s, 1, 8);
}

void sse_punpckhwd(union xmm *d, const union xmm *s)
{
    interleave(d, s, 2, 8);
}

void sse_punpckhdq(union xmm *d, const union xmm *s)
{
    interleave(d, s, 4, 8);
}

void sse_punpckhqdq(union xmm *d, const union xmm *s)
{
    d->u64[0] = d->u64[1];
    d->u64[1] = s->u64[1];
}

static int32_t saturate(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

void sse_packsswb(union xmm *d, const union xmm *s)
{
    union xmm a = *d, b = *s;

    for (unsigned i = 0; i < 8; i++) {
        d->s8[i] = (int8_t)saturate(a.s16[i], INT8_MIN, INT8_MAX);
        d->s8[i + 8] = (int8_t)saturate(b.s16[i], INT8_MIN, INT8_MAX);
    }
}

void sse_packssdw(union xmm *d, const union xmm *s)
{
    union xmm a = *d, b = *s;

    for (unsigned i = 0; i < 4; i++) {
        d->s16[i] = (int16_t)saturate(a.s32[i], INT16_MIN, INT16_MAX);
        d->s16[i + 4] = (int16_t)saturate(b.s32[i], INT16_MIN, INT16_MAX);
    }
}

void sse_packuswb(union xmm *d, const union xmm *s)
{
    union xmm a = *d, b = *s;

    for (unsigned i = 0; i < 8; i++) {
        d->u8[i] = (uint8_t)saturate(a.s16[i], 0, UINT8_MAX);
        d->u8[i + 8] = (uint8_t)saturate(b.s16[i], 0, UINT8_MAX);
    }
}

void sse_pshufd(union xmm *d, const union xmm *s, unsigned order)
{
    union xmm from = *s;

    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = from.u32[order >> 2 * i & 3];
}

void sse_pshufhw(union xmm *d, const union xmm *s, unsigned order)
{
    union xmm from = *s;

    d->u64[0] = from.u64[0];
    for (unsigned i = 0; i < 4; i++)
        d->u16[4 + i] = from.u16[4 + (order >> 2 * i & 3)];
}

void sse_pshuflw(union xmm *d, const union xmm *s, unsigned order)
{
    union xmm from = *s;

    d->u64[1] = from.u64[1];
    for (unsigned i = 0; i < 4; i++)
        d->u16[i] = from.u16[order >> 2 * i & 3];
}

void sse_shufps(union xmm *d, const union xmm *s, unsigned order)
{
    union xmm a = *d, b = *s;

    d->u32[0] = a.u32[order & 3];
    d->u32[1] = a.u32[order >> 2 & 3];
    d->u32[2] = b.u32[order >> 4 & 3];
    d->u32[3] = b.u32[order >> 6 & 3];
}

void sse_shufpd(union xmm *d, const union xmm *s, unsigned order)
{
    uint64_t low = d->u64[order & 1];

    d->u64[1] = s->u64[order >> 1 & 1];
    d->u64[0] = low;
}
