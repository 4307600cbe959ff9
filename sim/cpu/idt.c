/*
 * idt.c - delivery through the IDT.
 *
 * Hardware  Intel SDM vol. 3, "Interrupt and Exception Handling", "64-Bit Mode
 *           Interrupt and Exception Handling", "Interrupt Stack Table", "Error
 *           Code", "Interrupt and Exception Handling in Virtual-8086 Mode".
 * Model     the gate, the code descriptor and the stack pointers are read, and
 *           the frame is written, through the MMU, before any register
 *           changes.  Real mode's table is in idt_real.c, task gates in task.c.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/frame.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/task.h"

enum {
    ERROR_EXT = 1, /* error-code bits of #GP, #NP, #TS, #SS here */
    ERROR_IDT = 2,
};

/* A gate, and what is known of its target so far. */
struct entry {
    uint16_t selector;
    uint64_t offset;
    unsigned type, dpl, ist;
    bool present;
    bool wide;      /* IA-32e mode's gate and frame */
    unsigned bytes; /* of a word of the frame: 2, 4, 8 */
    struct segment cs;
    unsigned cpl;
    uint64_t rsp; /* wide */
    struct frame_stack stack;
};

/* INT n, INT3, INTO: the gate's privilege counts, and EXT is clear. */
static bool asked_by_program(const struct delivery *d)
{
    return d->kind == INJECT_SOFTWARE || d->kind == INJECT_SOFTWARE_EXCEPTION;
}

static uint32_t gate_error(const struct delivery *d)
{
    return (uint32_t)d->vector << 3 | ERROR_IDT;
}

static enum op_result read_gate(struct cpu *c, const struct delivery *d,
                                struct entry *e)
{
    unsigned bytes = e->wide ? 16 : 8;
    unsigned at = d->vector * bytes;
    uint64_t gate[2] = {0, 0};
    enum op_result r;

    if (at + bytes - 1 > c->state.idtr.limit)
        return cpu_fault_error(c, VECTOR_GP, gate_error(d));
    r = implicit_read(c, c->state.idtr.base + at, bytes, gate);
    if (r != OP_NEXT)
        return r;
    e->selector = gate_selector(gate[0]);
    e->type = descriptor_type(gate[0]);
    e->dpl = descriptor_dpl(gate[0]);
    e->present = descriptor_present(gate[0]);
    e->ist = e->wide ? gate[0] >> 32 & 7 : 0;
    e->bytes = e->type & DESC_32_BIT ? 4 : 2;
    if (e->wide)
        e->bytes = 8;
    e->offset = gate_offset(gate[0]) | gate[1] << 32;
    if (e->bytes == 2)
        e->offset &= 0xffff;
    return OP_NEXT;
}

static bool type_legal(const struct entry *e)
{
    if (e->type == DESC_INTERRUPT_GATE || e->type == DESC_TRAP_GATE)
        return true;
    return !e->wide &&
           (e->type == DESC_INTERRUPT_GATE16 || e->type == DESC_TRAP_GATE16 ||
            e->type == DESC_TASK_GATE);
}

static enum op_result check_gate(struct cpu *c, const struct delivery *d,
                                 const struct entry *e)
{
    if (!type_legal(e))
        return cpu_fault_error(c, VECTOR_GP, gate_error(d));
    if (asked_by_program(d) && e->dpl < c->state.cpl)
        return cpu_fault_error(c, VECTOR_GP, gate_error(d));
    if (!e->present)
        return cpu_fault_error(c, VECTOR_NP, gate_error(d));
    return OP_NEXT;
}

static enum op_result load_target(struct cpu *c, struct entry *e)
{
    uint32_t error = selector_error(e->selector);
    bool v86 = c->state.rflags & RFLAGS_VM;
    uint64_t descriptor;
    unsigned a;
    enum op_result r;

