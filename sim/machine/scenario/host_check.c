/*
 * host_check.c - the invariants of host_loop.h.
 */
#include "sim/machine/scenario/host_internal.h"

/* Every VM starts, every vCPU wakes and every pCPU picks a few times at once at
   most: 100 times as many. */
enum { MOST_EVENTS_AT_ONCE = 1 << 20 };

bool host_goes_on(struct host *h, struct error *e)
{
    const struct sched *s = &h->dispatch.sched;

    if (h->now_cycle != h->still_cycle) {
        h->still_cycle = h->now_cycle;
        h->still_events = 0;
    }
    if (++h->still_events < MOST_EVENTS_AT_ONCE)
        return true;
    error_set(e, STATUS_USAGE,
              "scheduler %s: time stands still at %llu ns: it gives slices of "
              "nothing, or has a timer that is always due",
              s->ops->name,
              (unsigned long long)dispatch_ns(&h->dispatch, h->now_cycle));
    return false;
}

static bool check_pcpu(const struct host *h, unsigned n, struct error *e)
{
    const struct host_pcpu *hp = &h->pcpus[n];

    if (hp->guest_cycles + hp->scheduler_cycles + hp->idle_cycles ==
        hp->now_cycle)
        return true;
    error_set(e, STATUS_USAGE, "pCPU %u: its cycles do not sum to its clock",
              n);
    return false;
}

bool host_check(const struct host *h, struct error *e)
{
    const struct sched *s = &h->dispatch.sched;

    for (unsigned n = 0; n < s->pcpu_count; n++)
        if (!check_pcpu(h, n, e))
            return false;
    if (!event_heap_check(&h->events)) {
        error_set(e, STATUS_USAGE, "the heap of events is out of order");
        return false;
    }
    for (unsigned n = 0; n < s->vm_count; n++)
        if (h->vms[n].check && !h->vms[n].check(&h->vms[n], e))
            return false;
    return dispatch_check(&h->dispatch, e);
}
