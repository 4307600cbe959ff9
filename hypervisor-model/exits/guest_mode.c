#include "hypervisor-model/exits/guest_mode.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hypervisor-model/exit_note.h"
#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/guest_apic.h"
#include "hypervisor-model/exits/kvm_pv.h"
#include "hypervisor-model/exits/trip.h"

static enum status vcpu_init(struct vcpu *v, struct error *e)
{
    v->technique_data = calloc(1, sizeof(struct guest_vcpu));
    if (!v->technique_data)
        return error_set(e, STATUS_MEMORY, "out of host memory");
    guest_setup_vcpu(v);
    if (guest_apic_setup(v, e) != STATUS_OK)
        return STATUS_MEMORY;
    return guest_vm(v->vm)->paging->vcpu_init(v, e);
}

enum status guest_mode_init(struct vm *vm, const struct paging_ops *paging,
                            struct error *e)
{
    struct guest_vm *g = calloc(1, sizeof *g);
    enum status status;

    if (!g)
        return error_set(e, STATUS_MEMORY, "out of host memory");
    g->paging = paging;
    vm->technique_data = g;
    status = guest_setup_vm(vm, e);
    if (status == STATUS_OK)
        status = paging->vm_init(vm, e);
    for (unsigned i = 0; status == STATUS_OK && i < vm->vcpu_count; i++)
        status = vcpu_init(vm->vcpus[i], e);
    return status;
}

void guest_mode_free(struct vm *vm)
{
    struct guest_vm *g = vm->technique_data;

    if (!g)
        return;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        free(vm->vcpus[i]->technique_data);
    g->paging->vm_free(vm);
    free(g);
    vm->technique_data = NULL;
}

static void wake(struct vcpu *v, struct cpu *c)
{
    if (guest_vcpu(v)->halted)
        guest_vcpu(v)->kicked = false;
    guest_vcpu(v)->halted = guest_vcpu(v)->masked = v->mwaits = false;
    cpu_state(c)->halted = false;
}

/* VM entry with an interrupt: out of the APIC, into the guest's IDT. */
static void inject_interrupt(struct vcpu *v, struct cpu *c)
{
    struct guest_control *control = cpu_control(c);

    wake(v, c);
    control->inject.valid = true;
    control->inject.kind = INJECT_INTERRUPT;
    control->inject.vector = platform_acknowledge(&v->vm->platform, v->id);
    control->inject.has_error = false;
    cpu_charge(c, LEDGER_EXIT, v->vm->hv->config->vmwrite_cycles);
    cpu_sync(c);
}

/* A trip within another is its own; the other counts what is left. */
static void note_time(struct trip *t, uint64_t cycles, uint64_t outer_cycles)
{
    struct guest_vcpu *g = guest_vcpu(t->v);

    exit_note_end(t->v, t->c, t->exit->reason, cycles - g->inner_cycles);
    g->inner_cycles = outer_cycles + cycles;
}

static enum vcpu_action round_trip(struct vcpu *v, struct cpu *c,
                                   const struct cpu_exit *exit)
{
    struct trip t = {.v = v, .c = c, .exit = exit};
    uint64_t outer_cycles = guest_vcpu(v)->inner_cycles;
    uint64_t begin_cycle = cpu_now(c);
    enum vcpu_action action;

    guest_vcpu(v)->in_guest = false;
    guest_vcpu(v)->inner_cycles = 0;
    trip_begin(&t);
    if (!exit_table[exit->reason])
        return vm_crash(v->vm, "exit %s at rip 0x%" PRIx64 " has no handler",
                        counter_info(counter_of_exit(exit->reason))->name,
                        cpu_state_peek(c)->rip);
    action = exit_table[exit->reason](&t);
    trip_end(&t);
    note_time(&t, cpu_now(c) - begin_cycle, outer_cycles);
    return action;
}

