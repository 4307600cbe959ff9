/*
 * exec_far.c - far JMP and CALL.
 *
 * Hardware  Intel SDM vol. 2, "JMP", "CALL"; vol. 3, "Privilege Level Checking
 *           When Transferring Program Control Between Code Segments".
 * Gates and tasks are in far_gate.c, the ways back in exec_far_return.c.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/far.h"
#include "sim/cpu/frame.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

/* Selector and offset of a far pointer operand. */
static enum op_result read_target(struct cpu *c, const struct op *op,
                                  struct far_target *t)
{
    uint8_t pointer[10];
    enum op_result r;

    *t = (struct far_target){.selector = op->src2,
                             .offset = op->imm,
                             .next_rip = c->block_rip + op->end,
                             .bytes = op->aux};
    if (op->memory_operand != 0)
        return OP_NEXT;
    r = cpu_load(c, op_linear(c, op), t->bytes + 2, pointer);
    if (r != OP_NEXT)
        return r;
    t->offset = 0;
    memcpy(&t->offset, pointer, t->bytes);
    memcpy(&t->selector, pointer + t->bytes, 2);
    return OP_NEXT;
}

bool far_beyond(const struct cpu *c, const struct segment *cs, uint64_t rip)
{
    if (cpu_long_mode(c) && (cs->attributes & SEGA_L))
        return !cpu_canonical(c, rip);
    return rip > cs->limit;
}

enum op_result far_enter(struct cpu *c, const struct segment *cs, uint64_t rip)
{
    if (far_beyond(c, cs, rip))
        return cpu_gp0(c);
    c->state.seg[SEG_CS] = *cs;
    c->state.rip = rip;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.branch_cycles);
    return OP_BRANCH;
}

/* CS:eIP on the stack in use; it changes only if all else went well. */
static enum op_result push_return(struct cpu *c, const struct far_target *t,
                                  struct frame_stack *stack)
{
    enum op_result r;

    *stack = frame_stack_current(c);
    if (!t->call)
        return OP_NEXT;
    r = frame_push(c, stack, t->bytes, c->state.seg[SEG_CS].selector);
    return r == OP_NEXT ? frame_push(c, stack, t->bytes, t->next_rip) : r;
}

static enum op_result to_paragraph(struct cpu *c, const struct far_target *t)
{
    struct frame_stack stack;
    enum op_result r;

    if (t->offset > c->state.seg[SEG_CS].limit)
        return cpu_gp0(c);
    r = push_return(c, t, &stack);
    if (r != OP_NEXT)
        return r;
    if (t->call)
        frame_stack_use(c, &stack);
    segment_load_paragraph(c, SEG_CS, t->selector);
    c->state.rip = t->offset;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.branch_cycles);
    return OP_BRANCH;
}

static enum op_result to_code(struct cpu *c, const struct far_target *t,
                              uint64_t descriptor)
{
    bool conforming = descriptor >> 40 & SEGA_CONFORMING;
    struct frame_stack stack;
    struct segment cs;
    enum op_result r;

    if (!conforming && (t->selector & 3) > c->state.cpl)
        return cpu_fault_error(c, VECTOR_GP, selector_error(t->selector));
    r = segment_check_code(c, t->selector, descriptor, c->state.cpl, &cs);
    if (r != OP_NEXT)
        return r;
    if (far_beyond(c, &cs, t->offset))
        return cpu_gp0(c);
    r = push_return(c, t, &stack);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &cs);
    if (r != OP_NEXT)
        return r;
    if (t->call)
        frame_stack_use(c, &stack);
    return far_enter(c, &cs, t->offset);
}

static enum op_result transfer(struct cpu *c, const struct far_target *t)
{
    uint64_t descriptor;
    enum op_result r;

    if (cpu_uses_paragraphs(c))
        return to_paragraph(c, t);
    if (selector_null(t->selector))
        return cpu_gp0(c);
    r = descriptor_read(c, t->selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    if (descriptor_type(descriptor) & SEGA_S)
        return to_code(c, t, descriptor);
    return far_through_system(c, t);
}

static enum op_result execute(struct cpu *c, const struct op *op, bool call)
{
    struct far_target t;
    enum op_result r = read_target(c, op, &t);

    t.call = call;
    if (r == OP_NEXT)
        r = transfer(c, &t);
    if (r == OP_EVENT && c->event.kind == CPU_EVENT_EXIT)
        c->event.exit.length = op->length;
    return r;
}

enum op_result exec_jmp_far(struct cpu *c, const struct op *op)
{
    return execute(c, op, false);
}

enum op_result exec_call_far(struct cpu *c, const struct op *op)
{
    return execute(c, op, true);
}
