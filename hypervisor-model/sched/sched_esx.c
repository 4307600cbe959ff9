/*
 * sched_esx.c - proportional share with relaxed co-scheduling, as in VMware
 * ESX.
 *
 * Source  VMware, "The CPU Scheduler in VMware ESX 4" (2009) and "vSphere
 *         Resource Management": shares, reservation, limit; who has had least
 *         of what it is entitled to runs next.  ESX's source is not public:
 *         what these leave open is ours, and says so.
 * Model   a VM's shares (weight) are divided among those of its vCPUs that run
 *         or wait; each has a virtual time that advances inversely, and the
 *         least runs next, for a slice.  Who wakes is level with those who
 *         wait, and preempts one that is ahead of it.
 *         Reservation and limit (cap) hold in each period of one slice: VMs
 *         below their reservation come before all others; one that has had its
 *         limit waits for the next period, and what it got too much is taken
 *         off there.  VMs are admitted only if the host has what they reserve.
 * Yield   passes over the vCPU once.
 * INVARIANTS (esx_check)
 *   1. A VM's vCPUs run and wait in its cell only.
 *   2. cell.waiting, cell.active are the numbers of those that do.
 *   3. No vCPU is ahead of a sibling that runs or waits by more than skew_us
 *      and one decision_us (sched_esx_skew.c).
 */
#include "hypervisor-model/sched/sched_esx.h"

#include "hypervisor-model/sched/policies.h"

static void esx_init(struct sched *s)
{
    struct esx_host *h = esx_host(s);

    esx_cells_init(s);
    for (unsigned i = 0; i < s->vm_count; i++)
        if (s->vms[i].config.cap_pct || s->vms[i].config.reservation_pct)
            h->has_quotas = true;
    esx_quota_begin(s);
    h->balance_ns = sched_us(s->config->esx.balance_us);
}

static void esx_add(struct sched *s, struct sched_vcpu *v)
{
    if (esx_vm(v->vm)->started++ == 0)
        esx_cells_place(s, v->vm);
    *esx_vcpu(v) = (struct esx_vcpu){.link.vcpu = v};
    esx_vcpu(v)->vt = esx_cell_of(s, v->vm)->vt;
}

/* v runs or waits from now on, or does so no longer. */
static void set_active(struct sched *s, struct sched_vcpu *v, bool active)
{
    struct esx_cell *c = esx_cell_of(s, v->vm);
    struct esx_vm *ev = esx_vm(v->vm);

    if (esx_vcpu(v)->active == active)
        return;
    esx_vcpu(v)->active = active;
    if (active) {
        c->active++;
        if (ev->active++ == 0)
            c->weight += v->vm->config.weight;
    } else {
        c->active--;
        if (--ev->active == 0)
            c->weight -= v->vm->config.weight;
    }
}

static void esx_remove(struct sched *s, struct sched_vcpu *v)
{
    if (--esx_vm(v->vm)->started == 0)
        esx_cell_of(s, v->vm)->reserved -= v->vm->config.reservation_pct;
}

/* A VM's virtual time for so much real time of one of its vCPUs. */
static int64_t virtual_ns(const struct sched_vm *vm, uint64_t ns)
{
    uint32_t weight = vm->config.weight ? vm->config.weight : ESX_WEIGHT;
    unsigned active = esx_vm(vm)->active ? esx_vm(vm)->active : 1;

    return (int64_t)(ns * ESX_WEIGHT * active / weight);
}

static bool is_reserved(const struct sched_vcpu *v)
{
    return esx_vm(v->vm)->reserve_left_ns > 0;
}

/* v is entitled to run rather than c, which runs. */
static bool preempts(const struct sched *s, const struct sched_vcpu *v,
                     const struct sched_vcpu *c)
{
    int64_t vt = esx_vcpu(c)->vt + virtual_ns(c->vm, esx_uncharged_ns(s, c)) -
                 (int64_t)sched_us(s->config->esx.preempt_us);

    if (is_reserved(v) != is_reserved(c))
        return is_reserved(v);
    return esx_vcpu(v)->vt < vt;
}

