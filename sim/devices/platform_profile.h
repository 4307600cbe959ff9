/*
 * platform_profile.h - platform_rows.def as tables.
 */
#ifndef SIM_DEVICES_PLATFORM_PROFILE_H
#define SIM_DEVICES_PLATFORM_PROFILE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/device.h"
#include "sim/devices/host_files.h"

/* In every platform; the minikernel and the tests lean on them. */
#define PORT_SERIAL       0x3f8u
#define PORT_DEBUG_STDOUT 0xe9u
#define PORT_DEBUG_STDERR 0xe8u
#define PORT_DEBUG_EXIT   0xf4u
#define PORT_DEBUG_MARK   0xf5u

enum platform_id {
#define PLATFORM(id, name, sentence, source) PLATFORM_##id,
#define DEVICE(id, ops, line, parameter, platforms, name)
#define RANGE(device, space, first, bytes, width)
#include "sim/devices/platform_rows.def"
#undef PLATFORM
#undef DEVICE
    PLATFORM_COUNT
};

enum platform_device {
#define PLATFORM(id, name, sentence, source)
#define DEVICE(id, ops, line, parameter, platforms, name) DEVICE_##id,
#include "sim/devices/platform_rows.def"
#undef PLATFORM
#undef DEVICE
#undef RANGE
    DEVICE_COUNT
};
_Static_assert(DEVICE_COUNT <= 64, "a line has 64 bits for its holders");

enum platform_space { SPACE_PORT, SPACE_MEMORY };

struct platform_row {
    const char *name, *sentence, *source;
};

struct device_row {
    const char *name;
    const struct device_ops *ops;
    unsigned line; /* BUS_LINES: none of its own */
    unsigned parameter;
    uint32_t platforms; /* bit n: platform n has it */
};

struct range_row {
    enum platform_device device;
    enum platform_space space;
    uint64_t first;
    uint32_t bytes;
    uint8_t width;
};

extern const struct platform_row platform_rows[PLATFORM_COUNT];
extern const struct device_row device_rows[DEVICE_COUNT];
extern const struct range_row range_rows[];
extern const unsigned range_row_count;

/* Which range of its device a row is. */
unsigned range_row_number(unsigned row);

/* False: there is no such platform.  "" is the first. */
bool platform_find(const char *name, enum platform_id *id);

static inline bool platform_has_device(enum platform_id platform,
                                       enum platform_device device)
{
    return (device_rows[device].platforms >> platform & 1) != 0;
}

#endif
