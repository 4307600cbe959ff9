/*
 * lapic_registers.c - the local APIC's registers, as MSRs and in memory.
 *
 * Hardware      Intel SDM vol. 3, "Local APIC Register Address Map", "x2APIC
 *               Register Address Space", "x2APIC State Transitions",
 *               "Signaling Interrupt Servicing Completion".
 * Model         As MSRs, what is reserved or read-only raises #GP; in memory a
 *               register that does not exist is noted in the ESR, reads 0 and
 *               ignores writes, and so does an access that is not to the
 *               register's own four bytes.
 * INVARIANTS
 *   1. While software-disabled every LVT entry is masked.
 *   2. base is in one of the three legal states: off, xAPIC, x2APIC.
 */
#include "sim/devices/lapic_internal.h"

enum lapic_register {
    REG_ID = 0x02,
    REG_VERSION = 0x03,
    REG_TPR = 0x08,
    REG_APR = 0x09,
    REG_PPR = 0x0a,
    REG_EOI = 0x0b,
    REG_RRD = 0x0c,
    REG_LDR = 0x0d,
    REG_DFR = 0x0e,
    REG_SVR = 0x0f,
    REG_ISR = 0x10,
    REG_TMR = 0x18,
    REG_IRR = 0x20,
    REG_ESR = 0x28,
    REG_ICR = 0x30,
    REG_ICR_HIGH = 0x31,
    REG_LVT = 0x32, /* LVT_COUNT of them */
    REG_INITIAL_COUNT = 0x38,
    REG_CURRENT_COUNT = 0x39,
    REG_DIVIDE = 0x3e,
    REG_SELF_IPI = 0x3f,
};

enum {
    VERSION_VALUE = 0x00050014, /* six LVT entries, integrated APIC */
    SVR_WRITABLE = 0x3ff,
    BASE_ADDRESS_BITS = 46,
};

#define ICR_WRITABLE 0x000ccfffu

static const uint32_t lvt_writable[LVT_COUNT] = {
    [LVT_TIMER] = 0xff | LVT_MASKED | LVT_TIMER_MODE,
    [LVT_THERMAL] = 0xff | LVT_DELIVERY | LVT_MASKED,
    [LVT_PERFORMANCE] = 0xff | LVT_DELIVERY | LVT_MASKED,
    [LVT_LINT0] = 0xff | LVT_DELIVERY | 1 << 13 | LVT_LEVEL | LVT_MASKED,
    [LVT_LINT1] = 0xff | LVT_DELIVERY | 1 << 13 | LVT_LEVEL | LVT_MASKED,
    [LVT_ERROR] = 0xff | LVT_MASKED,
};

/* --- reading ---------------------------------------------------------- */

static uint32_t read_logical_id(const struct lapic *l)
{
    if (!lapic_is_x2apic(l))
        return l->logical_id;
    return (l->id >> 4) << 16 | (uint32_t)1 << (l->id & 15);
}

/* Registers that only the memory-mapped page has. */
static bool read_page_only(const struct lapic *l, uint32_t reg, uint64_t *value)
{
    switch (reg) {
    case REG_APR:
        *value = lapic_priority(l);
        return true;
    case REG_EOI: /* write-only, but no error */
    case REG_RRD:
        *value = 0;
        return true;
    case REG_DFR:
        *value = l->logical_format;
        return true;
    case REG_ICR_HIGH:
        *value = l->command >> 32;
        return true;
    default:
        return false;
    }
}

/* One of the eight 32-bit words of ISR, TMR or IRR, or an LVT entry. */
static bool read_array(const struct lapic *l, uint32_t reg, uint64_t *value)
{
    if (reg >= REG_ISR && reg < REG_ISR + 8)
        *value = l->isr[reg - REG_ISR];
    else if (reg >= REG_TMR && reg < REG_TMR + 8)
        *value = l->tmr[reg - REG_TMR];
    else if (reg >= REG_IRR && reg < REG_IRR + 8)
        *value = l->irr[reg - REG_IRR];
    else if (reg >= REG_LVT && reg < REG_LVT + LVT_COUNT)
        *value = l->lvt[reg - REG_LVT];
    else
        return false;
    return true;
}

