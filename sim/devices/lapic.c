/*
 * lapic.c - the local APIC's registers, priorities and timer.
 *
 * Hardware      Intel SDM vol. 3, "Advanced Programmable Interrupt Controller
 *               (APIC)": "x2APIC Register Address Space", "APIC Timer",
 *               "TSC-Deadline Mode", "Task and Processor Priorities",
 *               "Signaling Interrupt Servicing Completion".
 * Model         one register a row of the MSR space; the timer's input clock
 *               is the vCPU's own clock, before the divider.
 * NOT MODELLED  level-triggered interrupts (TMR reads 0), EOI broadcast,
 *               LINT, thermal, CMCI and performance LVT entries (they read
 *               as masked and keep nothing), ICR.
 * INVARIANTS
 *   1. deadline_cycle is UINT64_MAX unless the timer is armed.
 *   2. Vectors 0..15 are never set in irr.
 */
#include "sim/devices/lapic.h"

#include <stddef.h>

enum lapic_register {
    REG_ID = 0x802,
    REG_VERSION = 0x803,
    REG_TPR = 0x808,
    REG_PPR = 0x80a,
    REG_EOI = 0x80b,
    REG_LDR = 0x80d,
    REG_SVR = 0x80f,
    REG_ISR = 0x810,
    REG_TMR = 0x818,
    REG_IRR = 0x820,
    REG_ESR = 0x828,
    REG_LVT_CMCI = 0x82f,
    REG_ICR = 0x830,
    REG_LVT_TIMER = 0x832,
    REG_LVT_THERMAL = 0x833,
    REG_LVT_ERROR = 0x837,
    REG_INITIAL_COUNT = 0x838,
    REG_CURRENT_COUNT = 0x839,
    REG_DIVIDE = 0x83e,
    REG_SELF_IPI = 0x83f,
};

enum {
    SVR_ENABLE = 1 << 8,
    LVT_MASKED = 1 << 16,
    LVT_MODE = 3 << 17,
    LVT_ONE_SHOT = 0 << 17,
    LVT_PERIODIC = 1 << 17,
    LVT_DEADLINE = 2 << 17,
    LVT_TIMER_WRITABLE = 0xff | LVT_MASKED | LVT_MODE,
    ESR_BAD_VECTOR = 1 << 6,    /* "received illegal vector" */
    VERSION_VALUE = 0x00050014, /* six LVT entries, integrated APIC */
};

#define NEVER UINT64_MAX

static bool bit_test(const uint32_t *set, unsigned vector)
{
    return (set[vector / 32] >> (vector % 32) & 1) != 0;
}

static void bit_set(uint32_t *set, unsigned vector)
{
    set[vector / 32] |= (uint32_t)1 << (vector % 32);
}

static void bit_clear(uint32_t *set, unsigned vector)
{
    set[vector / 32] &= ~((uint32_t)1 << (vector % 32));
}

/* Highest vector in a set; -1: empty. */
static int bit_highest(const uint32_t *set)
{
    for (int word = 7; word >= 0; word--)
        if (set[word] != 0)
            return word * 32 + 31 - __builtin_clz(set[word]);
    return -1;
}

/* Processor priority: the higher class of TPR and of the ISR. */
static uint32_t lapic_priority(const struct lapic *l)
{
    int serving = bit_highest(l->isr);
    uint32_t class_isr = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

    return (l->task_priority & 0xf0) >= class_isr ? l->task_priority
                                                  : class_isr;
}

/* Divide configuration: bits 3, 1 and 0 make 2, 4 ... 128, and 1. */
static unsigned divide_shift(uint32_t divide)
{
    unsigned code = (divide & 3) | (divide >> 1 & 4);

    return (code + 1) & 7;
}

static uint64_t timer_period(const struct lapic *l)
{
    return (uint64_t)l->initial_count << divide_shift(l->divide);
}

