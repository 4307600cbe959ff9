/*
 * fair_balance.c - pCPUs that take vCPUs from others.
 *
 * Source        Linux Documentation/scheduler/sched-domains.rst; Lozi et al.,
 *               "The Linux scheduler: a decade of wasted cores", EuroSys 2016,
 *               section 2.2; Guittot, "sched/fair: relax constraint on task's
 *               load during load balance" (Linux 5.10).
 * Model         a pCPU that goes idle takes a vCPU that waits in its core, its
 *               node, then anywhere.  One that is busy balances a domain every
 *               so many ms as it has pCPUs, times busy_factor 16, to twice
 *               that: if another's load is greater, it takes vCPUs of no more
 *               than what both are away from the mean, twice that for each time
 *               in a row that it found none.  Loads are averages (fair_load.c).
 *               pCPUs within imbalance_pct (117 in a node) of each other are
 *               left alone: so far may shares be off.  A vCPU that ran less
 *               than the migration cost ago is hot, and stays, unless that
 *               failed too often.  At its tick a pCPU where vCPUs wait wakes an
 *               idle one, which then takes one of them (nohz balancing).  If
 *               both threads of a core are busy and a whole core is idle for
 *               more than 3 ticks, the second's vCPU is pushed there (active
 *               balancing).
 * NOT MODELLED  groups of a domain: pCPUs are compared one by one; the average
 *               idle time, which keeps Linux from taking at very short idles.
 */
#include "hypervisor-model/sched/fair.h"

enum {
    BUSY_FACTOR = 16,
    HOT_FAILURES = 1, /* cache_nice_tries: hot vCPUs move after so many */
    CROWDED_TICKS = HOT_FAILURES + 2,
    MOST_FAILURES = 4, /* then Linux would move one that runs */
    MOST_MOVED = 32,   /* sched_nr_migrate */
};

/* Who takes, from whom, how much. */
struct pull {
    struct sched_pcpu *to, *from;
    uint64_t load; /* at most */
    unsigned failed;
};

static bool in_domain(const struct sched_pcpu *a, const struct sched_pcpu *b,
                      enum fair_level level)
{
    switch (level) {
    case FAIR_CORE:
        return a->core == b->core;
    case FAIR_NODE:
        return a->node == b->node;
    case FAIR_HOST:
    case FAIR_LEVELS:
        break;
    }
    return true;
}

