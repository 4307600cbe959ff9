/*
 * sched_esx_offer.c - who comes before whom, and pCPUs for those who wait.
 *
 * Model   a pCPU whose vCPU is to give way for another is kicked, and the other
 *         invited: the next pick there is of it, whoever else waits.  If
 *         nobody is to give way yet to a vCPU that woke, the one that runs
 *         ahead of all others will be, unless it stops: it is asked again at
 *         that time, for "a world which has consumed less than its entitlement
 *         is considered to have higher priority and will likely be chosen to
 *         run next" (VMware, The CPU Scheduler in VMware vSphere 5.1, 2013).
 */
#include "hypervisor-model/sched/sched_esx.h"

bool esx_is_reserved(const struct sched_vcpu *v)
{
    return esx_vm(v->vm)->reserve_left_ns > 0;
}

void esx_account(struct sched *s, const struct esx_cell *c)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (pcpu_in(c->pcpus, i) && s->pcpus[i].current)
            sched_charge(s, s->pcpus[i].current);
}

bool esx_may_go(const struct sched_vcpu *v)
{
    return sched_linked(&esx_vcpu(v)->link) && !esx_vcpu(v)->costopped &&
           !esx_vm(v->vm)->limited;
}

int64_t esx_key(const struct sched_vcpu *v)
{
    const struct esx_vm *ev = esx_vm(v->vm);

    return esx_is_reserved(v) ? -ev->reserve_left_ns / (int64_t)ev->active
                              : ev->vt;
}

int64_t esx_virtual_ns(const struct sched_vm *vm, uint64_t ns)
{
    uint32_t weight = vm->config.weight ? vm->config.weight : ESX_WEIGHT;

    return (int64_t)(ns * ESX_WEIGHT / weight);
}

bool esx_is_awaited(const struct sched *s, const struct sched_vcpu *v)
{
    return esx_vm(v->vm)->running != 0 &&
           s->now_ns < esx_vm(v->vm)->slice_end_ns;
}

int64_t esx_gang_key(const struct sched *s, const struct sched_vcpu *v)
{
    uint64_t slice_ns = sched_us(s->config->esx.slice_us);
    int64_t key = esx_key(v);

    if (esx_is_reserved(v) || !esx_is_awaited(s, v))
        return key;
    return key - esx_virtual_ns(v->vm, slice_ns);
}

/* v, which woke or comes with its VM, is entitled to run rather than c. */
static bool preempts(const struct sched *s, const struct sched_vcpu *v,
                     const struct sched_vcpu *c, bool woke)
{
    int64_t preempt_ns = (int64_t)sched_us(s->config->esx.preempt_us);

    if (esx_is_reserved(v) != esx_is_reserved(c))
        return esx_is_reserved(v);
    return woke ? esx_key(v) + preempt_ns < esx_key(c)
                : esx_key(v) < esx_gang_key(s, c);
}

/* v gets the pCPU of its cell whose vCPU is the first to give way.  False:
   there is none. */
static bool oust(struct sched *s, struct sched_vcpu *v, bool woke)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(c->pcpus, i) || !p->current || p->resched ||
            p->current->vm == v->vm || !sched_may_run(v, p) ||
            !preempts(s, v, p->current, woke))
            continue;
        if (!best ||
            (esx_is_reserved(best->current) && !esx_is_reserved(p->current)) ||
            (esx_is_reserved(best->current) == esx_is_reserved(p->current) &&
             esx_key(p->current) > esx_key(best->current)))
            best = p;
    }
    if (!best)
        return false;
    esx_pcpu(best)->invited = v;
    sched_kick(s, best);
    return true;
}

/* How long c, which runs, takes to be ahead of v enough to give way to it. */
static uint64_t until_preempted_ns(const struct sched *s,
                                   const struct sched_vcpu *v,
                                   const struct sched_vcpu *c)
{
    int64_t left =
        esx_key(v) + (int64_t)sched_us(s->config->esx.preempt_us) - esx_key(c);
    int64_t rate = esx_virtual_ns(c->vm, ESX_WEIGHT) * esx_vm(c->vm)->running;

    return left < 0 ? 0
                    : (uint64_t)(left * ESX_WEIGHT / (rate > 0 ? rate : 1)) + 1;
}

