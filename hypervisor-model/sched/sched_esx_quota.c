/*
 * sched_esx_quota.c - reservations and limits.
 *
 * Source  VMware, "vSphere Resource Management": a reservation is admitted or
 *         the VM does not start; limit is an upper bound even if there is more.
 * Model   in each period of one slice a VM has its reservation first, and no
 *         more than its limit.  What was too much of a limit is taken off the
 *         next period's; what was not used is lost.
 */
#include "hypervisor-model/sched/sched_esx.h"

/* A slice is not cut shorter by what is left of a reservation or a limit. */
enum { ESX_LEAST_NS = 100000 };

static int64_t quota_ns(const struct sched *s, uint32_t pct)
{
    return (int64_t)(sched_us(s->config->esx.slice_us) * pct / 100);
}

enum status esx_quota_admit(const struct sched *s, struct error *e)
{
    uint64_t reserved = 0;

    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct sched_vm_config *c = &s->vms[i].config;

        reserved += c->reservation_pct;
        if (c->cap_pct && c->reservation_pct > c->cap_pct)
            return error_set(e, STATUS_USAGE,
                             "esx: VM %s reserves %u %%, its limit is %u %%",
                             c->name, c->reservation_pct, c->cap_pct);
        if (c->reservation_pct > 100 * c->vcpus)
            return error_set(e, STATUS_USAGE,
                             "esx: VM %s reserves %u %% for %u vCPUs", c->name,
                             c->reservation_pct, c->vcpus);
    }
    if (reserved > 100u * s->pcpu_count)
        return error_set(e, STATUS_USAGE,
                         "esx: VMs reserve %u %%, the host has %u %%",
                         (unsigned)reserved, 100 * s->pcpu_count);
    return STATUS_OK;
}

void esx_quota_begin(struct sched *s)
{
    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct sched_vm_config *c = &s->vms[i].config;
        struct esx_vm *ev = esx_vm(&s->vms[i]);

        ev->reserve_left_ns = quota_ns(s, c->reservation_pct);
        if (!c->cap_pct)
            continue;
        if (ev->limit_left_ns > 0)
            ev->limit_left_ns = 0;
        ev->limit_left_ns += quota_ns(s, c->cap_pct);
        ev->limited = ev->limit_left_ns <= 0;
    }
    esx_host(s)->period_end_ns = s->now_ns + sched_us(s->config->esx.slice_us);
}

/* When v, which waits, is to run at the latest for its VM's reservation. */
static uint64_t latest_ns(const struct sched *s, const struct sched_vcpu *v)
{
    const struct esx_vm *ev = esx_vm(v->vm);
    uint64_t latest = esx_host(s)->period_end_ns;

    if (ev->reserve_left_ns <= 0 || !esx_may_go(v))
        return UINT64_MAX;
    latest -= (uint64_t)ev->reserve_left_ns / ev->active;
    return latest > s->now_ns + ESX_LEAST_NS ? latest
                                             : s->now_ns + ESX_LEAST_NS;
}

void esx_quota_hold(struct sched *s, const struct sched_vcpu *v)
{
    const struct esx_cell *c = esx_cell_of(s, v->vm);
    uint64_t latest = latest_ns(s, v);

    for (unsigned i = 0; i < s->pcpu_count && latest != UINT64_MAX; i++)
        if (pcpu_in(c->pcpus, i) && s->pcpus[i].current)
            sched_cut_slice(s, &s->pcpus[i], latest);
}

/* To what is left of a VM's reservation or limit, for each of its vCPUs. */
static uint64_t cut(uint64_t slice_ns, const struct sched_vm *vm,
                    int64_t left_ns)
{
    uint64_t each_ns = left_ns > 0 ? (uint64_t)left_ns / esx_vm(vm)->active : 0;

    if (each_ns < ESX_LEAST_NS)
        each_ns = ESX_LEAST_NS;
    return each_ns < slice_ns ? each_ns : slice_ns;
}

/* Until the first of those who wait with a reservation has to run. */
static uint64_t until_latest_ns(const struct sched *s, const struct esx_cell *c)
{
    uint64_t first = UINT64_MAX;

    for (const struct sched_link *l = c->queue.next; l != &c->queue;
         l = l->next) {
        uint64_t latest = latest_ns(s, l->vcpu);

        first = latest < first ? latest : first;
    }
    return first == UINT64_MAX ? first : first - s->now_ns;
}

/* Those of a VM that run share what is left: all are to be asked then. */
uint64_t esx_quota_bound_ns(struct sched *s, struct sched_vm *vm)
{
    const struct esx_cell *c = esx_cell_of(s, vm);
    const struct esx_vm *ev = esx_vm(vm);
    uint64_t left_ns = UINT64_MAX, others_ns;

    if (!esx_host(s)->has_quotas)
        return UINT64_MAX;
    if (vm->config.cap_pct)
        left_ns = cut(left_ns, vm, ev->limit_left_ns);
    if (ev->reserve_left_ns > 0 && c->waiting)
        left_ns = cut(left_ns, vm, ev->reserve_left_ns);
    for (unsigned i = 0; i < vm->config.vcpus && left_ns != UINT64_MAX; i++)
        if (vm->vcpus[i].state == SCHED_RUNNING)
            sched_cut_slice(s, &s->pcpus[vm->vcpus[i].pcpu],
                            s->now_ns + left_ns);
    others_ns = until_latest_ns(s, c);
    return others_ns < left_ns ? others_ns : left_ns;
}

/* It has had its limit: whoever of it runs, stops. */
static void limit(struct sched *s, struct sched_vm *vm)
{
    esx_vm(vm)->limited = true;
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        if (vm->vcpus[i].state == SCHED_RUNNING)
            sched_kick(s, &s->pcpus[vm->vcpus[i].pcpu]);
}

void esx_quota_charge(struct sched *s, struct sched_vm *vm, uint64_t ran_ns)
{
    struct esx_vm *ev = esx_vm(vm);

    if (ev->reserve_left_ns > 0) {
        ev->reserve_left_ns -= (int64_t)ran_ns;
        if (ev->reserve_left_ns <= 0)
            ev->slice_end_ns = s->now_ns; /* what it had was not by shares */
    }
    if (!vm->config.cap_pct)
        return;
    ev->limit_left_ns -= (int64_t)ran_ns;
    if (ev->limit_left_ns <= 0 && !ev->limited)
        limit(s, vm);
}

void esx_quota_renew(struct sched *s)
{
    esx_quota_begin(s);
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sched_vcpu *v = &s->vcpus[i];
        const struct sched_vm_config *c = &v->vm->config;

        if (sched_linked(&esx_vcpu(v)->link) &&
            (c->cap_pct || c->reservation_pct)) {
            esx_offer(s, v);
            esx_quota_hold(s, v);
        }
    }
}

void esx_promises(const struct sched *s, const struct sched_vm *vm,
                  struct sched_promise *promise)
{
    (void)s;
    promise->floor_ppm = (uint64_t)vm->config.reservation_pct * 10000;
}
