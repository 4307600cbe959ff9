/*
 * exec_mmx.c - MMX instructions and conversions between MMX and SSE.
 *
 * Hardware  Intel SDM vol. 1, "The MMX State and MMX Register Set"; vol. 3,
 *           "Intel MMX Technology System Programming".
 * Model     MM0 .. MM7 are the significands of R0 .. R7, by physical number.
 *           Every instruction but EMMS makes all tags valid and TOP 0; a write
 *           sets the exponent to ones.  The vector functions of sse_*.h work
 *           on the lower halves.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/exec_x87.h"
#include "sim/cpu/sse4_int.h"
#include "sim/cpu/sse_int.h"
#include "sim/cpu/sse_shuffle.h"

static struct x87_reg *mm(struct cpu *c, uint16_t offset)
{
    return (struct x87_reg *)(void *)cpu_at(c, offset);
}

static bool offset_is_mm(uint16_t offset)
{
    return offset >= offsetof(struct cpu, state.x87) &&
           offset <
               offsetof(struct cpu, state.x87) + 8 * sizeof(struct x87_reg);
}

/* From the x87 register stack to eight registers in use. */
static void use_mmx(struct cpu *c)
{
    x87_set_bits(&c->state.fsw, 7u << FSW_TOP_SHIFT, 0);
    c->state.ftw = 0xff;
}

static void write_mm(struct cpu *c, uint16_t offset, uint64_t value)
{
    *mm(c, offset) =
        (struct x87_reg){.mantissa = value, .sign_exponent = 0xffff};
    use_mmx(c);
}

/* #MF if one is pending; then operand 1, zero-extended to 16 bytes. */
static enum op_result mmx_source(struct cpu *c, const struct op *op,
                                 union xmm *to)
{
    enum op_result r = x87_wait(c);

    *to = (union xmm){.u64 = {0, 0}};
    if (r != OP_NEXT)
        return r;
    if (operand_is_memory(op, 1))
        return cpu_load(c, op_linear(c, op), op->memory_bytes, to);
    to->u64[0] = mm(c, op->src)->mantissa;
    return OP_NEXT;
}

/* Operand 0 likewise. */
static inline enum op_result mmx_operands(struct cpu *c, const struct op *op,
                                          union xmm *d, union xmm *s)
{
    *d = (union xmm){.u64 = {mm(c, op->dst)->mantissa, 0}};
    return mmx_source(c, op, s);
}

/* A vector function on the lower halves. */
static inline enum op_result low(struct cpu *c, const struct op *op,
                                 sse_binary_function *f)
{
    union xmm d, s;
    enum op_result r = mmx_operands(c, op, &d, &s);

    if (r != OP_NEXT)
        return r;
    f(&d, &s);
    write_mm(c, op->dst, d.u64[0]);
    return OP_NEXT;
}

/* Packs and horizontal sums: both operands in one register. */
static inline enum op_result joined(struct cpu *c, const struct op *op,
                                    sse_binary_function *f)
{
    union xmm d, s;
    enum op_result r = mmx_operands(c, op, &d, &s);

    if (r != OP_NEXT)
        return r;
    d.u64[1] = s.u64[0];
    s = d;
    f(&d, &s);
    write_mm(c, op->dst, d.u64[0]);
    return OP_NEXT;
}

/* PUNPCKHxx: the upper half of what interleaving the lower halves gives. */
static inline enum op_result high(struct cpu *c, const struct op *op,
                                  sse_binary_function *f)
{
    union xmm d, s;
    enum op_result r = mmx_operands(c, op, &d, &s);

    if (r != OP_NEXT)
        return r;
    f(&d, &s);
    write_mm(c, op->dst, d.u64[1]);
    return OP_NEXT;
}

