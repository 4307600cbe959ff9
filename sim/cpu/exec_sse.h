/*
 * exec_sse.h - how vector instructions get at their operands.
 *
 * Hardware  Intel SDM vol. 2, "Instruction Exception Specification" for legacy
 *           SSE: a 16-byte memory operand must be aligned, or #GP.
 * Model     a source is used in place if it is a register and copied if it is
 *           memory; results are pure functions of sse_*.h.
 */
#ifndef SIM_CPU_EXEC_SSE_H
#define SIM_CPU_EXEC_SSE_H
#include "sim/cpu/access.h"
#include "sim/cpu/sse_fp.h"

/* Is the register operand at this offset a vector register? */
static inline bool offset_is_xmm(uint16_t offset)
{
    return offset >= offsetof(struct cpu, state.xmm) &&
           offset < offsetof(struct cpu, state.xmm) + 16 * sizeof(union xmm);
}

static inline bool operand_is_memory(const struct op *op, unsigned operand)
{
    return op->memory_operand == operand;
}

/*
 * Points *source at operand 1: the register itself, or *copy filled with
 * `bytes` of memory (16 bytes: aligned).
 */
static inline enum op_result sse_source(struct cpu *c, const struct op *op,
                                        unsigned bytes, union xmm *copy,
                                        const union xmm **source)
{
    gva_t va;

    if (!operand_is_memory(op, 1)) {
        *source = cpu_xmm(c, op->src);
        return OP_NEXT;
    }
    *source = copy;
    va = op_linear(c, op);
    if (bytes == 16 && (va.v & 15))
        return cpu_gp0(c);
    return cpu_load(c, va, bytes, copy);
}

/* Records flags in MXCSR; OP_FAULT if one of them is unmasked. */
enum op_result sse_settle_flags(struct cpu *c, const struct fp_env *env);

/*
 * Instructions around the functions of sse_*.h: operand 0 and operand 1, a
 * register or aligned memory, then what else the function takes.
 */
typedef void sse_binary_function(union xmm *d, const union xmm *s);
typedef void sse_immediate_function(union xmm *d, const union xmm *s,
                                    unsigned immediate);
typedef void sse_masked_function(union xmm *d, const union xmm *s,
                                 const union xmm *mask);
typedef void sse_fp_immediate_function(struct fp_env *env, union xmm *d,
                                       const union xmm *s, unsigned immediate);

static inline enum op_result sse_binary(struct cpu *c, const struct op *op,
                                        sse_binary_function *f)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r == OP_NEXT)
        f(cpu_xmm(c, op->dst), s);
    return r;
}

static inline enum op_result sse_immediate(struct cpu *c, const struct op *op,
                                           sse_immediate_function *f)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r == OP_NEXT)
        f(cpu_xmm(c, op->dst), s, (uint8_t)op->imm);
    return r;
}

/* The mask is XMM0. */
static inline enum op_result sse_masked(struct cpu *c, const struct op *op,
                                        sse_masked_function *f)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r == OP_NEXT)
        f(cpu_xmm(c, op->dst), s, &c->state.xmm[0]);
    return r;
}

/* The result is written unless an exception of its flags is unmasked. */
static inline enum op_result sse_fp_settle(struct cpu *c, const struct op *op,
                                           const struct fp_env *env,
                                           const union xmm *result)
{
    enum op_result r = sse_settle_flags(c, env);

    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = *result;
    return r;
}

/* bytes: of a memory operand. */
static inline enum op_result sse_fp_binary(struct cpu *c, const struct op *op,
                                           sse_fp_function *f, unsigned bytes)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, result = *cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, bytes, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(&env, &result, s);
    return sse_fp_settle(c, op, &env, &result);
}

static inline enum op_result sse_fp_immediate(struct cpu *c,
                                              const struct op *op,
                                              sse_fp_immediate_function *f,
                                              unsigned bytes)
{
    struct fp_env env = sse_env(c->state.mxcsr);
    union xmm copy, result = *cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, bytes, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(&env, &result, s, (uint8_t)op->imm);
    return sse_fp_settle(c, op, &env, &result);
}

#endif
