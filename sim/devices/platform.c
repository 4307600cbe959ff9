/*
 * platform.c - the devices of one platform: their states, and their time.
 *
 * INVARIANTS
 *   1. bus.now_cycle never goes back, whatever order the vCPUs come in.
 *   2. Between calls no rise of a line and no message waits in the bus.
 */
#include "sim/devices/platform.h"

#include <stdlib.h>

#include "sim/core/macros.h"
#include "sim/devices/platform_internal.h"

/* More than any workload of ours prints; keeps a runaway guest in bounds. */
static const size_t output_limit_bytes = (size_t)1 << 30;

enum { PORTS = 1 << 16, DEFAULT_TSC_KHZ = 1000000 };

/* 2024-01-01 00:00:00 UTC: any date does that is always the same. */
static const uint64_t default_start_seconds = 1704067200;

static enum status refuse(const struct platform_config *config, struct error *e)
{
    return error_set(e, STATUS_USAGE,
                     "platform: there is no '%s' (ringside list platforms)",
                     config->profile);
}

static bool make_states(struct platform *p)
{
    for (unsigned d = 0; d < DEVICE_COUNT; d++) {
        size_t bytes = device_rows[d].ops->state_bytes;

        if (!platform_has_device(p->id, d))
            continue;
        p->states[d] = calloc(1, bytes ? bytes : 1);
        if (!p->states[d])
            return false;
    }
    return true;
}

/* The first row that has a port keeps it. */
static bool make_port_map(struct platform *p)
{
    p->port_map = calloc(PORTS, 1);
    if (!p->port_map)
        return false;
    for (unsigned i = 0; i < range_row_count; i++) {
        const struct range_row *r = &range_rows[i];

        if (r->space != SPACE_PORT || !p->states[r->device])
            continue;
        for (uint64_t port = r->first; port < r->first + r->bytes; port++)
            if (p->port_map[port] == 0)
                p->port_map[port] = (uint8_t)(i + 1);
    }
    return true;
}

static void take_config(struct platform *p, const struct platform_config *c)
{
    p->config = *c;
    if (p->config.tsc_khz == 0)
        p->config.tsc_khz = DEFAULT_TSC_KHZ;
    if (p->config.start_seconds == 0)
        p->config.start_seconds = default_start_seconds;
    if (p->config.vcpus == 0)
        p->config.vcpus = 1;
    p->vcpu_count = p->config.vcpus;
    p->bus.cycles_per_second = p->config.tsc_khz * 1000;
    p->bus.memory = p->config.memory;
    p->bus.config = &p->config;
    p->bus.console.limit_bytes = output_limit_bytes;
    p->bus.out.limit_bytes = output_limit_bytes;
    p->bus.err.limit_bytes = output_limit_bytes;
    p->bus.saved.limit_bytes = output_limit_bytes;
}

enum status platform_init(struct platform *p,
                          const struct platform_config *config, struct error *e)
{
    *p = (struct platform){0};
    if (!platform_find(config->profile, &p->id))
        return refuse(config, e);
    if (config->vcpus > PLATFORM_MAX_VCPUS)
        return error_set(e, STATUS_USAGE,
                         "platform: %u vCPUs are more than %d local APICs",
                         config->vcpus, PLATFORM_MAX_VCPUS);
    take_config(p, config);
    if (!make_states(p) || !make_port_map(p)) {
        platform_free(p);
        return error_set(e, STATUS_MEMORY, "out of host memory");
    }
    platform_reset(p);
    return STATUS_OK;
}

void platform_free(struct platform *p)
{
    for (unsigned d = 0; d < DEVICE_COUNT; d++)
        free(p->states[d]);
    free(p->port_map);
    output_free(&p->bus.console);
    output_free(&p->bus.out);
    output_free(&p->bus.err);
    output_free(&p->bus.saved);
    *p = (struct platform){0};
}

void platform_reset(struct platform *p)
{
    for (unsigned i = 0; i < BUS_LINES; i++)
        p->bus.line_holders[i] = 0;
    p->bus.line_edges = 0;
    p->bus.msi_count = 0;
    p->bus.reset_requested = false;
    pci_reset(&p->bus.pci);
    p->routed_lines = 0;
    for (unsigned i = 0; i < p->vcpu_count; i++) {
        lapic_reset(&p->lapics[i], i);
        p->lapics[i].old = p->config.old_apic;
        p->lapics[i].no_deadline = p->config.no_deadline;
    }
    if (p->states[DEVICE_PIC])
        lapic_set_virtual_wire(&p->lapics[0]);
    for (unsigned d = 0; d < DEVICE_COUNT; d++) {
        if (!p->states[d] || !device_rows[d].ops->reset)
            continue;
        platform_select(p, d);
        device_rows[d].ops->reset(p->states[d], &p->bus);
    }
    platform_settle(p);
}

static uint64_t devices_next_cycle(struct platform *p)
{
    uint64_t next = UINT64_MAX;

    for (unsigned d = 0; d < DEVICE_COUNT; d++) {
        const struct device_ops *ops = device_rows[d].ops;
        uint64_t cycle;

        if (!p->states[d] || !ops->next_cycle)
            continue;
        platform_select(p, d);
        cycle = ops->next_cycle(p->states[d], &p->bus);
        if (cycle < next)
            next = cycle;
    }
    return next;
}

void platform_settle(struct platform *p)
{
    platform_route(p);
    p->next_cycle = devices_next_cycle(p);
}

static void advance_devices(struct platform *p)
{
    for (unsigned d = 0; d < DEVICE_COUNT; d++) {
        if (!p->states[d] || !device_rows[d].ops->advance)
            continue;
        platform_select(p, d);
        device_rows[d].ops->advance(p->states[d], &p->bus);
    }
    platform_settle(p);
}

void platform_begin(struct platform *p, unsigned vcpu, uint64_t now_cycle)
{
    if (vcpu >= p->vcpu_count)
        BUG("there is no such vCPU");
    p->bus.vcpu = vcpu;
    p->vcpu_cycle = now_cycle;
    if (now_cycle > p->bus.now_cycle)
        p->bus.now_cycle = now_cycle;
    if (p->next_cycle <= p->bus.now_cycle)
        advance_devices(p);
}

void platform_advance(struct platform *p, unsigned vcpu, uint64_t now_cycle)
{
    platform_begin(p, vcpu, now_cycle);
    lapic_advance(&p->lapics[vcpu], now_cycle);
}

uint64_t platform_next_cycle(const struct platform *p, unsigned vcpu)
{
    uint64_t own = lapic_next_cycle(&p->lapics[vcpu]);

    return own < p->next_cycle ? own : p->next_cycle;
}

size_t platform_input(struct platform *p, const uint8_t *data, size_t bytes)
{
    size_t taken = input_put(&p->bus.input, data, bytes);

    advance_devices(p);
    return taken;
}

size_t platform_type(struct platform *p, const uint8_t *data, size_t bytes)
{
    size_t taken = input_put(&p->bus.keys, data, bytes);

    advance_devices(p);
    return taken;
}

bool platform_polled(const struct platform *p, struct platform_poll *poll)
{
    const struct poll_slot *s = poll_watch_busiest(&p->polls);

    if (!s)
        return false;
    *poll = (struct platform_poll){
        .memory = s->memory, .address = s->address, .reads = s->reads};
    return true;
}
