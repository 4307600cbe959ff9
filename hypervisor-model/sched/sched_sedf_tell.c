/*
 * sched_sedf_tell.c - what SEDF knows of a vCPU.
 */
#include <stdio.h>

#include "hypervisor-model/sched/sched_sedf.h"

/* Those of the first list go before those of the second. */
static unsigned place_of(const struct sedf_pcpu *q, const struct sched_link *l)
{
    unsigned place = sched_list_place(&q->ready, l);
    bool ready = false;

    for (const struct sched_link *r = q->ready.next; r != &q->ready;
         r = r->next)
        ready |= r == l;
    return ready ? place : place + sched_list_place(&q->waiting, l);
}

void sedf_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w)
{
    const struct sedf_vcpu *d = sedf_vcpu(v);
    int64_t to_deadline_ns = (int64_t)(d->deadline_ns - s->now_ns);

    if (d->slice_ns == 0)
        snprintf(w->text, sizeof w->text, "best effort%s",
                 d->extra_now ? ", in extra time" : "");
    else
        snprintf(w->text, sizeof w->text,
                 "deadline %.1f ms, used %.1f of %.1f ms%s",
                 sched_ms(to_deadline_ns), sched_ms((int64_t)d->used_ns),
                 sched_ms((int64_t)d->slice_ns), d->extra_now ? ", extra" : "");
    if (!sched_linked(&d->link))
        return;
    w->line = SCHED_LINE_PCPU;
    w->number = d->home->id;
    w->place = place_of(sedf_pcpu(d->home), &d->link);
}
