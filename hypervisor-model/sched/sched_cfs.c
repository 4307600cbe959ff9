/*
 * sched_cfs.c - Linux's Completely Fair Scheduler, up to 6.5, as KVM's vCPU
 * threads meet it.
 *
 * Source        Linux Documentation/scheduler/sched-design-CFS.rst; Wong et
 *               al., "Fairness and interactive performance of O(1) and CFS"
 *               (2008); Pabla, "Completely Fair Scheduler" (Linux Journal
 *               184, 2009); for buddies and yields: van Riel, "directed yield
 *               for Pause Loop Exiting" (LWN 419755, 2010) and "sched: Use a
 *               buddy to implement yield_task_fair()" (2011).
 * Model         who has the least virtual time runs.  All of a queue are to run
 *               once in the latency, 6 ms, or, if they are more than 8, in 0.75
 *               ms for each; each has that part of it that its weight is of
 *               all.  A tick sees that the part is used.  Who slept is put no
 *               further back than half the latency before the least virtual
 *               time, and preempts if it is 1 ms, by its weight, behind.
 *               The three constants grow with the pCPUs, see fair.c.
 *               A yield lets the next in line go first; a directed yield the
 *               one that it names, unless that one is more than the wake-up
 *               granularity ahead.
 * NOT MODELLED  last buddy; SCHED_IDLE; high-resolution preemption ticks (off
 *               by default): slices end at ticks.
 */
#include "hypervisor-model/sched/fair.h"

#include <stdio.h>

#include "hypervisor-model/sched/policies.h"

static int64_t cfs_key(const struct fair_entity *e)
{
    return e->vruntime_ns;
}

static uint64_t part(uint64_t ns, uint64_t weight, uint64_t of_weight)
{
    return ns * (weight >> 10) / (of_weight >> 10);
}

/* How long e is to run at a stretch in q; if it is not there yet, once it is.
   The period is that of all vCPUs of the pCPU. */
static uint64_t slice_ns(const struct fair_host *h, const struct fair_queue *q,
                         const struct fair_entity *e)
{
    unsigned count = q->pcpu->vcpus + (e->queued ? 0 : 1);
    uint64_t weight = q->weight + (e->queued ? 0 : e->weight);
    uint64_t ns =
        count > h->nr_latency ? count * h->min_granularity_ns : h->latency_ns;

    ns = part(ns, e->weight, weight);
    if (q->owner && q->owner->queued)
        ns = part(ns, q->owner->weight, q->owner->queue->weight);
    return ns > h->min_granularity_ns ? ns : h->min_granularity_ns;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Virtual time is that of a queue: what e is ahead of the least goes along. */
static void cfs_place(const struct fair_host *h, const struct fair_queue *q,
                      struct fair_entity *e, enum fair_why why)
{
    int64_t credit_ns =
        (int64_t)(h->gentle_sleepers ? h->latency_ns / 2 : h->latency_ns);

    if (!e->queue)
        e->vruntime_ns = q->min_vruntime_ns;
    else if (e->queue != q)
        e->vruntime_ns += q->min_vruntime_ns - e->queue->min_vruntime_ns;
    switch (why) {
    case FAIR_NEW:
        e->vruntime_ns = later(
            e->vruntime_ns,
            q->min_vruntime_ns + fair_virtual_ns(slice_ns(h, q, e), e->weight));
        break;
    case FAIR_WOKE:
        e->vruntime_ns = later(e->vruntime_ns, q->min_vruntime_ns - credit_ns);
        break;
    case FAIR_MOVED:
        break;
    }
}

static bool cfs_charged(const struct fair_host *h, struct fair_queue *q)
{
    (void)h;
    (void)q;
    return false;
}

/* Its slice is used, or it is a whole slice ahead of who is first. */
static bool cfs_tick(const struct fair_host *h, struct fair_queue *q)
{
    const struct fair_entity *e = q->current;
    uint64_t ran_ns = e->ran_ns - e->ran_at_pick_ns;
    uint64_t ideal_ns = slice_ns(h, q, e);

    if (ran_ns >= ideal_ns)
        return true;
    if (ran_ns < h->min_granularity_ns)
        return false;
    return e->vruntime_ns - fair_tree_least(&q->tree) > (int64_t)ideal_ns;
}

/* a is ahead of b by no more than b would let it. */
static bool is_near(const struct fair_host *h, const struct fair_entity *a,
                    const struct fair_entity *b)
{
    return a->vruntime_ns - b->vruntime_ns <=
           fair_virtual_ns(h->wakeup_granularity_ns, b->weight);
}

static struct fair_entity *cfs_first(const struct fair_host *h,
                                     struct fair_queue *q)
{
    struct fair_entity *first = (struct fair_entity *)fair_tree_first(&q->tree);
    struct fair_entity *second;

    if (q->next && is_near(h, q->next, first))
        return q->next;
    if (q->skip != first)
        return first;
    second = (struct fair_entity *)fair_tree_next(&q->tree, &first->node);
    return second && is_near(h, second, first) ? second : first;
}

static bool cfs_preempts(const struct fair_host *h, const struct fair_queue *q,
                         const struct fair_entity *e)
{
    return !is_near(h, q->current, e);
}

static void cfs_yields(const struct fair_host *h, struct fair_queue *q)
{
    (void)h;
    q->skip = q->current;
}

/* From the least of each queue. */
static void cfs_tell(const struct fair_group *g, const struct fair_entity *e,
                     struct sched_words *w)
{
    const struct fair_queue *root = g->entity.queue;
    double vm_ms = sched_ms(g->entity.vruntime_ns - root->min_vruntime_ns);
    const char *buddy = g->queue.next == e ? ", buddy" : "";

    if (g->queue.count == 1)
        snprintf(w->text, sizeof w->text, "vruntime %+.1f ms%s", vm_ms, buddy);
    else
        snprintf(w->text, sizeof w->text, "vruntime VM %+.1f, own %+.1f ms%s",
                 vm_ms, sched_ms(e->vruntime_ns - g->queue.min_vruntime_ns),
                 buddy);
}

const struct fair_rules cfs_rules = {
    .key = cfs_key,
    .place = cfs_place,
    .charged = cfs_charged,
    .tick = cfs_tick,
    .first = cfs_first,
    .preempts = cfs_preempts,
    .yields = cfs_yields,
    .tell = cfs_tell,
};

static void cfs_init(struct sched *s)
{
    fair_init(s, &cfs_rules);
}

const struct sched_ops sched_cfs = {
    .name = "cfs",
    .sentence = "Linux's Completely Fair Scheduler under KVM: least virtual "
                "time first, VMs as groups",
    .source = "Linux 2.6.23 to 6.5, Documentation/scheduler/"
              "sched-design-CFS.rst, sched-bwc.rst",
    .options = "weight cap affinity",
    .kvm = true,
    .sched_bytes = sizeof(struct fair_host),
    .pcpu_bytes = sizeof(struct fair_pcpu),
    .vm_bytes = sizeof(struct fair_vm),
    .vcpu_bytes = sizeof(struct fair_vcpu),
    .init = cfs_init,
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
    .check = fair_check,
};
