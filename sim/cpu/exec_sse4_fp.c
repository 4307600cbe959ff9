/*
 * exec_sse4_fp.c - SSE3 and SSE4.1 floating-point instructions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/sse4_fp.h"

static inline enum op_result arithmetic(struct cpu *c, const struct op *op,
                                        sse_fp_function *f)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, result = *cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(&env, &result, s);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = result;
    return r;
}

#define SSE_ARITHMETIC(name)                                                   \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return arithmetic(c, op, sse_##name);                                  \
    }
SSE_ARITHMETIC(haddps)
SSE_ARITHMETIC(haddpd)
SSE_ARITHMETIC(hsubps)
SSE_ARITHMETIC(hsubpd)
SSE_ARITHMETIC(addsubps)
SSE_ARITHMETIC(addsubpd)
#undef SSE_ARITHMETIC

typedef void round_function(struct fp_env *env, union xmm *d,
                            const union xmm *s, unsigned order);

static inline enum op_result round_lanes(struct cpu *c, const struct op *op,
                                         round_function *f, unsigned bytes)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, result = *cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, bytes, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(&env, &result, s, (uint8_t)op->imm);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = result;
    return r;
}

enum op_result exec_roundps(struct cpu *c, const struct op *op)
{
    return round_lanes(c, op, sse_roundps, 16);
}

enum op_result exec_roundpd(struct cpu *c, const struct op *op)
{
    return round_lanes(c, op, sse_roundpd, 16);
}

enum op_result exec_roundss(struct cpu *c, const struct op *op)
{
    return round_lanes(c, op, sse_roundss, 4);
}

enum op_result exec_roundsd(struct cpu *c, const struct op *op)
{
    return round_lanes(c, op, sse_roundsd, 8);
}

typedef bool dot_function(struct fp_env *env, union xmm *d, const union xmm *s,
                          unsigned order);

static inline enum op_result dot(struct cpu *c, const struct op *op,
                                 dot_function *f)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, result = *cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(&env, &result, s, (uint8_t)op->imm);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = result;
    return r;
}

enum op_result exec_dpps(struct cpu *c, const struct op *op)
{
    return dot(c, op, sse_dpps);
}

enum op_result exec_dppd(struct cpu *c, const struct op *op)
{
    return dot(c, op, sse_dppd);
}
