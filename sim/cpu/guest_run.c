/*
 * guest_run.c - cpu_run() in guest mode: VM entry, and the stops that no
 * instruction asks for.
 *
 * Hardware  Intel SDM vol. 3, "Checks on Guest Control Registers, Debug
 *           Registers, and MSRs", "Checks on Guest RIP, RFLAGS, and SSP",
 *           "Monitor Trap Flag", "VMX-Preemption Timer".
 * Model     one call of cpu_run() is one VM entry.  What must stop behind an
 *           instruction goes one instruction at a time; all else runs at full
 *           speed.
 * NOT MODELLED  checks of segment registers: the hypervisor writes none.
 */
#include "mmu/pt_geom.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/virtual_apic.h"

/* Bits 63:22, 15, 5 and 3. */
static const uint64_t rflags_reserved = ~(uint64_t)0x3f7fd7;

enum { PREEMPTION_SHIFT = 5 }; /* IA32_VMX_MISC: one count is 32 cycles */

static struct cpu_event exit_now(enum vmexit reason)
{
    struct cpu_event e = {.kind = CPU_EVENT_EXIT};

    e.exit.reason = reason;
    return e;
}

static bool controls_legal(const struct cpu_state *s)
{
    bool paging = s->cr0 & CR0_PG;
    bool long_mode = s->efer & EFER_LMA;

    if (paging && !(s->cr0 & CR0_PE))
        return false;
    if (long_mode != (paging && (s->efer & EFER_LME)))
        return false;
    if (long_mode && !(s->cr4 & CR4_PAE))
        return false;
    if ((s->cr4 & CR4_PCIDE) && !long_mode)
        return false;
    return s->cr3 >> PT_MAXPHYADDR == 0 && s->dr[7] >> 32 == 0;
}

/* SDM, "Checks on Guest Non-Register State": what is blocked is not injected.
 */
static bool injection_legal(const struct cpu *c)
{
    const struct cpu_state *s = &c->state;

    if (!c->control.inject.valid)
        return true;
    switch ((enum cpu_inject_kind)c->control.inject.kind) {
    case INJECT_INTERRUPT:
        return (s->rflags & RFLAGS_IF) && !s->interrupt_shadow;
    case INJECT_NMI:
        return !(s->interrupt_shadow && s->mov_ss_shadow) &&
               !(c->control.virtual_nmis && s->nmi_blocked);
    case INJECT_EXCEPTION:
    case INJECT_SOFTWARE:
    case INJECT_PRIVILEGED_SOFTWARE:
    case INJECT_SOFTWARE_EXCEPTION:
        break;
    }
    return true;
}

static bool flow_legal(const struct cpu *c)
{
    const struct cpu_state *s = &c->state;
    bool is_64 = (s->efer & EFER_LMA) && (s->seg[SEG_CS].attributes & SEGA_L);

    if (!(s->rflags & RFLAGS_FIXED) || (s->rflags & rflags_reserved))
        return false;
    if (!injection_legal(c))
        return false;
    return is_64 ? cpu_canonical(c, s->rip) : s->rip >> 32 == 0;
}

static bool entry_legal(const struct cpu *c)
{
    return controls_legal(&c->state) && flow_legal(c);
}

/* One instruction, or one event delivered, for the monitor trap flag. */
static struct cpu_event run_monitored(struct cpu *c)
{
    struct cpu_event e;

    if (c->trap_pending) {
        c->trap_pending = false;
        return exit_now(VMEXIT_MONITOR_TRAP);
    }
    e = cpu_run_round(c);
    if (e.kind == CPU_EVENT_BUDGET || e.kind == CPU_EVENT_WINDOW)
        return exit_now(VMEXIT_MONITOR_TRAP);
    c->trap_pending = (e.kind == CPU_EVENT_DEVICE && e.device.write) ||
                      e.kind == CPU_EVENT_PRIORITY ||
                      (e.kind == CPU_EVENT_EXIT && e.exit.trap);
    return e;
}

/* A count for each change of that bit of the time: where a caller cuts its
   time into slices does not show. */
static uint64_t timer_counts(uint64_t cycle)
{
    return cycle >> PREEMPTION_SHIFT;
}

/* The timer counts while the guest runs, and is saved at the exit. */
static struct cpu_event run_timed(struct cpu *c, const struct cpu_budget *b)
{
    uint32_t *left = &c->control.preemption_value;
    uint64_t begin = timer_counts(c->time.retire_cycle);
    uint64_t end_cycle = (begin + *left) << PREEMPTION_SHIFT;
    struct cpu_budget until = *b;
    struct cpu_event e;
    uint64_t counts;

    if (end_cycle < until.until_cycle)
        until.until_cycle = end_cycle;
    e = cpu_run_plain(c, &until);
    counts = timer_counts(c->time.retire_cycle) - begin;
    *left -= counts < *left ? (uint32_t)counts : *left;
    if (e.kind == CPU_EVENT_BUDGET && *left == 0 && !cpu_in_block(c))
        return exit_now(VMEXIT_PREEMPTION_TIMER);
    return e;
}

static struct cpu_event run_inner(struct cpu *c, const struct cpu_budget *b)
{
    if (c->control.monitor_trap)
        return run_monitored(c);
    if (c->control.preemption_timer)
        return run_timed(c, b);
    return cpu_run_plain(c, b);
}

/* The window is one that the hypervisor waits for. */
static bool window_asked(const struct cpu *c, const struct cpu_budget *b)
{
    return (b->want_interrupt && cpu_interruptible(c)) ||
           (b->want_nmi && !cpu_nmi_blocked(c));
}

/*
 * With virtual-interrupt delivery: what is pending is delivered as soon as the
 * guest can take it, unless the hypervisor waits for the same (interrupt
 * window).  An instruction that makes one pending ends the inner run.
 */
static struct cpu_event run_virtual(struct cpu *c, const struct cpu_budget *b)
{
    struct cpu_event e;

    do {
        struct cpu_budget inner = *b;

        if (virtual_apic_pending(c) && !b->want_interrupt &&
            !c->control.inject.valid && cpu_interruptible(c)) {
            e = virtual_apic_deliver(c);
            if (e.kind != CPU_EVENT_BUDGET)
                return e;
        }
        inner.want_interrupt |= virtual_apic_pending(c);
        e = run_inner(c, &inner);
    } while (e.kind == CPU_EVENT_WINDOW && !window_asked(c, b));
    return e;
}

struct cpu_event guest_run(struct cpu *c, const struct cpu_budget *budget)
{
    if (!entry_legal(c)) {
        c->control.inject.valid = false;
        return exit_now(VMEXIT_INVALID_STATE);
    }
    if (c->control.emulate)
        return cpu_run_round(c);
    if (c->control.tpr_shadow && !cpu_in_block(c))
        virtual_apic_enter(c);
    if (c->control.virtual_interrupts)
        return run_virtual(c, budget);
    return run_inner(c, budget);
}
