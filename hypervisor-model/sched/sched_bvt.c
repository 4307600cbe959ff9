/*
 * sched_bvt.c - Xen's first scheduler: borrowed virtual time.
 *
 * Source  Duda and Cheriton, "Borrowed-Virtual-Time (BVT) scheduling:
 *         supporting latency-sensitive threads in a general-purpose scheduler",
 *         SOSP 1999; Xen Users' Manual 2.0 and 3.0, "Borrowed Virtual Time",
 *         for what its parameters mean; constants of Xen's sched_bvt.c.
 * Model   each vCPU has an actual virtual time (AVT): it advances by the VM's
 *         mcu_advance, inverse to its weight, for each minimum charging unit
 *         (MCU) that it runs.  A VM with a warp competes with an effective
 *         virtual time (EVT) that much earlier, for as long as the warp limit
 *         allows.  Who has the least EVT runs, until it is ahead of the next by
 *         the context-switch allowance.  A vCPU that wakes comes up to the
 *         scheduler virtual time (SVT), the least AVT of those that could run,
 *         so that sleep earns nothing; among equals it is the first.
 *         A charge is of whole MCUs, one at least: a vCPU that often blocks
 *         pays too much.  So did Xen's ("observed to penalise domains that
 *         block frequently", Users' Manual).
 *         Weights hold among the vCPUs of one pCPU's queue.  Xen's BVT left a
 *         vCPU on its pCPU for good; here one that wakes goes to an idle pCPU,
 *         or to the one where least weight runs and waits; so does one whose
 *         slice is over, if that brings the two pCPUs' weights closer; and an
 *         idle pCPU takes one that waits.  So pCPUs are about as even as whole
 *         vCPUs allow: shares of the host are no more exact than that.
 * Yield   passes over the vCPU once; BVT knows no directed yield.
 */
#include "hypervisor-model/sched/sched_bvt.h"
#include "hypervisor-model/sched/policies.h"

static uint64_t allowance_ns(const struct sched *s)
{
    return sched_us(s->config->bvt.allowance_us);
}

static uint64_t slop_ns(const struct sched *s)
{
    return sched_us(s->config->bvt.slop_us);
}

static void bvt_init(struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        sched_list_init(&bvt_pcpu(&s->pcpus[i])->queue);
}

static void bvt_add(struct sched *s, struct sched_vcpu *v)
{
    struct bvt_vcpu *b = bvt_vcpu(v);
    const struct sched_vm_config *c = &v->vm->config;
    int64_t unit = (int64_t)s->config->bvt.mcu_advance * BVT_FRACTIONS;

    *b = (struct bvt_vcpu){.link.vcpu = v};
    b->advance = unit * BVT_WEIGHT / (c->weight ? c->weight : BVT_WEIGHT);
    b->avt = bvt_pcpu(&s->pcpus[v->pcpu])->svt;
    b->warp = (int64_t)(c->warp / s->config->bvt.mcu_us) * unit;
}

/* The queue's least AVT, or that of the one that runs. */
static void bring_up_svt(struct sched *s, struct sched_pcpu *p)
{
    struct bvt_pcpu *bp = bvt_pcpu(p);
    int64_t least = INT64_MAX;

    for (const struct sched_link *l = bp->queue.next; l != &bp->queue;
         l = l->next)
        if (bvt_vcpu(l->vcpu)->avt < least)
            least = bvt_vcpu(l->vcpu)->avt;
    if (p->current) {
        const struct bvt_vcpu *b = bvt_vcpu(p->current);
        uint64_t ran_ns = s->now_ns - bp->start_ns;
        int64_t avt = b->avt + (int64_t)(ran_ns / bvt_mcu_ns(s)) * b->advance;

        if (avt < least)
            least = avt;
    }
    if (least != INT64_MAX && least > bp->svt)
        bp->svt = least;
}

/* It keeps its distance from the others' virtual time. */
static void move(struct sched_vcpu *v, const struct sched_pcpu *from,
                 const struct sched_pcpu *to)
{
    bvt_vcpu(v)->avt += bvt_pcpu(to)->svt - bvt_pcpu(from)->svt;
    v->pcpu = to->id;
}

/* v waits for p: how long may the one that runs there go on? */
static void shorten_slice(struct sched *s, struct sched_pcpu *p,
                          const struct sched_vcpu *v)
{
    const struct bvt_pcpu *bp = bvt_pcpu(p);
    int64_t ahead = bvt_evt_of(s, bvt_vcpu(v)) - bp->start_evt;
    uint64_t end_ns = bp->start_ns + allowance_ns(s);

    if (!p->current) {
        sched_kick(s, p);
        return;
    }
    if (ahead > 0)
        end_ns +=
            (uint64_t)(ahead / bvt_vcpu(p->current)->advance) * bvt_mcu_ns(s);
    if (end_ns <= s->now_ns + slop_ns(s))
        sched_kick(s, p);
    else
        sched_cut_slice(s, p, end_ns);
}

