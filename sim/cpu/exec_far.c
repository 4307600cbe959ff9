/*
 * exec_far.c - far JMP, CALL and RET, IRET.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; vol. 3, "IRET in
 *           64-Bit Mode".
 * NOT MODELLED  call gates, task gates and nested tasks (#GP); V8086.
 */
#include "sim/cpu/alu.h"
#include "sim/cpu/far.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/stack.h"
#include "sim/cpu/timing_model.h"

/* Selector and offset of a far pointer operand. */
static enum op_result far_target(struct cpu *c, const struct op *op,
                                 uint16_t *selector, uint64_t *offset)
{
    unsigned bytes = op->memory_bytes - 2u;
    uint8_t pointer[10];
    enum op_result r;

    *offset = op->imm;
    *selector = op->src2;
    if (op->memory_operand != 0)
        return OP_NEXT;
    if (bytes != 2 && bytes != 4 && bytes != 8)
        return cpu_fault(c, VECTOR_UD);
    r = cpu_load(c, op_linear(c, op), bytes + 2, pointer);
    if (r != OP_NEXT)
        return r;
    *offset = 0;
    memcpy(offset, pointer, bytes);
    memcpy(selector, pointer + bytes, 2);
    return OP_NEXT;
}

static enum op_result enter_code(struct cpu *c, const struct segment *cs,
                                 uint64_t rip)
{
    bool in_64 = (c->state.efer & EFER_LMA) && (cs->attributes & SEGA_L);

    if (in_64 ? !cpu_canonical(c, rip) : rip > cs->limit)
        return cpu_gp0(c);
    c->state.seg[SEG_CS] = *cs;
    c->state.rip = rip;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.branch_cycles);
    return OP_BRANCH;
}

enum op_result exec_jmp_far(struct cpu *c, const struct op *op)
{
    struct segment cs;
    uint16_t selector;
    uint64_t offset;
    enum op_result r = far_target(c, op, &selector, &offset);

    if (r == OP_NEXT)
        r = segment_load_code(c, selector, c->state.cpl, &cs);
    return r == OP_NEXT ? enter_code(c, &cs, offset) : r;
}

enum op_result exec_call_far(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->memory_operand == 0 ? op->memory_bytes - 2u : 4u;
    uint64_t before = c->state.gpr[REG_RSP], offset;
    struct segment cs;
    uint16_t selector;
    enum op_result r = far_target(c, op, &selector, &offset);

    if (r == OP_NEXT)
        r = segment_load_code(c, selector, c->state.cpl, &cs);
    if (r != OP_NEXT)
        return r;
    r = stack_push(c, bytes, c->state.seg[SEG_CS].selector);
    if (r <= OP_END)
        r = stack_push(c, bytes, c->block_rip + op->end);
    if (r <= OP_END)
        r = enter_code(c, &cs, offset);
    if (r > OP_END)
        c->state.gpr[REG_RSP] = before;
    return r;
}

/* What IRET and far RET pop. */
struct frame {
    uint64_t rip, cs, rflags, rsp, ss;
};

/* SS for a return to privilege cpl; null is legal for 64-bit kernels. */
static enum op_result return_stack(struct cpu *c, uint16_t selector,
                                   unsigned cpl, bool to_64,
                                   struct segment *out)
{
    uint64_t descriptor;
    unsigned a;
    enum op_result r;

    if ((selector & ~3) == 0) {
        if (!to_64 || cpl == 3 || (selector & 3) != cpl)
            return cpu_gp0(c);
        *out =
            (struct segment){.selector = selector,
                             .attributes = (uint16_t)(cpl << SEGA_DPL_SHIFT)};
        return OP_NEXT;
    }
    r = descriptor_read(c, selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    *out = segment_decode(selector, descriptor);
    a = out->attributes;
    if ((selector & 3) != cpl || !(a & SEGA_S) || (a & SEGA_CODE) ||
        !(a & SEGA_WRITABLE) || segment_dpl(out->attributes) != cpl)
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_SS, selector & 0xfffcu);
    return OP_NEXT;
}

