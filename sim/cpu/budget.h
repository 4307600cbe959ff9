/*
 * budget.h - when does the caller of cpu_run() want control back?
 *
 * Included by run.c alone, into which it is inlined.
 */
#ifndef SIM_CPU_BUDGET_H
#define SIM_CPU_BUDGET_H
#include "sim/cpu/stops.h"

/* What a caller may want to know between blocks. */
static inline bool look_reached(struct cpu *c, const struct cpu_budget *budget,
                                enum cpu_event_kind *kind)
{
    if (budget->stop_at_user && c->state.cpl == 3)
        return true;
    if (!(budget->want_interrupt && cpu_interruptible(c)) &&
        !(budget->want_nmi && !cpu_nmi_blocked(c)))
        return false;
    *kind = CPU_EVENT_WINDOW;
    return true;
}

/*
 * True, and *event set, if the caller wants control now.  Limits come last:
 * where a caller cuts its time into slices must not show.
 */
static inline bool limit_reached(struct cpu *c, const struct cpu_budget *budget,
                                 enum cpu_event_kind *kind)
{
    *kind = CPU_EVENT_BUDGET;
    if ((budget->stop_at_user | budget->want_interrupt | budget->want_nmi) &&
        look_reached(c, budget, kind))
        return true;
    if (c->retired >= budget->until_instruction ||
        c->time.retire_cycle >= budget->until_cycle)
        return true;
    if (!budget->stops ||
        !(c->watch.hit.valid || is_stop(c, budget->stops, c->state.rip)))
        return false;
    *kind = CPU_EVENT_STOP;
    return true;
}

/* What a REP at the end of a block may retire more than the block's ops; a
 * transparent budget lets it go beyond the limit. */
static inline uint64_t rep_margin(const struct cpu_budget *budget)
{
    return budget->transparent ? 0 : REP_MOST;
}

/* Where cycles are instructions, the limit of one is as exact as the other's:
   else it would matter where blocks begin. */
static inline struct cpu_budget counted(const struct cpu *c,
                                        const struct cpu_budget *budget)
{
    uint64_t now = c->time.retire_cycle, end = budget->until_cycle;
    struct cpu_budget b = *budget;
    uint64_t left = end > now ? end - now : 0;

    if (end != UINT64_MAX && b.until_instruction > c->retired &&
        left < b.until_instruction - c->retired)
        b.until_instruction = c->retired + left;
    return b;
}

#endif
