/*
 * device.h - what one device is to the platform.
 *
 * One device is one file that ends with its const struct device_ops, a line
 * in device_all.h, and rows in platform_rows.def that say where each platform
 * has it.  Order of calls: reset once before anything else, and again at each
 * reset of the machine; then read, write and advance as the guest and the time
 * ask.  read and write are required, the others may be NULL.
 *
 * A device keeps its state in state_bytes bytes that the platform owns, zeroed
 * once; it touches those and the bus, nothing else.  It owns no clock: the
 * time is bus->now_cycle.
 *
 * Any access within its ranges may come, of any size the range's row allows:
 * a guest cannot make a device fail.
 */
#ifndef SIM_DEVICES_DEVICE_H
#define SIM_DEVICES_DEVICE_H
#include <stddef.h>
#include <stdint.h>

#include "sim/devices/bus.h"

struct device_access {
    unsigned range;  /* which RANGE row of the device, from 0; or a BAR */
    uint32_t offset; /* in the range; offset + bytes lies within it, unless
                        the range is a queue of one byte */
    unsigned bytes;  /* 1, 2, 4 or 8; at most the row's width */
};

/*
 * Ranges of a PCI function: those of its base address registers; and with
 * pci_function.hooks its configuration space from 0x40 on, offset and all (a
 * write comes after the writable bits have changed, a read instead of the
 * bytes there).
 */
enum { DEVICE_RANGE_BAR0 = 16, DEVICE_RANGE_CONFIG = 24 };

struct device_ops {
    const char *name;
    const char *sentence; /* what it is, for help */
    const char *source;   /* its manual */
    size_t state_bytes;
    void (*reset)(void *state, struct bus *bus);
    uint64_t (*read)(void *state, struct bus *bus,
                     const struct device_access *a);
    void (*write)(void *state, struct bus *bus, const struct device_access *a,
                  uint64_t value);
    /* Time has come to bus->now_cycle: does what is due. */
    void (*advance)(void *state, struct bus *bus);
    /* When advance is next needed; UINT64_MAX: never. */
    uint64_t (*next_cycle)(const void *state, const struct bus *bus);
};

#endif
