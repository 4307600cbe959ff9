/*
 * sched_credit_steal.c - which pCPU a vCPU of the Credit scheduler runs on.
 *
 * Idle pCPUs are better the more of their core is idle, and the nearer they
 * are to where a vCPU was.  A VM's soft affinity (with Xen: the nodes of its
 * memory) comes before all that: where it likes to run is looked at first,
 * then where it may.
 */
#include "hypervisor-model/sched/sched_credit.h"

static pcpu_set_t liked(const struct sched *s, const struct sched_vcpu *v)
{
    return s->config->credit.soft_affinity ? sched_liked(v)
                                           : v->vm->config.affinity;
}

static bool likes(const struct sched *s, const struct sched_vcpu *v,
                  const struct sched_pcpu *p)
{
    return pcpu_in(liked(s, v), p->id);
}

struct sched_pcpu *credit_idle_pcpu(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *p = sched_idle_pcpu_in(s, v, liked(s, v));

    return p ? p : sched_idle_pcpu(s, v);
}

struct sched_pcpu *credit_better_pcpu(struct sched *s,
                                      const struct sched_vcpu *v)
{
    const struct sched_pcpu *p = &s->pcpus[v->pcpu];
    struct sched_pcpu *to = credit_idle_pcpu(s, v);

    if (!to || (likes(s, v, p) && !likes(s, v, to)))
        return NULL;
    if (likes(s, v, to) && !likes(s, v, p))
        return to;
    return sched_core_idle(s, to) && !sched_core_idle(s, p) ? to : NULL;
}

/* It ran so lately that its caches are warm: in which time no more. */
static uint64_t hot_ns(const struct sched *s, const struct credit_vcpu *c)
{
    uint64_t cold_ns = c->left_ns + sched_us(s->config->credit.migration_us);

    return cold_ns > s->now_ns && c->left_ns != 0 ? cold_ns - s->now_ns : 0;
}

struct search {
    const struct sched_pcpu *to;
    enum credit_priority above;
    bool drawn; /* only those who like to run there more than elsewhere */
    uint64_t retry_ns;
};

static bool fits(const struct sched *s, const struct search *search,
                 const struct sched_vcpu *v)
{
    if (!sched_may_run(v, search->to))
        return false;
    return !search->drawn ||
           (likes(s, v, search->to) && liked(s, v) != v->vm->config.affinity);
}

static struct sched_vcpu *
steal_from(struct sched *s, const struct sched_pcpu *p, struct search *search)
{
    const struct credit_pcpu *from = credit_of_pcpu(p);
    const struct sched_link *l = from->queue.next;

    /* It will run there at once. */
    if (from->waiting != 0 && !p->current && p->resched)
        l = l->next;
    for (; l != &from->queue; l = l->next) {
        const struct credit_vcpu *c = credit_of_vcpu(l->vcpu);
        uint64_t hot;

        if (c->priority <= search->above)
            break;
        if (!fits(s, search, l->vcpu))
            continue;
        hot = hot_ns(s, c);
        if (hot == 0)
            return l->vcpu;
        if (hot < search->retry_ns)
            search->retry_ns = hot;
    }
    return NULL;
}

/* 0: the same core, 1: the same node, 2: another. */
static unsigned distance(const struct sched_pcpu *a, const struct sched_pcpu *b)
{
    return a->core == b->core ? 0 : a->node == b->node ? 1 : 2;
}

static struct sched_vcpu *steal_near_first(struct sched *s,
                                           struct search *search)
{
    for (unsigned far = 0; far <= 2; far++)
        for (unsigned i = 1; i < s->pcpu_count; i++) {
            const struct sched_pcpu *p =
                &s->pcpus[(search->to->id + i) % s->pcpu_count];
            struct sched_vcpu *v;

            if (credit_of_pcpu(p)->waiting == 0 ||
                distance(p, search->to) != far)
                continue;
            v = steal_from(s, p, search);
            if (v)
                return v;
        }
    return NULL;
}

struct sched_vcpu *credit_steal(struct sched *s, const struct sched_pcpu *to,
                                enum credit_priority above, uint64_t *retry_ns)
{
    struct search search = {to, above, true, UINT64_MAX};
    struct sched_vcpu *v = steal_near_first(s, &search);

    if (!v) {
        search.drawn = false;
        v = steal_near_first(s, &search);
    }
    *retry_ns = search.retry_ns;
    return v;
}
