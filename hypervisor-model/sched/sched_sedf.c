/*
 * sched_sedf.c - Xen's SEDF: on each pCPU, earliest deadline first of slices
 * in periods; what is left is extra time.
 *
 * Source  xen/common/sched_sedf.c (Xen 3.0 to 4.5), its comments, and
 *         docs/misc/sedf_scheduler_mini-HOWTO.txt.
 * Model   a vCPU stays on the pCPU that had the fewest when it started.  There
 *         it has a slice in each period, before those with later deadlines:
 *           budget given     that slice of that period;
 *           period alone     by weight: all such vCPUs share what is left of
 *                            the weight period, less a safety margin, in
 *                            proportion to their weights;
 *           neither          no slice: best effort, extra time by weight, as
 *                            Xen has it for a domain that nothing was said of.
 *         Who has used its slice waits for its next period.  While no slice is
 *         due, those of best effort and VMs with extra = true run in turn for
 * an extra quantum each: in proportion to their reserved shares (best effort:
 * weight 256 counts as a whole pCPU's, ours), but first whoever lost most of
 * his slices, for his periods, to short blocks. Blocked beyond its deadline, a
 * vCPU begins a new period as it wakes; if it wakes before, its slice of this
 * period is lost, and owed to it in extra time.  (Otherwise slices no longer
 * fit their periods.) NOT MODELLED  latency hints with their shorter first
 * periods.
 *
 * INVARIANTS  (sedf_check asserts them)
 *   1. Who is ready is in order of deadlines, who waits of his period's begin.
 *   2. All in a pCPU's queues are at home there.
 */
#include "hypervisor-model/sched/sched_sedf.h"
#include "hypervisor-model/sched/policies.h"

/* Less is not worth a miss: real guest code ends its slices so late. */
enum { SPARE_NS = 1000 };

static void sedf_init(struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        sched_list_init(&sedf_pcpu(&s->pcpus[i])->ready);
        sched_list_init(&sedf_pcpu(&s->pcpus[i])->waiting);
    }
}

static uint64_t left_ns(const struct sedf_vcpu *d)
{
    return d->used_ns < d->slice_ns ? d->slice_ns - d->used_ns : 0;
}

static void insert_ready(struct sedf_vcpu *d)
{
    struct sched_link *list = &sedf_pcpu(d->home)->ready, *at = list;

    while (at->prev != list &&
           d->deadline_ns < sedf_vcpu(at->prev->vcpu)->deadline_ns)
        at = at->prev;
    sched_list_insert_before(at, &d->link);
}

static void insert_waiting(struct sedf_vcpu *d)
{
    struct sched_link *list = &sedf_pcpu(d->home)->waiting, *at = list;

    while (at->prev != list &&
           sedf_begin_ns(d) < sedf_begin_ns(sedf_vcpu(at->prev->vcpu)))
        at = at->prev;
    sched_list_insert_before(at, &d->link);
}

/* A slice that is used up: on to the next period. */
static void end_slice(const struct sched *s, struct sched_vcpu *v)
{
    struct sedf_vcpu *d = sedf_vcpu(v);

    while (d->slice_ns != 0 && d->used_ns >= d->slice_ns) {
        if (s->now_ns > d->deadline_ns + SPARE_NS)
            v->vm->deadline_misses++;
        d->used_ns -= d->slice_ns;
        d->deadline_ns += d->period_ns;
    }
}

/* Which period a vCPU that wakes is in. */
static void enter_period(const struct sched *s, struct sched_vcpu *v)
{
    struct sedf_vcpu *d = sedf_vcpu(v);
    uint64_t had_ns = sedf_pcpu(d->home)->extra_ns;

    if (d->extra_ns < had_ns)
        d->extra_ns = had_ns; /* nobody saves extra time up */
    if (d->deadline_ns <= s->now_ns) {
        d->deadline_ns = s->now_ns + d->period_ns;
        d->used_ns = 0;
    } else if (sedf_begin_ns(d) <= s->now_ns) {
        d->owed_ns += left_ns(d);
        d->deadline_ns += d->period_ns;
        d->used_ns = 0;
    }
}

/* v, which woke, changes what its pCPU is to do, or when. */
static bool matters(const struct sched_vcpu *v)
{
    const struct sedf_vcpu *d = sedf_vcpu(v);
    const struct sched_pcpu *p = d->home;

    if (!p->current)
        return true;
    if (sedf_begin_ns(d) >= p->pick_end_ns)
        return false;
    return sedf_vcpu(p->current)->extra_now ||
           d->deadline_ns < sedf_vcpu(p->current)->deadline_ns;
}

static void sedf_enqueue(struct sched *s, struct sched_vcpu *v,
                         enum sched_why why)
{
    struct sedf_vcpu *d = sedf_vcpu(v);

    if (why == SCHED_WOKE)
        enter_period(s, v);
    else
        end_slice(s, v);
    if (sedf_begin_ns(d) <= s->now_ns)
        insert_ready(d);
    else
        insert_waiting(d);
    if (why == SCHED_WOKE && matters(v))
        sched_kick(s, d->home);
}

