/*
 * sched_esx_skew.c - relaxed co-scheduling: no vCPU gets far ahead of its
 * siblings.
 *
 * Source  VMware, "The CPU Scheduler in VMware ESX 4" (2009), "Relaxed
 *         Co-Scheduling": progress of each vCPU; who is ahead of the slowest by
 *         more than a threshold stops by itself (co-stop) until that one has
 *         caught up (co-start).  VMware, "Co-scheduling SMP VMs in VMware ESX
 *         Server" (2008): with any vCPU those behind it are to be scheduled.
 * Model   progress is time on a pCPU.  vCPUs that idle make no progress and
 *         need none: they hold nobody back, and begin level with the slowest
 *         when they wake.  Who runs while a sibling waits is stopped on the
 *         nanosecond; who is stopped is looked at every decision_us.
 */
#include "hypervisor-model/sched/sched_esx.h"

uint64_t esx_uncharged_ns(const struct sched *s, const struct sched_vcpu *v)
{
    uint64_t ran_ns;

    if (v->state != SCHED_RUNNING || s->now_cycle <= v->since_cycle)
        return 0;
    ran_ns = sched_cycles_ns(v->state_cycles[SCHED_RUNNING] +
                                 (s->now_cycle - v->since_cycle),
                             s->khz);
    return ran_ns > v->charged_ns ? ran_ns - v->charged_ns : 0;
}

static uint64_t progress_ns(const struct sched *s, const struct sched_vcpu *v)
{
    return esx_vcpu(v)->progress_ns + esx_uncharged_ns(s, v);
}

/* Of the vCPUs that run or wait, v aside; UINT64_MAX: there is none. */
static uint64_t slowest_ns(const struct sched *s, const struct sched_vcpu *v)
{
    const struct sched_vm *vm = v->vm;
    uint64_t least = UINT64_MAX;

    if (esx_vm(vm)->active < 2)
        return UINT64_MAX;
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *w = &vm->vcpus[i];

        if (w != v && esx_vcpu(w)->active && progress_ns(s, w) < least)
            least = progress_ns(s, w);
    }
    return least;
}

uint64_t esx_skew_ns(const struct sched *s, const struct sched_vcpu *v)
{
    uint64_t slowest = slowest_ns(s, v), own = progress_ns(s, v);

    return own > slowest ? own - slowest : 0;
}

void esx_skew_begin(const struct sched *s, struct sched_vcpu *v)
{
    uint64_t slowest = slowest_ns(s, v);

    if (slowest != UINT64_MAX)
        esx_vcpu(v)->progress_ns = slowest;
}

void esx_skew_hold(struct sched *s, const struct sched_vcpu *v)
{
    uint64_t limit_ns = sched_us(s->config->esx.skew_us);
    const struct sched_vm *vm = v->vm;

    if (esx_vm(vm)->active < 2)
        return;
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *w = &vm->vcpus[i];
        uint64_t stop_ns = progress_ns(s, v) + limit_ns;
        uint64_t own_ns = progress_ns(s, w);

        if (w->state != SCHED_RUNNING)
            continue;
        sched_cut_slice(s, &s->pcpus[w->pcpu],
                        s->now_ns + (stop_ns > own_ns ? stop_ns - own_ns : 0));
    }
}

static void costop(struct sched *s, struct sched_vcpu *v)
{
    struct esx_host *h = esx_host(s);

    esx_vcpu(v)->costopped = true;
    if (h->costopped++ == 0)
        h->decision_ns = s->now_ns + sched_us(s->config->esx.decision_us);
}

uint64_t esx_skew_bound_ns(struct sched *s, struct sched_vcpu *v)
{
    uint64_t limit_ns = sched_us(s->config->esx.skew_us), least = UINT64_MAX;
    const struct sched_vm *vm = v->vm;
    uint64_t own = progress_ns(s, v);

    if (esx_vm(vm)->active < 2)
        return UINT64_MAX;
    if (esx_skew_ns(s, v) >= limit_ns) {
        costop(s, v);
        return 0;
    }
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *w = &vm->vcpus[i];

        if (w != v && w->state == SCHED_RUNNABLE && progress_ns(s, w) < least)
            least = progress_ns(s, w);
    }
    return least == UINT64_MAX ? UINT64_MAX : least + limit_ns - own;
}

void esx_skew_costart(struct sched *s, struct sched_vm *vm)
{
    uint64_t enough_ns = sched_us(s->config->esx.costart_us);

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        struct sched_vcpu *v = &vm->vcpus[i];

        if (!esx_vcpu(v)->costopped || esx_skew_ns(s, v) > enough_ns)
            continue;
        esx_vcpu(v)->costopped = false;
        esx_host(s)->costopped--;
        esx_offer(s, v);
    }
}

bool esx_skew_check(const struct sched *s, struct error *e)
{
    uint64_t most_ns =
        sched_us(s->config->esx.skew_us + s->config->esx.decision_us);
    unsigned costopped = 0;

    for (unsigned i = 0; i < s->vcpu_count; i++) {
        const struct sched_vcpu *v = &s->vcpus[i];

        costopped += esx_vcpu(v)->costopped;
        if (!esx_vcpu(v)->active || esx_skew_ns(s, v) <= most_ns)
            continue;
        error_set(e, STATUS_USAGE, "esx: vCPU %u of VM %s is %u us ahead",
                  v->id, v->vm->config.name,
                  (unsigned)(esx_skew_ns(s, v) / 1000));
        return false;
    }
    if (costopped == esx_host(s)->costopped)
        return true;
    error_set(e, STATUS_USAGE, "esx: %u vCPUs are co-stopped, counts %u",
              costopped, esx_host(s)->costopped);
    return false;
}
