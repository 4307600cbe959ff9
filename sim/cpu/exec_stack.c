/*
 * exec_stack.c - PUSH and POP; what else uses the stack is in exec_frame.c.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 */
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/stack.h"

/* A bad address of the stack, whatever the other operand is. */
static enum op_result stack_result(struct cpu *c, enum op_result r)
{
    if (r == OP_FAULT && c->fault.address)
        c->fault.vector = VECTOR_SS;
    return r;
}

enum op_result stack_push(struct cpu *c, unsigned bytes, uint64_t value)
{
    uint64_t top = stack_pointer(c, (uint64_t)0 - bytes);
    enum op_result r = cpu_store(
        c, cpu_linear(c, SEG_SS, top, bytes, ACCESS_WRITE), bytes, &value);

    if (r <= OP_END)
        stack_set(c, top);
    return stack_result(c, r);
}

enum op_result stack_read(struct cpu *c, uint64_t offset, unsigned bytes,
                          uint64_t *value)
{
    uint64_t at = stack_pointer(c, offset);

    *value = 0;
    return stack_result(
        c, cpu_load(c, cpu_linear(c, SEG_SS, at, bytes, ACCESS_READ), bytes,
                    value));
}

enum op_result stack_push_64_slow(struct cpu *c, uint64_t value)
{
    uint64_t top = c->state.gpr[REG_RSP] - 8;
    enum op_result r = cpu_store(c, gva(top), 8, &value);

    if (r <= OP_END)
        c->state.gpr[REG_RSP] = top;
    return r;
}

enum op_result stack_pop_64_slow(struct cpu *c, uint16_t reg)
{
    uint64_t value;
    enum op_result r = cpu_load(c, gva(c->state.gpr[REG_RSP]), 8, &value);

    if (r != OP_NEXT)
        return r;
    c->state.gpr[REG_RSP] += 8;
    reg_write(c, reg, 64, value);
    return OP_NEXT;
}

static enum op_result push_r_64(struct cpu *c, const struct op *op)
{
    return stack_push_64(c, reg_read(c, op->dst, 64));
}

static enum op_result push_i_64(struct cpu *c, const struct op *op)
{
    return stack_push_64(c, op->imm);
}

static enum op_result push_any(struct cpu *c, const struct op *op)
{
    uint64_t value = op->imm;
    enum op_result r = OP_NEXT;

    if (!op->immediate)
        r = op_read_int(c, op, 0, op->width, &value);
    return r == OP_NEXT ? stack_push(c, op->width, value) : r;
}

static enum op_result push_segment(struct cpu *c, const struct op *op)
{
    return stack_push(c, op->width, c->state.seg[op->dst].selector);
}

static enum op_result pop_r_64(struct cpu *c, const struct op *op)
{
    uint64_t value;

    if (!quick_read(c, gva(c->state.gpr[REG_RSP]), 8, &value))
        return stack_pop_64_slow(c, op->dst);
    c->state.gpr[REG_RSP] += 8;
    reg_write(c, op->dst, 64, value);
    return OP_NEXT;
}

/* A memory operand based on rSP uses the value after the pop. */
static enum op_result pop_any(struct cpu *c, const struct op *op)
{
    uint64_t before = c->state.gpr[REG_RSP], value;
    enum op_result r = stack_read(c, 0, op->width, &value);

    if (r != OP_NEXT)
        return r;
    stack_adjust(c, op->width);
    r = op_write_int(c, op, 0, op->width, value);
    if (r > OP_END)
        c->state.gpr[REG_RSP] = before;
    return r;
}

static enum op_result pop_segment(struct cpu *c, const struct op *op)
{
    uint64_t selector;
    enum op_result r = stack_read(c, 0, op->width, &selector);

    if (r != OP_NEXT)
        return r;
    r = segment_load(c, (enum cpu_seg)op->dst, (uint16_t)selector);
    if (r != OP_NEXT)
        return r;
    stack_adjust(c, op->width);
    if (op->dst == SEG_SS)
        c->state.interrupt_shadow = c->state.mov_ss_shadow = true;
    return OP_END;
}

static bool is_segment(const struct decoded *d)
{
    return d->form == FORM_R &&
           ZydisRegisterGetClass(d->operand[0].reg.value) ==
               ZYDIS_REGCLASS_SEGMENT;
}

bind_function bind_push, bind_pop;

op_function *bind_push(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    op->width = (uint8_t)(d->insn.operand_width / 8);
    if (is_segment(d))
        return push_segment;
    if (!(d->mode & MODE_64) || op->width != 8)
        return push_any;
    if (d->form == FORM_I)
        return push_i_64;
    return d->form == FORM_R ? push_r_64 : push_any;
}

op_function *bind_pop(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    op->width = (uint8_t)(d->insn.operand_width / 8);
    if (is_segment(d))
        return pop_segment;
    if ((d->mode & MODE_64) && op->width == 8 && d->form == FORM_R)
        return pop_r_64;
    return pop_any;
}
