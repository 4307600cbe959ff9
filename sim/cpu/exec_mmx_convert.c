/*
 * exec_mmx_convert.c - CVTPI2PS and its kin: pairs of integers in an MMX
 * register or memory, and vector floating point.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 * Model     CVTPI2PD from memory does not touch the MMX state.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/exec_x87.h"

static void use_mmx(struct cpu *c)
{
    x87_set_bits(&c->state.fsw, 7u << FSW_TOP_SHIFT, 0);
    c->state.ftw = 0xff;
}

static enum op_result integer_pair(struct cpu *c, const struct op *op,
                                   union xmm *to)
{
    if (operand_is_memory(op, 1))
        return cpu_load(c, op_linear(c, op), 8, to);
    memcpy(to, cpu_at(c, op->src), 8);
    return OP_NEXT;
}

enum op_result exec_cvtpi2ps(struct cpu *c, const struct op *op)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm s, d = *cpu_xmm(c, op->dst);
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = integer_pair(c, op, &s);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 2; i++)
        d.u32[i] = sse_from_int32(&env, s.s32[i]);
    if (!operand_is_memory(op, 1))
        use_mmx(c);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = d;
    return r;
}

enum op_result exec_cvtpi2pd(struct cpu *c, const struct op *op)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm s, *d = cpu_xmm(c, op->dst);
    enum op_result r = operand_is_memory(op, 1) ? OP_NEXT : x87_wait(c);

    if (r == OP_NEXT)
        r = integer_pair(c, op, &s);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 2; i++)
        d->u64[i] = sse_from_int64(&env, s.s32[i]); /* exact */
    if (!operand_is_memory(op, 1))
        use_mmx(c);
    return OP_NEXT;
}

/* Two reals of 4 or 8 bytes to an MMX register. */
static inline enum op_result to_pair(struct cpu *c, const struct op *op,
                                     unsigned bytes, bool truncate)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, d;
    const union xmm *s;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = sse_source(c, op, 2 * bytes, &copy, &s);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 2; i++)
        d.u32[i] =
            (uint32_t)(bytes == 4
                           ? sse_to_int32(&env, s->u32[i], 32, truncate)
                           : sse_to_int64(&env, s->u64[i], 32, truncate));
    use_mmx(c); /* even if a numeric exception follows */
    r = sse_settle_flags(c, &env);
    if (r != OP_NEXT)
        return r;
    *(struct x87_reg *)(void *)cpu_at(c, op->dst) =
        (struct x87_reg){.mantissa = d.u64[0], .sign_exponent = 0xffff};
    return OP_NEXT;
}

enum op_result exec_cvtps2pi(struct cpu *c, const struct op *op)
{
    return to_pair(c, op, 4, false);
}

enum op_result exec_cvttps2pi(struct cpu *c, const struct op *op)
{
    return to_pair(c, op, 4, true);
}

enum op_result exec_cvtpd2pi(struct cpu *c, const struct op *op)
{
    return to_pair(c, op, 8, false);
}

enum op_result exec_cvttpd2pi(struct cpu *c, const struct op *op)
{
    return to_pair(c, op, 8, true);
}
