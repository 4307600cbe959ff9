/*
 * platform_internal.h - for the files of the platform alone.
 */
#ifndef SIM_DEVICES_PLATFORM_INTERNAL_H
#define SIM_DEVICES_PLATFORM_INTERNAL_H
#include "sim/devices/platform.h"

/* Tells the bus which device works next. */
static inline void platform_select(struct platform *p, enum platform_device d)
{
    p->bus.device = d;
    p->bus.line = device_rows[d].line;
    p->bus.parameter = device_rows[d].parameter;
}

/* Time comes to now_cycle, seen by vcpu: devices do what is due. */
void platform_begin(struct platform *p, unsigned vcpu, uint64_t now_cycle);

/* After any change: carries lines and messages to the interrupt controllers,
 * and asks the devices when they want to be looked at. */
void platform_settle(struct platform *p);

/* Lines and messages alone. */
void platform_route(struct platform *p);

/* Registers of the local APIC of the vCPU that accesses, in memory. */
bool platform_has_lapic_page(const struct platform *p, uint64_t address);
uint32_t platform_lapic_read(struct platform *p, uint64_t address);
void platform_lapic_write(struct platform *p, uint64_t address, unsigned bytes,
                          uint32_t value);

#endif
