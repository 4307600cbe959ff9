#include "sim/machine/run_trace.h"

void run_trace_span(const struct run *r, const struct pcpu *p,
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

void run_trace_handled(const struct run *r, const struct pcpu *p,
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
    case CPU_EVENT_WAIT:
    case CPU_EVENT_PRIORITY:
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
