#include "sim/devices/platform_profile.h"

#include <string.h>

#include "sim/core/macros.h"
#include "sim/devices/device_all.h"

enum {
    NO_LINE = BUS_LINES,
    ON_PC = 1 << PLATFORM_PC,
    ON_MICROVM = 1 << PLATFORM_MICROVM,
    ON_ISA = 1 << PLATFORM_ISA,
    ON_ALL = ON_PC | ON_MICROVM | ON_ISA,
};

#define DEVICE(id, ops, line, parameter, platforms, name)
#define RANGE(device, space, first, bytes, width)
#define PLATFORM(id, name, sentence, source) {name, sentence, source},
const struct platform_row platform_rows[PLATFORM_COUNT] = {
#include "sim/devices/platform_rows.def"
};
#undef PLATFORM
#undef DEVICE
#undef RANGE

#define PLATFORM(id, name, sentence, source)
#define RANGE(device, space, first, bytes, width)
#define DEVICE(id, ops, line, parameter, platforms, name)                      \
    {name, &ops, line, parameter, platforms},
const struct device_row device_rows[DEVICE_COUNT] = {
#include "sim/devices/platform_rows.def"
};
#undef DEVICE
#undef RANGE

#define DEVICE(id, ops, line, parameter, platforms, name)
#define RANGE(device, space, first, bytes, width)                              \
    {DEVICE_##device, SPACE_##space, first, bytes, width},
const struct range_row range_rows[] = {
#include "sim/devices/platform_rows.def"
};
#undef PLATFORM
#undef DEVICE
#undef RANGE

const unsigned range_row_count = ARRAY_LEN(range_rows);

unsigned range_row_number(unsigned row)
{
    unsigned number = 0;

    for (unsigned i = 0; i < row; i++)
        number += range_rows[i].device == range_rows[row].device;
    return number;
}

bool platform_find(const char *name, enum platform_id *id)
{
    for (unsigned i = 0; i < PLATFORM_COUNT; i++) {
        if (*name != '\0' && strcmp(platform_rows[i].name, name) != 0)
            continue;
        *id = (enum platform_id)i;
        return true;
    }
    return false;
}
