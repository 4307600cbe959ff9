/*
 * sched_null.c - Xen's null scheduler: a pCPU for each vCPU, for good.
 *
 * Source  xen/common/sched/null.c; xl(1), "sched=null".  Nothing is shared: a
 *         vCPU is assigned to a free pCPU as it starts, and keeps it until it
 *         stops; who finds none free waits for one.
 */
#include <stdio.h>

#include "hypervisor-model/sched/policies.h"

struct null_pcpu {
    struct sched_vcpu *owner; /* NULL: free */
};

struct null_vcpu {
    struct sched_pcpu *home; /* NULL: it waits for one */
};

static struct null_pcpu *of_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static struct null_vcpu *of_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

static void assign(struct sched *s, struct sched_vcpu *v, struct sched_pcpu *p)
{
    of_vcpu(v)->home = p;
    of_pcpu(p)->owner = v;
    if (v->state == SCHED_RUNNABLE)
        sched_kick(s, p);
}

static void null_add(struct sched *s, struct sched_vcpu *v)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[(v->pcpu + i) % s->pcpu_count];

        if (of_pcpu(p)->owner || !sched_may_run(v, p))
            continue;
        assign(s, v, p);
        return;
    }
}

/* Its pCPU goes to the first that waits for one. */
static void null_remove(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p = of_vcpu(v)->home;

    of_vcpu(v)->home = NULL;
    if (!p)
        return;
    of_pcpu(p)->owner = NULL;
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        struct sched_vcpu *w = &s->vcpus[i];

        if (w == v || w->state == SCHED_ABSENT || of_vcpu(w)->home ||
            !sched_may_run(w, p))
            continue;
        assign(s, w, p);
        return;
    }
}

static void null_enqueue(struct sched *s, struct sched_vcpu *v,
                         enum sched_why why)
{
    if (why == SCHED_WOKE && of_vcpu(v)->home)
        sched_kick(s, of_vcpu(v)->home);
}

static void null_dequeue(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    (void)v;
}

static struct sched_choice null_pick(struct sched *s, struct sched_pcpu *p)
{
    struct sched_vcpu *owner = of_pcpu(p)->owner;

    (void)s;
    if (owner && owner->state != SCHED_RUNNABLE)
        owner = NULL;
    return (struct sched_choice){owner, UINT64_MAX};
}

static void null_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    (void)s;
    (void)v;
    (void)ran_ns;
}

/* While it lives: the pCPUs that its vCPUs have, and nothing to those that
   found none. */
static void null_promises(const struct sched *s, const struct sched_vm *vm,
                          struct sched_promise *promise)
{
    uint64_t homes = 0;

    sched_promise_alike(s, vm, promise);
    if (vm->vcpus[0].state == SCHED_ABSENT)
        return;
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        homes += of_vcpu(&vm->vcpus[i])->home != NULL;
    promise->floor_ppm = promise->limit_ppm = homes * 1000000;
}

static void null_tell(const struct sched *s, const struct sched_vcpu *v,
                      struct sched_words *w)
{
    const struct sched_pcpu *home = of_vcpu(v)->home;

    if (home) {
        snprintf(w->text, sizeof w->text, "has pCPU %u for itself", home->id);
        return;
    }
    w->line = SCHED_LINE_HOST;
    for (unsigned i = 0; i < v->number; i++)
        w->place +=
            s->vcpus[i].state != SCHED_ABSENT && !of_vcpu(&s->vcpus[i])->home;
    snprintf(w->text, sizeof w->text, "waits for a pCPU that is free");
}

static bool null_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_vcpu *v = of_pcpu(&s->pcpus[i])->owner;

        if (v && of_vcpu(v)->home != &s->pcpus[i]) {
            error_set(e, STATUS_USAGE, "null: pCPU %u has a vCPU of another",
                      i);
            return false;
        }
    }
    return true;
}

const struct sched_ops sched_null = {
    .name = "null",
    .sentence = "a pCPU for each vCPU: nothing is shared",
    .source = "Xen's scheduler of that name, xl.cfg \"sched=null\"",
    .promises = null_promises,
    .options = "affinity",
    .pcpu_bytes = sizeof(struct null_pcpu),
    .vcpu_bytes = sizeof(struct null_vcpu),
    .add = null_add,
    .remove = null_remove,
    .enqueue = null_enqueue,
    .dequeue = null_dequeue,
    .pick = null_pick,
    .charge = null_charge,
    .tell = null_tell,
    .check = null_check,
};
