/*
 * sched_credit_account.c - the Credit scheduler's money: who earns, who pays.
 *
 * A slice's credits, one slice for each pCPU, go to the active VMs in
 * proportion to their weights; none gets more than its active vCPUs can use or
 * its cap allows, and what it leaves goes to the others: max-min fairness.  A
 * VM's active vCPUs get equal parts.
 * A vCPU is active from when it waits at an accounting, is seen running at a
 * tick, or has nothing left, until it is blocked with more than a slice's
 * credits, of which it loses half.  Xen does this to those who wait, too; with
 * weights 1:2:4:8 the heaviest VM, which earns more than half a slice in each,
 * lost 14 % of its time by it.
 * What a vCPU owes is at most two slices; the rest is forgiven.  Xen forgives
 * what is more than one, so that who begins a slice with little to its name has
 * a part of it for nothing: the lightest of 1:2:4:8 had up to 1.5 % too much.
 *
 * A cap is a VM's allowance, apart from its credits: Xen parks a vCPU whose
 * credits are a cap's worth below zero, so that one that uses what others leave
 * is parked long before it has had its cap.
 */
#include "hypervisor-model/sched/sched_credit.h"

/* A VM's weight counts once, or for each of its active vCPUs. */
static uint64_t weight_of(const struct sched *s, const struct sched_vm *vm)
{
    uint64_t weight = vm->config.weight ? vm->config.weight : 1;

    return s->config->credit.weight_per_vcpu ? weight * credit_of_vm(vm)->active
                                             : weight;
}

void credit_activate(struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    if (c->active)
        return;
    c->active = true;
    credit_of_vm(v->vm)->active++;
}

void credit_deactivate(struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    if (!c->active)
        return;
    c->active = false;
    credit_of_vm(v->vm)->active--;
}

void credit_debit(struct sched_vcpu *v, uint64_t ns)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    c->credit_ns -= (int64_t)ns;
    credit_of_vm(v->vm)->allowance_ns -= (int64_t)ns;
    if (c->credit_ns < 0)
        credit_activate(v);
}

static uint64_t cap_ns(const struct sched *s, const struct sched_vm *vm)
{
    return credit_slice_ns(s) * vm->config.cap_pct / 100;
}

/* part / whole of amount, without overflow for whole < 2^32. */
static uint64_t share_of(uint64_t amount, uint64_t part, uint64_t whole)
{
    return amount / whole * part + amount % whole * part / whole;
}

/* What a VM may get at most: extra_ns makes up for what is below zero. */
static uint64_t most_of(const struct sched *s, const struct sched_vm *vm,
                        uint64_t extra_ns)
{
    uint64_t slice_ns = credit_slice_ns(s);
    uint64_t most = credit_of_vm(vm)->active * slice_ns + extra_ns;
    uint64_t cap = cap_ns(s, vm);

    return cap != 0 && cap < most ? cap : most;
}

/* VMs that can have no more than their most get it; true if there was one. */
static bool settle_full(struct sched *s, uint64_t *left_ns, uint64_t *weights,
                        uint64_t extra_ns)
{
    uint64_t amount = *left_ns, whole = *weights;
    bool any = false;

    for (unsigned i = 0; i < s->vm_count; i++) {
        struct credit_vm *vm = credit_of_vm(&s->vms[i]);
        uint64_t weight = weight_of(s, &s->vms[i]), most;

        if (vm->active == 0 || vm->settled)
            continue;
        most = most_of(s, &s->vms[i], share_of(extra_ns, weight, whole));
        if (share_of(amount, weight, whole) < most)
            continue;
        vm->granted_ns = most;
        vm->settled = true;
        *left_ns -= most;
        *weights -= weight;
        any = true;
    }
    return any;
}

/* Where active VMs may run: credits that nobody can use would make all rich,
   and weights mean nothing.  (Xen counts the pCPUs of the pool.) */
static unsigned usable_pcpus(const struct sched *s)
{
    pcpu_set_t usable = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < s->vm_count; i++)
        if (credit_of_vm(&s->vms[i])->active != 0)
            usable |= s->vms[i].config.affinity;
    for (unsigned i = 0; i < s->pcpu_count; i++)
        count += pcpu_in(usable, i) ? 1 : 0;
    return count;
}

/* Splits the credits among VMs: granted_ns. */
static void split(struct sched *s)
{
    int64_t balance = credit_of_host(s)->balance_ns;
    uint64_t extra_ns = balance < 0 ? (uint64_t)-balance : 0;
    uint64_t left_ns = credit_slice_ns(s) * usable_pcpus(s) + extra_ns;
    uint64_t weights = 0;

    for (unsigned i = 0; i < s->vm_count; i++) {
        credit_of_vm(&s->vms[i])->settled = false;
        if (credit_of_vm(&s->vms[i])->active != 0)
            weights += weight_of(s, &s->vms[i]);
    }
    while (weights != 0 && settle_full(s, &left_ns, &weights, extra_ns))
        ;
    for (unsigned i = 0; i < s->vm_count; i++) {
        struct credit_vm *vm = credit_of_vm(&s->vms[i]);

        if (vm->active != 0 && !vm->settled)
            vm->granted_ns =
                share_of(left_ns, weight_of(s, &s->vms[i]), weights);
    }
}

