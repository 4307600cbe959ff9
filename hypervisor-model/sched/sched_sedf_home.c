/*
 * sched_sedf_home.c - where a vCPU of SEDF lives, and what slices it has.
 *
 * Source  Xen, docs/misc/sedf_scheduler_mini-HOWTO.txt; xen/common/
 *         sched_sedf.c: its defaults, and sedf_adjust(), which tells the modes
 *         of a domain apart.
 * Model   on the pCPU, of those where the fewest live, on the core with the
 *         fewest (ours: SEDF knew no threads).
 */
#include "hypervisor-model/sched/sched_sedf.h"

static uint64_t clamped(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* What those at home on p that have weights get, of what the others leave. */
static void share_by_weight(struct sched *s, struct sched_pcpu *p)
{
    uint64_t period_ns = sched_us(s->config->sedf.weight_period_us);
    uint64_t safety_ns = sched_us(s->config->sedf.weight_safety_us);
    uint64_t free_ns = period_ns > safety_ns ? period_ns - safety_ns : 0;
    uint64_t weights = 0, slice_min_ns = sched_us(s->config->sedf.slice_min_us);

    for (unsigned i = 0; i < s->vcpu_count; i++) {
        const struct sched_vcpu *v = &s->vcpus[i];
        const struct sedf_vcpu *d = sedf_vcpu(v);
        uint64_t taken_ns;

        if (d->home != p)
            continue;
        if (d->by_weight) {
            weights += v->vm->config.weight;
            continue;
        }
        taken_ns = d->slice_ns * (period_ns / 1000) / (d->period_ns / 1000);
        free_ns -= taken_ns < free_ns ? taken_ns : free_ns;
    }
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sedf_vcpu *d = sedf_vcpu(&s->vcpus[i]);

        if (d->home == p && d->by_weight)
            d->slice_ns =
                clamped(free_ns * s->vcpus[i].vm->config.weight / weights,
                        slice_min_ns, period_ns);
    }
    sched_kick(s, p);
}

/* vCPUs at home on p's core. */
static unsigned homes_on_core(const struct sched *s, const struct sched_pcpu *p)
{
    unsigned threads = s->topology.threads_per_core, homes = 0;

    for (unsigned i = p->core * threads; i < (p->core + 1) * threads; i++)
        homes += sedf_pcpu(&s->pcpus[i])->homes;
    return homes;
}

/* Where the fewest are at home; of these, on the core with the fewest; of
   these, where v is. */
static struct sched_pcpu *find_home(struct sched *s, const struct sched_vcpu *v)
{
    struct sched_pcpu *best = &s->pcpus[v->pcpu];

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];
        unsigned homes = sedf_pcpu(p)->homes, least = sedf_pcpu(best)->homes;

        if (sched_may_run(v, p) &&
            (homes < least ||
             (homes == least && homes_on_core(s, p) < homes_on_core(s, best))))
            best = p;
    }
    return best;
}

static bool is_best_effort(const struct sched_vm_config *c)
{
    return !c->budget_us && !c->period_us;
}

static uint64_t period_ns(const struct sched *s,
                          const struct sched_vm_config *c)
{
    uint64_t us = s->config->sedf.weight_period_us;

    if (c->budget_us && c->period_us)
        us = c->period_us;
    return sched_us(clamped(us, s->config->sedf.period_min_us,
                            s->config->sedf.period_max_us));
}

static uint64_t slice_ns(const struct sched *s, const struct sched_vm_config *c)
{
    return clamped(sched_us(c->budget_us),
                   sched_us(s->config->sedf.slice_min_us), period_ns(s, c));
}

void sedf_promises(const struct sched *s, const struct sched_vm *vm,
                   struct sched_promise *promise)
{
    const struct sched_vm_config *c = &vm->config;

    sched_promise_by_vcpu(s, vm, promise);
    promise->beyond_floor = true; /* extra time */
    if (!c->budget_us)
        return;
    promise->floor_ppm = slice_ns(s, c) * 1000000 / period_ns(s, c) * c->vcpus;
    promise->weight = promise->floor_ppm * SEDF_WHOLE_WEIGHT / 1000000;
    if (promise->weight == 0)
        promise->weight = 1;
    if (!c->extra)
        promise->limit_ppm = promise->floor_ppm;
}

void sedf_add(struct sched *s, struct sched_vcpu *v)
{
    const struct sched_vm_config *c = &v->vm->config;
    struct sedf_vcpu *d = sedf_vcpu(v);

    *d = (struct sedf_vcpu){.link.vcpu = v, .home = find_home(s, v)};
    d->by_weight = !c->budget_us && c->period_us;
    d->extra = c->extra || is_best_effort(c);
    d->period_ns = period_ns(s, c);
    if (c->budget_us)
        d->slice_ns = slice_ns(s, c);
    v->pcpu = d->home->id;
    sedf_pcpu(d->home)->homes++;
    share_by_weight(s, d->home);
}

void sedf_remove(struct sched *s, struct sched_vcpu *v)
{
    struct sedf_vcpu *d = sedf_vcpu(v);
    struct sched_pcpu *home = d->home;

    sedf_pcpu(home)->homes--;
    d->home = NULL;
    share_by_weight(s, home);
}
