/*
 * idt.c - delivery through the IDT.
 *
 * Hardware  Intel SDM vol. 3, "64-Bit Mode Interrupt and Exception Handling",
 *           "Exception- or Interrupt-Handler Procedures", "Interrupt Stack
 *           Table", "Error Code".
 * Model     the gate, the code descriptor and the stack pointers are read, and
 *           the frame is written, through the MMU, before any register
 *           changes.
 * NOT MODELLED  task gates, 16-bit gates, V8086.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/segment.h"

enum {
    ERROR_EXT = 1, /* error-code bits of #GP, #NP, #TS, #SS here */
    ERROR_IDT = 2,
    GATE_INTERRUPT = 14,
    GATE_TRAP = 15,
};

/* A gate, and what is known of its target so far. */
struct entry {
    uint16_t selector;
    uint64_t offset;
    unsigned type, dpl, ist;
    bool present;
    bool legacy;  /* 32-bit gate and frame */
    uint32_t ext; /* ERROR_EXT unless INT n */
    struct segment cs;
    unsigned cpl;
    uint64_t rsp;
    uint16_t ss; /* legacy, if the stack changes */
};

static uint32_t gate_error(const struct delivery *d, const struct entry *e)
{
    return (uint32_t)d->vector << 3 | ERROR_IDT | e->ext;
}

static enum op_result read_gate(struct cpu *c, const struct delivery *d,
                                struct entry *e)
{
    unsigned bytes = e->legacy ? 8 : 16;
    unsigned at = d->vector * bytes;
    uint64_t gate[2] = {0, 0};
    enum op_result r;

    if (at + bytes - 1 > c->state.idtr.limit)
        return cpu_fault_error(c, VECTOR_GP, gate_error(d, e));
    r = implicit_read(c, c->state.idtr.base + at, bytes, gate);
    if (r != OP_NEXT)
        return r;
    e->selector = (uint16_t)(gate[0] >> 16);
    e->offset =
        (gate[0] & 0xffff) | (gate[0] >> 32 & 0xffff0000) | gate[1] << 32;
    e->type = gate[0] >> 40 & 0x1f;
    e->dpl = gate[0] >> 45 & 3;
    e->present = gate[0] >> 47 & 1;
    e->ist = e->legacy ? 0 : gate[0] >> 32 & 7;
    return OP_NEXT;
}

static enum op_result check_gate(struct cpu *c, const struct delivery *d,
                                 const struct entry *e)
{
    if (e->type != GATE_INTERRUPT && e->type != GATE_TRAP)
        return cpu_fault_error(c, VECTOR_GP, gate_error(d, e));
    if (d->kind == INJECT_SOFTWARE && e->dpl < c->state.cpl)
        return cpu_fault_error(c, VECTOR_GP, gate_error(d, e));
    if (!e->present)
        return cpu_fault_error(c, VECTOR_NP, gate_error(d, e));
    return OP_NEXT;
}

static enum op_result load_target(struct cpu *c, struct entry *e)
{
    uint32_t error = (e->selector & 0xfffcu) | e->ext;
    uint64_t descriptor;
    unsigned a;
    enum op_result r;

    if ((e->selector & ~3) == 0)
        return cpu_fault_error(c, VECTOR_GP, e->ext);
    r = descriptor_read(c, e->selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT) {
        if (c->fault.vector == VECTOR_GP)
            c->fault.error_code |= e->ext;
        return r;
    }
    e->cs = segment_decode(e->selector, descriptor);
    a = e->cs.attributes;
    e->cpl = segment_dpl(e->cs.attributes);
    if (!(a & SEGA_S) || !(a & SEGA_CODE) || e->cpl > c->state.cpl)
        return cpu_fault_error(c, VECTOR_GP, error);
    if (!e->legacy && (!(a & SEGA_L) || (a & SEGA_D)))
        return cpu_fault_error(c, VECTOR_GP, error);
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, error);
    if (a & SEGA_CONFORMING)
        e->cpl = c->state.cpl;
    e->cs.selector = (uint16_t)((e->selector & ~3u) | e->cpl);
    return OP_NEXT;
}

/* A field of the TSS. */
static enum op_result read_task(struct cpu *c, const struct entry *e,
                                unsigned offset, unsigned bytes, uint64_t *to)
{
    *to = 0;
    if (offset + bytes - 1 > c->state.tr.limit)
        return cpu_fault_error(c, VECTOR_TS,
                               (c->state.tr.selector & 0xfffcu) | e->ext);
    return implicit_read(c, c->state.tr.base + offset, bytes, to);
}

static enum op_result choose_stack(struct cpu *c, struct entry *e)
{
    uint64_t ss = 0;
    enum op_result r = OP_NEXT;

    e->rsp = c->state.gpr[REG_RSP];
    if (e->legacy && e->cpl < c->state.cpl) {
        r = read_task(c, e, 4 + 8 * e->cpl, 4, &e->rsp);
        if (r == OP_NEXT)
            r = read_task(c, e, 8 + 8 * e->cpl, 2, &ss);
        e->ss = (uint16_t)ss;
        return r;
    }
    if (e->legacy)
        return OP_NEXT;
    if (e->ist != 0)
        r = read_task(c, e, 0x1c + 8 * e->ist, 8, &e->rsp);
    else if (e->cpl < c->state.cpl)
        r = read_task(c, e, 4 + 8 * e->cpl, 8, &e->rsp);
    if (r == OP_NEXT && !cpu_canonical(c, e->rsp))
        return cpu_fault_error(c, VECTOR_SS, e->ext);
    return r;
}

