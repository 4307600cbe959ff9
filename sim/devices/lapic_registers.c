/*
 * lapic_registers.c - the local APIC's registers, and their page of memory.
 *
 * Hardware      Intel SDM vol. 3, "Local APIC Register Address Map", "Signaling
 *               Interrupt Servicing Completion".
 * Model         In memory a register that does not exist is noted in the ESR,
 *               reads 0 and ignores writes, and so does an access that is not
 *               to the register's own four bytes.  As MSRs: lapic_msr.c.
 * INVARIANT     While software-disabled every LVT entry is masked.
 */
#include "sim/devices/lapic_internal.h"

enum { VERSION_VALUE = 0x00050014 }; /* six LVT entries, integrated APIC */

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

bool lapic_read_register(const struct lapic *l, uint32_t reg,
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
    lapic_ended(l, (uint8_t)serving);
}

void lapic_ended(struct lapic *l, uint8_t serving)
{
    if (!vector_in(l->tmr, serving))
        return;
    l->eoi_vector = serving;
    if ((uint8_t)l->lvt[LVT_LINT0] == serving) {
        l->lvt[LVT_LINT0] &= ~(uint32_t)LVT_REMOTE_IRR;
        lapic_follow_lint0(l, false);
    }
}

static void write_spurious(struct lapic *l, uint32_t value)
{
    l->spurious = value & LAPIC_SVR_WRITABLE;
    /* "all LVT mask bits are forced to 1" */
    for (unsigned i = 0; i < LVT_COUNT; i++)
        if (!(l->spurious & LAPIC_SVR_ENABLE))
            l->lvt[i] |= LVT_MASKED;
}

uint32_t lapic_lvt_bits(const struct lapic *l, enum lapic_lvt entry)
{
    if (entry == LVT_TIMER && l->no_deadline)
        return lvt_writable[entry] & ~(uint32_t)LVT_TIMER_DEADLINE;
    return lvt_writable[entry];
}

static void write_lvt(struct lapic *l, enum lapic_lvt entry, uint32_t value)
{
    value &= lapic_lvt_bits(l, entry);
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

void lapic_write_command(struct lapic *l, uint64_t value)
{
    l->command = value;
    lapic_send_command(l);
}

bool lapic_write_register(struct lapic *l, uint32_t reg, uint32_t value,
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

uint32_t lapic_read_memory(struct lapic *l, uint32_t offset, uint64_t now_cycle)
{
    uint64_t value;

    if (offset % 16 >= 4)
        return 0;
    if (!lapic_read_register(l, offset / 16, now_cycle, &value)) {
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
        lapic_write_command(l, (l->command & 0xff00000000000000) |
                                   (value & LAPIC_ICR_WRITABLE));
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
        !lapic_write_register(l, reg, value, now_cycle))
        lapic_note_error(l, ESR_BAD_REGISTER);
}
