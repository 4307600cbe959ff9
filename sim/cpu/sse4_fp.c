/*
 * sse4_fp.c - see sse4_fp.h.
 */
#include "sim/cpu/sse4_fp.h"

/* d op s, lane by lane: neighbours were brought side by side. */
void sse_haddps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    union xmm even = {.u32 = {d->u32[0], d->u32[2], s->u32[0], s->u32[2]}};
    union xmm odd = {.u32 = {d->u32[1], d->u32[3], s->u32[1], s->u32[3]}};

    sse_addps(env, &even, &odd);
    *d = even;
}

void sse_hsubps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    union xmm even = {.u32 = {d->u32[0], d->u32[2], s->u32[0], s->u32[2]}};
    union xmm odd = {.u32 = {d->u32[1], d->u32[3], s->u32[1], s->u32[3]}};

    sse_subps(env, &even, &odd);
    *d = even;
}

void sse_haddpd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    union xmm even = {.u64 = {d->u64[0], s->u64[0]}};
    union xmm odd = {.u64 = {d->u64[1], s->u64[1]}};

    sse_addpd(env, &even, &odd);
    *d = even;
}

void sse_hsubpd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    union xmm even = {.u64 = {d->u64[0], s->u64[0]}};
    union xmm odd = {.u64 = {d->u64[1], s->u64[1]}};

    sse_subpd(env, &even, &odd);
    *d = even;
}

/* Even lanes are subtracted, odd ones added. */
void sse_addsubps(struct fp_env *env, union xmm *d, const union xmm *s)
{
    for (unsigned i = 0; i < 4; i++) {
        union xmm a = {.u32 = {d->u32[i]}}, b = {.u32 = {s->u32[i]}};

        if (i & 1)
            sse_addss(env, &a, &b);
        else
            sse_subss(env, &a, &b);
        d->u32[i] = a.u32[0];
    }
}

void sse_addsubpd(struct fp_env *env, union xmm *d, const union xmm *s)
{
    union xmm a = *d, b = {.u64 = {d->u64[1]}}, c = {.u64 = {s->u64[1]}};

    sse_subsd(env, &a, s);
    sse_addsd(env, &b, &c);
    *d = (union xmm){.u64 = {a.u64[0], b.u64[0]}};
}

/*
 * The immediate's rounding; ROUNDxx knows no denormal exception: with
 * MXCSR.DAZ a denormal is a zero, without it rounds like any number.
 */
static struct fp_env round_env(const struct fp_env *env, unsigned order)
{
    struct fp_env e = *env;

    e.flags = 0;
    if (!(order & 4))
        e.rounding = (enum fp_rounding)(order & 3);
    return e;
}

static void merge_flags(struct fp_env *env, const struct fp_env *e,
                        unsigned order)
{
    uint32_t flags = e->flags & ~(uint32_t)FP_DE;

    if (order & 8)
        flags &= ~(uint32_t)FP_PE;
    env->flags |= flags;
}

static struct fp round_any(struct fp_env *env, const struct fp_format *f,
                           struct fp a)
{
    struct fp quiet;

    if (fp_propagate_nan(env, a, a, &quiet))
        return fp_convert(env, f, quiet);
    return fp_round_integral(env, a);
}

static uint32_t round32(struct fp_env *env, uint32_t a, unsigned order)
{
    struct fp_env e = round_env(env, order);
    uint32_t r = fp_pack32(round_any(&e, &fp_single, fp_unpack32(&e, a)));

    merge_flags(env, &e, order);
    return r;
}

static uint64_t round64(struct fp_env *env, uint64_t a, unsigned order)
{
    struct fp_env e = round_env(env, order);
    uint64_t r = fp_pack64(round_any(&e, &fp_double, fp_unpack64(&e, a)));

    merge_flags(env, &e, order);
    return r;
}

void sse_roundps(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order)
{
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = round32(env, s->u32[i], order);
}

void sse_roundpd(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order)
{
    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = round64(env, s->u64[i], order);
}

void sse_roundss(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order)
{
    d->u32[0] = round32(env, s->u32[0], order);
}

void sse_roundsd(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order)
{
    d->u64[0] = round64(env, s->u64[0], order);
}

static bool stopped(const struct fp_env *env)
{
    return (sse_recorded_flags(env) & ~env->masked) != 0;
}

void sse_dpps(struct fp_env *env, union xmm *d, const union xmm *s,
              unsigned order)
{
    union xmm a = {.u64 = {0, 0}}, b = {.u64 = {0, 0}}, even, odd;

    for (unsigned i = 0; i < 4; i++) {
        if (order >> (4 + i) & 1) {
            a.u32[i] = d->u32[i];
            b.u32[i] = s->u32[i];
        }
    }
    sse_mulps(env, &a, &b);
    for (unsigned i = 0; i < 4; i++) {
        if (!(order >> (4 + i) & 1))
            a.u32[i] = 0;
    }
    if (stopped(env))
        return;
    even = (union xmm){.u32 = {a.u32[0], a.u32[2]}};
    odd = (union xmm){.u32 = {a.u32[1], a.u32[3]}};
    sse_addps(env, &even, &odd); /* lanes 2 and 3: zeros */
    if (stopped(env))
        return;
    odd = (union xmm){.u32 = {even.u32[1]}};
    sse_addss(env, &even, &odd);
    if (stopped(env))
        return;
    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = order >> i & 1 ? even.u32[0] : 0;
}

void sse_dppd(struct fp_env *env, union xmm *d, const union xmm *s,
              unsigned order)
{
    union xmm a = {.u64 = {0, 0}}, b = {.u64 = {0, 0}};

    for (unsigned i = 0; i < 2; i++) {
        if (order >> (4 + i) & 1) {
            a.u64[i] = d->u64[i];
            b.u64[i] = s->u64[i];
        }
    }
    sse_mulpd(env, &a, &b);
    if (stopped(env))
        return;
    b.u64[0] = a.u64[1];
    sse_addsd(env, &a, &b);
    if (stopped(env))
        return;
    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = order >> i & 1 ? a.u64[0] : 0;
}
