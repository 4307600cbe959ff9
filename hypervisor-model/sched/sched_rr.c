/*
 * sched_rr.c - round robin: a queue for each pCPU, equal slices in turn.
 *
 * The template for a policy of your own.  A vCPU that wakes goes to an idle
 * pCPU if there is one, else to the one with the fewest; with nothing to do it
 * takes from the longest.  Weights and caps mean nothing here.
 *
 * INVARIANT  pcpu.waiting is the length of its queue.
 */
#include <stdio.h>

#include "hypervisor-model/sched/policies.h"
#include "hypervisor-model/sched/sched_list.h"

struct rr_pcpu {
    struct sched_link queue; /* first: who waits longest */
    unsigned waiting;
};

struct rr_vcpu {
    struct sched_link link;
};

static struct rr_pcpu *of_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static struct sched_link *link_of(const struct sched_vcpu *v)
{
    return &((struct rr_vcpu *)v->data)->link;
}

static void rr_init(struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        sched_list_init(&of_pcpu(&s->pcpus[i])->queue);
}

static void rr_add(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    link_of(v)->vcpu = v;
}

/* vCPUs that run or wait there. */
static unsigned length_of(const struct sched_pcpu *p)
{
    return of_pcpu(p)->waiting + (p->current ? 1 : 0);
}

/* Where a vCPU waits least. */
static struct sched_pcpu *shortest_queue(struct sched *s,
                                         const struct sched_vcpu *v)
{
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (sched_may_run(v, p) && (!best || length_of(p) < length_of(best)))
            best = p;
    }
    return best;
}

static void rr_enqueue(struct sched *s, struct sched_vcpu *v,
                       enum sched_why why)
{
    struct sched_pcpu *p = &s->pcpus[v->pcpu];

    if (why == SCHED_WOKE) {
        p = sched_idle_pcpu(s, v);
        if (p)
            sched_kick(s, p);
        else
            p = shortest_queue(s, v);
        v->pcpu = p->id;
    }
    sched_list_append(&of_pcpu(p)->queue, link_of(v));
    of_pcpu(p)->waiting++;
}

static void rr_dequeue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(link_of(v));
    of_pcpu(&s->pcpus[v->pcpu])->waiting--;
}

/* Of p's queue, the one that waits longest and may run on to. */
static struct sched_vcpu *first_for(const struct sched_pcpu *p,
                                    const struct sched_pcpu *to)
{
    const struct sched_link *queue = &of_pcpu(p)->queue;

    for (const struct sched_link *l = queue->next; l != queue; l = l->next)
        if (sched_may_run(l->vcpu, to))
            return l->vcpu;
    return NULL;
}

/* For a pCPU with nothing to do: from the longest queue that has one for it. */
static struct sched_vcpu *steal(struct sched *s, const struct sched_pcpu *to)
{
    struct sched_vcpu *best = NULL;
    unsigned longest = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];
        struct sched_vcpu *v;

        if (of_pcpu(p)->waiting <= longest)
            continue;
        v = first_for(p, to);
        if (v) {
            best = v;
            longest = of_pcpu(p)->waiting;
        }
    }
    return best;
}

static struct sched_choice rr_pick(struct sched *s, struct sched_pcpu *p)
{
    struct sched_vcpu *v = first_for(p, p);

    if (!v)
        v = steal(s, p);
    if (!v)
        return (struct sched_choice){NULL, UINT64_MAX};
    rr_dequeue(s, v);
    return (struct sched_choice){v, sched_us(s->config->rr_slice_us)};
}

static void rr_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    (void)s;
    (void)v;
    (void)ran_ns;
}

static void rr_tell(const struct sched *s, const struct sched_vcpu *v,
                    struct sched_words *w)
{
    const struct rr_pcpu *p = of_pcpu(&s->pcpus[v->pcpu]);

    if (!sched_linked(link_of(v))) {
        snprintf(w->text, sizeof w->text, "slices of %.1f ms",
                 sched_ms((int64_t)sched_us(s->config->rr_slice_us)));
        return;
    }
    w->line = SCHED_LINE_PCPU;
    w->number = v->pcpu;
    w->place = sched_list_place(&p->queue, link_of(v));
    snprintf(w->text, sizeof w->text, "turn %u of %u", w->place + 1,
             p->waiting);
}

static bool rr_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct rr_pcpu *p = of_pcpu(&s->pcpus[i]);
        unsigned length = 0;

        for (const struct sched_link *l = p->queue.next; l != &p->queue;
             l = l->next)
            length++;
        if (length != p->waiting) {
            error_set(e, STATUS_USAGE, "rr: pCPU %u has %u waiting, counts %u",
                      i, length, p->waiting);
            return false;
        }
    }
    return true;
}

const struct sched_ops sched_rr = {
    .name = "rr",
    .sentence = "round robin: equal slices in turn, idle pCPUs take work",
    .source = "Silberschatz et al.: Operating System Concepts, \"Round-Robin "
              "Scheduling\"; ours, the template for a new policy",
    .promises = sched_promise_alike,
    .options = "affinity",
    .pcpu_bytes = sizeof(struct rr_pcpu),
    .vcpu_bytes = sizeof(struct rr_vcpu),
    .init = rr_init,
    .add = rr_add,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick = rr_pick,
    .charge = rr_charge,
    .tell = rr_tell,
    .check = rr_check,
};
