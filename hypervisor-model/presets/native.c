/*
 * native.c - no virtualization: the guest owns the machine.
 *
 * Hardware    Intel SDM vol. 3, "Interrupt and Exception Handling": external
 *             interrupts arrive between instructions when RFLAGS.IF is set.
 * Model       devices answer at once; the local APIC's interrupts are
 *             delivered through the guest's own IDT.
 * The smallest technique: copy this file to begin another.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "hypervisor-model/boot.h"
#include "hypervisor-model/presets/presets.h"

/* Kept per vCPU. */
struct native_vcpu {
    bool halted; /* HLT retired, no interrupt since */
    bool masked; /* ... with interrupts off: nothing will wake it */
    bool lost;   /* delivery failed: vm->crash says why */
};

static enum status native_supported(const struct hv_config *config,
                                    struct error *e)
{
    (void)config;
    (void)e;
    return STATUS_OK;
}

static enum status native_vm_init(struct vm *vm, struct error *e)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *v = vm->vcpus[i];

        v->technique_data = calloc(1, sizeof(struct native_vcpu));
        if (!v->technique_data)
            return error_set(e, STATUS_MEMORY, "out of host memory");
        v->control = (struct guest_control){.virt = VIRT_NONE};
    }
    return STATUS_OK;
}

static void native_vm_free(struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        free(vm->vcpus[i]->technique_data);
}

static enum vcpu_action outside_memory(struct vcpu *v, const struct cpu *c,
                                       gpa_t at)
{
    return vm_crash(v->vm,
                    "guest accessed gpa 0x%" PRIx64
                    " outside its memory at rip 0x%" PRIx64,
                    at.v, cpu_state_peek(c)->rip);
}

/* What an event of cpu_deliver() leads to. */
static enum vcpu_action after_delivery(struct vcpu *v, struct cpu *c,
                                       const struct cpu_event *event)
{
    if (event->kind == CPU_EVENT_BUDGET)
        return VCPU_RESUME;
    if (event->kind == CPU_EVENT_DEVICE)
        return outside_memory(v, c, event->device.gpa);
    return vm_triple_fault(v->vm, cpu_state_peek(c)->rip);
}

static void stop_now(struct cpu_budget *budget)
{
    budget->until_cycle = 0;
    budget->until_instruction = 0;
}

static void wake(struct vcpu *v, struct cpu *c)
{
    struct native_vcpu *n = v->technique_data;

    n->halted = n->masked = v->mwaits = false;
    cpu_state(c)->halted = false;
}

static void deliver(struct vcpu *v, struct cpu *c, enum cpu_inject_kind kind,
                    uint8_t vector, struct cpu_budget *budget)
{
    struct native_vcpu *n = v->technique_data;
    struct cpu_event event;

    wake(v, c);
    event = cpu_deliver(c, kind, vector, false, 0);
    if (after_delivery(v, c, &event) == VCPU_RESUME)
        return;
    n->lost = true;
    stop_now(budget);
}

/* NMIs come first. */
static void native_interrupts(struct vcpu *v, struct cpu *c,
                              struct cpu_budget *budget)
{
    struct native_vcpu *n = v->technique_data;
    struct platform *p = &v->vm->platform;

    if (platform_nmi_pending(p, v->id) && !cpu_nmi_blocked(c)) {
        platform_nmi_take(p, v->id);
        deliver(v, c, INJECT_NMI, VECTOR_NMI, budget);
    }
    budget->want_nmi = platform_nmi_pending(p, v->id);
    if (n->lost || platform_interrupt(p, v->id) < 0)
        return;
    if (cpu_interruptible(c))
        deliver(v, c, INJECT_INTERRUPT, platform_acknowledge(p, v->id), budget);
    else
        budget->want_interrupt = true;
}

static void native_budget(struct vcpu *v, struct cpu *c,
                          struct cpu_budget *budget)
{
    struct native_vcpu *n = v->technique_data;
    struct platform *p = &v->vm->platform;
    uint64_t next;

    platform_advance(p, v->id, cpu_now(c));
    cpu_state(c)->cr8 = platform_task_priority(p, v->id) >> 4;
    if (vcpu_take_signals(v, c) || vcpu_wait_over(v))
        wake(v, c);
    if (v->waits_for_startup) {
        stop_now(budget);
        return;
    }
    native_interrupts(v, c, budget);
    if (n->halted)
        stop_now(budget);
    next = platform_next_cycle(p, v->id);
    if (next < budget->until_cycle)
        budget->until_cycle = next;
}

static enum vcpu_action native_port(struct vcpu *v, struct cpu *c,
                                    const struct cpu_port *asked)
{
    struct cpu_port port = *asked;
    struct platform *p = &v->vm->platform;

    platform_port_access(p, v->id, cpu_now(c),
                         &(struct port_access){.port = port.port,
                                               .in = port.in,
                                               .bytes = port.bytes,
                                               .count = port.count,
                                               .data = port.data});
    cpu_complete_port(c, &port);
    return platform_ended(p) ? VCPU_EXITED : VCPU_RESUME;
}

/*
 * Device memory; an instruction may read more than once.  What the answer to a
 * read leads to is the event then.
 */
static enum vcpu_action native_memory(struct vcpu *v, struct cpu *c,
                                      struct cpu_event *event)
{
    struct platform *p = &v->vm->platform;

