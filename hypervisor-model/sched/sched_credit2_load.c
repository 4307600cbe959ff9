/*
 * sched_credit2_load.c - which runqueue of Credit2 a vCPU lives in.
 *
 * Source  Xen, xen/common/sched/credit2.c, "Load tracking and load balancing";
 *         docs/misc/xen-command-line: credit2_load_window_shift (30),
 *         credit2_balance_under (0), credit2_balance_over (-3).
 * Model   a runqueue's load is the number of its runnable vCPUs, averaged: over
 *         dt, the average goes dt / window of the way to the present number.  A
 *         vCPU that starts goes where the average is least, of the queues with
 *         pCPUs where it likes to run.  At each reset of
 *         its credits a queue looks at the one whose load differs most, and
 *         moves one vCPU there, one back, or both, whatever brings the averages
 *         closest; differences below 1 do not count while both have spare
 *         pCPUs, those below 1/8 never.
 */
#include "hypervisor-model/sched/sched_credit2.h"

enum {
    UNDER_TOLERANCE = CREDIT2_LOAD_ONE,    /* 2^0 vCPUs */
    OVER_TOLERANCE = CREDIT2_LOAD_ONE / 8, /* 2^-3 */
};

static void update(const struct sched *s, struct credit2_load *l)
{
    uint64_t window_us = s->config->credit2.load_window_us;
    uint64_t us = (s->now_ns - l->since_ns) / 1000;
    int64_t target = l->count * CREDIT2_LOAD_ONE;

    if (us >= window_us)
        l->average = target;
    else
        l->average += (target - l->average) * (int64_t)us / (int64_t)window_us;
    l->since_ns += us * 1000;
}

void credit2_load_change(const struct sched *s, struct sched_vcpu *v,
                         int change)
{
    struct credit2_vcpu *c = credit2_vcpu(v);

    update(s, &c->load);
    update(s, &c->queue->load);
    c->load.count += change;
    c->queue->load.count += change;
}

/* Where v may run in q: where it was, or likes to run; NULL: nowhere. */
static struct sched_pcpu *pcpu_in_queue(struct sched *s,
                                        const struct credit2_queue *q,
                                        const struct sched_vcpu *v)
{
    if (pcpu_in(q->pcpus, v->pcpu) && sched_may_run(v, &s->pcpus[v->pcpu]))
        return &s->pcpus[v->pcpu];
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (pcpu_in(q->pcpus & sched_liked(v), i))
            return &s->pcpus[i];
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (pcpu_in(q->pcpus & v->vm->config.affinity, i))
            return &s->pcpus[i];
    return NULL;
}

static void attach(struct sched *s, struct sched_vcpu *v,
                   struct credit2_queue *q)
{
    struct credit2_vcpu *c = credit2_vcpu(v);

    update(s, &c->load);
    update(s, &q->load);
    q->load.count += c->load.count;
    q->load.average += c->load.average;
    sched_list_append(&q->members, &c->member);
    if (v->vm->config.weight > q->max_weight)
        q->max_weight = v->vm->config.weight;
    c->queue = q;
    v->pcpu = pcpu_in_queue(s, q, v)->id;
}

void credit2_detach(const struct sched *s, struct sched_vcpu *v)
{
    struct credit2_vcpu *c = credit2_vcpu(v);
    struct credit2_queue *q = c->queue;

    update(s, &c->load);
    update(s, &q->load);
    q->load.count -= c->load.count;
    q->load.average -= c->load.average;
    if (q->load.average < 0)
        q->load.average = 0; /* both are rounded */
    sched_list_remove(&c->member);
    c->queue = c->move_to = NULL;
    q->max_weight = 1;
    for (const struct sched_link *l = q->members.next; l != &q->members;
         l = l->next)
        if (l->vcpu->vm->config.weight > q->max_weight)
            q->max_weight = l->vcpu->vm->config.weight;
}

void credit2_place(struct sched *s, struct sched_vcpu *v)
{
    struct credit2_host *h = credit2_host(s);
    struct credit2_queue *best = NULL;

    for (unsigned i = 0; i < h->queue_count; i++) {
        struct credit2_queue *q = &h->queues[i];

        if ((q->pcpus & sched_liked(v)) == 0)
            continue;
        update(s, &q->load);
        if (!best || q->load.average < best->load.average ||
            (q->load.average == best->load.average &&
             pcpu_in(q->pcpus, v->pcpu)))
            best = q;
    }
    /* Until more is known: always runnable. */
    credit2_vcpu(v)->load =
        (struct credit2_load){CREDIT2_LOAD_ONE, 0, s->now_ns};
    attach(s, v, best);
}

