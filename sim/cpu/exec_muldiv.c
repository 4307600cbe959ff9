/*
 * exec_muldiv.c - MUL, IMUL, DIV, IDIV and the sign extensions of RAX.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     undefined flags: SF, ZF and PF of multiplications follow the low
 *           half, AF is clear; divisions leave all flags alone.
 */
#include "sim/cpu/access_quick.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

#define RAX_OFFSET ((uint16_t)offsetof(struct cpu, state.gpr[REG_RAX]))
#define RDX_OFFSET ((uint16_t)offsetof(struct cpu, state.gpr[REG_RDX]))

static uint64_t read_width(struct cpu *c, uint16_t offset, unsigned bytes)
{
    uint64_t value = 0;

    memcpy(&value, cpu_at(c, offset), bytes);
    return value;
}

static void write_width(struct cpu *c, uint16_t offset, unsigned bytes,
                        uint64_t value)
{
    reg_write(c, offset, bytes * 8, value);
}

/* A double-width result: AX for bytes, else xDX:xAX. */
static void write_double(struct cpu *c, unsigned bytes, u128 value)
{
    if (bytes == 1) {
        reg_write(c, RAX_OFFSET, 16, (uint64_t)value);
        return;
    }
    write_width(c, RAX_OFFSET, bytes, (uint64_t)value);
    write_width(c, RDX_OFFSET, bytes, (uint64_t)(value >> (bytes * 8)));
}

static u128 read_double(struct cpu *c, unsigned bytes)
{
    if (bytes == 1)
        return read_width(c, RAX_OFFSET, 2);
    return (u128)read_width(c, RDX_OFFSET, bytes) << (bytes * 8) |
           read_width(c, RAX_OFFSET, bytes);
}

static s128 wide_signed(uint64_t value, unsigned bytes)
{
    return (s128)(int64_t)sign_extend(value, bytes * 8);
}

static void multiply_flags(struct cpu *c, uint64_t low, unsigned bytes,
                           bool overflow)
{
    flags_set_all(&c->flags, sign_extend(low, bytes * 8), overflow, overflow,
                  false);
}

bind_function bind_imul;
op_function exec_mul, exec_div, exec_idiv, exec_cbw, exec_cwd;

enum op_result exec_mul(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width;
    uint64_t b;
    u128 product;
    enum op_result r = op_read_int(c, op, 0, bytes, &b);

    if (r != OP_NEXT)
        return r;
    product = (u128)read_width(c, RAX_OFFSET, bytes) * b;
    write_double(c, bytes, product);
    multiply_flags(c, (uint64_t)product, bytes, product >> (bytes * 8) != 0);
    return OP_NEXT;
}

/* Two- and three-operand forms write one register. */
static enum op_result imul_short(struct cpu *c, const struct op *op, uint64_t a,
                                 uint64_t b)
{
    unsigned bytes = op->width;
    s128 product = wide_signed(a, bytes) * wide_signed(b, bytes);
    uint64_t low = (uint64_t)product;

    write_width(c, op->dst, bytes, low);
    multiply_flags(c, low, bytes, product != wide_signed(low, bytes));
    return OP_NEXT;
}

static enum op_result imul_long(struct cpu *c, const struct op *op, uint64_t b)
{
    unsigned bytes = op->width;
    s128 product = wide_signed(read_width(c, RAX_OFFSET, bytes), bytes) *
                   wide_signed(b, bytes);
    uint64_t low = (uint64_t)product;

    write_double(c, bytes, (u128)product);
    multiply_flags(c, low, bytes, product != wide_signed(low, bytes));
    return OP_NEXT;
}

static enum op_result exec_imul(struct cpu *c, const struct op *op)
{
    uint64_t b;
    unsigned source = op->operands > 1 ? 1 : 0;
    enum op_result r = op_read_int(c, op, source, op->width, &b);

    if (r != OP_NEXT)
        return r;
    if (op->operands == 1)
        return imul_long(c, op, b);
    if (op->operands == 3)
        return imul_short(c, op, b, op->imm);
    return imul_short(c, op, read_width(c, op->dst, op->width), b);
}

/* IMUL register, register or memory, of 32 and 64 bits: the commonest. */
ALWAYS_INLINE uint64_t imul_rest(struct cpu *c, const struct op *op,
                                 unsigned bits, uint64_t b)
{
    int64_t x = (int64_t)sign_extend(reg_read(c, op->dst, bits), bits);
    s128 product = (s128)x * (int64_t)sign_extend(b, bits);
    int64_t low = (int64_t)sign_extend((uint64_t)product, bits);

    reg_write(c, op->dst, bits, (uint64_t)product);
    flags_set_all(&c->flags, (uint64_t)low, product != low, product != low,
                  false);
    return b;
}

