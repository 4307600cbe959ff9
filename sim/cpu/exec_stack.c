/*
 * exec_stack.c - PUSH, POP, PUSHF, POPF, PUSHA, POPA, ENTER, LEAVE.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 */
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/stack.h"

enum op_result stack_push(struct cpu *c, unsigned bytes, uint64_t value)
{
    uint64_t top = stack_pointer(c, (uint64_t)0 - bytes);
    enum op_result r = cpu_store(
        c, cpu_linear(c, SEG_SS, top, bytes, ACCESS_WRITE), bytes, &value);

    if (r <= OP_END)
        stack_set(c, top);
    return r;
}

enum op_result stack_read(struct cpu *c, uint64_t offset, unsigned bytes,
                          uint64_t *value)
{
    uint64_t at = stack_pointer(c, offset);

    *value = 0;
    return cpu_load(c, cpu_linear(c, SEG_SS, at, bytes, ACCESS_READ), bytes,
                    value);
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
    enum op_result r = cpu_load(c, gva(c->state.gpr[REG_RSP]), 8, &value);

    if (r != OP_NEXT)
        return r;
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
        c->state.interrupt_shadow = true;
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

op_function exec_pushf, exec_popf, exec_pusha, exec_popa, exec_enter,
    exec_leave;

enum op_result exec_pushf(struct cpu *c, const struct op *op)
{
    uint64_t value = cpu_rflags(c) & ~RFLAGS_RF;

    return stack_push(c, op->width, value);
}

/* Which bits POPF changes depends on CPL and IOPL. */
enum op_result exec_popf(struct cpu *c, const struct op *op)
{
    uint64_t change = RFLAGS_ARITHMETIC | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT |
                      RFLAGS_AC | RFLAGS_ID;
    uint64_t iopl = c->state.rflags >> 12 & 3, value;
    enum op_result r = stack_read(c, 0, op->width, &value);

    if (r != OP_NEXT)
        return r;
    if (c->state.cpl == 0)
        change |= RFLAGS_IOPL;
    if (c->state.cpl <= iopl)
        change |= RFLAGS_IF;
    if (op->width == 2)
        change &= 0xffff;
    stack_adjust(c, op->width);
    cpu_set_rflags(c, (cpu_rflags(c) & ~change) | (value & change));
    cpu_serialize(c, c->config.alu_cycles);
    return OP_END;
}

enum op_result exec_pusha(struct cpu *c, const struct op *op)
{
    uint64_t before = c->state.gpr[REG_RSP];

    for (unsigned i = 0; i < 8; i++) {
        uint64_t value = i == REG_RSP ? before : c->state.gpr[i];
        enum op_result r = stack_push(c, op->width, value);

        if (r > OP_END) {
            c->state.gpr[REG_RSP] = before;
            return r;
        }
    }
    return OP_END;
}

enum op_result exec_popa(struct cpu *c, const struct op *op)
{
    uint64_t value[8];

    for (unsigned i = 0; i < 8; i++) {
        enum op_result r =
            stack_read(c, (uint64_t)i * op->width, op->width, &value[7 - i]);

        if (r != OP_NEXT)
            return r;
    }
    stack_adjust(c, 8u * op->width);
    for (unsigned i = 0; i < 8; i++)
        if (i != REG_RSP)
            memcpy(&c->state.gpr[i], &value[i], op->width);
    return OP_NEXT;
}

/* Nesting levels other than 0 copy frame pointers; nobody emits them. */
enum op_result exec_enter(struct cpu *c, const struct op *op)
{
    unsigned width = op->width < 2 ? 8u : op->width, level = op->aux & 31;
    uint64_t before = c->state.gpr[REG_RSP], frame, value;
    enum op_result r = stack_push(c, width, c->state.gpr[REG_RBP]);

    if (r > OP_END)
        return r;
    frame = c->state.gpr[REG_RSP];
    for (unsigned i = 1; i <= level; i++) {
        uint64_t from = c->state.gpr[REG_RBP] - (uint64_t)i * width;

        value = frame;
        r = OP_NEXT;
        if (i < level)
            r = cpu_load(c, cpu_linear(c, SEG_SS, from, width, ACCESS_READ),
                         width, &value);
        if (r == OP_NEXT)
            r = stack_push(c, width, value);
        if (r > OP_END) {
            c->state.gpr[REG_RSP] = before;
            return r;
        }
    }
    stack_adjust(c, (uint64_t)0 - op->imm);
    memcpy(&c->state.gpr[REG_RBP], &frame, width);
    return OP_END;
}

enum op_result exec_leave(struct cpu *c, const struct op *op)
{
    unsigned width = op->width;
    uint64_t at = c->state.gpr[REG_RBP], value = 0;
    enum op_result r;

    if (stack_width(c) < 8)
        at = zero_extend(at, stack_width(c) * 8);
    r = cpu_load(c, cpu_linear(c, SEG_SS, at, width, ACCESS_READ), width,
                 &value);
    if (r != OP_NEXT)
        return r;
    stack_set(c, at);
    stack_adjust(c, width);
    memcpy(&c->state.gpr[REG_RBP], &value, width);
    return OP_NEXT;
}