static enum vcpu_action plain_trip(struct vcpu *v, struct cpu *c,
                                   enum vmexit reason)
{
    const struct cpu_exit exit = {.reason = reason};

    return round_trip(v, c, &exit);
}

/* How another vCPU's INIT or startup makes this one leave the guest. */
static void leave_for_signals(struct vcpu *v, struct cpu *c)
{
    const struct lapic *l = platform_lapic(&v->vm->platform, v->id);
    const struct cpu_exit startup = {.reason = VMEXIT_STARTUP_IPI,
                                     .qualification = l->startup_vector};

    if (!v->vm->hv->config->exit_on.init) {
        if (guest_vcpu(v)->in_guest)
            (void)plain_trip(v, c, VMEXIT_EXTERNAL_INTERRUPT);
        return;
    }
    if (l->init && !v->waits_for_startup)
        (void)plain_trip(v, c, VMEXIT_INIT_SIGNAL);
    if (l->startup && (l->init || v->waits_for_startup))
        (void)round_trip(v, c, &startup);
}

/* INIT and startup by other vCPUs: paging is off again, and so is all else. */
static void take_signals(struct vcpu *v, struct cpu *c)
{
    const struct cpu_exit none = {.reason = VMEXIT_EXTERNAL_INTERRUPT};
    const struct paging_ops *paging = guest_vm(v->vm)->paging;
    struct trip t = {.v = v, .c = c, .exit = &none};

    if (!platform_signalled(&v->vm->platform, v->id))
        return;
    leave_for_signals(v, c);
    if (!vcpu_take_signals(v, c))
        return;
    wake(v, c);
    kvm_pv_reset(v);
    cpu_control(c)->inject.valid = false;
    if (paging->regime_changed)
        (void)paging->regime_changed(&t, REGIME_CR3 | REGIME_MODE);
}

static void follow_devices(struct vcpu *v, struct cpu *c)
{
    const struct cpu_exit none = {.reason = VMEXIT_EXTERNAL_INTERRUPT};
    const struct paging_ops *paging = guest_vm(v->vm)->paging;

    if (paging->devices_wrote)
        paging->devices_wrote(&(struct trip){.v = v, .c = c, .exit = &none});
}

/* What the guest reads of host-owned bits is what it wrote, whoever has
   changed the registers since: boot, INIT, a debugger. */
static void follow_control(struct cpu *c)
{
    const struct cpu_state *s = cpu_state_peek(c);

    cpu_control(c)->cr0_shadow = s->cr0;
    cpu_control(c)->cr4_shadow = s->cr4;
}

/* What others have done to this vCPU since its last turn. */
static void catch_up(struct vcpu *v, struct cpu *c)
{
    kvm_pv_catch_up(v, c);
    if (guest_vcpu(v)->flush_request)
        mmu_invvpid(cpu_mmu(c), cpu_control(c)->vpid);
    guest_vcpu(v)->flush_request = false;
    guest_apic_leave(v, c); /* a debugger's stop ended the last turn */
    platform_advance(&v->vm->platform, v->id, cpu_now(c));
    take_signals(v, c);
    if (vcpu_wait_over(v) || kvm_pv_wakes(v))
        wake(v, c);
    follow_devices(v, c);
    follow_control(c);
}

static void inject_nmi(struct vcpu *v, struct cpu *c, struct cpu_budget *budget)
{
    struct guest_control *control = cpu_control(c);

    if (!platform_nmi_pending(&v->vm->platform, v->id))
        return;
    if (control->inject.valid || cpu_nmi_blocked(c)) {
        budget->want_nmi = true;
        return;
    }
    platform_nmi_take(&v->vm->platform, v->id);
    wake(v, c);
    control->inject.valid = true;
    control->inject.kind = INJECT_NMI;
    control->inject.vector = VECTOR_NMI;
    control->inject.has_error = false;
    cpu_charge(c, LEDGER_EXIT, v->vm->hv->config->vmwrite_cycles);
}

