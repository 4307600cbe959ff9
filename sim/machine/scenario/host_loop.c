#include "sim/machine/scenario/host_loop.h"

#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/scenario/host_internal.h"

enum status host_init(struct host *h, const struct host_config *config,
                      struct host_vm *vms, struct error *e)
{
    struct sched *s = &h->dispatch.sched;
    enum status status;

    memset(h, 0, sizeof *h);
    h->config = *config;
    h->vms = vms;
    status = dispatch_init(&h->dispatch, &config->sched, config->khz, e);
    if (status != STATUS_OK)
        return status;
    status = event_heap_init(
        &h->events, s->pcpu_count + s->vcpu_count + s->vm_count + 1, e);
    if (status != STATUS_OK) {
        dispatch_free(&h->dispatch);
        return status;
    }
    h->vcpus = calloc(s->vcpu_count + 1, sizeof *h->vcpus);
    if (!h->vcpus) {
        host_free(h);
        return error_set(e, STATUS_MEMORY, "out of memory");
    }
    for (unsigned i = 0; i < s->pcpu_count; i++)
        h->pcpus[i].place = (struct body_place){i, 1000};
    for (unsigned i = 0; i < s->vm_count; i++) {
        vms[i].ended_cycle = UINT64_MAX;
        event_heap_set(&h->events, vm_event(h, i), vms[i].start_cycle);
    }
    return STATUS_OK;
}

void host_free(struct host *h)
{
    free(h->vcpus);
    event_heap_free(&h->events);
    dispatch_free(&h->dispatch);
    h->vcpus = NULL;
}

/* When p is due next. */
static void expect_pcpu(struct host *h, unsigned n)
{
    const struct sched_pcpu *p = &h->dispatch.sched.pcpus[n];
    const struct host_pcpu *hp = &h->pcpus[n];
    uint64_t due, next;

    if (p->resched || hp->sync) {
        due = later(hp->now_cycle, h->now_cycle);
    } else {
        due = dispatch_due(&h->dispatch, p, hp->now_cycle);
        next = UINT64_MAX;
        if (p->current && host_polls(h, p->current))
            next = host_poll_due(h, p->current);
        else if (p->current)
            next = ops_of(h, p->current)
                       ->next_cycle(body_of(h, p->current), &hp->place,
                                    hp->now_cycle);
        due = next < due ? next : due;
    }
    event_heap_set(&h->events, n, due);
}

static void expect_vcpu(struct host *h, const struct sched_vcpu *v)
{
    uint64_t due = UINT64_MAX;

    if (v->state == SCHED_BLOCKED)
        due = later(ops_of(h, v)->wake_cycle(body_of(h, v)), v->since_cycle);
    event_heap_set(&h->events, vcpu_event(h, v), due);
}

/* What the scheduler did: pCPUs that are to pick, and its timer. */
static void expect_kicked(struct host *h)
{
    struct sched *s = &h->dispatch.sched;
    pcpu_set_t kicked = s->kicked;
    uint64_t timer = dispatch_timer_due(&h->dispatch);

    s->kicked = 0;
    for (unsigned n = 0; kicked != 0; n++, kicked >>= 1)
        if (kicked & 1)
            expect_pcpu(h, n);
    if (timer != event_heap_due(&h->events, timer_event(h)))
        event_heap_set(&h->events, timer_event(h),
                       timer == UINT64_MAX ? timer
                                           : later(timer, h->now_cycle));
}

/* One of a VM's vCPUs did what the others may see. */
static void expect_vm(struct host *h, const struct sched_vm *vm)
{
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];

        if (v->state == SCHED_RUNNING)
            expect_pcpu(h, v->pcpu);
        else if (v->state == SCHED_BLOCKED)
            expect_vcpu(h, v);
    }
}

/* Idle time up to a cycle. */
static void pass_idle(struct host_pcpu *hp, uint64_t until_cycle)
{
    if (until_cycle <= hp->now_cycle)
        return;
    hp->idle_cycles += until_cycle - hp->now_cycle;
    hp->now_cycle = until_cycle;
}

