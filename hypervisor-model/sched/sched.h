/*
 * sched.h - vCPU schedulers: the host they share out, and what one must do.
 *
 * Hardware      pCPUs: threads of cores, cores of NUMA nodes.
 * Model         a scheduler ("policy") keeps the queues of the vCPUs that
 *               could run and picks; dispatch.h keeps what is true of all of
 *               them: who runs where, since when, and the time of each state.
 *               A policy sees no guest: real code and the phase model look the
 *               same from here.
 * Time          nanoseconds since power-on, as in Xen and Linux, so that their
 *               constants are ours; sched.now_ns is that of the call, and never
 *               goes back.
 *
 * To add one: copy sched_rr.c, add a line to registry.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_H
#define HYPERVISOR_MODEL_SCHED_SCHED_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hypervisor-model/sched/sched_config.h"
#include "sim/core/rng.h"
#include "sim/core/status.h"
#include "sim/record/latency.h"

enum { SCHED_MAX_PCPUS = 64, SCHED_MAX_VCPUS = 4096, SCHED_NAME_BYTES = 32 };

/* A set of pCPUs: bit n is pCPU n. */
typedef uint64_t pcpu_set_t;

static inline bool pcpu_in(pcpu_set_t set, unsigned pcpu)
{
    return (set >> pcpu & 1) != 0;
}

/* The first so many pCPUs. */
static inline pcpu_set_t pcpu_set_first(unsigned count)
{
    return count >= 64 ? ~(pcpu_set_t)0 : ((pcpu_set_t)1 << count) - 1;
}

struct sched_topology {
    unsigned pcpus;            /* 1 .. SCHED_MAX_PCPUS */
    unsigned threads_per_core; /* 1 or 2; divides pcpus */
    unsigned nodes;            /* NUMA nodes; divides the cores */
};

static inline unsigned sched_core_of(const struct sched_topology *t,
                                     unsigned pcpu)
{
    return pcpu / t->threads_per_core;
}

static inline unsigned sched_node_of(const struct sched_topology *t,
                                     unsigned pcpu)
{
    return pcpu / (t->pcpus / t->nodes);
}

/* What a VM is promised.  Which of it counts is the policy's to say. */
struct sched_vm_config {
    char name[SCHED_NAME_BYTES];
    unsigned vcpus;
    uint32_t weight;          /* Xen's: 256 is usual */
    uint32_t cap_pct;         /* of one pCPU, Xen's cap; 0: none */
    uint32_t reservation_pct; /* of one pCPU, ESX's; 0: none */
    uint64_t period_us;       /* SEDF, RTDS; 0: the policy's default */
    uint64_t budget_us;       /* ... of it; SEDF calls it the slice */
    bool extra;               /* SEDF, RTDS: may have time beyond its budget */
    uint32_t warp; /* BVT: how much earlier, in us of a VM of weight 256 */
    pcpu_set_t affinity;      /* where it may run; never empty */
    pcpu_set_t soft_affinity; /* where it likes to run; 0: anywhere */
};

/* What a host is built from. */
struct sched_host_config {
    const struct sched_config *sched;
    struct sched_topology topology;
    const struct sched_vm_config *vms;
    unsigned vm_count;
};

enum sched_state {
    SCHED_ABSENT,   /* not started yet, or stopped */
    SCHED_BLOCKED,  /* waits for an event */
    SCHED_RUNNABLE, /* could run: waits for a pCPU */
    SCHED_RUNNING,
    SCHED_STATES
};

struct sched_vm;

struct sched_vcpu {
    struct sched_vm *vm;
    unsigned id;     /* within its VM */
    unsigned number; /* within the host */
    enum sched_state state;
    unsigned pcpu;        /* where it runs, or ran last, or is to run */
    unsigned last_pcpu;   /* where it runs, or ran last */
    uint64_t since_cycle; /* in this state */
    uint64_t ready_cycle; /* not to run on any pCPU whose clock is before */
    uint64_t state_cycles[SCHED_STATES]; /* of the past states */
    uint64_t charged_ns; /* of the time it ran, what the policy knows of */
    bool woken;          /* runnable since it woke: its latency counts */
    uint64_t switches, migrations; /* times it got a pCPU; another than last */
    void *data;                    /* the policy's */
};

struct sched_vm {
    struct sched_vm_config config;
    unsigned id;
    struct sched_vcpu *vcpus; /* config.vcpus of them */
    struct latency wake;      /* from wake-up to running, cycles */
    struct latency wait;      /* each wait for a pCPU, cycles */
    unsigned spin_boosted;    /* whom the last directed yield went to */
    uint64_t deadline_misses; /* periods in which a vCPU could have used its
                                 budget and did not get it; of policies that
                                 promise one */
    void *data;               /* the policy's */
};

