/*
 * host_life.c - VMs of a host come and go.
 */
#include "sim/machine/scenario/host_internal.h"

void host_stop_vm(struct host *h, unsigned id, uint64_t cycle)
{
    struct sched_vm *vm = &h->dispatch.sched.vms[id];

    h->vms[id].ended_cycle = cycle;
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        struct sched_vcpu *v = &vm->vcpus[i];
        uint64_t at = v->state == SCHED_RUNNING
                          ? later(cycle, h->pcpus[v->pcpu].now_cycle)
                          : cycle;

        h->vcpus[v->number].polls = false;
        if (v->state == SCHED_RUNNING) {
            struct host_pcpu *hp = &h->pcpus[v->pcpu];

            ops_of(h, v)->leave(body_of(h, v), at);
            hp->guest_cycles += at - hp->now_cycle;
            hp->now_cycle = at;
            h->dispatch.sched.kicked |= (pcpu_set_t)1 << v->pcpu;
        }
        dispatch_stop(&h->dispatch, v, at);
        event_heap_set(&h->events, vcpu_event(h, v), UINT64_MAX);
    }
    event_heap_set(&h->events, vm_event(h, id), UINT64_MAX);
}

void host_start_or_stop_vm(struct host *h, unsigned id, uint64_t cycle)
{
    struct sched_vm *vm = &h->dispatch.sched.vms[id];
    struct host_vm *hv = &h->vms[id];

    if (vm->vcpus[0].state != SCHED_ABSENT) {
        host_stop_vm(h, id, cycle);
        return;
    }
    if (hv->begin)
        hv->begin(hv, cycle);
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        dispatch_start(&h->dispatch, &vm->vcpus[i], cycle);
        dispatch_wake(&h->dispatch, &vm->vcpus[i], cycle);
    }
    event_heap_set(&h->events, vm_event(h, id), hv->stop_cycle);
}
