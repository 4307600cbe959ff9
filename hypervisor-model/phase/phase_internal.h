/*
 * phase_internal.h - a phase VM from within: phase_vm.c (time and interrupts),
 * phase_steps.c (what each phase does), phase_locks.c, phase_speed.c,
 * phase_peek.c.
 *
 * Work is counted in thousandths of a cycle, so that a rate in thousandths
 * divides it exactly.
 */
#ifndef HYPERVISOR_MODEL_PHASE_PHASE_INTERNAL_H
#define HYPERVISOR_MODEL_PHASE_PHASE_INTERNAL_H
#include "hypervisor-model/phase/phase_vm.h"

struct vcpu_body {
    struct phase_vm *vm;
    unsigned id;
    bool running; /* it has a pCPU */
    bool remote;  /* ... that is not near its memory */
    enum phase_state state;
    unsigned next;                     /* index of the phase to come */
    uint32_t repeats[PHASE_MAX_DEPTH]; /* left, of open blocks */
    unsigned depth;
    uint64_t work;           /* of the phase */
    uint64_t interrupt_work; /* before the phase goes on */
    uint64_t cold_work;      /* to get warm again: takes half of what is done */
    unsigned lock;
    uint64_t generation;
    uint64_t unanswered;    /* vCPUs that this one's shootdown waits for */
    uint64_t to_answer;     /* vCPUs whose shootdowns this one is to answer */
    bool answering;         /* interrupt_work is that */
    bool serving;           /* ... or a request */
    uint64_t spun_cycles;   /* at a stretch, since the last exit for it */
    uint64_t window_cycles; /* of PAUSE-loop exits, as grown */
    uint64_t wake_cycle;
    struct rng rng;
};

enum { PHASE_QUEUE = 1024 };

struct phase_lock {
    unsigned owner;                /* PHASE_NOBODY: free */
    uint8_t waiters[PHASE_NOBODY]; /* first come first */
    unsigned waiter_count;
};

struct phase_vm {
    struct phase_vm_config config;
    struct vcpu_body bodies[PHASE_NOBODY];
    struct phase_lock locks[PHASE_LOCKS];
    unsigned at_barrier;
    uint64_t generation;
    uint64_t touched_cycle;      /* one vCPU last did what others may see */
    uint64_t next_arrival;       /* cycle; UINT64_MAX: none */
    uint64_t queue[PHASE_QUEUE]; /* when requests came */
    unsigned queue_first, queue_count;
    struct rng arrivals;
    bool counts_rounds; /* no program says done */
    struct phase_counts counts;
};

/* phase_locks.c: at_cycle, b takes the lock, or waits for it. */
void phase_lock_take(struct vcpu_body *b, unsigned lock);
/* Another may be due or awake by it. */
void phase_lock_give(struct vcpu_body *b, unsigned lock, uint64_t at_cycle);
/* b waits for its lock, and it is b's, or free for b. */
bool phase_lock_comes(const struct vcpu_body *b);
/* ... and b takes it. */
void phase_lock_enter(struct vcpu_body *b);

/* phase_speed.c: thousandths of a pCPU's full speed. */
uint64_t phase_rate_permille(const struct vcpu_body *b,
                             const struct body_place *place);
/* What of the work done went into getting warm. */
uint64_t phase_get_warm(struct vcpu_body *b, uint64_t done);
/* What is cold as it gets a pCPU where others ran for so long. */
uint64_t phase_cold_work(const struct vcpu_body *b, uint64_t others_cycles);

/* phase_peek.c */
bool phase_spins(const struct vcpu_body *b);
bool phase_holds_lock(const struct vcpu_body *b);

/* phase_steps.c: begins phases until one takes time. */
struct body_result phase_advance(struct vcpu_body *b, uint64_t at_cycle);

#endif
