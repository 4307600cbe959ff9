#include "hypervisor-model/sched/fair.h"

static uint64_t scaled_us(uint64_t us, unsigned factor)
{
    return sched_us(us) * factor;
}

/* What constants grow with: 1 + log2 of the pCPUs, of which 8 count at most
   (Linux, sched_tunable_scaling: logarithmic). */
static unsigned scaling(unsigned pcpus)
{
    unsigned factor = 1;

    for (unsigned n = pcpus < 8 ? pcpus : 8; n > 1; n /= 2)
        factor++;
    return factor;
}

static void read_constants(struct fair_host *h, const struct sched *s)
{
    const struct sched_config *c = s->config;
    unsigned factor = scaling(s->pcpu_count);

    h->latency_ns = scaled_us(c->cfs.latency_us, factor);
    h->min_granularity_ns = scaled_us(c->cfs.min_granularity_us, factor);
    h->wakeup_granularity_ns = scaled_us(c->cfs.wakeup_granularity_us, factor);
    h->slice_ns = scaled_us(c->eevdf.base_slice_us, factor);
    h->tick_ns = 1000000000 / c->cfs.hz;
    h->migration_cost_ns = sched_us(c->cfs.migration_cost_us);
    h->bandwidth_period_ns = sched_us(c->cfs.bandwidth_period_us);
    h->bandwidth_slice_ns = sched_us(c->cfs.bandwidth_slice_us);
    h->nr_latency = c->cfs.nr_latency;
    h->gentle_sleepers = c->cfs.gentle_sleepers;
    h->run_to_parity = c->eevdf.run_to_parity;
}

static void init_vm(struct sched *s, const struct sched_vm *vm)
{
    struct fair_vm *fvm = fair_vm_of(vm);

    fvm->shares = (uint64_t)vm->config.weight * FAIR_SHARES_OF_WEIGHT;
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct fair_group *g = &fvm->groups[i];

        g->entity.members = &g->queue;
        g->entity.weight = fvm->shares;
        g->queue.owner = &g->entity;
        g->queue.pcpu = fair_pcpu_of(&s->pcpus[i]);
    }
}

void fair_init(struct sched *s, const struct fair_rules *rules)
{
    struct fair_host *h = fair_host_of(s);

    h->rules = rules;
    read_constants(h, s);
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct fair_pcpu *fp = fair_pcpu_of(&s->pcpus[i]);

        fp->root.pcpu = fp;
        sched_list_init(&fp->waiting);
    }
    for (unsigned i = 0; i < s->vm_count; i++)
        init_vm(s, &s->vms[i]);
    fair_bandwidth_init(s);
}

void fair_add(struct sched *s, struct sched_vcpu *v)
{
    struct fair_vcpu *fv = fair_vcpu_of(v);

    (void)s;
    fv->entity.vcpu = v;
    fv->entity.weight = FAIR_NICE0;
    fv->link.vcpu = v;
    fv->fresh = true;
}

static void wake(struct sched *s, struct sched_vcpu *v)
{
    struct fair_vcpu *fv = fair_vcpu_of(v);
    struct sched_pcpu *p = fair_place(s, v);

    v->pcpu = p->id;
    if (p->current)
        sched_charge(s, p->current);
    fair_join(s, v, fv->fresh ? FAIR_NEW : FAIR_WOKE);
    fv->fresh = false;
    if (!p->current || fair_preempts(s, p, v))
        sched_kick(s, p);
}

/* v, which ran, waits. */
static void put_back(struct sched *s, struct sched_vcpu *v, bool yields)
{
    const struct fair_host *h = fair_host_of(s);
    struct sched_pcpu *p = &s->pcpus[v->pcpu];
    struct fair_pcpu *fp = fair_pcpu_of(p);
    struct fair_group *g = fair_group_of(v);

    if (yields) {
        h->rules->yields(h, &g->queue);
        h->rules->yields(h, &fp->root);
    }
    fair_queue_put(h, &g->queue);
    fair_queue_put(h, &fp->root);
    sched_list_append(&fp->waiting, &fair_vcpu_of(v)->link);
    fp->waiting_count++;
    if (fair_bandwidth_throttles(s, v->vm, p->id))
        fair_group_leave(s, p, g);
    else if (fp->push_to)
        fair_push(s, p, v);
}

void fair_enqueue(struct sched *s, struct sched_vcpu *v, enum sched_why why)
{
    if (why == SCHED_WOKE)
        wake(s, v);
    else
        put_back(s, v, why == SCHED_YIELDED);
}

void fair_dequeue(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p = &s->pcpus[v->pcpu];

    if (p->current)
        sched_charge(s, p->current);
    fair_part(s, v, false);
}

void fair_block(struct sched *s, struct sched_vcpu *v)
{
    fair_part(s, v, true);
}

/* The VM that is to run on p; NULL: none. */
static struct fair_entity *pick_group(struct sched *s, struct sched_pcpu *p)
{
    const struct fair_host *h = fair_host_of(s);
    struct fair_queue *root = &fair_pcpu_of(p)->root;
    struct fair_entity *group;

    for (;;) {
        /* What was pulled may find that its VM has no time left here. */
        while (root->count == 0)
            if (!fair_pull_idle(s, p))
                return NULL;
        group = h->rules->first(h, root);
        if (group->members->count != 0)
            return group;
        fair_group_expire(s, p, group);
    }
}