/* A core of one thread, and a host of one node, need no domain. */
static bool is_domain(const struct sched *s, enum fair_level level)
{
    return (level != FAIR_CORE || s->topology.threads_per_core > 1) &&
           (level != FAIR_HOST || s->topology.nodes > 1);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_hot(const struct sched *s, const struct sched_vcpu *v,
                   unsigned failed)
{
    const struct fair_vcpu *fv = fair_vcpu_of(v);

    return failed <= HOT_FAILURES && fv->entity.ran_ns != 0 &&
           s->now_ns - fv->ran_until_ns < fair_host_of(s)->migration_cost_ns;
}

static bool may_move(const struct sched *s, const struct sched_vcpu *v,
                     const struct pull *pull)
{
    unsigned easier =
        pull->failed < MOST_FAILURES ? pull->failed : MOST_FAILURES;

    return sched_may_run(v, pull->to) && fair_apart(s, v, pull->to) &&
           !fair_group_of(v)->throttled &&
           fair_bandwidth_left(v->vm, pull->to) &&
           !is_hot(s, v, pull->failed) && fair_load(v) >> easier <= pull->load;
}

/* Loads follow at once, as in Linux: or the same gap would be filled again. */
static void move(struct sched *s, struct sched_vcpu *v, struct sched_pcpu *to)
{
    struct fair_pcpu *from = fair_pcpu_of(&s->pcpus[v->pcpu]);
    struct fair_pcpu *there = fair_pcpu_of(to);
    uint64_t less = from->root.weight, more = there->root.weight;

    fair_load_look_at_pcpu(s, &s->pcpus[v->pcpu]);
    fair_load_look_at_pcpu(s, to);
    fair_load_take_along(s, v, to);
    fair_part(s, v, false);
    v->pcpu = to->id;
    fair_join(s, v, FAIR_MOVED);
    if (from->root.weight < less)
        from->load_avg -=
            lesser((less - from->root.weight) >> 10, from->load_avg);
    if (there->root.weight > more)
        there->load_avg += (there->root.weight - more) >> 10;
}

/* Moves the first that may; its load, 0: none. */
static uint64_t move_one(struct sched *s, const struct pull *pull)
{
    const struct sched_link *waiting = &fair_pcpu_of(pull->from)->waiting;

    for (struct sched_link *l = waiting->next; l != waiting; l = l->next) {
        uint64_t load = fair_load(l->vcpu);
        struct sched_vcpu *v = l->vcpu;

        if (!may_move(s, v, pull))
            continue;
        move(s, v, pull->to);
        if (pull->to->current && fair_preempts(s, pull->to, v))
            sched_kick(s, pull->to);
        return load ? load : 1;
    }
    return 0;
}

/* Who has had most to do of those in a set, and has vCPUs that wait; of equals
   the next after to. */
static struct sched_pcpu *busiest(struct sched *s, const struct sched_pcpu *to,
                                  enum fair_level level, pcpu_set_t set)
{
    struct sched_pcpu *best = NULL;
    uint64_t most = 0;

    for (unsigned n = 1; n < s->pcpu_count; n++) {
        struct sched_pcpu *p = &s->pcpus[(to->id + n) % s->pcpu_count];
        const struct fair_pcpu *fp = fair_pcpu_of(p);
        uint64_t load;

        if (!pcpu_in(set, p->id) || !in_domain(p, to, level) ||
            fp->waiting_count == 0 || fp->vcpus == 0)
            continue;
        load = fair_load_of_pcpu(s, p);
        if (best && load <= most)
            continue;
        best = p;
        most = load;
    }
    return best;
}

static bool pull_idle_in(struct sched *s, struct sched_pcpu *p,
                         enum fair_level level)
{
    struct fair_domain *d = &fair_pcpu_of(p)->domains[level];
    struct pull pull = {.to = p, .load = UINT64_MAX, .failed = d->failed};
    pcpu_set_t set = pcpu_set_first(s->pcpu_count);
    bool tried = false;

    for (;;) {
        pull.from = busiest(s, p, level, set);
        if (!pull.from)
            break;
        tried = true;
        if (pull.from->current)
            sched_charge(s, pull.from->current);
        if (move_one(s, &pull)) {
            d->failed = 0;
            return true;
        }
        set &= ~((pcpu_set_t)1 << pull.from->id);
    }
    if (tried)
        d->failed++;
    return false;
}

bool fair_pull_idle(struct sched *s, struct sched_pcpu *p)
{
    for (unsigned level = FAIR_CORE; level < FAIR_LEVELS; level++)
        if (is_domain(s, (enum fair_level)level) &&
            pull_idle_in(s, p, (enum fair_level)level))
            return true;
    return false;
}

/* The mean load of a domain; how many pCPUs it has. */
static uint64_t mean_load(const struct sched *s, const struct sched_pcpu *of,
                          enum fair_level level, unsigned *pcpus)
{
    uint64_t load = 0;

    *pcpus = 0;
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (in_domain(&s->pcpus[i], of, level)) {
            load += fair_load_of_pcpu(s, &s->pcpus[i]);
            ++*pcpus;
        }
    return load / *pcpus;
}

/* Of two pCPUs where vCPUs wait: how much more the one is to have (Linux:
   imbalance_pct of the domains). */
static unsigned imbalance_pct(enum fair_level level)
{
    switch (level) {
    case FAIR_CORE:
        return 110;
    case FAIR_NODE:
        return 117;
    case FAIR_HOST:
    case FAIR_LEVELS:
        break;
    }
    return 125;
}

/* p takes what brings it and the busiest pCPU nearer to the mean. */
static void even_out(struct sched *s, struct sched_pcpu *p,
                     enum fair_level level, uint64_t mean)
{
    struct fair_domain *d = &fair_pcpu_of(p)->domains[level];
    struct pull pull = {.to = p, .failed = d->failed};
    uint64_t mine = fair_load_of_pcpu(s, p), theirs, moved = 0;

    pull.from = busiest(s, p, level, pcpu_set_first(s->pcpu_count));
    if (!pull.from)
        return;
    theirs = fair_load_of_pcpu(s, pull.from);
    if (mine >= mean || theirs <= mean ||
        (fair_pcpu_of(p)->vcpus > 1 &&
         theirs * 100 <= mine * imbalance_pct(level)))
        return;
    if (pull.from->current)
        sched_charge(s, pull.from->current);
    pull.load = lesser(mean - mine, theirs - mean);
    for (unsigned i = 0; i < MOST_MOVED; i++) {
        uint64_t load = move_one(s, &pull);

        moved += load;
        if (load == 0 || load >= pull.load)
            break;
        pull.load -= load;
    }
    d->failed = moved ? 0 : d->failed + 1;
}

/* A vCPU that waits on p could run there. */
static bool has_work_for(const struct sched_pcpu *p,
                         const struct sched_pcpu *to)
{
    const struct sched_link *waiting = &fair_pcpu_of(p)->waiting;

    for (const struct sched_link *l = waiting->next; l != waiting; l = l->next)
        if (sched_may_run(l->vcpu, to))
            return true;
    return false;
}

/* As many idle pCPUs as vCPUs wait on p look for one that they may take. */
static void wake_idle(struct sched *s, const struct sched_pcpu *p)
{
    unsigned wanted = fair_pcpu_of(p)->waiting_count;

    for (unsigned i = 0; i < s->pcpu_count && wanted != 0; i++) {
        struct sched_pcpu *to = &s->pcpus[i];

        if (!fair_is_idle(to) || !has_work_for(p, to))
            continue;
        sched_kick(s, to);
        wanted--;
    }
}

/* Linux has up to twice the interval while a domain is in balance, and no two
   pCPUs do it at the same instant; with ticks as exact as ours the same vCPU
   would be the one to move for ever, so it is drawn. */
static uint64_t next_balance_ns(struct sched *s, unsigned pcpus)
{
    uint32_t turn_us = pcpus * BUSY_FACTOR * 1000;

    return s->now_ns + sched_us(turn_us + rng_below(&s->rng, turn_us));
}

/* A pCPU for v, of a core that is idle: in its node, or else anywhere. */
static struct sched_pcpu *idle_core(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *to = &s->pcpus[i];

        if (!fair_is_idle(to) || !sched_core_idle(s, to) ||
            !sched_may_run(v, to) || !fair_apart(s, v, to))
            continue;
        if (to->node == s->pcpus[v->pcpu].node)
            return to;
        if (!best)
            best = to;
    }
    return best;
}

