/*
 * exec_far_return.c - far RET and IRET, to the same or an outer level, to
 * virtual-8086 mode, to the task before.
 *
 * Hardware  Intel SDM vol. 2, "RET", "IRET/IRETD/IRETQ"; vol. 3, "IRET in
 *           IA-32e Mode", "Entering Virtual-8086 Mode".
 */
#include "sim/cpu/access.h"
#include "sim/cpu/far.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/stack.h"
#include "sim/cpu/task.h"
#include "sim/cpu/timing_model.h"

/* What IRET and far RET pop. */
struct frame {
    uint64_t rip, cs, rflags, rsp, ss;
    unsigned bytes; /* of a word */
    bool stack_too; /* rsp and ss were popped */
    bool iret;
};

/*
 * SS for a return to privilege cpl; null is legal for 64-bit kernels.  One that
 * is not present is #SS to RET, #NP to IRET.
 */
static enum op_result return_stack(struct cpu *c, const struct frame *f,
                                   unsigned cpl, bool to_64,
                                   struct segment *out)
{
    uint16_t selector = (uint16_t)f->ss;
    enum op_result r;

    if (selector_null(selector)) {
        if (!to_64 || cpl == 3 || (selector & 3) != cpl)
            return cpu_gp0(c);
        *out =
            (struct segment){.selector = selector,
                             .attributes = (uint16_t)(cpl << SEGA_DPL_SHIFT)};
        return OP_NEXT;
    }
    r = segment_check_stack(c, selector, cpl, VECTOR_GP, out);
    if (r == OP_FAULT && f->iret && c->fault.vector == VECTOR_SS)
        c->fault.vector = VECTOR_NP;
    return r;
}

/* A stack that is not 64 bits wide keeps what it cannot reach of rSP. */
static uint64_t new_pointer(const struct cpu *c, const struct segment *ss,
                            uint64_t pointer, bool to_64)
{
    if (to_64)
        return pointer;
    if (ss->attributes & SEGA_D)
        return (uint32_t)pointer;
    return (c->state.gpr[REG_RSP] & ~(uint64_t)0xffff) | (uint16_t)pointer;
}

/* Returns to an equal or outer level of protected or IA-32e mode. */
static enum op_result return_far(struct cpu *c, const struct frame *f)
{
    unsigned cpl = f->cs & 3, old = c->state.cpl;
    struct segment cs, ss = c->state.seg[SEG_SS];
    bool to_64;
    enum op_result r;

    if (selector_null((uint16_t)f->cs))
        return cpu_gp0(c);
    if (cpl < old)
        return cpu_fault_error(c, VECTOR_GP, selector_error((uint16_t)f->cs));
    r = segment_load_code(c, (uint16_t)f->cs, cpl, &cs);
    if (r != OP_NEXT)
        return r;
    to_64 = cpu_long_mode(c) && (cs.attributes & SEGA_L);
    if (f->stack_too) {
        r = return_stack(c, f, cpl, to_64, &ss);
        if (r != OP_NEXT)
            return r;
    }
    if (far_beyond(c, &cs, f->rip))
        return cpu_gp0(c);
    r = segment_set_accessed(c, &cs);
    if (r == OP_NEXT && f->stack_too)
        r = segment_set_accessed(c, &ss);
    if (r != OP_NEXT)
        return r;
    if (f->stack_too)
        c->state.gpr[REG_RSP] = new_pointer(c, &ss, f->rsp, to_64);
    else
        stack_set(c, f->rsp); /* as wide as it was, whatever the new code is */
    c->state.seg[SEG_CS] = cs;
    c->state.seg[SEG_SS] = ss;
    c->state.rip = f->rip;
    c->state.cpl = (uint8_t)cpl;
    if (cpl > old)
        segment_drop_inner(c);
    return OP_NEXT;
}

/* Real and virtual-8086 mode. */
static enum op_result return_paragraph(struct cpu *c, const struct frame *f)
{
    if (f->rip > c->state.seg[SEG_CS].limit)
        return cpu_gp0(c);
    segment_load_paragraph(c, SEG_CS, (uint16_t)f->cs);
    c->state.rip = f->rip;
    stack_set(c, f->rsp);
    return OP_NEXT;
}

enum op_result exec_ret_far(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->width;
    struct frame f = {.bytes = bytes};
    enum op_result r = stack_read(c, 0, bytes, &f.rip);

    if (r == OP_NEXT)
        r = stack_read(c, bytes, bytes, &f.cs);
    if (r != OP_NEXT)
        return r;
    f.rsp = stack_pointer(c, 2 * bytes + op->imm);
    f.stack_too = !cpu_uses_paragraphs(c) && (f.cs & 3) > c->state.cpl;
    if (f.stack_too) {
        r = stack_read(c, 2 * bytes + op->imm, bytes, &f.rsp);
        if (r == OP_NEXT)
            r = stack_read(c, 3 * bytes + op->imm, bytes, &f.ss);
        f.rsp += op->imm;
    }
    if (r == OP_NEXT)
        r = cpu_uses_paragraphs(c) ? return_paragraph(c, &f)
                                   : return_far(c, &f);
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
    if (bytes > 2 && (c->mode & MODE_BREAK)) /* else nobody can see it */
        change |= RFLAGS_RF;
    if (c->state.cpl <= (c->state.rflags >> 12 & 3))
        change |= RFLAGS_IF;
    if (c->state.cpl == 0) {
        change |= RFLAGS_IOPL;
        if (bytes > 2)
            change |= RFLAGS_VIF | RFLAGS_VIP;
    }
    return change;
}

