/*
 * sched_bvt.h - what the files of BVT share: sched_bvt.c, sched_bvt_check.c,
 * sched_bvt_tell.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_BVT_H
#define HYPERVISOR_MODEL_SCHED_SCHED_BVT_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

/* Virtual time is in fractions of a unit, for weights that do not divide. */
enum { BVT_FRACTIONS = 1 << 16, BVT_WEIGHT = 256 };

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

static inline uint64_t bvt_mcu_ns(const struct sched *s)
{
    return sched_us(s->config->bvt.mcu_us);
}

static inline bool bvt_is_warped(const struct sched *s,
                                 const struct bvt_vcpu *b)
{
    return b->warp != 0 && s->now_ns >= b->warp_again_ns;
}

static inline int64_t bvt_evt_of(const struct sched *s,
                                 const struct bvt_vcpu *b)
{
    return bvt_is_warped(s, b) ? b->avt - b->warp : b->avt;
}

/* a is to run before b, which is before it in the queue. */
bool bvt_goes_before(const struct sched *s, const struct bvt_vcpu *a,
                     const struct bvt_vcpu *b);

void bvt_tell(const struct sched *s, const struct sched_vcpu *v,
              struct sched_words *w);
bool bvt_check(const struct sched *s, struct error *e);

#endif
