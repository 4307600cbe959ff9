/*
 * debug_ports.c - ports that real machines lack: output and the way out.
 *
 * Source   Bochs "port_e9_hack": a byte written to 0xe9 is printed, a read
 *          gives 0xe9, so that a guest can find it.  QEMU "isa-debug-exit" at
 *          0xf4; here the exit status is the value itself.
 * Model    0xe9 is a program's stdout, 0xe8 (ours) its stderr; a wide write is
 *          taken whole, low byte first.  A 1 written to 0xf5 (ours) begins
 *          the measured region (sim/machine/run_loop.h).
 */
#include "sim/devices/device_all.h"

enum debug_range { DEBUG_STDERR, DEBUG_STDOUT, DEBUG_EXIT, DEBUG_MARK };

enum { DEBUG_PORT_ID = 0xe9, MARK_BEGIN = 1 };

static uint64_t debug_read(void *state, struct bus *bus,
                           const struct device_access *a)
{
    (void)state;
    (void)bus;
    return a->range >= DEBUG_EXIT ? UINT64_MAX : DEBUG_PORT_ID;
}

static void debug_write(void *state, struct bus *bus,
                        const struct device_access *a, uint64_t value)
{
    (void)state;
    if (a->range == DEBUG_EXIT) {
        bus->exited = true;
        bus->exit_status = (uint8_t)value;
        return;
    }
    if (a->range == DEBUG_MARK) {
        bus->marked = bus->marked || value == MARK_BEGIN;
        return;
    }
    for (unsigned i = 0; i < a->bytes; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));

        output_append(a->range == DEBUG_STDOUT ? &bus->out : &bus->err, &byte,
                      1);
    }
}

const struct device_ops device_debug_ports = {
    .name = "debug",
    .sentence = "debug console for stdout and stderr, debug exit",
    .source = "Bochs port_e9_hack; QEMU isa-debug-exit",
    .read = debug_read,
    .write = debug_write,
};
