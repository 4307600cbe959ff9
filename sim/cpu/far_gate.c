/*
 * far_gate.c - far JMP and CALL through call gates, task gates and TSS.
 *
 * Hardware  Intel SDM vol. 3, "Call Gates", "Accessing a Code Segment Through
 *           a Call Gate", "Stack Switching", "IA-32e Mode Call Gates", "Task
 *           Gate Descriptor"; vol. 2, "CALL", "JMP".
 */
#include "sim/cpu/access.h"
#include "sim/cpu/far.h"
#include "sim/cpu/frame.h"
#include "sim/cpu/task.h"

/* A call gate and its target. */
struct call {
    const struct far_target *from;
    uint16_t selector;
    uint64_t offset;
    unsigned bytes;      /* of a stack word: 2, 4, 8 */
    unsigned parameters; /* words to copy; none in IA-32e mode */
    struct segment cs;
    unsigned cpl;
};

static enum op_result refuse(struct cpu *c, uint16_t selector, uint8_t vector)
{
    return cpu_fault_error(c, vector, selector_error(selector));
}

/* A gate or TSS must be reachable for CPL and RPL. */
static enum op_result check_access(struct cpu *c, const struct far_target *t,
                                   uint64_t descriptor)
{
    unsigned dpl = descriptor_dpl(descriptor);

    if (dpl < c->state.cpl || dpl < (t->selector & 3u))
        return refuse(c, t->selector, VECTOR_GP);
    if (!descriptor_present(descriptor))
        return refuse(c, t->selector, VECTOR_NP);
    return OP_NEXT;
}

/* CS of the target; a CALL may go to a more privileged level. */
static enum op_result check_target(struct cpu *c, struct call *k)
{
    uint64_t descriptor;
    unsigned dpl, type;
    bool conforming;
    enum op_result r;

    if (selector_null(k->selector))
        return cpu_gp0(c);
    r = descriptor_read(c, k->selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    type = descriptor_type(descriptor);
    dpl = descriptor_dpl(descriptor);
    conforming = type & SEGA_CONFORMING;
    k->cpl = c->state.cpl;
    if ((type & SEGA_S) && (type & SEGA_CODE) && !conforming && k->from->call &&
        dpl < k->cpl)
        k->cpl = dpl;
    r = segment_check_code(c, k->selector, descriptor, k->cpl, &k->cs);
    if (r != OP_NEXT)
        return r;
    if (cpu_long_mode(c) && !(k->cs.attributes & SEGA_L))
        return refuse(c, k->selector, VECTOR_GP);
    return OP_NEXT;
}

static enum op_result copy_parameters(struct cpu *c, const struct call *k,
                                      struct frame_stack *stack)
{
    for (unsigned i = k->parameters; i-- > 0;) {
        uint64_t at = c->state.gpr[REG_RSP] + (uint64_t)i * k->bytes;
        uint64_t value = 0;
        enum op_result r;

        at = c->state.seg[SEG_SS].attributes & SEGA_D ? (uint32_t)at
                                                      : (uint16_t)at;
        r = cpu_load(c, cpu_linear(c, SEG_SS, at, k->bytes, ACCESS_READ),
                     k->bytes, &value);
        if (r == OP_NEXT)
            r = frame_push(c, stack, k->bytes, value);
        if (r != OP_NEXT)
            return r;
    }
    return OP_NEXT;
}

/* Segmented stack of an inner level: old SS:eSP, parameters. */
static enum op_result inner_stack(struct cpu *c, const struct call *k,
                                  struct frame_stack *stack)
{
    enum op_result r = frame_stack_inner(c, k->cpl, stack);

    if (r == OP_NEXT)
        r = frame_push(c, stack, k->bytes, c->state.seg[SEG_SS].selector);
    if (r == OP_NEXT)
        r = frame_push(c, stack, k->bytes, c->state.gpr[REG_RSP]);
    return r == OP_NEXT ? copy_parameters(c, k, stack) : r;
}

/* IA-32e mode: the frame is written whole, SS becomes null. */
static enum op_result call_wide(struct cpu *c, struct call *k)
{
    bool inner = k->cpl < c->state.cpl;
    uint64_t frame[4] = {k->from->next_rip, c->state.seg[SEG_CS].selector,
                         c->state.gpr[REG_RSP], c->state.seg[SEG_SS].selector};
    unsigned bytes = inner ? 32 : 16;
    uint64_t rsp = c->state.gpr[REG_RSP];
    enum op_result r = OP_NEXT;

