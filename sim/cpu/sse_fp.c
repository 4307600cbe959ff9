/*
 * sse_fp.c - arithmetic and comparison; conversions are in sse_convert.c.
 * See sse_fp.h.
 */
#include "sim/cpu/sse_fp.h"

#include "sim/cpu/sse_quick.h"

struct fp_env sse_env(uint32_t mxcsr)
{
    uint32_t quick = mxcsr & (FP_PE | FP_PE << MXCSR_MASKS_SHIFT |
                              3u << MXCSR_ROUNDING_SHIFT);

    return (struct fp_env){
        .rounding = (enum fp_rounding)(mxcsr >> MXCSR_ROUNDING_SHIFT & 3),
        .masked = mxcsr >> MXCSR_MASKS_SHIFT & FP_FLAGS,
        .daz = (mxcsr & MXCSR_DAZ) != 0,
        .ftz = (mxcsr & MXCSR_FTZ) != 0,
        .quick = quick == (FP_PE | FP_PE << MXCSR_MASKS_SHIFT),
    };
}

uint32_t sse_recorded_flags(const struct fp_env *env)
{
    uint32_t by_operands = env->flags & (FP_IE | FP_DE | FP_ZE);

    return by_operands & ~env->masked ? by_operands : env->flags;
}

static inline uint32_t add32(struct fp_env *env, uint32_t a, uint32_t b)
{
    if (env->quick && quick_operand32(a) && quick_operand32(b)) {
        uint32_t r = quick_bits32(quick_float(a) + quick_float(b));

        if (quick_result32(r) || r << 1 == 0)
            return r;
    }
    return fp_pack32(
        fp_add(env, &fp_single, fp_unpack32(env, a), fp_unpack32(env, b)));
}

static inline uint64_t add64(struct fp_env *env, uint64_t a, uint64_t b)
{
    if (env->quick && quick_operand64(a) && quick_operand64(b)) {
        uint64_t r = quick_bits64(quick_double(a) + quick_double(b));

        if (quick_result64(r) || r << 1 == 0)
            return r;
    }
    return fp_pack64(
        fp_add(env, &fp_double, fp_unpack64(env, a), fp_unpack64(env, b)));
}

static inline uint32_t sub32(struct fp_env *env, uint32_t a, uint32_t b)
{
    if (env->quick && quick_operand32(a) && quick_operand32(b)) {
        uint32_t r = quick_bits32(quick_float(a) - quick_float(b));

        if (quick_result32(r) || r << 1 == 0)
            return r;
    }
    return fp_pack32(
        fp_sub(env, &fp_single, fp_unpack32(env, a), fp_unpack32(env, b)));
}

static inline uint64_t sub64(struct fp_env *env, uint64_t a, uint64_t b)
{
    if (env->quick && quick_operand64(a) && quick_operand64(b)) {
        uint64_t r = quick_bits64(quick_double(a) - quick_double(b));

        if (quick_result64(r) || r << 1 == 0)
            return r;
    }
    return fp_pack64(
        fp_sub(env, &fp_double, fp_unpack64(env, a), fp_unpack64(env, b)));
}

static inline uint32_t mul32(struct fp_env *env, uint32_t a, uint32_t b)
{
    if (env->quick && quick_operand32(a) && quick_operand32(b)) {
        uint32_t r = quick_bits32(quick_float(a) * quick_float(b));

        if (quick_result32(r))
            return r;
    }
    return fp_pack32(
        fp_mul(env, &fp_single, fp_unpack32(env, a), fp_unpack32(env, b)));
}

static inline uint64_t mul64(struct fp_env *env, uint64_t a, uint64_t b)
{
    if (env->quick && quick_operand64(a) && quick_operand64(b)) {
        uint64_t r = quick_bits64(quick_double(a) * quick_double(b));

        if (quick_result64(r))
            return r;
    }
    return fp_pack64(
        fp_mul(env, &fp_double, fp_unpack64(env, a), fp_unpack64(env, b)));
}

static inline uint32_t div32(struct fp_env *env, uint32_t a, uint32_t b)
{
    if (env->quick && quick_operand32(a) && quick_operand32(b)) {
        uint32_t r = quick_bits32(quick_float(a) / quick_float(b));

        if (quick_result32(r))
            return r;
    }
    return fp_pack32(
        fp_div(env, &fp_single, fp_unpack32(env, a), fp_unpack32(env, b)));
}

static inline uint64_t div64(struct fp_env *env, uint64_t a, uint64_t b)
{
    if (env->quick && quick_operand64(a) && quick_operand64(b)) {
        uint64_t r = quick_bits64(quick_double(a) / quick_double(b));

        if (quick_result64(r))
            return r;
    }
    return fp_pack64(
        fp_div(env, &fp_double, fp_unpack64(env, a), fp_unpack64(env, b)));
}

static inline uint32_t sqrt32(struct fp_env *env, uint32_t a, uint32_t b)
{
    (void)a;
    if (env->quick && quick_result32(b) && !(b >> 31))
        return quick_bits32(sqrtf(quick_float(b)));
    return fp_pack32(fp_sqrt(env, &fp_single, fp_unpack32(env, b)));
}

static inline uint64_t sqrt64(struct fp_env *env, uint64_t a, uint64_t b)
{
    (void)a;
    if (env->quick && quick_result64(b) && !(b >> 63))
        return quick_bits64(sqrt(quick_double(b)));
    return fp_pack64(fp_sqrt(env, &fp_double, fp_unpack64(env, b)));
}

