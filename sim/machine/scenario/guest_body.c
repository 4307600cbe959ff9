#include "sim/machine/scenario/guest_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/machine/guest_step.h"
#include "sim/machine/scenario/real_host.h"

enum {
    MAX_IDLE_STEPS = 100000,
    MOST_CYCLES = 4000000, /* at a time: whoever waits for ^C has his turn */
};

void guest_body_account(struct vcpu_body *b)
{
    uint64_t steal = b->seat->state_cycles[SCHED_RUNNABLE];
    uint64_t blocked = b->seat->state_cycles[SCHED_BLOCKED];

    ledger_add(&b->v->ledger, LEDGER_STEAL, steal - b->steal_cycles);
    ledger_add(&b->v->ledger, LEDGER_IDLE, blocked - b->blocked_cycles);
    b->steal_cycles = steal;
    b->blocked_cycles = blocked;
}

static const struct technique_ops *technique_of(const struct vcpu_body *b)
{
    return b->v->vm->technique;
}

/* --- onto a pCPU and off again ------------------------------------------- */

/* What the pCPU may have translated for this vCPU, or as this one would. */
static void flush_stale(const struct vcpu_body *b, unsigned pcpu, bool last)
{
    const struct guest_control *g = cpu_control(b->on->cpu);

    if (g->virt != VIRT_GUEST && !last)
        mmu_flush_all(b->on->mmu);
    else if (g->virt == VIRT_GUEST && b->last_pcpu != pcpu && g->nested)
        mmu_invept(b->on->mmu);
    else if (g->virt == VIRT_GUEST && b->last_pcpu != pcpu)
        mmu_invvpid_all(b->on->mmu);
}

static void body_enter(struct vcpu_body *b, const struct body_place *place,
                       uint64_t others_cycles)
{
    struct real_host *r = b->vm->host;
    struct pcpu *p = &r->machine.pcpus[place->pcpu];
    bool last = p->vcpu == b->v && b->last_pcpu == place->pcpu;

    (void)others_cycles;
    real_host_catch_up(r, place->pcpu);
    vcpu_load(b->v, p->cpu);
    p->vcpu = b->v;
    b->on = p;
    flush_stale(b, place->pcpu, last);
    b->last_pcpu = place->pcpu;
    r->pcpus[place->pcpu].enter_cycle = cpu_now(p->cpu);
    guest_body_account(b);
    if (technique_of(b)->switched_in)
        technique_of(b)->switched_in(b->v, b->steal_cycles);
}

static void body_leave(struct vcpu_body *b, uint64_t at_cycle)
{
    struct real_pcpu *own = &b->vm->host->pcpus[b->last_pcpu];
    struct cpu *c = b->on->cpu;
    const struct guest_control *g = cpu_control(c);

    if (at_cycle > cpu_now(c)) /* polled; or another vCPU ended the VM */
        cpu_charge(c, LEDGER_IDLE, at_cycle - cpu_now(c));
    if (technique_of(b)->switched_out)
        technique_of(b)->switched_out(b->v);
    if (g->virt == VIRT_GUEST && !b->v->vm->hv->config->has_vpid)
        mmu_invvpid(b->on->mmu, g->vpid);
    vcpu_save(b->v, c);
    own->guest_cycles += cpu_now(c) - own->enter_cycle;
    cpu_set_record(c, &own->counters, &own->ledger);
    b->on = NULL;
}

/* --- waits --------------------------------------------------------------- */

static uint64_t wake_of(const struct vcpu_body *b, uint64_t now_cycle)
{
    uint64_t wake = technique_of(b)->wake_cycle(b->v);

    return wake > now_cycle ? wake : now_cycle;
}

/* Which of those who wait may wake at another time now. */
static bool touch_others(const struct vcpu_body *b, uint64_t now_cycle)
{
    struct real_vm *vm = b->vm;
    bool touched = false;

    for (unsigned i = 0; i < vm->vm->vcpu_count; i++) {
        struct vcpu_body *other = &vm->bodies[i];
        uint64_t wake;

        if (other == b || !other->waits)
            continue;
        wake = wake_of(other, now_cycle);
        if (wake == other->wake_cycle ||
            (wake == now_cycle && other->wake_cycle < now_cycle))
            continue;
        other->wake_cycle = wake;
        touched = true;
    }
    return touched;
}

