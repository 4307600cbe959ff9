/*
 * task.c - task switches; see task.h.
 */
#include "sim/cpu/task.h"

#include "sim/cpu/access.h"
#include "sim/cpu/debug.h"
#include "sim/cpu/frame.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

enum { TSS32_BYTES = 104, TSS16_BYTES = 44, TASK_WORDS = 26 };

/* Where the fields of a TSS are: all of one size, in one order. */
struct tss_form {
    unsigned field_bytes; /* of eIP, eFLAGS, the registers, the selectors */
    unsigned ip_at;       /* eIP, eFLAGS, eight registers, selectors */
    unsigned selectors;   /* 6, or 4 without FS and GS */
    unsigned ldt_at;
    unsigned bytes; /* the least legal size */
};

static const struct tss_form form32 = {4, 0x20, 6, 0x60, TSS32_BYTES};
static const struct tss_form form16 = {2, 0x0e, 4, 0x2a, TSS16_BYTES};

static const struct tss_form *form_of(const struct segment *tss)
{
    return tss->attributes & DESC_32_BIT ? &form32 : &form16;
}

/* A switch that is under way. */
struct task_change {
    const struct task_request *request;
    struct segment tss; /* of the new task */
    uint8_t image[TSS32_BYTES];
};

static uint32_t field(const struct task_change *t, unsigned at, unsigned bytes)
{
    uint32_t value = 0;

    memcpy(&value, t->image + at, bytes);
    return value;
}

static enum op_result refuse(struct cpu *c, const struct task_request *q,
                             uint8_t vector)
{
    return cpu_fault_error(c, vector, selector_error(q->selector));
}

/* The new TSS's descriptor: busy for IRET, available otherwise. */
static enum op_result find_task(struct cpu *c, struct task_change *t)
{
    const struct task_request *q = t->request;
    uint8_t vector = q->source == TASK_IRET ? VECTOR_TS : VECTOR_GP;
    unsigned want = q->source == TASK_IRET ? DESC_BUSY_BIT : 0, type;
    uint64_t descriptor;
    enum op_result r;

    if ((q->selector & 4) || selector_null(q->selector))
        return refuse(c, q, vector);
    r = descriptor_read(c, q->selector, vector, &descriptor);
    if (r != OP_NEXT)
        return r;
    t->tss = segment_decode(q->selector, descriptor);
    type = descriptor_type(descriptor);
    if ((type | DESC_32_BIT) != (DESC_TSS_AVAILABLE | want))
        return refuse(c, q, vector);
    if (!descriptor_present(descriptor))
        return refuse(c, q, VECTOR_NP);
    if (t->tss.limit < form_of(&t->tss)->bytes - 1)
        return refuse(c, q, VECTOR_TS);
    return OP_NEXT;
}

/* Sets or clears the busy bit of a TSS descriptor in the GDT. */
static enum op_result set_busy(struct cpu *c, uint16_t selector, bool busy)
{
    uint64_t descriptor;
    enum op_result r = descriptor_read(c, selector, VECTOR_TS, &descriptor);
    unsigned type;

    if (r != OP_NEXT)
        return r;
    type = (unsigned)(descriptor >> 40 & 0xff & ~(unsigned)DESC_BUSY_BIT);
    return descriptor_write_type(c, selector,
                                 (uint8_t)(type | (busy ? DESC_BUSY_BIT : 0)));
}

/* The old task's registers, in the order of its TSS from eIP on. */
static unsigned gather(const struct cpu *c, const struct task_request *q,
                       const struct tss_form *f, uint32_t *words)
{
    unsigned n = 0;
    uint64_t rflags = q->rflags;

    if (q->source == TASK_IRET)
        rflags &= ~RFLAGS_NT;
    words[n++] = (uint32_t)q->next_rip;
    words[n++] = (uint32_t)rflags;
    for (unsigned i = 0; i < 8; i++)
        words[n++] = (uint32_t)c->state.gpr[i];
    for (unsigned i = 0; i < f->selectors; i++)
        words[n++] = c->state.seg[i].selector;
    return n;
}

/* The upper halves of the selectors' fields stay as they are. */
static enum op_result save_old(struct cpu *c, const struct task_request *q)
{
    const struct tss_form *f = form_of(&c->state.tr);
    uint32_t words[TASK_WORDS];
    unsigned n = gather(c, q, f, words);
    uint64_t at = c->state.tr.base + f->ip_at;
    enum op_result r = OP_NEXT;