enum fp_relation sse_compare32(struct fp_env *env, uint32_t a, uint32_t b,
                               bool quiet)
{
    if (quick_operand32(a) && quick_operand32(b)) {
        float x = quick_float(a), y = quick_float(b);

        return x < y ? FP_LESS : x > y ? FP_GREATER : FP_EQUAL;
    }
    return fp_compare(env, fp_unpack32(env, a), fp_unpack32(env, b), quiet);
}

enum fp_relation sse_compare64(struct fp_env *env, uint64_t a, uint64_t b,
                               bool quiet)
{
    if (quick_operand64(a) && quick_operand64(b)) {
        double x = quick_double(a), y = quick_double(b);

        return x < y ? FP_LESS : x > y ? FP_GREATER : FP_EQUAL;
    }
    return fp_compare(env, fp_unpack64(env, a), fp_unpack64(env, b), quiet);
}

/* MIN and MAX: the second operand unless the first wins; NaNs are invalid. */
static inline uint32_t pick32(struct fp_env *env, uint32_t a, uint32_t b,
                              enum fp_relation wins)
{
    uint32_t r = sse_compare32(env, a, b, false) == wins ? a : b;

    /* a denormal that counted as zero is returned as zero */
    return env->daz && (r & 0x7f800000) == 0 ? r & 0x80000000 : r;
}

static inline uint64_t pick64(struct fp_env *env, uint64_t a, uint64_t b,
                              enum fp_relation wins)
{
    uint64_t r = sse_compare64(env, a, b, false) == wins ? a : b;

    return env->daz && (r >> 52 & 0x7ff) == 0 ? r >> 63 << 63 : r;
}

static inline uint32_t min32(struct fp_env *env, uint32_t a, uint32_t b)
{
    return pick32(env, a, b, FP_LESS);
}

static inline uint64_t min64(struct fp_env *env, uint64_t a, uint64_t b)
{
    return pick64(env, a, b, FP_LESS);
}

static inline uint32_t max32(struct fp_env *env, uint32_t a, uint32_t b)
{
    return pick32(env, a, b, FP_GREATER);
}

static inline uint64_t max64(struct fp_env *env, uint64_t a, uint64_t b)
{
    return pick64(env, a, b, FP_GREATER);
}

#define SSE_FP(name)                                                           \
    void sse_##name##ps(struct fp_env *env, union xmm *d, const union xmm *s)  \
    {                                                                          \
        for (unsigned i = 0; i < 4; i++)                                       \
            d->u32[i] = name##32(env, d->u32[i], s->u32[i]);                   \
    }                                                                          \
    void sse_##name##ss(struct fp_env *env, union xmm *d, const union xmm *s)  \
    {                                                                          \
        d->u32[0] = name##32(env, d->u32[0], s->u32[0]);                       \
    }                                                                          \
    void sse_##name##pd(struct fp_env *env, union xmm *d, const union xmm *s)  \
    {                                                                          \
        for (unsigned i = 0; i < 2; i++)                                       \
            d->u64[i] = name##64(env, d->u64[i], s->u64[i]);                   \
    }                                                                          \
    void sse_##name##sd(struct fp_env *env, union xmm *d, const union xmm *s)  \
    {                                                                          \
        d->u64[0] = name##64(env, d->u64[0], s->u64[0]);                       \
    }
#include "sim/cpu/sse_fp.def"
#undef SSE_FP

/* SDM vol. 2, CMPPD, "Comparison Predicate": bit 2 negates bits 0 and 1. */
static bool predicate_holds(enum fp_relation r, unsigned predicate)
{
    bool holds = false;

    switch (predicate & 3) {
    case 0:
        holds = r == FP_EQUAL;
        break;
    case 1:
        holds = r == FP_LESS;
        break;
    case 2:
        holds = r == FP_LESS || r == FP_EQUAL;
        break;
    case 3:
        holds = r == FP_UNORDERED;
        break;
    }
    return holds != ((predicate & 4) != 0);
}

/* LT, LE, NLT and NLE signal for quiet NaNs too. */
static bool predicate_is_quiet(unsigned predicate)
{
    return (predicate & 3) == 0 || (predicate & 3) == 3;
}

static uint32_t compare_mask32(struct fp_env *env, uint32_t a, uint32_t b,
                               unsigned predicate)
{
    enum fp_relation r =
        sse_compare32(env, a, b, predicate_is_quiet(predicate));

    return predicate_holds(r, predicate) ? UINT32_MAX : 0;
}

static uint64_t compare_mask64(struct fp_env *env, uint64_t a, uint64_t b,
                               unsigned predicate)
{
    enum fp_relation r =
        sse_compare64(env, a, b, predicate_is_quiet(predicate));

    return predicate_holds(r, predicate) ? UINT64_MAX : 0;
}

void sse_cmpps(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate)
{
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = compare_mask32(env, d->u32[i], s->u32[i], predicate);
}

void sse_cmpss(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate)
{
    d->u32[0] = compare_mask32(env, d->u32[0], s->u32[0], predicate);
}

void sse_cmppd(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate)
{
    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = compare_mask64(env, d->u64[i], s->u64[i], predicate);
}

void sse_cmpsd(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate)
{
    d->u64[0] = compare_mask64(env, d->u64[0], s->u64[0], predicate);
}