/* The next device event ends the turn: by a timer of the host, or the CPU's
   own that counts in guest mode. */
static void set_timer(struct vcpu *v, struct cpu *c, struct cpu_budget *budget)
{
    uint64_t next = platform_next_cycle(&v->vm->platform, v->id);
    uint64_t now = cpu_now(c);
    uint64_t counts = next > now ? (next - 1) / 32 + 1 - now / 32 : 0;

    if (guest_vcpu(v)->halted) {
        budget->until_cycle = 0;
        budget->until_instruction = 0;
    } else if (cpu_control(c)->preemption_timer) {
        cpu_control(c)->preemption_value =
            counts < UINT32_MAX ? (uint32_t)counts : UINT32_MAX;
    } else if (next < budget->until_cycle) {
        budget->until_cycle = next;
    }
}

/* The vector that the hypervisor has to inject; with virtual-interrupt
   delivery the 8259s' alone. */
static bool must_inject(const struct vcpu *v, struct cpu *c)
{
    const struct platform *p = &v->vm->platform;

    if (!guest_apic_delivers(c))
        return platform_interrupt(p, v->id) >= 0;
    return platform_extint(p, v->id) && !platform_lapic_pending(p, v->id);
}

/* The CPU itself delivers what is in the virtual-APIC page. */
static void wake_for_delivery(struct vcpu *v, struct cpu *c)
{
    if (guest_apic_delivers(c) && guest_vcpu(v)->halted &&
        platform_lapic_pending(&v->vm->platform, v->id) && cpu_interruptible(c))
        wake(v, c);
}

static void inject(struct vcpu *v, struct cpu *c, struct cpu_budget *budget)
{
    bool waits;

    inject_nmi(v, c, budget);
    waits = must_inject(v, c);
    if (waits && guest_vcpu(v)->in_guest)
        (void)plain_trip(v, c, VMEXIT_EXTERNAL_INTERRUPT);
    if (waits && !cpu_control(c)->inject.valid && cpu_interruptible(c))
        inject_interrupt(v, c);
    else if (waits)
        budget->want_interrupt = true;
    wake_for_delivery(v, c);
}

void guest_mode_budget(struct vcpu *v, struct cpu *c, struct cpu_budget *budget)
{
    catch_up(v, c);
    if (v->waits_for_startup) {
        budget->until_cycle = budget->until_instruction = 0;
        return;
    }
    inject(v, c, budget);
    set_timer(v, c, budget);
    guest_apic_enter(v, c);
}

/* A limit: the host timer behind the guest's APIC timer, or the run loop's. */
static enum vcpu_action limit_reached(struct vcpu *v, struct cpu *c)
{
    if (guest_vcpu(v)->halted || v->waits_for_startup)
        return VCPU_HALT;
    if (platform_next_cycle(&v->vm->platform, v->id) > cpu_now(c)) {
        guest_vcpu(v)->in_guest = !must_inject(v, c);
        return VCPU_RESUME;
    }
    return plain_trip(v, c, VMEXIT_EXTERNAL_INTERRUPT);
}

/* The access of a vCPU whose local APIC is not at its page. */
static enum vcpu_action apic_page(struct vcpu *v, struct cpu *c,
                                  const struct cpu_device *d)
{
    const struct cpu_exit exit = {.reason = VMEXIT_EPT_MISCONFIG,
                                  .gva = d->gva,
                                  .gpa = guest_apic_of_access(d->gpa)};
    struct cpu_device moved = *d;

    moved.gpa = exit.gpa;
    return d->write ? guest_mode_posted(v, c, &moved) : round_trip(v, c, &exit);
}

/* HLT that does not exit: the CPU sleeps in guest mode. */
static enum vcpu_action halted(struct vcpu *v, const struct cpu *c)
{
    guest_vcpu(v)->halted = guest_vcpu(v)->in_guest = true;
    guest_vcpu(v)->masked = !(cpu_state_peek(c)->rflags & RFLAGS_IF);
    return VCPU_HALT;
}

