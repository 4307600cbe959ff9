/*
 * exec_sse_int.c - SSE2 integer, logical and shuffle instructions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 */
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/sse_int.h"
#include "sim/cpu/sse_shuffle.h"

/* The count is operand 1: a register, memory or an immediate. */
static inline enum op_result shift(struct cpu *c, const struct op *op,
                                   sse_binary_function *f)
{
    union xmm count;

    if (operand_is_memory(op, 1) || offset_is_xmm(op->src))
        return sse_binary(c, op, f);
    count.u64[0] = (uint8_t)op->imm;
    f(cpu_xmm(c, op->dst), &count);
    return OP_NEXT;
}

#define SSE_LANES(name, field, scalar) SSE_BINARY(name)
#define SSE_BINARY(name)                                                       \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_binary(c, op, sse_##name);                                  \
    }
#include "sim/cpu/sse_lanes.def"
SSE_BINARY(pmaddwd)
SSE_BINARY(psadbw)
SSE_BINARY(punpcklbw)
SSE_BINARY(punpcklwd)
SSE_BINARY(punpckldq)
SSE_BINARY(punpcklqdq)
SSE_BINARY(punpckhbw)
SSE_BINARY(punpckhwd)
SSE_BINARY(punpckhdq)
SSE_BINARY(punpckhqdq)
SSE_BINARY(packsswb)
SSE_BINARY(packssdw)
SSE_BINARY(packuswb)
#undef SSE_BINARY
#undef SSE_LANES

#define SSE_SHIFT(name)                                                        \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return shift(c, op, sse_##name);                                       \
    }
SSE_SHIFT(psllw)
SSE_SHIFT(pslld)
SSE_SHIFT(psllq)
SSE_SHIFT(psrlw)
SSE_SHIFT(psrld)
SSE_SHIFT(psrlq)
SSE_SHIFT(psraw)
SSE_SHIFT(psrad)
#undef SSE_SHIFT

#define SSE_SHUFFLE(name)                                                      \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_immediate(c, op, sse_##name);                               \
    }
SSE_SHUFFLE(pshufd)
SSE_SHUFFLE(pshufhw)
SSE_SHUFFLE(pshuflw)
SSE_SHUFFLE(shufps)
SSE_SHUFFLE(shufpd)
#undef SSE_SHUFFLE

enum op_result exec_pslldq(struct cpu *c, const struct op *op)
{
    sse_pslldq(cpu_xmm(c, op->dst), (uint8_t)op->imm);
    return OP_NEXT;
}

enum op_result exec_psrldq(struct cpu *c, const struct op *op)
{
    sse_psrldq(cpu_xmm(c, op->dst), (uint8_t)op->imm);
    return OP_NEXT;
}

/* Results in a general register clear its upper half. */
static void write_gpr(struct cpu *c, const struct op *op, uint32_t value)
{
    *(uint64_t *)(void *)cpu_at(c, op->dst) = value;
}

enum op_result exec_pmovmskb(struct cpu *c, const struct op *op)
{
    write_gpr(c, op, sse_pmovmskb(cpu_xmm(c, op->src)));
    return OP_NEXT;
}

enum op_result exec_movmskps(struct cpu *c, const struct op *op)
{
    write_gpr(c, op, sse_movmskps(cpu_xmm(c, op->src)));
    return OP_NEXT;
}

enum op_result exec_movmskpd(struct cpu *c, const struct op *op)
{
    write_gpr(c, op, sse_movmskpd(cpu_xmm(c, op->src)));
    return OP_NEXT;
}

static enum op_result pextrw(struct cpu *c, const struct op *op)
{
    uint16_t value = cpu_xmm(c, op->src)->u16[op->imm & 7];

    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), 2, &value);
    write_gpr(c, op, value);
    return OP_NEXT;
}

/* SSE2 has the register form alone, by another opcode. */
op_function *bind_pextrw(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)op;
    (void)kind;
    if (d->insn.opcode_map == ZYDIS_OPCODE_MAP_0F3A &&
        !(d->features >> FEATURE_SSE4_1 & 1))
        return NULL;
    return pextrw;
}

enum op_result exec_pinsrw(struct cpu *c, const struct op *op)
{
    uint16_t value;

    if (operand_is_memory(op, 1)) {
        enum op_result r = cpu_load(c, op_linear(c, op), 2, &value);

        if (r != OP_NEXT)
            return r;
    } else {
        value = (uint16_t)cpu_u64(c, op->src);
    }
    cpu_xmm(c, op->dst)->u16[op->imm & 7] = value;
    return OP_NEXT;
}
