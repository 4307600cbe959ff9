/*
 * dispatch.h - what every vCPU scheduler has in common: who is in which state
 * since when, and how a vCPU comes onto a pCPU and off again.
 *
 * Model     whoever runs the guests (sim/machine/scenario) says what happened
 *           and when, in cycles of the host's clock; the policy (sched.h) says
 *           who runs next.  Nothing here runs a guest or advances a clock.
 * Order     dispatch_start, dispatch_wake for each vCPU; then, for a pCPU that
 *           is due (dispatch_due) or whose vCPU blocked: dispatch_pick.
 * INVARIANTS  (dispatch_check asserts them)
 *   1. Every vCPU is in exactly one place: absent, blocked, in the policy's
 *      queue, or the current one of one pCPU.
 *   2. The times of a vCPU's states sum to its life.
 *   3. Who is picked may run for a while: no slice is of 0 ns.
 */
#ifndef HYPERVISOR_MODEL_SCHED_DISPATCH_H
#define HYPERVISOR_MODEL_SCHED_DISPATCH_H
#include "hypervisor-model/sched/sched.h"
#include "sim/record/sched_log.h"

struct dispatch {
    struct sched sched;
    uint64_t khz;                       /* of the clock that cycles count */
    struct sched_log *log;              /* NULL: none; not owned */
    const struct sched_pcpu *sliceless; /* invariant 3 is broken there */
};

/* What a pCPU is to do. */
struct dispatch_pick {
    struct sched_vcpu *vcpu; /* NULL: idle */
    uint64_t from_cycle; /* when it begins; the clock is to be brought there */
    bool switched;       /* it is not who ran here last: switch_cycles */
    bool migrated;       /* it ran on another pCPU last */
};

enum status dispatch_init(struct dispatch *d,
                          const struct sched_host_config *config, uint64_t khz,
                          struct error *e);
void dispatch_free(struct dispatch *d);

uint64_t dispatch_ns(const struct dispatch *d, uint64_t cycle);

/* The first cycle at which so many ns are over; UINT64_MAX stays it. */
uint64_t dispatch_cycle(const struct dispatch *d, uint64_t ns);

/* A vCPU comes into being: blocked.  Stopped: off its pCPU before. */
void dispatch_start(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle);
void dispatch_stop(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle);

/* An event for a vCPU: runnable if it was blocked.  pCPUs may be kicked. */
void dispatch_wake(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle);

/* p's vCPU waits for an event: p has none, and is to pick. */
void dispatch_block(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle);

/*
 * p chooses.  why: what becomes of the one that runs, if there is one.  The
 * chosen vCPU is running from pick.from_cycle + its switch cost on.
 */
struct dispatch_pick dispatch_pick(struct dispatch *d, struct sched_pcpu *p,
                                   enum sched_why why, uint64_t cycle);

/*
 * p's vCPU spins, for the pCPU has seen a PAUSE loop: as KVM does, yield to
 * another vCPU of its VM that waits for a pCPU, the next in turn after the last
 * one that was helped.  True: p is to pick.  False: there is nobody to help,
 * and the vCPU spins on; a policy without directed yield picks always.
 */
bool dispatch_spins(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle);

/*
 * p's vCPU asks that another of its VM runs in its place (KVM's directed
 * yield).  True: p is to pick.  False: that one does not wait for a pCPU, or
 * the policy cannot, or has no directed yield.
 */
bool dispatch_yields_to(struct dispatch *d, struct sched_pcpu *p, unsigned to,
                        uint64_t cycle);

/* When p is due: kicked, its slice over, or a tick.  UINT64_MAX: never. */
uint64_t dispatch_due(const struct dispatch *d, const struct sched_pcpu *p,
                      uint64_t now_cycle);

/* p's tick, if it is due; p may be kicked. */
void dispatch_tick(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle);

/* p is to pick: kicked, or the slice is over. */
bool dispatch_must_pick(const struct dispatch *d, const struct sched_pcpu *p,
                        uint64_t cycle);

/* The policy's timer for the host: when, and what it does. */
uint64_t dispatch_timer_due(const struct dispatch *d);
void dispatch_timer(struct dispatch *d, uint64_t cycle);

/* How long v has been in a state, the present one included. */
uint64_t dispatch_state_cycles(const struct sched_vcpu *v,
                               enum sched_state state, uint64_t cycle);

/*
 * Events go to log from here on; it begins with what there is to know of the
 * host.  The caller set where it goes to, and ends it (sched_log.h).  False if
 * there is no memory.
 */
bool dispatch_log_begin(struct dispatch *d, struct sched_log *log);

bool dispatch_check(const struct dispatch *d, struct error *e);

#endif
