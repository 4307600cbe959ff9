/*
 * fair.h - what Linux's fair schedulers have in common: CFS (sched_cfs.c),
 * EEVDF (sched_eevdf.c), balance scheduling (sched_balance.c).
 *
 * Source        Linux Documentation/scheduler: sched-design-CFS.rst,
 *               sched-eevdf.rst, sched-bwc.rst, sched-domains.rst; LWN: "CFS
 *               group scheduling" (2007), "An EEVDF CPU scheduler for Linux"
 *               (2023); Wong et al., "Fairness and interactive performance of
 *               O(1) and CFS", 2008; Lozi et al., "The Linux scheduler: a
 *               decade of wasted cores", EuroSys 2016.
 * Model         a vCPU is a thread of nice 0; a VM is a group of threads
 *               (cgroup) with cpu.shares 1024 for weight 256.  Each pCPU has a
 *               root queue of the VMs that have vCPUs there, and for each such
 *               VM a queue of these vCPUs: both hold entities, ordered by the
 *               same rules.  A VM's entity weighs as much of the VM's shares as
 *               this pCPU has had of late of the VM's vCPUs that want to run.
 *               What the policies do otherwise is in struct fair_rules.
 * NOT MODELLED  the kernel's other classes and threads; levels of groups above
 *               the VM (machine.slice); wake-affine: a wake-up does not say who
 *               woke.
 *
 * fair_queue.c (entities), fair_group.c (two levels), fair_load.c (what a VM
 * weighs where), fair_bandwidth.c (caps), fair_place.c (wake-up),
 * fair_balance.c (pulling), fair.c and fair_tell.c (hooks of sched.h).
 */
#ifndef HYPERVISOR_MODEL_SCHED_FAIR_H
#define HYPERVISOR_MODEL_SCHED_FAIR_H
#include "hypervisor-model/sched/fair_tree.h"
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

/* Weight of nice 0, in the kernel's finer unit; a VM of weight 256 has it. */
enum { FAIR_NICE0 = 1 << 20, FAIR_SHARES_OF_WEIGHT = FAIR_NICE0 / 256 };
/* No entity weighs less: two of the kernel's coarser units. */
enum { FAIR_LEAST_WEIGHT = 2 << 10 };
/* Domains that a pCPU balances in: its core, its node, the host. */
enum fair_level { FAIR_CORE, FAIR_NODE, FAIR_HOST, FAIR_LEVELS };

struct fair_queue;
struct fair_pcpu;

/* A vCPU, or the vCPUs of a VM on one pCPU. */
struct fair_entity {
    struct fair_node node;   /* in the queue's tree, unless it is current */
    struct sched_vcpu *vcpu; /* NULL: it stands for .members */
    struct fair_queue *members;
    struct fair_queue *queue; /* where it is, or was last; NULL: nowhere yet */
    uint64_t weight;
    int64_t vruntime_ns;         /* time it ran, divided by its weight */
    int64_t deadline_ns, lag_ns; /* EEVDF: of its request; as it left */
    uint64_t ran_ns;
    uint64_t ran_at_pick_ns; /* ran_ns when it was picked, after another */
    bool queued;             /* in .queue: current or in the tree */
    bool keeps;              /* EEVDF: it has not had its slice yet */
};

struct fair_queue {
    const struct fair_pcpu *pcpu;
    const struct fair_entity *owner; /* it stands for all of them; NULL: root */
    struct fair_tree tree;           /* who waits; value: vruntime_ns */
    struct fair_entity *current;
    struct fair_entity *last;        /* who was current last, if still here */
    struct fair_entity *next, *skip; /* buddies: take it; rather not */
    unsigned count;                  /* entities, with the current one */
    uint64_t weight;                 /* theirs */
    int64_t min_vruntime_ns;         /* never goes back */
    /* Of the tree, in coarse weights: sum of weight, and of weight times
       (vruntime - origin). */
    int64_t tree_weight, weighted_ns, origin_ns;
};

/* The vCPUs of a VM on a pCPU. */
struct fair_group {
    struct fair_entity entity; /* in the pCPU's root queue */
    struct fair_queue queue;
    uint64_t load_avg;  /* of its vCPUs, FAIR_NICE0 each ... */
    uint64_t load_ns;   /* ... up to then */
    int64_t runtime_ns; /* left of what it took from the VM's pool */
    bool throttled;     /* nothing left: not in the root queue */
};

struct fair_vm {
    struct fair_group groups[SCHED_MAX_PCPUS];
    uint64_t shares;
    uint64_t load_avg;    /* the sum of its groups' */
    uint64_t looked_ns;   /* at all of them */
    pcpu_set_t throttled; /* where it is */
    uint64_t quota_ns;    /* for each period; 0: no cap */
    uint64_t pool_ns;     /* left of it */
};

struct fair_vcpu {
    struct fair_entity entity;
    struct sched_link link; /* in .waiting, unless it runs */
    uint64_t ran_until_ns;
    bool fresh; /* it has not been in a queue since it started */
};

