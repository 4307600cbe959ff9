#include "hypervisor-model/sched/fair.h"

void fair_group_weigh(struct sched *s, const struct sched_vm *vm,
                      struct sched_pcpu *p)
{
    struct fair_group *g = fair_group_on(vm, p->id);

    fair_load_look(s, vm, p->id);
    fair_load_look_at_pcpu(s, p);
    if (g->queue.count != 0)
        fair_queue_reweigh(fair_host_of(s), &fair_pcpu_of(p)->root, &g->entity,
                           fair_load_weight(vm, p->id));
}

void fair_group_enter(struct sched *s, struct sched_pcpu *p,
                      struct fair_group *g)
{
    struct fair_pcpu *fp = fair_pcpu_of(p);

    fair_load_look_at_pcpu(s, p);
    fair_queue_enter(fair_host_of(s), &fp->root, &g->entity, FAIR_WOKE);
    fp->vcpus += g->queue.count;
}

void fair_group_leave(struct sched *s, struct sched_pcpu *p,
                      struct fair_group *g)
{
    struct fair_pcpu *fp = fair_pcpu_of(p);

    fair_load_look_at_pcpu(s, p);
    fair_queue_leave(fair_host_of(s), &fp->root, &g->entity);
    fp->vcpus -= g->queue.count;
}

void fair_join(struct sched *s, struct sched_vcpu *v, enum fair_why why)
{
    struct sched_pcpu *p = &s->pcpus[v->pcpu];
    struct fair_pcpu *fp = fair_pcpu_of(p);
    struct fair_group *g = fair_group_of(v);

    fair_load_look(s, v->vm, p->id);
    fair_queue_enter(fair_host_of(s), &g->queue, &fair_vcpu_of(v)->entity, why);
    sched_list_append(&fp->waiting, &fair_vcpu_of(v)->link);
    fp->waiting_count++;
    fair_group_weigh(s, v->vm, p);
    if (g->entity.queued && g->queue.count == 1)
        fair_group_expire(s, p, &g->entity);
    if (g->entity.queued)
        fp->vcpus++;
    else if (!fair_bandwidth_throttles(s, v->vm, p->id))
        fair_group_enter(s, p, g);
}

void fair_group_expire(struct sched *s, struct sched_pcpu *p,
                       struct fair_entity *e)
{
    fair_load_look_at_pcpu(s, p);
    fair_queue_leave(fair_host_of(s), &fair_pcpu_of(p)->root, e);
    if (e->lag_ns > 0)
        e->lag_ns = 0;
}

/* The last of g's vCPUs goes.  If it sleeps and has had more than its share,
   the group stays until it has waited for that (sched-eevdf.rst: "deferred
   dequeue"). */
static void leave_root(struct sched *s, struct sched_pcpu *p,
                       struct fair_group *g, bool sleeps)
{
    const struct fair_host *h = fair_host_of(s);
    struct fair_queue *root = &fair_pcpu_of(p)->root;

    if (!sleeps || !h->delay_dequeue || fair_queue_eligible(root, &g->entity)) {
        fair_group_leave(s, p, g);
        return;
    }
    if (root->current == &g->entity)
        fair_queue_put(h, root);
    fair_pcpu_of(p)->vcpus--;
}

void fair_part(struct sched *s, struct sched_vcpu *v, bool sleeps)
{
    struct sched_pcpu *p = &s->pcpus[v->pcpu];
    struct fair_pcpu *fp = fair_pcpu_of(p);
    struct fair_group *g = fair_group_of(v);
    struct fair_vcpu *fv = fair_vcpu_of(v);

    fair_load_look(s, v->vm, p->id);
    if (sched_linked(&fv->link)) {
        sched_list_remove(&fv->link);
        fp->waiting_count--;
    }
    if (g->entity.queued && g->queue.current == &fv->entity &&
        g->queue.count > 1)
        fair_queue_put(fair_host_of(s), &fp->root);
    if (g->entity.queued && g->queue.count == 1)
        leave_root(s, p, g, sleeps);
    else if (g->entity.queued)
        fp->vcpus--;
    fair_queue_leave(fair_host_of(s), &g->queue, &fv->entity);
    if (g->queue.count == 0)
        fair_bandwidth_return(s, v->vm, g);
    else
        fair_group_weigh(s, v->vm, p);
}

uint64_t fair_load(const struct sched_vcpu *v)
{
    const struct fair_group *g = fair_group_of(v);

    return g->queue.weight == 0
               ? 0
               : g->entity.weight * fair_vcpu_of(v)->entity.weight /
                     g->queue.weight;
}

bool fair_preempts(const struct sched *s, const struct sched_pcpu *p,
                   const struct sched_vcpu *v)
{
    const struct fair_host *h = s->data;
    const struct fair_queue *root = &fair_pcpu_of(p)->root;
    const struct fair_group *g = fair_group_of(v);

    if (!g->entity.queued)
        return false;
    if (!root->current)
        return true;
    if (root->current == &g->entity)
        return h->rules->preempts(h, &g->queue, &fair_vcpu_of(v)->entity);
    return h->rules->preempts(h, root, &g->entity);
}