static bool read_register(const struct lapic *l, uint32_t reg,
                          uint64_t now_cycle, uint64_t *value)
{
    bool x2apic = lapic_is_x2apic(l);

    switch (reg) {
    case REG_ID:
        *value = x2apic ? l->id : l->id << 24;
        return true;
    case REG_VERSION:
        *value = VERSION_VALUE;
        return true;
    case REG_TPR:
        *value = l->task_priority;
        return true;
    case REG_PPR:
        *value = lapic_priority(l);
        return true;
    case REG_LDR:
        *value = read_logical_id(l);
        return true;
    case REG_SVR:
        *value = l->spurious;
        return true;
    case REG_ESR:
        *value = l->error;
        return true;
    case REG_ICR:
        *value = x2apic ? l->command : (uint32_t)l->command;
        return true;
    case REG_INITIAL_COUNT:
        *value = l->initial_count;
        return true;
    case REG_CURRENT_COUNT:
        *value = lapic_current_count(l, now_cycle);
        return true;
    case REG_DIVIDE:
        *value = l->divide;
        return true;
    default:
        return read_array(l, reg, value) ||
               (!x2apic && read_page_only(l, reg, value));
    }
}

/* --- writing ---------------------------------------------------------- */

static void write_eoi(struct lapic *l)
{
    int serving = vector_highest(l->isr);

    if (serving < 0)
        return;
    vector_set(l->isr, (unsigned)serving, false);
    if (!vector_in(l->tmr, (unsigned)serving))
        return;
    l->eoi_vector = serving;
    if ((uint8_t)l->lvt[LVT_LINT0] == serving) {
        l->lvt[LVT_LINT0] &= ~(uint32_t)LVT_REMOTE_IRR;
        lapic_follow_lint0(l, false);
    }
}

static void write_spurious(struct lapic *l, uint32_t value)
{
    l->spurious = value & SVR_WRITABLE;
    /* "all LVT mask bits are forced to 1" */
    for (unsigned i = 0; i < LVT_COUNT; i++)
        if (!(l->spurious & LAPIC_SVR_ENABLE))
            l->lvt[i] |= LVT_MASKED;
}

static void write_lvt(struct lapic *l, enum lapic_lvt entry, uint32_t value)
{
    value &= lvt_writable[entry];
    if (!(l->spurious & LAPIC_SVR_ENABLE))
        value |= LVT_MASKED;
    if (entry == LVT_TIMER) {
        lapic_write_lvt_timer(l, value);
        return;
    }
    l->lvt[entry] = value;
    if (entry == LVT_LINT0)
        lapic_follow_lint0(l, false);
}

/* Writing latches what has gone wrong since the last write. */
static void write_error(struct lapic *l)
{
    l->error = l->error_pending;
    l->error_pending = 0;
}

static void write_command(struct lapic *l, uint64_t value)
{
    l->command = value;
    lapic_send_command(l);
}

/* Registers that both modes write alike; false: none of them. */
static bool write_common(struct lapic *l, uint32_t reg, uint32_t value,
                         uint64_t now_cycle)
{
    switch (reg) {
    case REG_TPR:
        l->task_priority = value & 0xff;
        return true;
    case REG_EOI:
        write_eoi(l);
        return true;
    case REG_SVR:
        write_spurious(l, value);
        return true;
    case REG_ESR:
        write_error(l);
        return true;
    case REG_INITIAL_COUNT:
        lapic_write_initial_count(l, value, now_cycle);
        return true;
    case REG_DIVIDE:
        lapic_write_divide(l, value, now_cycle);
        return true;
    default:
        if (reg < REG_LVT || reg >= REG_LVT + LVT_COUNT)
            return false;
        write_lvt(l, (enum lapic_lvt)(reg - REG_LVT), value);
        return true;
    }
}

