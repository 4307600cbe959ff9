/*
 * exception.c - who handles an exception, and what if that fails.
 *
 * Hardware  Intel SDM vol. 3, "Interrupt and Exception Handling": "Conditions
 *           for Generating a Double Fault", table "Interrupt and Exception
 *           Classes"; "VM Exits Induced by Exceptions", "Information for VM
 *           Exits That Occur During Event Delivery".
 */
#include "sim/cpu/exception.h"

#include "sim/cpu/debug.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

enum exception_class { CLASS_BENIGN, CLASS_CONTRIBUTORY, CLASS_PAGE_FAULT };

static enum exception_class class_of(const struct delivery *d)
{
    if (d->kind != INJECT_EXCEPTION)
        return CLASS_BENIGN;
    switch (d->vector) {
    case VECTOR_DE:
    case VECTOR_TS:
    case VECTOR_NP:
    case VECTOR_SS:
    case VECTOR_GP:
        return CLASS_CONTRIBUTORY;
    case VECTOR_PF:
        return CLASS_PAGE_FAULT;
    }
    return CLASS_BENIGN;
}

static bool is_double(const struct delivery *first,
                      const struct delivery *second)
{
    enum exception_class a = class_of(first), b = class_of(second);

    if (a == CLASS_CONTRIBUTORY)
        return b == CLASS_CONTRIBUTORY;
    return a == CLASS_PAGE_FAULT && b != CLASS_BENIGN;
}

static struct delivery of_fault(const struct fault *f)
{
    return (struct delivery){.kind = INJECT_EXCEPTION,
                             .vector = f->vector,
                             .has_error = f->has_error,
                             .error_code = f->error_code,
                             .cr2 = f->cr2,
                             .dr6 = f->dr6,
                             .unblocks_nmi = f->unblocks_nmi};
}

static bool is_software(const struct delivery *d)
{
    return d->kind == INJECT_SOFTWARE ||
           d->kind == INJECT_PRIVILEGED_SOFTWARE ||
           d->kind == INJECT_SOFTWARE_EXCEPTION;
}

/* What was being delivered when an exit hit.  An access to the APIC's page says
 * that too: type 3 of its qualification. */
static void set_vectoring(struct cpu_exit *e, const struct delivery *d)
{
    if (e->reason == VMEXIT_APIC_ACCESS)
        e->qualification = (e->qualification & 0xfff) | 3u << 12;
    e->vectoring_valid = true;
    e->vectoring_vector = d->vector;
    e->vectoring_kind = (uint8_t)d->kind;
    e->vectoring_has_error = d->has_error;
    e->vectoring_error = d->error_code;
    if (is_software(d))
        e->length = d->length;
}

static enum op_result exit_exception(struct cpu *c, const struct delivery *d,
                                     const struct delivery *outer)
{
    c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
    c->event.exit.reason = VMEXIT_EXCEPTION;
    c->event.exit.vector = d->vector;
    c->event.exit.has_error = d->has_error;
    c->event.exit.error_code = d->error_code;
    if (d->vector == VECTOR_PF) {
        c->event.exit.qualification = d->cr2;
        c->event.exit.gva = gva(d->cr2);
    }
    if (d->vector == VECTOR_DB) /* DR6 is left for the hypervisor to set */
        c->event.exit.qualification = d->dr6;
    c->event.exit.nmi_unblocking = d->unblocks_nmi;
    if (outer)
        set_vectoring(&c->event.exit, outer);
    return OP_EVENT;
}

/* Ring 3 is left for the hypervisor's handler, through the real IDT. */
static enum op_result trap_exception(struct cpu *c, const struct delivery *d,
                                     uint8_t length)
{
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.exception_cycles);
    c->event = (struct cpu_event){.kind = CPU_EVENT_TRAP};
    c->event.trap.kind = is_software(d) ? TRAP_SOFTWARE : TRAP_EXCEPTION;
    c->event.trap.vector = d->vector;
    c->event.trap.has_error = d->has_error;
    c->event.trap.error_code = d->error_code;
    c->event.trap.cr2 = d->cr2;
    c->event.trap.length = length;
    return OP_EVENT;
}

static enum op_result triple_fault(struct cpu *c)
{
    c->event = (struct cpu_event){.kind = CPU_EVENT_SHUTDOWN};
    if (guest_mode(c)) {
        c->event.kind = CPU_EVENT_EXIT;
        c->event.exit.reason = VMEXIT_TRIPLE_FAULT;
    }
    return OP_EVENT;
}