    for (unsigned i = 0; i < n && r == OP_NEXT; i++) {
        unsigned bytes = i < n - f->selectors ? f->field_bytes : 2;

        r = implicit_write(c, at + (uint64_t)i * f->field_bytes, bytes,
                           &words[i]);
    }
    return r;
}

/* All that may fault while the old task still owns the CPU. */
static enum op_result leave_old(struct cpu *c, struct task_change *t)
{
    const struct task_request *q = t->request;
    uint16_t link = c->state.tr.selector;
    enum op_result r =
        implicit_read(c, t->tss.base, form_of(&t->tss)->bytes, t->image);

    if (r == OP_NEXT)
        r = save_old(c, q);
    if (r == OP_NEXT && (q->source == TASK_JMP || q->source == TASK_IRET))
        r = set_busy(c, link, false);
    if (r == OP_NEXT && q->source != TASK_IRET)
        r = set_busy(c, q->selector, true);
    if (r == OP_NEXT && (q->source == TASK_CALL || q->source == TASK_GATE))
        r = implicit_write(c, t->tss.base, 2, &link);
    return r;
}

/* Registers and selectors; segments are not valid yet. */
static void take_registers(struct cpu *c, const struct task_change *t)
{
    const struct tss_form *f = form_of(&t->tss);
    unsigned at = f->ip_at, bytes = f->field_bytes;
    uint64_t rflags = field(t, at + bytes, bytes) & 0x3f7fd7;
    bool nested =
        t->request->source == TASK_CALL || t->request->source == TASK_GATE;

    c->state.rip = field(t, at, bytes);
    for (unsigned i = 0; i < 8; i++)
        c->state.gpr[i] = field(t, at + (2 + i) * bytes, bytes);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        uint16_t selector = 0;

        if (i < f->selectors)
            selector = (uint16_t)field(t, at + (10 + i) * bytes, 2);
        c->state.seg[i] = (struct segment){.selector = selector};
    }
    c->state.ldtr =
        (struct segment){.selector = (uint16_t)field(t, f->ldt_at, 2)};
    if (nested)
        rflags |= RFLAGS_NT;
    if (bytes == 2)
        rflags &= 0xffff;
    c->state.cpl = rflags & RFLAGS_VM ? 3 : c->state.seg[SEG_CS].selector & 3;
    c->state.rflags = rflags | RFLAGS_FIXED;
    flags_set(&c->flags, rflags);
}

static enum op_result load_ldt(struct cpu *c)
{
    uint16_t selector = c->state.ldtr.selector;
    uint64_t descriptor;
    enum op_result r;

    if (selector_null(selector))
        return OP_NEXT;
    if (selector & 4)
        return cpu_fault_error(c, VECTOR_TS, selector_error(selector));
    r = descriptor_read(c, selector, VECTOR_TS, &descriptor);
    if (r != OP_NEXT)
        return r;
    if (descriptor_type(descriptor) != DESC_LDT ||
        !descriptor_present(descriptor))
        return cpu_fault_error(c, VECTOR_TS, selector_error(selector));
    c->state.ldtr = segment_decode(selector, descriptor);
    return OP_NEXT;
}

/* #GP becomes #TS: the selector came from a TSS. */
static enum op_result of_task(struct cpu *c, enum op_result r)
{
    if (r == OP_FAULT && c->fault.vector == VECTOR_GP)
        c->fault.vector = VECTOR_TS;
    return r;
}

static enum op_result load_segments(struct cpu *c)
{
    static const enum cpu_seg data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    uint16_t cs = c->state.seg[SEG_CS].selector;
    uint16_t ss = c->state.seg[SEG_SS].selector;
    enum op_result r;

    if (selector_null(cs))
        return cpu_fault_error(c, VECTOR_TS, selector_error(cs));
    if (selector_null(ss))
        return cpu_fault_error(c, VECTOR_TS, selector_error(ss));
    r = segment_check_stack(c, ss, c->state.cpl, VECTOR_TS,
                            &c->state.seg[SEG_SS]);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &c->state.seg[SEG_SS]);
    if (r == OP_NEXT)
        r = segment_load_code(c, cs, c->state.cpl, &c->state.seg[SEG_CS]);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &c->state.seg[SEG_CS]);
    for (size_t i = 0; i < ARRAY_LEN(data) && r == OP_NEXT; i++)
        r = segment_load(c, data[i], c->state.seg[data[i]].selector);
    return of_task(c, r);
}

