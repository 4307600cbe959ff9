/*
 * sched_bvt_check.c - invariants of BVT's queues.
 *
 * INVARIANTS
 *   1. pcpu.waiting is the length of its queue, pcpu.weight its vCPUs'.
 *   2. Nobody that waits is behind its pCPU's SVT.
 */
#include "hypervisor-model/sched/sched_bvt.h"

static bool check_pcpu(const struct sched_pcpu *p, struct error *e)
{
    const struct bvt_pcpu *bp = bvt_pcpu(p);
    unsigned length = 0;
    uint64_t weight = 0;

    for (const struct sched_link *l = bp->queue.next; l != &bp->queue;
         l = l->next, length++) {
        weight += l->vcpu->vm->config.weight;
        if (bvt_vcpu(l->vcpu)->avt < bp->svt) {
            error_set(e, STATUS_USAGE,
                      "bvt: vCPU %u of VM %s is behind pCPU %u's virtual time",
                      l->vcpu->id, l->vcpu->vm->config.name, p->id);
            return false;
        }
    }
    if (length == bp->waiting && weight == bp->weight)
        return true;
    error_set(e, STATUS_USAGE, "bvt: pCPU %u has %u waiting, counts %u", p->id,
              length, bp->waiting);
    return false;
}

bool bvt_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (!check_pcpu(&s->pcpus[i], e))
            return false;
    return true;
}
