/*
 * sched_credit2.c - Xen's Credit2: runqueues in order of credit, for a socket
 * each.
 *
 * Source  Xen, xen/common/sched/credit2.c, its head comment; docs/features/
 *         sched_credit2.pandoc; xl(1) "sched-credit2".
 * Model   a vCPU that runs burns credit: max_weight / weight for each ns, so
 *         that the heaviest of a runqueue burns 1.  The most credit goes
 *         first.  As neither the next to run nor any that waits has credit,
 *         all of the runqueue get the initial credit again: debts count,
 *         savings only up to the carry-over.  A slice ends when its vCPU has
 *         no more credit than the next, within the minimal and maximal timer
 *         and not before the rate limit.  To replace a vCPU, one that ran on
 *         another pCPU needs more credit by the migration resistance; if it
 *         migrates, it is compensated.  Who wakes (or is replaced) has a pCPU
 *         of its runqueue kicked: an idle core, an idle thread, else the one
 *         that runs the vCPU with least credit, if that is less than its own.
 *         Who yields makes way for the first of the queue that ran here,
 *         whatever its credit; one that ran elsewhere has to overcome the
 *         resistance all the same: else vCPUs that spin and yield to each
 *         other would live on the compensations, and who has less credit never
 *         ran.  Who likes to run elsewhere (soft affinity) leaves for an idle
 *         pCPU there as its slice ends.
 * NOT MODELLED  the limit of 16 pCPUs to a runqueue (Xen 4.15).
 *
 * INVARIANTS  (sched_credit2_check.c asserts them)
 *   1. Queues are in order of credit; max_weight is that of the heaviest.
 *   2. Each vCPU is a member of one runqueue, and waits in that one.
 *   3. While no pCPU of a runqueue is about to pick, none idles beside a vCPU
 *      that waits there and may run on it.
 */
#include "hypervisor-model/sched/sched_credit2.h"
#include "hypervisor-model/sched/policies.h"

static int64_t signed_us(uint64_t us)
{
    return (int64_t)sched_us(us);
}

static unsigned queue_of_pcpu(const struct sched *s, const struct sched_pcpu *p)
{
    switch (s->config->credit2.runqueue) {
    case RUNQUEUE_CORE:
        return p->core;
    case RUNQUEUE_SOCKET:
        return p->node;
    case RUNQUEUE_ALL:
        break;
    }
    return 0;
}

static void credit2_init(struct sched *s)
{
    struct credit2_host *h = credit2_host(s);

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        unsigned n = queue_of_pcpu(s, &s->pcpus[i]);
        struct credit2_queue *q = &h->queues[n];

        if (q->pcpus == 0) {
            sched_list_init(&q->waiting);
            sched_list_init(&q->members);
            q->max_weight = 1;
            h->queue_count = n + 1;
        }
        q->pcpus |= (pcpu_set_t)1 << i;
        credit2_pcpu(&s->pcpus[i])->queue = q;
    }
}

static void credit2_add(struct sched *s, struct sched_vcpu *v)
{
    struct credit2_vcpu *c = credit2_vcpu(v);

    *c = (struct credit2_vcpu){
        .link.vcpu = v, .member.vcpu = v, .tickled = CREDIT2_NO_PCPU};
    c->credit_ns = signed_us(s->config->credit2.credit_init_us);
    credit2_cap_add(s, v->vm);
    credit2_place(s, v);
}

static void credit2_remove(struct sched *s, struct sched_vcpu *v)
{
    credit2_detach(s, v);
    credit2_cap_remove(s, v->vm);
}

static void credit2_enqueue(struct sched *s, struct sched_vcpu *v,
                            enum sched_why why)
{
    struct credit2_vcpu *c = credit2_vcpu(v);

    if (why == SCHED_WOKE) {
        credit2_load_change(s, v, 1);
        credit2_wait(s, v);
        return;
    }
    c->yields = why == SCHED_YIELDED;
    if (c->move_to) {
        credit2_return_budget(s, v);
        credit2_move(s, v);
        credit2_wait(s, v);
    } else {
        credit2_insert(v);
    }
}

static void credit2_dequeue(struct sched *s, struct sched_vcpu *v)
{
    sched_list_remove(&credit2_vcpu(v)->link);
    credit2_vcpu(v)->parked = false;
    credit2_load_change(s, v, -1);
}

