/*
 * sched_eevdf.c - Linux's Earliest Eligible Virtual Deadline First scheduler,
 * from 6.6 on, as KVM's vCPU threads meet it.
 *
 * Source        Stoica & Abdel-Wahab, "Earliest Eligible Virtual Deadline
 *               First", Old Dominion University, 1995; Linux
 *               Documentation/scheduler/sched-eevdf.rst; Corbet, "An EEVDF CPU
 *               scheduler for Linux" (LWN 925371, 2023).
 * Model         lag is how far an entity is behind the mean virtual time of its
 *               queue, by weight; it is eligible if that is not negative.  Each
 *               asks for a base slice at a time: the deadline of the request is
 *               its virtual time then, and the slice by its weight.  Of those
 *               eligible the one with the earliest deadline runs; the current
 *               one keeps the pCPU until it has had its slice or is not
 *               eligible any more (RUN_TO_PARITY).  Who leaves keeps its lag,
 *               within two slices or a tick, and has it when it comes back.
 *               A yield puts the vCPU's deadline off by a slice, so that who
 *               yields a thousand times has one far away; or it gives up the
 *               rest of the slice (forfeit_on_yield, Linux 6.18).  Whom a
 *               directed yield names goes first, if eligible, with pick_buddy
 *               alone (Linux 6.14); before, nobody looked at it: NEXT_BUDDY is
 *               off by default.  So in 6.6 a PAUSE-loop exit costs the vCPU
 *               that spins and does not help the one that it spins for; van
 *               Riel's for CFS does (LWN 419755).
 *               Groups, placement, balancing and caps are those of CFS.
 *               From 6.12 on (delay_dequeue) a VM whose last vCPU on a pCPU
 *               goes to sleep when it is not eligible stays in the queue until
 *               it is, and so does not take its debt along.
 * NOT MODELLED  delayed dequeue of a vCPU that leaves siblings behind; slices
 *               of a thread's own choice.
 */
#include "hypervisor-model/sched/fair.h"

#include <stdio.h>

#include "hypervisor-model/sched/policies.h"

static int64_t eevdf_key(const struct fair_entity *e)
{
    return e->deadline_ns;
}

static int64_t slice_ns(const struct fair_host *h, const struct fair_entity *e)
{
    return fair_virtual_ns(h->slice_ns, e->weight);
}

/* e's lag is to be the same when e counts too: its own weight moves the mean.
 */
static int64_t lag_among(const struct fair_queue *q,
                         const struct fair_entity *e)
{
    int64_t others = (int64_t)(q->weight >> 10);

    if (others == 0)
        return 0;
    return e->lag_ns * (others + (int64_t)(e->weight >> 10)) / others;
}

static void eevdf_place(const struct fair_host *h, const struct fair_queue *q,
                        struct fair_entity *e, enum fair_why why)
{
    int64_t request_ns = slice_ns(h, e);

    if (!e->queue)
        e->lag_ns = 0;
    e->vruntime_ns = fair_queue_mean_ns(q) - lag_among(q, e);
    e->deadline_ns =
        e->vruntime_ns + (why == FAIR_NEW ? request_ns / 2 : request_ns);
}

static int64_t within(int64_t value, int64_t limit)
{
    if (value > limit)
        return limit;
    return value < -limit ? -limit : value;
}

static void eevdf_leave(const struct fair_host *h, const struct fair_queue *q,
                        struct fair_entity *e)
{
    uint64_t most_ns =
        2 * h->slice_ns > h->tick_ns ? 2 * h->slice_ns : h->tick_ns;

    e->lag_ns = within(fair_queue_mean_ns(q) - e->vruntime_ns,
                       fair_virtual_ns(most_ns, e->weight));
}

/* Real time owed stays, so virtual lag and request shrink as weight grows. */
static void eevdf_reweigh(struct fair_entity *e, uint64_t weight,
                          int64_t mean_ns)
{
    int64_t from = (int64_t)(e->weight >> 10), to = (int64_t)(weight >> 10);
    int64_t lag_ns = (mean_ns - e->vruntime_ns) * from / to;
    int64_t request_ns = (e->deadline_ns - e->vruntime_ns) * from / to;

    e->vruntime_ns = mean_ns - lag_ns;
    e->deadline_ns = e->vruntime_ns + request_ns;
}

/* A request that is used up is followed by the next. */
static bool eevdf_charged(const struct fair_host *h, struct fair_queue *q)
{
    struct fair_entity *e = q->current;

    if (e->vruntime_ns < e->deadline_ns)
        return false;
    e->deadline_ns = e->vruntime_ns + slice_ns(h, e);
    e->keeps = false;
    return true;
}

static bool eevdf_tick(const struct fair_host *h, struct fair_queue *q)
{
    (void)h;
    (void)q;
    return false;
}

