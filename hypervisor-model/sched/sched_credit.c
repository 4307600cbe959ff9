/*
 * sched_credit.c - Xen's Credit scheduler: weight and cap.
 *
 * Source  Xen wiki, "Credit Scheduler"; xl(1), "sched-credit"; Xen's command
 *         line, "sched_credit_tslice_ms", "sched_ratelimit_us",
 *         "vcpu_migration_delay"; exact debit: Xen 78c9b2a64b, rate limit: Xen
 *         64908a0466, nodes: Xen 22b984ae9a.
 * Model   A vCPU that runs pays credits, 10 a ms; every slice (30 ms) credits
 *         are given to the active VMs by weight (sched_credit_account.c).  Who
 *         has some left then is UNDER, who has none OVER; who is UNDER and
 *         wakes is BOOST until the next tick or until it has run.  Each pCPU
 *         has a queue, by priority; one that finds nobody UNDER there looks in
 *         the others' (sched_credit_steal.c), so that none idles while a vCPU
 *         waits.  Beyond its cap a vCPU is parked until it has paid.  A vCPU
 *         that ran for less than the rate limit is not preempted.
 * Step    the first slice of a pCPU is the shorter the higher its number:
 *         slices end at different times, as on a real host.  In step, VMs with
 *         as many vCPUs as there are pCPUs would be gangs, by chance.
 * Turns   equals run in turn, but who is OVER in the order of what they owe:
 *         with turns there, too, as in Xen, weights 1:2:4:8 on four pCPUs were
 *         up to 6 % off.
 * Debit   exact; sampled_debit: who runs at a tick pays all of it, as Xen did
 *         at first, when it had no rate limit.
 *
 * INVARIANTS  (credit_check asserts them)
 *   1. A queue is sorted by priority, and pcpu.waiting is its length.
 *   2. A vCPU is in a queue if and only if it is runnable and not parked.
 *   3. vm.active counts its active vCPUs.
 *   4. Without a migration delay no pCPU idles while a vCPU waits in a queue
 *      that may run there.
 */
#include "hypervisor-model/sched/sched_credit.h"

#include "hypervisor-model/sched/policies.h"

static void credit_init(struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        sched_list_init(&credit_of_pcpu(&s->pcpus[i])->queue);
    credit_of_host(s)->account_ns = credit_slice_ns(s);
}

static void credit_add(struct sched *s, struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    (void)s;
    *c = (struct credit_vcpu){.priority = CREDIT_UNDER};
    c->link.vcpu = v;
}

static void credit_remove(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    credit_deactivate(v);
}

/* a is to run before b, whoever came first. */
static bool goes_before(const struct credit_vcpu *a,
                        const struct credit_vcpu *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->priority == CREDIT_OVER && a->credit_ns > b->credit_ns;
}

/* Behind its equals; if it gives way, behind one that is lower, too. */
void credit_insert(struct sched *s, struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);
    struct credit_pcpu *p = credit_of_pcpu(&s->pcpus[v->pcpu]);
    struct sched_link *at = p->queue.next;

    while (at != &p->queue && !goes_before(c, credit_of_vcpu(at->vcpu)))
        at = at->next;
    if (c->yielded && at != &p->queue)
        at = at->next;
    sched_list_insert_before(at, &c->link);
    p->waiting++;
}

void credit_take_out(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&credit_of_vcpu(v)->link);
    credit_of_pcpu(&s->pcpus[v->pcpu])->waiting--;
}

/* v's pCPU is to run v now if whoever runs there is lower. */
static void tickle(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *p = &s->pcpus[v->pcpu];

    if (!p->current ||
        credit_of_vcpu(p->current)->priority < credit_of_vcpu(v)->priority)
        sched_kick(s, p);
}

void credit_place(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p = credit_idle_pcpu(s, v);

    if (p)
        v->pcpu = p->id;
    credit_insert(s, v);
    tickle(s, v);
}

/* It ran, and does so no more. */
static void left(struct sched *s, struct sched_vcpu *v)
{
    struct credit_vcpu *c = credit_of_vcpu(v);

    c->left_ns = s->now_ns;
    if (c->priority == CREDIT_BOOST)
        c->priority = CREDIT_UNDER;
}

static void credit_enqueue(struct sched *s, struct sched_vcpu *v,
                           enum sched_why why)
{
    struct credit_vcpu *c = credit_of_vcpu(v);
    struct sched_pcpu *next = c->next;

    credit_account(s);
    c->next = NULL;
    c->yielded = why == SCHED_YIELDED;
    if (why != SCHED_WOKE)
        left(s, v);
    if (c->parked)
        return;
    if (why == SCHED_WOKE) {
        /* A VM's start is no event that it waits for. */
        if (c->priority == CREDIT_UNDER && v->switches != 0)
            c->priority = CREDIT_BOOST;
        credit_place(s, v);
        return;
    }
    if (next)
        v->pcpu = next->id;
    credit_insert(s, v);
    if (next)
        tickle(s, v);
}

static void credit_dequeue(struct sched *s, struct sched_vcpu *v)
{
    if (sched_linked(&credit_of_vcpu(v)->link))
        credit_take_out(s, v);
}

