/*
 * sched_esx.c - proportional share with relaxed co-scheduling, as in VMware
 * ESX.
 *
 * Source  VMware, "The CPU Scheduler in VMware ESX 4" (2009) and "vSphere
 *         Resource Management": shares, reservation, limit; who has had least
 *         of what it is entitled to runs next.  ESX's source is not public:
 *         what these leave open is ours, and says so.
 * Model   a VM has a virtual time that advances with what its vCPUs run,
 *         inversely to its shares (weight); the VM with the least runs next,
 *         for a slice: its slowest vCPU, and with it as many of the others as
 *         it can oust from pCPUs (co-start).  A VM that wakes is level with
 *         those that wait, and preempts one that is ahead of it, or as soon as
 *         one is.
 *         Reservation and limit (cap) hold in each period of one slice: VMs
 *         below their reservation come before all others; one that has had its
 *         limit waits for the next period, and what it got too much is taken
 *         off there.  VMs are admitted only if the host has what they reserve.
 *         A VM that has begun a slice keeps together: whoever of it loses its
 *         pCPU or wakes comes back before VMs that are no more than a slice of
 *         one vCPU more entitled.
 * Yield   passes over the vCPU once; a directed one, as KVM's, gives its pCPU
 *         to the other.
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
    uint64_t slice_ns = sched_us(s->config->esx.slice_us);
    struct esx_host *h = esx_host(s);

    esx_cells_init(s);
    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct sched_vm_config *c = &s->vms[i].config;
        int64_t lag_ns = esx_virtual_ns(&s->vms[i], slice_ns * c->vcpus);

        h->has_reservations |= c->reservation_pct != 0;
        h->has_quotas |= c->cap_pct || c->reservation_pct;
        h->lag_ns = lag_ns > h->lag_ns ? lag_ns : h->lag_ns;
    }
    esx_quota_begin(s);
    h->balance_ns = sched_us(s->config->esx.balance_us);
}

static void esx_add(struct sched *s, struct sched_vcpu *v)
{
    if (esx_vm(v->vm)->started++ == 0)
        esx_cells_place(s, v->vm);
    *esx_vcpu(v) = (struct esx_vcpu){.link.vcpu = v};
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

void esx_join_queue(struct sched *s, struct sched_vcpu *v)
{
    struct esx_cell *c = esx_cell_of(s, v->vm);

    sched_list_append(&c->queue, &esx_vcpu(v)->link);
    c->waiting++;
}

void esx_leave_queue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&esx_vcpu(v)->link);
    esx_vcpu(v)->offered = NULL;
    esx_cell_of(s, v->vm)->waiting--;
}

/* v has a pCPU. */
static void set_on(struct sched_vcpu *v, bool on)
{
    if (esx_vcpu(v)->on && !on)
        esx_vm(v->vm)->running--;
    if (!esx_vcpu(v)->on && on)
        esx_vm(v->vm)->running++;
    esx_vcpu(v)->on = on;
}

static void esx_enqueue(struct sched *s, struct sched_vcpu *v,
                        enum sched_why why)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct esx_vcpu *ev = esx_vcpu(v);

    set_on(v, false);
    if (why == SCHED_WOKE) {
        if (esx_vm(v->vm)->active == 0 && esx_vm(v->vm)->vt < c->vt)
            esx_vm(v->vm)->vt = c->vt;
        set_active(s, v, true);
        esx_skew_begin(s, v);
    }
    ev->yielded = why == SCHED_YIELDED;
    esx_join_queue(s, v);
    esx_skew_hold(s, v);
    esx_quota_hold(s, v);
    if (why == SCHED_WOKE || !pcpu_in(c->pcpus, v->pcpu))
        esx_offer(s, v);
    else
        esx_offer_idle(s, v);
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
    set_on(v, false);
    leave(s, v);
}

/* a is to run on p rather than b. */
static bool better(const struct sched *s, const struct sched_pcpu *p,
                   const struct sched_vcpu *a, const struct sched_vcpu *b)
{
    int64_t stay_ns = (int64_t)sched_us(s->config->esx.stay_us);
    int64_t a_key = esx_gang_key(s, a), b_key = esx_gang_key(s, b);

    if (esx_vcpu(a)->yielded != esx_vcpu(b)->yielded)
        return !esx_vcpu(a)->yielded;
    if (esx_is_reserved(a) != esx_is_reserved(b))
        return esx_is_reserved(a);
    if (a->vm == b->vm) {
        a_key = (int64_t)esx_vcpu(a)->progress_ns;
        b_key = (int64_t)esx_vcpu(b)->progress_ns;
    }
    if (a->last_pcpu == p->id)
        a_key -= stay_ns;
    if (b->last_pcpu == p->id)
        b_key -= stay_ns;
    return a_key < b_key;
}

/* Who of the cell runs next on p. */
static struct sched_vcpu *
next_of(const struct sched *s, const struct sched_pcpu *p, struct esx_cell *c)
{
    struct sched_vcpu *best = NULL;

    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next)
        if (esx_may_go(l->vcpu) && sched_may_run(l->vcpu, p) &&
            (!best || better(s, p, l->vcpu, best)))
            best = l->vcpu;
    return best;
}

