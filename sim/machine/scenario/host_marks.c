#include "sim/machine/scenario/host_internal.h"
#include "sim/record/sched_recent.h"

static struct sched_recent *recent_of(const struct host *h)
{
    return h->dispatch.log ? h->dispatch.log->recent : NULL;
}

static struct sched_event where(const struct host *h,
                                const struct sched_vcpu *v,
                                const struct sched_pcpu *p)
{
    return (struct sched_event){.cycle = h->pcpus[p->id].now_cycle,
                                .pcpu = (uint16_t)p->id,
                                .vm = (uint16_t)v->vm->id,
                                .vcpu = (uint16_t)v->id};
}

void host_marks_doing(struct host *h, const struct sched_vcpu *v,
                      const struct sched_pcpu *p)
{
    struct sched_recent *recent = recent_of(h);
    struct sched_event event;
    bool spins;

    if (!recent || !ops_of(h, v)->spins)
        return;
    spins = ops_of(h, v)->spins(body_of(h, v));
    if (spins == recent->vcpus[v->number].spins)
        return;
    event = where(h, v, p);
    sched_recent_mark(recent, &event,
                      spins ? SCHED_MARK_SPINS : SCHED_MARK_WORKS);
}

void host_marks_loss(struct host *h, const struct sched_vcpu *v,
                     const struct sched_pcpu *p)
{
    struct sched_recent *recent = recent_of(h);
    struct sched_event event;

    if (!ops_of(h, v)->holds_lock || v->state != SCHED_RUNNABLE ||
        !ops_of(h, v)->holds_lock(body_of(h, v)))
        return;
    h->lock_holders++;
    if (!recent)
        return;
    event = where(h, v, p);
    sched_recent_mark(recent, &event, SCHED_MARK_HOLDER);
}
