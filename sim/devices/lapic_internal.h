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

/* The timer's registers. */
uint32_t lapic_current_count(const struct lapic *l, uint64_t now_cycle);
void lapic_write_lvt_timer(struct lapic *l, uint32_t value);
void lapic_write_initial_count(struct lapic *l, uint32_t value,
                               uint64_t now_cycle);
void lapic_write_divide(struct lapic *l, uint32_t value, uint64_t now_cycle);
void lapic_write_tsc_deadline(struct lapic *l, uint64_t value);

#endif
