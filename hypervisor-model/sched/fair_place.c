/*
 * fair_place.c - on which pCPU a vCPU that wakes is to run or wait.
 *
 * Source  Linux Documentation/scheduler/sched-domains.rst; Lozi et al., "The
 *         Linux scheduler: a decade of wasted cores", EuroSys 2016, section 2:
 *         a thread that wakes looks for an idle pCPU where it last ran and near
 *         there (those that share the last-level cache: here, the node), and
 *         waits where it was if there is none; a new one goes to the least
 *         loaded pCPU of the host.
 *         Sukwong & Kim, "Is co-scheduling too expensive for SMP VMs?", EuroSys
 *         2011, section 4: balance scheduling leaves out pCPUs that have
 *         another vCPU of the VM.
 */
#include "hypervisor-model/sched/fair.h"

bool fair_is_idle(const struct sched_pcpu *p)
{
    return !p->current && !p->resched && fair_pcpu_of(p)->vcpus == 0;
}

bool fair_apart(const struct sched *s, const struct sched_vcpu *v,
                const struct sched_pcpu *p)
{
    return !fair_host_of(s)->apart ||
           fair_group_on(v->vm, p->id)->queue.count == 0;
}

/* Where it may go: nowhere beside a sibling, if that can be helped. */
static pcpu_set_t candidates(const struct sched *s, const struct sched_vcpu *v)
{
    pcpu_set_t may = 0, apart = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        if (!sched_may_run(v, &s->pcpus[i]))
            continue;
        may |= (pcpu_set_t)1 << i;
        if (fair_apart(s, v, &s->pcpus[i]))
            apart |= (pcpu_set_t)1 << i;
    }
    return apart ? apart : may;
}

/* The nearest idle one; of a node, an idle core first. */
static struct sched_pcpu *idle_of(struct sched *s, const struct sched_vcpu *v,
                                  pcpu_set_t set, bool anywhere)
{
    const struct sched_pcpu *last = &s->pcpus[v->pcpu];
    struct sched_pcpu *best = NULL;
    unsigned best_rank = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];
        unsigned rank = (p->node == last->node ? 4u : 0u) +
                        (p->core == last->core ? 1u : 0u) + 1u;

        if (!pcpu_in(set, i) || !fair_is_idle(p) ||
            (p->node != last->node && !anywhere))
            continue;
        if (sched_core_idle(s, p))
            rank += anywhere ? 8u : 2u;
        if (rank > best_rank) {
            best = p;
            best_rank = rank;
        }
    }
    return best;
}

static struct sched_pcpu *
least_loaded(struct sched *s, const struct sched_vcpu *v, pcpu_set_t set)
{
    struct sched_pcpu *best = NULL;

    for (unsigned n = 0; n < s->pcpu_count; n++) {
        struct sched_pcpu *p = &s->pcpus[(v->pcpu + n) % s->pcpu_count];

        if (pcpu_in(set, p->id) &&
            (!best ||
             fair_pcpu_of(p)->root.weight < fair_pcpu_of(best)->root.weight))
            best = p;
    }
    return best;
}

struct sched_pcpu *fair_place(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *last = &s->pcpus[v->pcpu], *p;
    pcpu_set_t set = candidates(s, v);
    bool fresh = fair_vcpu_of(v)->fresh, back = pcpu_in(set, last->id);

    if (!fresh && back && fair_is_idle(last))
        return last;
    p = idle_of(s, v, set, fresh || !back);
    if (p)
        return p;
    return back && !fresh ? last : least_loaded(s, v, set);
}