/* How much longer last is to run on p whoever waits; 0: not at all. */
static uint64_t limit_ns(const struct sched *s, const struct sched_pcpu *p,
                         const struct sched_vcpu *last)
{
    const uint64_t rate_ns = sched_us(s->config->credit.ratelimit_us);
    const struct credit_vcpu *c;

    if (!last || s->config->credit.sampled_debit)
        return 0;
    c = credit_of_vcpu(last);
    if (c->yielded || !sched_linked(&c->link) || last->pcpu != p->id)
        return 0;
    return s->now_ns - c->began_ns < rate_ns ? c->began_ns + rate_ns - s->now_ns
                                             : 0;
}

/* The first of p's own queue, unless there is a higher one in another's and
   that one is not UNDER. */
static struct sched_vcpu *choose(struct sched *s, const struct sched_pcpu *p,
                                 uint64_t *retry_ns)
{
    struct sched_link *queue = &credit_of_pcpu(p)->queue;
    struct sched_vcpu *first =
        sched_list_empty(queue) ? NULL : queue->next->vcpu;
    enum credit_priority above =
        first ? credit_of_vcpu(first)->priority : CREDIT_IDLE;
    struct sched_vcpu *stolen = NULL;

    if (above <= CREDIT_OVER)
        stolen = credit_steal(s, p, above, retry_ns);
    return stolen ? stolen : first;
}

/* last lost p, or the first of the queue was to run and did not: an idle pCPU
   may take it. */
static void offer(struct sched *s, const struct sched_pcpu *p,
                  const struct sched_vcpu *last)
{
    const struct sched_link *queue = &credit_of_pcpu(p)->queue;
    struct sched_pcpu *idle;

    if (sched_list_empty(queue))
        return;
    if (!last || !sched_linked(&credit_of_vcpu(last)->link))
        last = queue->next->vcpu;
    idle = credit_idle_pcpu(s, last);
    if (idle)
        sched_kick(s, idle);
}

static struct sched_choice credit_pick(struct sched *s, struct sched_pcpu *p)
{
    struct sched_vcpu *last = p->current, *v = last;
    uint64_t slice_ns, retry_ns = UINT64_MAX;

    credit_account(s);
    slice_ns = limit_ns(s, p, last);
    if (slice_ns == 0) {
        slice_ns = credit_slice_ns(s);
        v = choose(s, p, &retry_ns);
    }
    if (!v)
        return (struct sched_choice){NULL, retry_ns};
    credit_take_out(s, v);
    credit_of_vcpu(v)->yielded = false;
    if (v != last) {
        credit_of_vcpu(v)->began_ns = s->now_ns;
        if (p->switches == 0)
            slice_ns -= slice_ns * p->id / s->pcpu_count;
        offer(s, p, last);
    }
    return (struct sched_choice){v, slice_ns};
}

static void credit_charge(struct sched *s, struct sched_vcpu *v,
                          uint64_t ran_ns)
{
    if (!s->config->credit.sampled_debit)
        credit_debit(v, ran_ns);
}

static void credit_block(struct sched *s, struct sched_vcpu *v)
{
    credit_of_vcpu(v)->next = NULL;
    left(s, v);
}

static uint64_t credit_tick_ns(const struct sched *s)
{
    return credit_slice_ns(s) / s->config->credit.ticks_per_slice;
}

static void credit_tick(struct sched *s, struct sched_pcpu *p)
{
    struct sched_vcpu *v = p->current;
    struct credit_vcpu *c = credit_of_vcpu(v);

    if (c->priority == CREDIT_BOOST)
        c->priority = CREDIT_UNDER;
    credit_activate(v);
    if (s->config->credit.sampled_debit)
        credit_debit(v, credit_tick_ns(s));
    c->next = credit_better_pcpu(s, v);
    if (c->next)
        sched_kick(s, p);
}

static uint64_t credit_timer_ns(const struct sched *s)
{
    return credit_of_host(s)->account_ns;
}

/* xl(1), sched-credit: weight and cap are the domain's. */
static void credit_promises(const struct sched *s, const struct sched_vm *vm,
                            struct sched_promise *promise)
{
    if (s->config->credit.weight_per_vcpu)
        promise->weight *= vm->config.vcpus;
}

const struct sched_ops sched_credit = {
    .name = "credit",
    .sentence = "Xen's Credit: credits by weight, caps, boost on wake-up",
    .source = "Xen wiki, \"Credit Scheduler\"; xl(1), \"sched-credit\"",
    .promises = credit_promises,
    .options = "weight cap affinity soft_affinity",
    .sched_bytes = sizeof(struct credit_host),
    .pcpu_bytes = sizeof(struct credit_pcpu),
    .vm_bytes = sizeof(struct credit_vm),
    .vcpu_bytes = sizeof(struct credit_vcpu),
    .init = credit_init,
    .add = credit_add,
    .remove = credit_remove,
    .enqueue = credit_enqueue,
    .dequeue = credit_dequeue,
    .pick = credit_pick,
    .charge = credit_charge,
    .block = credit_block,
    .tick = credit_tick,
    .tick_ns = credit_tick_ns,
    .timer = credit_account,
    .timer_ns = credit_timer_ns,
    .tell = credit_tell,
    .check = credit_check,
};
