/*
 * acpi_pm.c - power management: soft-off, reset, the PM timer.
 *
 * Hardware      ACPI 6.4, "ACPI Hardware Specification": "PM1 Event Grouping",
 *               "PM1 Control Grouping", "Power Management Timer", "Sleep
 *               Control and Status Registers", "Reset Register".
 * Model         one block of ports.  The timer counts 32 bits at 3.579545 MHz;
 *               TMR_STS is set each time its top bit changes, and raises the
 *               SCI while TMR_EN is set.  ACPI mode is always on (SCI_EN reads
 *               1).  S5, by PM1 control or by sleep control, ends the machine;
 *               the reset register restarts it.
 * NOT MODELLED  buttons, general-purpose events, sleep states but S5, bus
 *               master status.
 * INVARIANT     the SCI is high if and only if an enabled status bit is set.
 */
#include "sim/devices/acpi.h"
#include "sim/devices/device_all.h"

enum {
    TIMER_HERTZ = 3579545,
    TOP_BIT = 31,
    STATUS_TIMER = 1 << 0,
    ENABLE_BITS = 1 << 0 | 1 << 5 | 1 << 8 | 1 << 10,
    CONTROL_SCI_EN = 1 << 0,
    CONTROL_KEPT = 1 << 1,
    CONTROL_TYPE_SHIFT = 10,
    CONTROL_SLEEP = 1 << 13,
    SLEEP_TYPE_SHIFT = 2,
    SLEEP_ENABLE = 1 << 5,
    TYPE_MASK = 7,
};

struct acpi_pm {
    uint16_t enable;
    uint16_t control;
    uint64_t seen_changes; /* of the timer's top bit, acknowledged */
};

static struct acpi_pm *pm_of(void *state)
{
    return state;
}

static uint64_t timer_ticks(const struct bus *bus)
{
    return bus_ticks_at(bus, bus->now_cycle, TIMER_HERTZ);
}

static uint16_t pm_status(const struct acpi_pm *pm, const struct bus *bus)
{
    return timer_ticks(bus) >> TOP_BIT != pm->seen_changes ? STATUS_TIMER : 0;
}

static void show_sci(const struct acpi_pm *pm, struct bus *bus)
{
    bus_set_line(bus, bus->line, (pm_status(pm, bus) & pm->enable) != 0);
}

static void pm_reset(void *state, struct bus *bus)
{
    *pm_of(state) =
        (struct acpi_pm){.seen_changes = timer_ticks(bus) >> TOP_BIT};
    show_sci(state, bus);
}

/* The block as it reads now; unused bytes are 0. */
static uint64_t port_value(const struct acpi_pm *pm, const struct bus *bus,
                           uint32_t port)
{
    uint32_t timer = (uint32_t)timer_ticks(bus);

    switch (port) {
    case ACPI_PORT_EVENT:
        return pm_status(pm, bus);
    case ACPI_PORT_EVENT + 2:
        return pm->enable & 0xff;
    case ACPI_PORT_EVENT + 3:
        return pm->enable >> 8;
    case ACPI_PORT_CONTROL:
        return (pm->control & 0xff) | CONTROL_SCI_EN;
    case ACPI_PORT_CONTROL + 1:
        return pm->control >> 8;
    default:
        break;
    }
    if (port >= ACPI_PORT_TIMER && port < ACPI_PORT_TIMER + 4)
        return timer >> (8 * (port - ACPI_PORT_TIMER)) & 0xff;
    return 0;
}

static uint64_t pm_read(void *state, struct bus *bus,
                        const struct device_access *a)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < a->bytes; i++)
        value |= port_value(state, bus, ACPI_PORT + a->offset + i) << (8 * i);
    return value;
}

static void go_to_sleep(struct bus *bus, unsigned type)
{
    if (type == ACPI_SLEEP_TYPE_OFF)
        bus->powered_off = true;
}

static void write_control_high(struct acpi_pm *pm, struct bus *bus,
                               uint8_t value)
{
    unsigned type_shift = CONTROL_TYPE_SHIFT - 8;

    pm->control = (uint16_t)((pm->control & 0xff) |
                             (value & TYPE_MASK << type_shift) << 8);
    if (value & CONTROL_SLEEP >> 8)
        go_to_sleep(bus, value >> type_shift & TYPE_MASK);
}

static void write_port(struct acpi_pm *pm, struct bus *bus, uint32_t port,
                       uint8_t value)
{
    switch (port) {
    case ACPI_PORT_EVENT:
        if (value & STATUS_TIMER)
            pm->seen_changes = timer_ticks(bus) >> TOP_BIT;
        break;
    case ACPI_PORT_EVENT + 2:
        pm->enable = (uint16_t)((pm->enable & 0xff00) | (value & ENABLE_BITS));
        break;
    case ACPI_PORT_EVENT + 3:
        pm->enable =
            (uint16_t)((pm->enable & 0x00ff) | (value << 8 & ENABLE_BITS));
        break;
    case ACPI_PORT_CONTROL:
        pm->control =
            (uint16_t)((pm->control & 0xff00) | (value & CONTROL_KEPT));
        break;
    case ACPI_PORT_CONTROL + 1:
        write_control_high(pm, bus, value);
        break;
    case ACPI_PORT_SLEEP:
        if (value & SLEEP_ENABLE)
            go_to_sleep(bus, value >> SLEEP_TYPE_SHIFT & TYPE_MASK);
        break;
    case ACPI_PORT_RESET:
        if (value == ACPI_RESET_VALUE)
            bus->reset_requested = true;
        break;
    default:
        break;
    }
}

static void pm_write(void *state, struct bus *bus,
                     const struct device_access *a, uint64_t value)
{
    for (unsigned i = 0; i < a->bytes; i++)
        write_port(state, bus, ACPI_PORT + a->offset + i,
                   (uint8_t)(value >> (8 * i)));
    show_sci(state, bus);
}

static void pm_advance(void *state, struct bus *bus)
{
    show_sci(state, bus);
}

static uint64_t pm_next_cycle(const void *state, const struct bus *bus)
{
    const struct acpi_pm *pm = state;

    if (!(pm->enable & STATUS_TIMER) || pm_status(pm, bus) != 0)
        return UINT64_MAX;
    return bus_cycle_of_tick(bus, (pm->seen_changes + 1) << TOP_BIT,
                             TIMER_HERTZ);
}

const struct device_ops device_acpi_pm = {
    .name = "acpi-pm",
    .sentence = "power off, reset, the PM timer",
    .source = "ACPI 6.4, \"ACPI Hardware Specification\"",
    .state_bytes = sizeof(struct acpi_pm),
    .reset = pm_reset,
    .read = pm_read,
    .write = pm_write,
    .advance = pm_advance,
    .next_cycle = pm_next_cycle,
};
