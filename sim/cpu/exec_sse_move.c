/*
 * exec_sse_move.c - moves between vector registers, general registers and
 * memory.
 *
 * Hardware  Intel SDM vol. 2, MOVAPS .. MOVUPD, MOVNTxx, MASKMOVDQU.
 * Model     non-temporal stores are stores.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"

/* Whole registers; aligned: #GP if a memory operand is not. */
static inline enum op_result move_128(struct cpu *c, const struct op *op,
                                      bool aligned)
{
    gva_t va;

    if (op->memory_operand == OP_NO_MEMORY) {
        *cpu_xmm(c, op->dst) = *cpu_xmm(c, op->src);
        return OP_NEXT;
    }
    va = op_linear(c, op);
    if (aligned && (va.v & 15))
        return cpu_gp0(c);
    if (operand_is_memory(op, 0))
        return cpu_store(c, va, 16, cpu_xmm(c, op->src));
    return cpu_load(c, va, 16, cpu_xmm(c, op->dst));
}

enum op_result exec_mov_aligned(struct cpu *c, const struct op *op)
{
    return move_128(c, op, true);
}

enum op_result exec_mov_unaligned(struct cpu *c, const struct op *op)
{
    return move_128(c, op, false);
}

/* MOVSS, MOVSD, MOVQ: a load clears the rest of the register. */
static inline enum op_result load_low(struct cpu *c, const struct op *op,
                                      unsigned bytes)
{
    union xmm value = {.u64 = {0, 0}};
    enum op_result r = cpu_load(c, op_linear(c, op), bytes, &value);

    if (r == OP_NEXT)
        *cpu_xmm(c, op->dst) = value;
    return r;
}

enum op_result exec_movss(struct cpu *c, const struct op *op)
{
    if (operand_is_memory(op, 1))
        return load_low(c, op, 4);
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), 4, cpu_xmm(c, op->src));
    cpu_xmm(c, op->dst)->u32[0] = cpu_xmm(c, op->src)->u32[0];
    return OP_NEXT;
}

enum op_result exec_movsd_vector(struct cpu *c, const struct op *op)
{
    if (operand_is_memory(op, 1))
        return load_low(c, op, 8);
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), 8, cpu_xmm(c, op->src));
    cpu_xmm(c, op->dst)->u64[0] = cpu_xmm(c, op->src)->u64[0];
    return OP_NEXT;
}

/* MOVD and MOVQ: any register file to any other, or memory. */
static inline enum op_result move_low(struct cpu *c, const struct op *op,
                                      unsigned bytes)
{
    uint64_t value = 0;

    if (operand_is_memory(op, 1))
        return load_low(c, op, bytes);
    memcpy(&value, cpu_at(c, op->src), bytes);
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), bytes, &value);
    if (offset_is_xmm(op->dst))
        *cpu_xmm(c, op->dst) = (union xmm){.u64 = {value, 0}};
    else
        memcpy(cpu_at(c, op->dst), &value, 8);
    return OP_NEXT;
}

enum op_result exec_movd(struct cpu *c, const struct op *op)
{
    return move_low(c, op, 4);
}

enum op_result exec_movq(struct cpu *c, const struct op *op)
{
    return move_low(c, op, 8);
}

/* MOVHPS and MOVHPD: the upper half and memory. */
enum op_result exec_movh(struct cpu *c, const struct op *op)
{
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), 8, &cpu_xmm(c, op->src)->u64[1]);
    return cpu_load(c, op_linear(c, op), 8, &cpu_xmm(c, op->dst)->u64[1]);
}

/* MOVLPS and MOVLPD: the lower half and memory. */
enum op_result exec_movl(struct cpu *c, const struct op *op)
{
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), 8, cpu_xmm(c, op->src));
    return cpu_load(c, op_linear(c, op), 8, cpu_xmm(c, op->dst));
}

enum op_result exec_movhlps(struct cpu *c, const struct op *op)
{
    cpu_xmm(c, op->dst)->u64[0] = cpu_xmm(c, op->src)->u64[1];
    return OP_NEXT;
}

enum op_result exec_movlhps(struct cpu *c, const struct op *op)
{
    cpu_xmm(c, op->dst)->u64[1] = cpu_xmm(c, op->src)->u64[0];
    return OP_NEXT;
}

/* Stores the bytes of operand 0 whose mask byte in operand 1 is negative. */
enum op_result exec_maskmovdqu(struct cpu *c, const struct op *op)
{
    const union xmm *value = cpu_xmm(c, op->dst);
    const union xmm *mask = cpu_xmm(c, op->src);
    uint64_t offset = c->state.gpr[REG_RDI];
    union xmm merged;
    struct span span;
    enum op_result r;

    if (op->address_bytes < 8)
        offset &= op->address_bytes == 4 ? UINT32_MAX : UINT16_MAX;
    r = cpu_translate(
        c, cpu_linear(c, (enum cpu_seg)op->segment, offset, 16, ACCESS_WRITE),
        16, ACCESS_WRITE, &span);
    if (r == OP_NEXT)
        r = span_read_old(c, &span, &merged, 16);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 16; i++) {
        if (mask->s8[i] < 0)
            merged.u8[i] = value->u8[i];
    }
    return span_write(c, &span, &merged, 16);
}