static void sedf_dequeue(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    sched_list_remove(&sedf_vcpu(v)->link);
}

static void sedf_block(struct sched *s, struct sched_vcpu *v)
{
    end_slice(s, v);
}

/* Periods that have ended without their slices, then those that have begun: who
   missed a deadline goes before others with the next one. */
static void begin_periods(struct sched *s, struct sedf_pcpu *q)
{
    while (!sched_list_empty(&q->ready)) {
        struct sched_vcpu *v = q->ready.next->vcpu;
        struct sedf_vcpu *d = sedf_vcpu(v);
        uint64_t periods;

        if (d->deadline_ns > s->now_ns)
            break;
        periods = (s->now_ns - d->deadline_ns) / d->period_ns + 1;
        if (left_ns(d) > SPARE_NS)
            v->vm->deadline_misses += periods;
        d->deadline_ns += periods * d->period_ns;
        d->used_ns = 0;
        sched_list_remove(&d->link);
        insert_ready(d);
    }
    while (!sched_list_empty(&q->waiting)) {
        struct sedf_vcpu *d = sedf_vcpu(q->waiting.next->vcpu);

        if (sedf_begin_ns(d) > s->now_ns)
            break;
        sched_list_remove(&d->link);
        insert_ready(d);
    }
}

/* a is to have extra time before b. */
static bool extra_before(const struct sedf_vcpu *a, const struct sedf_vcpu *b)
{
    uint64_t a_lost = a->owed_ns * 1024 / a->period_ns;
    uint64_t b_lost = b->owed_ns * 1024 / b->period_ns;

    return a_lost != b_lost ? a_lost > b_lost : a->extra_ns < b->extra_ns;
}

/* Of those who wait for their period. */
static struct sched_vcpu *first_for_extra(const struct sedf_pcpu *q)
{
    struct sched_vcpu *best = NULL;

    for (const struct sched_link *l = q->waiting.next; l != &q->waiting;
         l = l->next)
        if (sedf_vcpu(l->vcpu)->extra &&
            (!best || extra_before(sedf_vcpu(l->vcpu), sedf_vcpu(best))))
            best = l->vcpu;
    return best;
}

static struct sched_choice sedf_pick(struct sched *s, struct sched_pcpu *p)
{
    struct sedf_pcpu *q = sedf_pcpu(p);
    struct sched_choice choice = {NULL, UINT64_MAX};
    uint64_t next_ns;

    begin_periods(s, q);
    /* Also of who gets extra time now. */
    next_ns = sched_list_empty(&q->waiting)
                  ? UINT64_MAX
                  : sedf_begin_ns(sedf_vcpu(q->waiting.next->vcpu));
    if (!sched_list_empty(&q->ready)) {
        choice.vcpu = q->ready.next->vcpu;
        choice.slice_ns = left_ns(sedf_vcpu(choice.vcpu));
        sedf_vcpu(choice.vcpu)->extra_now = false;
    } else {
        choice.vcpu = first_for_extra(q);
        if (choice.vcpu) {
            choice.slice_ns = sched_us(s->config->sedf.extra_quantum_us);
            sedf_vcpu(choice.vcpu)->extra_now = true;
            q->extra_ns = sedf_vcpu(choice.vcpu)->extra_ns;
        }
    }
    if (choice.vcpu)
        sched_list_remove(&sedf_vcpu(choice.vcpu)->link);
    if (next_ns != UINT64_MAX && next_ns - s->now_ns < choice.slice_ns)
        choice.slice_ns = next_ns - s->now_ns;
    return choice;
}

static void sedf_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    struct sedf_vcpu *d = sedf_vcpu(v);

    (void)s;
    if (!d->extra_now)
        d->used_ns += ran_ns;
    else if (d->owed_ns != 0)
        d->owed_ns -= ran_ns < d->owed_ns ? ran_ns : d->owed_ns;
    else if (d->slice_ns != 0)
        d->extra_ns += ran_ns * (d->period_ns / 1000) / (d->slice_ns / 1000);
    else
        d->extra_ns += ran_ns * SEDF_WHOLE_WEIGHT / v->vm->config.weight;
}

const struct sched_ops sched_sedf = {
    .name = "sedf",
    .sentence = "slices of periods by earliest deadline first on each pCPU, "
                "extra time for the rest",
    .source = "Xen 3.0 to 4.5, xen/common/sched_sedf.c and "
              "docs/misc/sedf_scheduler_mini-HOWTO.txt",
    .promises = sedf_promises,
    .options = "weight period budget extra affinity",
    .pcpu_bytes = sizeof(struct sedf_pcpu),
    .vcpu_bytes = sizeof(struct sedf_vcpu),
    .init = sedf_init,
    .add = sedf_add,
    .remove = sedf_remove,
    .enqueue = sedf_enqueue,
    .dequeue = sedf_dequeue,
    .pick = sedf_pick,
    .charge = sedf_charge,
    .block = sedf_block,
    .tell = sedf_tell,
    .check = sedf_check,
};