struct sched_pcpu {
    unsigned id, core, node;
    struct sched_vcpu *current; /* NULL: idle */
    bool resched;               /* it is to pick again as soon as it can */
    uint64_t pick_end_ns;       /* ... and at this time at the latest */
    uint64_t tick_ns;           /* its next tick; UINT64_MAX: none */
    uint64_t switches;
    void *data; /* the policy's */
};

/* Whose queue a vCPU waits in. */
enum sched_line {
    SCHED_LINE_NONE, /* it waits in none: it runs, is blocked, or parked */
    SCHED_LINE_PCPU,
    SCHED_LINE_GROUP, /* of pCPUs: a runqueue, a cell; rows of a matrix */
    SCHED_LINE_HOST
};

enum { SCHED_WORDS_BYTES = 80 };

/* What a policy knows of a vCPU, for those who look on. */
struct sched_words {
    enum sched_line line;
    unsigned number; /* the pCPU's, the group's */
    unsigned place;  /* 0: next, as things stand */
    char text[SCHED_WORDS_BYTES];
};

struct sched_ops;

struct sched {
    const struct sched_ops *ops;
    const struct sched_config *config;
    struct sched_topology topology;
    uint64_t now_ns;
    uint64_t now_cycle; /* likewise; of a clock of so many khz */
    uint64_t khz;
    struct sched_pcpu pcpus[SCHED_MAX_PCPUS];
    unsigned pcpu_count;
    unsigned waiting;  /* vCPUs that could run, and have no pCPU */
    pcpu_set_t kicked; /* since whoever runs them looked last */
    struct sched_vm *vms;
    unsigned vm_count;
    struct sched_vcpu *vcpus;
    unsigned vcpu_count;
    struct rng rng;
    void *data;          /* the policy's */
    void *policy_memory; /* behind all data pointers; owned */
};

/* Why a vCPU joins those that wait for a pCPU. */
enum sched_why {
    SCHED_WOKE,      /* it was blocked */
    SCHED_PREEMPTED, /* it ran, and somebody else was picked, or its slice is
                        over */
    SCHED_YIELDED,   /* it ran, and gives way (PAUSE loop, yield hypercall) */
};

struct sched_choice {
    struct sched_vcpu *vcpu; /* NULL: idle */
    uint64_t slice_ns; /* to be asked again after, idle or not; UINT64_MAX: only
                          if kicked; 0 for a vCPU is wrong */
};

/* What a policy promises a VM whose vCPUs all want to run, if all others want
   to: shares by weight, within floor and limit. */
struct sched_promise {
    uint64_t weight;               /* never 0 */
    uint64_t floor_ppm, limit_ppm; /* of one pCPU; UINT64_MAX: no limit */
    bool beyond_floor; /* what weights share is added to the floor */
};

/*
 * Order: admit, init once; add each vCPU when it starts, remove when it stops
 * (it is blocked then).  enqueue when it becomes runnable; pick takes it from
 * its queue, and enqueue puts it back unless it blocks.  charge comes before
 * any other call about a vCPU that runs: with what it ran since the last time.
 * add, enqueue, dequeue, pick and charge are required.
 */
struct sched_ops {
    const char *name; /* sched.policy */
    const char *sentence;
    const char *source;  /* whose it is, and where it is described */
    const char *options; /* what it heeds of a VM: "weight cap" */
    /* What reports call entitled, as its documentation says.  Before it,
       promise is: the VM's weight, however many vCPUs it has, its cap as the
       limit, no floor; NULL: that is it. */
    void (*promises)(const struct sched *s, const struct sched_vm *vm,
                     struct sched_promise *promise);
    bool kvm; /* a Linux host: KVM polls before a vCPU blocks (host_poll.c) */
    /* The policy's own data: zeroed, behind the data pointers. */
    size_t sched_bytes, pcpu_bytes, vm_bytes, vcpu_bytes;

