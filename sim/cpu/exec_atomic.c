/*
 * exec_atomic.c - XADD, CMPXCHG, CMPXCHG8B, CMPXCHG16B.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     one CPU at a time runs, so LOCK costs time and changes nothing
 *           else.  CMPXCHG writes memory whatever the comparison says.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"

static uint64_t read_register(struct cpu *c, uint16_t offset, unsigned bytes)
{
    uint64_t value = 0;

    memcpy(&value, cpu_at(c, offset), bytes);
    return value;
}

/* Flags as ADD or CMP leaves them, for a width known at run time. */
static void compute_flags(struct cpu *c, enum alu_kind kind, uint64_t a,
                          uint64_t b, unsigned bytes)
{
    alu_compute(&c->flags, kind, a, b, bytes * 8);
}

op_function exec_xadd, exec_cmpxchg, exec_cmpxchg8b, exec_cmpxchg16b;

enum op_result exec_xadd(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width;
    uint64_t b = read_register(c, op->src, bytes), a;
    struct span s;
    enum op_result r = OP_NEXT;

    if (op->memory_operand == 0) {
        r = cpu_rmw_begin(c, op_linear(c, op), bytes, &s, &a);
        if (r != OP_NEXT)
            return r;
        r = cpu_rmw_end(c, &s, bytes, a + b);
        op_write_int(c, op, 1, bytes, a);
    } else {
        a = read_register(c, op->dst, bytes);
        op_write_int(c, op, 1, bytes, a);
        op_write_int(c, op, 0, bytes, a + b);
    }
    compute_flags(c, ALU_ADD, a, b, bytes);
    return r;
}

enum op_result exec_cmpxchg(struct cpu *c, const struct op *op)
{
    uint16_t rax = offsetof(struct cpu, state.gpr[REG_RAX]);
    unsigned bytes = op->width;
    uint64_t expected = read_register(c, rax, bytes);
    uint64_t wanted = read_register(c, op->src, bytes), old;
    struct span s;
    enum op_result r = OP_NEXT;

    if (op->memory_operand == 0) {
        r = cpu_rmw_begin(c, op_linear(c, op), bytes, &s, &old);
        if (r != OP_NEXT)
            return r;
        r = cpu_rmw_end(c, &s, bytes, old == expected ? wanted : old);
    } else {
        old = read_register(c, op->dst, bytes);
        if (old == expected)
            op_write_int(c, op, 0, bytes, wanted);
    }
    compute_flags(c, ALU_CMP, expected, old, bytes);
    if (old != expected)
        reg_write(c, rax, bytes * 8, old);
    return r;
}

/* ZF alone changes. */
static void set_zf(struct cpu *c, bool zf)
{
    uint64_t others = flags_get(&c->flags) & ~RFLAGS_ZF;

    flags_set(&c->flags, others | (zf ? RFLAGS_ZF : 0));
}

static enum op_result exchange_pair(struct cpu *c, const struct op *op,
                                    unsigned half)
{
    uint64_t *g = c->state.gpr;
    uint64_t old[2] = {0, 0}, wanted[2] = {0, 0};
    unsigned bits = half * 8;
    gva_t va = op_linear(c, op);
    struct span s;
    bool equal;
    enum op_result r;

    if (half == 8 && (va.v & 15))
        return cpu_gp0(c);
    r = cpu_translate(c, va, half * 2, ACCESS_WRITE, &s);
    if (r == OP_NEXT)
        r = span_read_old(c, &s, half == 8 ? (void *)old : (void *)&wanted,
                          half * 2);
    if (r != OP_NEXT)
        return r;
    counter_add(c->counters, COUNTER_LOADS, 1);
    counter_add(c->counters, COUNTER_STORES, 1);
    if (half == 4) {
        old[0] = (uint32_t)wanted[0];
        old[1] = wanted[0] >> 32;
    }
    equal = old[0] == zero_extend(g[REG_RAX], bits) &&
            old[1] == zero_extend(g[REG_RDX], bits);
    wanted[0] = equal ? zero_extend(g[REG_RBX], bits) : old[0];
    wanted[1] = equal ? zero_extend(g[REG_RCX], bits) : old[1];
    if (half == 4)
        wanted[0] |= wanted[1] << 32;
    r = span_write(c, &s, wanted, half * 2);
    set_zf(c, equal);
    if (!equal) {
        g[REG_RAX] = old[0];
        g[REG_RDX] = old[1];
    }
    return r;
}

enum op_result exec_cmpxchg8b(struct cpu *c, const struct op *op)
{
    return exchange_pair(c, op, 4);
}

enum op_result exec_cmpxchg16b(struct cpu *c, const struct op *op)
{
    return exchange_pair(c, op, 8);
}