    while (event->kind == CPU_EVENT_DEVICE) {
        struct cpu_device d = event->device;

        if (d.fetch || !platform_is_device(p, d.gpa))
            return outside_memory(v, c, d.gpa);
        platform_memory_access(p, v->id, cpu_now(c),
                               &(struct memory_access){.at = d.gpa,
                                                       .write = d.write,
                                                       .bytes = d.bytes,
                                                       .data = d.data});
        *event = d.write ? (struct cpu_event){.kind = CPU_EVENT_BUDGET}
                         : cpu_complete_device(c, &d);
    }
    return platform_ended(p) ? VCPU_EXITED : VCPU_RESUME;
}

static enum vcpu_action native_msr(struct vcpu *v, struct cpu *c,
                                   const struct cpu_msr *asked)
{
    struct cpu_msr msr = *asked;
    struct platform *p = &v->vm->platform;
    uint64_t now = cpu_now(c);
    /* The deadline is in time-stamp counts, the APIC thinks in cycles. */
    bool deadline = msr.index == MSR_TSC_DEADLINE;
    uint64_t tsc_base = cpu_state_peek(c)->tsc_base;
    struct cpu_event event;

    if (deadline && msr.write && msr.value != 0)
        msr.value += tsc_base;
    if (msr.write ? platform_msr_write(p, v->id, now, msr.index, msr.value)
                  : platform_msr_read(p, v->id, now, msr.index, &msr.value)) {
        if (deadline && !msr.write && msr.value != 0)
            msr.value -= tsc_base;
        if (msr.index == LAPIC_BASE_MSR)
            cpu_state(c)->apic_base = msr.value;
        cpu_complete_msr(c, &msr);
        return VCPU_RESUME;
    }
    event = cpu_deliver(c, INJECT_EXCEPTION, VECTOR_GP, true, 0);
    return after_delivery(v, c, &event);
}

static enum vcpu_action native_halt(struct vcpu *v, struct cpu *c)
{
    struct native_vcpu *n = v->technique_data;

    n->halted = true;
    n->masked = !(cpu_state_peek(c)->rflags & RFLAGS_IF);
    return VCPU_HALT;
}

/* MWAIT: as HLT; a store to the line ends it, a masked interrupt if asked. */
static enum vcpu_action native_wait(struct vcpu *v, struct cpu *c,
                                    const struct cpu_wait *wait)
{
    struct native_vcpu *n = v->technique_data;
    enum vcpu_action action = native_halt(v, c);

    v->wait = *wait;
    v->mwaits = true;
    n->masked &= !wait->masked_wake;
    return action;
}

static enum vcpu_action native_handle(struct vcpu *v, struct cpu *c,
                                      const struct cpu_event *event)
{
    struct native_vcpu *n = v->technique_data;
    struct cpu_event next = *event;
    enum vcpu_action action = VCPU_RESUME;

    if (event->kind == CPU_EVENT_DEVICE)
        action = native_memory(v, c, &next);
    if (action != VCPU_RESUME)
        return action;
    switch (next.kind) {
    case CPU_EVENT_BUDGET:
    case CPU_EVENT_WINDOW:
        if (n->lost)
            return VCPU_CRASHED;
        return n->halted || v->waits_for_startup ? VCPU_HALT : VCPU_RESUME;
    case CPU_EVENT_HALT:
        return native_halt(v, c);
    case CPU_EVENT_WAIT:
        return native_wait(v, c, &next.wait);
    case CPU_EVENT_PRIORITY:
        platform_set_task_priority(&v->vm->platform, v->id,
                                   (uint32_t)cpu_state_peek(c)->cr8 << 4);
        return VCPU_RESUME;
    case CPU_EVENT_PORT:
        return native_port(v, c, &next.port);
    case CPU_EVENT_MSR:
        return native_msr(v, c, &next.msr);
    case CPU_EVENT_SHUTDOWN:
        return vm_triple_fault(v->vm, cpu_state_peek(c)->rip);
    case CPU_EVENT_DEVICE: /* settled above */
    case CPU_EVENT_EXIT:
    case CPU_EVENT_TRAP:
    case CPU_EVENT_STOP: /* the run loop keeps it */
        break;
    }
    return vm_crash(v->vm, "native guest left the machine (event %d)",
                    (int)event->kind);
}

static uint64_t native_wake_cycle(const struct vcpu *v)
{
    const struct native_vcpu *n = v->technique_data;
    const struct platform *p = &v->vm->platform;

    if (v->waits_for_startup)
        return vcpu_signal_cycle(v);
    if (vcpu_wait_over(v))
        return 0;
    if (n->masked) /* an NMI is not */
        return platform_nmi_pending(p, v->id) ? 0 : vcpu_signal_cycle(v);
    return platform_wakes(p, v->id) ? 0 : platform_next_cycle(p, v->id);
}

const struct technique_ops technique_native = {
    .name = "native",
    .sentence = "no virtualization: the guest runs on the bare machine",
    .cpu_virt = "none",
    .mmu_virt = "none",
    .io_virt = "real",
    .supported = native_supported,
    .vm_init = native_vm_init,
    .vm_free = native_vm_free,
    .boot = boot_guest,
    .budget = native_budget,
    .handle = native_handle,
    .wake_cycle = native_wake_cycle,
};