static uint32_t current_count(const struct lapic *l, uint64_t now_cycle)
{
    uint64_t left;

    if ((l->lvt_timer & LVT_MODE) == LVT_DEADLINE ||
        l->deadline_cycle == NEVER || l->deadline_cycle <= now_cycle)
        return 0;
    left = l->deadline_cycle - now_cycle;
    return (uint32_t)((left + ((uint64_t)1 << divide_shift(l->divide)) - 1) >>
                      divide_shift(l->divide));
}

void lapic_reset(struct lapic *l, uint32_t id)
{
    *l = (struct lapic){0};
    l->id = id;
    l->spurious = 0xff;
    l->lvt_timer = LVT_MASKED;
    l->deadline_cycle = NEVER;
}

/* One of the eight 32-bit words of ISR, TMR or IRR. */
static bool read_vector_word(const struct lapic *l, uint32_t msr,
                             uint64_t *value)
{
    if (msr >= REG_ISR && msr < REG_ISR + 8)
        *value = l->isr[msr - REG_ISR];
    else if (msr >= REG_TMR && msr < REG_TMR + 8)
        *value = 0;
    else if (msr >= REG_IRR && msr < REG_IRR + 8)
        *value = l->irr[msr - REG_IRR];
    else
        return false;
    return true;
}

/* Registers that follow from others, or that are constant. */
static bool read_derived(const struct lapic *l, uint32_t msr,
                         uint64_t now_cycle, uint64_t *value)
{
    switch (msr) {
    case REG_VERSION:
        *value = VERSION_VALUE;
        return true;
    case REG_PPR:
        *value = lapic_priority(l);
        return true;
    case REG_LDR:
        *value = (uint64_t)(l->id >> 4) << 16 | (uint64_t)1 << (l->id & 15);
        return true;
    case REG_ICR:
        *value = 0;
        return true;
    case REG_CURRENT_COUNT:
        *value = current_count(l, now_cycle);
        return true;
    case MSR_TSC_DEADLINE:
        *value = l->deadline_cycle == NEVER ? 0 : l->tsc_deadline;
        return true;
    case REG_LVT_CMCI:
        *value = LVT_MASKED;
        return true;
    default:
        break;
    }
    if (msr < REG_LVT_THERMAL || msr > REG_LVT_ERROR)
        return false;
    *value = LVT_MASKED;
    return true;
}

/* A register that is kept as written; NULL: derived, or none. */
static const uint32_t *stored_register(const struct lapic *l, uint32_t msr)
{
    switch (msr) {
    case REG_ID:
        return &l->id;
    case REG_TPR:
        return &l->task_priority;
    case REG_SVR:
        return &l->spurious;
    case REG_ESR:
        return &l->error;
    case REG_LVT_TIMER:
        return &l->lvt_timer;
    case REG_INITIAL_COUNT:
        return &l->initial_count;
    case REG_DIVIDE:
        return &l->divide;
    default:
        return NULL;
    }
}

bool lapic_read_msr(const struct lapic *l, uint32_t msr, uint64_t now_cycle,
                    uint64_t *value)
{
    const uint32_t *stored = stored_register(l, msr);

    if (stored) {
        *value = *stored;
        return true;
    }
    return read_vector_word(l, msr, value) ||
           read_derived(l, msr, now_cycle, value);
}

static void write_lvt_timer(struct lapic *l, uint32_t value)
{
    bool was_deadline = (l->lvt_timer & LVT_MODE) == LVT_DEADLINE;
    bool is_deadline;

    value &= LVT_TIMER_WRITABLE;
    if (!(l->spurious & SVR_ENABLE))
        value |= LVT_MASKED;
    is_deadline = (value & LVT_MODE) == LVT_DEADLINE;
    l->lvt_timer = value;
    /* Going to or from TSC-deadline mode disarms the timer. */
    if (was_deadline != is_deadline) {
        l->deadline_cycle = NEVER;
        l->initial_count = 0;
        l->tsc_deadline = 0;
    }
}

static void write_initial_count(struct lapic *l, uint32_t value,
                                uint64_t now_cycle)
{
    if ((l->lvt_timer & LVT_MODE) == LVT_DEADLINE)
        return; /* "writes to the initial-count register are ignored" */
    l->initial_count = value;
    l->timer_start_cycle = now_cycle;
    l->deadline_cycle = value == 0 ? NEVER : now_cycle + timer_period(l);
}

