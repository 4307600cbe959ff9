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

#endif
