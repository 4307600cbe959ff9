/*
 * lapic_msr.c - the local APIC as MSRs: its base, x2APIC registers, deadline.
 *
 * Hardware      Intel SDM vol. 3, "x2APIC Register Address Space", "x2APIC
 *               State Transitions", "Local APIC Status and Location".
 * Model         What is reserved or read-only raises #GP, and so does what
 *               this APIC does not have.
 * INVARIANT     base is in one of the three legal states: off, xAPIC, x2APIC.
 */
#include "sim/devices/lapic_internal.h"

enum { BASE_ADDRESS_BITS = 46 };

static bool lvt_legal(const struct lapic *l, uint32_t reg, uint32_t value)
{
    /* Delivery status and remote IRR are read-only, not reserved. */
    uint32_t known = lapic_lvt_bits(l, (enum lapic_lvt)(reg - REG_LVT)) |
                     LVT_REMOTE_IRR | LVT_DELIVERY_STATUS;

    return (value & ~known) == 0;
}

/* Would writing value to a register set a reserved bit? */
static bool x2apic_legal(const struct lapic *l, uint32_t reg, uint64_t value)
{
    uint32_t low = (uint32_t)value;

    if (reg == REG_ICR)
        return (low & ~LAPIC_ICR_WRITABLE) == 0;
    if (value >> 32 != 0)
        return false;
    switch (reg) {
    case REG_TPR:
    case REG_SELF_IPI:
        return low <= 0xff;
    case REG_EOI:
    case REG_ESR:
        return low == 0;
    case REG_SVR:
        return (low & ~(uint32_t)LAPIC_SVR_WRITABLE) == 0;
    case REG_DIVIDE:
        return (low & ~0xbu) == 0;
    default:
        return reg < REG_LVT || reg >= REG_LVT + LVT_COUNT ||
               lvt_legal(l, reg, low);
    }
}

static bool write_x2apic(struct lapic *l, uint32_t reg, uint64_t value,
                         uint64_t now_cycle)
{
    if (!x2apic_legal(l, reg, value))
        return false;
    if (reg == REG_ICR) {
        lapic_write_command(l, value);
        return true;
    }
    if (reg == REG_SELF_IPI) {
        lapic_request(l, (uint8_t)value, false);
        return true;
    }
    return lapic_write_register(l, reg, (uint32_t)value, now_cycle);
}

/* Which state the two bits of APIC_BASE name. */
static unsigned base_state(uint64_t base)
{
    return (unsigned)(base >> 10 & 3);
}

static bool write_base(struct lapic *l, uint64_t value)
{
    enum { OFF = 0, INVALID = 1, XAPIC = 2, X2APIC = 3 };
    const uint64_t known =
        (((uint64_t)1 << BASE_ADDRESS_BITS) - 1) & ~(uint64_t)0x2ff;
    unsigned from = base_state(l->base), to = base_state(value);

    if ((value & ~(known | LAPIC_BASE_BSP)) != 0 || to == INVALID ||
        (from == X2APIC && to == XAPIC) || (from == OFF && to == X2APIC) ||
        (to == X2APIC && l->old))
        return false;
    l->base = value;
    if (from == OFF && to != OFF) /* as after power-on */
        lapic_clear_registers(l);
    return true;
}

bool lapic_read_msr(const struct lapic *l, uint32_t msr, uint64_t now_cycle,
                    uint64_t *value)
{
    if (msr == LAPIC_BASE_MSR) {
        *value = l->base;
        return true;
    }
    if (msr == MSR_TSC_DEADLINE && !l->no_deadline) {
        *value = l->deadline_cycle == LAPIC_NEVER ? 0 : l->tsc_deadline;
        return true;
    }
    return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST &&
           lapic_is_x2apic(l) &&
           lapic_read_register(l, msr - MSR_X2APIC_FIRST, now_cycle, value);
}

bool lapic_write_msr(struct lapic *l, uint32_t msr, uint64_t value,
                     uint64_t now_cycle)
{
    if (msr == LAPIC_BASE_MSR)
        return write_base(l, value);
    if (msr == MSR_TSC_DEADLINE && !l->no_deadline) {
        lapic_write_tsc_deadline(l, value);
        return true;
    }
    return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST &&
           lapic_is_x2apic(l) &&
           write_x2apic(l, msr - MSR_X2APIC_FIRST, value, now_cycle);
}