/* MWAIT: a store to the line ends it too, a masked interrupt if asked. */
static enum vcpu_action waits(struct vcpu *v, const struct cpu *c,
                              const struct cpu_wait *wait)
{
    enum vcpu_action action = halted(v, c);

    v->wait = *wait;
    v->mwaits = true;
    guest_vcpu(v)->masked &= !wait->masked_wake;
    return action;
}

enum vcpu_action guest_mode_handle(struct vcpu *v, struct cpu *c,
                                   const struct cpu_event *event)
{
    guest_apic_leave(v, c);
    switch (event->kind) {
    case CPU_EVENT_EXIT:
        return round_trip(v, c, &event->exit);
    case CPU_EVENT_BUDGET:
        return limit_reached(v, c);
    case CPU_EVENT_WINDOW:
        return plain_trip(v, c,
                          platform_nmi_pending(&v->vm->platform, v->id)
                              ? VMEXIT_NMI_WINDOW
                              : VMEXIT_INTERRUPT_WINDOW);
    case CPU_EVENT_SHUTDOWN:
        return plain_trip(v, c, VMEXIT_TRIPLE_FAULT);
    case CPU_EVENT_HALT:
        return halted(v, c);
    case CPU_EVENT_WAIT:
        return waits(v, c, &event->wait);
    case CPU_EVENT_PRIORITY: /* of an instruction that the hypervisor emulated
                              */
        platform_set_task_priority(&v->vm->platform, v->id,
                                   (uint32_t)cpu_state_peek(c)->cr8 << 4);
        return VCPU_RESUME;
    case CPU_EVENT_DEVICE:
        if (guest_apic_is_access(event->device.gpa) && !event->device.fetch)
            return apic_page(v, c, &event->device);
        if (event->device.write &&
            platform_is_device(&v->vm->platform, event->device.gpa))
            return guest_mode_posted(v, c, &event->device);
        break;
    case CPU_EVENT_PORT:
    case CPU_EVENT_MSR:
    case CPU_EVENT_TRAP:
    case CPU_EVENT_STOP: /* the run loop keeps it */
        break;
    }
    return vm_crash(v->vm, "guest mode left without an exit (event %d)",
                    (int)event->kind);
}

void guest_mode_switched_in(struct vcpu *v, uint64_t waited_cycles)
{
    kvm_pv_switched_in(v, waited_cycles);
}

/* By an interrupt of the host, which makes it exit. */
void guest_mode_switched_out(struct vcpu *v)
{
    const enum vmexit reason = VMEXIT_EXTERNAL_INTERRUPT;

    kvm_pv_switched_out(v);
    if (!guest_vcpu(v)->in_guest)
        return;
    guest_vcpu(v)->in_guest = false;
    counter_add(&v->counters, COUNTER_EXIT_TOTAL, 1);
    counter_add(&v->counters, counter_of_exit(reason), 1);
    exit_times_add(&v->exit_times, reason, 0);
}

uint64_t guest_mode_wake_cycle(const struct vcpu *v)
{
    const struct platform *p = &v->vm->platform;

    if (v->waits_for_startup)
        return vcpu_signal_cycle(v);
    if (vcpu_wait_over(v) || kvm_pv_wakes(v))
        return 0;
    if (guest_vcpu(v)->masked) /* an NMI is not */
        return platform_nmi_pending(p, v->id) ? 0 : vcpu_signal_cycle(v);
    return platform_wakes(p, v->id) ? 0 : platform_next_cycle(p, v->id);
}

bool guest_mode_check(const struct vcpu *v, const struct cpu *c,
                      struct error *e)
{
    const struct paging_ops *paging = guest_vm(v->vm)->paging;

    return !paging->check || paging->check(v, c, e);
}
