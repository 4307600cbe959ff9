/*
 * platform_fixture.h - a platform at rest, and accesses as a guest makes them.
 */
#ifndef TESTS_PLATFORM_FIXTURE_H
#define TESTS_PLATFORM_FIXTURE_H
#include <check.h>
#include <stdint.h>

#include "sim/core/status.h"
#include "sim/devices/platform.h"

/* One cycle is one nanosecond. */
static inline struct platform_config platform_plain_config(const char *name)
{
    struct platform_config c = {.tsc_khz = 1000000, .vcpus = 1};

    for (unsigned i = 0; name[i] && i < PLATFORM_NAME_BYTES - 1; i++)
        c.profile[i] = name[i];
    return c;
}

static inline void platform_make(struct platform *p, const char *name)
{
    const struct platform_config c = platform_plain_config(name);
    struct error e;

    ck_assert_int_eq(platform_init(p, &c, &e), STATUS_OK);
}

static inline void port_out_at(struct platform *p, uint64_t now, uint16_t port,
                               unsigned bytes, uint32_t value)
{
    uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8),
                       (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

    platform_port_access(
        p, 0, now, &(struct port_access){port, false, (uint8_t)bytes, 1, data});
}

static inline uint32_t port_in_at(struct platform *p, uint64_t now,
                                  uint16_t port, unsigned bytes)
{
    uint8_t data[4] = {0};

    platform_port_access(
        p, 0, now, &(struct port_access){port, true, (uint8_t)bytes, 1, data});
    return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
           (uint32_t)data[3] << 24;
}

static inline void port_out(struct platform *p, uint16_t port, unsigned bytes,
                            uint32_t value)
{
    port_out_at(p, p->bus.now_cycle, port, bytes, value);
}

static inline uint32_t port_in(struct platform *p, uint16_t port,
                               unsigned bytes)
{
    return port_in_at(p, p->bus.now_cycle, port, bytes);
}

#endif
