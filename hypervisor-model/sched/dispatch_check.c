/*
 * dispatch_check.c - the invariants of dispatch.h.
 */
#include "hypervisor-model/sched/dispatch.h"

static bool check_vcpu(const struct sched *s, const struct sched_vcpu *v,
                       struct error *e)
{
    unsigned places = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (s->pcpus[i].current == v)
            places++;
    if (places == (v->state == SCHED_RUNNING ? 1u : 0u) &&
        (places == 0 || s->pcpus[v->pcpu].current == v))
        return true;
    error_set(e, STATUS_USAGE,
              "vCPU %u of VM %s is on %u pCPUs, and its state says %u", v->id,
              v->vm->config.name, places, (unsigned)v->state);
    return false;
}

bool dispatch_check(const struct dispatch *d, struct error *e)
{
    const struct sched *s = &d->sched;

    for (unsigned i = 0; i < s->vcpu_count; i++)
        if (!check_vcpu(s, &s->vcpus[i], e))
            return false;
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_vcpu *v = s->pcpus[i].current;

        if (v && !sched_may_run(v, &s->pcpus[i])) {
            error_set(e, STATUS_USAGE,
                      "vCPU %u of VM %s runs on pCPU %u, where it may not",
                      v->id, v->vm->config.name, i);
            return false;
        }
    }
    if (d->sliceless) {
        error_set(e, STATUS_USAGE,
                  "scheduler %s: a vCPU got pCPU %u for a slice of 0 ns",
                  s->ops->name, d->sliceless->id);
        return false;
    }
    return !s->ops->check || s->ops->check(s, e);
}
