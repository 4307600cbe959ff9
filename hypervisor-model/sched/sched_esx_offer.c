/*
 * sched_esx_offer.c - who comes before whom, and pCPUs for those who wait.
 *
 * Model   a pCPU whose vCPU is to give way for another is kicked, and the other
 *         invited: the next pick there is of it, whoever else waits.
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

/* v is entitled to run rather than c, which runs, if that is so far ahead. */
static bool preempts(const struct sched_vcpu *v, const struct sched_vcpu *c,
                     uint64_t ahead_us)
{
    if (esx_is_reserved(v) != esx_is_reserved(c))
        return esx_is_reserved(v);
    return esx_key(v) + (int64_t)sched_us(ahead_us) < esx_key(c);
}

/* v gets the pCPU of its cell whose vCPU is the first to give way.  False:
   there is none. */
static bool oust(struct sched *s, struct sched_vcpu *v, uint64_t ahead_us)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(c->pcpus, i) || !p->current || p->resched ||
            p->current->vm == v->vm || !sched_may_run(v, p) ||
            !preempts(v, p->current, ahead_us))
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

bool esx_offer_idle(struct sched *s, const struct sched_vcpu *v)
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

    if (!esx_may_go(v) || esx_offer_idle(s, v))
        return;
    esx_account(s, esx_cell_of(s, v->vm));
    if (oust(s, v, s->config->esx.preempt_us))
        return;
    p = sched_idle_pcpu(s, v); /* of another cell, which may take the VM */
    if (p)
        sched_kick(s, p);
}

void esx_invite_siblings(struct sched *s, const struct sched_vcpu *v)
{
    const struct sched_vm *vm = v->vm;

    for (unsigned i = 0; esx_vm(vm)->active > 1 && i < vm->config.vcpus; i++) {
        struct sched_vcpu *w = &vm->vcpus[i];

        if (w != v && esx_may_go(w) && !esx_offer_idle(s, w))
            oust(s, w, 0);
    }
}
