#include "sim/machine/run_loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/guest_step.h"
#include "sim/machine/history.h"
#include "sim/machine/machine_reset.h"
#include "sim/machine/run_limits.h"
#include "sim/machine/run_stops.h"
#include "sim/machine/run_trace.h"
#include "sim/machine/turns.h"

/* A slice is about 50 ms of host time; a wait may make it longer. */
#define SLICE_CYCLES ((uint64_t)4000000)

enum { MAX_IDLE_STEPS = 100000 };

void run_init(struct run *r, struct machine *m, struct trace_chrome *trace)
{
    memset(r, 0, sizeof *r);
    r->machine = m;
    r->trace = trace;
    r->end = RUN_GOES_ON;
    r->measuring = m->region == REGION_FROM_POWER_ON;
    r->next_checkpoint =
        m->config->checkpoint_every ? m->config->checkpoint_every : UINT64_MAX;
}

static uint64_t latest_clock(const struct run *r)
{
    uint64_t latest = 0;

    for (unsigned i = 0; i < r->machine->pcpu_count; i++) {
        uint64_t now = cpu_now(r->machine->pcpus[i].cpu);

        latest = now > latest ? now : latest;
    }
    return latest;
}

static void end_run(struct run *r, enum run_end end, const char *text)
{
    r->end = end;
    snprintf(r->text, sizeof r->text, "%s", text);
    machine_pass_idle_time(r->machine, latest_clock(r));
}

void run_leave(struct run *r)
{
    end_run(r, RUN_EXITED, "");
}

