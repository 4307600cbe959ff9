/*
 * fair_tell.c - what Linux's schedulers know of a vCPU: of its VM's place in
 * the pCPU's queue, and of its own in its VM's.
 */
#include <stdio.h>

#include "hypervisor-model/sched/fair.h"

/* By key, then by who came first. */
static bool before(const struct fair_host *h, const struct fair_entity *a,
                   const struct fair_entity *b)
{
    int64_t a_key = h->rules->key(a), b_key = h->rules->key(b);

    return a_key != b_key ? a_key < b_key : a->node.order < b->node.order;
}

/* a and b wait for one pCPU. */
static bool goes_first(const struct fair_host *h, const struct sched_vcpu *a,
                       const struct sched_vcpu *b)
{
    const struct fair_group *ga = fair_group_of(a), *gb = fair_group_of(b);

    if (ga->throttled != gb->throttled)
        return gb->throttled;
    if (ga != gb)
        return before(h, &ga->entity, &gb->entity);
    return before(h, &fair_vcpu_of(a)->entity, &fair_vcpu_of(b)->entity);
}

static void put_in_line(const struct sched *s, const struct sched_vcpu *v,
                        struct sched_words *w)
{
    const struct fair_pcpu *p = fair_pcpu_of(&s->pcpus[v->pcpu]);

    if (fair_group_of(v)->throttled)
        return;
    w->line = SCHED_LINE_PCPU;
    w->number = v->pcpu;
    for (const struct sched_link *l = p->waiting.next; l != &p->waiting;
         l = l->next)
        w->place +=
            l->vcpu != v && goes_first(fair_host_of(s), l->vcpu, v) ? 1 : 0;
}

void fair_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w)
{
    const struct fair_entity *e = &fair_vcpu_of(v)->entity;
    const struct fair_group *g = fair_group_of(v);

    if (!e->queued)
        snprintf(w->text, sizeof w->text, "in no queue");
    else if (g->throttled)
        snprintf(w->text, sizeof w->text, "throttled: cap");
    else
        fair_host_of(s)->rules->tell(g, e, w);
    if (v->state == SCHED_RUNNABLE)
        put_in_line(s, v, w);
}
