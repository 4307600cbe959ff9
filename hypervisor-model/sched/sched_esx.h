/*
 * sched_esx.h - the ESX-like scheduler from within: sched_esx.c (shares),
 * sched_esx_offer.c (who gives way), sched_esx_quota.c (reservations, limits),
 * sched_esx_skew.c (co-stop, co-start), sched_esx_cells.c (placement, load
 * balancing), sched_esx_tell.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_ESX_H
#define HYPERVISOR_MODEL_SCHED_SCHED_ESX_H
#include "hypervisor-model/sched/sched.h"
#include "hypervisor-model/sched/sched_list.h"

enum { ESX_WEIGHT = 256 };

/* Some neighbouring pCPUs, and the VMs that run there and nowhere else. */
struct esx_cell {
    struct sched_link queue;
    pcpu_set_t pcpus;
    unsigned pcpu_count;
    unsigned waiting;
    int64_t vt;        /* nobody who wakes is behind it; never goes back */
    unsigned active;   /* vCPUs that run or wait */
    uint64_t weight;   /* of the VMs that have such */
    uint64_t reserved; /* by its VMs, per cent of a pCPU */
};

struct esx_host {
    struct esx_cell cells[SCHED_MAX_PCPUS];
    unsigned cell_count;
    int64_t lag_ns; /* of virtual time: a slice of the VM that is slowest */
    bool has_reservations, has_quotas; /* some VM has; ... or limits */
    uint64_t period_end_ns;            /* of both */
    uint64_t balance_ns;               /* next */
    unsigned costopped;                /* vCPUs */
    uint64_t decision_ns;              /* the next look at them */
};

struct esx_pcpu {
    struct sched_vcpu *invited; /* by whom its vCPU is ousted; NULL: none */
};

struct esx_vm {
    unsigned cell;
    unsigned started, active; /* vCPUs: alive; that run or wait */
    unsigned running;
    int64_t vt;              /* ns of one vCPU of a VM of weight 256 */
    uint64_t slice_end_ns;   /* until then all its vCPUs may run */
    int64_t reserve_left_ns; /* of this period */
    int64_t limit_left_ns;
    bool limited; /* it has had its limit of this period */
};

struct esx_vcpu {
    struct sched_link link;
    uint64_t progress_ns;
    bool active, on, costopped, yielded; /* on a pCPU */
    struct sched_pcpu *offered; /* idle, and kicked for it; NULL: none */
    bool moves;                 /* from the queue of one cell to another's */
};

static inline struct esx_host *esx_host(const struct sched *s)
{
    return s->data;
}

static inline struct esx_pcpu *esx_pcpu(const struct sched_pcpu *p)
{
    return p->data;
}

static inline struct esx_vm *esx_vm(const struct sched_vm *vm)
{
    return vm->data;
}

static inline struct esx_vcpu *esx_vcpu(const struct sched_vcpu *v)
{
    return v->data;
}

static inline struct esx_cell *esx_cell_of(const struct sched *s,
                                           const struct sched_vm *vm)
{
    return &esx_host(s)->cells[esx_vm(vm)->cell];
}

/* sched_esx_offer.c: v's VM has not had its reservation of this period. */
bool esx_is_reserved(const struct sched_vcpu *v);
/* Who has less of it comes first, of those below their reservation or of the
   others: what is reserved and not had yet for each vCPU, or virtual time. */
int64_t esx_key(const struct sched_vcpu *v);
/* A VM's virtual time for so much real time of one of its vCPUs. */
int64_t esx_virtual_ns(const struct sched_vm *vm, uint64_t ns);
/* v's siblings run, and it may join them. */
bool esx_is_awaited(const struct sched *s, const struct sched_vcpu *v);
/* As esx_key; but a VM keeps together while its slice lasts, unless another is
   more entitled by a slice of one vCPU. */