void fair_push(struct sched *s, struct sched_pcpu *p, struct sched_vcpu *v)
{
    struct fair_pcpu *fp = fair_pcpu_of(p);
    struct sched_pcpu *to = fp->push_to;

    fp->push_to = NULL;
    if (fp->vcpus != 1 || !fair_is_idle(to) || !sched_may_run(v, to) ||
        !fair_apart(s, v, to) || !fair_bandwidth_left(v->vm, to))
        return;
    move(s, v, to);
    sched_kick(s, to);
}

/* p, the last thread of its core, has one vCPU, and so have the others. */
static void uncrowd(struct sched *s, struct sched_pcpu *p)
{
    struct fair_pcpu *fp = fair_pcpu_of(p);
    unsigned threads = s->topology.threads_per_core;
    struct sched_pcpu *to = NULL;

    if (threads == 1 || p->id % threads != threads - 1)
        return;
    fp->push_to = NULL;
    if (fp->vcpus == 1 && !sched_core_idle(s, p))
        to = idle_core(s, p->current);
    if (!to) {
        fp->crowded_ticks = 0;
        return;
    }
    if (++fp->crowded_ticks <= CROWDED_TICKS)
        return;
    fp->crowded_ticks = 0;
    fp->push_to = to;
    sched_kick(s, p);
}

void fair_balance(struct sched *s, struct sched_pcpu *p)
{
    for (unsigned level = FAIR_CORE; level < FAIR_LEVELS; level++) {
        struct fair_domain *d = &fair_pcpu_of(p)->domains[level];
        unsigned pcpus;
        uint64_t mean;

        if (!is_domain(s, (enum fair_level)level) || s->now_ns < d->next_ns)
            continue;
        mean = mean_load(s, p, (enum fair_level)level, &pcpus);
        d->next_ns = next_balance_ns(s, pcpus);
        even_out(s, p, (enum fair_level)level, mean);
    }
    wake_idle(s, p);
    uncrowd(s, p);
}