static bool intercepted(const struct cpu *c, const struct delivery *d)
{
    return d->kind == INJECT_EXCEPTION &&
           guest_exception_exits(c, d->vector, d->error_code);
}

/* What follows for an event that reached its handler, counts and costs. */
static void delivered(struct cpu *c, const struct delivery *d)
{
    bool interrupt = d->kind == INJECT_INTERRUPT || d->kind == INJECT_NMI;

    c->state.interrupt_shadow = false;
    c->state.halted = false;
    c->step_lost = true;
    if (d->kind == INJECT_NMI)
        c->state.nmi_blocked = true;
    if (interrupt)
        counter_add(c->counters, COUNTER_GUEST_INTERRUPT, 1);
    if (d->kind == INJECT_EXCEPTION) {
        counter_add(c->counters, COUNTER_GUEST_EXCEPTION, 1);
        if (d->vector == VECTOR_PF)
            counter_add(c->counters, COUNTER_GUEST_FAULT, 1);
    }
    timing_serialize(&c->time, LEDGER_DELIVERY,
                     interrupt ? c->config.interrupt_cycles
                               : c->config.exception_cycles);
}

/*
 * Delivers *first and whatever its delivery raises; `checked`: the first one
 * is already known not to be intercepted (injected, or an interrupt).
 */
static enum op_result deliver_chain(struct cpu *c, const struct delivery *first,
                                    bool checked)
{
    struct delivery d = *first, outer = *first;
    bool nested = false;

    for (;;) {
        enum op_result r;

        if ((nested || !checked) && intercepted(c, &d))
            return exit_exception(c, &d, nested ? &outer : NULL);
        if (d.kind == INJECT_EXCEPTION && d.vector == VECTOR_MC &&
            !(c->state.cr4 & CR4_MCE))
            return triple_fault(c);
        if (d.kind == INJECT_EXCEPTION && d.vector == VECTOR_PF)
            c->state.cr2 = d.cr2;
        if (d.kind == INJECT_EXCEPTION && d.vector == VECTOR_DB && d.dr6)
            debug_record(&c->state, d.dr6);
        r = idt_deliver(c, &d);
        if (r == OP_BRANCH) {
            delivered(c, &d);
            return OP_BRANCH;
        }
        timing_abandon(&c->time);
        if (r == OP_EVENT) {
            if (c->event.kind == CPU_EVENT_EXIT)
                set_vectoring(&c->event.exit, &d);
            return OP_EVENT;
        }
        outer = d;
        d = of_fault(&c->fault);
        /* Intercepts come before two faults become a double fault. */
        if (intercepted(c, &d))
            return exit_exception(c, &d, &outer);
        if (d.kind == INJECT_EXCEPTION && outer.kind == INJECT_EXCEPTION &&
            outer.vector == VECTOR_DF)
            return triple_fault(c);
        if (is_double(&outer, &d)) {
            if (d.vector == VECTOR_PF) /* CR2 has the later address */
                c->state.cr2 = d.cr2;
            d = (struct delivery){.kind = INJECT_EXCEPTION,
                                  .vector = VECTOR_DF,
                                  .has_error = true};
        }
        nested = true;
    }
}

enum op_result exception_deliver(struct cpu *c, const struct delivery *d)
{
    if (c->control.virt == VIRT_DEPRIVED)
        return trap_exception(c, d, d->length);
    return deliver_chain(c, d, false);
}

enum op_result exception_raise(struct cpu *c, const struct op *op)
{
    struct delivery d;

    if (c->fault.address && op && (op->flags & OP_STACK))
        c->fault.vector = VECTOR_SS;
    d = of_fault(&c->fault);
    d.length = op ? op->length : 0;
    return exception_deliver(c, &d);
}

enum op_result exception_inject(struct cpu *c)
{
    struct delivery d = {
        .kind = (enum cpu_inject_kind)c->control.inject.kind,
        .vector = c->control.inject.vector,
        .has_error = c->control.inject.has_error,
        .error_code = c->control.inject.error_code,
        .length = c->control.inject.length,
        .cr2 = c->state.cr2, /* the hypervisor has set it */
    };

    c->control.inject.valid = false;
    c->task_rest.due = false; /* a fault of the rest, and the guest's own */
    return deliver_chain(c, &d, true);
}
