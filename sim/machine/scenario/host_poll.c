/*
 * host_poll.c - halt polling: KVM does not give a halted vCPU's pCPU away at
 * once, but looks for its wake-up for a while.
 *
 * Source  Linux, Documentation/virt/kvm/halt-polling.rst: the window begins at
 *         10 us, doubles when the vCPU slept longer than it but no longer than
 *         the most that is allowed, and is gone when it slept longer than that.
 * Model   only under policies that are KVM's (sched_ops.kvm), and while no vCPU
 *         of the host waits for a pCPU; KVM asks that of the own pCPU alone.
 */
#include "sim/machine/scenario/host_internal.h"

enum { FIRST_WINDOW_US = 10, GROW = 2 };

static uint64_t us_cycles(const struct host *h, uint64_t us)
{
    return us * h->config.khz / 1000;
}

static uint64_t most_cycles(const struct host *h)
{
    return us_cycles(h, h->config.sched.sched->kvm_halt_poll_us);
}

static bool polling_is_on(const struct host *h)
{
    return h->dispatch.sched.ops->kvm && most_cycles(h) != 0;
}

bool host_poll_begins(struct host *h, struct sched_pcpu *p)
{
    struct host_vcpu *v = &h->vcpus[p->current->number];
    uint64_t now_cycle = h->pcpus[p->id].now_cycle;

    if (v->polls) { /* and now it is over */
        v->polls = false;
        return false;
    }
    v->block_cycle = now_cycle;
    v->polls = polling_is_on(h) && v->window_cycles != 0 && !p->resched &&
               h->dispatch.sched.waiting == 0;
    return v->polls;
}

static uint64_t wake_cycle(const struct host *h, const struct sched_vcpu *v)
{
    return ops_of(h, v)->wake_cycle(body_of(h, v));
}

uint64_t host_poll_due(const struct host *h, const struct sched_vcpu *v)
{
    const struct host_vcpu *hv = &h->vcpus[v->number];
    uint64_t end_cycle = hv->block_cycle + hv->window_cycles;
    uint64_t wake = later(wake_cycle(h, v), hv->block_cycle);

    return wake < end_cycle ? wake : end_cycle;
}

struct body_result host_poll_run(struct host *h, struct sched_pcpu *p,
                                 uint64_t due_cycle)
{
    struct sched_vcpu *v = p->current;
    struct host_vcpu *hv = &h->vcpus[v->number];
    struct host_pcpu *hp = &h->pcpus[p->id];
    uint64_t end_cycle = hv->block_cycle + hv->window_cycles;
    struct body_result result = {.stop = BODY_GOES_ON};
    uint64_t to_cycle = host_poll_due(h, v);

    if (to_cycle > due_cycle)
        to_cycle = due_cycle;
    to_cycle = later(to_cycle, hp->now_cycle);
    hp->poll_cycles += to_cycle - hp->now_cycle;
    hp->guest_cycles += to_cycle - hp->now_cycle;
    hp->now_cycle = result.at_cycle = to_cycle;
    if (wake_cycle(h, v) <= to_cycle)
        hv->polls = false;
    else if (to_cycle >= end_cycle || h->dispatch.sched.waiting != 0 ||
             dispatch_must_pick(&h->dispatch, p, to_cycle))
        result.stop = BODY_BLOCKS;
    return result;
}

void host_poll_learns(struct host *h, const struct sched_vcpu *v,
                      uint64_t cycle)
{
    struct host_vcpu *hv = &h->vcpus[v->number];
    uint64_t slept_cycles = cycle - hv->block_cycle;

    if (!polling_is_on(h) || v->state != SCHED_BLOCKED)
        return;
    if (slept_cycles > most_cycles(h)) {
        hv->window_cycles = 0;
        return;
    }
    hv->window_cycles = hv->window_cycles == 0 ? us_cycles(h, FIRST_WINDOW_US)
                                               : hv->window_cycles * GROW;
    if (hv->window_cycles > most_cycles(h))
        hv->window_cycles = most_cycles(h);
}