/* The count is operand 1: a register, memory or an immediate. */
static inline enum op_result shift(struct cpu *c, const struct op *op,
                                   sse_binary_function *f)
{
    union xmm count = {.u64 = {(uint8_t)op->imm, 0}};
    union xmm d = {.u64 = {mm(c, op->dst)->mantissa, 0}};
    enum op_result r;

    if (!op->immediate)
        return low(c, op, f);
    r = x87_wait(c);
    if (r != OP_NEXT)
        return r;
    f(&d, &count);
    write_mm(c, op->dst, d.u64[0]);
    return OP_NEXT;
}

#define MMX_OP(how, name, function)                                            \
    enum op_result exec_mmx_##name(struct cpu *c, const struct op *op)         \
    {                                                                          \
        return how(c, op, sse_##function);                                     \
    }
#define MMX_LOW(name)                  MMX_OP(low, name, name)
#define MMX_JOINED(name)               MMX_OP(joined, name, name)
#define MMX_SHIFT(name)                MMX_OP(shift, name, name)
#define SSE_LANES(name, field, scalar) MMX_LOW(name)
#include "sim/cpu/sse_lanes.def"
MMX_LOW(pabsb)
MMX_LOW(pabsw)
MMX_LOW(pabsd)
MMX_LOW(psignb)
MMX_LOW(psignw)
MMX_LOW(psignd)
MMX_LOW(pmulhrsw)
MMX_LOW(pmaddubsw)
MMX_LOW(pmaddwd)
MMX_LOW(psadbw)
MMX_LOW(punpcklbw)
MMX_LOW(punpcklwd)
MMX_LOW(punpckldq)
MMX_OP(high, punpckhbw, punpcklbw)
MMX_OP(high, punpckhwd, punpcklwd)
MMX_OP(high, punpckhdq, punpckldq)
MMX_JOINED(packsswb)
MMX_JOINED(packssdw)
MMX_JOINED(packuswb)
MMX_JOINED(phaddw)
MMX_JOINED(phaddd)
MMX_JOINED(phaddsw)
MMX_JOINED(phsubw)
MMX_JOINED(phsubd)
MMX_JOINED(phsubsw)
MMX_SHIFT(psllw)
MMX_SHIFT(pslld)
MMX_SHIFT(psllq)
MMX_SHIFT(psrlw)
MMX_SHIFT(psrld)
MMX_SHIFT(psrlq)
MMX_SHIFT(psraw)
MMX_SHIFT(psrad)
#undef MMX_OP
#undef MMX_LOW
#undef MMX_JOINED
#undef MMX_SHIFT
#undef SSE_LANES

/* Indices are three bits wide. */
static void shuffle_bytes(union xmm *d, const union xmm *s)
{
    union xmm index = *s;

    index.u64[0] &= 0x8787878787878787u;
    sse_pshufb(d, &index);
}

enum op_result exec_mmx_pshufb(struct cpu *c, const struct op *op)
{
    return low(c, op, shuffle_bytes);
}

enum op_result exec_mmx_palignr(struct cpu *c, const struct op *op)
{
    union xmm both, s;
    enum op_result r = mmx_source(c, op, &s);

    if (r != OP_NEXT)
        return r;
    both.u64[0] = s.u64[0];
    both.u64[1] = mm(c, op->dst)->mantissa;
    sse_psrldq(&both, (uint8_t)op->imm);
    write_mm(c, op->dst, both.u64[0]);
    return OP_NEXT;
}

enum op_result exec_mmx_pshufw(struct cpu *c, const struct op *op)
{
    union xmm d, s;
    enum op_result r = mmx_source(c, op, &s);

    if (r != OP_NEXT)
        return r;
    sse_pshuflw(&d, &s, (uint8_t)op->imm);
    write_mm(c, op->dst, d.u64[0]);
    return OP_NEXT;
}

enum op_result exec_emms(struct cpu *c, const struct op *op)
{
    enum op_result r = x87_wait(c);

    (void)op;
    if (r == OP_NEXT) {
        c->state.ftw = 0;
        x87_set_bits(&c->state.fsw, 7u << FSW_TOP_SHIFT, 0);
    }
    return r;
}

/* MOVD, MOVQ, MOVNTQ: to memory or any register file, from any other. */
static enum op_result move(struct cpu *c, const struct op *op, unsigned bytes)
{
    uint64_t value = 0;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (operand_is_memory(op, 1))
        r = cpu_load(c, op_linear(c, op), bytes, &value);
    else
        memcpy(&value, cpu_at(c, op->src), bytes);
    if (r != OP_NEXT)
        return r;
    if (operand_is_memory(op, 0))
        r = cpu_store(c, op_linear(c, op), bytes, &value);
    else if (!offset_is_mm(op->dst))
        memcpy(cpu_at(c, op->dst), &value, 8);
    else
        write_mm(c, op->dst, value);
    if (r == OP_NEXT || r == OP_END)
        use_mmx(c);
    return r;
}

enum op_result exec_mmx_movd(struct cpu *c, const struct op *op)
{
    return move(c, op, 4);
}

enum op_result exec_mmx_movq(struct cpu *c, const struct op *op)
{
    return move(c, op, 8);
}

enum op_result exec_movq2dq(struct cpu *c, const struct op *op)
{
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    *cpu_xmm(c, op->dst) = (union xmm){.u64 = {mm(c, op->src)->mantissa, 0}};
    use_mmx(c);
    return OP_NEXT;
}

enum op_result exec_movdq2q(struct cpu *c, const struct op *op)
{
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        write_mm(c, op->dst, cpu_xmm(c, op->src)->u64[0]);
    return r;
}

/* Stores the bytes of operand 0 whose mask byte in operand 1 is negative. */
enum op_result exec_maskmovq(struct cpu *c, const struct op *op)
{
    union xmm value = {.u64 = {mm(c, op->dst)->mantissa, 0}};
    union xmm mask = {.u64 = {mm(c, op->src)->mantissa, 0}}, merged;
    uint64_t offset = c->state.gpr[REG_RDI];
    struct span span;
    enum op_result r = x87_wait(c);

    if (op->address_bytes < 8)
        offset &= op->address_bytes == 4 ? UINT32_MAX : UINT16_MAX;
    if (r == OP_NEXT)
        r = cpu_translate(
            c,
            cpu_linear(c, (enum cpu_seg)op->segment, offset, 8, ACCESS_WRITE),
            8, ACCESS_WRITE, &span);
    if (r != OP_NEXT)
        return r;
    r = span_read_old(c, &span, &merged, 8);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 8; i++) {
        if (mask.s8[i] < 0)
            merged.u8[i] = value.u8[i];
    }
    use_mmx(c);
    return span_write(c, &span, &merged, 8);
}

enum op_result exec_mmx_pmovmskb(struct cpu *c, const struct op *op)
{
    union xmm s = {.u64 = {mm(c, op->src)->mantissa, 0}};
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    use_mmx(c);
    *(uint64_t *)(void *)cpu_at(c, op->dst) = sse_pmovmskb(&s);
    return OP_NEXT;
}

enum op_result exec_mmx_pextrw(struct cpu *c, const struct op *op)
{
    union xmm s = {.u64 = {mm(c, op->src)->mantissa, 0}};
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    use_mmx(c);
    *(uint64_t *)(void *)cpu_at(c, op->dst) = s.u16[op->imm & 3];
    return OP_NEXT;
}

enum op_result exec_mmx_pinsrw(struct cpu *c, const struct op *op)
{
    union xmm d = {.u64 = {mm(c, op->dst)->mantissa, 0}};
    uint64_t value;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = op_read_int(c, op, 1, 2, &value);
    if (r != OP_NEXT)
        return r;
    d.u16[op->imm & 3] = (uint16_t)value;
    write_mm(c, op->dst, d.u64[0]);
    return OP_NEXT;
}
