/*
 * lapic_internal.h - for the files of the local APIC alone.
 */
#ifndef SIM_DEVICES_LAPIC_INTERNAL_H
#define SIM_DEVICES_LAPIC_INTERNAL_H
#include "sim/devices/lapic.h"

#define LAPIC_NEVER UINT64_MAX

enum {
    ESR_SENT_BAD_VECTOR = 1 << 5,
    ESR_RECEIVED_BAD_VECTOR = 1 << 6,
    ESR_BAD_REGISTER = 1 << 7,
};

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

/* Bits that software writes. */
enum { LAPIC_SVR_WRITABLE = 0x3ff };
#define LAPIC_ICR_WRITABLE 0x000ccfffu

/* Sets of 256 vectors. */
static inline bool vector_in(const uint32_t *set, unsigned vector)
{
    return (set[vector / 32] >> (vector % 32) & 1) != 0;
}

static inline void vector_set(uint32_t *set, unsigned vector, bool in)
{
    uint32_t bit = (uint32_t)1 << (vector % 32);

    if (in)
        set[vector / 32] |= bit;
    else
        set[vector / 32] &= ~bit;
}

/* The highest; -1: none. */
static inline int vector_highest(const uint32_t *set)
{
    for (int word = 7; word >= 0; word--)
        if (set[word] != 0)
            return word * 32 + 31 - __builtin_clz(set[word]);
    return -1;
}

/* Records an error, and raises its interrupt. */
void lapic_note_error(struct lapic *l, uint32_t bits);

/* A fixed interrupt, into the IRR. */
void lapic_request(struct lapic *l, uint8_t vector, bool level);

/* The interrupt command register was written. */
void lapic_send_command(struct lapic *l);

/* LINT0 does what its LVT entry says. */
void lapic_follow_lint0(struct lapic *l, bool rose);

/* State of the registers after reset or INIT; id and base stay. */
void lapic_clear_registers(struct lapic *l);

/*
 * A register by number, without side effects; false: this mode has none to
 * read.  Then what both modes write alike; false: none of those.
 */
bool lapic_read_register(const struct lapic *l, uint32_t reg,
                         uint64_t now_cycle, uint64_t *value);
bool lapic_write_register(struct lapic *l, uint32_t reg, uint32_t value,
                          uint64_t now_cycle);
void lapic_write_command(struct lapic *l, uint64_t value);

/* Bits of an LVT entry that this APIC has and software writes. */
uint32_t lapic_lvt_bits(const struct lapic *l, enum lapic_lvt entry);

/* The timer's registers. */
uint32_t lapic_current_count(const struct lapic *l, uint64_t now_cycle);
void lapic_write_lvt_timer(struct lapic *l, uint32_t value);
void lapic_write_initial_count(struct lapic *l, uint32_t value,
                               uint64_t now_cycle);
void lapic_write_divide(struct lapic *l, uint32_t value, uint64_t now_cycle);
void lapic_write_tsc_deadline(struct lapic *l, uint64_t value);

#endif
