/*
 * exec_move.c - MOV, MOVZX, MOVSX, LEA, XCHG, BSWAP, XLAT, MOVNTI.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 */
#include "sim/cpu/access_quick.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"

ALWAYS_INLINE enum op_result mov_rr(struct cpu *c, const struct op *op,
                                    unsigned bits)
{
    reg_write(c, op->dst, bits, reg_read(c, op->src, bits));
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result mov_ri(struct cpu *c, const struct op *op,
                                    unsigned bits)
{
    reg_write(c, op->dst, bits, op->imm);
    return OP_NEXT;
}

ALWAYS_INLINE uint64_t mov_rm_rest(struct cpu *c, const struct op *op,
                                   unsigned bits, uint64_t value)
{
    reg_write(c, op->dst, bits, value);
    return value;
}

ALWAYS_INLINE enum op_result mov_mr(struct cpu *c, const struct op *op,
                                    unsigned bits)
{
    return quick_store(c, op, bits / 8, reg_read(c, op->src, bits));
}

ALWAYS_INLINE enum op_result mov_mi(struct cpu *c, const struct op *op,
                                    unsigned bits)
{
    return quick_store(c, op, bits / 8, op->imm);
}

#define ONE(form, bits)                                                        \
    static enum op_result move_##form##_##bits(struct cpu *c,                  \
                                               const struct op *op)            \
    {                                                                          \
        return mov_##form(c, op, bits);                                        \
    }
#define FORM(form) ONE(form, 8) ONE(form, 16) ONE(form, 32) ONE(form, 64)
FORM(rr)
FORM(ri)
FORM(mr)
FORM(mi)
#undef FORM
#undef ONE

#define LOAD(bits)                                                             \
    ALWAYS_INLINE uint64_t move_rm_rest_##bits(                                \
        struct cpu *c, const struct op *op, uint64_t value)                    \
    {                                                                          \
        return mov_rm_rest(c, op, bits, value);                                \
    }                                                                          \
    static enum op_result move_rm_##bits(struct cpu *c, const struct op *op)   \
    {                                                                          \
        return quick_load_then(c, op, bits / 8, move_rm_rest_##bits);          \
    }
LOAD(8)
LOAD(16)
LOAD(32)
LOAD(64)
#undef LOAD

#define WIDTHS(form)                                                           \
    {                                                                          \
        move_##form##_8, move_##form##_16, move_##form##_32, move_##form##_64  \
    }
static op_function *const mov_table[FORM_OTHER + 1][4] = {
    [FORM_RR] = WIDTHS(rr),
    [FORM_RI] = WIDTHS(ri),
    [FORM_RM] = WIDTHS(rm),
    [FORM_MR] = WIDTHS(mr),
    [FORM_MI] = WIDTHS(mi)};
#undef WIDTHS

/* MOV to a segment register; op->dst is its number. */
static enum op_result exec_mov_to_segment(struct cpu *c, const struct op *op)
{
    uint64_t selector;
    enum op_result r = op_read_int(c, op, 1, 2, &selector);

    if (r != OP_NEXT)
        return r;
    r = segment_load(c, (enum cpu_seg)op->dst, (uint16_t)selector);
    if (r == OP_NEXT && op->dst == SEG_SS)
        c->state.interrupt_shadow = c->state.mov_ss_shadow = true;
    return r == OP_NEXT ? OP_END : r;
}

/* MOV from a segment register: 16 bits to memory, zero-extended to one. */
static enum op_result exec_mov_from_segment(struct cpu *c, const struct op *op)
{
    uint16_t selector = c->state.seg[op->src].selector;

    if (op->memory_operand == 0)
        return cpu_store(c, op_linear(c, op), 2, &selector);
    return op_write_int(c, op, 0, op->width, selector);
}

static ZydisRegisterClass class_of(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_REGISTER
               ? ZydisRegisterGetClass(o->reg.value)
               : ZYDIS_REGCLASS_INVALID;
}

bind_function bind_mov, bind_extend, bind_lea;

op_function *bind_mov(const struct decoded *d, struct op *op, unsigned kind)
{
    ZydisRegisterClass to = class_of(&d->operand[0]);
    ZydisRegisterClass from = class_of(&d->operand[1]);

    (void)kind;
    if (to == ZYDIS_REGCLASS_SEGMENT)
        return op->dst == SEG_CS ? NULL : exec_mov_to_segment;
    if (from == ZYDIS_REGCLASS_SEGMENT)
        return exec_mov_from_segment;
    if (to == ZYDIS_REGCLASS_CONTROL)
        return exec_mov_to_control;
    if (from == ZYDIS_REGCLASS_CONTROL)
        return exec_mov_from_control;
    if (to == ZYDIS_REGCLASS_DEBUG)
        return exec_mov_to_debug;
    if (from == ZYDIS_REGCLASS_DEBUG)
        return exec_mov_from_debug;
    if (to == ZYDIS_REGCLASS_TEST || from == ZYDIS_REGCLASS_TEST)
        return NULL;
    return mov_table[d->form][width_index(op->width)];
}

#define ONE(name, sign, from, to)                                              \
    ALWAYS_INLINE uint64_t name##_rest_##from##_##to(                          \
        struct cpu *c, const struct op *op, uint64_t value)                    \
    {                                                                          \
        reg_write(c, op->dst, to, sign ? sign_extend(value, from) : value);    \
        return value;                                                          \
    }                                                                          \
    static enum op_result name##_r_##from##_##to(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        name##_rest_##from##_##to(c, op, reg_read(c, op->src, from));          \
        return OP_NEXT;                                                        \
    }                                                                          \
    static enum op_result name##_m_##from##_##to(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        return quick_load_then(c, op, from / 8, name##_rest_##from##_##to);    \
    }
