#include "hypervisor-model/sched/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"

_Static_assert((int)SCHED_MAX_PCPUS == (int)SCHED_LOG_MAX_PCPUS &&
                   (int)SCHED_MAX_VCPUS == (int)SCHED_LOG_MAX_VCPUS &&
                   (int)SCHED_NAME_BYTES == (int)SCHED_LOG_NAME_BYTES,
               "a log holds every host");

enum status dispatch_init(struct dispatch *d,
                          const struct sched_host_config *config, uint64_t khz,
                          struct error *e)
{
    enum status status = sched_init(&d->sched, config, e);

    d->log = NULL;
    d->khz = khz;
    d->sched.khz = khz;
    return status;
}

void dispatch_free(struct dispatch *d)
{
    sched_free(&d->sched);
}

uint64_t dispatch_ns(const struct dispatch *d, uint64_t cycle)
{
    return sched_cycles_ns(cycle, d->khz);
}

uint64_t dispatch_cycle(const struct dispatch *d, uint64_t ns)
{
    if (ns > UINT64_MAX / 16)
        return UINT64_MAX;
    return ns / 1000000 * d->khz + (ns % 1000000 * d->khz + 999999) / 1000000;
}

/* The policy's clock never goes back, whichever pCPU calls. */
static void set_now(struct dispatch *d, uint64_t cycle)
{
    uint64_t now_ns = dispatch_ns(d, cycle);

    if (now_ns > d->sched.now_ns)
        d->sched.now_ns = now_ns;
    if (cycle > d->sched.now_cycle)
        d->sched.now_cycle = cycle;
}

static void note(struct dispatch *d, enum sched_event_kind kind,
                 const struct sched_vcpu *v, uint64_t cycle, uint64_t arg)
{
    const struct sched_event event = {.cycle = cycle,
                                      .kind = kind,
                                      .pcpu = (uint16_t)v->last_pcpu,
                                      .vm = (uint16_t)v->vm->id,
                                      .vcpu = (uint16_t)v->id,
                                      .arg = arg};

    sched_log_put(d->log, &event);
}

/* Returns how long the state before lasted. */
static uint64_t enter_state(struct dispatch *d, struct sched_vcpu *v,
                            enum sched_state state, uint64_t cycle)
{
    uint64_t lasted = cycle > v->since_cycle ? cycle - v->since_cycle : 0;

    d->sched.waiting -= v->state == SCHED_RUNNABLE;
    d->sched.waiting += state == SCHED_RUNNABLE;
    v->state_cycles[v->state] += lasted;
    v->state = state;
    v->since_cycle += lasted;
    return lasted;
}

uint64_t dispatch_state_cycles(const struct sched_vcpu *v,
                               enum sched_state state, uint64_t cycle)
{
    uint64_t past = v->state_cycles[state];

    return v->state == state && cycle > v->since_cycle
               ? past + (cycle - v->since_cycle)
               : past;
}

/* What v ran and the policy does not know of yet. */
static void charge(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle)
{
    uint64_t ran_ns =
        dispatch_ns(d, dispatch_state_cycles(v, SCHED_RUNNING, cycle));

    set_now(d, cycle);
    if (ran_ns <= v->charged_ns)
        return;
    d->sched.ops->charge(&d->sched, v, ran_ns - v->charged_ns);
    v->charged_ns = ran_ns;
}

void dispatch_start(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle)
{
    set_now(d, cycle);
    v->state = SCHED_BLOCKED;
    v->since_cycle = cycle;
    d->sched.ops->add(&d->sched, v);
    note(d, SCHED_EVENT_START, v, cycle, 0);
}

void dispatch_stop(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle)
{
    struct sched_pcpu *p = &d->sched.pcpus[v->pcpu];

    if (v->state == SCHED_ABSENT)
        return;
    set_now(d, cycle);
    if (v->state == SCHED_RUNNING)
        dispatch_block(d, p, cycle);
    else if (v->state == SCHED_RUNNABLE)
        d->sched.ops->dequeue(&d->sched, v);
    enter_state(d, v, SCHED_ABSENT, cycle);
    if (d->sched.ops->remove)
        d->sched.ops->remove(&d->sched, v);
    note(d, SCHED_EVENT_STOP, v, cycle, 0);
}