#define IMUL(bits)                                                             \
    ALWAYS_INLINE uint64_t imul_rest_##bits(                                   \
        struct cpu *c, const struct op *op, uint64_t value)                    \
    {                                                                          \
        return imul_rest(c, op, bits, value);                                  \
    }                                                                          \
    static enum op_result imul_rr_##bits(struct cpu *c, const struct op *op)   \
    {                                                                          \
        imul_rest(c, op, bits, reg_read(c, op->src, bits));                    \
        return OP_NEXT;                                                        \
    }                                                                          \
    static enum op_result imul_rm_##bits(struct cpu *c, const struct op *op)   \
    {                                                                          \
        return quick_load_then(c, op, bits / 8, imul_rest_##bits);             \
    }
IMUL(32)
IMUL(64)
#undef IMUL

op_function *bind_imul(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    if (op->operands != 2 || op->width < 4)
        return exec_imul;
    if (d->form == FORM_RR)
        return op->width == 8 ? imul_rr_64 : imul_rr_32;
    return op->width == 8 ? imul_rm_64 : imul_rm_32;
}

static void write_quotient(struct cpu *c, unsigned bytes, uint64_t quotient,
                           uint64_t remainder)
{
    if (bytes == 1) {
        reg_write(c, RAX_OFFSET, 16,
                  (quotient & 0xff) | (remainder & 0xff) << 8);
        return;
    }
    write_width(c, RAX_OFFSET, bytes, quotient);
    write_width(c, RDX_OFFSET, bytes, remainder);
}

enum op_result exec_div(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width;
    uint64_t b;
    u128 a, quotient;
    enum op_result r = op_read_int(c, op, 0, bytes, &b);

    if (r != OP_NEXT)
        return r;
    if (b == 0)
        return cpu_fault(c, VECTOR_DE);
    a = read_double(c, bytes);
    quotient = a >> 64 ? a / b : (uint64_t)a / b;
    if (quotient >> (bytes * 8))
        return cpu_fault(c, VECTOR_DE);
    write_quotient(c, bytes, (uint64_t)quotient, (uint64_t)(a - quotient * b));
    return OP_NEXT;
}

/* Magnitudes are divided, then the signs set: no host overflow. */
enum op_result exec_idiv(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width, bits = bytes * 8;
    uint64_t b;
    u128 a, magnitude, divisor, quotient, remainder, limit;
    bool a_negative, b_negative;
    enum op_result r = op_read_int(c, op, 0, bytes, &b);

    if (r != OP_NEXT)
        return r;
    if (b == 0)
        return cpu_fault(c, VECTOR_DE);
    a = read_double(c, bytes);
    a_negative = a >> (2 * bits - 1) & 1;
    b_negative = b >> (bits - 1) & 1;
    magnitude = a_negative ? (u128)0 - a : a;
    if (bits < 64)
        magnitude &= ((u128)1 << (2 * bits)) - 1;
    divisor = b_negative ? zero_extend(0 - b, bits) : b;
    quotient = magnitude / divisor;
    remainder = magnitude % divisor;
    limit = ((u128)1 << (bits - 1)) - (a_negative == b_negative);
    if (quotient > limit)
        return cpu_fault(c, VECTOR_DE);
    if (a_negative != b_negative)
        quotient = (u128)0 - quotient;
    if (a_negative)
        remainder = (u128)0 - remainder;
    write_quotient(c, bytes, (uint64_t)quotient, (uint64_t)remainder);
    return OP_NEXT;
}

/* CBW, CWDE, CDQE: width is that of the result. */
enum op_result exec_cbw(struct cpu *c, const struct op *op)
{
    unsigned half = op->width / 2u;

    write_width(c, RAX_OFFSET, op->width,
                sign_extend(read_width(c, RAX_OFFSET, half), half * 8));
    return OP_NEXT;
}

/* CWD, CDQ, CQO. */
enum op_result exec_cwd(struct cpu *c, const struct op *op)
{
    uint64_t a = read_width(c, RAX_OFFSET, op->width);
    bool negative = a >> (op->width * 8u - 1) & 1;

    write_width(c, RDX_OFFSET, op->width, negative ? ~(uint64_t)0 : 0);
    return OP_NEXT;
}