/* It halted: up to the event that it waits for, or off the pCPU. */
static void halt(struct vcpu_body *b, uint64_t until_cycle,
                 struct body_result *result)
{
    struct cpu *c = b->on->cpu;
    uint64_t now = cpu_now(c), wake = wake_of(b, now);

    if (!b->asleep && wake > now) {
        b->wake_cycle = wake;
        b->waits = true;
        result->stop = BODY_BLOCKS;
    } else if (b->asleep) {
        wake = wake < until_cycle ? wake : until_cycle;
        cpu_charge(c, LEDGER_IDLE, wake > now ? wake - now : 0);
    }
}

/* --- a step -------------------------------------------------------------- */

static void end_vm(struct real_vm *vm, enum run_end end, const char *text,
                   struct body_result *result)
{
    vm->end = end;
    snprintf(vm->text, sizeof vm->text, "%s", text);
    result->stop = BODY_ENDS;
}

static void act(struct vcpu_body *b, enum vcpu_action action,
                uint64_t until_cycle, struct body_result *result)
{
    switch (action) {
    case VCPU_RESUME:
        b->asleep = false;
        return;
    case VCPU_YIELDS:
        b->asleep = false;
        result->stop = BODY_YIELDS_TO;
        result->to = b->v->yields_to;
        return;
    case VCPU_HALT:
        halt(b, until_cycle, result);
        return;
    case VCPU_EXITED:
        end_vm(b->vm, RUN_EXITED, "", result);
        return;
    case VCPU_CRASHED:
        end_vm(b->vm, RUN_CRASHED, b->v->vm->crash, result);
        return;
    }
}

static struct run_point point_of(const struct vcpu *v)
{
    return (struct run_point){.counters = v->counters,
                              .ledger = v->ledger,
                              .cycles = ledger_total(&v->ledger)};
}

static void begin_measuring(struct vcpu_body *b)
{
    struct real_vm *vm = b->vm;

    vm->measuring = true;
    b->v->entered_user = true;
    for (unsigned i = 0; i < vm->vm->vcpu_count; i++) {
        struct vcpu *v = vm->vm->vcpus[i];

        guest_body_account(&vm->bodies[i]);
        vm->boot_ends[i] = point_of(v);
        exit_times_merge(&vm->boot_exits, &v->exit_times);
        memset(&v->exit_times, 0, sizeof v->exit_times);
    }
    vm->boot_end_cycle = cpu_now(b->on->cpu);
    vm->boot_log_bytes = vm->vm->platform.bus.console.bytes;
}

/* What the guest said. */
static void take_outputs(struct real_vm *vm)
{
    struct bus *bus = &vm->vm->platform.bus;
    const struct config *c = vm->config.what.config;

    if (c->workload.kind == WORKLOAD_NONE && bus->console.bytes)
        written_take(&vm->out, &bus->console, vm->config.out_fd);
    if (bus->out.bytes)
        written_take(&vm->out, &bus->out, vm->config.out_fd);
    if (bus->err.bytes)
        written_take(&vm->err, &bus->err, vm->config.err_fd);
}

static void check(struct vcpu_body *b, struct body_result *result)
{
    struct error e;

    if (result->stop == BODY_ENDS || !b->v->vm->hv->config->check)
        return;
    if (!guest_step_check(b->v, b->on->cpu, &e))
        end_vm(b->vm, RUN_CHECK_FAILED, e.text, result);
}

static void check_progress(struct vcpu_body *b, uint64_t begin_cycle,
                           uint64_t begin_retired, struct body_result *result)
{
    const struct cpu *c = b->on->cpu;
    char text[96];

    if (cpu_now(c) != begin_cycle || cpu_retired(c) != begin_retired) {
        b->idle_steps = 0;
        return;
    }
    if (++b->idle_steps < MAX_IDLE_STEPS || result->stop != BODY_GOES_ON)
        return;
    snprintf(text, sizeof text, "the guest makes no progress at rip 0x%" PRIx64,
             cpu_state_peek(c)->rip);
    end_vm(b->vm, RUN_CRASHED, text, result);
}

/* What a step took of the core: see share_core(). */
struct work {
    uint64_t cycles, retired;
};

static struct work work_of(const struct vcpu_body *b)
{
    const struct ledger *l = &b->v->ledger;

    return (struct work){ledger_total(l) - ledger_waits(l),
                         cpu_retired(b->on->cpu)};
}

