/*
 * sched_credit2_check.c - the invariants of sched_credit2.c.
 */
#include "hypervisor-model/sched/sched_credit2.h"

static bool fails(struct error *e, const struct sched_vcpu *v, const char *what)
{
    error_set(e, STATUS_USAGE, "credit2: vCPU %u of VM %s %s", v->id,
              v->vm->config.name, what);
    return false;
}

/* No pCPU that could run v, which waits, is idle. */
static bool check_work(const struct sched *s, const struct sched_vcpu *v,
                       struct error *e)
{
    bool idle = false;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(credit2_vcpu(v)->queue->pcpus, i))
            continue;
        if (p->resched)
            return true;
        idle = idle || (!p->current && sched_may_run(v, p));
    }
    return !idle || fails(e, v, "waits beside an idle pCPU");
}

static bool check_queue(const struct sched *s, const struct credit2_queue *q,
                        struct error *e)
{
    uint32_t heaviest = 1;
    const struct sched_link *l;

    for (l = q->members.next; l != &q->members; l = l->next) {
        if (credit2_vcpu(l->vcpu)->queue != q)
            return fails(e, l->vcpu, "is a member of two runqueues");
        if (l->vcpu->vm->config.weight > heaviest)
            heaviest = l->vcpu->vm->config.weight;
    }
    if (heaviest != q->max_weight) {
        error_set(e, STATUS_USAGE, "credit2: max_weight is wrong");
        return false;
    }
    for (l = q->waiting.next; l != &q->waiting; l = l->next) {
        if (credit2_vcpu(l->vcpu)->queue != q || credit2_vcpu(l->vcpu)->parked)
            return fails(e, l->vcpu, "waits where it does not belong");
        if (l->next != &q->waiting && credit2_vcpu(l->next->vcpu)->credit_ns >
                                          credit2_vcpu(l->vcpu)->credit_ns)
            return fails(e, l->vcpu, "is before one with more credit");
        if (!check_work(s, l->vcpu, e))
            return false;
    }
    return true;
}

bool credit2_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < credit2_host(s)->queue_count; i++)
        if (!check_queue(s, &credit2_host(s)->queues[i], e))
            return false;
    return true;
}