/* The pCPU of its cell whose vCPU is the first to give way; NULL: none is. */
static struct sched_pcpu *victim(struct sched *s, const struct sched_vcpu *v)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct sched_pcpu *best = NULL;

    esx_quota_account(s, c);
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(c->pcpus, i) || !p->current || p->resched ||
            p->current->vm == v->vm || !sched_may_run(v, p) ||
            !preempts(s, v, p->current))
            continue;
        if (!best || (is_reserved(best->current) && !is_reserved(p->current)) ||
            (is_reserved(best->current) == is_reserved(p->current) &&
             esx_vcpu(p->current)->vt > esx_vcpu(best->current)->vt))
            best = p;
    }
    return best;
}

/* To an idle pCPU of its cell.  False: there is none. */
static bool offer_idle(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *p =
        sched_idle_pcpu_in(s, v, esx_cell_of(s, v->vm)->pcpus);

    if (p)
        sched_kick(s, p);
    return p;
}

void esx_offer(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p;

    if (esx_vm(v->vm)->limited || esx_vcpu(v)->costopped || offer_idle(s, v))
        return;
    p = victim(s, v);
    if (!p)
        p = sched_idle_pcpu(s, v); /* of another cell, which may take the VM */
    if (p)
        sched_kick(s, p);
}

void esx_join_queue(struct sched *s, struct sched_vcpu *v)
{
    struct esx_cell *c = esx_cell_of(s, v->vm);

    sched_list_append(&c->queue, &esx_vcpu(v)->link);
    c->waiting++;
}

void esx_leave_queue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&esx_vcpu(v)->link);
    esx_cell_of(s, v->vm)->waiting--;
}

static void esx_enqueue(struct sched *s, struct sched_vcpu *v,
                        enum sched_why why)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct esx_vcpu *ev = esx_vcpu(v);

    if (why == SCHED_WOKE) {
        set_active(s, v, true);
        if (ev->vt < c->vt)
            ev->vt = c->vt;
        esx_skew_begin(s, v);
    }
    ev->yielded = why == SCHED_YIELDED;
    esx_join_queue(s, v);
    esx_skew_hold(s, v);
    if (why == SCHED_WOKE || !pcpu_in(c->pcpus, v->pcpu))
        esx_offer(s, v);
    else
        offer_idle(s, v);
}

/* Out of the count of its VM: the others may be less ahead without it. */
static void leave(struct sched *s, struct sched_vcpu *v)
{
    if (esx_vcpu(v)->costopped) {
        esx_vcpu(v)->costopped = false;
        esx_host(s)->costopped--;
    }
    set_active(s, v, false);
    esx_skew_costart(s, v->vm);
}

static void esx_dequeue(struct sched *s, struct sched_vcpu *v)
{
    esx_leave_queue(s, v);
    leave(s, v);
}

static void esx_block(struct sched *s, struct sched_vcpu *v)
{
    leave(s, v);
}

/* a is to run on p rather than b. */
static bool better(const struct sched *s, const struct sched_pcpu *p,
                   const struct sched_vcpu *a, const struct sched_vcpu *b)
{
    int64_t stay_ns = (int64_t)sched_us(s->config->esx.stay_us);
    int64_t a_vt = esx_vcpu(a)->vt, b_vt = esx_vcpu(b)->vt;

    if (esx_vcpu(a)->yielded != esx_vcpu(b)->yielded)
        return !esx_vcpu(a)->yielded;
    if (is_reserved(a) != is_reserved(b))
        return is_reserved(a);
    if (a->last_pcpu == p->id)
        a_vt -= stay_ns;
    if (b->last_pcpu == p->id)
        b_vt -= stay_ns;
    return a_vt < b_vt;
}