struct fair_pcpu {
    struct fair_queue root;
    uint64_t load_avg; /* of root.weight, in the kernel's coarser unit ... */
    uint64_t load_ns;  /* ... up to then */
    struct sched_link waiting; /* vCPUs: first who last ran longest ago */
    unsigned waiting_count;
    unsigned vcpus;         /* that want to run here and are not throttled */
    unsigned crowded_ticks; /* it shares its core, and another core is idle */
    struct sched_pcpu *push_to; /* who runs here is to go there; NULL: no */
    struct fair_domain {
        uint64_t next_ns; /* balances again */
        unsigned failed;  /* times in a row */
    } domains[FAIR_LEVELS];
};

enum fair_why { FAIR_NEW, FAIR_WOKE, FAIR_MOVED };

struct fair_host;

/* What CFS and EEVDF do otherwise.  e is in q, or comes or goes. */
struct fair_rules {
    /* By which the tree is ordered. */
    int64_t (*key)(const struct fair_entity *e);
    /* e comes: its virtual time; e->queue is still where it was last. */
    void (*place)(const struct fair_host *h, const struct fair_queue *q,
                  struct fair_entity *e, enum fair_why why);
    /* e leaves; may be NULL. */
    void (*leave)(const struct fair_host *h, const struct fair_queue *q,
                  struct fair_entity *e);
    /* e's weight changes; mean_ns: fair_queue_mean_ns() before.  May be NULL.
     */
    void (*reweigh)(struct fair_entity *e, uint64_t weight, int64_t mean_ns);
    /* q->current ran: true if it is to give way. */
    bool (*charged)(const struct fair_host *h, struct fair_queue *q);
    /* A tick: likewise. */
    bool (*tick)(const struct fair_host *h, struct fair_queue *q);
    /* Nobody is current: who is to be?  q is not empty. */
    struct fair_entity *(*first)(const struct fair_host *h,
                                 struct fair_queue *q);
    /* e woke: it is to run in place of q->current. */
    bool (*preempts)(const struct fair_host *h, const struct fair_queue *q,
                     const struct fair_entity *e);
    /* q->current gives way of its own will. */
    void (*yields)(const struct fair_host *h, struct fair_queue *q);
    /* Of e, a vCPU in g, which is not throttled: w->text. */
    void (*tell)(const struct fair_group *g, const struct fair_entity *e,
                 struct sched_words *w);
};

extern const struct fair_rules cfs_rules; /* sched_cfs.c */

struct fair_host {
    const struct fair_rules *rules;
    /* Constants, as scaled. */
    uint64_t latency_ns, min_granularity_ns, wakeup_granularity_ns; /* CFS */
    uint64_t slice_ns;                                              /* EEVDF */
    uint64_t tick_ns, migration_cost_ns;
    uint64_t bandwidth_period_ns, bandwidth_slice_ns;
    unsigned nr_latency;
    bool gentle_sleepers, run_to_parity, delay_dequeue, forfeit_on_yield;
    bool pick_buddy;
    bool apart;         /* balance scheduling */
    uint64_t refill_ns; /* of caps; UINT64_MAX: no VM has one */
};

static inline struct fair_host *fair_host_of(const struct sched *s)
{
    return s->data;
}

