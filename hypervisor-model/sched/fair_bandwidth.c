/*
 * fair_bandwidth.c - a VM's cap as CFS bandwidth control.
 *
 * Source        Linux Documentation/scheduler/sched-bwc.rst; Turner, Rao & Rao,
 *               "CPU bandwidth control for CFS", Linux Symposium 2010.
 * Model         each period the VM's pool holds its quota again; a pCPU takes a
 *               slice of it at a time, is throttled when the pool has none, and
 *               goes on at the next period, as soon as what it overran is paid.
 *               The periods of all VMs begin together.
 * NOT MODELLED  burst; the slack timer: what a pCPU gives back is there for the
 *               next that asks, and throttled pCPUs wait for the period.
 */
#include "hypervisor-model/sched/fair.h"

/* What a pCPU without vCPUs of the VM may keep (Linux: 1 ms). */
enum { KEPT_NS = 1000000 };

void fair_bandwidth_init(struct sched *s)
{
    struct fair_host *h = fair_host_of(s);

    h->refill_ns = UINT64_MAX;
    for (unsigned i = 0; i < s->vm_count; i++) {
        struct fair_vm *vm = fair_vm_of(&s->vms[i]);

        vm->quota_ns =
            s->vms[i].config.cap_pct * (h->bandwidth_period_ns / 100);
        vm->pool_ns = vm->quota_ns;
        if (vm->quota_ns)
            h->refill_ns = h->bandwidth_period_ns;
    }
}

/* Takes from the pool, to have a slice. */
static void take_slice(const struct fair_host *h, struct fair_vm *vm,
                       struct fair_group *g)
{
    uint64_t need_ns =
        (uint64_t)((int64_t)h->bandwidth_slice_ns - g->runtime_ns);

    if (need_ns > vm->pool_ns)
        need_ns = vm->pool_ns;
    vm->pool_ns -= need_ns;
    g->runtime_ns += (int64_t)need_ns;
}

bool fair_bandwidth_debit(struct sched *s, const struct sched_vm *vm,
                          struct fair_group *g, uint64_t ran_ns)
{
    struct fair_vm *fvm = fair_vm_of(vm);

    if (!fvm->quota_ns)
        return false;
    g->runtime_ns -= (int64_t)ran_ns;
    if (g->runtime_ns <= 0)
        take_slice(fair_host_of(s), fvm, g);
    return g->runtime_ns <= 0;
}

bool fair_bandwidth_left(const struct sched_vm *vm, const struct sched_pcpu *p)
{
    const struct fair_vm *fvm = fair_vm_of(vm);
    const struct fair_group *g = &fvm->groups[p->id];

    return !fvm->quota_ns ||
           (!g->throttled && g->runtime_ns + (int64_t)fvm->pool_ns > 0);
}

bool fair_bandwidth_throttles(struct sched *s, const struct sched_vm *vm,
                              unsigned pcpu)
{
    struct fair_vm *fvm = fair_vm_of(vm);
    struct fair_group *g = &fvm->groups[pcpu];

    if (!fvm->quota_ns || g->throttled)
        return g->throttled;
    if (g->runtime_ns <= 0)
        take_slice(fair_host_of(s), fvm, g);
    if (g->runtime_ns > 0)
        return false;
    g->throttled = true;
    fvm->throttled |= (pcpu_set_t)1 << pcpu;
    return true;
}

void fair_bandwidth_return(struct sched *s, const struct sched_vm *vm,
                           struct fair_group *g)
{
    (void)s;
    if (!fair_vm_of(vm)->quota_ns || g->runtime_ns <= KEPT_NS)
        return;
    fair_vm_of(vm)->pool_ns += (uint64_t)(g->runtime_ns - KEPT_NS);
    g->runtime_ns = KEPT_NS;
}

/* It has time again: its vCPUs are in the pCPU's queue. */
static void let_go_on(struct sched *s, struct fair_vm *vm, unsigned pcpu)
{
    struct sched_pcpu *p = &s->pcpus[pcpu];
    struct fair_group *g = &vm->groups[pcpu];

    g->throttled = false;
    vm->throttled &= ~((pcpu_set_t)1 << pcpu);
    if (g->queue.count == 0)
        return;
    if (p->current)
        sched_charge(s, p->current);
    fair_group_enter(s, p, g);
    if (!p->current)
        sched_kick(s, p);
}

/* Debts are paid first, in order of pCPUs, as far as the quota goes. */
static void refill(struct sched *s, struct fair_vm *vm)
{
    vm->pool_ns = vm->quota_ns;
    for (unsigned i = 0; i < s->pcpu_count && vm->throttled; i++) {
        struct fair_group *g = &vm->groups[i];
        uint64_t owed_ns = (uint64_t)(1 - g->runtime_ns);

        if (!pcpu_in(vm->throttled, i))
            continue;
        if (owed_ns > vm->pool_ns)
            owed_ns = vm->pool_ns;
        vm->pool_ns -= owed_ns;
        g->runtime_ns += (int64_t)owed_ns;
        if (g->runtime_ns > 0)
            let_go_on(s, vm, i);
    }
}

void fair_bandwidth_refill(struct sched *s)
{
    struct fair_host *h = fair_host_of(s);

    while (h->refill_ns <= s->now_ns)
        h->refill_ns += h->bandwidth_period_ns;
    for (unsigned i = 0; i < s->vm_count; i++)
        if (fair_vm_of(&s->vms[i])->quota_ns)
            refill(s, fair_vm_of(&s->vms[i]));
}
