/*
 * body.h - what a vCPU does with the time that it gets: real guest code, or the
 * phase model.  The scheduler sees neither; the host's loop
 * (sim/machine/scenario/host_loop.h) sees this.
 *
 * Order     enter when the vCPU gets a pCPU; run, any number of times; leave
 *           when it loses it.  wake_cycle while it is blocked.
 * Time      cycles of the host's clock.
 */
#ifndef HYPERVISOR_MODEL_SCHED_BODY_H
#define HYPERVISOR_MODEL_SCHED_BODY_H
#include <stdbool.h>
#include <stdint.h>

struct vcpu_body; /* whatever the ops know it to be */

enum body_stop {
    BODY_GOES_ON,   /* until was reached, or something that others may see */
    BODY_BLOCKS,    /* it waits for an event: wake_cycle() */
    BODY_SPINS,     /* the pCPU saw a PAUSE loop, and exited */
    BODY_YIELDS,    /* it gives way by a hypercall */
    BODY_YIELDS_TO, /* ... to one vCPU of its VM, if that waits for a pCPU */
    BODY_ENDS,      /* the VM is at its end; the host stops it */
};

struct body_result {
    enum body_stop stop;
    uint64_t at_cycle; /* from .. until */
    unsigned to;       /* of BODY_YIELDS_TO: the vCPU's number in its VM */
    bool touched; /* others of its VM may be due or awake earlier than before */
};

/* Where a vCPU runs. */
struct body_place {
    unsigned pcpu;
    uint32_t rate_permille; /* of full speed: its core is shared */
};

struct body_ops {
    /* others_cycles: how long others ran on this pCPU since it left;
       UINT64_MAX: it was never there, or elsewhere since. */
    void (*enter)(struct vcpu_body *b, const struct body_place *place,
                  uint64_t others_cycles);
    void (*leave)(struct vcpu_body *b, uint64_t at_cycle);
    /* The earliest cycle at which others may see what it does if it runs on
       from there; from_cycle itself: who knows. */
    uint64_t (*next_cycle)(const struct vcpu_body *b,
                           const struct body_place *place, uint64_t from_cycle);
    struct body_result (*run)(struct vcpu_body *b,
                              const struct body_place *place,
                              uint64_t from_cycle, uint64_t until_cycle);
    /* Blocked: when it wakes; UINT64_MAX: when somebody wakes it. */
    uint64_t (*wake_cycle)(const struct vcpu_body *b);
    /* For those who look on; both NULL: nobody knows.  It spins for what
       another vCPU of its VM is to do; it holds a lock, for which others of its
       VM may spin. */
    bool (*spins)(const struct vcpu_body *b);
    bool (*holds_lock)(const struct vcpu_body *b);
};

#endif