void dispatch_wake(struct dispatch *d, struct sched_vcpu *v, uint64_t cycle)
{
    if (v->state != SCHED_BLOCKED)
        return;
    set_now(d, cycle);
    enter_state(d, v, SCHED_RUNNABLE, cycle);
    v->woken = true;
    note(d, SCHED_EVENT_WAKE, v, cycle, 0);
    d->sched.ops->enqueue(&d->sched, v, SCHED_WOKE);
}

void dispatch_block(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle)
{
    struct sched_vcpu *v = p->current;

    charge(d, v, cycle);
    note(d, SCHED_EVENT_BLOCK, v, cycle,
         enter_state(d, v, SCHED_BLOCKED, cycle));
    p->current = NULL;
    p->resched = true;
    if (d->sched.ops->block)
        d->sched.ops->block(&d->sched, v);
}

/* The tick of a pCPU that was idle goes on where it would have been. */
static void arm_tick(struct dispatch *d, struct sched_pcpu *p)
{
    uint64_t period_ns;

    if (!d->sched.ops->tick || p->tick_ns != UINT64_MAX)
        return;
    period_ns = d->sched.ops->tick_ns(&d->sched);
    p->tick_ns = (d->sched.now_ns / period_ns + 1) * period_ns;
}

static void give_up(struct dispatch *d, struct sched_vcpu *v,
                    enum sched_why why, uint64_t cycle)
{
    charge(d, v, cycle);
    enter_state(d, v, SCHED_RUNNABLE, cycle);
    d->sched.ops->enqueue(&d->sched, v, why);
}

/* next takes p over from somebody else. */
static void take_over(struct dispatch *d, struct sched_pcpu *p,
                      struct dispatch_pick *pick)
{
    struct sched_vcpu *v = pick->vcpu;
    unsigned last = v->last_pcpu;
    uint64_t cost_cycles = d->sched.config->switch_cycles, waited;

    pick->switched = true;
    pick->migrated = v->switches != 0 && last != p->id;
    if (v->since_cycle > pick->from_cycle)
        pick->from_cycle = v->since_cycle;
    v->pcpu = v->last_pcpu = p->id;
    v->switches++;
    p->switches++;
    if (pick->migrated) {
        v->migrations++;
        note(d, SCHED_EVENT_MIGRATE, v, pick->from_cycle, last);
    }
    waited = enter_state(d, v, SCHED_RUNNING, pick->from_cycle + cost_cycles);
    if (v->woken)
        latency_add(&v->vm->wake, waited);
    latency_add(&v->vm->wait, waited);
    v->woken = false;
    note(d, SCHED_EVENT_RUN, v, pick->from_cycle + cost_cycles, waited);
}

/* last was in a queue, of whichever pCPU, but for a moment. */
static void stay(struct dispatch *d, struct sched_vcpu *last,
                 const struct sched_pcpu *p, uint64_t cycle)
{
    last->pcpu = p->id;
    enter_state(d, last, SCHED_RUNNING, cycle);
}

static void go_idle(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle)
{
    const struct sched_event event = {.cycle = cycle,
                                      .kind = SCHED_EVENT_IDLE,
                                      .pcpu = (uint16_t)p->id,
                                      .vm = SCHED_EVENT_NOBODY,
                                      .vcpu = SCHED_EVENT_NOBODY};

    p->tick_ns = UINT64_MAX;
    sched_log_put(d->log, &event);
}

/* A slice begins when the vCPU does: a switch must not eat up a short one. */
static void end_slice(struct dispatch *d, struct sched_pcpu *p,
                      const struct dispatch_pick *pick, uint64_t slice_ns)
{
    uint64_t begin_ns = d->sched.now_ns;

    if (pick->vcpu && slice_ns == 0)
        d->sliceless = p;
    if (pick->switched)
        begin_ns =
            dispatch_ns(d, pick->from_cycle + d->sched.config->switch_cycles);
    p->pick_end_ns = slice_ns == UINT64_MAX ? UINT64_MAX : begin_ns + slice_ns;
}

struct dispatch_pick dispatch_pick(struct dispatch *d, struct sched_pcpu *p,
                                   enum sched_why why, uint64_t cycle)
{
    struct dispatch_pick pick = {.from_cycle = cycle};
    struct sched_vcpu *last = p->current;
    struct sched_choice choice;
    uint64_t ran_cycles = last ? cycle - last->since_cycle : 0;

