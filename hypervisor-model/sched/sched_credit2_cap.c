/*
 * sched_credit2_cap.c - caps of Credit2: so much time a period for all vCPUs of
 * a VM.
 *
 * Source  Xen, xen/common/sched/credit2.c, "Hard caps"; docs/features/
 *         sched_credit2.pandoc.  cap = 50 is half a pCPU: 5 ms of each 10 ms.
 * Model   the VM's budget is full again at each period's begin; nothing is
 *         saved, debts stay.  A vCPU takes its part as it gets a pCPU: the
 *         budget over the number of vCPUs, at least the minimal timer; what it
 *         holds when it leaves the pCPU goes back.  Without budget it is parked
 *         out of the runqueue.  All VMs' periods begin together (in Xen: when
 *         each got its cap).
 */
#include "hypervisor-model/sched/sched_credit2.h"

bool credit2_has_budget(const struct sched *s, struct sched_vcpu *v)
{
    struct credit2_vm *vm = credit2_vm(v->vm);
    struct credit2_vcpu *c = credit2_vcpu(v);
    int64_t least_ns = (int64_t)sched_us(s->config->credit2.min_timer_us);
    int64_t part_ns = vm->total_ns / (int64_t)v->vm->config.vcpus;

    if (vm->total_ns == 0 || c->budget_ns > 0)
        return true;
    vm->budget_ns += c->budget_ns; /* a debt */
    c->budget_ns = 0;
    if (vm->budget_ns <= 0)
        return false;
    if (part_ns < least_ns)
        part_ns = least_ns;
    if (part_ns > vm->budget_ns)
        part_ns = vm->budget_ns;
    vm->budget_ns -= part_ns;
    c->budget_ns = part_ns;
    return true;
}

void credit2_park(struct sched_vcpu *v)
{
    sched_list_remove(&credit2_vcpu(v)->link);
    sched_list_append(&credit2_vm(v->vm)->parked, &credit2_vcpu(v)->link);
    credit2_vcpu(v)->parked = true;
}

/* Who is parked competes again, now that there is budget. */
static void unpark(struct sched *s, struct credit2_vm *vm)
{
    while (vm->budget_ns > 0 && !sched_list_empty(&vm->parked)) {
        struct sched_vcpu *v = vm->parked.next->vcpu;

        sched_list_remove(&credit2_vcpu(v)->link);
        credit2_vcpu(v)->parked = false;
        credit2_wait(s, v);
    }
}

void credit2_return_budget(struct sched *s, struct sched_vcpu *v)
{
    struct credit2_vm *vm = credit2_vm(v->vm);

    if (vm->total_ns == 0 || credit2_vcpu(v)->budget_ns == 0)
        return;
    vm->budget_ns += credit2_vcpu(v)->budget_ns;
    credit2_vcpu(v)->budget_ns = 0;
    unpark(s, vm);
}

void credit2_cap_add(struct sched *s, struct sched_vm *vm)
{
    struct credit2_host *h = credit2_host(s);
    struct credit2_vm *c = credit2_vm(vm);
    uint64_t period_ns = sched_us(s->config->credit2.cap_period_us);

    if (c->started++ != 0)
        return;
    sched_list_init(&c->parked);
    c->total_ns = (int64_t)(period_ns * vm->config.cap_pct / 100);
    c->budget_ns = c->total_ns;
    if (c->total_ns != 0 && h->capped++ == 0)
        h->renew_ns = (s->now_ns / period_ns + 1) * period_ns;
}

void credit2_cap_remove(struct sched *s, struct sched_vm *vm)
{
    if (--credit2_vm(vm)->started == 0 && credit2_vm(vm)->total_ns != 0)
        credit2_host(s)->capped--;
}

void credit2_cap_timer(struct sched *s)
{
    struct credit2_host *h = credit2_host(s);

    if (s->now_ns < h->renew_ns)
        return;
    h->renew_ns += sched_us(s->config->credit2.cap_period_us);
    for (unsigned i = 0; i < s->vm_count; i++) {
        struct credit2_vm *vm = credit2_vm(&s->vms[i]);

        if (vm->total_ns == 0 || vm->started == 0)
            continue;
        vm->budget_ns += vm->total_ns;
        if (vm->budget_ns > vm->total_ns)
            vm->budget_ns = vm->total_ns;
        unpark(s, vm);
    }
}

uint64_t credit2_cap_timer_ns(const struct sched *s)
{
    return credit2_host(s)->capped ? credit2_host(s)->renew_ns : UINT64_MAX;
}
