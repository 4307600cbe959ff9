/*
 * sched_sedf.h - what the files of SEDF share: sched_sedf.c (periods, who
 * runs), sched_sedf_home.c (where vCPUs live, their slices),
 * sched_sedf_check.c, sched_sedf_tell.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_SEDF_H
#define HYPERVISOR_MODEL_SCHED_SCHED_SEDF_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

/* In extra time a VM of this weight counts as one with a whole pCPU reserved:
   ours. */
enum { SEDF_WHOLE_WEIGHT = 256 };

struct sedf_pcpu {
    struct sched_link ready;   /* may use their slices, by deadline */
    struct sched_link waiting; /* for their next period, by its begin */
    unsigned homes;            /* vCPUs that live here */
    uint64_t extra_ns;         /* sedf_vcpu.extra_ns of who had it last */
};

struct sedf_vcpu {
    struct sched_link link;
    struct sched_pcpu *home; /* NULL: it has not started */
    uint64_t period_ns, slice_ns;
    bool by_weight;
    bool extra;           /* it may have extra time */
    bool extra_now;       /* it runs, in extra time */
    uint64_t deadline_ns; /* of the period that it is in, or waits for */
    uint64_t used_ns;     /* of this period's slice */
    uint64_t owed_ns;     /* of slices lost to short blocks */
    uint64_t extra_ns;    /* extra time it had, over its reserved share */
};

static inline struct sedf_pcpu *sedf_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct sedf_vcpu *sedf_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

/* Its period's; UINT64_MAX: it has no slice. */
static inline uint64_t sedf_begin_ns(const struct sedf_vcpu *d)
{
    return d->slice_ns == 0 ? UINT64_MAX : d->deadline_ns - d->period_ns;
}

void sedf_add(struct sched *s, struct sched_vcpu *v);
void sedf_remove(struct sched *s, struct sched_vcpu *v);
void sedf_promises(const struct sched *s, const struct sched_vm *vm,
                   struct sched_promise *promise);
void sedf_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w);
bool sedf_check(const struct sched *s, struct error *e);

#endif
