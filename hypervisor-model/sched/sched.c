/*
 * sched.c - a host's pCPUs and vCPUs, built for one policy; what policies
 * share.
 */
#include "hypervisor-model/sched/sched.h"

#include <stdlib.h>
#include <string.h>

static uint64_t cap_ppm(const struct sched_vm *vm)
{
    return vm->config.cap_pct ? (uint64_t)vm->config.cap_pct * 10000
                              : UINT64_MAX;
}

struct sched_promise sched_promised(const struct sched *s,
                                    const struct sched_vm *vm)
{
    struct sched_promise promise = {.weight = vm->config.weight,
                                    .limit_ppm = cap_ppm(vm)};

    if (s->ops->promises)
        s->ops->promises(s, vm, &promise);
    return promise;
}

void sched_promise_by_vcpu(const struct sched *s, const struct sched_vm *vm,
                           struct sched_promise *promise)
{
    (void)s;
    promise->weight = (uint64_t)vm->config.weight * vm->config.vcpus;
    promise->limit_ppm = UINT64_MAX;
}

void sched_promise_alike(const struct sched *s, const struct sched_vm *vm,
                         struct sched_promise *promise)
{
    (void)s;
    promise->weight = vm->config.vcpus;
    promise->limit_ppm = UINT64_MAX;
}

/* Names the first required hook that a policy lacks; NULL: none. */
static const char *missing_hook(const struct sched_ops *o)
{
    if (!o->add)
        return "add";
    if (!o->enqueue)
        return "enqueue";
    if (!o->dequeue)
        return "dequeue";
    if (!o->pick)
        return "pick";
    if (!o->charge)
        return "charge";
    if (!o->tick != !o->tick_ns)
        return "tick and tick_ns together";
    if (!o->timer != !o->timer_ns)
        return "timer and timer_ns together";
    return NULL;
}

static enum status check_policy(const struct sched_ops *o, struct error *e)
{
    const char *missing = missing_hook(o);

    if (missing)
        return error_set(e, STATUS_USAGE, "scheduler %s lacks the hook %s",
                         o->name, missing);
    return STATUS_OK;
}