int64_t esx_gang_key(const struct sched *s, const struct sched_vcpu *v);
/* What VMs have had is up to date, of those that run in a cell as well. */
void esx_account(struct sched *s, const struct esx_cell *c);
/* v is queued, and nothing but the lack of a pCPU stops it. */
bool esx_may_go(const struct sched_vcpu *v);
/* v waits: an idle pCPU of its cell is to take it.  False: there is none. */
bool esx_offer_idle(struct sched *s, struct sched_vcpu *v);
/* p has chosen: those that it was kicked for and that still wait are offered
   another. */
void esx_pass_on(struct sched *s, struct sched_pcpu *p,
                 const struct esx_cell *c);
/* ... or one whose vCPU has had more, or one of another cell. */
void esx_offer(struct sched *s, struct sched_vcpu *v);
/* ran, which ran on p, is queued: of those who woke and wait, the one that it
   is so far ahead of that it has to give way is invited. */
void esx_invite_woken(const struct sched *s, struct sched_pcpu *p,
                      const struct sched_vcpu *ran);
/* How long v may run on p before that; UINT64_MAX: nobody waits so. */
uint64_t esx_turn_bound_ns(const struct sched *s, const struct sched_pcpu *p,
                           const struct sched_vcpu *v);
/* v is about to run: with it those of its VM that wait. */
void esx_invite_siblings(struct sched *s, const struct sched_vcpu *v);

/* sched_esx_tell.c */
void esx_tell(const struct sched *s, const struct sched_vcpu *v,
              struct sched_words *w);

/* sched_esx.c */
void esx_leave_queue(struct sched *s, struct sched_vcpu *v);
void esx_join_queue(struct sched *s, struct sched_vcpu *v);

/* sched_esx_skew.c: how far v is ahead of its VM's slowest, up to now. */
uint64_t esx_skew_ns(const struct sched *s, const struct sched_vcpu *v);
/* What v ran and was not charged for yet. */
uint64_t esx_uncharged_ns(const struct sched *s, const struct sched_vcpu *v);
/* v begins to count among its siblings: with the slowest. */
void esx_skew_begin(const struct sched *s, struct sched_vcpu *v);
/* v waits: those who run are not to get too far ahead of it. */
void esx_skew_hold(struct sched *s, const struct sched_vcpu *v);
/* How long v may run at a stretch; 0: it is co-stopped. */
uint64_t esx_skew_bound_ns(struct sched *s, struct sched_vcpu *v);
/* Those of a VM who may go on, do. */
void esx_skew_costart(struct sched *s, struct sched_vm *vm);
bool esx_skew_check(const struct sched *s, struct error *e);

/* sched_esx_cells.c */
void esx_cells_init(struct sched *s);
/* A VM starts: in the cell with the least load. */
void esx_cells_place(struct sched *s, struct sched_vm *vm);
/* For a pCPU whose cell has nothing for it: a VM of another.  False: none. */
bool esx_cells_pull(struct sched *s, const struct sched_pcpu *p);
/* A VM from the cell with the most load to that with the least. */
void esx_cells_balance(struct sched *s);
bool esx_cell_check(const struct sched *s, const struct esx_cell *c,
                    struct error *e);

/* sched_esx_quota.c */
void esx_promises(const struct sched *s, const struct sched_vm *vm,
                  struct sched_promise *promise);
enum status esx_quota_admit(const struct sched *s, struct error *e);
/* A period of all reservations and limits begins; ... and who waits for it
   comes on. */
void esx_quota_begin(struct sched *s);
void esx_quota_renew(struct sched *s);
/* v waits: who runs is asked again when v's VM has no time to lose. */
void esx_quota_hold(struct sched *s, const struct sched_vcpu *v);
/* How long each vCPU of a VM may run at a stretch; those who run go no further
   either. */
uint64_t esx_quota_bound_ns(struct sched *s, struct sched_vm *vm);
void esx_quota_charge(struct sched *s, struct sched_vm *vm, uint64_t ran_ns);

#endif
