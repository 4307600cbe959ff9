/*
 * sched_credit2.h - what the files of Credit2 share: sched_credit2.c (credits,
 * queues, who runs), sched_credit2_cap.c (budgets of capped VMs),
 * sched_credit2_load.c (loads of runqueues, and who lives in which),
 * sched_credit2_tickle.c (which pCPU is kicked), sched_credit2_check.c,
 * sched_credit2_tell.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_CREDIT2_H
#define HYPERVISOR_MODEL_SCHED_SCHED_CREDIT2_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

/* Average number of runnable vCPUs, in units of 1 / CREDIT2_LOAD_ONE. */
enum { CREDIT2_LOAD_ONE = 1 << 18, CREDIT2_NO_PCPU = SCHED_MAX_PCPUS };

struct credit2_load {
    int64_t average;
    int64_t count;     /* runnable and running now */
    uint64_t since_ns; /* average is as of then */
};

/* The pCPUs of a socket, or core, and the vCPUs that live there. */
struct credit2_queue {
    struct sched_link waiting; /* most credit first */
    struct sched_link members; /* whatever they do */
    pcpu_set_t pcpus;
    uint32_t max_weight; /* of members; 1 if there are none */
    struct credit2_load load;
    uint64_t resets;
};

struct credit2_host {
    struct credit2_queue queues[SCHED_MAX_PCPUS];
    unsigned queue_count;
    unsigned capped; /* VMs with a cap that have started */
    uint64_t renew_ns;
};

struct credit2_pcpu {
    struct credit2_queue *queue;
    struct sched_vcpu *meant; /* it was kicked for that one last; or NULL */
};

struct credit2_vm {
    unsigned started;         /* vCPUs */
    int64_t total_ns;         /* budget of each period; 0: no cap */
    int64_t budget_ns;        /* what nobody holds; below 0: a debt */
    struct sched_link parked; /* runnable, but there is no budget */
};

struct credit2_vcpu {
    struct sched_link link;   /* in queue.waiting or vm.parked */
    struct sched_link member; /* in queue.members */
    struct credit2_queue *queue;
    struct credit2_queue *move_to; /* as soon as it does not run; or NULL */
    int64_t credit_ns;             /* of running at the queue's max_weight */
    uint64_t residue;              /* of burning: less than 1 ns, in weights */
    int64_t budget_ns;             /* of its VM's, held while it runs */
    uint64_t got_pcpu_ns;          /* runs there since */
    unsigned tickled; /* this pCPU was kicked for it, or CREDIT2_NO_PCPU */
    bool parked;      /* link is in vm.parked */
    bool yields;      /* until the next pick */
    struct credit2_load load;
};

static inline struct credit2_host *credit2_host(const struct sched *s)
{
    return s->data;
}

static inline struct credit2_pcpu *credit2_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct credit2_vm *credit2_vm(const struct sched_vm *vm)
{
    return vm->data;
}

static inline struct credit2_vcpu *credit2_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

void credit2_tell(const struct sched *s, const struct sched_vcpu *v,
                  struct sched_words *w);
bool credit2_check(const struct sched *s, struct error *e);

/* How often all credits were given again, for tests and reports. */
uint64_t credit2_resets(const struct sched *s);

/* v, which is runnable, waits in its queue, and a pCPU is kicked for it. */
void credit2_wait(struct sched *s, struct sched_vcpu *v);
void credit2_insert(struct sched_vcpu *v);
void credit2_tickle(struct sched *s, struct sched_vcpu *v);

/* Whom p was kicked for and did not choose: there may be an idle pCPU. */
void credit2_pass_on(struct sched *s, struct sched_pcpu *p);

/* v, which ran on p, likes to run elsewhere, where a pCPU is idle: that one is
   kicked for it.  False: there is none, or it likes p. */
bool credit2_goes_home(struct sched *s, struct sched_vcpu *v,
                       const struct sched_pcpu *p);

/* Caps.  v has budget to run with: takes some of its VM's, if there is any. */
bool credit2_has_budget(const struct sched *s, struct sched_vcpu *v);

/* v does not run: what it holds, or owes, is its VM's. */
void credit2_return_budget(struct sched *s, struct sched_vcpu *v);

/* Out of its queue, until its VM has budget again. */
void credit2_park(struct sched_vcpu *v);

void credit2_cap_add(struct sched *s, struct sched_vm *vm);
void credit2_cap_remove(struct sched *s, struct sched_vm *vm);
void credit2_cap_timer(struct sched *s);
uint64_t credit2_cap_timer_ns(const struct sched *s);

/* Loads.  v becomes runnable: 1; is no longer: -1. */
void credit2_load_change(const struct sched *s, struct sched_vcpu *v,
                         int change);

/* A vCPU that starts: into the queue with the least load. */
void credit2_place(struct sched *s, struct sched_vcpu *v);

/* v leaves its queue; it waits in none. */
void credit2_detach(const struct sched *s, struct sched_vcpu *v);

/* v, which does not run, goes where it was to be moved. */
void credit2_move(struct sched *s, struct sched_vcpu *v);

/* Evens out the loads of q and the queue that differs most. */
void credit2_balance(struct sched *s, struct credit2_queue *q);

#endif
