/*
 * idt_real.c - interrupts and exceptions in real mode.
 *
 * Hardware  Intel SDM vol. 3, "Interrupt and Exception Handling" of "8086
 *           Emulation": four bytes a vector, no error codes.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/frame.h"

static enum op_result push_frame(struct cpu *c, const struct delivery *d,
                                 struct frame_stack *stack)
{
    const uint64_t frame[] = {delivery_flags(c, d),
                              c->state.seg[SEG_CS].selector,
                              delivery_return(c, d)};
    enum op_result r = OP_NEXT;

    for (size_t i = 0; i < ARRAY_LEN(frame) && r == OP_NEXT; i++)
        r = frame_push(c, stack, 2, frame[i]);
    return r;
}

enum op_result idt_deliver_real(struct cpu *c, const struct delivery *d)
{
    struct frame_stack stack = frame_stack_current(c);
    unsigned at = d->vector * 4u;
    uint16_t target[2];
    enum op_result r;

    if (at + 3 > c->state.idtr.limit)
        return cpu_gp0(c);
    r = implicit_read(c, c->state.idtr.base + at, 4, target);
    if (r == OP_NEXT && target[0] > c->state.seg[SEG_CS].limit)
        r = cpu_gp0(c);
    if (r == OP_NEXT)
        r = push_frame(c, d, &stack);
    if (r != OP_NEXT)
        return r;
    frame_stack_use(c, &stack);
    segment_load_paragraph(c, SEG_CS, target[1]);
    c->state.rip = target[0];
    c->state.rflags &= ~(RFLAGS_IF | RFLAGS_TF | RFLAGS_RF | RFLAGS_AC);
    cpu_mode_changed(c);
    return OP_BRANCH;
}