static void credit2_block(struct sched *s, struct sched_vcpu *v)
{
    credit2_return_budget(s, v);
    credit2_load_change(s, v, -1);
    if (credit2_vcpu(v)->move_to)
        credit2_move(s, v);
}

static void credit2_charge(struct sched *s, struct sched_vcpu *v,
                           uint64_t ran_ns)
{
    struct credit2_vcpu *c = credit2_vcpu(v);
    uint64_t weight = v->vm->config.weight;
    uint64_t burnt = ran_ns * c->queue->max_weight + c->residue;

    (void)s;
    c->credit_ns -= (int64_t)(burnt / weight);
    c->residue = burnt % weight;
    if (credit2_vm(v->vm)->total_ns != 0)
        c->budget_ns -= (int64_t)ran_ns;
}

/* All of q get the initial credit: so often that first has some. */
static void reset_credit(struct sched *s, struct credit2_queue *q,
                         const struct sched_vcpu *first)
{
    int64_t init_ns = signed_us(s->config->credit2.credit_init_us);
    int64_t most_ns = init_ns + signed_us(s->config->credit2.carryover_us);
    int64_t times = 1 - credit2_vcpu(first)->credit_ns / init_ns;

    for (struct sched_link *l = q->members.next; l != &q->members;
         l = l->next) {
        struct credit2_vcpu *c = credit2_vcpu(l->vcpu);

        sched_charge(s, l->vcpu);
        c->credit_ns += times * init_ns;
        if (c->credit_ns > most_ns)
            c->credit_ns = most_ns;
    }
    q->resets++;
}

uint64_t credit2_resets(const struct sched *s)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < credit2_host(s)->queue_count; i++)
        sum += credit2_host(s)->queues[i].resets;
    return sum;
}

/* Another pCPU was kicked for v, and has not come to it yet. */
static bool meant_for_another(const struct sched *s, const struct sched_vcpu *v,
                              const struct sched_pcpu *p)
{
    unsigned tickled = credit2_vcpu(v)->tickled;

    return tickled != CREDIT2_NO_PCPU && tickled != p->id &&
           s->pcpus[tickled].resched;
}

/* v, which waits, may replace last, which ran on p; NULL: p has nobody. */
static bool may_replace(const struct sched *s, const struct sched_vcpu *v,
                        const struct sched_vcpu *last,
                        const struct sched_pcpu *p)
{
    int64_t resist_ns = signed_us(s->config->credit2.migrate_resist_us);

    if (!last)
        return true;
    return v->pcpu == p->id || credit2_vcpu(v)->credit_ns >=
                                   credit2_vcpu(last)->credit_ns + resist_ns;
}

/* The first that may replace last on p; last: nobody.  Leaves to other pCPUs
   what they were kicked for, or not. */
static struct sched_vcpu *first_of_queue(struct sched *s, struct sched_pcpu *p,
                                         struct sched_vcpu *last, bool leave)
{
    struct credit2_queue *q = credit2_pcpu(p)->queue;
    struct sched_link *next;

    for (struct sched_link *l = q->waiting.next; l != &q->waiting; l = next) {
        struct sched_vcpu *v = l->vcpu;

        next = l->next;
        if (v == p->current || !sched_may_run(v, p) ||
            !may_replace(s, v, last, p) ||
            (leave && meant_for_another(s, v, p)))
            continue;
        if (last && !credit2_vcpu(last)->yields &&
            credit2_vcpu(v)->credit_ns <= credit2_vcpu(last)->credit_ns)
            return last;
        if (credit2_has_budget(s, v))
            return v;
        credit2_park(v);
    }
    return last;
}

/* last ran on p and is queued; NULL: nobody. */
static struct sched_vcpu *candidate(struct sched *s, struct sched_pcpu *p,
                                    struct sched_vcpu *last)
{
    uint64_t limit_ns = sched_us(s->config->credit2.ratelimit_us);
    struct sched_vcpu *v;

    if (last && !credit2_vcpu(last)->yields &&
        s->now_ns - credit2_vcpu(last)->got_pcpu_ns < limit_ns)
        return last;
    v = first_of_queue(s, p, last, true);
    return v ? v : first_of_queue(s, p, NULL, false);
}

