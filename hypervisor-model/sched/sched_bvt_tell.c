/*
 * sched_bvt_tell.c - what BVT knows of a vCPU.
 */
#include <stdio.h>

#include "hypervisor-model/sched/sched_bvt.h"

/* Virtual time as time of a VM of weight 256, from the pCPU's SVT on. */
static double virtual_ms(const struct sched *s, int64_t virtual_time,
                         const struct bvt_pcpu *p)
{
    double units = (double)s->config->bvt.mcu_advance * BVT_FRACTIONS;

    return (double)(virtual_time - p->svt) / units *
           sched_ms((int64_t)bvt_mcu_ns(s));
}

void bvt_tell(const struct sched *s, const struct sched_vcpu *v,
              struct sched_words *w)
{
    const struct bvt_pcpu *p = bvt_pcpu(&s->pcpus[v->pcpu]);
    const struct bvt_vcpu *b = bvt_vcpu(v);
    bool behind = false;

    snprintf(w->text, sizeof w->text, "EVT %+.1f ms%s%s",
             virtual_ms(s, bvt_evt_of(s, b), p),
             bvt_is_warped(s, b) ? ", warped" : "",
             b->yielded ? ", yielded" : "");
    if (!sched_linked(&b->link))
        return;
    w->line = SCHED_LINE_PCPU;
    w->number = v->pcpu;
    for (const struct sched_link *l = p->queue.next; l != &p->queue;
         l = l->next) {
        behind |= l == &b->link;
        w->place += bvt_goes_before(s, bvt_vcpu(l->vcpu), b) ||
                    (!behind && !bvt_goes_before(s, b, bvt_vcpu(l->vcpu)));
    }
}
