/*
 * host_loop.h - runs the vCPUs of many VMs on the pCPUs of one host.
 *
 * Model     the next thing to happen, happens: a pCPU is due when its vCPU
 *           does something that others may see, its slice ends, a tick comes or
 *           it is kicked; a blocked vCPU when it wakes; the policy's timer; the
 *           start and stop of a VM.  Real guest code does not say when it will
 *           be seen: a pCPU that runs it is always due, and runs until
 *           quantum_cycles past whoever is due next.
 *           Two threads of a core run at smt_permille of full speed each.
 * INVARIANTS  (host_check asserts them)
 *   1. For each pCPU: guest + scheduler + idle cycles = its clock.
 *   2. For each vCPU: the times of its states sum to its life.
 *   3. Those of dispatch.h.
 */
#ifndef SIM_MACHINE_SCENARIO_HOST_LOOP_H
#define SIM_MACHINE_SCENARIO_HOST_LOOP_H
#include "hypervisor-model/sched/body.h"
#include "hypervisor-model/sched/dispatch.h"
#include "sim/core/event_heap.h"

struct host_vm {
    const struct body_ops *ops;
    struct vcpu_body **bodies;        /* one a vCPU; not owned */
    uint64_t start_cycle, stop_cycle; /* UINT64_MAX: to the end */
    void (*begin)(struct host_vm *vm, uint64_t cycle);        /* may be NULL */
    bool (*check)(const struct host_vm *vm, struct error *e); /* may be NULL */
    void *guest;                                              /* for both */
    uint64_t ended_cycle; /* UINT64_MAX: it lives */
};

struct host_pcpu {
    uint64_t now_cycle;
    uint64_t guest_cycles, scheduler_cycles, idle_cycles;
    struct body_place place;
    uint64_t poll_cycles;   /* of the guest's: it polled for a wake-up */
    bool busy;              /* as its sibling knows */
    bool sync;              /* its speed is to change ... */
    uint32_t next_permille; /* ... to that */
};

/* A vCPU's pCPU may poll for its wake-up before it is given away. */
struct host_vcpu {
    bool polls;
    uint64_t window_cycles; /* for so long; 0: not at all */
    uint64_t left_cycles;   /* what the pCPU that it left had run by then */
    uint64_t block_cycle;   /* when it had nothing to do last */
};

struct host_config {
    struct sched_host_config sched;
    uint64_t khz;
    uint32_t smt_permille;
    uint64_t quantum_cycles;
    bool check; /* after every event */
};

struct host {
    struct host_config config;
    struct dispatch dispatch;
    struct event_heap events;
    struct host_pcpu pcpus[SCHED_MAX_PCPUS];
    struct host_vcpu *vcpus; /* by number; owned */
    struct host_vm *vms;     /* the caller's, one a VM of the config */
    uint64_t now_cycle;      /* of the last event */
    uint64_t end_cycle;      /* up to which it is being run */
    uint64_t steps;          /* things that have happened */
    uint64_t decisions;      /* picks */
    uint64_t lock_holders;   /* times that one who held a lock lost its pCPU */
    uint64_t still_cycle;    /* of the last events ... */
    uint32_t still_events;   /* ... that have happened then */
};

/* vms are the caller's and stay; config is copied, what it points to is not. */
enum status host_init(struct host *h, const struct host_config *config,
                      struct host_vm *vms, struct error *e);
void host_free(struct host *h);

/* Runs all up to a cycle, where all clocks stand afterwards.  False if a check
   failed: e says which. */
bool host_run(struct host *h, uint64_t until_cycle, struct error *e);

/*
 * Part of the way to end_cycle: what is due before until_cycle.  Clocks stay
 * where they are, so that it makes no difference how often this is called.
 */
bool host_advance(struct host *h, uint64_t until_cycle, uint64_t end_cycle,
                  struct error *e);

/* When the next thing happens. */
uint64_t host_due(const struct host *h);

/* ... and it happens; end_cycle as above. */
bool host_step(struct host *h, uint64_t end_cycle, struct error *e);

/* All clocks to a cycle, before which nothing is due. */
bool host_bring_up(struct host *h, uint64_t cycle, struct error *e);

bool host_check(const struct host *h, struct error *e);

#endif
