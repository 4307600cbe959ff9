/*
 * host_internal.h - what the files of host_loop.h share.
 */
#ifndef SIM_MACHINE_SCENARIO_HOST_INTERNAL_H
#define SIM_MACHINE_SCENARIO_HOST_INTERNAL_H
#include "sim/machine/scenario/host_loop.h"

/*
 * Ids of events: pCPUs, vCPUs (wake-up), VMs (start, stop), the policy's timer.
 */
static inline uint32_t vcpu_event(const struct host *h,
                                  const struct sched_vcpu *v)
{
    return h->dispatch.sched.pcpu_count + v->number;
}

static inline uint32_t vm_event(const struct host *h, unsigned vm)
{
    return h->dispatch.sched.pcpu_count + h->dispatch.sched.vcpu_count + vm;
}

static inline uint32_t timer_event(const struct host *h)
{
    return vm_event(h, h->dispatch.sched.vm_count);
}

static inline struct vcpu_body *body_of(const struct host *h,
                                        const struct sched_vcpu *v)
{
    return h->vms[v->vm->id].bodies[v->id];
}

static inline const struct body_ops *ops_of(const struct host *h,
                                            const struct sched_vcpu *v)
{
    return h->vms[v->vm->id].ops;
}

static inline uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* host_check.c: after each event.  False: so many have happened at one time
   that time will never go on. */
bool host_goes_on(struct host *h, struct error *e);

/* host_life.c: a VM ends at a cycle; or begins, if it has not. */
void host_stop_vm(struct host *h, unsigned id, uint64_t cycle);
void host_start_or_stop_vm(struct host *h, unsigned id, uint64_t cycle);

/*
 * host_poll.c - p's vCPU blocks at its clock: true if p polls for its wake-up
 * instead, for a while.
 */
bool host_poll_begins(struct host *h, struct sched_pcpu *p);

/* When polling comes to its end if nobody disturbs it. */
uint64_t host_poll_due(const struct host *h, const struct sched_vcpu *v);

/*
 * p polls until due_cycle: BODY_GOES_ON if its vCPU has woken, or polling is
 * not over; BODY_BLOCKS if it is over.
 */
struct body_result host_poll_run(struct host *h, struct sched_pcpu *p,
                                 uint64_t due_cycle);

/* v wakes from being blocked: was polling too short, or in vain? */
void host_poll_learns(struct host *h, const struct sched_vcpu *v,
                      uint64_t cycle);

static inline bool host_polls(const struct host *h, const struct sched_vcpu *v)
{
    return h->vcpus[v->number].polls;
}

/*
 * host_marks.c - for those who look on, if the log keeps events in memory
 * (sched_recent.h): what v does at the clock of p, where it runs; and that v
 * has lost p.
 */
void host_marks_doing(struct host *h, const struct sched_vcpu *v,
                      const struct sched_pcpu *p);
void host_marks_loss(struct host *h, const struct sched_vcpu *v,
                     const struct sched_pcpu *p);

#endif