static size_t rounded(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

/* One piece of memory for everything that the policy keeps. */
static bool give_policy_memory(struct sched *s)
{
    const struct sched_ops *o = s->ops;
    size_t pcpu = rounded(o->pcpu_bytes), vm = rounded(o->vm_bytes);
    size_t vcpu = rounded(o->vcpu_bytes), host = rounded(o->sched_bytes);
    char *at = calloc(1, host + s->pcpu_count * pcpu + s->vm_count * vm +
                             s->vcpu_count * vcpu + 1);

    s->policy_memory = at;
    if (!at)
        return false;
    s->data = at;
    at += host;
    for (unsigned i = 0; i < s->pcpu_count; i++, at += pcpu)
        s->pcpus[i].data = at;
    for (unsigned i = 0; i < s->vm_count; i++, at += vm)
        s->vms[i].data = at;
    for (unsigned i = 0; i < s->vcpu_count; i++, at += vcpu)
        s->vcpus[i].data = at;
    return true;
}

static void lay_out_pcpus(struct sched *s)
{
    const struct sched_topology *t = &s->topology;

    s->pcpu_count = t->pcpus;
    for (unsigned i = 0; i < t->pcpus; i++)
        s->pcpus[i] = (struct sched_pcpu){.id = i,
                                          .core = sched_core_of(t, i),
                                          .node = sched_node_of(t, i),
                                          .tick_ns = UINT64_MAX,
                                          .pick_end_ns = UINT64_MAX};
}

/* vCPU n of a VM begins its life on pCPU n of those that it may use. */
static unsigned first_pcpu(const struct sched_vm_config *c, unsigned number,
                           unsigned pcpus)
{
    unsigned p = number % pcpus;

    while (!pcpu_in(c->affinity, p))
        p = (p + 1) % pcpus;
    return p;
}

static void lay_out_vms(struct sched *s, const struct sched_vm_config *configs)
{
    unsigned number = 0;

    for (unsigned i = 0; i < s->vm_count; i++) {
        struct sched_vm *vm = &s->vms[i];

        vm->config = configs[i];
        vm->id = i;
        vm->vcpus = &s->vcpus[number];
        for (unsigned n = 0; n < vm->config.vcpus; n++, number++) {
            unsigned home = first_pcpu(&vm->config, number, s->pcpu_count);

            s->vcpus[number] = (struct sched_vcpu){.vm = vm,
                                                   .id = n,
                                                   .number = number,
                                                   .pcpu = home,
                                                   .last_pcpu = home};
        }
    }
}

static enum status allocate(struct sched *s, struct error *e)
{
    s->vms = calloc(s->vm_count + 1, sizeof *s->vms);
    s->vcpus = calloc(s->vcpu_count + 1, sizeof *s->vcpus);
    if (!s->vms || !s->vcpus) {
        sched_free(s);
        return error_set(e, STATUS_MEMORY, "out of memory");
    }
    return STATUS_OK;
}

enum status sched_init(struct sched *s, const struct sched_host_config *config,
                       struct error *e)
{
    const struct sched_ops *ops = sched_all[config->sched->policy];
    enum status status = check_policy(ops, e);

    memset(s, 0, sizeof *s);
    if (status != STATUS_OK)
        return status;
    s->ops = ops;
    s->config = config->sched;
    s->topology = config->topology;
    s->vm_count = config->vm_count;
    for (unsigned i = 0; i < s->vm_count; i++)
        s->vcpu_count += config->vms[i].vcpus;
    status = allocate(s, e);
    if (status != STATUS_OK)
        return status;
    lay_out_pcpus(s);
    lay_out_vms(s, config->vms);
    if (!give_policy_memory(s)) {
        sched_free(s);
        return error_set(e, STATUS_MEMORY, "out of memory");
    }
    status = ops->admit ? ops->admit(s, e) : STATUS_OK;
    if (status != STATUS_OK) {
        sched_free(s);
        return status;
    }
    if (ops->init)
        ops->init(s);
    return STATUS_OK;
}

void sched_free(struct sched *s)
{
    free(s->vms);
    free(s->vcpus);
    free(s->policy_memory);
    memset(s, 0, sizeof *s);
}

struct sched_words sched_tell(const struct sched *s, const struct sched_vcpu *v)
{
    struct sched_words words = {.line = SCHED_LINE_NONE};

    if (s->ops->tell && v->state != SCHED_ABSENT)
        s->ops->tell(s, v, &words);
    return words;
}

void sched_charge(struct sched *s, struct sched_vcpu *v)
{
    uint64_t ran_cycles, ran_ns;

    if (v->state != SCHED_RUNNING || s->now_cycle <= v->since_cycle)
        return;
    ran_cycles =
        v->state_cycles[SCHED_RUNNING] + (s->now_cycle - v->since_cycle);
    ran_ns = sched_cycles_ns(ran_cycles, s->khz);
    if (ran_ns <= v->charged_ns)
        return;
    s->ops->charge(s, v, ran_ns - v->charged_ns);
    v->charged_ns = ran_ns;
}

static bool is_idle(const struct sched_pcpu *p)
{
    return !p->current && !p->resched;
}

bool sched_core_idle(const struct sched *s, const struct sched_pcpu *p)
{
    unsigned threads = s->topology.threads_per_core;

    for (unsigned i = p->core * threads; i < (p->core + 1) * threads; i++)
        if (i != p->id && !is_idle(&s->pcpus[i]))
            return false;
    return true;
}

/* How good an idle pCPU is for v: the greater the better. */
static unsigned idle_rank(const struct sched *s, const struct sched_vcpu *v,
                          const struct sched_pcpu *p)
{
    const struct sched_pcpu *last = &s->pcpus[v->pcpu];

    return (sched_core_idle(s, p) ? 8u : 0u) +
           (p->node == last->node ? 4u : 0u) +
           (p->core == last->core ? 2u : 0u) + (p == last ? 1u : 0u);
}

struct sched_pcpu *
sched_idle_pcpu_in(struct sched *s, const struct sched_vcpu *v, pcpu_set_t set)
{
    struct sched_pcpu *best = NULL;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(set, i) || !is_idle(p) || !sched_may_run(v, p))
            continue;
        if (!best || idle_rank(s, v, p) > idle_rank(s, v, best))
            best = p;
    }
    return best;
}

struct sched_pcpu *sched_idle_pcpu(struct sched *s, const struct sched_vcpu *v)
{
    return sched_idle_pcpu_in(s, v, v->vm->config.affinity);
}
