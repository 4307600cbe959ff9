/*
 * pit.c - the 8254 timer and the system control port beside it.
 *
 * Hardware      Intel 8254 data sheet; Intel 82371SB data sheet, "NMI Status
 *               and Control Register" (port 0x61).
 * Model         three counters (pit_counter.c) on one clock of 1 193 182 Hz;
 *               OUT of counter 0 is interrupt line 0.  Port 0x61 opens counter
 *               2's gate and shows its OUT; bit 4 changes with each refresh
 *               request, 15 us apart, whatever counter 1 is told.
 * NOT MODELLED  the speaker, parity and I/O channel errors.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/pit_counter.h"

enum { PIT_COUNTERS = 3, PIT_CONTROL = 3 };

enum pit_range { RANGE_PIT, RANGE_SYSTEM_CONTROL };

/* 14.31818 MHz / 12; a refresh request every 18 of its ticks. */
#define PIT_HZ 1193182

enum {
    REFRESH_TICKS = 18,
    READ_BACK = 3, /* in place of a counter's number */
    READ_BACK_NO_COUNT = 0x20,
    READ_BACK_NO_STATUS = 0x10,
    CONTROL_GATE2 = 0x01,
    CONTROL_WRITABLE = 0x0f,
    CONTROL_REFRESH = 0x10,
    CONTROL_OUT2 = 0x20,
};

struct pit {
    struct pit_counter counters[PIT_COUNTERS];
    uint8_t system_control;
};

static uint64_t tick_now(const struct bus *bus)
{
    return bus_ticks_at(bus, bus->now_cycle, PIT_HZ);
}

static void pit_reset(void *state, struct bus *bus)
{
    struct pit *p = state;

    (void)bus;
    *p = (struct pit){0};
    for (unsigned i = 0; i < PIT_COUNTERS; i++)
        pit_counter_reset(&p->counters[i], i != 2);
}

static void pit_advance(void *state, struct bus *bus)
{
    struct pit *p = state;
    uint64_t tick = tick_now(bus);

    if (pit_counter_rose(&p->counters[0], tick)) {
        bus_lower_line(bus, bus->line);
        bus_raise_line(bus, bus->line);
    }
    bus_set_line(bus, bus->line, pit_counter_out(&p->counters[0], tick));
}

static uint64_t pit_next_cycle(const void *state, const struct bus *bus)
{
    const struct pit *p = state;
    uint64_t tick = pit_counter_next_rise(&p->counters[0], tick_now(bus));

    return tick == PIT_NEVER ? UINT64_MAX
                             : bus_cycle_of_tick(bus, tick, PIT_HZ);
}

static uint8_t read_system_control(struct pit *p, const struct bus *bus)
{
    uint64_t tick = tick_now(bus);

    return (
        uint8_t)(p->system_control |
                 (tick / REFRESH_TICKS & 1 ? CONTROL_REFRESH : 0) |
                 (pit_counter_out(&p->counters[2], tick) ? CONTROL_OUT2 : 0));
}

static uint64_t pit_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct pit *p = state;

    if (a->range == RANGE_SYSTEM_CONTROL)
        return read_system_control(p, bus);
    if (a->offset >= PIT_COUNTERS)
        return 0xff; /* the control word cannot be read */
    return pit_counter_read(&p->counters[a->offset], tick_now(bus));
}

static void read_back(struct pit *p, uint8_t word, uint64_t tick)
{
    for (unsigned i = 0; i < PIT_COUNTERS; i++) {
        if (!(word >> (i + 1) & 1))
            continue;
        if (!(word & READ_BACK_NO_COUNT))
            pit_counter_latch(&p->counters[i], tick);
        if (!(word & READ_BACK_NO_STATUS))
            pit_counter_latch_status(&p->counters[i], tick);
    }
}

static void write_control(struct pit *p, uint8_t word, uint64_t tick)
{
    unsigned counter = word >> 6;

    if (counter == READ_BACK)
        read_back(p, word, tick);
    else if ((word >> 4 & 3) == 0)
        pit_counter_latch(&p->counters[counter], tick);
    else
        pit_counter_control(&p->counters[counter], word, tick);
}

static void pit_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct pit *p = state;
    uint64_t tick = tick_now(bus);
    uint8_t byte = (uint8_t)value;

    if (a->range == RANGE_SYSTEM_CONTROL) {
        p->system_control = byte & CONTROL_WRITABLE;
        pit_counter_set_gate(&p->counters[2], (byte & CONTROL_GATE2) != 0,
                             tick);
    } else if (a->offset == PIT_CONTROL) {
        write_control(p, byte, tick);
    } else {
        pit_counter_write(&p->counters[a->offset], byte, tick);
    }
    bus_set_line(bus, bus->line, pit_counter_out(&p->counters[0], tick));
}

const struct device_ops device_pit = {
    .name = "pit",
    .sentence = "8254 timer; speaker and refresh bits of port 0x61",
    .source = "Intel 8254 data sheet; 82371SB data sheet for port 0x61",
    .state_bytes = sizeof(struct pit),
    .reset = pit_reset,
    .read = pit_read,
    .write = pit_write,
    .advance = pit_advance,
    .next_cycle = pit_next_cycle,
};