/* Returns to an equal or outer level. */
static enum op_result return_far(struct cpu *c, const struct frame *f,
                                 bool stack_too)
{
    unsigned cpl = f->cs & 3, old = c->state.cpl;
    struct segment cs, ss = c->state.seg[SEG_SS];
    bool to_64;
    enum op_result r;

    if (cpl < old)
        return cpu_fault_error(c, VECTOR_GP, (uint32_t)f->cs & 0xfffcu);
    r = segment_load_code(c, (uint16_t)f->cs, cpl, &cs);
    if (r != OP_NEXT)
        return r;
    to_64 = (c->state.efer & EFER_LMA) && (cs.attributes & SEGA_L);
    if (to_64 ? !cpu_canonical(c, f->rip) : f->rip > cs.limit)
        return cpu_gp0(c);
    if (stack_too) {
        r = return_stack(c, (uint16_t)f->ss, cpl, to_64, &ss);
        if (r != OP_NEXT)
            return r;
    }
    c->state.seg[SEG_CS] = cs;
    c->state.seg[SEG_SS] = ss;
    c->state.rip = f->rip;
    c->state.gpr[REG_RSP] = f->rsp;
    c->state.cpl = (uint8_t)cpl;
    if (cpl > old)
        segment_drop_inner(c);
    return OP_NEXT;
}

enum op_result exec_ret_far(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width;
    struct frame f = {0};
    bool outer;
    enum op_result r = stack_read(c, 0, bytes, &f.rip);

    if (r == OP_NEXT)
        r = stack_read(c, bytes, bytes, &f.cs);
    if (r != OP_NEXT)
        return r;
    outer = (f.cs & 3) > c->state.cpl;
    f.rsp = stack_pointer(c, 2 * bytes + op->imm);
    if (outer) {
        r = stack_read(c, 2 * bytes + op->imm, bytes, &f.rsp);
        if (r == OP_NEXT)
            r = stack_read(c, 3 * bytes + op->imm, bytes, &f.ss);
        f.rsp += op->imm;
    }
    if (r == OP_NEXT)
        r = return_far(c, &f, outer);
    if (r != OP_NEXT)
        return r;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.branch_cycles);
    return OP_BRANCH;
}

/* Which RFLAGS bits IRET may load at the old privilege level. */
static uint64_t iret_change(const struct cpu *c, unsigned bytes)
{
    uint64_t change = RFLAGS_ARITHMETIC | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT;

    if (bytes > 2)
        change |= RFLAGS_AC | RFLAGS_ID;
    if (c->state.cpl <= (c->state.rflags >> 12 & 3))
        change |= RFLAGS_IF;
    if (c->state.cpl == 0)
        change |= RFLAGS_IOPL;
    return change;
}

static enum op_result read_frame(struct cpu *c, unsigned bytes, struct frame *f,
                                 bool *stack_too)
{
    uint64_t *const part[] = {&f->rip, &f->cs, &f->rflags, &f->rsp, &f->ss};
    unsigned count = 3;
    enum op_result r = OP_NEXT;

    for (unsigned i = 0; i < count && r == OP_NEXT; i++) {
        r = stack_read(c, (uint64_t)i * bytes, bytes, part[i]);
        if (i == 1 && ((c->mode & MODE_64) || (f->cs & 3) > c->state.cpl))
            count = 5;
    }
    *stack_too = count == 5;
    if (count == 3)
        f->rsp = stack_pointer(c, 3 * bytes);
    return r;
}

enum op_result exec_iret(struct cpu *c, const struct op *op)
{
    struct frame f = {0};
    bool stack_too;
    uint64_t change;
    enum op_result r;

    if (c->state.rflags & RFLAGS_NT)
        return cpu_gp0(c);
    r = read_frame(c, op->width, &f, &stack_too);
    if (r != OP_NEXT)
        return r;
    change = iret_change(c, op->width);
    r = return_far(c, &f, stack_too);
    if (r != OP_NEXT)
        return r;
    cpu_set_rflags(c, (cpu_rflags(c) & ~change) | (f.rflags & change));
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.iret_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}
