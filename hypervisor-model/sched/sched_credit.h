/*
 * sched_credit.h - the Credit scheduler from within: sched_credit.c (queues,
 * wake-up, choice), sched_credit_steal.c (which pCPU a vCPU is to run on),
 * sched_credit_account.c (credits, caps), sched_credit_tell.c.
 *
 * Credits are kept in nanoseconds of a pCPU: Xen's credit, 10 of which are a
 * millisecond, is 100 us.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_CREDIT_H
#define HYPERVISOR_MODEL_SCHED_SCHED_CREDIT_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

/* Lowest first. */
enum credit_priority {
    CREDIT_IDLE, /* nobody */
    CREDIT_OVER, /* has used up its credits */
    CREDIT_UNDER,
    CREDIT_BOOST, /* woke with credits left */
};

struct credit_host {
    uint64_t account_ns; /* the next accounting */
    int64_t balance_ns;  /* sum of the active vCPUs' credits at the last */
    unsigned active;     /* ... and how many they were */
};

struct credit_pcpu {
    struct sched_link queue; /* by priority, first come first */
    unsigned waiting;
};

struct credit_vm {
    unsigned active;      /* vCPUs that earn credits */
    int64_t allowance_ns; /* of its cap; below 0: it is parked */
    uint64_t granted_ns;  /* in the accounting that goes on */
    bool settled;         /* ... and no more */
};

struct credit_vcpu {
    struct sched_link link;
    int64_t credit_ns;
    enum credit_priority priority;
    bool active;
    bool parked;                /* beyond its cap: in no queue */
    bool yielded;               /* it ran, and gives way */
    uint64_t began_ns, left_ns; /* it got, gave up a pCPU */
    struct sched_pcpu *next;    /* to be moved there; NULL: no */
};

static inline struct credit_host *credit_of_host(const struct sched *s)
{
    return s->data;
}

static inline struct credit_pcpu *credit_of_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct credit_vm *credit_of_vm(const struct sched_vm *vm)
{
    return vm->data;
}

static inline struct credit_vcpu *credit_of_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

static inline uint64_t credit_slice_ns(const struct sched *s)
{
    return sched_us(s->config->credit.slice_us);
}

/* sched_credit.c: into the queue of v->pcpu, and out. */
void credit_insert(struct sched *s, struct sched_vcpu *v);
void credit_take_out(struct sched *s, struct sched_vcpu *v);

/* v did not wait until now: it goes to an idle pCPU, or where it was. */
void credit_place(struct sched *s, struct sched_vcpu *v);

/* sched_credit_check.c: the invariants at the head of sched_credit.c. */
bool credit_check(const struct sched *s, struct error *e);

/* sched_credit_tell.c */
void credit_tell(const struct sched *s, const struct sched_vcpu *v,
                 struct sched_words *w);

/* sched_credit_account.c */

/* v is to earn credits from now on, or no more. */
void credit_activate(struct sched_vcpu *v);
void credit_deactivate(struct sched_vcpu *v);

/* v has used so much. */
void credit_debit(struct sched_vcpu *v, uint64_t ns);

/* If it is time: gives out the credits of a slice, parks, lets run, sorts. */
void credit_account(struct sched *s);

/* sched_credit_steal.c */

/* An idle pCPU for v, whom it suits best; NULL: none. */
struct sched_pcpu *credit_idle_pcpu(struct sched *s,
                                    const struct sched_vcpu *v);

/* The idle pCPU where v, which runs, would run much better; NULL: none. */
struct sched_pcpu *credit_better_pcpu(struct sched *s,
                                      const struct sched_vcpu *v);

/*
 * A vCPU that waits for another pCPU and may run on to, of higher priority than
 * above; NULL: none.  *retry_ns: in which time there may be one.
 */
struct sched_vcpu *credit_steal(struct sched *s, const struct sched_pcpu *to,
                                enum credit_priority above, uint64_t *retry_ns);

#endif