static enum op_result pop_words(struct cpu *c, const struct frame *f,
                                unsigned from, unsigned n,
                                uint64_t *const *part)
{
    enum op_result r = OP_NEXT;

    for (unsigned i = 0; i < n && r == OP_NEXT; i++)
        r = stack_read(c, (uint64_t)(from + i) * f->bytes, f->bytes, part[i]);
    return r;
}

static enum op_result read_frame(struct cpu *c, struct frame *f)
{
    uint64_t *const first[] = {&f->rip, &f->cs, &f->rflags};
    uint64_t *const second[] = {&f->rsp, &f->ss};
    enum op_result r = pop_words(c, f, 0, 3, first);

    if (r != OP_NEXT)
        return r;
    f->rsp = stack_pointer(c, 3 * f->bytes);
    f->stack_too = !cpu_uses_paragraphs(c) &&
                   ((c->mode & MODE_64) || (f->cs & 3) > c->state.cpl);
    return f->stack_too ? pop_words(c, f, 3, 2, second) : OP_NEXT;
}

/* The flags come last: they decide about the mode. */
static enum op_result finish(struct cpu *c, const struct frame *f,
                             uint64_t change)
{
    cpu_set_rflags(c, (cpu_rflags(c) & ~change) | (f->rflags & change));
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.iret_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}

/* From CPL 0 with VM set in the image: nine words in all. */
static enum op_result return_to_v86(struct cpu *c, struct frame *f)
{
    static const enum cpu_seg order[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    uint64_t selector[4];
    uint64_t *const more[] = {&f->rsp,      &f->ss,       &selector[0],
                              &selector[1], &selector[2], &selector[3]};
    uint64_t all = iret_change(c, 4) | RFLAGS_VM | RFLAGS_IF;
    enum op_result r = pop_words(c, f, 3, 6, more);

    if (r != OP_NEXT)
        return r;
    if (f->rip > 0xffff)
        return cpu_gp0(c);
    cpu_set_rflags(c, cpu_rflags(c) | RFLAGS_VM);
    c->state.cpl = 3;
    cpu_mode_changed(c);
    segment_load_paragraph(c, SEG_CS, (uint16_t)f->cs);
    segment_load_paragraph(c, SEG_SS, (uint16_t)f->ss);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        segment_load_paragraph(c, order[i], (uint16_t)selector[i]);
    c->state.rip = f->rip;
    c->state.gpr[REG_RSP] = (uint32_t)f->rsp;
    return finish(c, f, all);
}

static bool is_v86_frame(const struct cpu *c, const struct frame *f)
{
    return (f->rflags & RFLAGS_VM) && f->bytes == 4 && c->state.cpl == 0 &&
           !cpu_uses_paragraphs(c) && !cpu_long_mode(c);
}

/* Bit of an EPT violation's exit qualification. */
enum { QUALIFICATION_UNBLOCKING = 1 << 12 };

static enum op_result iret(struct cpu *c, const struct op *op)
{
    struct frame f = {.bytes = op->width, .iret = true};
    bool v86 = c->mode & MODE_V86;
    uint64_t change;
    enum op_result r;

    if (v86 && (c->state.rflags & RFLAGS_IOPL) != RFLAGS_IOPL)
        return cpu_gp0(c);
    c->state.nmi_blocked = false;
    if (!cpu_uses_paragraphs(c) && (c->state.rflags & RFLAGS_NT))
        return cpu_long_mode(c) ? cpu_gp0(c)
                                : task_return(c, c->block_rip + op->end);
    r = read_frame(c, &f);
    if (r != OP_NEXT)
        return r;
    if (is_v86_frame(c, &f))
        return return_to_v86(c, &f);
    change = iret_change(c, op->width);
    if (v86)
        change &= ~RFLAGS_IOPL;
    r = cpu_uses_paragraphs(c) ? return_paragraph(c, &f) : return_far(c, &f);
    return r == OP_NEXT ? finish(c, &f, change) : r;
}

/*
 * One that faults or exits has let NMIs in all the same: a hypervisor that
 * lets it run again must know (SDM vol. 3, "NMI unblocking due to IRET").
 */
enum op_result exec_iret(struct cpu *c, const struct op *op)
{
    bool blocked = c->state.nmi_blocked;
    enum op_result r = iret(c, op);
    bool unblocked = blocked && !c->state.nmi_blocked;

    if (r == OP_FAULT)
        c->fault.unblocks_nmi = unblocked;
    if (r != OP_EVENT || c->event.kind != CPU_EVENT_EXIT)
        return r;
    c->event.exit.nmi_unblocking = unblocked;
    if (unblocked && c->event.exit.reason == VMEXIT_EPT_VIOLATION)
        c->event.exit.qualification |= QUALIFICATION_UNBLOCKING;
    return r;
}