/* p may have begun or ceased to be busy: its sibling's speed changes. */
static void change_speed(struct host *h, const struct sched_pcpu *p)
{
    const struct sched *s = &h->dispatch.sched;
    bool busy = p->current != NULL;
    unsigned sibling = p->id ^ 1;
    uint32_t permille = busy ? h->config.smt_permille : 1000;

    if (s->topology.threads_per_core != 2 || h->pcpus[p->id].busy == busy)
        return;
    h->pcpus[p->id].busy = busy;
    if (s->pcpus[sibling].current) {
        h->pcpus[sibling].sync = true;
        h->pcpus[sibling].next_permille = permille;
        expect_pcpu(h, sibling);
    } else {
        h->pcpus[sibling].place.rate_permille = permille;
    }
}

/* v loses its pCPU. */
static void leave(struct host *h, const struct sched_vcpu *v,
                  const struct host_pcpu *hp)
{
    ops_of(h, v)->leave(body_of(h, v), hp->now_cycle);
    h->vcpus[v->number].left_cycles = hp->guest_cycles;
}

/* How long others had the pCPU since the one that was picked left it. */
static uint64_t others_cycles(const struct host *h,
                              const struct dispatch_pick *picked,
                              const struct host_pcpu *hp)
{
    bool first = picked->vcpu->switches == 1;

    return first || picked->migrated
               ? UINT64_MAX
               : hp->guest_cycles - h->vcpus[picked->vcpu->number].left_cycles;
}

/* p picks; who ran there, if anybody, is last. */
static void pick(struct host *h, struct sched_pcpu *p, enum sched_why why,
                 struct sched_vcpu *last)
{
    struct host_pcpu *hp = &h->pcpus[p->id];
    struct dispatch_pick picked =
        dispatch_pick(&h->dispatch, p, why, hp->now_cycle);
    uint32_t cost_cycles = h->config.sched.sched->switch_cycles;

    h->decisions++;
    if (last && last != picked.vcpu) {
        host_marks_loss(h, last, p);
        leave(h, last, hp);
    }
    change_speed(h, p);
    if (!picked.vcpu || picked.vcpu == last)
        return;
    pass_idle(hp, picked.from_cycle);
    hp->scheduler_cycles += cost_cycles;
    hp->now_cycle += cost_cycles;
    ops_of(h, picked.vcpu)
        ->enter(body_of(h, picked.vcpu), &hp->place,
                others_cycles(h, &picked, hp));
    event_heap_set(&h->events, vcpu_event(h, picked.vcpu), UINT64_MAX);
}

/* p's vCPU runs; how far, and why no further. */
static struct body_result run_body(struct host *h, struct sched_pcpu *p,
                                   uint64_t due_cycle)
{
    struct host_pcpu *hp = &h->pcpus[p->id];
    struct sched_vcpu *v = p->current;
    uint64_t until = dispatch_due(&h->dispatch, p, due_cycle);
    uint64_t others =
        add_capped(event_heap_second_due(&h->events), h->config.quantum_cycles);
    struct body_result result;

    if (host_polls(h, v))
        return host_poll_run(h, p, due_cycle);
    if (hp->sync)
        until = due_cycle;
    else if (others < until)
        until = others;
    if (h->end_cycle < until)
        until = h->end_cycle;
    result = ops_of(h, v)->run(body_of(h, v), &hp->place, hp->now_cycle,
                               later(until, hp->now_cycle));
    hp->guest_cycles += result.at_cycle - hp->now_cycle;
    hp->now_cycle = result.at_cycle;
    host_marks_doing(h, v, p);
    return result;
}

static void wake_vcpu(struct host *h, uint32_t number, uint64_t cycle)
{
    struct sched_vcpu *v = &h->dispatch.sched.vcpus[number];

    host_poll_learns(h, v, cycle);
    dispatch_wake(&h->dispatch, v, cycle);
    event_heap_set(&h->events, vcpu_event(h, v), UINT64_MAX);
}

/* p's vCPU gives way to another of its VM, which it may just have woken. */
static void yield_to(struct host *h, struct sched_pcpu *p,
                     const struct body_result *result)
{
    struct sched_vcpu *v = p->current, *to = &v->vm->vcpus[result->to];

    if (to->state == SCHED_BLOCKED &&
        ops_of(h, to)->wake_cycle(body_of(h, to)) <= result->at_cycle)
        wake_vcpu(h, to->number, later(result->at_cycle, to->since_cycle));
    if (dispatch_yields_to(&h->dispatch, p, result->to, result->at_cycle))
        pick(h, p, SCHED_YIELDED, v);
}

