/*
 * phase_vm.h - a VM whose vCPUs follow phase programs: for studies of minutes
 * and hundreds of VMs, where real guest code would take days.
 *
 * Model         work is cycles of a pCPU at full speed; a lock is held by a
 *               vCPU and waited for by spinning, as in the kernel of the VM's
 *               kind; an interrupt is handled when its vCPU runs.  What a vCPU
 *               loses to cold caches and TLBs is a cost in cycles, measured
 *               with real guests (phase_costs).
 * NOT MODELLED  memory, caches, devices: touch and send are costs, and so is
 *               memory of another NUMA node.
 */
#ifndef HYPERVISOR_MODEL_PHASE_PHASE_VM_H
#define HYPERVISOR_MODEL_PHASE_PHASE_VM_H
#include "hypervisor-model/phase/phase_program.h"
#include "hypervisor-model/sched/body.h"
#include "sim/record/latency.h"

/* How the guest's kernel waits for a spinlock. */
enum phase_lock_kind {
    LOCK_TICKET, /* first come, first served, even if that one does not run */
    LOCK_UNFAIR, /* whoever runs and sees it free: test and set */
    LOCK_PV,     /* likewise, but who spins too long halts, and is kicked */
};

struct phase_costs {         /* cycles */
    uint32_t lock_cycles;    /* take a free lock */
    uint32_t touch_cycles;   /* use a page */
    uint32_t send_cycles;    /* send a packet of 1500 bytes or less */
    uint32_t call_cycles;    /* a hypercall, or another exit for nothing */
    uint32_t ipi_cycles;     /* interrupt one vCPU */
    uint32_t flush_cycles;   /* answer a shootdown */
    uint32_t refill_cycles;  /* get warm after others ran on the pCPU */
    uint32_t migrate_cycles; /* get warm on another pCPU */
    uint32_t remote_pct; /* not cycles: speed away from its memory; 0: full */
    uint32_t pv_spin_cycles;    /* LOCK_PV: spin so long, then halt */
    uint32_t ple_window_cycles; /* spin so long, then exit; 0: no such exit */
    uint32_t ple_grow; /* each further exit waits so many times longer */
};

struct phase_vm_config {
    const struct phase_program *programs; /* vCPU n follows n % count */
    unsigned program_count;
    unsigned vcpus; /* 64 at most */
    enum phase_lock_kind lock_kind;
    bool pv_flush; /* shootdowns leave out vCPUs that do not run */
    bool pv_ipi;   /* one hypercall interrupts any number of vCPUs */
    /* Requests from outside, handled by vCPU 0; service.low 0: none. */
    struct phase_amount arrival, service;
    struct phase_costs costs;
    uint64_t home; /* pCPUs near its memory, bit n is pCPU n; 0: all */
    uint64_t seed;
};

struct phase_counts {
    uint64_t done;          /* units of work */
    uint64_t spin_cycles;   /* waits for locks, barriers, answers */
    uint64_t warmup_cycles; /* cold after a switch or migration */
    uint64_t ple_exits, halts, kicks, shootdowns;
    uint64_t requests, requests_lost; /* answered; no room in the queue */
    struct latency response;          /* of requests, from arrival to answer */
};

enum { PHASE_NOBODY = 64 };

enum phase_state {
    PHASE_WORKS,
    PHASE_SPINS_LOCK,
    PHASE_SPINS_BARRIER,
    PHASE_SPINS_ANSWERS, /* to its shootdown */
    PHASE_SLEEPS,
    PHASE_HALTS, /* a pv lock's waiter: until it is kicked */
};

/* What a vCPU does, for those who look on. */
struct phase_peek {
    enum phase_state state;
    bool answers, serves; /* before that: a shootdown, a request */
    unsigned lock;        /* SPINS_LOCK, HALTS: for this one ... */
    unsigned owner;       /* ... of this vCPU; itself: its turn has come, and
                             it has not seen so; PHASE_NOBODY: it is free */
    uint32_t holds;       /* locks: bit n is lock n */
    unsigned at_barrier;  /* SPINS_BARRIER: vCPUs that have come */
    uint64_t unanswered;  /* SPINS_ANSWERS: vCPUs, bit n is vCPU n */
    uint64_t to_answer;   /* vCPUs that wait for its answer */
    uint64_t wake_cycle;  /* SLEEPS: until then */
};

struct phase_vm;

struct phase_vm *phase_vm_new(const struct phase_vm_config *config,
                              struct error *e);
void phase_vm_free(struct phase_vm *vm);

/* The clock begins for the VM: its first requests come after this. */
void phase_vm_start(struct phase_vm *vm, uint64_t cycle);

struct vcpu_body *phase_vm_body(struct phase_vm *vm, unsigned id);
extern const struct body_ops phase_body_ops;

struct phase_peek phase_vm_peek(const struct phase_vm *vm, unsigned id);

const struct phase_counts *phase_vm_counts(const struct phase_vm *vm);
/* Begins to count anew: the warm-up is over. */
void phase_vm_forget_counts(struct phase_vm *vm);

#endif