static void into_queue(struct sched_pcpu *p, struct sched_vcpu *v, bool first)
{
    struct bvt_pcpu *bp = bvt_pcpu(p);

    if (first)
        sched_list_insert_before(bp->queue.next, &bvt_vcpu(v)->link);
    else
        sched_list_append(&bp->queue, &bvt_vcpu(v)->link);
    bp->waiting++;
    bp->weight += v->vm->config.weight;
}

static uint64_t weight_on(const struct sched_pcpu *p)
{
    return bvt_pcpu(p)->weight +
           (p->current ? p->current->vm->config.weight : 0);
}

/* Of those where v may run; where it was, of equals. */
static struct sched_pcpu *lightest(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *best = &s->pcpus[v->pcpu];

    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (sched_may_run(v, &s->pcpus[i]) &&
            weight_on(&s->pcpus[i]) < weight_on(best))
            best = &s->pcpus[i];
    return best;
}

/* Where v, which wakes, is to run or wait: where it was, unless there is an
   idle pCPU or one with less weight. */
static struct sched_pcpu *place(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *idle = sched_idle_pcpu(s, v);

    return idle ? idle : lightest(s, v);
}

static void wake_up(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *last = &s->pcpus[v->pcpu], *p = place(s, v);
    struct bvt_vcpu *b = bvt_vcpu(v);

    bring_up_svt(s, last);
    if (p != last) {
        bring_up_svt(s, p);
        move(v, last, p);
    }
    if (b->avt < bvt_pcpu(p)->svt)
        b->avt = bvt_pcpu(p)->svt;
    into_queue(p, v, true);
    shorten_slice(s, p, v);
}

/* v lost its pCPU to one that may run there only: an idle one is to take it. */
static void send_for(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *p = sched_idle_pcpu(s, v);

    if (p)
        sched_kick(s, p);
}

/* v, whose slice on p is over, waits for another pCPU if that has less weight
   than p has without it. */
static bool moves_on(struct sched *s, struct sched_vcpu *v,
                     struct sched_pcpu *p)
{
    struct sched_pcpu *to = lightest(s, v);

    if (to == p || bvt_pcpu(p)->weight <= weight_on(to))
        return false;
    bring_up_svt(s, to);
    move(v, p, to);
    if (bvt_vcpu(v)->avt < bvt_pcpu(to)->svt)
        bvt_vcpu(v)->avt = bvt_pcpu(to)->svt;
    into_queue(to, v, false);
    shorten_slice(s, to, v);
    return true;
}

static void bvt_enqueue(struct sched *s, struct sched_vcpu *v,
                        enum sched_why why)
{
    struct bvt_pcpu *bp = bvt_pcpu(&s->pcpus[v->pcpu]);

    if (why == SCHED_WOKE) {
        wake_up(s, v);
        return;
    }
    bvt_vcpu(v)->yielded = why == SCHED_YIELDED;
    if (bvt_vcpu(v)->avt < bp->svt)
        bvt_vcpu(v)->avt = bp->svt; /* part of its time was the switch */
    if (moves_on(s, v, &s->pcpus[v->pcpu]))
        return;
    into_queue(&s->pcpus[v->pcpu], v, false);
    if (bp->waiting > 1)
        send_for(s, v);
}

static void bvt_dequeue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&bvt_vcpu(v)->link);
    bvt_pcpu(&s->pcpus[v->pcpu])->waiting--;
    bvt_pcpu(&s->pcpus[v->pcpu])->weight -= v->vm->config.weight;
}

bool bvt_goes_before(const struct sched *s, const struct bvt_vcpu *a,
                     const struct bvt_vcpu *b)
{
    if (a->yielded || b->yielded)
        return !a->yielded;
    return bvt_evt_of(s, a) < bvt_evt_of(s, b);
}

/* Of p's queue the one with the least EVT that may run on to, somebody who has
   just yielded last. */
static struct sched_vcpu *first_for(const struct sched *s,
                                    const struct sched_pcpu *p,
                                    const struct sched_pcpu *to)
{
    const struct sched_link *queue = &bvt_pcpu(p)->queue;
    const struct bvt_vcpu *best = NULL;

    for (const struct sched_link *l = queue->next; l != queue; l = l->next) {
        const struct bvt_vcpu *b = bvt_vcpu(l->vcpu);

        if (sched_may_run(l->vcpu, to) &&
            (!best || bvt_goes_before(s, b, best)))
            best = b;
    }
    return best ? best->link.vcpu : NULL;
}