/*
 * The core's other thread was busy: work took longer than it seemed.  Work is
 * what was no wait, or at least the slots that its instructions had: of waits
 * that overlap with them the ledger shows more than stood in their way.
 */
static void share_core(struct vcpu_body *b, uint32_t rate_permille,
                       const struct work *before)
{
    struct cpu *c = b->on->cpu;
    const struct work now = work_of(b);
    uint64_t cycles = now.cycles - before->cycles;
    uint64_t slots =
        (now.retired - before->retired) / cpu_config_peek(c)->width;
    uint64_t longer =
        (cycles > slots ? cycles : slots) * (1000 - rate_permille) +
        b->smt_rest;

    cpu_stretch(c, LEDGER_SMT, longer / rate_permille);
    b->smt_rest = (uint32_t)(longer % rate_permille);
}

static void step(struct vcpu_body *b, uint32_t rate_permille,
                 uint64_t until_cycle, struct body_result *result)
{
    struct real_vm *vm = b->vm;
    struct cpu *c = b->on->cpu;
    uint64_t begin_cycle = cpu_now(c), begin_retired = cpu_retired(c);
    struct work begin = {0};
    enum vcpu_action action;
    struct cpu_budget budget = {
        .until_cycle = until_cycle,
        .until_instruction = UINT64_MAX,
        .stop_at_user = region_stops_at_user(vm->region, vm->measuring, c),
    };
    struct cpu_event event;

    if (rate_permille < 1000)
        begin = work_of(b);
    technique_of(b)->budget(b->v, c, &budget);
    event = cpu_run(c, &budget);
    if (event.kind == CPU_EVENT_HALT || event.kind == CPU_EVENT_WAIT)
        b->asleep = true;
    if (event.kind == CPU_EVENT_EXIT && event.exit.reason == VMEXIT_PAUSE)
        result->stop = BODY_SPINS;
    action = technique_of(b)->handle(b->v, c, &event);
    if (rate_permille < 1000)
        share_core(b, rate_permille, &begin);
    act(b, action, until_cycle, result);
    if (region_begins(vm->region, vm->measuring, b->v, c))
        begin_measuring(b);
    take_outputs(vm);
    check(b, result);
    check_progress(b, begin_cycle, begin_retired, result);
    result->touched = touch_others(b, cpu_now(c));
}

/* What a busy sibling costs is known behind each step: so they are short. */
static uint64_t step_end(const struct vcpu_body *b,
                         const struct body_place *place, uint64_t until_cycle)
{
    uint64_t quantum = b->vm->host->host->config.quantum_cycles;
    uint64_t now = cpu_now(b->on->cpu);

    if (place->rate_permille == 1000 || until_cycle <= now ||
        until_cycle - now <= quantum)
        return until_cycle;
    return now + quantum;
}

static struct body_result body_run(struct vcpu_body *b,
                                   const struct body_place *place,
                                   uint64_t from_cycle, uint64_t until_cycle)
{
    struct body_result result = {.stop = BODY_GOES_ON};
    struct cpu *c = b->on->cpu;

    b->waits = false;
    if (from_cycle > cpu_now(c)) /* the host polled for its wake-up */
        cpu_charge(c, LEDGER_IDLE, from_cycle - cpu_now(c));
    if (until_cycle - from_cycle > MOST_CYCLES)
        until_cycle = from_cycle + MOST_CYCLES;
    while (result.stop == BODY_GOES_ON &&
           ((cpu_now(c) < until_cycle && !result.touched) || cpu_posts(c)))
        step(b, place->rate_permille, step_end(b, place, until_cycle), &result);
    result.at_cycle = cpu_now(c);
    if (result.stop == BODY_ENDS)
        b->vm->end_cycle = result.at_cycle;
    return result;
}

static uint64_t body_next_cycle(const struct vcpu_body *b,
                                const struct body_place *place,
                                uint64_t from_cycle)
{
    (void)b;
    (void)place;
    return from_cycle;
}

static uint64_t body_wake_cycle(const struct vcpu_body *b)
{
    return b->wake_cycle;
}

const struct body_ops guest_body_ops = {
    .enter = body_enter,
    .leave = body_leave,
    .next_cycle = body_next_cycle,
    .run = body_run,
    .wake_cycle = body_wake_cycle,
};
