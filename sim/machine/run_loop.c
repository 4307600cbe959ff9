#include "sim/machine/run_loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"

/* A slice is about 50 ms of host time; a wait may make it longer. */
#define SLICE_CYCLES ((uint64_t)4000000)

/* With a limit given, the boot has one too: a wild kernel must end. */
#define BOOT_LIMIT_INSTRUCTIONS ((uint64_t)10000000000)

enum { MAX_IDLE_TURNS = 100000 };

void run_init(struct run *r, struct machine *m, struct trace_chrome *trace)
{
    memset(r, 0, sizeof *r);
    r->machine = m;
    r->trace = trace;
    r->end = RUN_GOES_ON;
    r->measuring = m->region == REGION_FROM_POWER_ON;
}

static void end_run(struct run *r, enum run_end end, const char *text)
{
    r->end = end;
    snprintf(r->text, sizeof r->text, "%s", text);
}

void run_stop(struct run *r, const char *text)
{
    end_run(r, RUN_INTERRUPTED, text);
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool has_limit(const struct config *c)
{
    return c->max_instructions != UINT64_MAX || c->max_cycles != UINT64_MAX;
}

/* Retired count at which the run must stop. */
static uint64_t last_instruction(const struct run *r)
{
    const struct config *c = r->machine->config;

    if (r->measuring)
        return add_capped(r->boot_end.retired, c->max_instructions);
    return has_limit(c) ? BOOT_LIMIT_INSTRUCTIONS : UINT64_MAX;
}

static uint64_t last_cycle(const struct run *r)
{
    if (r->measuring)
        return add_capped(r->boot_end.cycles, r->machine->config->max_cycles);
    return UINT64_MAX;
}

static void check_limits(struct run *r, const struct pcpu *p)
{
    const struct config *c = r->machine->config;
    char text[128];

    if (r->end != RUN_GOES_ON)
        return;
    if (cpu_retired(p->cpu) >= last_instruction(r)) {
        if (r->measuring)
            snprintf(text, sizeof text,
                     "the limit of %" PRIu64 " instructions was reached",
                     c->max_instructions);
        else
            snprintf(text, sizeof text,
                     "the guest kernel ran %" PRIu64
                     " instructions and started no program",
                     BOOT_LIMIT_INSTRUCTIONS);
        end_run(r, RUN_LIMIT, text);
    } else if (cpu_now(p->cpu) >= last_cycle(r)) {
        snprintf(text, sizeof text,
                 "the limit of %" PRIu64 " cycles was reached", c->max_cycles);
        end_run(r, RUN_LIMIT, text);
    }
}

static void trace_span(const struct run *r, const struct pcpu *p,
                       enum trace_kind kind, uint64_t begin_cycle, uint64_t rip)
{
    struct trace_event event = {
        .kind = kind,
        .vm = r->trace_vm,
        .vcpu = (uint16_t)p->vcpu->id,
        .begin_cycle = begin_cycle,
        .end_cycle = cpu_now(p->cpu),
        .rip = rip,
    };

    if (r->trace)
        trace_chrome_put(r->trace, &event);
}

/* An event that the technique settled between begin_cycle and now. */
static void trace_handled(const struct run *r, const struct pcpu *p,
                          const struct cpu_event *event, uint64_t begin_cycle,
                          uint64_t rip)
{
    struct trace_event t = {
        .vm = r->trace_vm,
        .vcpu = (uint16_t)p->vcpu->id,
        .begin_cycle = begin_cycle,
        .end_cycle = cpu_now(p->cpu),
        .rip = rip,
    };

    if (!r->trace)
        return;
    switch (event->kind) {
    case CPU_EVENT_BUDGET:
    case CPU_EVENT_WINDOW:
    case CPU_EVENT_HALT:
    case CPU_EVENT_SHUTDOWN:
    case CPU_EVENT_STOP:
        return;
    case CPU_EVENT_PORT:
    case CPU_EVENT_MSR:
    case CPU_EVENT_DEVICE:
        t.kind = TRACE_DEVICE;
        break;
    case CPU_EVENT_EXIT:
        t.kind = TRACE_EXIT;
        t.reason = event->exit.reason;
        break;
    case CPU_EVENT_TRAP:
        t.kind =
            event->trap.kind == TRAP_SYSCALL ? TRACE_TRAP_SYSCALL : TRACE_TRAP;
        break;
    }
    trace_chrome_put(r->trace, &t);
}

static void begin_measuring(struct run *r, const struct pcpu *p)
{
    r->measuring = true;
    p->vcpu->entered_user = true;
    r->boot_end = (struct run_point){
        .counters = p->vcpu->counters,
        .ledger = p->vcpu->ledger,
        .cycles = cpu_now(p->cpu),
        .retired = cpu_retired(p->cpu),
    };
    trace_span(r, p, TRACE_USER_ENTER, cpu_now(p->cpu),
               cpu_state_peek(p->cpu)->rip);
}

static bool is_deprived(const struct pcpu *p)
{
    return cpu_control(p->cpu)->virt == VIRT_DEPRIVED;
}

/* A de-privileged kernel is in ring 3 too: there the technique says it. */
static bool at_user(const struct pcpu *p)
{
    if (is_deprived(p))
        return p->vcpu->entered_user;
    return cpu_state_peek(p->cpu)->cpl == 3;
}

/* Has the boot come to its end with this turn? */
static bool begins_now(const struct run *r, const struct pcpu *p)
{
    struct bus *bus = &p->vcpu->vm->platform.bus;

    if (r->machine->region == REGION_FROM_USER)
        return !r->measuring && at_user(p);
    if (!bus->marked)
        return false;
    bus->marked = false;
    return true;
}

static void sleep_until_wake(struct run *r, const struct pcpu *p)
{
    const struct vcpu *v = p->vcpu;
    uint64_t wake_cycle = v->vm->technique->wake_cycle(v);
    uint64_t now_cycle = cpu_now(p->cpu);

    if (wake_cycle == UINT64_MAX) {
        end_run(r, RUN_WAITS_FOREVER,
                "the guest waits forever: it halted with no timer armed");
        return;
    }
    if (wake_cycle > last_cycle(r))
        wake_cycle = last_cycle(r);
    if (wake_cycle > now_cycle)
        cpu_charge(p->cpu, LEDGER_IDLE, wake_cycle - now_cycle);
    trace_span(r, p, TRACE_IDLE, now_cycle, cpu_state_peek(p->cpu)->rip);
}

static void act(struct run *r, const struct pcpu *p, enum vcpu_action action)
{
    switch (action) {
    case VCPU_RESUME:
        return;
    case VCPU_HALT:
        sleep_until_wake(r, p);
        return;
    case VCPU_EXITED:
        end_run(r, RUN_EXITED, "");
        break;
    case VCPU_CRASHED:
        end_run(r, RUN_CRASHED, p->vcpu->vm->crash);
        break;
    }
    trace_span(r, p, TRACE_VM_EXIT, cpu_now(p->cpu),
               cpu_state_peek(p->cpu)->rip);
}

static void check_invariants(struct run *r, const struct pcpu *p)
{
    const struct technique_ops *t = p->vcpu->vm->technique;
    struct error e;

    if (r->end != RUN_GOES_ON || !r->machine->config->hv.check)
        return;
    if ((t->check && !t->check(p->vcpu, p->cpu, &e)) || !mmu_check(p->mmu, &e))
        end_run(r, RUN_CHECK_FAILED, e.text);
}

static void check_progress(struct run *r, const struct pcpu *p,
                           uint64_t begin_cycle, uint64_t begin_retired)
{
    char text[96];

    if (cpu_now(p->cpu) != begin_cycle ||
        cpu_retired(p->cpu) != begin_retired) {
        r->idle_turns = 0;
        return;
    }
    if (++r->idle_turns < MAX_IDLE_TURNS || r->end != RUN_GOES_ON)
        return;
    snprintf(text, sizeof text, "the guest makes no progress at rip 0x%" PRIx64,
             cpu_state_peek(p->cpu)->rip);
    end_run(r, RUN_CRASHED, text);
}

/* The debugger's limits; p's share of those of the whole machine. */
static void add_stop(const struct run *r, const struct pcpu *p,
                     struct cpu_budget *budget)
{
    const struct run_stop *stop = r->stop;
    uint64_t done = run_instructions(r), last;

    if (!stop)
        return;
    last = stop->until_instruction > done ? stop->until_instruction - done : 0;
    last = add_capped(cpu_retired(p->cpu), last);
    if (last < budget->until_instruction)
        budget->until_instruction = last;
    budget->transparent = true;
    budget->stops = stop->addresses;
}

/* True if the event is the debugger's alone, and nobody else may see it. */
static bool take_stop(const struct run *r, const struct pcpu *p,
                      const struct cpu_event *event)
{
    struct run_stop *stop = r->stop;

    if (!stop)
        return false;
    stop->at_address = event->kind == CPU_EVENT_STOP;
    stop->reached =
        stop->at_address || run_instructions(r) >= stop->until_instruction;
    return stop->at_address || cpu_in_block(p->cpu);
}

static void run_turn(struct run *r, const struct pcpu *p, uint64_t until_cycle)
{
    struct vcpu *v = p->vcpu;
    const struct technique_ops *t = v->vm->technique;
    uint64_t begin_cycle = cpu_now(p->cpu);
    uint64_t begin_retired = cpu_retired(p->cpu);
    uint64_t begin_rip = cpu_state_peek(p->cpu)->rip;
    uint64_t handle_cycle, handle_rip;
    struct cpu_event event;
    struct cpu_budget budget = {
        .until_cycle = until_cycle,
        .until_instruction = last_instruction(r),
        .stop_at_user = r->machine->region == REGION_FROM_USER &&
                        !r->measuring && !is_deprived(p),
    };

    if (budget.until_cycle > last_cycle(r))
        budget.until_cycle = last_cycle(r);
    if (!cpu_in_block(p->cpu))
        t->budget(v, p->cpu, &budget);
    add_stop(r, p, &budget);
    event = cpu_run(p->cpu, &budget);
    if (take_stop(r, p, &event))
        return;
    handle_cycle = cpu_now(p->cpu);
    handle_rip = cpu_state_peek(p->cpu)->rip;
    trace_span(r, p, TRACE_GUEST, begin_cycle, begin_rip);
    act(r, p, t->handle(v, p->cpu, &event));
    trace_handled(r, p, &event, handle_cycle, handle_rip);
    if (begins_now(r, p))
        begin_measuring(r, p);
    check_limits(r, p);
    check_invariants(r, p);
    check_progress(r, p, begin_cycle, begin_retired);
}

enum run_end run_slice(struct run *r)
{
    struct pcpu *p = machine_next_pcpu(r->machine);
    uint64_t until_cycle = add_capped(cpu_now(p->cpu), SLICE_CYCLES);

    while (r->end == RUN_GOES_ON && cpu_now(p->cpu) < until_cycle &&
           !(r->stop && r->stop->reached))
        run_turn(r, p, until_cycle);
    return r->end;
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
