/*
 * sched_rtds.c - Xen's RTDS: global earliest deadline first over deferrable
 * servers.
 *
 * Source  xen/common/sched/rt.c (its head comment); xl.cfg "sched=rtds", xl(1)
 *         "sched-rtds"; Xi et al.: Real-Time Multi-Core Virtual Machine
 *         Scheduling in Xen (EMSOFT 2014).
 * Model   a vCPU is a server: a budget for each period, full again at each
 *         deadline, which is the next period's begin; periods count from
 *         power-on.  Budget that a blocked vCPU leaves stays until the
 *         deadline and is lost there (deferrable).  The pCPUs run those of the
 *         earliest deadlines that have budget.  With extra time, a spent
 *         budget is given again one priority level lower: level 0 goes before
 *         level 1, deadline decides within a level.  Of those that wait with
 *         one deadline, who ran longest ago goes first (ours): beyond
 *         utilization 1 nobody starves.  A miss is counted at a deadline that
 *         finds budget left, if the vCPU waits or runs then and was runnable
 *         or running for at least its budget in the period.  Theory promises
 *         none to vCPUs that are never blocked if utilization U fits: U <= 1
 *         on one pCPU (Liu and Layland, 1973), U <= m - (m - 1) * Umax on m
 *         (Goossens, Funk and Baker, 2003).
 * Invariants: sched_rtds_check.c.
 */
#include "hypervisor-model/sched/sched_rtds.h"
#include "hypervisor-model/sched/policies.h"

/* Less is not worth a miss: real guest code ends its slices so late. */
enum { SPARE_NS = 1000 };

static void rtds_init(struct sched *s)
{
    struct rtds_host *h = rtds_host(s);

    sched_list_init(&h->queue);
    sched_list_init(&h->spent);
    sched_list_init(&h->renews);
}

bool rtds_more_urgent(const struct rtds_vcpu *a, const struct rtds_vcpu *b)
{
    if (a->level != b->level)
        return a->level < b->level;
    return a->deadline_ns < b->deadline_ns;
}

/* a is to wait before b. */
static bool waits_before(const struct rtds_vcpu *a, const struct rtds_vcpu *b)
{
    return rtds_more_urgent(a, b) ||
           (!rtds_more_urgent(b, a) && a->ran_ns < b->ran_ns);
}

/* Who was renewed just now belongs near the end: from there. */
static void insert_queue(struct rtds_host *h, struct rtds_vcpu *r)
{
    struct sched_link *at = &h->queue;

    while (at->prev != &h->queue && waits_before(r, rtds_vcpu(at->prev->vcpu)))
        at = at->prev;
    sched_list_insert_before(at, &r->link);
}

static void insert_renews(struct rtds_host *h, struct rtds_vcpu *r)
{
    struct sched_link *at = &h->renews;

    while (at->prev != &h->renews &&
           r->deadline_ns < rtds_vcpu(at->prev->vcpu)->deadline_ns)
        at = at->prev;
    sched_list_insert_before(at, &r->renew);
}

/* The period that now is in begins. */
static void renew(const struct sched *s, struct rtds_vcpu *r)
{
    uint64_t periods = s->now_ns >= r->deadline_ns
                           ? (s->now_ns - r->deadline_ns) / r->period_ns + 1
                           : 0;

    r->deadline_ns += periods * r->period_ns;
    r->left_ns = r->budget_ns;
    r->level = 0;
    r->able_ns = 0;
    r->able_since_ns = s->now_ns;
}

static uint64_t at_least(uint64_t value, uint64_t low)
{
    return value < low ? low : value;
}

static uint64_t period_us(const struct sched *s,
                          const struct sched_vm_config *c)
{
    return at_least(c->period_us ? c->period_us : s->config->rtds.period_us,
                    s->config->rtds.min_us);
}

static uint64_t budget_us(const struct sched *s,
                          const struct sched_vm_config *c)
{
    uint64_t us =
        at_least(c->budget_us ? c->budget_us : s->config->rtds.budget_us,
                 s->config->rtds.min_us);

    return us < period_us(s, c) ? us : period_us(s, c);
}

/* Extra time is given in further budgets. */
static void rtds_promises(const struct sched *s, const struct sched_vm *vm,
                          struct sched_promise *promise)
{
    const struct sched_vm_config *c = &vm->config;

    promise->weight = budget_us(s, c) * 1000000 / period_us(s, c) * c->vcpus;
    if (promise->weight == 0)
        promise->weight = 1;
    promise->limit_ppm = c->extra ? UINT64_MAX : promise->weight;
}

static void rtds_add(struct sched *s, struct sched_vcpu *v)
{
    struct rtds_vcpu *r = rtds_vcpu(v);

    *r = (struct rtds_vcpu){.link.vcpu = v, .renew.vcpu = v};
    r->period_ns = sched_us(period_us(s, &v->vm->config));
    r->budget_ns = sched_us(budget_us(s, &v->vm->config));
    renew(s, r);
}

bool rtds_beats(const struct rtds_vcpu *r, const struct sched_pcpu *p)
{
    const struct rtds_vcpu *runs;

    if (!p->current)
        return true;
    runs = rtds_vcpu(p->current);
    return runs->left_ns == 0 || rtds_more_urgent(r, runs);
}

