/*
 * exec_sse_fp.c - SSE/SSE2 floating-point instructions.
 *
 * Hardware  Intel SDM vol. 1, "SIMD Floating-Point Exceptions".
 * Model     the flags of all lanes go to MXCSR; if one is unmasked the
 *           destination keeps its value and #XM is raised (#UD if
 *           CR4.OSXMMEXCPT is clear).
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/insn_kinds.h"

enum op_result sse_settle_flags(struct cpu *c, const struct fp_env *env)
{
    uint32_t recorded;

    if (env->flags == 0)
        return OP_NEXT;
    recorded = sse_recorded_flags(env);
    c->state.mxcsr |= recorded;
    if ((recorded & ~env->masked) == 0)
        return OP_NEXT;
    return cpu_fault(c, c->state.cr4 & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD);
}

/* name, bytes of the memory operand */
#define SSE_ARITHMETIC(name, bytes)                                            \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_fp_binary(c, op, sse_##name, bytes);                        \
    }
#define SSE_FP(name)                                                           \
    SSE_ARITHMETIC(name##ps, 16)                                               \
    SSE_ARITHMETIC(name##ss, 4)                                                \
    SSE_ARITHMETIC(name##pd, 16)                                               \
    SSE_ARITHMETIC(name##sd, 8)
#include "sim/cpu/sse_fp.def"
SSE_ARITHMETIC(rcpps, 16)
SSE_ARITHMETIC(rcpss, 4)
SSE_ARITHMETIC(rsqrtps, 16)
SSE_ARITHMETIC(rsqrtss, 4)
SSE_ARITHMETIC(cvtdq2ps, 16)
SSE_ARITHMETIC(cvtdq2pd, 8)
SSE_ARITHMETIC(cvtps2dq, 16)
SSE_ARITHMETIC(cvttps2dq, 16)
SSE_ARITHMETIC(cvtpd2dq, 16)
SSE_ARITHMETIC(cvttpd2dq, 16)
SSE_ARITHMETIC(cvtps2pd, 8)
SSE_ARITHMETIC(cvtpd2ps, 16)
SSE_ARITHMETIC(cvtss2sd, 4)
SSE_ARITHMETIC(cvtsd2ss, 8)
#undef SSE_FP
#undef SSE_ARITHMETIC

enum op_result exec_cmpps(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_cmpps, 16);
}

enum op_result exec_cmpss(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_cmpss, 4);
}

enum op_result exec_cmppd(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_cmppd, 16);
}

enum op_result exec_cmpsd_vector(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_cmpsd, 8);
}

/* (U)COMISx: the relation goes to ZF, PF and CF; OF, SF and AF are cleared. */
static inline enum op_result order(struct cpu *c, const struct op *op,
                                   unsigned bytes, bool quiet)
{
    static const uint64_t flags[] = {
        [FP_LESS] = RFLAGS_CF,
        [FP_EQUAL] = RFLAGS_ZF,
        [FP_GREATER] = 0,
        [FP_UNORDERED] = RFLAGS_ZF | RFLAGS_PF | RFLAGS_CF,
    };
    struct fp_env env = sse_env(c->state.mxcsr);
    const union xmm *s, *d = cpu_xmm(c, op->dst);
    enum fp_relation relation;
    union xmm copy;
    enum op_result r = sse_source(c, op, bytes, &copy, &s);

    if (r != OP_NEXT)
        return r;
    relation = bytes == 4 ? sse_compare32(&env, d->u32[0], s->u32[0], quiet)
                          : sse_compare64(&env, d->u64[0], s->u64[0], quiet);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        flags_set(&c->flags, flags[relation]);
    return r;
}

enum op_result exec_ucomiss(struct cpu *c, const struct op *op)
{
    return order(c, op, 4, true);
}

enum op_result exec_ucomisd(struct cpu *c, const struct op *op)
{
    return order(c, op, 8, true);
}

enum op_result exec_comiss(struct cpu *c, const struct op *op)
{
    return order(c, op, 4, false);
}

enum op_result exec_comisd(struct cpu *c, const struct op *op)
{
    return order(c, op, 8, false);
}

/* CVTSI2SS, CVTSI2SD: operand 1 is a general register or memory. */
static enum op_result read_integer(struct cpu *c, const struct op *op,
                                   int64_t *value)
{
    unsigned bytes = op->width;
    uint64_t raw;
    enum op_result r = op_read_int(c, op, 1, bytes, &raw);

    *value = bytes == 8 ? (int64_t)raw : (int32_t)raw;
    return r;
}

static enum op_result cvtsi2ss(struct cpu *c, const struct op *op)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    int64_t value;
    uint32_t result;
    enum op_result r = read_integer(c, op, &value);

    if (r != OP_NEXT)
        return r;
    result = sse_from_int32(&env, value);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        cpu_xmm(c, op->dst)->u32[0] = result;
    return r;
}

static enum op_result cvtsi2sd(struct cpu *c, const struct op *op)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    int64_t value;
    uint64_t result;
    enum op_result r = read_integer(c, op, &value);

    if (r != OP_NEXT)
        return r;
    result = sse_from_int64(&env, value);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        cpu_xmm(c, op->dst)->u64[0] = result;
    return r;
}

/* The operand size is that of the integer, not of the vector register. */
op_function *bind_cvtsi(const struct decoded *d, struct op *op, unsigned kind)
{
    op->width = (uint8_t)(d->operand[1].size / 8);
    return kind == CVTSI_SS ? cvtsi2ss : cvtsi2sd;
}

/* To a general register of 4 or 8 bytes; 4 clear the upper half. */
static inline enum op_result to_integer(struct cpu *c, const struct op *op,
                                        unsigned bytes, bool truncate)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    unsigned bits = op->width == 8 ? 64 : 32;
    const union xmm *s;
    union xmm copy;
    uint64_t value;
    enum op_result r = sse_source(c, op, bytes, &copy, &s);

    if (r != OP_NEXT)
        return r;
    value = bytes == 4 ? sse_to_int32(&env, s->u32[0], bits, truncate)
                       : sse_to_int64(&env, s->u64[0], bits, truncate);
    r = sse_settle_flags(c, &env);
    if (r == OP_NEXT)
        memcpy(cpu_at(c, op->dst), &value, 8);
    return r;
}

enum op_result exec_cvtss2si(struct cpu *c, const struct op *op)
{
    return to_integer(c, op, 4, false);
}

enum op_result exec_cvttss2si(struct cpu *c, const struct op *op)
{
    return to_integer(c, op, 4, true);
}

enum op_result exec_cvtsd2si(struct cpu *c, const struct op *op)
{
    return to_integer(c, op, 8, false);
}

enum op_result exec_cvttsd2si(struct cpu *c, const struct op *op)
{
    return to_integer(c, op, 8, true);
}