static void load_paragraphs(struct cpu *c)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        segment_load_paragraph(c, (enum cpu_seg)i, c->state.seg[i].selector);
}

static enum op_result push_error(struct cpu *c)
{
    const struct task_rest *rest = &c->task_rest;
    struct frame_stack stack = frame_stack_current(c);
    enum op_result r;

    if (rest->error_bytes == 0)
        return OP_NEXT;
    r = frame_push(c, &stack, rest->error_bytes, rest->error_code);
    if (r == OP_NEXT)
        frame_stack_use(c, &stack);
    return r;
}

/* All that needs the new task's address space; may begin again. */
static enum op_result load_new(struct cpu *c)
{
    enum op_result r = load_ldt(c);

    if (r == OP_NEXT && (c->state.rflags & RFLAGS_VM))
        load_paragraphs(c);
    else if (r == OP_NEXT)
        r = load_segments(c);
    cpu_mode_changed(c);
    if (r == OP_NEXT)
        r = push_error(c);
    if (r == OP_NEXT && c->state.rip > c->state.seg[SEG_CS].limit)
        r = cpu_gp0(c);
    return r;
}

/* OP_EVENT without one: the hypervisor has to load another root first. */
static enum op_result load_root(struct cpu *c)
{
    struct task_rest *rest = &c->task_rest;
    enum op_result r;

    if (!rest->loads_cr3)
        return OP_NEXT;
    r = of_task(c, control_switch_cr3(c, rest->cr3));
    if (r != OP_NEXT)
        return r;
    rest->loads_cr3 = false;
    return guest_mode(c) && c->control.shadow ? OP_EVENT : OP_NEXT;
}

enum op_result task_finish(struct cpu *c)
{
    enum op_result r = load_root(c);

    if (r == OP_NEXT)
        r = load_new(c);
    c->task_rest.due =
        r == OP_EVENT ||
        (r == OP_FAULT &&
         guest_exception_exits(c, c->fault.vector, c->fault.error_code));
    cpu_mode_changed(c);
    return r == OP_NEXT ? OP_BRANCH : r;
}

/* The new task owns the CPU: what still can fault is its own affair. */
static void enter_new(struct cpu *c, const struct task_change *t)
{
    bool is_32 = form_of(&t->tss) == &form32;
    unsigned error_bytes = form_of(&t->tss)->field_bytes;

    c->task_rest = (struct task_rest){
        .loads_cr3 = is_32 && (c->state.cr0 & CR0_PG),
        .cr3 = field(t, 0x1c, 4),
        .error_bytes = t->request->has_error ? (uint8_t)error_bytes : 0,
        .error_code = t->request->error_code};
    take_registers(c, t);
    cpu_mode_changed(c);
    c->late_fault = task_finish(c) == OP_FAULT && !c->task_rest.due;
    if (c->late_fault)
        c->late = c->fault;
    if (is_32 && (field(t, 0x64, 2) & 1))
        c->state.pending_debug |= DR6_BT;
}

enum op_result task_switch(struct cpu *c, const struct task_request *q)
{
    struct task_change t = {.request = q};
    enum op_result r = find_task(c, &t);

    if (r != OP_NEXT)
        return r;
    if (guest_intercepts(c)) {
        c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
        c->event.exit.reason = VMEXIT_TASK_SWITCH;
        c->event.exit.qualification = q->selector | (uint64_t)q->source << 30;
        return OP_EVENT;
    }
    r = leave_old(c, &t);
    if (r != OP_NEXT)
        return r;
    c->state.tr = t.tss;
    c->state.tr.attributes |= DESC_BUSY_BIT;
    c->state.cr0 |= CR0_TS;
    c->state.dr[7] &= ~DR7_LOCAL;
    enter_new(c, &t);
    c->step_lost = true;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.cr3_write_cycles + c->config.exception_cycles);
    return OP_BRANCH;
}

enum op_result task_return(struct cpu *c, uint64_t next_rip)
{
    uint64_t link;
    enum op_result r = task_field(c, 0, 2, &link);

    if (r != OP_NEXT)
        return r;
    return task_switch(c, &(struct task_request){.selector = (uint16_t)link,
                                                 .source = TASK_IRET,
                                                 .next_rip = next_rip,
                                                 .rflags = cpu_rflags(c)});
}