/* a is the better pCPU to take for v: idle, where it was, least urgent. */
static bool better_target(const struct sched_vcpu *v,
                          const struct sched_pcpu *a,
                          const struct sched_pcpu *b)
{
    if (!a->current != !b->current)
        return !a->current;
    if (!a->current)
        return a->id == v->pcpu;
    if (rtds_vcpu(a->current)->left_ns == 0 ||
        rtds_vcpu(b->current)->left_ns == 0)
        return rtds_vcpu(b->current)->left_ns != 0;
    return rtds_more_urgent(rtds_vcpu(b->current), rtds_vcpu(a->current));
}

/* A pCPU gives way to v, which waits, if there is one that should. */
static bool tickle(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (p->resched || !sched_may_run(v, p) || !rtds_beats(rtds_vcpu(v), p))
            continue;
        if (!best || better_target(v, p, best))
            best = p;
    }
    if (best)
        sched_kick(s, best);
    return best != NULL;
}

/* All who wait and should run instead of others: usually nobody, and the first
   of the queue knows. */
static void settle(struct sched *s)
{
    const struct rtds_host *h = rtds_host(s);
    pcpu_set_t all = pcpu_set_first(s->pcpu_count);

    for (const struct sched_link *l = h->queue.next; l != &h->queue;
         l = l->next)
        if (!tickle(s, l->vcpu) && (l->vcpu->vm->config.affinity & all) == all)
            return;
}

static void rtds_enqueue(struct sched *s, struct sched_vcpu *v,
                         enum sched_why why)
{
    struct rtds_host *h = rtds_host(s);
    struct rtds_vcpu *r = rtds_vcpu(v);

    if (why == SCHED_WOKE) {
        r->able_since_ns = s->now_ns;
        if (s->now_ns >= r->deadline_ns)
            renew(s, r);
        insert_renews(h, r);
    } else {
        r->ran_ns = s->now_ns;
    }
    if (r->left_ns == 0 && v->vm->config.extra) {
        r->left_ns = r->budget_ns;
        r->level++;
    }
    if (r->left_ns == 0)
        sched_list_append(&h->spent, &r->link);
    else
        insert_queue(h, r);
    if (why == SCHED_WOKE)
        settle(s);
}

static void rtds_dequeue(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    sched_list_remove(&rtds_vcpu(v)->link);
    sched_list_remove(&rtds_vcpu(v)->renew);
}

/* Blocked, it has no more to do in this period, for all that we know. */
static void rtds_block(struct sched *s, struct sched_vcpu *v)
{
    struct rtds_vcpu *r = rtds_vcpu(v);

    sched_list_remove(&r->renew);
    r->able_ns += s->now_ns - r->able_since_ns;
}

static struct sched_choice rtds_pick(struct sched *s, struct sched_pcpu *p)
{
    struct rtds_host *h = rtds_host(s);
    struct sched_choice choice = {NULL, UINT64_MAX};

    for (const struct sched_link *l = h->queue.next; l != &h->queue;
         l = l->next)
        if (sched_may_run(l->vcpu, p)) {
            choice.vcpu = l->vcpu;
            break;
        }
    if (choice.vcpu) {
        sched_list_remove(&rtds_vcpu(choice.vcpu)->link);
        choice.slice_ns = rtds_vcpu(choice.vcpu)->left_ns;
    }
    settle(s); /* who was displaced may belong elsewhere */
    return choice;
}

static void rtds_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    struct rtds_vcpu *r = rtds_vcpu(v);

    (void)s;
    r->left_ns -= ran_ns < r->left_ns ? ran_ns : r->left_ns;
}

/* At its deadline, v waits or runs. */
static bool missed(const struct sched *s, const struct rtds_vcpu *r)
{
    return r->level == 0 && r->left_ns > SPARE_NS &&
           r->able_ns + (s->now_ns - r->able_since_ns) >= r->budget_ns;
}

static void rtds_timer(struct sched *s)
{
    struct rtds_host *h = rtds_host(s);

    while (!sched_list_empty(&h->renews)) {
        struct sched_vcpu *v = h->renews.next->vcpu;
        struct rtds_vcpu *r = rtds_vcpu(v);

        if (r->deadline_ns > s->now_ns)
            break;
        if (missed(s, r))
            v->vm->deadline_misses++;
        renew(s, r);
        sched_list_remove(&r->renew);
        insert_renews(h, r);
        if (sched_linked(&r->link)) {
            sched_list_remove(&r->link);
            insert_queue(h, r);
        }
    }
    settle(s);
}

static uint64_t rtds_timer_ns(const struct sched *s)
{
    const struct rtds_host *h = rtds_host(s);

    return sched_list_empty(&h->renews)
               ? UINT64_MAX
               : rtds_vcpu(h->renews.next->vcpu)->deadline_ns;
}

const struct sched_ops sched_rtds = {
    .name = "rtds",
    .sentence = "a budget each period by global earliest deadline first",
    .source = "Xen, xen/common/sched/rt.c; Xi et al.: Real-Time Multi-Core "
              "Virtual Machine Scheduling in Xen (EMSOFT 2014)",
    .promises = rtds_promises,
    .options = "period budget extra affinity",
    .sched_bytes = sizeof(struct rtds_host),
    .vcpu_bytes = sizeof(struct rtds_vcpu),
    .init = rtds_init,
    .add = rtds_add,
    .enqueue = rtds_enqueue,
    .dequeue = rtds_dequeue,
    .pick = rtds_pick,
    .charge = rtds_charge,
    .block = rtds_block,
    .timer = rtds_timer,
    .timer_ns = rtds_timer_ns,
    .tell = rtds_tell,
    .check = rtds_check,
};
