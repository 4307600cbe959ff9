/*
 * lapic.c - the local APIC: requests, priorities, inputs.
 *
 * Hardware      Intel SDM vol. 3, "Advanced Programmable Interrupt Controller
 *               (APIC)": "Local Vector Table", "Error Handling", "Task and
 *               Processor Priorities", "Interrupt Acceptance for Fixed
 *               Interrupts".
 * INVARIANT     vectors 0..15 are never set in irr, isr or tmr.
 */
#include "sim/devices/lapic.h"

#include "sim/devices/lapic_internal.h"

/* The higher class of TPR and of what is in service. */
uint32_t lapic_priority(const struct lapic *l)
{
    int serving = vector_highest(l->isr);
    uint32_t class_isr = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

    return (l->task_priority & 0xf0) >= class_isr ? l->task_priority
                                                  : class_isr;
}

void lapic_clear_registers(struct lapic *l)
{
    *l = (struct lapic){
        .base = l->base,
        .id = l->id,
        .old = l->old,
        .no_deadline = l->no_deadline,
        .spurious = 0xff,
        .logical_format = UINT32_MAX,
        .deadline_cycle = LAPIC_NEVER,
        .lint0_high = l->lint0_high,
        .eoi_vector = -1,
    };
    for (unsigned i = 0; i < LVT_COUNT; i++)
        l->lvt[i] = LVT_MASKED;
}

void lapic_reset(struct lapic *l, uint32_t id)
{
    *l = (struct lapic){.id = id,
                        .base = (uint64_t)0xfee00000 | LAPIC_BASE_ENABLE |
                                (id == 0 ? LAPIC_BASE_BSP : 0u)};
    lapic_clear_registers(l);
}

void lapic_set_virtual_wire(struct lapic *l)
{
    l->spurious = LAPIC_SVR_ENABLE | 0x0f;
    l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
    l->lvt[LVT_LINT1] = APIC_NMI << 8;
}

void lapic_request(struct lapic *l, uint8_t vector, bool level)
{
    if (vector < 16) {
        lapic_note_error(l, ESR_RECEIVED_BAD_VECTOR);
        return;
    }
    vector_set(l->irr, vector, true);
    vector_set(l->tmr, vector, level);
}

void lapic_raise(struct lapic *l, uint8_t vector)
{
    lapic_request(l, vector, false);
}

void lapic_note_error(struct lapic *l, uint32_t bits)
{
    uint8_t vector = (uint8_t)l->lvt[LVT_ERROR];

    l->error_pending |= bits;
    /* An error interrupt with a bad vector of its own is no further error. */
    if (!(l->lvt[LVT_ERROR] & LVT_MASKED) && vector >= 16)
        lapic_request(l, vector, false);
}

/* LINT0 as a fixed interrupt: by edge, or by level until its EOI. */
static void lint0_fixed(struct lapic *l, bool rose)
{
    uint32_t entry = l->lvt[LVT_LINT0];
    bool level = (entry & LVT_LEVEL) != 0;

    if (level && (!l->lint0_high || entry & LVT_REMOTE_IRR))
        return;
    if (!level && !rose)
        return;
    if (level)
        l->lvt[LVT_LINT0] |= LVT_REMOTE_IRR;
    lapic_request(l, (uint8_t)entry, level);
}

void lapic_follow_lint0(struct lapic *l, bool rose)
{
    uint32_t entry = l->lvt[LVT_LINT0];

    if (!lapic_is_on(l) || entry & LVT_MASKED)
        return;
    switch ((entry & LVT_DELIVERY) >> 8) {
    case APIC_FIXED:
        lint0_fixed(l, rose);
        break;
    case APIC_NMI:
        l->nmi |= rose;
        break;
    default: /* ExtINT is a level: see lapic_takes_extint() */
        break;
    }
}

void lapic_set_lint0(struct lapic *l, bool high)
{
    bool rose = high && !l->lint0_high;

    l->lint0_high = high;
    lapic_follow_lint0(l, rose);
}

bool lapic_is_wired_to_pic(const struct lapic *l)
{
    uint32_t entry = l->lvt[LVT_LINT0];

    if (!lapic_is_on(l)) /* then LINT0 is the CPU's INTR pin */
        return true;
    return !(entry & LVT_MASKED) && (entry & LVT_DELIVERY) == APIC_EXTINT << 8;
}

bool lapic_takes_extint(const struct lapic *l)
{
    return (lapic_is_on(l) && l->extint) ||
           (l->lint0_high && lapic_is_wired_to_pic(l));
}

int lapic_pending(const struct lapic *l)
{
    int vector = vector_highest(l->irr);

    if (!lapic_is_on(l) || !(l->spurious & LAPIC_SVR_ENABLE) || vector < 0)
        return -1;
    return ((uint32_t)vector & 0xf0) > (lapic_priority(l) & 0xf0) ? vector : -1;
}

void lapic_accept(struct lapic *l, uint8_t vector)
{
    if (!vector_in(l->irr, vector))
        return;
    vector_set(l->irr, vector, false);
    vector_set(l->isr, vector, true);
}
