/*
 * exec_bit.c - BT, BTS, BTR, BTC, BSF, BSR.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     a register bit offset with a memory operand addresses a bit
 *           string.  BSF and BSR of 0 leave the destination as it was.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"

static uint64_t change_bit(uint64_t value, unsigned bit, enum bit_kind kind)
{
    uint64_t mask = (uint64_t)1 << bit;

    switch (kind) {
    case BIT_TEST:
        break;
    case BIT_SET:
        return value | mask;
    case BIT_RESET:
        return value & ~mask;
    case BIT_COMPLEMENT:
        return value ^ mask;
    }
    return value;
}

/* Address of the word of a bit string that holds the bit. */
static gva_t bit_string(struct cpu *c, const struct op *op, uint64_t bit)
{
    unsigned bits = op->width * 8u;
    int64_t words = (int64_t)sign_extend(bit, bits) >>
                    ((unsigned)__builtin_ctz(op->width) + 3);
    struct op at = *op;

    at.displacement += words * (int64_t)op->width;
    return op_linear(c, &at);
}

static enum op_result bit_memory(struct cpu *c, const struct op *op,
                                 enum bit_kind kind, uint64_t bit)
{
    unsigned n = (unsigned)bit & (op->width * 8u - 1);
    gva_t va = !op->immediate ? bit_string(c, op, bit) : op_linear(c, op);
    uint64_t value = 0;
    struct span s;
    enum op_result r;

    if (kind == BIT_TEST)
        r = cpu_load(c, va, op->width, &value);
    else
        r = cpu_rmw_begin(c, va, op->width, &s, &value);
    if (r != OP_NEXT)
        return r;
    if (kind != BIT_TEST)
        r = cpu_rmw_end(c, &s, op->width, change_bit(value, n, kind));
    flags_set_cf(&c->flags, value >> n & 1);
    return r;
}

static enum op_result bit_operation(struct cpu *c, const struct op *op,
                                    enum bit_kind kind)
{
    bool immediate = op->immediate;
    uint64_t bit = immediate ? op->imm : 0, value = 0;
    unsigned n;

    if (!immediate)
        memcpy(&bit, cpu_at(c, op->src), op->width);
    if (op->memory_operand == 0)
        return bit_memory(c, op, kind, bit);
    n = (unsigned)bit & (op->width * 8u - 1);
    memcpy(&value, cpu_at(c, op->dst), op->width);
    flags_set_cf(&c->flags, value >> n & 1);
    if (kind == BIT_TEST)
        return OP_NEXT;
    return op_write_int(c, op, 0, op->width, change_bit(value, n, kind));
}

op_function exec_bt, exec_bts, exec_btr, exec_btc, exec_bsf, exec_bsr;

enum op_result exec_bt(struct cpu *c, const struct op *op)
{
    return bit_operation(c, op, BIT_TEST);
}

enum op_result exec_bts(struct cpu *c, const struct op *op)
{
    return bit_operation(c, op, BIT_SET);
}

enum op_result exec_btr(struct cpu *c, const struct op *op)
{
    return bit_operation(c, op, BIT_RESET);
}

enum op_result exec_btc(struct cpu *c, const struct op *op)
{
    return bit_operation(c, op, BIT_COMPLEMENT);
}

static enum op_result scan(struct cpu *c, const struct op *op, bool reverse)
{
    uint64_t value;
    unsigned n;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    flags_set_all(&c->flags, value ? 1 : 0, false, false, false);
    if (value == 0)
        return OP_NEXT;
    n = reverse ? 63 - (unsigned)__builtin_clzll(value)
                : (unsigned)__builtin_ctzll(value);
    return op_write_int(c, op, 0, op->width, n);
}

enum op_result exec_bsf(struct cpu *c, const struct op *op)
{
    return scan(c, op, false);
}

enum op_result exec_bsr(struct cpu *c, const struct op *op)
{
    return scan(c, op, true);
}
