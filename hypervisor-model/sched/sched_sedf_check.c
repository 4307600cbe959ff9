/* sched_sedf_check.c - invariants of SEDF's queues. */
#include "hypervisor-model/sched/sched_sedf.h"

bool sedf_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sedf_pcpu *q = sedf_pcpu(&s->pcpus[i]);
        const struct sched_link *l;
        uint64_t last_ns = 0;
        bool ok = true;

        for (l = q->ready.next; l != &q->ready; l = l->next) {
            const struct sedf_vcpu *d = sedf_vcpu(l->vcpu);

            ok = ok && d->home == &s->pcpus[i] && d->deadline_ns >= last_ns;
            last_ns = d->deadline_ns;
        }
        last_ns = 0;
        for (l = q->waiting.next; l != &q->waiting; l = l->next) {
            const struct sedf_vcpu *d = sedf_vcpu(l->vcpu);

            ok = ok && d->home == &s->pcpus[i] && sedf_begin_ns(d) >= last_ns;
            last_ns = sedf_begin_ns(d);
        }
        if (!ok) {
            error_set(e, STATUS_USAGE, "sedf: pCPU %u's queues are wrong", i);
            return false;
        }
    }
    return true;
}
