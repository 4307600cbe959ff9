/*
 * pv_preset.c - the technique "pv": a de-privileged guest with Xen's public
 * interface.
 *
 * Source  Xen public headers; "Xen and the Art of Virtualization", SOSP 2003.
 * Model   the parts in this folder and hypercall/, bound to the hooks of a
 *         technique.  Timer events are raised between runs of the CPU and
 *         delivered as upcalls before the next.
 * NOT MODELLED  more than one vCPU per domain running (the first boots).
 */
#include <stdlib.h>

#include "hypervisor-model/pv/pv.h"
#include "hypervisor-model/pv/pv_build.h"
#include "hypervisor-model/pv/pv_check.h"
#include "hypervisor-model/pv/pv_clock.h"
#include "hypervisor-model/pv/pv_event.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_trap.h"

enum { DEFAULT_PERIOD_NS = 10000000 }; /* Xen's ticker: 100 Hz */

static enum status pv_supported(const struct hv_config *config, struct error *e)
{
    (void)config;
    (void)e;
    return STATUS_OK; /* needs nothing of the CPU but rings */
}

static enum status new_vcpus(struct vm *vm, struct error *e)
{
    struct pv_domain *d = pv_domain_of(vm);

    if (vm->vcpu_count > 1)
        return error_set(e, STATUS_USAGE,
                         "technique pv: a domain has one vCPU; leave --vcpus "
                         "out, or take --technique native,shadow,nested");
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct pv_vcpu *pv = calloc(1, sizeof(*pv));

        if (!pv)
            return error_set(e, STATUS_MEMORY, "pv: out of memory");
        pv->info =
            hpa_add(hfn_to_hpa(d->shared_info), i * sizeof(struct vcpu_info));
        pv->oneshot_ns = UINT64_MAX;
        pv->period_ns = pv->periodic_next_ns = DEFAULT_PERIOD_NS;
        memory_at(d->dram,
                  pv->info)[offsetof(struct vcpu_info, evtchn_upcall_mask)] = 1;
        vm->vcpus[i]->technique_data = pv;
    }
    return STATUS_OK;
}

/* Frames that the hypervisor keeps: rows of the frame table, shared page. */
static enum status new_frames(struct pv_domain *d, struct error *e)
{
    uint64_t rows_bytes = (d->frames + 1) * sizeof(struct pv_page);
    struct pv_page *shared;
    hfn_t table;

    d->pages = calloc(d->frames + 1, sizeof(*d->pages));
    if (!d->pages || !frame_alloc(d->vm->hv, &d->shared_info) ||
        !frame_alloc_range(
            d->vm->hv, (rows_bytes + PAGE_BYTES - 1) / PAGE_BYTES, 1, &table))
        return error_set(e, STATUS_MEMORY,
                         "pv: no memory for the domain's frame table");
    d->frame_table = hfn_to_hpa(table);
    shared = &d->pages[d->frames];
    shared->type = PV_TYPE_WRITABLE;
    shared->refs = shared->type_refs = 1; /* the hypervisor's own use */
    return STATUS_OK;
}

static enum status pv_vm_init(struct vm *vm, struct error *e)
{
    struct pv_domain *d = calloc(1, sizeof(*d));
    enum status s;

    if (!d)
        return error_set(e, STATUS_MEMORY, "pv: out of memory");
    vm->technique_data = d;
    d->vm = vm;
    d->dram = vm->hv->dram;
    d->first = hpa_to_hfn(vm->memory_base);
    d->frames = vm->memory_bytes / PAGE_BYTES;
    s = new_frames(d, e);
    if (s == STATUS_OK)
        s = pv_build_xen_area(d, e);
    return s == STATUS_OK ? new_vcpus(vm, e) : s;
}

static void pv_vm_free(struct vm *vm)
{
    struct pv_domain *d = pv_domain_of(vm);

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        free(vm->vcpus[i]->technique_data);
        vm->vcpus[i]->technique_data = NULL;
    }
    if (d)
        free(d->pages);
    free(d);
    vm->technique_data = NULL;
}

/* The timer interrupted the guest: one trip, and the event. */
static void take_timer(struct pv_turn *t)
{
    if (cpu_now(t->c) < pv_clock_next_cycle(t->domain, t->vcpu))
        return;
    if (!t->vcpu->blocked)
        pv_turn_count(t, VMEXIT_EXTERNAL_INTERRUPT);
    t->work_cycles += t->costs->handler_cycles[VMEXIT_EXTERNAL_INTERRUPT];
    pv_clock_advance(t);
    pv_turn_end(t, ledger_of_exit(VMEXIT_EXTERNAL_INTERRUPT));
}

static void pv_budget(struct vcpu *v, struct cpu *c, struct cpu_budget *budget)
{
    struct pv_turn t = pv_turn_begin(v, c);
    uint64_t next;

    if (!t.domain->clock_ready)
        pv_clock_start(&t);
    take_timer(&t);
    if (pv_event_deliverable(t.domain, t.vcpu)) {
        pv_event_deliver(&t);
        pv_turn_end(&t, ledger_of_exit(VMEXIT_EXTERNAL_INTERRUPT));
    }
    next = pv_clock_next_cycle(t.domain, t.vcpu);
    if (next < budget->until_cycle)
        budget->until_cycle = next;
}

static enum vcpu_action pv_handle(struct vcpu *v, struct cpu *c,
                                  const struct cpu_event *event)
{
    struct pv_turn t = pv_turn_begin(v, c);

    if (v->vm->crash[0]) /* while an upcall was delivered */
        return VCPU_CRASHED;
    switch (event->kind) {
    case CPU_EVENT_BUDGET:
    case CPU_EVENT_WINDOW:
        break;
    case CPU_EVENT_TRAP:
        return pv_trap(&t, &event->trap);
    case CPU_EVENT_HALT:
    case CPU_EVENT_WAIT:
    case CPU_EVENT_PRIORITY:
    case CPU_EVENT_PORT:
    case CPU_EVENT_MSR:
    case CPU_EVENT_EXIT:
    case CPU_EVENT_SHUTDOWN:
    case CPU_EVENT_STOP: /* the run loop keeps it */
        pv_crash(&t, "the CPU reported an event that ring 3 cannot cause",
                 event->kind);
        break;
    case CPU_EVENT_DEVICE:
        pv_crash(&t, "access outside memory", event->device.gpa.v);
        break;
    }
    return t.action;
}

static uint64_t pv_wake_cycle(const struct vcpu *v)
{
    return pv_clock_next_cycle(pv_domain_of(v->vm), pv_vcpu_of(v));
}

static bool pv_check(const struct vcpu *v, const struct cpu *c, struct error *e)
{
    struct pv_domain *d = pv_domain_of(v->vm);

    (void)c;
    if (!d->types_changed)
        return true;
    d->types_changed = false;
    return pv_check_types(d, e);
}

const struct technique_ops technique_pv = {
    .name = "pv",
    .sentence = "the guest kernel runs in ring 3 and asks for what it may not "
                "do: Xen's public interface",
    .cpu_virt = "deprived",
    .mmu_virt = "direct",
    .io_virt = "ring",
    .supported = pv_supported,
    .vm_init = pv_vm_init,
    .vm_free = pv_vm_free,
    .boot = pv_build,
    .budget = pv_budget,
    .handle = pv_handle,
    .wake_cycle = pv_wake_cycle,
    .check = pv_check,
};
