/*
 * sched_pinner.c - each vCPU pinned to a pCPU, and a balancer that re-pins.
 *
 * Source  CS6210, Advanced Operating Systems (Georgia Tech), project 1, "vCPU
 *         scheduler": a program outside the hypervisor reads what each vCPU
 *         used of its pCPU, once in an interval, and pins vCPUs so that no
 *         pCPU's load is more than 5 points from another's; when that holds it
 *         leaves all as it is.
 * Model   pCPUs take their vCPUs in turn, and none from each other: who is
 *         pinned elsewhere waits there even beside an idle pCPU.  The balancer
 *         sees time used, not time wanted, as that program does: vCPUs that
 *         starve on one pCPU look small until they have been spread.
 *         It moves the vCPU, or changes the pair, that brings the pCPUs with
 *         the most and the least load closest to each other, again and again
 *         until they are close or nothing helps: few moves, not the fewest.
 *
 * INVARIANT  a vCPU that waits is in the queue of the pCPU that it is pinned
 *            to; pcpu.waiting is the length of that.
 */
#include <stdio.h>

#include "hypervisor-model/sched/policies.h"
#include "hypervisor-model/sched/sched_list.h"

struct pinner_host {
    uint64_t balance_ns; /* the next look */
    unsigned dealt;      /* vCPUs that were pinned so far */
};

struct pinner_pcpu {
    struct sched_link queue; /* first: who waits longest */
    unsigned waiting;
    uint64_t load_ns; /* used in this interval by who is pinned here */
};

struct pinner_vcpu {
    struct sched_link link;
    unsigned home; /* the pCPU it is pinned to */
    bool alive;
    uint64_t used_ns; /* in this interval */
};

static struct pinner_host *of_host(const struct sched *s)
{
    return s->data;
}

static struct pinner_pcpu *of_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static struct pinner_vcpu *of_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

static uint64_t interval_ns(const struct sched *s)
{
    return sched_us(s->config->pinner.interval_ms * 1000);
}

static void pinner_init(struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        sched_list_init(&of_pcpu(&s->pcpus[i])->queue);
    of_host(s)->balance_ns = interval_ns(s);
}

/* The n-th pCPU, round and round, of those where v may run: the first threads
   of all cores, then the second. */
static unsigned nth_pcpu(const struct sched *s, const struct sched_vcpu *v,
                         unsigned n)
{
    unsigned threads = s->topology.threads_per_core;
    unsigned cores = s->pcpu_count / threads, turn = n % s->pcpu_count;
    unsigned p = turn % cores * threads + turn / cores;

    while (!sched_may_run(v, &s->pcpus[p]))
        p = (p + 1) % s->pcpu_count;
    return p;
}

static void pinner_add(struct sched *s, struct sched_vcpu *v)
{
    unsigned n = s->config->pinner.spread ? of_host(s)->dealt : 0;

    of_host(s)->dealt++;
    *of_vcpu(v) = (struct pinner_vcpu){
        .link.vcpu = v, .home = nth_pcpu(s, v, n), .alive = true};
}

static void pinner_remove(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    of_vcpu(v)->alive = false;
}

static void pinner_enqueue(struct sched *s, struct sched_vcpu *v,
                           enum sched_why why)
{
    struct sched_pcpu *home = &s->pcpus[of_vcpu(v)->home];

    (void)why;
    v->pcpu = home->id;
    sched_list_append(&of_pcpu(home)->queue, &of_vcpu(v)->link);
    of_pcpu(home)->waiting++;
    if (!home->current)
        sched_kick(s, home);
}

static void pinner_dequeue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&of_vcpu(v)->link);
    of_pcpu(&s->pcpus[v->pcpu])->waiting--;
}

static struct sched_choice pinner_pick(struct sched *s, struct sched_pcpu *p)
{
    struct sched_link *queue = &of_pcpu(p)->queue;
    struct sched_vcpu *v;

    if (sched_list_empty(queue))
        return (struct sched_choice){NULL, UINT64_MAX};
    v = queue->next->vcpu;
    pinner_dequeue(s, v);
    return (struct sched_choice){v, sched_us(s->config->pinner.slice_us)};
}

static void pinner_charge(struct sched *s, struct sched_vcpu *v,
                          uint64_t ran_ns)
{
    (void)s;
    of_vcpu(v)->used_ns += ran_ns;
}

/* To wherever it is: it comes to its new home when it can. */
static void repin(struct sched *s, struct sched_vcpu *v, unsigned to)
{
    struct pinner_vcpu *pv = of_vcpu(v);

    of_pcpu(&s->pcpus[pv->home])->load_ns -= pv->used_ns;
    of_pcpu(&s->pcpus[to])->load_ns += pv->used_ns;
    pv->home = to;
    if (v->state == SCHED_RUNNABLE) {
        pinner_dequeue(s, v);
        pinner_enqueue(s, v, SCHED_PREEMPTED);
    } else if (v->state == SCHED_RUNNING) {
        sched_kick(s, &s->pcpus[v->pcpu]);
    }
}

static uint64_t load_of(const struct sched *s, unsigned p)
{
    return of_pcpu(&s->pcpus[p])->load_ns;
}

/* One step of the balancer: v from one pCPU, and maybe w for it. */
struct step {
    struct sched_vcpu *v, *w; /* w NULL: nobody comes back */
    uint64_t gap_ns;          /* between the two pCPUs after it */
};