#define PAIRS(name, sign)                                                      \
    ONE(name, sign, 8, 16)                                                     \
    ONE(name, sign, 8, 32)                                                     \
    ONE(name, sign, 8, 64)                                                     \
    ONE(name, sign, 16, 16)                                                    \
    ONE(name, sign, 16, 32)                                                    \
    ONE(name, sign, 16, 64)                                                    \
    ONE(name, sign, 32, 32)                                                    \
    ONE(name, sign, 32, 64)
PAIRS(zx, false)
PAIRS(sx, true)
#undef PAIRS
#undef ONE

#define TABLE(name, form)                                                      \
    {                                                                          \
        {NULL, name##_##form##_8_16, name##_##form##_8_32,                     \
         name##_##form##_8_64},                                                \
            {NULL, name##_##form##_16_16, name##_##form##_16_32,               \
             name##_##form##_16_64},                                           \
        {                                                                      \
            NULL, NULL, name##_##form##_32_32, name##_##form##_32_64           \
        }                                                                      \
    }
/* by kind, operand (register, memory), log2 of bytes from and to */
static op_function *const extend_table[2][2][3][4] = {
    {TABLE(zx, r), TABLE(zx, m)}, {TABLE(sx, r), TABLE(sx, m)}};
#undef TABLE

op_function *bind_extend(const struct decoded *d, struct op *op, unsigned kind)
{
    unsigned from = width_index(d->operand[1].size / 8u);
    unsigned memory = d->form == FORM_RM;

    /* MOVSXD with a 16-bit destination reads 16 bits. */
    if (from > width_index(op->width))
        from = width_index(op->width);
    return from > 2 ? NULL
                    : extend_table[kind][memory][from][width_index(op->width)];
}

static enum op_result exec_lea_64(struct cpu *c, const struct op *op)
{
    reg_write(c, op->dst, 64, op_effective(c, op));
    return OP_NEXT;
}

static enum op_result exec_lea_32(struct cpu *c, const struct op *op)
{
    reg_write(c, op->dst, 32, op_effective(c, op));
    return OP_NEXT;
}

static enum op_result exec_lea_any(struct cpu *c, const struct op *op)
{
    uint64_t offset = op_effective(c, op);

    if (op->flags & OP_ADDRESS_32)
        offset = (uint32_t)offset;
    if (op->flags & OP_ADDRESS_16)
        offset = (uint16_t)offset;
    return op_write_int(c, op, 0, op->width, offset);
}

op_function *bind_lea(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    if (d->form != FORM_RM)
        return NULL;
    if ((op->flags & OP_ADDRESS_SPECIAL) || op->width < 4)
        return exec_lea_any;
    return op->width == 8 ? exec_lea_64 : exec_lea_32;
}

op_function exec_xchg, exec_bswap, exec_xlat, exec_movnti;

/* XCHG with memory locks, prefix or not. */
enum op_result exec_xchg(struct cpu *c, const struct op *op)
{
    uint64_t a = 0, b = 0;
    uint16_t reg = op->memory_operand == 0 ? op->src : op->dst;
    struct span s;
    enum op_result r;

    memcpy(&b, cpu_at(c, reg), op->width);
    if (op->memory_operand == OP_NO_MEMORY) {
        memcpy(&a, cpu_at(c, op->src), op->width);
        op_write_int(c, op, 0, op->width, a);
        return op_write_int(c, op, 1, op->width, b);
    }
    r = cpu_rmw_begin(c, op_linear(c, op), op->width, &s, &a);
    if (r != OP_NEXT)
        return r;
    r = cpu_rmw_end(c, &s, op->width, b);
    op_write_int(c, op, op->memory_operand == 0 ? 1 : 0, op->width, a);
    return r;
}

enum op_result exec_bswap(struct cpu *c, const struct op *op)
{
    if (op->width == 8)
        reg_write(c, op->dst, 64, __builtin_bswap64(reg_read(c, op->dst, 64)));
    else if (op->width == 4)
        reg_write(c, op->dst, 32,
                  __builtin_bswap32((uint32_t)reg_read(c, op->dst, 32)));
    else /* 16 bits: undefined; CPUs clear the register */
        reg_write(c, op->dst, 16, 0);
    return OP_NEXT;
}

enum op_result exec_xlat(struct cpu *c, const struct op *op)
{
    uint64_t offset = c->state.gpr[REG_RBX] + (uint8_t)c->state.gpr[REG_RAX];
    uint8_t value;
    enum op_result r;

    if (op->address_bytes < 8)
        offset = zero_extend(offset, op->address_bytes * 8u);
    r = cpu_load(
        c, cpu_linear(c, (enum cpu_seg)op->segment, offset, 1, ACCESS_READ), 1,
        &value);
    if (r == OP_NEXT)
        reg_write(c, offsetof(struct cpu, state.gpr[REG_RAX]), 8, value);
    return r;
}

enum op_result exec_movnti(struct cpu *c, const struct op *op)
{
    return cpu_store(c, op_linear(c, op), op->width, cpu_at(c, op->src));
}
