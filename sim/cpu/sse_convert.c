/*
 * sse_convert.c - CVTxx2yy, RCP and RSQRT.  See sse_fp.h.
 */
#include "sim/cpu/sse_fp.h"
#include "sim/cpu/sse_quick.h"

uint32_t sse_from_int32(struct fp_env *env, int64_t value)
{
    return fp_pack32(fp_convert(env, &fp_single, fp_from_int(value)));
}

uint64_t sse_from_int64(struct fp_env *env, int64_t value)
{
    int64_t exact = (int64_t)1 << 53;

    if (value <= exact && value >= -exact)
        return quick_bits64((double)value);
    return fp_pack64(fp_convert(env, &fp_double, fp_from_int(value)));
}

static uint64_t to_int(struct fp_env *env, struct fp a, unsigned bits,
                       bool truncate)
{
    enum fp_rounding rounding = env->rounding;
    uint64_t r;

    if (truncate)
        env->rounding = FP_ROUND_ZERO;
    r = fp_to_int(env, a, bits);
    env->rounding = rounding;
    return r;
}

uint64_t sse_to_int32(struct fp_env *env, uint32_t a, unsigned bits,
                      bool truncate)
{
    return to_int(env, fp_unpack32(env, a), bits, truncate);
}

uint64_t sse_to_int64(struct fp_env *env, uint64_t a, unsigned bits,
                      bool truncate)
{
    return to_int(env, fp_unpack64(env, a), bits, truncate);
}

void sse_cvtdq2ps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = sse_from_int32(env, s->s32[i]);
}

void sse_cvtdq2pd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    uint64_t low = sse_from_int64(env, s->s32[0]);

    d->u64[1] = sse_from_int64(env, s->s32[1]);
    d->u64[0] = low;
}

void sse_cvtps2dq(struct fp_env *env, union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = (uint32_t)sse_to_int32(env, s->u32[i], 32, false);
}

void sse_cvttps2dq(struct fp_env *env, union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = (uint32_t)sse_to_int32(env, s->u32[i], 32, true);
}

static void pd2dq(struct fp_env *env, union xmm *d, const union xmm *s,
                  bool truncate)
{
    uint64_t low = sse_to_int64(env, s->u64[0], 32, truncate);
    uint64_t high = sse_to_int64(env, s->u64[1], 32, truncate);

    d->u64[0] = high << 32 | low;
    d->u64[1] = 0;
}

void sse_cvtpd2dq(struct fp_env *env, union xmm *d, const union xmm *s)
{
    pd2dq(env, d, s, false);
}

void sse_cvttpd2dq(struct fp_env *env, union xmm *d, const union xmm *s)
{
    pd2dq(env, d, s, true);
}

static uint64_t widen(struct fp_env *env, uint32_t a)
{
    return fp_pack64(fp_convert(env, &fp_double, fp_unpack32(env, a)));
}

static uint32_t narrow(struct fp_env *env, uint64_t a)
{
    return fp_pack32(fp_convert(env, &fp_single, fp_unpack64(env, a)));
}

void sse_cvtps2pd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    uint64_t low = widen(env, s->u32[0]);

    d->u64[1] = widen(env, s->u32[1]);
    d->u64[0] = low;
}

void sse_cvtpd2ps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    uint64_t low = narrow(env, s->u64[0]);

    d->u64[0] = (uint64_t)narrow(env, s->u64[1]) << 32 | low;
    d->u64[1] = 0;
}

void sse_cvtss2sd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    d->u64[0] = widen(env, s->u32[0]);
}

void sse_cvtsd2ss(struct fp_env *env, union xmm *d, const union xmm *s)
{
    d->u32[0] = narrow(env, s->u64[0]);
}

/* Rounds to nearest, denormals are zeros both ways, no flags: RCP, RSQRT. */
static const struct fp_env approximate = {
    .masked = FP_FLAGS, .daz = true, .ftz = true};
static const struct fp_format twelve_bits = {12, -126, 127};

static struct fp one(void)
{
    return fp_from_int(1);
}

static uint32_t rcp(uint32_t bits)
{
    struct fp_env env = approximate;

    return fp_pack32(
        fp_div(&env, &twelve_bits, one(), fp_unpack32(&env, bits)));
}

static uint32_t rsqrt(uint32_t bits)
{
    struct fp_env env = approximate;
    struct fp root = fp_sqrt(&env, &fp_extended, fp_unpack32(&env, bits));

    return fp_pack32(fp_div(&env, &twelve_bits, one(), root));
}

void sse_rcpps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    (void)env;
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = rcp(s->u32[i]);
}

void sse_rcpss(struct fp_env *env, union xmm *d, const union xmm *s)
{
    (void)env;
    d->u32[0] = rcp(s->u32[0]);
}

void sse_rsqrtps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    (void)env;
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = rsqrt(s->u32[i]);
}

void sse_rsqrtss(struct fp_env *env, union xmm *d, const union xmm *s)
{
    (void)env;
    d->u32[0] = rsqrt(s->u32[0]);
}
