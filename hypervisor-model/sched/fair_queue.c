#include "hypervisor-model/sched/fair.h"

/* The origin of the sums moves on before they grow beyond what 64 bits hold. */
enum { FAR_NS_BITS = 30 };

/* Sums of weights times virtual times are in the kernel's coarser unit. */
static int64_t coarse(const struct fair_entity *e)
{
    return (int64_t)(e->weight >> 10);
}

static void move_origin(struct fair_queue *q)
{
    int64_t mean_ns;

    if (q->tree_weight == 0)
        return;
    mean_ns = q->weighted_ns / q->tree_weight;
    if (mean_ns < (int64_t)1 << FAR_NS_BITS &&
        mean_ns > -((int64_t)1 << FAR_NS_BITS))
        return;
    q->origin_ns += mean_ns;
    q->weighted_ns -= mean_ns * q->tree_weight;
}

static void into_tree(const struct fair_host *h, struct fair_queue *q,
                      struct fair_entity *e)
{
    if (q->tree_weight == 0) {
        q->origin_ns = e->vruntime_ns;
        q->weighted_ns = 0;
    }
    q->tree_weight += coarse(e);
    q->weighted_ns += coarse(e) * (e->vruntime_ns - q->origin_ns);
    fair_tree_insert(&q->tree, &e->node, h->rules->key(e), e->vruntime_ns);
    move_origin(q);
}

static void out_of_tree(struct fair_queue *q, struct fair_entity *e)
{
    fair_tree_remove(&q->tree, &e->node);
    q->tree_weight -= coarse(e);
    q->weighted_ns -= coarse(e) * (e->vruntime_ns - q->origin_ns);
}

/* The least virtual time of all, but never less than before. */
static void advance(struct fair_queue *q)
{
    int64_t least_ns;

    if (!q->current && !q->tree.root)
        return;
    if (!q->tree.root)
        least_ns = q->current->vruntime_ns;
    else
        least_ns = fair_tree_least(&q->tree);
    if (q->current && q->current->vruntime_ns < least_ns)
        least_ns = q->current->vruntime_ns;
    if (least_ns > q->min_vruntime_ns)
        q->min_vruntime_ns = least_ns;
}

void fair_queue_enter(const struct fair_host *h, struct fair_queue *q,
                      struct fair_entity *e, enum fair_why why)
{
    h->rules->place(h, q, e, why);
    e->queue = q;
    e->queued = true;
    q->weight += e->weight;
    q->count++;
    into_tree(h, q, e);
}

static void forget(struct fair_queue *q, const struct fair_entity *e)
{
    if (q->next == e)
        q->next = NULL;
    if (q->skip == e)
        q->skip = NULL;
}

void fair_queue_leave(const struct fair_host *h, struct fair_queue *q,
                      struct fair_entity *e)
{
    if (h->rules->leave)
        h->rules->leave(h, q, e);
    advance(q);
    if (q->current == e)
        q->current = NULL;
    else
        out_of_tree(q, e);
    e->queued = false;
    q->weight -= e->weight;
    q->count--;
    forget(q, e);
    if (q->last == e)
        q->last = NULL;
    advance(q);
}

void fair_queue_put(const struct fair_host *h, struct fair_queue *q)
{
    struct fair_entity *e = q->current;

    q->current = NULL;
    into_tree(h, q, e);
}

void fair_queue_set(struct fair_queue *q, struct fair_entity *e)
{
    out_of_tree(q, e);
    q->current = e;
    forget(q, e);
    if (q->last == e)
        return;
    q->last = e;
    e->ran_at_pick_ns = e->ran_ns;
    e->keeps = true;
}

bool fair_queue_charge(const struct fair_host *h, struct fair_queue *q,
                       uint64_t ran_ns)
{
    struct fair_entity *e = q->current;

    e->ran_ns += ran_ns;
    e->vruntime_ns += fair_virtual_ns(ran_ns, e->weight);
    advance(q);
    return h->rules->charged(h, q) && q->count > 1;
}

void fair_queue_reweigh(const struct fair_host *h, struct fair_queue *q,
                        struct fair_entity *e, uint64_t weight)
{
    bool in_tree = e->queued && q->current != e;
    int64_t mean_ns;

    if (e->weight == weight)
        return;
    if (!e->queued) {
        e->weight = weight;
        return;
    }
    mean_ns = fair_queue_mean_ns(q);
    if (in_tree)
        out_of_tree(q, e);
    if (h->rules->reweigh)
        h->rules->reweigh(e, weight, mean_ns);
    q->weight = q->weight - e->weight + weight;
    e->weight = weight;
    if (in_tree)
        into_tree(h, q, e);
}

int64_t fair_queue_mean_ns(const struct fair_queue *q)
{
    int64_t sum_ns = q->weighted_ns, weight = q->tree_weight, mean_ns;

    if (weight == 0)
        return q->current ? q->current->vruntime_ns : q->min_vruntime_ns;
    if (q->current) {
        weight += coarse(q->current);
        sum_ns += coarse(q->current) * (q->current->vruntime_ns - q->origin_ns);
    }
    mean_ns = sum_ns / weight;
    /* Rounded down, below the origin too. */
    return q->origin_ns + mean_ns - (sum_ns % weight < 0 ? 1 : 0);
}

bool fair_queue_eligible(const struct fair_queue *q,
                         const struct fair_entity *e)
{
    return e->vruntime_ns <= fair_queue_mean_ns(q);
}

bool fair_queue_check(const struct fair_queue *q)
{
    uint64_t weight = q->current ? q->current->weight : 0;
    int64_t tree_weight = 0, weighted_ns = 0;
    unsigned count = q->current ? 1 : 0;

    for (const struct fair_node *n = fair_tree_first(&q->tree); n;
         n = fair_tree_next(&q->tree, n)) {
        const struct fair_entity *e = (const struct fair_entity *)n;

        if (!e->queued || e->queue != q || n->value != e->vruntime_ns)
            return false;
        count++;
        weight += e->weight;
        tree_weight += coarse(e);
        weighted_ns += coarse(e) * (e->vruntime_ns - q->origin_ns);
    }
    return fair_tree_check(&q->tree) && count == q->count &&
           weight == q->weight && tree_weight == q->tree_weight &&
           (tree_weight == 0 || weighted_ns == q->weighted_ns);
}
