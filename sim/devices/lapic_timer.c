/*
 * lapic_timer.c - the local APIC's timer.
 *
 * Hardware      Intel SDM vol. 3, "APIC Timer", "TSC-Deadline Mode".
 * Model         the input clock is the vCPU's own clock, before the divider.
 * INVARIANT     deadline_cycle is LAPIC_NEVER unless the timer is armed.
 */
#include "sim/devices/lapic_internal.h"

static bool in_deadline_mode(const struct lapic *l)
{
    return (l->lvt[LVT_TIMER] & LVT_TIMER_MODE) == LVT_TIMER_DEADLINE;
}

/* Divide configuration: bits 3, 1 and 0 make 2, 4 ... 128, and 1. */
static unsigned divide_shift(uint32_t divide)
{
    unsigned code = (divide & 3) | (divide >> 1 & 4);

    return (code + 1) & 7;
}

static uint64_t period_cycles(const struct lapic *l)
{
    return (uint64_t)l->initial_count << divide_shift(l->divide);
}

uint32_t lapic_current_count(const struct lapic *l, uint64_t now_cycle)
{
    unsigned shift = divide_shift(l->divide);
    uint64_t left;

    if (in_deadline_mode(l) || l->deadline_cycle == LAPIC_NEVER ||
        l->deadline_cycle <= now_cycle)
        return 0;
    left = l->deadline_cycle - now_cycle;
    return (uint32_t)((left + ((uint64_t)1 << shift) - 1) >> shift);
}

void lapic_write_lvt_timer(struct lapic *l, uint32_t value)
{
    bool was_deadline = in_deadline_mode(l);

    l->lvt[LVT_TIMER] = value;
    /* Going to or from TSC-deadline mode disarms the timer. */
    if (was_deadline != in_deadline_mode(l)) {
        l->deadline_cycle = LAPIC_NEVER;
        l->initial_count = 0;
        l->tsc_deadline = 0;
    }
}

void lapic_write_initial_count(struct lapic *l, uint32_t value,
                               uint64_t now_cycle)
{
    if (in_deadline_mode(l))
        return; /* "writes to the initial-count register are ignored" */
    l->initial_count = value;
    l->deadline_cycle = value == 0 ? LAPIC_NEVER : now_cycle + period_cycles(l);
}

void lapic_write_tsc_deadline(struct lapic *l, uint64_t value)
{
    if (!in_deadline_mode(l))
        return; /* the MSR reads 0 and ignores writes in other modes */
    l->tsc_deadline = value;
    l->deadline_cycle = value == 0 ? LAPIC_NEVER : value;
}

/* A new divider counts from now on with what is left of the count. */
void lapic_write_divide(struct lapic *l, uint32_t value, uint64_t now_cycle)
{
    uint32_t left = lapic_current_count(l, now_cycle);

    l->divide = value & 0xb;
    if (left != 0)
        l->deadline_cycle =
            now_cycle + ((uint64_t)left << divide_shift(l->divide));
}

uint64_t lapic_next_cycle(const struct lapic *l)
{
    return l->lvt[LVT_TIMER] & LVT_MASKED ? LAPIC_NEVER : l->deadline_cycle;
}

void lapic_advance(struct lapic *l, uint64_t now_cycle)
{
    uint64_t period = period_cycles(l);

    if (l->deadline_cycle > now_cycle)
        return;
    if (!(l->lvt[LVT_TIMER] & LVT_MASKED))
        lapic_request(l, (uint8_t)l->lvt[LVT_TIMER], false);
    if ((l->lvt[LVT_TIMER] & LVT_TIMER_MODE) == LVT_TIMER_PERIODIC &&
        period != 0)
        l->deadline_cycle +=
            ((now_cycle - l->deadline_cycle) / period + 1) * period;
    else
        l->deadline_cycle = LAPIC_NEVER;
}