/* For a pCPU with nothing to do: from the longest queue that has one for it. */
static struct sched_vcpu *steal(struct sched *s, const struct sched_pcpu *to)
{
    struct sched_vcpu *best = NULL;
    unsigned longest = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];
        struct sched_vcpu *v;

        if (bvt_pcpu(p)->waiting <= longest)
            continue;
        v = first_for(s, p, to);
        if (v) {
            best = v;
            longest = bvt_pcpu(p)->waiting;
        }
    }
    return best;
}

/* How long v, just taken from its queue, may run on p: nobody's warp begins or
   ends before. */
static uint64_t slice_ns(const struct sched *s, const struct sched_pcpu *p,
                         const struct sched_vcpu *v)
{
    const struct sched_link *queue = &bvt_pcpu(p)->queue;
    const struct bvt_vcpu *b = bvt_vcpu(v);
    int64_t next = INT64_MAX, evt = bvt_evt_of(s, b);
    uint64_t slice = allowance_ns(s), change_ns = UINT64_MAX;

    for (const struct sched_link *l = queue->next; l != queue; l = l->next) {
        const struct bvt_vcpu *w = bvt_vcpu(l->vcpu);

        if (bvt_evt_of(s, w) < next)
            next = bvt_evt_of(s, w);
        if (w->warp && !bvt_is_warped(s, w) && w->warp_again_ns < change_ns)
            change_ns = w->warp_again_ns;
    }
    if (next == INT64_MAX)
        slice *= s->config->bvt.alone_factor;
    else if (next > evt)
        slice += (uint64_t)((next - evt) / b->advance) * bvt_mcu_ns(s);
    if (bvt_is_warped(s, b))
        change_ns =
            s->now_ns + sched_us(s->config->bvt.warp_limit_us) - b->warped_ns;
    return change_ns - s->now_ns < slice ? change_ns - s->now_ns : slice;
}

/* Who has yielded was passed over, and is not a second time. */
static void forgive_yields(struct bvt_pcpu *bp)
{
    for (struct sched_link *l = bp->queue.next; l != &bp->queue; l = l->next)
        bvt_vcpu(l->vcpu)->yielded = false;
}

static struct sched_choice bvt_pick(struct sched *s, struct sched_pcpu *p)
{
    struct bvt_pcpu *bp = bvt_pcpu(p);
    struct sched_vcpu *v = first_for(s, p, p);

    bring_up_svt(s, p);
    if (!v) {
        v = steal(s, p);
        if (!v)
            return (struct sched_choice){NULL, UINT64_MAX};
        bvt_dequeue(s, v);
        move(v, &s->pcpus[v->pcpu], p);
    } else {
        bvt_dequeue(s, v);
    }
    forgive_yields(bp);
    bvt_vcpu(v)->yielded = false;
    bp->start_ns = s->now_ns;
    bp->start_evt = bvt_evt_of(s, bvt_vcpu(v));
    return (struct sched_choice){v, slice_ns(s, p, v)};
}

/* To the next whole MCU, but for what is within the slop. */
static void bvt_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    struct bvt_vcpu *b = bvt_vcpu(v);
    uint64_t mcus = (ran_ns + bvt_mcu_ns(s) - 1) / bvt_mcu_ns(s);

    if (mcus > 1 && ran_ns <= (mcus - 1) * bvt_mcu_ns(s) + slop_ns(s))
        mcus--;
    b->avt += (int64_t)mcus * b->advance;
    if (!bvt_is_warped(s, b))
        return;
    b->warped_ns += ran_ns;
    if (b->warped_ns + slop_ns(s) < sched_us(s->config->bvt.warp_limit_us))
        return;
    b->warped_ns = 0;
    b->warp_again_ns = s->now_ns + sched_us(s->config->bvt.unwarp_us);
}

static void bvt_block(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    bvt_vcpu(v)->warped_ns = 0;
}

const struct sched_ops sched_bvt = {
    .name = "bvt",
    .sentence = "borrowed virtual time: shares by weight, latency by warp",
    .source = "Xen up to 3.0; Duda and Cheriton, SOSP 1999",
    .promises = sched_promise_by_vcpu,
    .options = "weight warp affinity",
    .pcpu_bytes = sizeof(struct bvt_pcpu),
    .vcpu_bytes = sizeof(struct bvt_vcpu),
    .init = bvt_init,
    .add = bvt_add,
    .enqueue = bvt_enqueue,
    .dequeue = bvt_dequeue,
    .pick = bvt_pick,
    .charge = bvt_charge,
    .block = bvt_block,
    .tell = bvt_tell,
    .check = bvt_check,
};
