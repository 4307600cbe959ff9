/*
 * pci_host.c - the host bridge with the configuration ports, the ISA bridge,
 * the reset control register.
 *
 * Hardware      PCI Local Bus Specification 3.0, "Configuration Mechanism #1";
 *               Intel 82441FX (440FX) and 82371SB (PIIX3) data sheets.
 * Model         The address register takes 32-bit accesses alone; a byte at
 *               0xcf9 is the reset control register: its bit 2 rising resets
 *               the machine.  What the guest writes to a function with hooks
 *               is passed to its owner by the platform.
 * NOT MODELLED  memory controller registers (all memory is RAM), routing of
 *               the PCI wires to other IRQs: they show where they go, and stay.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/pci.h"

enum { OFFSET_ADDRESS = 0, OFFSET_RESET = 1, OFFSET_DATA = 4 };

enum {
    RESET_CPU = 0x04,
    RESET_WRITABLE = 0x0e,
    PIRQ_ROUTES = 0x60, /* of the ISA bridge: one byte a wire */
};

struct pci_host {
    uint8_t reset_control;
};

static void pci_host_reset(void *state, struct bus *bus)
{
    static const struct pci_identity host = {
        .slot = 0,
        .vendor = 0x8086,
        .device = 0x1237,
        .class_code = 0x060000,
        .revision = 2,
    };
    static const struct pci_identity isa = {
        .slot = 1,
        .vendor = 0x8086,
        .device = 0x7000,
        .class_code = 0x060100,
        .multi_function = true,
    };
    struct pci_host *h = state;
    struct pci_function *bridge;

    *h = (struct pci_host){0};
    pci_add(&bus->pci, bus->device, &host);
    bridge = pci_add(&bus->pci, bus->device, &isa);
    for (unsigned wire = 0; bridge && wire < PCI_PINS; wire++)
        pci_config_set(bridge, PIRQ_ROUTES + wire, 1, pci_line(0, wire, false));
}

static uint64_t pci_host_read(void *state, struct bus *bus,
                              const struct device_access *a)
{
    const struct pci_host *h = state;
    const struct pci_function *f;
    unsigned at;

    if (a->offset == OFFSET_ADDRESS && a->bytes == 4)
        return bus->pci.address;
    if (a->offset == OFFSET_RESET && a->bytes == 1)
        return h->reset_control;
    if (a->offset < OFFSET_DATA)
        return UINT64_MAX;
    f = pci_selected(&bus->pci, a->offset - OFFSET_DATA, &at);
    return f ? pci_config_get(f, at, a->bytes) : UINT64_MAX;
}

static void write_reset(struct pci_host *h, struct bus *bus, uint8_t value)
{
    if (value & RESET_CPU && !(h->reset_control & RESET_CPU))
        bus->reset_requested = true;
    h->reset_control = value & RESET_WRITABLE;
}

static void pci_host_write(void *state, struct bus *bus,
                           const struct device_access *a, uint64_t value)
{
    struct pci_host *h = state;
    struct pci_function *f;
    unsigned at;

    if (a->offset == OFFSET_ADDRESS && a->bytes == 4)
        bus->pci.address = (uint32_t)value;
    else if (a->offset == OFFSET_RESET && a->bytes == 1)
        write_reset(h, bus, (uint8_t)value);
    if (a->offset < OFFSET_DATA)
        return;
    f = pci_selected(&bus->pci, a->offset - OFFSET_DATA, &at);
    if (f)
        pci_config_write(f, at, a->bytes, (uint32_t)value);
}

const struct device_ops device_pci_host = {
    .name = "pci-host",
    .sentence = "PCI configuration ports, host and ISA bridges, reset control",
    .source = "PCI Local Bus Specification 3.0; Intel 440FX, PIIX3 data sheets",
    .state_bytes = sizeof(struct pci_host),
    .reset = pci_host_reset,
    .read = pci_host_read,
    .write = pci_host_write,
};
