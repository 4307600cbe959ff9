/*
 * real_check.c - the invariants of real_host.h.
 */
#include "sim/machine/scenario/real_host.h"

/* 1: the time that pCPUs charged to a vCPU is the time that it ran. */
static bool check_vcpu(const struct real_host *r, const struct vcpu_body *b,
                       struct error *e)
{
    uint64_t now = b->on ? cpu_now(b->on->cpu) : b->seat->since_cycle;
    uint64_t ran = dispatch_state_cycles(b->seat, SCHED_RUNNING, now);
    uint64_t charged =
        ledger_total(&b->v->ledger) - b->steal_cycles - b->blocked_cycles;

    (void)r;
    if (ran == charged)
        return true;
    error_set(e, STATUS_USAGE,
              "vCPU %u of VM %s ran %llu cycles, and its ledger has %llu",
              b->seat->id, b->seat->vm->config.name, (unsigned long long)ran,
              (unsigned long long)charged);
    return false;
}

/* 2: a pCPU's clock is the host's, and its accounts sum to it. */
static bool check_pcpu(const struct real_host *r, unsigned n, struct error *e)
{
    const struct real_pcpu *own = &r->pcpus[n];
    const struct cpu *c = r->machine.pcpus[n].cpu;
    uint64_t guests = own->guest_cycles;

    for (unsigned i = 0; i < r->vm_count; i++)
        for (unsigned v = 0; v < r->vms[i].vm->vcpu_count; v++)
            if (r->vms[i].bodies[v].on == &r->machine.pcpus[n])
                guests += cpu_now(c) - own->enter_cycle;
    if (ledger_total(&own->ledger) + guests == cpu_now(c) &&
        cpu_now(c) <= r->host->pcpus[n].now_cycle)
        return true;
    error_set(e, STATUS_USAGE,
              "pCPU %u: guests' and its own cycles do not sum to its clock", n);
    return false;
}

/* 3: each frame of memory is one VM's. */
static bool check_memory(const struct real_host *r, const struct real_vm *vm,
                         struct error *e)
{
    uint64_t begin = vm->vm->memory_base.v;
    uint64_t end = begin + vm->vm->memory_end.v;

    for (unsigned i = 0; i < r->vm_count; i++) {
        const struct vm *other = r->vms[i].vm;
        uint64_t from = other->memory_base.v;

        if (other != vm->vm && from < end &&
            begin < from + other->memory_end.v) {
            error_set(e, STATUS_USAGE, "two VMs have a frame in common");
            return false;
        }
    }
    return true;
}

bool real_vm_check(const struct host_vm *row, struct error *e)
{
    const struct real_vm *vm = row->guest;
    const struct real_host *r = vm->host;

    for (unsigned i = 0; i < vm->vm->vcpu_count; i++)
        if (!check_vcpu(r, &vm->bodies[i], e))
            return false;
    for (unsigned n = 0; vm == &r->vms[0] && n < r->machine.pcpu_count; n++)
        if (!check_pcpu(r, n, e))
            return false;
    return check_memory(r, vm, e);
}