static bool keeps_pcpu(const struct fair_host *h, const struct fair_queue *q,
                       const struct fair_entity *e)
{
    return h->run_to_parity && e->keeps && fair_queue_eligible(q, e);
}

static struct fair_entity *eevdf_first(const struct fair_host *h,
                                       struct fair_queue *q)
{
    if (h->pick_buddy && q->next && fair_queue_eligible(q, q->next))
        return q->next;
    if (q->last && keeps_pcpu(h, q, q->last))
        return q->last;
    return (struct fair_entity *)fair_tree_first_within(&q->tree,
                                                        fair_queue_mean_ns(q));
}

static bool eevdf_preempts(const struct fair_host *h,
                           const struct fair_queue *q,
                           const struct fair_entity *e)
{
    const struct fair_entity *current = q->current;
    const struct fair_node *best;

    if (keeps_pcpu(h, q, current))
        return false;
    best = fair_tree_first_within(&q->tree, fair_queue_mean_ns(q));
    if (best != &e->node)
        return false;
    return !fair_queue_eligible(q, current) ||
           e->deadline_ns < current->deadline_ns;
}

static void eevdf_yields(const struct fair_host *h, struct fair_queue *q)
{
    struct fair_entity *e = q->current;

    if (!e->vcpu)
        return;
    e->keeps = false;
    if (h->forfeit_on_yield && fair_queue_eligible(q, e))
        e->vruntime_ns = e->deadline_ns;
    if (h->forfeit_on_yield)
        e->deadline_ns = e->vruntime_ns;
    e->deadline_ns += slice_ns(h, e);
}

/* Lag: how far the VM, and the vCPU in it, is behind the mean. */
static void eevdf_tell(const struct fair_group *g, const struct fair_entity *e,
                       struct sched_words *w)
{
    const struct fair_entity *vm = &g->entity;
    double lag_ms = sched_ms(fair_queue_mean_ns(vm->queue) - vm->vruntime_ns);
    double deadline_ms = sched_ms(vm->deadline_ns - vm->vruntime_ns);

    if (g->queue.count == 1)
        snprintf(w->text, sizeof w->text, "lag %+.1f, deadline %+.1f ms",
                 lag_ms, deadline_ms);
    else
        snprintf(w->text, sizeof w->text,
                 "lag VM %+.1f, own %+.1f, deadline %+.1f ms", lag_ms,
                 sched_ms(fair_queue_mean_ns(&g->queue) - e->vruntime_ns),
                 deadline_ms);
}

static const struct fair_rules eevdf_rules = {
    .key = eevdf_key,
    .place = eevdf_place,
    .leave = eevdf_leave,
    .reweigh = eevdf_reweigh,
    .charged = eevdf_charged,
    .tick = eevdf_tick,
    .first = eevdf_first,
    .preempts = eevdf_preempts,
    .yields = eevdf_yields,
    .tell = eevdf_tell,
};

static void eevdf_init(struct sched *s)
{
    fair_init(s, &eevdf_rules);
    fair_host_of(s)->delay_dequeue = s->config->eevdf.delay_dequeue;
    fair_host_of(s)->forfeit_on_yield = s->config->eevdf.forfeit_on_yield;
    fair_host_of(s)->pick_buddy = s->config->eevdf.pick_buddy;
}

/* Somebody is eligible wherever anybody waits. */
static bool eevdf_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct fair_queue *root = &fair_pcpu_of(&s->pcpus[i])->root;

        if (root->count == 0 ||
            (root->current && fair_queue_eligible(root, root->current)) ||
            fair_tree_first_within(&root->tree, fair_queue_mean_ns(root)))
            continue;
        error_set(e, STATUS_USAGE, "eevdf: nobody is eligible on pCPU %u", i);
        return false;
    }
    return fair_check(s, e);
}

const struct sched_ops sched_eevdf = {
    .name = "eevdf",
    .sentence = "Linux's EEVDF under KVM: of those not ahead of the mean the "
                "earliest virtual deadline first",
    .source = "Linux since 6.6, Documentation/scheduler/sched-eevdf.rst; "
              "Stoica & Abdel-Wahab, 1995",
    .options = "weight cap affinity",
    .kvm = true,
    .sched_bytes = sizeof(struct fair_host),
    .pcpu_bytes = sizeof(struct fair_pcpu),
    .vm_bytes = sizeof(struct fair_vm),
    .vcpu_bytes = sizeof(struct fair_vcpu),
    .init = eevdf_init,
    .add = fair_add,
    .enqueue = fair_enqueue,
    .dequeue = fair_dequeue,
    .pick = fair_pick,
    .charge = fair_charge,
    .block = fair_block,
    .tick = fair_tick,
    .tick_ns = fair_tick_ns,
    .timer = fair_bandwidth_refill,
    .timer_ns = fair_timer_ns,
    .yield_to = fair_yield_to,
    .tell = fair_tell,
    .check = eevdf_check,
};