static bool lvt_legal(uint32_t reg, uint32_t value)
{
    /* Delivery status and remote IRR are read-only, not reserved. */
    uint32_t known =
        lvt_writable[reg - REG_LVT] | LVT_REMOTE_IRR | LVT_DELIVERY_STATUS;

    return (value & ~known) == 0;
}

/* Would writing value to a register set a reserved bit? */
static bool x2apic_legal(uint32_t reg, uint64_t value)
{
    uint32_t low = (uint32_t)value;

    if (reg == REG_ICR)
        return (low & ~ICR_WRITABLE) == 0;
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
        return (low & ~(uint32_t)SVR_WRITABLE) == 0;
    case REG_DIVIDE:
        return (low & ~0xbu) == 0;
    default:
        return reg < REG_LVT || reg >= REG_LVT + LVT_COUNT ||
               lvt_legal(reg, low);
    }
}

static bool write_x2apic(struct lapic *l, uint32_t reg, uint64_t value,
                         uint64_t now_cycle)
{
    if (!x2apic_legal(reg, value))
        return false;
    if (reg == REG_ICR) {
        write_command(l, value);
        return true;
    }
    if (reg == REG_SELF_IPI) {
        lapic_request(l, (uint8_t)value, false);
        return true;
    }
    return write_common(l, reg, (uint32_t)value, now_cycle);
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
        (from == X2APIC && to == XAPIC) || (from == OFF && to == X2APIC))
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
    if (msr == MSR_TSC_DEADLINE) {
        *value = l->deadline_cycle == LAPIC_NEVER ? 0 : l->tsc_deadline;
        return true;
    }
    return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST &&
           lapic_is_x2apic(l) &&
           read_register(l, msr - MSR_X2APIC_FIRST, now_cycle, value);
}

bool lapic_write_msr(struct lapic *l, uint32_t msr, uint64_t value,
                     uint64_t now_cycle)
{
    if (msr == LAPIC_BASE_MSR)
        return write_base(l, value);
    if (msr == MSR_TSC_DEADLINE) {
        lapic_write_tsc_deadline(l, value);
        return true;
    }
    return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST &&
           lapic_is_x2apic(l) &&
           write_x2apic(l, msr - MSR_X2APIC_FIRST, value, now_cycle);
}

uint32_t lapic_read_memory(struct lapic *l, uint32_t offset, uint64_t now_cycle)
{
    uint64_t value;

    if (offset % 16 >= 4)
        return 0;
    if (!read_register(l, offset / 16, now_cycle, &value)) {
        lapic_note_error(l, ESR_BAD_REGISTER);
        return 0;
    }
    return (uint32_t)value >> (8 * (offset % 4));
}

/* Registers that only the memory-mapped page can write. */
static bool write_page_only(struct lapic *l, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case REG_ID:
        return true; /* fixed: others find this APIC by it */
    case REG_LDR:
        l->logical_id = value & 0xff000000;
        return true;
    case REG_DFR:
        l->logical_format = value | 0x0fffffff;
        return true;
    case REG_ICR:
        write_command(l, (l->command & 0xff00000000000000) |
                             (value & ICR_WRITABLE));
        return true;
    case REG_ICR_HIGH:
        l->command =
            (uint64_t)(value & 0xff000000) << 32 | (uint32_t)l->command;
        return true;
    case REG_VERSION: /* read-only, but no error */
    case REG_APR:
    case REG_PPR:
    case REG_RRD:
    case REG_CURRENT_COUNT:
        return true;
    default:
        return reg >= REG_ISR && reg < REG_IRR + 8;
    }
}

void lapic_write_memory(struct lapic *l, uint32_t offset, unsigned bytes,
                        uint32_t value, uint64_t now_cycle)
{
    uint32_t reg = offset / 16;

    if (offset % 16 != 0 || bytes != 4)
        return;
    if (reg == REG_DIVIDE)
        value &= 0xb;
    if (!write_page_only(l, reg, value) &&
        !write_common(l, reg, value, now_cycle))
        lapic_note_error(l, ESR_BAD_REGISTER);
}
