/*
 * access_quick.c - what the inlined accesses leave, and generic operands.
 */
#include "sim/cpu/access_quick.h"

/* Addresses that the inlined path does not compute may be common all the same.
 */
static bool untried(const struct op *op)
{
    return op->flags & OP_ADDRESS_SPECIAL;
}

enum op_result cpu_load_then(struct cpu *c, const struct op *op, unsigned bytes,
                             value_function *rest)
{
    uint64_t value = 0;
    gva_t va = op_linear(c, op);
    enum op_result r = untried(op) ? cpu_load(c, va, bytes, &value)
                                   : cpu_load_slow(c, va, bytes, &value);

    if (r == OP_NEXT)
        rest(c, op, value);
    return r;
}

enum op_result cpu_store_operand(struct cpu *c, const struct op *op,
                                 unsigned bytes, uint64_t value)
{
    gva_t va = op_linear(c, op);

    return untried(op) ? cpu_store(c, va, bytes, &value)
                       : cpu_store_slow(c, va, bytes, &value);
}

enum op_result cpu_change_then(struct cpu *c, const struct op *op,
                               unsigned bytes, value_function *rest)
{
    gva_t va = op_linear(c, op);
    struct span s;
    uint64_t old = 0;
    enum op_result r = untried(op) ? cpu_rmw_begin(c, va, bytes, &s, &old)
                                   : cpu_rmw_begin_slow(c, va, bytes, &s, &old);

    if (r != OP_NEXT)
        return r;
    return cpu_rmw_end(c, &s, bytes, rest(c, op, old));
}

/* Offset of the register that is explicit operand number n. */
static uint16_t register_operand(const struct op *op, unsigned operand)
{
    if (operand == 0)
        return op->dst;
    return operand == 1 ? op->src : op->src2;
}

enum op_result op_read_int(struct cpu *c, const struct op *op, unsigned operand,
                           unsigned bytes, uint64_t *to)
{
    *to = 0;
    if (op->memory_operand == operand)
        return cpu_load(c, op_linear(c, op), bytes, to);
    memcpy(to, cpu_at(c, register_operand(op, operand)), bytes);
    return OP_NEXT;
}

enum op_result op_write_int(struct cpu *c, const struct op *op,
                            unsigned operand, unsigned bytes, uint64_t value)
{
    if (op->memory_operand == operand)
        return cpu_store(c, op_linear(c, op), bytes, &value);
    if (bytes == 4) {
        value = (uint32_t)value;
        bytes = 8;
    }
    memcpy(cpu_at(c, register_operand(op, operand)), &value, bytes);
    return OP_NEXT;
}