    set_now(d, cycle);
    p->resched = true; /* so that nobody takes it for idle */
    if (last)
        give_up(d, last, why, cycle);
    choice = d->sched.ops->pick(&d->sched, p);
    pick.vcpu = choice.vcpu;
    p->current = choice.vcpu;
    p->resched = false;
    if (last && last != pick.vcpu)
        note(d, why == SCHED_YIELDED ? SCHED_EVENT_YIELD : SCHED_EVENT_PREEMPT,
             last, cycle, ran_cycles);
    if (!pick.vcpu)
        go_idle(d, p, cycle);
    else if (pick.vcpu == last)
        stay(d, last, p, cycle);
    else
        take_over(d, p, &pick);
    end_slice(d, p, &pick, choice.slice_ns);
    if (pick.vcpu)
        arm_tick(d, p);
    return pick;
}

bool dispatch_spins(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle)
{
    struct sched_vcpu *from = p->current;
    struct sched_vm *vm = from->vm;

    if (!d->sched.ops->yield_to)
        return true;
    charge(d, from, cycle);
    for (unsigned i = 1; i <= vm->config.vcpus; i++) {
        unsigned id = (vm->spin_boosted + i) % vm->config.vcpus;
        struct sched_vcpu *to = &vm->vcpus[id];

        if (to == from || to->state != SCHED_RUNNABLE)
            continue;
        if (!d->sched.ops->yield_to(&d->sched, from, to))
            continue;
        vm->spin_boosted = id;
        return true;
    }
    return false;
}

bool dispatch_yields_to(struct dispatch *d, struct sched_pcpu *p, unsigned to,
                        uint64_t cycle)
{
    struct sched_vcpu *from = p->current, *target = &from->vm->vcpus[to];

    if (!d->sched.ops->yield_to || target->state != SCHED_RUNNABLE)
        return false;
    charge(d, from, cycle);
    return d->sched.ops->yield_to(&d->sched, from, target);
}

uint64_t dispatch_due(const struct dispatch *d, const struct sched_pcpu *p,
                      uint64_t now_cycle)
{
    uint64_t due_ns = p->pick_end_ns;

    if (p->resched)
        return now_cycle;
    if (p->tick_ns < due_ns)
        due_ns = p->tick_ns;
    return dispatch_cycle(d, due_ns);
}

void dispatch_tick(struct dispatch *d, struct sched_pcpu *p, uint64_t cycle)
{
    set_now(d, cycle);
    if (d->sched.now_ns < p->tick_ns)
        return;
    p->tick_ns += d->sched.ops->tick_ns(&d->sched);
    charge(d, p->current, cycle);
    d->sched.ops->tick(&d->sched, p);
}

bool dispatch_must_pick(const struct dispatch *d, const struct sched_pcpu *p,
                        uint64_t cycle)
{
    return p->resched || dispatch_ns(d, cycle) >= p->pick_end_ns;
}

uint64_t dispatch_timer_due(const struct dispatch *d)
{
    return d->sched.ops->timer_ns
               ? dispatch_cycle(d, d->sched.ops->timer_ns(&d->sched))
               : UINT64_MAX;
}

/* The policy may want to know what those who run now have used. */
void dispatch_timer(struct dispatch *d, uint64_t cycle)
{
    set_now(d, cycle);
    for (unsigned i = 0; i < d->sched.pcpu_count; i++)
        if (d->sched.pcpus[i].current)
            charge(d, d->sched.pcpus[i].current, cycle);
    d->sched.ops->timer(&d->sched);
}

bool dispatch_log_begin(struct dispatch *d, struct sched_log *log)
{
    const struct sched *s = &d->sched;
    struct sched_log_vm *vms = calloc(s->vm_count, sizeof *vms);
    struct sched_log_host host = {.khz = d->khz,
                                  .pcpus = s->topology.pcpus,
                                  .threads_per_core =
                                      s->topology.threads_per_core,
                                  .nodes = s->topology.nodes,
                                  .vms = vms,
                                  .vm_count = s->vm_count};

    bool begun;

    if (!vms)
        return false;
    snprintf(host.policy, sizeof host.policy, "%s", s->ops->name);
    for (unsigned i = 0; i < s->vm_count; i++) {
        vms[i].vcpus = s->vms[i].config.vcpus;
        vms[i].weight = s->vms[i].config.weight;
        snprintf(vms[i].name, sizeof vms[i].name, "%s", s->vms[i].config.name);
    }
    begun = sched_log_begin(log, &host);
    if (begun)
        d->log = log;
    free(vms);
    return begun;
}