/* What p's vCPU came to. */
static void settle(struct host *h, struct sched_pcpu *p,
                   const struct body_result *result)
{
    struct sched_vcpu *v = p->current;

    switch (result->stop) {
    case BODY_GOES_ON:
        break;
    case BODY_BLOCKS:
        if (host_poll_begins(h, p))
            break;
        dispatch_block(&h->dispatch, p, result->at_cycle);
        pick(h, p, SCHED_PREEMPTED, v);
        expect_vcpu(h, v);
        break;
    case BODY_SPINS:
        if (dispatch_spins(&h->dispatch, p, result->at_cycle))
            pick(h, p, SCHED_YIELDED, v);
        break;
    case BODY_YIELDS:
        pick(h, p, SCHED_YIELDED, v);
        break;
    case BODY_YIELDS_TO:
        yield_to(h, p, result);
        break;
    case BODY_ENDS:
        host_stop_vm(h, v->vm->id, result->at_cycle);
        break;
    }
    if (result->touched)
        expect_vm(h, v->vm);
}

static void run_pcpu(struct host *h, unsigned n, uint64_t due_cycle)
{
    struct sched_pcpu *p = &h->dispatch.sched.pcpus[n];
    struct host_pcpu *hp = &h->pcpus[n];

    if (p->current) {
        struct body_result result = run_body(h, p, due_cycle);

        settle(h, p, &result);
    } else {
        pass_idle(hp, due_cycle);
    }
    if (hp->sync && hp->now_cycle >= due_cycle) {
        hp->sync = false;
        hp->place.rate_permille = hp->next_permille;
    }
    if (p->current)
        dispatch_tick(&h->dispatch, p, hp->now_cycle);
    if (dispatch_must_pick(&h->dispatch, p, hp->now_cycle))
        pick(h, p, SCHED_PREEMPTED, p->current);
    expect_pcpu(h, n);
}

static void happen(struct host *h, uint32_t id, uint64_t due_cycle)
{
    const struct sched *s = &h->dispatch.sched;

    h->now_cycle = later(h->now_cycle, due_cycle);
    if (id < s->pcpu_count)
        run_pcpu(h, id, due_cycle);
    else if (id < s->pcpu_count + s->vcpu_count)
        wake_vcpu(h, id - s->pcpu_count, due_cycle);
    else if (id < timer_event(h))
        host_start_or_stop_vm(h, id - s->pcpu_count - s->vcpu_count, due_cycle);
    else
        dispatch_timer(&h->dispatch, due_cycle);
    expect_kicked(h);
}

/* All clocks to the end: those who run, run on; nobody is seen before it. */
static void bring_up(struct host *h, uint64_t cycle)
{
    struct sched *s = &h->dispatch.sched;

    for (unsigned n = 0; n < s->pcpu_count; n++) {
        struct sched_pcpu *p = &s->pcpus[n];
        struct host_pcpu *hp = &h->pcpus[n];

        if (!p->current) {
            pass_idle(hp, cycle);
        } else if (hp->now_cycle < cycle) {
            struct body_result result = run_body(h, p, cycle);

            settle(h, p, &result);
            expect_pcpu(h, n);
        }
    }
    h->now_cycle = later(h->now_cycle, cycle);
}

uint64_t host_due(const struct host *h)
{
    return event_heap_due(&h->events, event_heap_first(&h->events));
}

bool host_step(struct host *h, uint64_t end_cycle, struct error *e)
{
    uint32_t id = event_heap_first(&h->events);

    h->end_cycle = end_cycle;
    h->steps++;
    happen(h, id, event_heap_due(&h->events, id));
    return host_goes_on(h, e) && (!h->config.check || host_check(h, e));
}

bool host_advance(struct host *h, uint64_t until_cycle, uint64_t end_cycle,
                  struct error *e)
{
    while (host_due(h) < until_cycle)
        if (!host_step(h, end_cycle, e))
            return false;
    return true;
}

bool host_bring_up(struct host *h, uint64_t cycle, struct error *e)
{
    h->end_cycle = cycle;
    h->steps++;
    bring_up(h, cycle);
    return !h->config.check || host_check(h, e);
}

bool host_run(struct host *h, uint64_t until_cycle, struct error *e)
{
    return host_advance(h, until_cycle, until_cycle, e) &&
           host_bring_up(h, until_cycle, e);
}