    if (selector_null(e->selector))
        return cpu_fault_error(c, VECTOR_GP, 0);
    r = descriptor_read(c, e->selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    e->cs = segment_decode(e->selector, descriptor);
    a = e->cs.attributes;
    e->cpl = segment_dpl(e->cs.attributes);
    if (!(a & SEGA_S) || !(a & SEGA_CODE) || e->cpl > c->state.cpl)
        return cpu_fault_error(c, VECTOR_GP, error);
    if (e->wide && (!(a & SEGA_L) || (a & SEGA_D)))
        return cpu_fault_error(c, VECTOR_GP, error);
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, error);
    if (a & SEGA_CONFORMING)
        e->cpl = c->state.cpl;
    if (v86 && e->cpl != 0)
        return cpu_fault_error(c, VECTOR_GP, error);
    e->cs.selector = (uint16_t)((e->selector & ~3u) | e->cpl);
    return OP_NEXT;
}

static enum op_result choose_stack(struct cpu *c, struct entry *e)
{
    enum op_result r = OP_NEXT;

    if (!e->wide) {
        e->stack = frame_stack_current(c);
        return e->cpl < c->state.cpl ? frame_stack_inner(c, e->cpl, &e->stack)
                                     : OP_NEXT;
    }
    e->rsp = c->state.gpr[REG_RSP];
    if (e->ist != 0)
        r = task_field(c, 0x1c + 8 * e->ist, 8, &e->rsp);
    else if (e->cpl < c->state.cpl)
        r = task_field(c, 4 + 8 * e->cpl, 8, &e->rsp);
    if (r == OP_NEXT && !cpu_canonical(c, e->rsp))
        return cpu_fault_error(c, VECTOR_SS, 0);
    return r;
}

static enum op_result check_offset(struct cpu *c, const struct entry *e)
{
    if (e->wide ? !cpu_canonical(c, e->offset) : e->offset > e->cs.limit)
        return cpu_fault_error(c, VECTOR_GP, 0);
    return OP_NEXT;
}

uint64_t delivery_flags(const struct cpu *c, const struct delivery *d)
{
    bool fault = d->kind == INJECT_EXCEPTION && d->vector != VECTOR_DB &&
                 d->vector != VECTOR_BP && d->vector != VECTOR_OF &&
                 d->vector != VECTOR_DF && d->vector != VECTOR_MC;

    return cpu_rflags(c) | (fault ? RFLAGS_RF : 0);
}

uint64_t delivery_return(const struct cpu *c, const struct delivery *d)
{
    bool after = d->kind == INJECT_SOFTWARE ||
                 d->kind == INJECT_SOFTWARE_EXCEPTION ||
                 d->kind == INJECT_PRIVILEGED_SOFTWARE;

    return c->state.rip + (after ? d->length : 0u);
}

static enum op_result push_frame_wide(struct cpu *c, const struct delivery *d,
                                      struct entry *e)
{
    uint64_t frame[6], *at = frame;

    if (d->has_error)
        *at++ = d->error_code;
    *at++ = delivery_return(c, d);
    *at++ = c->state.seg[SEG_CS].selector;
    *at++ = delivery_flags(c, d);
    *at++ = c->state.gpr[REG_RSP];
    *at++ = c->state.seg[SEG_SS].selector;
    e->rsp = (e->rsp & ~(uint64_t)15) - (uint64_t)(at - frame) * 8;
    return frame_write(c, e->rsp, (unsigned)(at - frame) * 8, frame, e->cpl);
}

static enum op_result push_frame(struct cpu *c, const struct delivery *d,
                                 struct entry *e)
{
    const struct segment *seg = c->state.seg;
    uint64_t frame[10];
    unsigned n = 0;
    enum op_result r = OP_NEXT;

