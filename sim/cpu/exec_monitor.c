/*
 * exec_monitor.c - MONITOR and MWAIT.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; vol. 3, "MONITOR/MWAIT
 *           Instruction", "Instructions That Cause VM Exits Conditionally".
 * Model     MONITOR remembers the line and what is in it; MWAIT retires, and
 *           whoever has the CPU lets it sleep until the line holds something
 *           else (cpu_wait_over) or an event comes.
 * NOT MODELLED  a store that changes nothing does not end the wait; the hint
 *           of how deep to sleep; IA32_MISC_ENABLE's bit that turns both off.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"

enum { LINE_MASK = CPU_WAIT_BYTES - 1 };

/* MWAIT, ECX: a masked interrupt ends the wait too. */
#define WAIT_BREAKS ((uint64_t)1)

op_function exec_monitor, exec_mwait;

bool cpu_wait_over(const struct memory *dram, const struct cpu_wait *w)
{
    uint8_t now[CPU_WAIT_BYTES];

    memory_copy_out(dram, now, w->line, sizeof now);
    return memcmp(now, w->data, sizeof now) != 0;
}

static uint64_t extensions(const struct cpu *c)
{
    uint64_t rcx = c->state.gpr[REG_RCX];

    return c->mode & MODE_64 ? rcx : (uint32_t)rcx;
}

/* An address that is no memory arms nothing: no store will be seen. */
enum op_result exec_monitor(struct cpu *c, const struct op *op)
{
    uint64_t address = c->state.gpr[REG_RAX];
    struct span span;
    enum op_result r;
    uint8_t byte;
    gva_t va;

    if (c->state.cpl != 0)
        return cpu_fault(c, VECTOR_UD);
    if (guest_intercepts(c) && c->control.exit_monitor)
        return guest_exit(c, op, VMEXIT_MONITOR);
    if (extensions(c) != 0)
        return cpu_gp0(c);
    if (op->address_bytes < 8)
        address &= ((uint64_t)1 << 8 * op->address_bytes) - 1;
    va = cpu_linear(c, (enum cpu_seg)op->segment, address, 1, ACCESS_READ);
    r = cpu_load(c, va, 1, &byte);
    if (r == OP_NEXT)
        r = cpu_translate(c, va, 1, ACCESS_READ, &span);
    if (r != OP_NEXT)
        return r;
    c->monitor_armed = !span.device;
    if (span.device)
        return OP_NEXT;
    c->monitor.line = hpa(span.hpa.v & ~(uint64_t)LINE_MASK);
    memory_copy_out(c->dram, c->monitor.data, c->monitor.line, CPU_WAIT_BYTES);
    return OP_NEXT;
}

/* A single step ends the wait at once, as it ends HLT's. */
enum op_result exec_mwait(struct cpu *c, const struct op *op)
{
    bool armed = c->monitor_armed;

    if (c->state.cpl != 0)
        return cpu_fault(c, VECTOR_UD);
    if (guest_intercepts(c) && c->control.exit_mwait) {
        guest_exit(c, op, VMEXIT_MWAIT);
        c->event.exit.qualification = armed;
        return OP_EVENT;
    }
    if (extensions(c) & ~WAIT_BREAKS)
        return cpu_gp0(c);
    c->monitor_armed = false;
    if (!armed || c->state.rflags & RFLAGS_TF ||
        cpu_wait_over(c->dram, &c->monitor))
        return OP_END;
    c->state.halted = true;
    c->state.interrupt_shadow = false;
    c->event = (struct cpu_event){.kind = CPU_EVENT_WAIT};
    c->event.wait = c->monitor;
    c->event.wait.masked_wake = extensions(c) & WAIT_BREAKS;
    return cpu_retire_with_event(c);
}
