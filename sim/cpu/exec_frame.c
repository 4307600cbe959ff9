/*
 * exec_frame.c - PUSHF, POPF, PUSHA, POPA, ENTER, LEAVE.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 */
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/stack.h"

op_function exec_pushf, exec_popf, exec_pusha, exec_popa;
bind_function bind_frame;

/* In virtual-8086 mode without IOPL 3 the flags are the monitor's. */
static bool flags_are_trapped(const struct cpu *c)
{
    return (c->mode & MODE_V86) &&
           (c->state.rflags & RFLAGS_IOPL) != RFLAGS_IOPL;
}

enum op_result exec_pushf(struct cpu *c, const struct op *op)
{
    uint64_t value = cpu_rflags(c) & ~(RFLAGS_RF | RFLAGS_VM);

    if (flags_are_trapped(c))
        return cpu_gp0(c);
    return stack_push(c, op->width, value);
}

/* Which bits POPF changes depends on CPL and IOPL. */
enum op_result exec_popf(struct cpu *c, const struct op *op)
{
    uint64_t change = RFLAGS_ARITHMETIC | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT |
                      RFLAGS_AC | RFLAGS_ID;
    uint64_t iopl = c->state.rflags >> 12 & 3, value;
    enum op_result r;

    if (flags_are_trapped(c))
        return cpu_gp0(c);
    r = stack_read(c, 0, op->width, &value);
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
            reg_write(c, (uint16_t)(offsetof(struct cpu, state.gpr) + 8 * i),
                      op->width * 8u, value[i]);
    return OP_NEXT;
}

/* rBP as an address on the stack. */
static uint64_t on_stack(const struct cpu *c, uint64_t at)
{
    return zero_extend(at, stack_width(c) * 8);
}

/* The frame pointers of the outer levels, and of this one. */
static enum op_result push_display(struct cpu *c, unsigned width,
                                   unsigned level, uint64_t frame)
{
    uint64_t from = c->state.gpr[REG_RBP];

    for (unsigned i = 1; i < level; i++) {
        uint64_t value = 0;
        enum op_result r;

        from = on_stack(c, from - width);
        r = cpu_load(c, cpu_linear(c, SEG_SS, from, width, ACCESS_READ), width,
                     &value);
        if (r == OP_NEXT)
            r = stack_push(c, width, value);
        if (r > OP_END)
            return r;
    }
    return level > 0 ? stack_push(c, width, frame) : OP_NEXT;
}

/* The new top of the stack must be writable too. */
static enum op_result probe_top(struct cpu *c, unsigned width, uint64_t top)
{
    struct span s;
    enum op_result r =
        cpu_translate(c, cpu_linear(c, SEG_SS, top, width, ACCESS_WRITE), width,
                      ACCESS_WRITE, &s);

    if (r == OP_FAULT && c->fault.address)
        c->fault.vector = VECTOR_SS;
    return r;
}

/* imm is the size of the locals, aux the level; width is the operand size. */
static enum op_result exec_enter(struct cpu *c, const struct op *op)
{
    unsigned width = op->width;
    uint64_t before = c->state.gpr[REG_RSP], frame;
    enum op_result r = stack_push(c, width, c->state.gpr[REG_RBP]);

    if (r > OP_END)
        return r;
    frame = c->state.gpr[REG_RSP];
    r = push_display(c, width, op->aux & 31, frame);
    if (r <= OP_END)
        r = probe_top(c, width, stack_pointer(c, (uint64_t)0 - op->imm));
    if (r > OP_END) {
        c->state.gpr[REG_RSP] = before;
        return r;
    }
    stack_adjust(c, (uint64_t)0 - op->imm);
    reg_write(c, offsetof(struct cpu, state.gpr[REG_RBP]), width * 8, frame);
    return OP_END;
}

static enum op_result exec_leave(struct cpu *c, const struct op *op)
{
    unsigned width = op->width;
    uint64_t at = on_stack(c, c->state.gpr[REG_RBP]), value = 0;
    enum op_result r = cpu_load(
        c, cpu_linear(c, SEG_SS, at, width, ACCESS_READ), width, &value);

    if (r != OP_NEXT)
        return r;
    stack_set(c, at);
    stack_adjust(c, width);
    reg_write(c, offsetof(struct cpu, state.gpr[REG_RBP]), width * 8, value);
    return OP_NEXT;
}

/* kind: LEAVE. */
op_function *bind_frame(const struct decoded *d, struct op *op, unsigned kind)
{
    op->width = (uint8_t)(d->insn.operand_width / 8);
    return kind ? exec_leave : exec_enter;
}