/* v woke, and nobody gives way: the next one that will is asked in time. */
static void wait_for_turn(struct sched *s, const struct sched_vcpu *v)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct sched_pcpu *best = NULL;
    uint64_t soonest_ns = UINT64_MAX;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];
        uint64_t ns;

        if (!pcpu_in(c->pcpus, i) || !p->current || p->resched ||
            p->current->vm == v->vm || !sched_may_run(v, p) ||
            esx_is_reserved(p->current) != esx_is_reserved(v))
            continue;
        ns = until_preempted_ns(s, v, p->current);
        if (ns < soonest_ns) {
            best = p;
            soonest_ns = ns;
        }
    }
    if (best)
        sched_cut_slice(s, best, s->now_ns + soonest_ns);
}

/* w woke, has not had its turn, and could run on p in place of v. */
static bool waits_for_turn(const struct sched_vcpu *w,
                           const struct sched_pcpu *p,
                           const struct sched_vcpu *v)
{
    return w->woken && w->vm != v->vm && esx_may_go(w) && sched_may_run(w, p);
}

void esx_invite_woken(const struct sched *s, struct sched_pcpu *p,
                      const struct sched_vcpu *ran)
{
    const struct esx_cell *c = esx_cell_of(s, ran->vm);
    struct sched_vcpu *best = NULL;

    if (esx_pcpu(p)->invited)
        return;
    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next)
        if (waits_for_turn(l->vcpu, p, ran) &&
            preempts(s, l->vcpu, ran, true) &&
            (!best || esx_key(l->vcpu) < esx_key(best)))
            best = l->vcpu;
    esx_pcpu(p)->invited = best;
}

uint64_t esx_turn_bound_ns(const struct sched *s, const struct sched_pcpu *p,
                           const struct sched_vcpu *v)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    uint64_t least_ns = sched_us(s->config->esx.preempt_us) + 1;
    uint64_t bound_ns = UINT64_MAX, ns;

    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next) {
        if (!waits_for_turn(l->vcpu, p, v) ||
            esx_is_reserved(l->vcpu) != esx_is_reserved(v))
            continue;
        ns = until_preempted_ns(s, l->vcpu, v);
        if (ns < bound_ns)
            bound_ns = ns;
    }
    return bound_ns < least_ns ? least_ns : bound_ns;
}

bool esx_offer_idle(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p = esx_vcpu(v)->offered;

    if (p && p->resched && !p->current)
        return true; /* a second one might be a thread of a busy core */
    p = sched_idle_pcpu_in(s, v, esx_cell_of(s, v->vm)->pcpus);
    esx_vcpu(v)->offered = p;
    if (p)
        sched_kick(s, p);
    return p;
}

void esx_pass_on(struct sched *s, struct sched_pcpu *p,
                 const struct esx_cell *c)
{
    for (struct sched_link *l = c->queue.next; l != &c->queue; l = l->next) {
        struct esx_vcpu *ev = esx_vcpu(l->vcpu);

        if (ev->offered != p)
            continue;
        ev->offered = NULL;
        if (esx_may_go(l->vcpu))
            esx_offer_idle(s, l->vcpu);
    }
}

void esx_offer(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p;

    if (!esx_may_go(v) || esx_offer_idle(s, v))
        return;
    esx_account(s, esx_cell_of(s, v->vm));
    if (oust(s, v, true))
        return;
    p = sched_idle_pcpu(s, v); /* of another cell, which may take the VM */
    if (p)
        sched_kick(s, p);
    else
        wait_for_turn(s, v);
}

void esx_invite_siblings(struct sched *s, const struct sched_vcpu *v)
{
    const struct sched_vm *vm = v->vm;

    for (unsigned i = 0; esx_vm(vm)->active > 1 && i < vm->config.vcpus; i++) {
        struct sched_vcpu *w = &vm->vcpus[i];

        if (w != v && esx_may_go(w) && !esx_offer_idle(s, w))
            oust(s, w, false);
    }
}
