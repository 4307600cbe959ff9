/*
 * ioapic.h - the I/O APIC: 24 inputs, each with a redirection entry.
 */
#ifndef SIM_DEVICES_IOAPIC_H
#define SIM_DEVICES_IOAPIC_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/device.h"

enum { IOAPIC_INPUTS = 24 };

struct ioapic {
    uint64_t entries[IOAPIC_INPUTS];
    uint32_t lines; /* bit n: input n is asserted */
    uint32_t id;
    uint8_t select; /* register that the window shows */
};

/* An input's level; rose: it went up since the last call, even if only for a
 * moment.  What follows is sent as messages on the bus. */
void ioapic_set_line(struct ioapic *io, struct bus *bus, unsigned input,
                     bool high, bool rose);

/* The end of a level-triggered interrupt, as local APICs broadcast it. */
void ioapic_eoi(struct ioapic *io, struct bus *bus, uint8_t vector);

#endif
