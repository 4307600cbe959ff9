#include "hypervisor-model/exit_note.h"

#include <string.h>

static struct exit_log *log_of(const struct vcpu *v)
{
    return v->vm->hv->exit_log;
}

/* A port, as far as one element of it says. */
static void note_port(struct exit_cause *to, const struct cpu_port *port)
{
    to->number = port->port;
    to->bytes = port->bytes;
    to->write = !port->in;
    to->string = port->string;
    if (to->write && port->data)
        memcpy(&to->value, port->data, port->bytes);
}

static void note_arguments(struct exit_cause *to, const struct cpu_state *s,
                           const enum cpu_reg *from, unsigned count)
{
    to->call = s->gpr[REG_RAX];
    to->argument_count = count;
    for (unsigned i = 0; i < count; i++)
        to->arguments[i] = s->gpr[from[i]];
}

/* KVM's registers for VMCALL (kvm_call.c); CPUID has ECX. */
static void note_call(struct exit_cause *to, const struct cpu_state *s)
{
    static const enum cpu_reg kvm[] = {REG_RBX, REG_RCX, REG_RDX, REG_RSI};
    static const enum cpu_reg cpuid[] = {REG_RCX};

    if (to->reason == VMEXIT_CPUID)
        note_arguments(to, s, cpuid, 1);
    else
        note_arguments(to, s, kvm, 4);
}

static void note_control(struct exit_cause *to, const struct cpu_state *s,
                         const struct cpu_exit *exit)
{
    to->number = exit->cr;
    to->write = exit->cr_write;
    if (exit->cr_write)
        to->value = s->gpr[exit->gpr % REG_COUNT];
}

static void note_cause(struct exit_cause *to, const struct cpu_state *s,
                       const struct cpu_exit *exit)
{
    switch (exit->reason) {
    case VMEXIT_EXCEPTION:
        to->vector = exit->vector;
        to->has_error = exit->has_error;
        to->error_code = exit->error_code;
        to->address = exit->vector == VECTOR_PF ? exit->qualification : 0;
        break;
    case VMEXIT_INVLPG:
        to->address = exit->qualification;
        break;
    case VMEXIT_EPT_VIOLATION:
    case VMEXIT_EPT_MISCONFIG:
        to->address = exit->gva.v;
        to->gpa = exit->gpa.v;
        break;
    case VMEXIT_CR_ACCESS:
        note_control(to, s, exit);
        break;
    case VMEXIT_IO:
        note_port(to, &exit->port);
        break;
    case VMEXIT_MSR_READ:
    case VMEXIT_MSR_WRITE:
        to->number = exit->msr.index;
        to->write = exit->msr.write;
        to->value = exit->msr.value;
        break;
    case VMEXIT_CPUID:
    case VMEXIT_VMCALL:
        note_call(to, s);
        break;
    default: /* the reason says it all, or the qualification does */
        break;
    }
}

static struct exit_entry entry_of(const struct vcpu *v, const struct cpu *c,
                                  enum vmexit reason)
{
    return (struct exit_entry){.begin_cycle = cpu_now(c),
                               .rip = cpu_state_peek(c)->rip,
                               .vcpu = v->id,
                               .cause = {.reason = reason}};
}

void exit_note_begin(struct vcpu *v, const struct cpu *c,
                     const struct cpu_exit *exit)
{
    struct exit_entry e;

    if (!log_of(v))
        return;
    e = entry_of(v, c, exit->reason);
    e.cause.qualification = exit->qualification;
    note_cause(&e.cause, cpu_state_peek(c), exit);
    exit_log_begin(log_of(v), &e, &v->counters);
}

void exit_note_trap(struct vcpu *v, const struct cpu *c, uint64_t rip,
                    enum vmexit reason, const struct cpu_trap *trap)
{
    /* Xen's registers for a hypercall, Linux's for a system call. */
    static const enum cpu_reg call[] = {REG_RDI, REG_RSI, REG_RDX,
                                        REG_R10, REG_R8,  REG_R9};
    struct exit_entry e;

    if (!log_of(v))
        return;
    e = entry_of(v, c, reason);
    e.rip = rip;
    if (trap && trap->kind == TRAP_SYSCALL)
        note_arguments(&e.cause, cpu_state_peek(c), call, 6);
    if (trap && trap->kind != TRAP_SYSCALL) {
        e.cause.vector = trap->vector;
        e.cause.has_error = trap->has_error;
        e.cause.error_code = trap->error_code;
        e.cause.address = trap->vector == VECTOR_PF ? trap->cr2 : 0;
    }
    exit_log_begin(log_of(v), &e, &v->counters);
}

void exit_note_target(const struct vcpu *v, gpa_t at)
{
    struct exit_entry *e = log_of(v) ? exit_log_open(log_of(v)) : NULL;

    if (!e)
        return;
    e->has_target = true;
    e->target_gpa = at.v;
}

static void note_end(struct exit_entry *e, struct cpu *c, uint64_t cycles)
{
    const struct cpu_state *s = cpu_state_peek(c);
    const struct guest_control *g = cpu_control(c);

    e->cycles = cycles;
    e->rip_behind = s->rip;
    e->answer = s->gpr[REG_RAX];
    e->injects = g->virt == VIRT_GUEST && g->inject.valid;
    e->injected_vector = g->inject.vector;
    e->injected_error = g->inject.has_error ? g->inject.error_code : 0;
}

void exit_note_end(struct vcpu *v, struct cpu *c, enum vmexit reason,
                   uint64_t cycles)
{
    struct exit_log *log = log_of(v);

    exit_times_add(&v->exit_times, reason, cycles);
    if (!log)
        return;
    if (exit_log_open(log))
        note_end(exit_log_open(log), c, cycles);
    exit_log_end(log, &v->counters);
}
