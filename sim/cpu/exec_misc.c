/*
 * exec_misc.c - flag instructions, NOPs, fences, CLFLUSH.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     prefetches do nothing; fences drain the window.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/privileged.h"

op_function exec_lahf, exec_sahf, exec_clc, exec_stc, exec_cmc, exec_cld,
    exec_std, exec_nop, exec_fence;

enum op_result exec_lahf(struct cpu *c, const struct op *op)
{
    (void)op;
    cpu_at(c, offsetof(struct cpu, state.gpr[REG_RAX]))[1] =
        (uint8_t)(flags_get(&c->flags) | RFLAGS_FIXED);
    return OP_NEXT;
}

enum op_result exec_sahf(struct cpu *c, const struct op *op)
{
    uint64_t of = flags_get(&c->flags) & RFLAGS_OF;

    (void)op;
    flags_set(&c->flags,
              of | cpu_at(c, offsetof(struct cpu, state.gpr[REG_RAX]))[1]);
    return OP_NEXT;
}

enum op_result exec_clc(struct cpu *c, const struct op *op)
{
    (void)op;
    flags_set_cf(&c->flags, false);
    return OP_NEXT;
}

enum op_result exec_stc(struct cpu *c, const struct op *op)
{
    (void)op;
    flags_set_cf(&c->flags, true);
    return OP_NEXT;
}

enum op_result exec_cmc(struct cpu *c, const struct op *op)
{
    (void)op;
    flags_set_cf(&c->flags, !flag_cf(&c->flags));
    return OP_NEXT;
}

enum op_result exec_cld(struct cpu *c, const struct op *op)
{
    (void)op;
    c->state.rflags &= ~RFLAGS_DF;
    return OP_NEXT;
}

enum op_result exec_std(struct cpu *c, const struct op *op)
{
    (void)op;
    c->state.rflags |= RFLAGS_DF;
    return OP_NEXT;
}

enum op_result exec_nop(struct cpu *c, const struct op *op)
{
    (void)c;
    (void)op;
    return OP_NEXT;
}

enum op_result exec_fence(struct cpu *c, const struct op *op)
{
    (void)op;
    cpu_serialize(c, c->config.alu_cycles);
    return OP_NEXT;
}

/* The line stays in the tag arrays; the access itself is checked and made. */
static enum op_result exec_clflush(struct cpu *c, const struct op *op)
{
    uint8_t byte;

    return cpu_load(c, op_linear(c, op), 1, &byte);
}

bind_function bind_clflush;

/* The operand is the byte that is named, not the line around it. */
op_function *bind_clflush(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)d;
    (void)kind;
    op->memory_bytes = 1;
    return exec_clflush;
}
