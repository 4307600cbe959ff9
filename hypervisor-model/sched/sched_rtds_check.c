/*
 * sched_rtds_check.c - invariants of RTDS's queues, and what it knows of a
 * vCPU.
 *
 * INVARIANTS
 *   1. The queue is in order of level and deadline, the renewals in that of
 *      deadlines; what is spent has no budget left.
 *   2. While no pCPU is about to pick, nobody waits with a priority above that
 *      of a vCPU that runs where he may run: global EDF, after every event.
 */
#include <stdio.h>

#include "hypervisor-model/sched/sched_rtds.h"

static bool fails(struct error *e, const struct sched_vcpu *v, const char *what)
{
    error_set(e, STATUS_USAGE, "rtds: vCPU %u of VM %s %s", v->id,
              v->vm->config.name, what);
    return false;
}

/* Nobody who runs where v may run is less urgent. */
static bool check_edf(const struct sched *s, const struct sched_vcpu *v,
                      struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (sched_may_run(v, p) && rtds_beats(rtds_vcpu(v), p))
            return fails(e, v, "waits beside one that is less urgent");
    }
    return true;
}

static bool settled(const struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (s->pcpus[i].resched)
            return false;
    return true;
}

bool rtds_check(const struct sched *s, struct error *e)
{
    const struct rtds_host *h = rtds_host(s);
    const struct sched_link *l;

    for (l = h->queue.next; l != &h->queue; l = l->next) {
        if (l->next != &h->queue &&
            rtds_more_urgent(rtds_vcpu(l->next->vcpu), rtds_vcpu(l->vcpu)))
            return fails(e, l->vcpu, "is before one that is more urgent");
        if (rtds_vcpu(l->vcpu)->left_ns == 0)
            return fails(e, l->vcpu, "is queued without budget");
        if (settled(s) && !check_edf(s, l->vcpu, e))
            return false;
    }
    for (l = h->spent.next; l != &h->spent; l = l->next)
        if (rtds_vcpu(l->vcpu)->left_ns != 0)
            return fails(e, l->vcpu, "has budget and is not queued");
    for (l = h->renews.next; l->next != &h->renews && l != &h->renews;
         l = l->next)
        if (rtds_vcpu(l->next->vcpu)->deadline_ns <
            rtds_vcpu(l->vcpu)->deadline_ns)
            return fails(e, l->vcpu, "is renewed after its turn");
    return true;
}

void rtds_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w)
{
    const struct rtds_host *h = rtds_host(s);
    const struct rtds_vcpu *r = rtds_vcpu(v);
    int chars = snprintf(
        w->text, sizeof w->text, "deadline %.1f ms, budget %.1f of %.1f ms",
        sched_ms((int64_t)(r->deadline_ns - s->now_ns)),
        sched_ms((int64_t)r->left_ns), sched_ms((int64_t)r->budget_ns));

    if (r->level != 0)
        snprintf(w->text + chars, sizeof w->text - (size_t)chars, ", extra %u",
                 r->level);
    if (!sched_linked(&r->link) || r->left_ns == 0)
        return;
    w->line = SCHED_LINE_HOST;
    w->place = sched_list_place(&h->queue, &r->link);
}