static bool pinned(const struct sched_vcpu *v, unsigned home,
                   const struct sched_pcpu *to)
{
    return of_vcpu(v)->alive && of_vcpu(v)->home == home &&
           sched_may_run(v, to);
}

static void consider(struct step *best, struct sched_vcpu *v,
                     struct sched_vcpu *w, uint64_t gap_ns)
{
    uint64_t moved = of_vcpu(v)->used_ns, back = w ? of_vcpu(w)->used_ns : 0;
    uint64_t after;

    if (moved <= back)
        return;
    moved = 2 * (moved - back);
    after = moved > gap_ns ? moved - gap_ns : gap_ns - moved;
    /* To change a pair is two moves: it has to be worth it. */
    if (after < best->gap_ns && (!w || !best->v || after < best->gap_ns / 2))
        *best = (struct step){v, w, after};
}

static struct step best_step(struct sched *s, unsigned from, unsigned to)
{
    uint64_t gap_ns = load_of(s, from) - load_of(s, to);
    struct step best = {NULL, NULL, gap_ns};

    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sched_vcpu *v = &s->vcpus[i];

        if (pinned(v, from, &s->pcpus[to]))
            consider(&best, v, NULL, gap_ns);
    }
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sched_vcpu *v = &s->vcpus[i];

        if (!pinned(v, from, &s->pcpus[to]))
            continue;
        for (unsigned n = 0; n < s->vcpu_count; n++)
            if (pinned(&s->vcpus[n], to, &s->pcpus[from]))
                consider(&best, v, &s->vcpus[n], gap_ns);
    }
    return best;
}

/* False: the loads are close, or nothing brings them closer. */
static bool step(struct sched *s)
{
    uint64_t close_ns = interval_ns(s) * s->config->pinner.spread_pct / 100;
    unsigned most = 0, least = 0;
    struct step best;

    for (unsigned i = 1; i < s->pcpu_count; i++) {
        if (load_of(s, i) > load_of(s, most))
            most = i;
        if (load_of(s, i) < load_of(s, least))
            least = i;
    }
    if (load_of(s, most) - load_of(s, least) <= close_ns)
        return false;
    best = best_step(s, most, least);
    if (!best.v)
        return false;
    repin(s, best.v, least);
    if (best.w)
        repin(s, best.w, most);
    return true;
}

static void pinner_timer(struct sched *s)
{
    struct pinner_host *h = of_host(s);

    if (s->now_ns < h->balance_ns)
        return;
    for (unsigned i = 0; i < s->pcpu_count; i++)
        of_pcpu(&s->pcpus[i])->load_ns = 0;
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        const struct pinner_vcpu *pv = of_vcpu(&s->vcpus[i]);

        of_pcpu(&s->pcpus[pv->home])->load_ns += pv->used_ns;
    }
    /* Each brings two loads closer; the bound is for loads of a few ns. */
    for (unsigned i = 0; i < s->vcpu_count && step(s); i++)
        ;
    for (unsigned i = 0; i < s->vcpu_count; i++)
        of_vcpu(&s->vcpus[i])->used_ns = 0;
    h->balance_ns += interval_ns(s);
}

static uint64_t pinner_timer_ns(const struct sched *s)
{
    return of_host(s)->balance_ns;
}

static void pinner_tell(const struct sched *s, const struct sched_vcpu *v,
                        struct sched_words *w)
{
    const struct pinner_vcpu *pv = of_vcpu(v);

    if (sched_linked(&pv->link)) {
        w->line = SCHED_LINE_PCPU;
        w->number = pv->home;
        w->place =
            sched_list_place(&of_pcpu(&s->pcpus[pv->home])->queue, &pv->link);
    }
    snprintf(w->text, sizeof w->text, "pinned to %u, used %.1f ms", pv->home,
             sched_ms((int64_t)pv->used_ns));
}

static bool pinner_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct pinner_pcpu *p = of_pcpu(&s->pcpus[i]);
        unsigned length = 0;

        for (const struct sched_link *l = p->queue.next; l != &p->queue;
             l = l->next) {
            length++;
            if (of_vcpu(l->vcpu)->home == i)
                continue;
            error_set(e, STATUS_USAGE, "pinner: vCPU %u of VM %s waits away",
                      l->vcpu->id, l->vcpu->vm->config.name);
            return false;
        }
        if (length == p->waiting)
            continue;
        error_set(e, STATUS_USAGE, "pinner: pCPU %u has %u waiting, counts %u",
                  i, length, p->waiting);
        return false;
    }
    return true;
}

const struct sched_ops sched_pinner = {
    .name = "pinner",
    .sentence = "each vCPU pinned to a pCPU; a balancer re-pins by load",
    .source = "CS6210 (Georgia Tech), project 1: vCPU scheduler",
    .promises = sched_promise_alike,
    .options = "affinity",
    .sched_bytes = sizeof(struct pinner_host),
    .pcpu_bytes = sizeof(struct pinner_pcpu),
    .vcpu_bytes = sizeof(struct pinner_vcpu),
    .init = pinner_init,
    .add = pinner_add,
    .remove = pinner_remove,
    .enqueue = pinner_enqueue,
    .dequeue = pinner_dequeue,
    .pick = pinner_pick,
    .charge = pinner_charge,
    .timer = pinner_timer,
    .timer_ns = pinner_timer_ns,
    .tell = pinner_tell,
    .check = pinner_check,
};
