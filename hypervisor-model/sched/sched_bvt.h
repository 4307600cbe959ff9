/*
 * sched_bvt.h - what the files of BVT share: sched_bvt.c, sched_bvt_check.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_BVT_H
#define HYPERVISOR_MODEL_SCHED_SCHED_BVT_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

struct bvt_pcpu {
    struct sched_link queue; /* among equals: who is to run first */
    unsigned waiting;
    uint64_t weight;   /* of those in the queue */
    int64_t svt;       /* never goes back */
    uint64_t start_ns; /* of the one that runs */
    int64_t start_evt; /* its EVT then */
};

struct bvt_vcpu {
    struct sched_link link;
    int64_t avt;
    int64_t advance;        /* of AVT for each MCU */
    int64_t warp;           /* of EVT */
    uint64_t warped_ns;     /* run with warp at a stretch */
    uint64_t warp_again_ns; /* no warp before */
    bool yielded;
};

static inline struct bvt_pcpu *bvt_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct bvt_vcpu *bvt_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

bool bvt_check(const struct sched *s, struct error *e);

#endif
