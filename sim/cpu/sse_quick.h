/*
 * sse_quick.h - when the host's own IEEE arithmetic gives what softfp gives.
 *
 * Model     rounding to nearest, FP_PE masked and already recorded: then a
 *           result that is normal, from operands that are normal or zero, has
 *           the same bits and raises no flag that is not yet set.  The host
 *           is never left in another rounding mode, and C's float and double
 *           are binary32 and binary64 without excess precision (checked).
 */
#ifndef SIM_CPU_SSE_QUICK_H
#define SIM_CPU_SSE_QUICK_H
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "needs float and double arithmetic without excess precision"
#endif

static inline double quick_double(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof(d));
    return d;
}

static inline uint64_t quick_bits64(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    return bits;
}

static inline float quick_float(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline uint32_t quick_bits32(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof(bits));
    return bits;
}

/* Normal or zero. */
static inline bool quick_operand64(uint64_t bits)
{
    uint64_t biased = bits >> 52 & 0x7ff;

    return biased - 1 < 0x7fe || bits << 1 == 0;
}

static inline bool quick_operand32(uint32_t bits)
{
    uint32_t biased = bits >> 23 & 0xff;

    return biased - 1 < 0xfe || bits << 1 == 0;
}

/* Normal, and not the smallest exponent: it may have been tiny. */
static inline bool quick_result64(uint64_t bits)
{
    return (bits >> 52 & 0x7ff) - 2 < 0x7fd;
}

static inline bool quick_result32(uint32_t bits)
{
    return (bits >> 23 & 0xff) - 2 < 0xfd;
}

#endif