void credit2_move(struct sched *s, struct sched_vcpu *v)
{
    struct credit2_queue *to = credit2_vcpu(v)->move_to;

    credit2_detach(s, v);
    attach(s, v, to);
}

/* v is to live in another queue: now, or as soon as it gives its pCPU up. */
static void migrate(struct sched *s, struct sched_vcpu *v,
                    struct credit2_queue *to)
{
    struct credit2_vcpu *c = credit2_vcpu(v);
    bool waits = sched_linked(&c->link) && !c->parked;

    c->move_to = to;
    if (v->state == SCHED_RUNNING) {
        sched_kick(s, &s->pcpus[v->pcpu]);
        return;
    }
    if (v->state == SCHED_RUNNABLE && !sched_linked(&c->link))
        return; /* it is being picked */
    if (waits)
        sched_list_remove(&c->link);
    credit2_move(s, v);
    if (waits)
        credit2_wait(s, v);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Of all others, the queue whose load differs most from q's. */
static struct credit2_queue *farthest(struct sched *s,
                                      const struct credit2_queue *q)
{
    struct credit2_host *h = credit2_host(s);
    struct credit2_queue *best = NULL;

    for (unsigned i = 0; i < h->queue_count; i++) {
        struct credit2_queue *o = &h->queues[i];

        if (o == q)
            continue;
        update(s, &o->load);
        if (!best || distance(o->load.average, q->load.average) >
                         distance(best->load.average, q->load.average))
            best = o;
    }
    return best;
}

static bool worth_it(const struct credit2_queue *a,
                     const struct credit2_queue *b)
{
    int64_t most =
        a->load.average > b->load.average ? a->load.average : b->load.average;
    int64_t pcpus = __builtin_popcountll(a->pcpus);

    return distance(a->load.average, b->load.average) >=
           (most < pcpus * CREDIT2_LOAD_ONE ? UNDER_TOLERANCE : OVER_TOLERANCE);
}

/* An exchange of vCPUs: push out of the one queue, pull into it; NULL: none. */
struct exchange {
    struct sched_vcpu *push, *pull;
    int64_t difference; /* of the loads, afterwards */
};

static int64_t load_of(const struct sched_vcpu *v)
{
    return v ? credit2_vcpu(v)->load.average : 0;
}

static bool may_move(struct sched *s, const struct sched_vcpu *v,
                     const struct credit2_queue *to)
{
    return !credit2_vcpu(v)->move_to && pcpu_in_queue(s, to, v);
}

/* The best with this push, if it is better than x. */
static void consider(struct sched *s, struct sched_vcpu *push,
                     const struct credit2_queue *from[2], struct exchange *x)
{
    const struct credit2_queue *q = from[0], *o = from[1];
    const struct sched_link *l = &o->members;

    do {
        struct sched_vcpu *pull = l->vcpu; /* first: the list, which has none */
        int64_t moved = load_of(pull) - load_of(push);
        int64_t difference =
            distance(q->load.average + moved, o->load.average - moved);

        if (difference < x->difference && (!pull || may_move(s, pull, q)))
            *x = (struct exchange){push, pull, difference};
        l = l->next;
    } while (l != &o->members);
}

static void update_members(const struct sched *s, const struct credit2_queue *q)
{
    for (const struct sched_link *l = q->members.next; l != &q->members;
         l = l->next)
        update(s, &credit2_vcpu(l->vcpu)->load);
}

void credit2_balance(struct sched *s, struct credit2_queue *q)
{
    const struct credit2_queue *both[2] = {q, NULL};
    struct exchange x = {NULL, NULL, 0};
    struct credit2_queue *o;

    update(s, &q->load);
    o = farthest(s, q);
    if (!o || !worth_it(q, o))
        return;
    both[1] = o;
    update_members(s, q);
    update_members(s, o);
    x.difference = distance(q->load.average, o->load.average);
    consider(s, NULL, both, &x);
    for (const struct sched_link *l = q->members.next; l != &q->members;
         l = l->next)
        if (may_move(s, l->vcpu, o))
            consider(s, l->vcpu, both, &x);
    if (x.push)
        migrate(s, x.push, o);
    if (x.pull)
        migrate(s, x.pull, q);
}