    if (c->state.rflags & RFLAGS_VM) {
        frame[n++] = seg[SEG_GS].selector;
        frame[n++] = seg[SEG_FS].selector;
        frame[n++] = seg[SEG_DS].selector;
        frame[n++] = seg[SEG_ES].selector;
    }
    if (e->cpl < c->state.cpl) {
        frame[n++] = seg[SEG_SS].selector;
        frame[n++] = c->state.gpr[REG_RSP];
    }
    frame[n++] = delivery_flags(c, d);
    frame[n++] = seg[SEG_CS].selector;
    frame[n++] = delivery_return(c, d);
    if (d->has_error)
        frame[n++] = d->error_code;
    for (unsigned i = 0; i < n && r == OP_NEXT; i++)
        r = frame_push(c, &e->stack, e->bytes, frame[i]);
    return r;
}

static void use_stack(struct cpu *c, const struct entry *e)
{
    if (!e->wide) {
        frame_stack_use(c, &e->stack);
        return;
    }
    c->state.gpr[REG_RSP] = e->rsp;
    if (e->cpl == c->state.cpl)
        return;
    c->state.seg[SEG_SS] =
        (struct segment){.selector = (uint16_t)e->cpl,
                         .attributes = (uint16_t)(e->cpl << SEGA_DPL_SHIFT)};
}

static void drop_v86_segments(struct cpu *c)
{
    static const enum cpu_seg data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

    for (size_t i = 0; i < ARRAY_LEN(data); i++)
        c->state.seg[data[i]] = (struct segment){0};
}

static void enter_handler(struct cpu *c, const struct entry *e)
{
    bool off =
        e->type == DESC_INTERRUPT_GATE || e->type == DESC_INTERRUPT_GATE16;
    uint64_t clear = RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM;

    use_stack(c, e);
    if (c->state.rflags & RFLAGS_VM)
        drop_v86_segments(c);
    if (off)
        clear |= RFLAGS_IF;
    c->state.rflags &= ~clear;
    c->state.seg[SEG_CS] = e->cs;
    c->state.rip = e->offset;
    c->state.cpl = (uint8_t)e->cpl;
    cpu_mode_changed(c);
}

static enum op_result through_task(struct cpu *c, const struct delivery *d,
                                   const struct entry *e)
{
    return task_switch(c, &(struct task_request){
                              .selector = e->selector,
                              .source = TASK_GATE,
                              .next_rip = delivery_return(c, d),
                              .rflags = delivery_flags(c, d),
                              .has_error = d->has_error,
                              .error_code = d->error_code,
                          });
}

static enum op_result through_gate(struct cpu *c, const struct delivery *d,
                                   struct entry *e)
{
    enum op_result r = read_gate(c, d, e);

    if (r == OP_NEXT)
        r = check_gate(c, d, e);
    if (r != OP_NEXT)
        return r;
    if (e->type == DESC_TASK_GATE)
        return through_task(c, d, e);
    r = load_target(c, e);
    if (r == OP_NEXT)
        r = choose_stack(c, e);
    if (r == OP_NEXT)
        r = check_offset(c, e);
    if (r == OP_NEXT)
        r = e->wide ? push_frame_wide(c, d, e) : push_frame(c, d, e);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &e->cs);
    if (r == OP_NEXT && !e->wide && e->cpl < c->state.cpl)
        r = segment_set_accessed(c, &e->stack.ss);
    if (r != OP_NEXT)
        return r;
    enter_handler(c, e);
    return OP_BRANCH;
}

enum op_result idt_deliver(struct cpu *c, const struct delivery *d)
{
    struct entry e = {.wide = cpu_long_mode(c)};
    enum op_result r;

    if (!(c->state.cr0 & CR0_PE))
        return idt_deliver_real(c, d);
    r = through_gate(c, d, &e);
    if (r != OP_FAULT)
        return r;
    if (c->fault.address)
        c->fault.vector = VECTOR_SS;
    if (c->fault.vector != VECTOR_PF && !asked_by_program(d))
        c->fault.error_code |= ERROR_EXT;
    return r;
}