    /* Before init: what VMs are promised cannot be kept, and why. */
    enum status (*admit)(const struct sched *s, struct error *e);
    void (*init)(struct sched *s);
    void (*add)(struct sched *s, struct sched_vcpu *v);
    void (*remove)(struct sched *s, struct sched_vcpu *v);
    /* v->pcpu is where it was last; may be changed, and pCPUs kicked. */
    void (*enqueue)(struct sched *s, struct sched_vcpu *v, enum sched_why why);
    /* A runnable vCPU that is not to run: stopped. */
    void (*dequeue)(struct sched *s, struct sched_vcpu *v);
    /* Who runs next on p; p->current, if any, was enqueued before. */
    struct sched_choice (*pick)(struct sched *s, struct sched_pcpu *p);
    void (*charge)(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns);
    /* It ran and blocks: after charge. */
    void (*block)(struct sched *s, struct sched_vcpu *v);
    /* On each pCPU that is not idle, every tick_ns() of time. */
    void (*tick)(struct sched *s, struct sched_pcpu *p);
    uint64_t (*tick_ns)(const struct sched *s);
    /* Once for the host at timer_ns() (UINT64_MAX: not now), asked after every
       call; what is past is due at once. */
    void (*timer)(struct sched *s);
    uint64_t (*timer_ns)(const struct sched *s);
    /* from spins for to, which is runnable: to is to run soon, in its place.
       False: that cannot be.  Without this hook from yields to all. */
    bool (*yield_to)(struct sched *s, struct sched_vcpu *from,
                     struct sched_vcpu *to);
    /* What it knows of v, which has started, in its own documented terms, as of
       the last charge; w is zeroed.  For screens: nothing is changed. */
    void (*tell)(const struct sched *s, const struct sched_vcpu *v,
                 struct sched_words *w);
    /* Invariants of its queues. */
    bool (*check)(const struct sched *s, struct error *e);
};

extern const struct sched_ops *const sched_all[]; /* ends with NULL */

/* NULL if there is no such policy. */
const struct sched_ops *sched_find(const char *name);

/*
 * Builds the host of a topology with VMs that have not started.  Refuses a
 * policy that lacks a required hook, by its name.  What config points to is not
 * owned; of vms a copy is kept.
 */
enum status sched_init(struct sched *s, const struct sched_host_config *config,
                       struct error *e);
void sched_free(struct sched *s);

/* What the policy tells of v; of one that is absent, or without such a hook:
   nothing. */
struct sched_words sched_tell(const struct sched *s,
                              const struct sched_vcpu *v);

/* For sched_ops.tell. */
static inline double sched_ms(int64_t ns)
{
    return (double)ns / 1e6;
}

/* p is to pick again: a vCPU that should run there waits. */
static inline void sched_kick(struct sched *s, struct sched_pcpu *p)
{
    p->resched = true;
    s->kicked |= (pcpu_set_t)1 << p->id;
}

/* p is to pick at that time at the latest; who runs there goes on until then.
 */
static inline void sched_cut_slice(struct sched *s, struct sched_pcpu *p,
                                   uint64_t end_ns)
{
    if (end_ns >= p->pick_end_ns)
        return;
    p->pick_end_ns = end_ns;
    s->kicked |= (pcpu_set_t)1 << p->id;
}

static inline bool sched_may_run(const struct sched_vcpu *v,
                                 const struct sched_pcpu *p)
{
    return pcpu_in(v->vm->config.affinity, p->id);
}

/* Where v likes to run, of where it may: all of that if it does not care. */
static inline pcpu_set_t sched_liked(const struct sched_vcpu *v)
{
    const struct sched_vm_config *c = &v->vm->config;
    pcpu_set_t liked = c->affinity & c->soft_affinity;

    return liked ? liked : c->affinity;
}

/* What the policy promises a VM. */
struct sched_promise sched_promised(const struct sched *s,
                                    const struct sched_vm *vm);

/* Promises that several policies make: the VM's weight counts for each of its
   vCPUs, caps are not heeded; or all vCPUs of the host are alike. */
void sched_promise_by_vcpu(const struct sched *s, const struct sched_vm *vm,
                           struct sched_promise *promise);
void sched_promise_alike(const struct sched *s, const struct sched_vm *vm,
                         struct sched_promise *promise);

/* An idle pCPU where v may run, of those the one that is nearest to where it
   was: itself, its core, an idle core, its node, any; NULL: there is none. */
struct sched_pcpu *sched_idle_pcpu(struct sched *s, const struct sched_vcpu *v);

/* ... that is in a set. */
struct sched_pcpu *
sched_idle_pcpu_in(struct sched *s, const struct sched_vcpu *v, pcpu_set_t set);

/* Before a policy compares v, which runs, with others: charge() is called with
   what v ran up to now.  Nothing if it does not run. */
void sched_charge(struct sched *s, struct sched_vcpu *v);

/* Nobody runs on the whole core of p, p aside. */
bool sched_core_idle(const struct sched *s, const struct sched_pcpu *p);

/* In two steps, so that nothing overflows before some 200 years. */
static inline uint64_t sched_cycles_ns(uint64_t cycles, uint64_t khz)
{
    return cycles / khz * 1000000 + cycles % khz * 1000000 / khz;
}

static inline uint64_t sched_us(uint64_t us)
{
    return us * 1000;
}

#endif
