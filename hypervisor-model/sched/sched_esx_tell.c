/*
 * sched_esx_tell.c - what the ESX-like scheduler knows of a vCPU.
 */
#include <stdio.h>

#include "hypervisor-model/sched/sched_esx.h"

/* What stops it, or helps it. */
static const char *why(const struct sched_vcpu *v)
{
    if (esx_vcpu(v)->costopped)
        return ", co-stopped";
    if (esx_vm(v->vm)->limited)
        return ", limit";
    if (esx_is_reserved(v))
        return ", reserved";
    return esx_vcpu(v)->yielded ? ", yielded" : "";
}

/* a, which waits, has a better claim than b. */
static bool before(const struct sched *s, const struct sched_vcpu *a,
                   const struct sched_vcpu *b)
{
    if (esx_may_go(a) != esx_may_go(b))
        return esx_may_go(a);
    if (esx_vcpu(a)->yielded != esx_vcpu(b)->yielded)
        return !esx_vcpu(a)->yielded;
    if (esx_is_reserved(a) != esx_is_reserved(b))
        return esx_is_reserved(a);
    if (a->vm == b->vm)
        return esx_vcpu(a)->progress_ns < esx_vcpu(b)->progress_ns;
    return esx_gang_key(s, a) < esx_gang_key(s, b);
}

void esx_tell(const struct sched *s, const struct sched_vcpu *v,
              struct sched_words *w)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    bool behind = false;

    snprintf(w->text, sizeof w->text, "VM %+.1f ms, skew %.1f ms%s",
             sched_ms(esx_vm(v->vm)->vt - c->vt),
             esx_vcpu(v)->active ? sched_ms((int64_t)esx_skew_ns(s, v)) : 0,
             why(v));
    if (!sched_linked(&esx_vcpu(v)->link))
        return;
    w->line = SCHED_LINE_GROUP;
    w->number = esx_vm(v->vm)->cell;
    for (const struct sched_link *l = c->queue.next; l != &c->queue;
         l = l->next) {
        behind |= l->vcpu == v;
        w->place +=
            before(s, l->vcpu, v) || (!behind && !before(s, v, l->vcpu));
    }
}