static void park(struct sched *s, struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    if (sched_linked(&c->link))
        credit_take_out(s, v);
    c->parked = true;
    if (v->state == SCHED_RUNNING)
        sched_kick(s, &s->pcpus[v->pcpu]);
}

static void unpark(struct sched *s, struct sched_vcpu *v)
{
    credit_of_vcpu(v)->parked = false;
    if (v->state == SCHED_RUNNABLE)
        credit_place(s, v);
}

static bool waits(const struct sched_vm *vm)
{
    for (unsigned n = 0; n < vm->config.vcpus; n++)
        if (vm->vcpus[n].state == SCHED_RUNNABLE)
            return true;
    return false;
}

/* A VM that has had more than its cap pauses until the cap has made up for it.
   What it does not want it cannot have later; what it waits for, it can: for
   one turn of all who are active. */
static void apply_cap(struct sched *s, struct sched_vm *vm)
{
    struct credit_vm *c = credit_of_vm(vm);
    int64_t cap = (int64_t)cap_ns(s, vm);
    int64_t most = waits(vm) ? cap * credit_of_host(s)->active : cap;

    if (cap == 0)
        return;
    c->allowance_ns += cap;
    if (c->allowance_ns > most)
        c->allowance_ns = most;
    for (unsigned n = 0; n < vm->config.vcpus; n++) {
        struct sched_vcpu *v = &vm->vcpus[n];
        bool parked = credit_of_vcpu(v)->parked;

        if (c->allowance_ns < 0 && !parked)
            park(s, v);
        if (c->allowance_ns >= 0 && parked)
            unpark(s, v);
    }
}

/* v gets its part, and is what it has become by it.  It saves no more than it
   may earn in one turn of all who are active. */
static void earn(struct sched *s, struct sched_vcpu *v, uint64_t granted_ns)
{
    const int64_t slice_ns = (int64_t)credit_slice_ns(s);
    const int64_t most_ns = slice_ns * credit_of_host(s)->active;
    struct credit_vcpu *c = credit_of_vcpu(v);

    c->credit_ns += (int64_t)granted_ns;
    if (c->credit_ns < 0)
        c->priority = CREDIT_OVER;
    else if (c->priority == CREDIT_OVER)
        c->priority = CREDIT_UNDER;
    if (c->credit_ns < -2 * slice_ns)
        c->credit_ns = -2 * slice_ns;
    if (c->credit_ns > slice_ns && v->state == SCHED_BLOCKED) {
        credit_deactivate(v);
        c->credit_ns /= 2;
        return;
    }
    if (c->credit_ns > most_ns)
        c->credit_ns = most_ns;
    credit_of_host(s)->balance_ns += c->credit_ns;
}

/* By the new priorities; equals keep their order. */
static void sort_queue(struct sched *s, struct sched_pcpu *p)
{
    struct sched_link *queue = &credit_of_pcpu(p)->queue, old;

    sched_list_init(&old);
    while (!sched_list_empty(queue)) {
        struct sched_link *first = queue->next;

        credit_take_out(s, first->vcpu);
        sched_list_append(&old, first);
    }
    while (!sched_list_empty(&old)) {
        struct sched_vcpu *v = old.next->vcpu;

        sched_list_remove(old.next);
        credit_of_vcpu(v)->yielded = false;
        credit_insert(s, v);
    }
}

/* Who is active, and what they have used. */
static void take_stock(struct sched *s)
{
    struct credit_host *host = credit_of_host(s);

    host->active = 0;
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sched_vcpu *v = &s->vcpus[i];

        sched_charge(s, v);
        if (v->state == SCHED_RUNNABLE)
            credit_activate(v);
        host->active += credit_of_vcpu(v)->active ? 1 : 0;
    }
}

static void pay_out(struct sched *s)
{
    credit_of_host(s)->balance_ns = 0;
    for (unsigned i = 0; i < s->vm_count; i++) {
        struct sched_vm *vm = &s->vms[i];
        unsigned active = credit_of_vm(vm)->active;

        for (unsigned n = 0; n < vm->config.vcpus; n++)
            if (credit_of_vcpu(&vm->vcpus[n])->active)
                earn(s, &vm->vcpus[n], credit_of_vm(vm)->granted_ns / active);
        apply_cap(s, vm);
    }
}

void credit_account(struct sched *s)
{
    struct credit_host *host = credit_of_host(s);

    if (s->now_ns < host->account_ns)
        return;
    take_stock(s);
    split(s);
    pay_out(s);
    for (unsigned i = 0; i < s->pcpu_count; i++)
        sort_queue(s, &s->pcpus[i]);
    host->account_ns += credit_slice_ns(s);
}
