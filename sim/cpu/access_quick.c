/*
 * access_quick.c - what the inlined accesses leave, and generic operands.
 */
#include "sim/cpu/access_quick.h"

enum op_result cpu_load_then(struct cpu *c, const struct op *op, unsigned bytes,
                             value_function *rest)
{
    uint64_t value = 0;
    enum op_result r = cpu_load(c, op_linear(c, op), bytes, &value);

    if (r == OP_NEXT)
        rest(c, op, value);
    return r;
}

enum op_result cpu_store_operand(struct cpu *c, const struct op *op,
                                 unsigned bytes, uint64_t value)
{
    return cpu_store(c, op_linear(c, op), bytes, &value);
}

enum op_result cpu_change_then(struct cpu *c, const struct op *op,
                               unsigned bytes, value_function *rest)
{
    struct span s;
    uint64_t old = 0;
    enum op_result r = cpu_rmw_begin(c, op_linear(c, op), bytes, &s, &old);

    if (r != OP_NEXT)
        return r;
    return cpu_rmw_end(c, &s, bytes, rest(c, op, old));
}

/* Not the most recent of its set: touched and priced; where its bytes are. */
static inline uint8_t *other_line(struct cpu *c, hpa_t at,
                                  enum access_kind kind)
{
    uint64_t start_cycle = timing_start(&c->time);
    struct line_access line = hierarchy_data(c->hot->caches, at, start_cycle);

    timing_line(&c->time, line, start_cycle, kind);
    return c->dram_base + at.v;
}

enum op_result cpu_line_load_then(struct cpu *c, const struct op *op, hpa_t at,
                                  unsigned bytes, value_function *rest)
{
    uint64_t value = 0;

    copy_small(&value, other_line(c, at, ACCESS_READ), bytes);
    counter_add(c->counters, COUNTER_LOADS, 1);
    rest(c, op, value);
    return OP_NEXT;
}

/* A slot for writes maps no code. */
enum op_result cpu_line_store(struct cpu *c, hpa_t at, unsigned bytes,
                              uint64_t value)
{
    copy_small(other_line(c, at, ACCESS_WRITE), &value, bytes);
    counter_add(c->counters, COUNTER_STORES, 1);
    return OP_NEXT;
}

enum op_result cpu_line_change_then(struct cpu *c, const struct op *op,
                                    hpa_t at, unsigned bytes,
                                    value_function *rest)
{
    uint8_t *where = other_line(c, at, ACCESS_WRITE);
    uint64_t value = 0;

    copy_small(&value, where, bytes);
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    counter_add(c->counters, COUNTER_STORES, 1);
    value = rest(c, op, value);
    copy_small(where, &value, bytes);
    return OP_NEXT;
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
