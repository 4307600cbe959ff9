/*
 * sched_credit_check.c - asserts the invariants at the head of sched_credit.c.
 */
#include "hypervisor-model/sched/sched_credit.h"

/* Those who gave way are behind one that is lower. */
static bool check_queue(const struct sched *s, const struct sched_pcpu *p,
                        struct error *e)
{
    const struct credit_pcpu *c = credit_of_pcpu(p);
    enum credit_priority lowest = CREDIT_BOOST;
    unsigned length = 0;

    (void)s;
    for (const struct sched_link *l = c->queue.next; l != &c->queue;
         l = l->next) {
        const struct credit_vcpu *v = credit_of_vcpu(l->vcpu);

        length++;
        if (v->yielded)
            continue;
        if (v->priority > lowest || l->vcpu->pcpu != p->id) {
            error_set(e, STATUS_USAGE, "credit: pCPU %u's queue is in disorder",
                      p->id);
            return false;
        }
        lowest = v->priority;
    }
    if (length == c->waiting)
        return true;
    error_set(e, STATUS_USAGE, "credit: pCPU %u has %u waiting, counts %u",
              p->id, length, c->waiting);
    return false;
}

static bool check_vm(const struct sched_vm *vm, struct error *e)
{
    unsigned active = 0;

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];
        const struct credit_vcpu *c = credit_of_vcpu(v);
        bool waits = v->state == SCHED_RUNNABLE && !c->parked;

        active += c->active ? 1 : 0;
        if (sched_linked(&c->link) == waits)
            continue;
        error_set(e, STATUS_USAGE,
                  "credit: vCPU %u of VM %s is %s queue, its state is %u", i,
                  vm->config.name, waits ? "in no" : "in a",
                  (unsigned)v->state);
        return false;
    }
    if (active == credit_of_vm(vm)->active)
        return true;
    error_set(e, STATUS_USAGE, "credit: VM %s has %u active vCPUs, counts %u",
              vm->config.name, active, credit_of_vm(vm)->active);
    return false;
}

/* An idle pCPU that may run v is about to pick. */
static bool is_expected(const struct sched *s, const struct sched_vcpu *v)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (!s->pcpus[i].current && s->pcpus[i].resched &&
            sched_may_run(v, &s->pcpus[i]))
            return true;
    return false;
}

/* p is idle, and is not to pick. */
static bool check_idle(const struct sched *s, const struct sched_pcpu *p,
                       struct error *e)
{
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        const struct sched_vcpu *v = &s->vcpus[i];

        if (!sched_linked(&credit_of_vcpu(v)->link) || !sched_may_run(v, p) ||
            is_expected(s, v))
            continue;
        error_set(e, STATUS_USAGE,
                  "credit: pCPU %u idles, and vCPU %u of VM %s waits", p->id,
                  v->id, v->vm->config.name);
        return false;
    }
    return true;
}

bool credit_check(const struct sched *s, struct error *e)
{
    bool idle_is_wrong = s->config->credit.migration_us == 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (!check_queue(s, p, e))
            return false;
        if (idle_is_wrong && !p->current && !p->resched && !check_idle(s, p, e))
            return false;
    }
    for (unsigned i = 0; i < s->vm_count; i++)
        if (!check_vm(&s->vms[i], e))
            return false;
    return true;
}