/* RF in the pushed image is set for faults (SDM "RF"). */
static uint64_t pushed_flags(const struct cpu *c, const struct delivery *d)
{
    bool fault = d->kind == INJECT_EXCEPTION && d->vector != VECTOR_DB &&
                 d->vector != VECTOR_BP && d->vector != VECTOR_OF &&
                 d->vector != VECTOR_DF;

    return (cpu_rflags(c) & ~RFLAGS_RF) | (fault ? RFLAGS_RF : 0);
}

static uint64_t return_address(const struct cpu *c, const struct delivery *d)
{
    return c->state.rip + (d->kind == INJECT_SOFTWARE ? d->length : 0u);
}

static enum op_result push_frame_64(struct cpu *c, const struct delivery *d,
                                    struct entry *e)
{
    uint64_t frame[6], *at = frame;

    if (d->has_error)
        *at++ = d->error_code;
    *at++ = return_address(c, d);
    *at++ = c->state.seg[SEG_CS].selector;
    *at++ = pushed_flags(c, d);
    *at++ = c->state.gpr[REG_RSP];
    *at++ = c->state.seg[SEG_SS].selector;
    e->rsp = (e->rsp & ~(uint64_t)15) - (uint64_t)(at - frame) * 8;
    return implicit_write(c, e->rsp, (unsigned)(at - frame) * 8, frame);
}

static enum op_result push_frame_32(struct cpu *c, const struct delivery *d,
                                    struct entry *e)
{
    uint32_t frame[6], *at = frame;

    if (d->has_error)
        *at++ = d->error_code;
    *at++ = (uint32_t)return_address(c, d);
    *at++ = c->state.seg[SEG_CS].selector;
    *at++ = (uint32_t)pushed_flags(c, d);
    if (e->cpl < c->state.cpl) {
        *at++ = (uint32_t)c->state.gpr[REG_RSP];
        *at++ = c->state.seg[SEG_SS].selector;
    }
    e->rsp = (uint32_t)(e->rsp - (uint64_t)(at - frame) * 4);
    return implicit_write(c, (uint32_t)(c->state.seg[SEG_SS].base + e->rsp),
                          (unsigned)(at - frame) * 4, frame);
}

/* SS of the new level; in 64-bit mode it becomes null. */
static enum op_result switch_stack_segment(struct cpu *c, const struct entry *e)
{
    uint64_t descriptor;
    enum op_result r;

    if (e->cpl == c->state.cpl)
        return OP_NEXT;
    if (!e->legacy) {
        c->state.seg[SEG_SS] =
            (struct segment){.selector = (uint16_t)e->cpl,
                             .attributes = (uint16_t)(e->cpl << SEGA_DPL_SHIFT),
                             .limit = 0};
        return OP_NEXT;
    }
    r = descriptor_read(c, e->ss, VECTOR_TS, &descriptor);
    if (r == OP_NEXT)
        c->state.seg[SEG_SS] = segment_decode(e->ss, descriptor);
    return r;
}

static void enter_handler(struct cpu *c, const struct entry *e)
{
    uint64_t clear = RFLAGS_TF | RFLAGS_NT | RFLAGS_RF;

    if (e->type == GATE_INTERRUPT)
        clear |= RFLAGS_IF;
    c->state.rflags &= ~clear;
    c->state.gpr[REG_RSP] = e->rsp;
    c->state.seg[SEG_CS] = e->cs;
    c->state.rip = e->legacy ? (uint32_t)e->offset : e->offset;
    c->state.cpl = (uint8_t)e->cpl;
    c->state.interrupt_shadow = false;
    c->state.halted = false;
    cpu_mode_changed(c);
}

enum op_result idt_deliver(struct cpu *c, const struct delivery *d)
{
    struct entry e = {.legacy = !(c->state.efer & EFER_LMA),
                      .ext = d->kind == INJECT_SOFTWARE ? 0 : ERROR_EXT};
    enum op_result r = read_gate(c, d, &e);

    if (r == OP_NEXT)
        r = check_gate(c, d, &e);
    if (r == OP_NEXT)
        r = load_target(c, &e);
    if (r == OP_NEXT)
        r = choose_stack(c, &e);
    if (r == OP_NEXT && !e.legacy && !cpu_canonical(c, e.offset))
        r = cpu_fault_error(c, VECTOR_GP, e.ext);
    if (r == OP_NEXT)
        r = e.legacy ? push_frame_32(c, d, &e) : push_frame_64(c, d, &e);
    if (r == OP_NEXT)
        r = switch_stack_segment(c, &e);
    if (r != OP_NEXT) {
        if (r == OP_FAULT && c->fault.address)
            c->fault.vector = VECTOR_SS;
        return r;
    }
    enter_handler(c, &e);
    return OP_BRANCH;
}
