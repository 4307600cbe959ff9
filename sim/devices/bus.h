/*
 * bus.h - all that a device may touch beside its own state.
 *
 * A device changes the bus; the platform looks at it afterwards and carries
 * what changed to the interrupt controllers.  Nothing calls upward.
 *
 * Interrupt lines   0..15 are the ISA bus's IRQs, 16..19 the PCI bus's INTA#
 *                   .. INTD# as wired to the I/O APIC, 20..23 free.  A line is
 *                   shared as wires are: it is high while any device holds it.
 *                   A rise is kept in line_edges until the platform has seen
 *                   it, so that a pulse is not lost.
 * Message-signalled interrupts wait in a queue; two alike are one.
 */
#ifndef SIM_DEVICES_BUS_H
#define SIM_DEVICES_BUS_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/guest_memory.h"
#include "sim/devices/input.h"
#include "sim/devices/output.h"
#include "sim/devices/pci.h"
#include "sim/devices/platform_config.h"

enum { BUS_LINES = 24, BUS_MSIS = 64 };

/* A write of data to address, which the interrupt controllers answer to. */
struct bus_msi {
    uint64_t address;
    uint32_t data;
};

struct bus {
    uint64_t now_cycle; /* never goes back */
    uint64_t cycles_per_second;
    const struct platform_config *config;
    unsigned vcpu; /* whose access this is */

    /* The device at work: set by the platform around each call. */
    unsigned device;    /* its index; below 64 */
    unsigned line;      /* its own line, from its row; BUS_LINES: none */
    unsigned parameter; /* from its row: which of several alike */

    uint64_t line_holders[BUS_LINES]; /* bit n: device n holds it high */
    uint32_t line_edges;              /* rose since the platform looked */
    struct bus_msi msis[BUS_MSIS];
    unsigned msi_count;
    uint64_t msi_dropped; /* the queue was full */

    struct pci_bus pci;
    struct guest_memory memory;
    struct output console; /* the serial line: kernel messages, a shell */
    struct output out;     /* debug port: a program's stdout */
    struct output err;     /* debug port: a program's stderr */
    struct output saved;   /* files to be kept: host_files.h */
    struct input input;    /* typed on the serial line */
    struct input keys;     /* typed on the keyboard: characters */

    bool exited;         /* debug exit was written: */
    uint8_t exit_status; /* ... with this */
    bool marked;         /* the measured region begins: taken back by whoever
                            looks */
    bool powered_off;    /* ACPI soft-off and the like */
    bool reset_requested;
};

/* The line of BUS_LINES and beyond is nobody's: nothing happens. */
void bus_raise_line(struct bus *b, unsigned line);
void bus_lower_line(struct bus *b, unsigned line);

static inline void bus_set_line(struct bus *b, unsigned line, bool high)
{
    if (high)
        bus_raise_line(b, line);
    else
        bus_lower_line(b, line);
}

static inline bool bus_line_high(const struct bus *b, unsigned line)
{
    return b->line_holders[line] != 0;
}

void bus_send_msi(struct bus *b, uint64_t address, uint32_t data);

/*
 * Ticks of a clock of hertz since power-on at cycle, rounded down; and the
 * first cycle at which that many ticks have passed.  Exact for any run: the
 * products are 128 bits wide.
 */
uint64_t bus_ticks_at(const struct bus *b, uint64_t cycle, uint64_t hertz);
uint64_t bus_cycle_of_tick(const struct bus *b, uint64_t tick, uint64_t hertz);

#endif