/* Who of the cell runs next on p; brings the cell's virtual time up. */
static struct sched_vcpu *
next_of(const struct sched *s, const struct sched_pcpu *p, struct esx_cell *c)
{
    struct sched_vcpu *best = NULL;
    int64_t least = INT64_MAX;

    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next) {
        const struct esx_vcpu *ev = esx_vcpu(l->vcpu);

        if (ev->costopped || esx_vm(l->vcpu->vm)->limited)
            continue;
        if (ev->vt < least)
            least = ev->vt;
        if (sched_may_run(l->vcpu, p) && (!best || better(s, p, l->vcpu, best)))
            best = l->vcpu;
    }
    if (least != INT64_MAX && least > c->vt)
        c->vt = least;
    return best;
}

static struct sched_choice esx_pick(struct sched *s, struct sched_pcpu *p)
{
    struct esx_cell *c = esx_host(s)->cells;
    uint64_t slice_ns = sched_us(s->config->esx.slice_us), bound_ns;
    struct sched_vcpu *v;

    while (!pcpu_in(c->pcpus, p->id))
        c++;
    esx_quota_account(s, c);
    do {
        v = next_of(s, p, c);
        if (!v && esx_cells_pull(s, p))
            v = next_of(s, p, c);
        if (!v)
            return (struct sched_choice){NULL, UINT64_MAX};
        bound_ns = esx_skew_bound_ns(s, v);
    } while (bound_ns == 0);
    esx_leave_queue(s, v);
    esx_vcpu(v)->yielded = false;
    if (bound_ns < slice_ns)
        slice_ns = bound_ns;
    bound_ns = esx_quota_bound_ns(s, v->vm, c->waiting != 0);
    if (bound_ns < slice_ns)
        slice_ns = bound_ns;
    return (struct sched_choice){v, slice_ns};
}

static void esx_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    esx_vcpu(v)->vt += virtual_ns(v->vm, ran_ns);
    esx_vcpu(v)->progress_ns += ran_ns;
    esx_quota_charge(s, v->vm, ran_ns);
}

static void esx_timer(struct sched *s)
{
    struct esx_host *h = esx_host(s);

    if (h->costopped && s->now_ns >= h->decision_ns) {
        h->decision_ns = s->now_ns + sched_us(s->config->esx.decision_us);
        for (unsigned i = 0; i < s->vm_count; i++)
            if (esx_vm(&s->vms[i])->active > 1)
                esx_skew_costart(s, &s->vms[i]);
    }
    if (h->has_quotas && s->now_ns >= h->period_end_ns)
        esx_quota_renew(s);
    if (s->now_ns >= h->balance_ns) {
        h->balance_ns = s->now_ns + sched_us(s->config->esx.balance_us);
        if (h->cell_count > 1)
            esx_cells_balance(s);
    }
}

static uint64_t esx_timer_ns(const struct sched *s)
{
    const struct esx_host *h = esx_host(s);
    uint64_t due = UINT64_MAX;

    if (h->cell_count > 1)
        due = h->balance_ns;
    if (h->has_quotas && h->period_end_ns < due)
        due = h->period_end_ns;
    if (h->costopped && h->decision_ns < due)
        due = h->decision_ns;
    return due;
}

static bool esx_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < esx_host(s)->cell_count; i++)
        if (!esx_cell_check(s, &esx_host(s)->cells[i], e))
            return false;
    return esx_skew_check(s, e);
}

const struct sched_ops sched_esx = {
    .name = "esx",
    .sentence = "shares, reservations, limits; no vCPU far ahead of another",
    .source = "VMware ESX 3.5 to 4: The CPU Scheduler in VMware ESX 4",
    .options = "weight cap reservation affinity",
    .sched_bytes = sizeof(struct esx_host),
    .vm_bytes = sizeof(struct esx_vm),
    .vcpu_bytes = sizeof(struct esx_vcpu),
    .admit = esx_quota_admit,
    .init = esx_init,
    .add = esx_add,
    .remove = esx_remove,
    .enqueue = esx_enqueue,
    .dequeue = esx_dequeue,
    .pick = esx_pick,
    .charge = esx_charge,
    .block = esx_block,
    .timer = esx_timer,
    .timer_ns = esx_timer_ns,
    .check = esx_check,
};
