/*
 * exec_sse4_fp.c - SSE3 and SSE4.1 floating-point instructions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/sse4_fp.h"

#define SSE_ARITHMETIC(name)                                                   \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_fp_binary(c, op, sse_##name, 16);                           \
    }
SSE_ARITHMETIC(haddps)
SSE_ARITHMETIC(haddpd)
SSE_ARITHMETIC(hsubps)
SSE_ARITHMETIC(hsubpd)
SSE_ARITHMETIC(addsubps)
SSE_ARITHMETIC(addsubpd)
#undef SSE_ARITHMETIC

enum op_result exec_roundps(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_roundps, 16);
}

enum op_result exec_roundpd(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_roundpd, 16);
}

enum op_result exec_roundss(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_roundss, 4);
}

enum op_result exec_roundsd(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_roundsd, 8);
}

enum op_result exec_dpps(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_dpps, 16);
}

enum op_result exec_dppd(struct cpu *c, const struct op *op)
{
    return sse_fp_immediate(c, op, sse_dppd, 16);
}