void run_stop(struct run *r, const char *text)
{
    end_run(r, RUN_INTERRUPTED, text);
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void check_limits(struct run *r, const struct pcpu *p)
{
    char text[sizeof r->text];

    if (r->end == RUN_GOES_ON &&
        run_limit_reached(r, cpu_now(p->cpu), text, sizeof text))
        end_run(r, RUN_LIMIT, text);
}

static void begin_measuring(struct run *r, const struct pcpu *p)
{
    machine_pass_idle_time(r->machine, cpu_now(p->cpu));
    r->measuring = true;
    p->vcpu->entered_user = true;
    r->boot_end = run_point_of_all(r);
    for (unsigned i = 0; i < r->machine->pcpu_count; i++) {
        struct exit_times *times = &r->machine->pcpus[i].vcpu->exit_times;

        r->boot_ends[i] = run_point_of(r, i);
        exit_times_merge(&r->boot_exits, times);
        memset(times, 0, sizeof *times);
    }
    r->boot_end_cycle = cpu_now(p->cpu);
    r->boot_log_bytes = p->vcpu->vm->platform.bus.console.bytes;
    run_trace_span(r, p, TRACE_USER_ENTER, cpu_now(p->cpu),
                   cpu_state_peek(p->cpu)->rip);
}

/* p waits no longer: its clock comes up to what wakes it. */
static void wake(struct run *r, struct pcpu *p)
{
    uint64_t ready_cycle = pcpu_ready_cycle(p);
    uint64_t now_cycle = cpu_now(p->cpu);

    if (ready_cycle > run_last_cycle(r))
        ready_cycle = run_last_cycle(r);
    if (pcpu_pass_time(p, ready_cycle) != 0)
        r->idle_steps = 0;
    p->idle = false;
    run_trace_span(r, p, TRACE_IDLE, now_cycle, cpu_state_peek(p->cpu)->rip);
    check_limits(r, p);
}

/* After p's step: those who wait for what p did. */
static void wake_others(struct run *r, const struct pcpu *p)
{
    for (unsigned i = 0; i < r->machine->pcpu_count; i++) {
        struct pcpu *other = &r->machine->pcpus[i];
        uint64_t now_cycle = cpu_now(other->cpu);

        if (other == p || !pcpu_wakes_now(other))
            continue;
        pcpu_pass_time(other, cpu_now(p->cpu));
        other->idle = false;
        run_trace_span(r, other, TRACE_IDLE, now_cycle,
                       cpu_state_peek(other->cpu)->rip);
    }
}

static void act(struct run *r, struct pcpu *p, enum vcpu_action action)
{
    switch (action) {
    case VCPU_RESUME:
    case VCPU_YIELDS: /* each has a pCPU of its own */
        return;
    case VCPU_HALT:
        p->idle = true;
        return;
    case VCPU_EXITED:
        end_run(r, RUN_EXITED, "");
        break;
    case VCPU_CRASHED:
        end_run(r, RUN_CRASHED, p->vcpu->vm->crash);
        break;
    }
    run_trace_span(r, p, TRACE_VM_EXIT, cpu_now(p->cpu),
                   cpu_state_peek(p->cpu)->rip);
}

static void check_invariants(struct run *r, const struct pcpu *p)
{
    struct error e;

    if (r->end != RUN_GOES_ON || !r->machine->config->hv.check)
        return;
    if (!guest_step_check(p->vcpu, p->cpu, &e))
        end_run(r, RUN_CHECK_FAILED, e.text);
}

static void check_progress(struct run *r, const struct pcpu *p)
{
    char text[96];

    if (cpu_now(p->cpu) != p->turn.begin_cycle ||
        cpu_retired(p->cpu) != p->turn.begin_retired) {
        r->idle_steps = 0;
        return;
    }
    if (++r->idle_steps < MAX_IDLE_STEPS || r->end != RUN_GOES_ON)
        return;
    snprintf(text, sizeof text, "the guest makes no progress at rip 0x%" PRIx64,
             cpu_state_peek(p->cpu)->rip);
    end_run(r, RUN_CRASHED, text);
}

/* A vCPU's turn may go beyond where the machine's count is due: then at once
   behind it. */
static void check_checkpoint(struct run *r)
{
    uint64_t done = run_instructions(r);

    if (done < r->next_checkpoint)
        return;
    r->checkpoints[r->checkpoint_count++] = checkpoint_take(r->machine, done);
    r->next_checkpoint += r->machine->config->checkpoint_every;
    if (r->checkpoint_count == CHECKPOINTS_MAX)
        r->next_checkpoint = UINT64_MAX;
}

/*
 * How far p may go before somebody must look.  A turn that a debugger stopped
 * goes on as it began, with the device event, the window and the slice that end
 * it: a look in between would show.
 */
static void begin_turn(struct run *r, struct pcpu *p, uint64_t until_cycle)
{
    struct vcpu *v = p->vcpu;
    uint64_t last = run_last_cycle(r);

    if (p->turn.open)
        return;
    p->turn = (struct pcpu_turn){
        .limits = {.until_cycle = until_cycle < last ? until_cycle : last,
                   .until_instruction =
                       run_own_instruction(r, p, run_last_instruction(r)),
                   .stop_at_user = region_stops_at_user(r->machine->region,
                                                        r->measuring, p->cpu)},
        .begin_cycle = cpu_now(p->cpu),
        .begin_retired = cpu_retired(p->cpu),
        .begin_rip = cpu_state_peek(p->cpu)->rip,
    };
    if (r->next_checkpoint != UINT64_MAX)
        run_limit_instructions(r, p, r->next_checkpoint, &p->turn.limits);
    v->vm->technique->budget(v, p->cpu, &p->turn.limits);
}

static void run_step(struct run *r, struct pcpu *p, uint64_t until_cycle)
{
    struct vcpu *v = p->vcpu;
    const struct technique_ops *t = v->vm->technique;
    uint64_t handle_cycle, handle_rip;
    struct cpu_budget budget;
    struct cpu_event event;

    begin_turn(r, p, until_cycle);
    budget = p->turn.limits;
    run_stops_limit(r, p, &budget);
    event = cpu_run(p->cpu, &budget);
    p->turn.open = run_stops_take(r, p, &event);
    if (p->turn.open)
        return;
    handle_cycle = cpu_now(p->cpu);
    handle_rip = cpu_state_peek(p->cpu)->rip;
    run_trace_span(r, p, TRACE_GUEST, p->turn.begin_cycle, p->turn.begin_rip);
    act(r, p, t->handle(v, p->cpu, &event));
    run_trace_handled(r, p, &event, handle_cycle, handle_rip);
    if (region_begins(r->machine->region, r->measuring, v, p->cpu))
        begin_measuring(r, p);
    check_limits(r, p);
    check_checkpoint(r);
    if (r->history)
        history_follow(r->history, r);
    check_invariants(r, p);
    check_progress(r, p);
}

/* Whose turn it is now; NULL: nobody's, ever. */
static struct pcpu *take_turn(struct run *r)
{
    struct pcpu *p = r->turn;

    if (p && !p->idle &&
        (p->turn.open || cpu_now(p->cpu) < machine_turn_end(r->machine, p)))
        return p;
    r->turn = machine_next_pcpu(r->machine);
    if (r->turn && r->turn->idle)
        wake(r, r->turn);
    return r->turn;
}

/* A kernel that cannot switch the machine off masks interrupts, and halts. */
static const char *why_forever(const struct run *r)
{
    for (unsigned n = 0; n < r->machine->pcpu_count; n++) {
        const struct pcpu *p = &r->machine->pcpus[n];

        if (!p->vcpu->waits_for_startup &&
            cpu_state_peek(p->cpu)->rflags & RFLAGS_IF)
            return "the guest waits forever: it halted with no timer armed";
    }
    return "the guest waits forever: it halted with interrupts off, as a "
           "kernel does at its end that cannot switch the machine off";
}

/* The guest asked for a reset, and the user for what a PC does then. */
static void reboot(struct run *r)
{
    struct error e;

    if (r->end == RUN_GOES_ON || !r->machine->config->reboots ||
        !machine_wants_reset(r->machine))
        return;
    r->end = RUN_GOES_ON;
    r->text[0] = '\0';
    r->turn = NULL;
    r->idle_steps = 0;
    r->resets++;
    if (machine_reset(r->machine, &e) == STATUS_OK)
        return;
    r->end = RUN_CRASHED;
    snprintf(r->text, sizeof r->text, "after a reset: %.400s", e.text);
}

static void run_turn(struct run *r)
{
    struct pcpu *p = take_turn(r);
    uint64_t turn_end, slice_end;

    r->waiting = !p && r->input_open;
    if (!p && !r->waiting)
        end_run(r, RUN_WAITS_FOREVER, why_forever(r));
    if (r->end != RUN_GOES_ON || r->waiting)
        return;
    turn_end = machine_turn_end(r->machine, p);
    slice_end = add_capped(cpu_now(p->cpu), SLICE_CYCLES);
    run_step(r, p, turn_end < slice_end ? turn_end : slice_end);
    wake_others(r, p);
    run_stops_note(r, p);
    reboot(r);
}

enum run_end run_slice(struct run *r)
{
    uint64_t until_cycle = add_capped(run_cycles(r), SLICE_CYCLES);

    while (r->end == RUN_GOES_ON && run_cycles(r) < until_cycle &&
           !(r->stop && r->stop->reached)) {
        run_turn(r);
        if (r->waiting)
            break;
    }
    return r->end;
}

struct run_point run_point_of(const struct run *r, unsigned n)
{
    const struct pcpu *p = &r->machine->pcpus[n];

    return (struct run_point){.counters = p->vcpu->counters,
                              .ledger = p->vcpu->ledger,
                              .cycles = cpu_now(p->cpu),
                              .retired = cpu_retired(p->cpu)};
}

struct run_point run_point_of_all(const struct run *r)
{
    struct run_point sum = run_point_of(r, 0);

    for (unsigned i = 1; i < r->machine->pcpu_count; i++) {
        const struct run_point one = run_point_of(r, i);

        counters_join(&sum.counters, &one.counters);
        ledger_join(&sum.ledger, &one.ledger);
        sum.cycles += one.cycles;
        sum.retired += one.retired;
    }
    return sum;
}

uint64_t run_instructions(const struct run *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->machine->pcpu_count; i++)
        sum += cpu_retired(r->machine->pcpus[i].cpu);
    return sum;
}

uint64_t run_cycles(const struct run *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->machine->pcpu_count; i++)
        sum += cpu_now(r->machine->pcpus[i].cpu);
    return sum;
}

void run_assert_ledger(const struct run *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->machine->pcpu_count; i++)
        sum += ledger_total(&r->machine->pcpus[i].vcpu->ledger);
    if (sum != run_cycles(r))
        BUG("the ledger does not sum to the clock");
}