/* How long v, chosen, runs on p. */
static uint64_t slice(const struct sched *s, const struct sched_vcpu *v,
                      bool stays)
{
    const struct credit2_vcpu *c = credit2_vcpu(v);
    const struct credit2_queue *q = c->queue;
    int64_t least_ns = signed_us(s->config->credit2.ratelimit_us), ns;

    if (stays)
        least_ns -= (int64_t)(s->now_ns - c->got_pcpu_ns);
    if (least_ns < signed_us(s->config->credit2.min_timer_us))
        least_ns = signed_us(s->config->credit2.min_timer_us);
    ns = c->credit_ns;
    if (!sched_list_empty(&q->waiting)) {
        int64_t waits_ns = credit2_vcpu(q->waiting.next->vcpu)->credit_ns;

        ns -= waits_ns > 0 ? waits_ns : 0;
    }
    ns = ns * v->vm->config.weight / q->max_weight;
    if (ns < least_ns)
        ns = least_ns;
    if (ns > signed_us(s->config->credit2.max_timer_us))
        ns = signed_us(s->config->credit2.max_timer_us);
    if (credit2_vm(v->vm)->total_ns != 0 && ns > c->budget_ns)
        ns = c->budget_ns;
    return (uint64_t)ns;
}

/* Neither v, chosen, nor anybody who waits has credit: not even those that the
   rate limit, affinity or a migration's price kept from being chosen. */
static bool epoch_ends(const struct sched_vcpu *v)
{
    const struct credit2_queue *q = credit2_vcpu(v)->queue;

    return credit2_vcpu(v)->credit_ns <= 0 &&
           (sched_list_empty(&q->waiting) ||
            credit2_vcpu(q->waiting.next->vcpu)->credit_ns <= 0);
}

static void take(struct sched *s, struct sched_pcpu *p, struct sched_vcpu *v)
{
    struct credit2_vcpu *c = credit2_vcpu(v);

    sched_list_remove(&c->link);
    c->tickled = CREDIT2_NO_PCPU;
    if (epoch_ends(v)) {
        reset_credit(s, c->queue, v);
        credit2_balance(s, c->queue);
    }
    if (v != p->current)
        c->got_pcpu_ns = s->now_ns;
    if (v->pcpu == p->id)
        return;
    v->pcpu = p->id;
    c->credit_ns += signed_us(s->config->credit2.migrate_compensation_us);
}

static struct sched_choice credit2_pick(struct sched *s, struct sched_pcpu *p)
{
    const struct credit2_queue *q = credit2_pcpu(p)->queue;
    struct sched_vcpu *last = p->current, *v;

    if (last && credit2_vcpu(last)->queue != q)
        last = NULL;
    if (last && !credit2_has_budget(s, last)) {
        credit2_park(last);
        last = NULL;
    }
    if (last && credit2_goes_home(s, last, p)) {
        credit2_vcpu(last)->yields = false;
        credit2_return_budget(s, last);
        last = NULL;
    }
    v = candidate(s, p, last);
    if (last)
        credit2_vcpu(last)->yields = false;
    if (v)
        take(s, p, v);
    credit2_pass_on(s, p);
    if (last && last != v) {
        credit2_return_budget(s, last);
        if (credit2_vcpu(last)->queue == q)
            credit2_tickle(s, last);
    }
    if (!v)
        return (struct sched_choice){NULL, UINT64_MAX};
    return (struct sched_choice){v, slice(s, v, v == p->current)};
}

/* xl(1), sched-credit2: the weight of a domain is each of its vCPUs', the cap
   is the domain's. */
static void credit2_promises(const struct sched *s, const struct sched_vm *vm,
                             struct sched_promise *promise)
{
    (void)s;
    promise->weight *= vm->config.vcpus;
}

const struct sched_ops sched_credit2 = {
    .name = "credit2",
    .sentence = "most credit first, in a runqueue for each socket",
    .source = "Xen, xen/common/sched/credit2.c and docs/features/"
              "sched_credit2.pandoc",
    .promises = credit2_promises,
    .options = "weight cap affinity soft_affinity",
    .sched_bytes = sizeof(struct credit2_host),
    .pcpu_bytes = sizeof(struct credit2_pcpu),
    .vm_bytes = sizeof(struct credit2_vm),
    .vcpu_bytes = sizeof(struct credit2_vcpu),
    .init = credit2_init,
    .add = credit2_add,
    .remove = credit2_remove,
    .enqueue = credit2_enqueue,
    .dequeue = credit2_dequeue,
    .pick = credit2_pick,
    .charge = credit2_charge,
    .block = credit2_block,
    .timer = credit2_cap_timer,
    .timer_ns = credit2_cap_timer_ns,
    .tell = credit2_tell,
    .check = credit2_check,
};