static void write_tsc_deadline(struct lapic *l, uint64_t value)
{
    if ((l->lvt_timer & LVT_MODE) != LVT_DEADLINE)
        return; /* the MSR reads 0 and ignores writes in other modes */
    l->tsc_deadline = value;
    l->deadline_cycle = value == 0 ? NEVER : value;
}

/* A new divider counts from now on with what is left of the count. */
static void write_divide(struct lapic *l, uint32_t value, uint64_t now_cycle)
{
    uint32_t left = current_count(l, now_cycle);

    l->divide = value & 0xb;
    if (left != 0)
        l->deadline_cycle =
            now_cycle + ((uint64_t)left << divide_shift(l->divide));
}

static void write_spurious(struct lapic *l, uint32_t value)
{
    l->spurious = value & 0x1ff;
    if (!(l->spurious & SVR_ENABLE))
        l->lvt_timer |= LVT_MASKED; /* "all LVT mask bits are forced to 1" */
}

static void write_eoi(struct lapic *l)
{
    int serving = bit_highest(l->isr);

    if (serving >= 0)
        bit_clear(l->isr, (unsigned)serving);
}

bool lapic_write_msr(struct lapic *l, uint32_t msr, uint64_t value,
                     uint64_t now_cycle)
{
    uint32_t low = (uint32_t)value;

    if (msr != MSR_TSC_DEADLINE && msr != REG_ICR && value >> 32 != 0)
        return false;
    switch (msr) {
    case MSR_TSC_DEADLINE:
        write_tsc_deadline(l, value);
        return true;
    case REG_TPR:
        l->task_priority = low & 0xff;
        return low <= 0xff;
    case REG_EOI:
        write_eoi(l);
        return low == 0;
    case REG_SVR:
        write_spurious(l, low);
        return true;
    case REG_ESR:
        l->error = 0;
        return low == 0;
    case REG_LVT_TIMER:
        write_lvt_timer(l, low);
        return true;
    case REG_INITIAL_COUNT:
        write_initial_count(l, low, now_cycle);
        return true;
    case REG_DIVIDE:
        write_divide(l, low, now_cycle);
        return true;
    case REG_SELF_IPI:
        lapic_raise(l, (uint8_t)low);
        return low <= 0xff;
    case REG_LVT_CMCI:
    case REG_ICR:
        return true;
    default:
        return msr >= REG_LVT_THERMAL && msr <= REG_LVT_ERROR;
    }
}

uint64_t lapic_next_cycle(const struct lapic *l)
{
    return l->lvt_timer & LVT_MASKED ? NEVER : l->deadline_cycle;
}

void lapic_advance(struct lapic *l, uint64_t now_cycle)
{
    uint64_t period = timer_period(l);

    if (l->deadline_cycle > now_cycle)
        return;
    if (!(l->lvt_timer & LVT_MASKED))
        lapic_raise(l, (uint8_t)l->lvt_timer);
    if ((l->lvt_timer & LVT_MODE) == LVT_PERIODIC && period != 0)
        l->deadline_cycle +=
            ((now_cycle - l->deadline_cycle) / period + 1) * period;
    else
        l->deadline_cycle = NEVER;
}

void lapic_raise(struct lapic *l, uint8_t vector)
{
    if (vector < 16)
        l->error |= ESR_BAD_VECTOR;
    else
        bit_set(l->irr, vector);
}

int lapic_pending(const struct lapic *l)
{
    int vector = bit_highest(l->irr);

    if (!(l->spurious & SVR_ENABLE) || vector < 0)
        return -1;
    return ((uint32_t)vector & 0xf0) > (lapic_priority(l) & 0xf0) ? vector : -1;
}

void lapic_accept(struct lapic *l, uint8_t vector)
{
    if (!bit_test(l->irr, vector))
        return;
    bit_clear(l->irr, vector);
    bit_set(l->isr, vector);
}
