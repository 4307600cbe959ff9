/*
 * exec_sse4_int.c - SSE3, SSSE3 and SSE4 integer, move and shuffle
 * instructions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/sse4_int.h"

#define SSE_LANES(name, field, scalar) SSE_BINARY(name)
#define SSE_BINARY(name)                                                       \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_binary(c, op, sse_##name);                                  \
    }
#include "sim/cpu/sse4_lanes.def"
SSE_BINARY(pmaddubsw)
SSE_BINARY(phaddw)
SSE_BINARY(phaddd)
SSE_BINARY(phaddsw)
SSE_BINARY(phsubw)
SSE_BINARY(phsubd)
SSE_BINARY(phsubsw)
SSE_BINARY(packusdw)
SSE_BINARY(phminposuw)
SSE_BINARY(pshufb)
#undef SSE_BINARY
#undef SSE_LANES

#define SSE_IMMEDIATE(name)                                                    \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return sse_immediate(c, op, sse_##name);                               \
    }
SSE_IMMEDIATE(mpsadbw)
SSE_IMMEDIATE(palignr)
SSE_IMMEDIATE(pblendw)
SSE_IMMEDIATE(blendps)
SSE_IMMEDIATE(blendpd)
#undef SSE_IMMEDIATE

enum op_result exec_pblendvb(struct cpu *c, const struct op *op)
{
    return sse_masked(c, op, sse_pblendvb);
}

enum op_result exec_blendvps(struct cpu *c, const struct op *op)
{
    return sse_masked(c, op, sse_blendvps);
}

enum op_result exec_blendvpd(struct cpu *c, const struct op *op)
{
    return sse_masked(c, op, sse_blendvpd);
}

static inline enum op_result widen(struct cpu *c, const struct op *op,
                                   unsigned from, unsigned to, bool is_signed)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16 / to * from, &copy, &s);

    if (r != OP_NEXT)
        return r;
    sse_pmovx(cpu_xmm(c, op->dst), s, from, to, is_signed);
    return OP_NEXT;
}

#define SSE_WIDEN(name, from, to)                                              \
    enum op_result exec_pmovsx##name(struct cpu *c, const struct op *op)       \
    {                                                                          \
        return widen(c, op, from, to, true);                                   \
    }                                                                          \
    enum op_result exec_pmovzx##name(struct cpu *c, const struct op *op)       \
    {                                                                          \
        return widen(c, op, from, to, false);                                  \
    }
SSE_WIDEN(bw, 1, 2)
SSE_WIDEN(bd, 1, 4)
SSE_WIDEN(bq, 1, 8)
SSE_WIDEN(wd, 2, 4)
SSE_WIDEN(wq, 2, 8)
SSE_WIDEN(dq, 4, 8)
#undef SSE_WIDEN

/* One lane to a general register (upper half cleared) or to memory. */
static inline enum op_result extract(struct cpu *c, const struct op *op,
                                     unsigned bytes)
{
    unsigned lane = (unsigned)op->imm & (16 / bytes - 1);
    uint64_t value = 0;

    memcpy(&value, &cpu_xmm(c, op->src)->u8[lane * bytes], bytes);
    if (operand_is_memory(op, 0))
        return cpu_store(c, op_linear(c, op), bytes, &value);
    memcpy(cpu_at(c, op->dst), &value, 8);
    return OP_NEXT;
}

enum op_result exec_pextrb(struct cpu *c, const struct op *op)
{
    return extract(c, op, 1);
}

enum op_result exec_pextrd(struct cpu *c, const struct op *op)
{
    return extract(c, op, 4);
}

enum op_result exec_pextrq(struct cpu *c, const struct op *op)
{
    return extract(c, op, 8);
}

static inline enum op_result insert(struct cpu *c, const struct op *op,
                                    unsigned bytes)
{
    unsigned lane = (unsigned)op->imm & (16 / bytes - 1);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, bytes, &value);

    if (r != OP_NEXT)
        return r;
    memcpy(&cpu_xmm(c, op->dst)->u8[lane * bytes], &value, bytes);
    return OP_NEXT;
}

enum op_result exec_pinsrb(struct cpu *c, const struct op *op)
{
    return insert(c, op, 1);
}

enum op_result exec_pinsrd(struct cpu *c, const struct op *op)
{
    return insert(c, op, 4);
}

enum op_result exec_pinsrq(struct cpu *c, const struct op *op)
{
    return insert(c, op, 8);
}

/* Source lane by bits 7:6 (memory: the value), target by 5:4, zeros by 3:0. */
enum op_result exec_insertps(struct cpu *c, const struct op *op)
{
    unsigned order = (uint8_t)op->imm;
    union xmm *d = cpu_xmm(c, op->dst), copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 4, &copy, &s);

    if (r != OP_NEXT)
        return r;
    d->u32[order >> 4 & 3] =
        s->u32[operand_is_memory(op, 1) ? 0 : order >> 6 & 3];
    for (unsigned i = 0; i < 4; i++) {
        if (order >> i & 1)
            d->u32[i] = 0;
    }
    return OP_NEXT;
}

enum op_result exec_ptest(struct cpu *c, const struct op *op)
{
    const union xmm *d = cpu_xmm(c, op->dst), *s;
    union xmm copy;
    bool zero, covered;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r != OP_NEXT)
        return r;
    zero = ((d->u64[0] & s->u64[0]) | (d->u64[1] & s->u64[1])) == 0;
    covered = ((~d->u64[0] & s->u64[0]) | (~d->u64[1] & s->u64[1])) == 0;
    flags_set(&c->flags, (zero ? RFLAGS_ZF : 0) | (covered ? RFLAGS_CF : 0));
    return OP_NEXT;
}

enum op_result exec_movddup(struct cpu *c, const struct op *op)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sse_source(c, op, 8, &copy, &s);
    uint64_t value;

    if (r != OP_NEXT)
        return r;
    value = s->u64[0];
    *cpu_xmm(c, op->dst) = (union xmm){.u64 = {value, value}};
    return OP_NEXT;
}

/* Even or odd lanes, twice each. */
static inline enum op_result duplicate(struct cpu *c, const struct op *op,
                                       unsigned odd)
{
    union xmm copy, *d = cpu_xmm(c, op->dst);
    const union xmm *s;
    enum op_result r = sse_source(c, op, 16, &copy, &s);

    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < 4; i += 2)
        d->u32[i] = d->u32[i + 1] = s->u32[i + odd];
    return OP_NEXT;
}

enum op_result exec_movsldup(struct cpu *c, const struct op *op)
{
    return duplicate(c, op, 0);
}

enum op_result exec_movshdup(struct cpu *c, const struct op *op)
{
    return duplicate(c, op, 1);
}