/* The least virtual time of the VMs that wait, one aside; INT64_MAX: none. */
static int64_t least_waiting(const struct esx_cell *c,
                             const struct sched_vm *aside)
{
    int64_t least = INT64_MAX;

    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next)
        if (l->vcpu->vm != aside && esx_may_go(l->vcpu) &&
            esx_vm(l->vcpu->vm)->vt < least)
            least = esx_vm(l->vcpu->vm)->vt;
    return least;
}

/* To the least of those that wait or run. */
static void bring_up_vt(const struct sched *s, struct esx_cell *c)
{
    int64_t least = least_waiting(c, NULL);

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_vcpu *v = s->pcpus[i].current;

        if (pcpu_in(c->pcpus, i) && v && esx_vm(v->vm)->vt < least)
            least = esx_vm(v->vm)->vt;
    }
    if (least != INT64_MAX && least > c->vt)
        c->vt = least;
}

/*
 * v's VM begins a slice.  If it is further behind those that wait than slices
 * explain, it could not have used more (its vCPUs, its limit): that is no claim
 * on the time to come.  Unless others are ahead by their reservations.
 */
static void forget_lag(struct sched *s, const struct sched_vcpu *v)
{
    int64_t least = least_waiting(esx_cell_of(s, v->vm), v->vm);
    struct esx_vm *ev = esx_vm(v->vm);

    if (esx_host(s)->has_reservations)
        return;
    if (least != INT64_MAX && ev->vt < least - esx_host(s)->lag_ns)
        ev->vt = least - esx_host(s)->lag_ns;
}

/* Who was invited to p, if it still waits; once. */
static struct sched_vcpu *guest_of(const struct sched *s,
                                   const struct sched_pcpu *p,
                                   const struct esx_cell *c)
{
    struct sched_vcpu *v = esx_pcpu(p)->invited;

    esx_pcpu(p)->invited = NULL;
    return v && esx_may_go(v) && esx_cell_of(s, v->vm) == c ? v : NULL;
}

/* v, just chosen, runs so long on p: to the end of its VM's slice, unless one
   that woke becomes more entitled before. */
static uint64_t slice_ns(struct sched *s, const struct sched_pcpu *p,
                         struct sched_vcpu *v)
{
    struct esx_vm *ev = esx_vm(v->vm);
    uint64_t slice_ns = sched_us(s->config->esx.slice_us), bound_ns;

    if (ev->running == 1 || s->now_ns >= ev->slice_end_ns) {
        ev->slice_end_ns = s->now_ns + slice_ns;
        forget_lag(s, v);
        esx_invite_siblings(s, v);
    }
    slice_ns = ev->slice_end_ns - s->now_ns;
    bound_ns = esx_turn_bound_ns(s, p, v);
    if (bound_ns < slice_ns)
        slice_ns = bound_ns;
    bound_ns = esx_quota_bound_ns(s, v->vm);
    return bound_ns < slice_ns ? bound_ns : slice_ns;
}

/* Who gave way on p has been passed over there: once is enough, or those of a
   VM that all did would wait until all others have. */
static void forget_yields(const struct sched_pcpu *p, const struct esx_cell *c)
{
    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next)
        if (l->vcpu->last_pcpu == p->id)
            esx_vcpu(l->vcpu)->yielded = false;
}

static struct sched_choice esx_pick(struct sched *s, struct sched_pcpu *p)
{
    struct esx_cell *c = esx_host(s)->cells;
    uint64_t bound_ns, slice;
    struct sched_vcpu *v;

    while (!pcpu_in(c->pcpus, p->id))
        c++;
    esx_account(s, c);
    bring_up_vt(s, c);
    if (p->current)
        esx_invite_woken(s, p, p->current);
    do {
        v = guest_of(s, p, c);
        if (!v)
            v = next_of(s, p, c);
        if (!v && esx_cells_pull(s, p))
            v = next_of(s, p, c);
        if (!v)
            return (struct sched_choice){NULL, UINT64_MAX};
        bound_ns = esx_skew_bound_ns(s, v);
    } while (bound_ns == 0);
    esx_leave_queue(s, v);
    esx_vcpu(v)->yielded = false;
    forget_yields(p, c);
    esx_pass_on(s, p, c);
    set_on(v, true);
    slice = slice_ns(s, p, v);
    return (struct sched_choice){v, bound_ns < slice ? bound_ns : slice};
}

/* In from's place, if it may run there; siblings that run need no help. */
static bool esx_yield_to(struct sched *s, struct sched_vcpu *from,
                         struct sched_vcpu *to)
{
    struct sched_pcpu *p = &s->pcpus[from->pcpu];

    if (!esx_may_go(to) || !sched_may_run(to, p))
        return false;
    esx_pcpu(p)->invited = to;
    return true;
}

/* Nor is it a debt what a VM had because nobody else wanted it. */
static void esx_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    int64_t most = esx_cell_of(s, v->vm)->vt + 2 * esx_host(s)->lag_ns;
    struct esx_vm *ev = esx_vm(v->vm);

    ev->vt += esx_virtual_ns(v->vm, ran_ns);
    if (ev->vt > most && !esx_host(s)->has_reservations)
        ev->vt = most;
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
    .promises = esx_promises,
    .options = "weight cap reservation affinity",
    .sched_bytes = sizeof(struct esx_host),
    .pcpu_bytes = sizeof(struct esx_pcpu),
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
    .yield_to = esx_yield_to,
    .tell = esx_tell,
    .check = esx_check,
};
