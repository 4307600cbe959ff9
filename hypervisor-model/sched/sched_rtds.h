/*
 * sched_rtds.h - what the files of RTDS share: sched_rtds.c,
 * sched_rtds_check.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_RTDS_H
#define HYPERVISOR_MODEL_SCHED_SCHED_RTDS_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

struct rtds_host {
    struct sched_link queue;  /* with budget; first: the most urgent */
    struct sched_link spent;  /* without, until their deadline */
    struct sched_link renews; /* all that wait or run, by deadline */
};

struct rtds_vcpu {
    struct sched_link link;  /* in queue or spent */
    struct sched_link renew; /* in renews */
    uint64_t period_ns, budget_ns;
    uint64_t deadline_ns, left_ns;
    unsigned level;         /* 0: within the budget; else extra time */
    uint64_t ran_ns;        /* it gave a pCPU up last; valid while it waits */
    uint64_t able_since_ns; /* waits or runs; valid unless blocked */
    uint64_t able_ns;       /* likewise, of this period, before */
};

static inline struct rtds_host *rtds_host(const struct sched *s)
{
    return s->data;
}

static inline struct rtds_vcpu *rtds_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

/* a is to run before b. */
bool rtds_more_urgent(const struct rtds_vcpu *a, const struct rtds_vcpu *b);
/* What p does is less urgent than r. */
bool rtds_beats(const struct rtds_vcpu *r, const struct sched_pcpu *p);

bool rtds_check(const struct sched *s, struct error *e);
void rtds_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w);

#endif
