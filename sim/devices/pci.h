/*
 * pci.h - the PCI bus of a machine: functions with their configuration spaces.
 *
 * Hardware  PCI Local Bus Specification 3.0, "Configuration Space",
 *           "Capabilities List".
 * Model     bus 0 alone.  A device that is a PCI function adds it in its
 *           reset(); firmware's part is done then: base addresses are given
 *           out, decoding is enabled, the interrupt line is filled in.
 *           Accesses within a base address reach the device as range
 *           DEVICE_RANGE_BAR0 + n.
 * NOT MODELLED  bridges to other buses, expansion ROMs, 64-bit base addresses,
 *           parity and system errors, power management.
 * INVARIANT every base address lies in its window, aligned to its size, as
 *           far as the guest lets it.
 */
#ifndef SIM_DEVICES_PCI_H
#define SIM_DEVICES_PCI_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/pci_routing.h"

enum {
    PCI_FUNCTIONS = 16, /* of the whole bus */
    PCI_CONFIG_BYTES = 256,
    PCI_BARS = 6,
    PCI_FIRST_FREE = 0x40, /* behind the header */
};

/* Registers of the header. */
enum {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09,
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
};

enum {
    PCI_COMMAND_IO = 1 << 0,
    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_COMMAND_NO_INTX = 1 << 10,
    PCI_STATUS_INTX = 1 << 3,
    PCI_STATUS_CAPABILITIES = 1 << 4,
};

struct pci_bar {
    uint32_t bytes; /* a power of two; 0: there is none */
    bool io;        /* ports, else memory */
};

struct pci_function {
    bool present;
    uint8_t slot, number;
    unsigned device; /* who owns it: an enum platform_device */
    bool hooks;      /* the owner answers config accesses from 0x40 on */
    uint8_t config[PCI_CONFIG_BYTES];
    uint8_t writable[PCI_CONFIG_BYTES]; /* bits that a guest can write */
    struct pci_bar bars[PCI_BARS];
    uint8_t free; /* where the next capability goes */
};

struct pci_bus {
    struct pci_function functions[PCI_FUNCTIONS];
    uint32_t address;                /* of configuration mechanism 1 */
    uint32_t next_memory, next_port; /* for base addresses */
};

/* What a function says it is. */
struct pci_identity {
    uint8_t slot, number;
    uint16_t vendor, device;
    uint32_t class_code; /* base class, subclass, interface */
    uint8_t revision;
    uint16_t subsystem_vendor, subsystem;
    uint8_t pin; /* 1: INTA#; 0: none */
    bool multi_function;
};

void pci_reset(struct pci_bus *b);

/* A function of the device with this number; NULL: there is no room. */
struct pci_function *pci_add(struct pci_bus *b, unsigned device,
                             const struct pci_identity *id);

/* Gives base address register bar a range of bytes, and an address. */
void pci_add_bar(struct pci_bus *b, struct pci_function *f, unsigned bar,
                 const struct pci_bar *range);

/*
 * Appends a capability: bytes of it, the first two (ID, next) filled in here;
 * bits that the guest can write, or NULL for none.  Where it is; 0: no room.
 */
struct pci_capability {
    uint8_t id;
    uint8_t bytes;
    const uint8_t *data, *writable;
};
unsigned pci_add_capability(struct pci_function *f,
                            const struct pci_capability *c);

/* Little-endian fields of configuration space. */
uint32_t pci_config_get(const struct pci_function *f, unsigned at,
                        unsigned bytes);
void pci_config_set(struct pci_function *f, unsigned at, unsigned bytes,
                    uint32_t value);

/* A write by the guest: only writable bits change. */
void pci_config_write(struct pci_function *f, unsigned at, unsigned bytes,
                      uint32_t value);

/* The base address that is in force; false: decoding is off, or none. */
bool pci_bar_address(const struct pci_function *f, unsigned bar,
                     uint32_t *address);

/* The interrupt line that the function's pin is wired to. */
static inline unsigned pci_function_line(const struct pci_function *f)
{
    unsigned pin = f->config[PCI_INTERRUPT_PIN];

    return pci_line(f->slot, pin ? pin - 1u : 0, true);
}

/* The function and register that the address register names, for an access
 * at offset of the data port; NULL: nobody answers. */
struct pci_function *pci_selected(struct pci_bus *b, unsigned offset,
                                  unsigned *at);

/* Whose base address range an address is in; NULL: nobody's. */
const struct pci_function *pci_find(const struct pci_bus *b, bool io,
                                    uint64_t address, unsigned *bar,
                                    uint32_t *offset);

#endif