    if (inner)
        r = task_field(c, 4 + 8 * k->cpl, 8, &rsp);
    if (r != OP_NEXT)
        return r;
    if (far_beyond(c, &k->cs, k->offset))
        return cpu_gp0(c);
    rsp -= bytes;
    r = frame_write(c, rsp, bytes, frame, k->cpl);
    if (r == OP_FAULT && c->fault.address)
        c->fault.vector = VECTOR_SS;
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &k->cs);
    if (r != OP_NEXT)
        return r;
    c->state.gpr[REG_RSP] = rsp;
    if (inner)
        c->state.seg[SEG_SS] = (struct segment){
            .selector = (uint16_t)k->cpl,
            .attributes = (uint16_t)(k->cpl << SEGA_DPL_SHIFT)};
    c->state.cpl = (uint8_t)k->cpl;
    return far_enter(c, &k->cs, k->offset);
}

static enum op_result call_segmented(struct cpu *c, struct call *k)
{
    struct frame_stack stack = frame_stack_current(c);
    enum op_result r = OP_NEXT;

    if (k->cpl < c->state.cpl)
        r = inner_stack(c, k, &stack);
    if (r == OP_NEXT)
        r = frame_push(c, &stack, k->bytes, c->state.seg[SEG_CS].selector);
    if (r == OP_NEXT)
        r = frame_push(c, &stack, k->bytes, k->from->next_rip);
    if (r == OP_NEXT && far_beyond(c, &k->cs, k->offset))
        r = cpu_gp0(c);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &k->cs);
    if (r == OP_NEXT && k->cpl < c->state.cpl)
        r = segment_set_accessed(c, &stack.ss);
    if (r != OP_NEXT)
        return r;
    frame_stack_use(c, &stack);
    c->state.cpl = (uint8_t)k->cpl;
    return far_enter(c, &k->cs, k->offset);
}

static enum op_result jump(struct cpu *c, struct call *k)
{
    enum op_result r;

    if (far_beyond(c, &k->cs, k->offset))
        return cpu_gp0(c);
    r = segment_set_accessed(c, &k->cs);
    return r == OP_NEXT ? far_enter(c, &k->cs, k->offset) : r;
}

static enum op_result through_call_gate(struct cpu *c,
                                        const struct far_target *t,
                                        const uint64_t gate[2])
{
    bool wide = cpu_long_mode(c);
    bool is_32 = descriptor_type(gate[0]) & DESC_32_BIT;
    struct call k = {.from = t,
                     .selector = gate_selector(gate[0]),
                     .offset = gate_offset(gate[0]) | gate[1] << 32,
                     .bytes = is_32 ? 4 : 2,
                     .parameters = wide ? 0 : gate[0] >> 32 & 0x1f};
    enum op_result r;

    if (wide)
        k.bytes = 8;
    else if (!is_32)
        k.offset &= 0xffff;
    r = check_target(c, &k);
    if (r != OP_NEXT)
        return r;
    if (!t->call)
        return jump(c, &k);
    return wide ? call_wide(c, &k) : call_segmented(c, &k);
}

static enum op_result to_task(struct cpu *c, const struct far_target *t,
                              uint16_t selector)
{
    return task_switch(
        c, &(struct task_request){.selector = selector,
                                  .source = t->call ? TASK_CALL : TASK_JMP,
                                  .next_rip = t->next_rip,
                                  .rflags = cpu_rflags(c)});
}

enum op_result far_through_system(struct cpu *c, const struct far_target *t)
{
    uint64_t d[2];
    unsigned type;
    enum op_result r = descriptor_read(c, t->selector, VECTOR_GP, d);

    if (r != OP_NEXT)
        return r;
    type = descriptor_type(d[0]);
    if (cpu_long_mode(c)) {
        if (type != DESC_CALL_GATE)
            return refuse(c, t->selector, VECTOR_GP);
        r = check_access(c, t, d[0]);
        if (r == OP_NEXT)
            r = descriptor_read_wide(c, t->selector, VECTOR_GP, d);
        return r == OP_NEXT ? through_call_gate(c, t, d) : r;
    }
    d[1] = 0;
    switch ((enum descriptor_type)type) {
    case DESC_CALL_GATE:
    case DESC_CALL_GATE16:
        r = check_access(c, t, d[0]);
        return r == OP_NEXT ? through_call_gate(c, t, d) : r;
    case DESC_TASK_GATE:
        r = check_access(c, t, d[0]);
        return r == OP_NEXT ? to_task(c, t, gate_selector(d[0])) : r;
    case DESC_TSS_AVAILABLE:
    case DESC_TSS16_AVAILABLE:
        r = check_access(c, t, d[0]);
        return r == OP_NEXT ? to_task(c, t, t->selector) : r;
    case DESC_LDT:
    case DESC_TSS16_BUSY:
    case DESC_TSS_BUSY:
    case DESC_INTERRUPT_GATE16:
    case DESC_INTERRUPT_GATE:
    case DESC_TRAP_GATE16:
    case DESC_TRAP_GATE:
        break;
    }
    return refuse(c, t->selector, VECTOR_GP);
}