struct sched_choice fair_pick(struct sched *s, struct sched_pcpu *p)
{
    const struct fair_host *h = fair_host_of(s);
    struct fair_pcpu *fp = fair_pcpu_of(p);
    struct fair_entity *group = pick_group(s, p), *e;

    if (!group)
        return (struct sched_choice){NULL, UINT64_MAX};
    e = h->rules->first(h, group->members);
    fair_queue_set(&fp->root, group);
    fair_queue_set(group->members, e);
    sched_list_remove(&fair_vcpu_of(e->vcpu)->link);
    fp->waiting_count--;
    fair_group_weigh(s, e->vcpu->vm, p);
    return (struct sched_choice){e->vcpu, UINT64_MAX};
}

void fair_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    const struct fair_host *h = fair_host_of(s);
    struct sched_pcpu *p = &s->pcpus[v->pcpu];
    struct fair_group *g = fair_group_of(v);
    bool over = fair_queue_charge(h, &g->queue, ran_ns);

    over |= fair_queue_charge(h, &fair_pcpu_of(p)->root, ran_ns);
    over |= fair_bandwidth_debit(s, v->vm, g, ran_ns);
    fair_vcpu_of(v)->ran_until_ns = s->now_ns;
    if (over)
        sched_kick(s, p);
}

void fair_tick(struct sched *s, struct sched_pcpu *p)
{
    const struct fair_host *h = fair_host_of(s);
    struct fair_queue *root = &fair_pcpu_of(p)->root;
    struct fair_group *g = fair_group_of(p->current);

    fair_group_weigh(s, p->current->vm, p);
    if ((g->queue.count > 1 && h->rules->tick(h, &g->queue)) ||
        (root->count > 1 && h->rules->tick(h, root)))
        sched_kick(s, p);
    fair_balance(s, p);
}

uint64_t fair_tick_ns(const struct sched *s)
{
    return ((const struct fair_host *)s->data)->tick_ns;
}

uint64_t fair_timer_ns(const struct sched *s)
{
    return ((const struct fair_host *)s->data)->refill_ns;
}

bool fair_yield_to(struct sched *s, struct sched_vcpu *from,
                   struct sched_vcpu *to)
{
    struct sched_pcpu *p = &s->pcpus[to->pcpu];
    struct fair_group *g = fair_group_of(to);

    if (g->throttled)
        return false;
    g->queue.next = &fair_vcpu_of(to)->entity;
    fair_pcpu_of(p)->root.next = &g->entity;
    if (p->id != from->pcpu)
        sched_kick(s, p);
    return true;
}

/* The VMs of a root queue, and their vCPUs there. */
static bool check_root(const struct fair_pcpu *fp)
{
    const struct fair_queue *root = &fp->root;
    unsigned vcpus = 0;

    if (root->current) {
        vcpus = root->current->members->count;
        if (!fair_queue_check(root->current->members))
            return false;
    }
    for (const struct fair_node *n = fair_tree_first(&root->tree); n;
         n = fair_tree_next(&root->tree, n)) {
        const struct fair_entity *e = (const struct fair_entity *)n;

        vcpus += e->members->count;
        if (!fair_queue_check(e->members))
            return false;
    }
    return vcpus == fp->vcpus && fair_queue_check(root);
}

static bool check_pcpu(const struct sched_pcpu *p)
{
    const struct fair_pcpu *fp = fair_pcpu_of(p);
    unsigned waiting = 0;

    for (const struct sched_link *l = fp->waiting.next; l != &fp->waiting;
         l = l->next)
        waiting++;
    return waiting == fp->waiting_count && !fp->root.current == !p->current &&
           check_root(fp);
}

/* It is where its state says. */
static bool check_vcpu(const struct sched_vcpu *v)
{
    const struct fair_group *g = fair_group_of(v);
    const struct fair_entity *e = &fair_vcpu_of(v)->entity;
    bool waits = v->state == SCHED_RUNNABLE;

    if (sched_linked(&fair_vcpu_of(v)->link) != waits)
        return false;
    if (!waits && v->state != SCHED_RUNNING)
        return !e->queued;
    return e->queued && e->queue == &g->queue &&
           g->entity.queued != g->throttled;
}

/* Of the VMs' averages, each time another's. */
static bool check_load(const struct sched *s)
{
    const struct sched_vm *vm = &s->vms[s->now_cycle % s->vm_count];
    uint64_t load_avg = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++)
        load_avg += fair_group_on(vm, i)->load_avg;
    return load_avg == fair_vm_of(vm)->load_avg;
}

bool fair_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (!check_pcpu(&s->pcpus[i])) {
            error_set(e, STATUS_USAGE, "fair: queues of pCPU %u", i);
            return false;
        }
    for (unsigned i = 0; i < s->vcpu_count; i++)
        if (!check_vcpu(&s->vcpus[i])) {
            error_set(e, STATUS_USAGE, "fair: vCPU %u of VM %s is queued amiss",
                      s->vcpus[i].id, s->vcpus[i].vm->config.name);
            return false;
        }
    if (s->vm_count == 0 || check_load(s))
        return true;
    error_set(e, STATUS_USAGE, "fair: a VM's load is not that of its groups");
    return false;
}
