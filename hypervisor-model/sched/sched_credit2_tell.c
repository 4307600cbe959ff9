/*
 * sched_credit2_tell.c - what Credit2 knows of a vCPU.
 */
#include <stdio.h>

#include "hypervisor-model/sched/sched_credit2.h"

void credit2_tell(const struct sched *s, const struct sched_vcpu *v,
                  struct sched_words *w)
{
    const struct credit2_vcpu *c = credit2_vcpu(v);
    int chars = snprintf(w->text, sizeof w->text, "credit %.2f ms",
                         sched_ms(c->credit_ns));

    if (c->parked)
        snprintf(w->text + chars, sizeof w->text - (size_t)chars,
                 ", parked: cap");
    else if (credit2_vm(v->vm)->total_ns != 0)
        snprintf(w->text + chars, sizeof w->text - (size_t)chars,
                 ", budget %.1f of %.1f ms",
                 sched_ms(c->budget_ns + credit2_vm(v->vm)->budget_ns),
                 sched_ms(credit2_vm(v->vm)->total_ns));
    if (c->parked || !sched_linked(&c->link))
        return;
    w->line = SCHED_LINE_GROUP;
    w->number = (unsigned)(c->queue - credit2_host(s)->queues);
    w->place = sched_list_place(&c->queue->waiting, &c->link);
}