static inline struct fair_pcpu *fair_pcpu_of(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct fair_vm *fair_vm_of(const struct sched_vm *vm)
{
    return vm->data;
}

static inline struct fair_vcpu *fair_vcpu_of(const struct sched_vcpu *v)
{
    return v->data;
}

static inline struct fair_group *fair_group_on(const struct sched_vm *vm,
                                               unsigned pcpu)
{
    return &fair_vm_of(vm)->groups[pcpu];
}

/* v's group, where v is. */
static inline struct fair_group *fair_group_of(const struct sched_vcpu *v)
{
    return fair_group_on(v->vm, v->pcpu);
}

/* So much time of an entity of this weight, in virtual time. */
static inline int64_t fair_virtual_ns(uint64_t ns, uint64_t weight)
{
    return (int64_t)(ns * FAIR_NICE0 / weight);
}

/* fair_queue.c: entities in one queue; q->current was charged. */
void fair_queue_enter(const struct fair_host *h, struct fair_queue *q,
                      struct fair_entity *e, enum fair_why why);
void fair_queue_leave(const struct fair_host *h, struct fair_queue *q,
                      struct fair_entity *e);
/* The current one waits; one that waits becomes current. */
void fair_queue_put(const struct fair_host *h, struct fair_queue *q);
void fair_queue_set(struct fair_queue *q, struct fair_entity *e);
/* The current one ran; true if it is to give way to another in q. */
bool fair_queue_charge(const struct fair_host *h, struct fair_queue *q,
                       uint64_t ran_ns);
void fair_queue_reweigh(const struct fair_host *h, struct fair_queue *q,
                        struct fair_entity *e, uint64_t weight);
/* The mean virtual time of all, by weight. */
int64_t fair_queue_mean_ns(const struct fair_queue *q);
/* e's virtual time is not above the mean. */
bool fair_queue_eligible(const struct fair_queue *q,
                         const struct fair_entity *e);
/* Weights and sums are as counted. */
bool fair_queue_check(const struct fair_queue *q);

/* fair_group.c: a vCPU on its pCPU, v->pcpu. */
void fair_join(struct sched *s, struct sched_vcpu *v, enum fair_why why);
void fair_part(struct sched *s, struct sched_vcpu *v, bool sleeps);
/* A group that is not throttled any more, or is: in and out of the root. */
void fair_group_enter(struct sched *s, struct sched_pcpu *p,
                      struct fair_group *g);
void fair_group_leave(struct sched *s, struct sched_pcpu *p,
                      struct fair_group *g);
/* e, a group without vCPUs that stayed in p's root queue, leaves it. */
void fair_group_expire(struct sched *s, struct sched_pcpu *p,
                       struct fair_entity *e);
/* The VM's entity on p weighs what it should by now. */
void fair_group_weigh(struct sched *s, const struct sched_vm *vm,
                      struct sched_pcpu *p);
/* What v weighs on its pCPU, its VM's weight considered. */
uint64_t fair_load(const struct sched_vcpu *v);
/* v, in the queue of p, is to run rather than p->current. */
bool fair_preempts(const struct sched *s, const struct sched_pcpu *p,
                   const struct sched_vcpu *v);

/* fair_load.c: before the vCPUs of a VM on a pCPU change, and in time. */
void fair_load_look(const struct sched *s, const struct sched_vm *vm,
                    unsigned pcpu);
/* v, about to be moved, takes its part of its VM's average along. */
void fair_load_take_along(const struct sched *s, const struct sched_vcpu *v,
                          const struct sched_pcpu *to);
/* Before the weight of p's root queue changes. */
void fair_load_look_at_pcpu(const struct sched *s, const struct sched_pcpu *p);
/* What VMs have weighed on p of late: by which pCPUs are compared. */
uint64_t fair_load_of_pcpu(const struct sched *s, const struct sched_pcpu *p);
/* What the VM's entity is to weigh there. */
uint64_t fair_load_weight(const struct sched_vm *vm, unsigned pcpu);

/* fair_bandwidth.c */
void fair_bandwidth_init(struct sched *s);
/* g ran: true if it has nothing left. */
bool fair_bandwidth_debit(struct sched *s, const struct sched_vm *vm,
                          struct fair_group *g, uint64_t ran_ns);
/* The VM has time left that p could use. */
bool fair_bandwidth_left(const struct sched_vm *vm, const struct sched_pcpu *p);
/* g, which begins to want time, or has run: is it throttled by now? */
bool fair_bandwidth_throttles(struct sched *s, const struct sched_vm *vm,
                              unsigned pcpu);
/* g has no vCPU any more: what is left goes back. */
void fair_bandwidth_return(struct sched *s, const struct sched_vm *vm,
                           struct fair_group *g);
void fair_bandwidth_refill(struct sched *s);

/* fair_place.c: where v, which wakes or starts, is to wait or run. */
struct sched_pcpu *fair_place(struct sched *s, const struct sched_vcpu *v);
/* v may be put there, as far as the other vCPUs of its VM go. */
bool fair_apart(const struct sched *s, const struct sched_vcpu *v,
                const struct sched_pcpu *p);
/* Nobody runs there, or is about to. */
bool fair_is_idle(const struct sched_pcpu *p);

/* fair_balance.c: p, which has nothing to do, takes a vCPU: true if it did. */
bool fair_pull_idle(struct sched *s, struct sched_pcpu *p);
/* p's tick: takes from others if its time has come, and wakes an idle pCPU. */
void fair_balance(struct sched *s, struct sched_pcpu *p);

/* v, which ran on p, goes where p is to push it, if that is still right. */
void fair_push(struct sched *s, struct sched_pcpu *p, struct sched_vcpu *v);

/* fair_tell.c: a hook of struct sched_ops. */
void fair_tell(const struct sched *s, const struct sched_vcpu *v,
               struct sched_words *w);

/* fair.c: hooks of struct sched_ops. */
void fair_init(struct sched *s, const struct fair_rules *rules);
void fair_add(struct sched *s, struct sched_vcpu *v);
void fair_enqueue(struct sched *s, struct sched_vcpu *v, enum sched_why why);
void fair_dequeue(struct sched *s, struct sched_vcpu *v);
struct sched_choice fair_pick(struct sched *s, struct sched_pcpu *p);
void fair_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns);
void fair_block(struct sched *s, struct sched_vcpu *v);
void fair_tick(struct sched *s, struct sched_pcpu *p);
uint64_t fair_tick_ns(const struct sched *s);
uint64_t fair_timer_ns(const struct sched *s);
bool fair_yield_to(struct sched *s, struct sched_vcpu *from,
                   struct sched_vcpu *to);
bool fair_check(const struct sched *s, struct error *e);

#endif
