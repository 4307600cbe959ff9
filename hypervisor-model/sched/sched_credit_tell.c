/*
 * sched_credit_tell.c - what Credit knows of a vCPU, in Xen's units: 10 credits
 * are a millisecond of a pCPU.
 */
#include <inttypes.h>
#include <stdio.h>

#include "hypervisor-model/sched/sched_credit.h"

enum { CREDIT_NS = 100000 };

static const char *name_of(enum credit_priority priority)
{
    switch (priority) {
    case CREDIT_IDLE:
        break;
    case CREDIT_OVER:
        return "OVER";
    case CREDIT_UNDER:
        return "UNDER";
    case CREDIT_BOOST:
        return "BOOST";
    }
    return "IDLE";
}

void credit_tell(const struct sched *s, const struct sched_vcpu *v,
                 struct sched_words *w)
{
    const struct credit_vcpu *c = credit_of_vcpu(v);

    if (sched_linked(&c->link)) {
        w->line = SCHED_LINE_PCPU;
        w->number = v->pcpu;
        w->place = sched_list_place(&credit_of_pcpu(&s->pcpus[v->pcpu])->queue,
                                    &c->link);
    }
    snprintf(w->text, sizeof w->text, "%s credit %" PRId64 "%s%s",
             name_of(c->priority), c->credit_ns / CREDIT_NS,
             c->parked ? ", parked: cap" : "", c->yielded ? ", yielded" : "");
}
