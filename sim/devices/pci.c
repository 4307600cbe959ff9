#include "sim/devices/pci.h"

#include <stddef.h>

/* Windows for base addresses, as the ACPI tables and firmware know them. */
enum { PORTS_FROM = 0xc000, PORTS_END = 0xff00 };
#define MEMORY_FROM 0xe0000000u
#define MEMORY_END  0xfe000000u

enum {
    ADDRESS_ENABLE_SHIFT = 31,
    BAR_IO = 1,
    COMMAND_WRITABLE = PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
                       PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX | 1 << 6 |
                       1 << 8,
};

void pci_reset(struct pci_bus *b)
{
    *b = (struct pci_bus){.next_memory = MEMORY_FROM, .next_port = PORTS_FROM};
}

uint32_t pci_config_get(const struct pci_function *f, unsigned at,
                        unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && at + i < PCI_CONFIG_BYTES; i++)
        value |= (uint32_t)f->config[at + i] << (8 * i);
    return value;
}

void pci_config_set(struct pci_function *f, unsigned at, unsigned bytes,
                    uint32_t value)
{
    for (unsigned i = 0; i < bytes && at + i < PCI_CONFIG_BYTES; i++)
        f->config[at + i] = (uint8_t)(value >> (8 * i));
}

void pci_config_write(struct pci_function *f, unsigned at, unsigned bytes,
                      uint32_t value)
{
    for (unsigned i = 0; i < bytes && at + i < PCI_CONFIG_BYTES; i++) {
        uint8_t mask = f->writable[at + i];
        uint8_t byte = (uint8_t)(value >> (8 * i));

        f->config[at + i] =
            (uint8_t)((f->config[at + i] & ~mask) | (byte & mask));
    }
}

static void allow(struct pci_function *f, unsigned at, unsigned bytes,
                  uint32_t bits)
{
    for (unsigned i = 0; i < bytes; i++)
        f->writable[at + i] = (uint8_t)(bits >> (8 * i));
}

static struct pci_function *free_function(struct pci_bus *b)
{
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
        if (!b->functions[i].present)
            return &b->functions[i];
    return NULL;
}

struct pci_function *pci_add(struct pci_bus *b, unsigned device,
                             const struct pci_identity *id)
{
    struct pci_function *f = free_function(b);

    if (!f)
        return NULL;
    *f = (struct pci_function){.present = true,
                               .slot = id->slot,
                               .number = id->number,
                               .device = device,
                               .free = PCI_FIRST_FREE};
    pci_config_set(f, PCI_VENDOR, 2, id->vendor);
    pci_config_set(f, PCI_DEVICE, 2, id->device);
    pci_config_set(f, PCI_REVISION, 1, id->revision);
    pci_config_set(f, PCI_CLASS, 3, id->class_code);
    pci_config_set(f, PCI_HEADER_TYPE, 1, id->multi_function ? 0x80 : 0);
    pci_config_set(f, PCI_SUBSYSTEM_VENDOR, 2, id->subsystem_vendor);
    pci_config_set(f, PCI_SUBSYSTEM, 2, id->subsystem);
    pci_config_set(f, PCI_INTERRUPT_PIN, 1, id->pin);
    if (id->pin != 0)
        pci_config_set(f, PCI_INTERRUPT_LINE, 1,
                       pci_line(id->slot, id->pin - 1u, false));
    allow(f, PCI_COMMAND, 2, COMMAND_WRITABLE);
    allow(f, PCI_INTERRUPT_LINE, 1, 0xff);
    allow(f, 0x0c, 2, 0xffff); /* cache line size, latency timer */
    return f;
}

/* Aligned room in a window; 0: there is none. */
static uint32_t take(uint32_t *next, uint32_t end, uint32_t bytes)
{
    uint32_t at = (*next + bytes - 1) & ~(bytes - 1);

    if (at >= end || bytes > end - at)
        return 0;
    *next = at + bytes;
    return at;
}

void pci_add_bar(struct pci_bus *b, struct pci_function *f, unsigned bar,
                 const struct pci_bar *range)
{
    unsigned at = PCI_BAR0 + 4 * bar;
    uint32_t address = range->io
                           ? take(&b->next_port, PORTS_END, range->bytes)
                           : take(&b->next_memory, MEMORY_END, range->bytes);

    f->bars[bar] = *range;
    pci_config_set(f, at, 4, address | (range->io ? BAR_IO : 0));
    allow(f, at, 4, ~(range->bytes - 1));
    if (address != 0)
        f->config[PCI_COMMAND] |=
            range->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
}

unsigned pci_add_capability(struct pci_function *f,
                            const struct pci_capability *c)
{
    unsigned at = f->free;

    if (c->bytes < 2 || at + c->bytes > PCI_CONFIG_BYTES - 4)
        return 0;
    for (unsigned i = 2; i < c->bytes; i++) {
        f->config[at + i] = c->data[i];
        f->writable[at + i] = c->writable ? c->writable[i] : 0;
    }
    f->config[at] = c->id;
    f->config[at + 1] = f->config[PCI_CAPABILITIES];
    f->config[PCI_CAPABILITIES] = (uint8_t)at;
    f->config[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
    f->free = (uint8_t)((at + c->bytes + 3) & ~3u);
    return at;
}

bool pci_bar_address(const struct pci_function *f, unsigned bar,
                     uint32_t *address)
{
    const struct pci_bar *range = &f->bars[bar];
    uint32_t value = pci_config_get(f, PCI_BAR0 + 4 * bar, 4);
    uint8_t needed = range->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;

    if (range->bytes == 0 || !(f->config[PCI_COMMAND] & needed))
        return false;
    *address = value & ~(range->bytes - 1);
    return *address != 0;
}

struct pci_function *pci_selected(struct pci_bus *b, unsigned offset,
                                  unsigned *at)
{
    uint32_t address = b->address;

    if (!(address >> ADDRESS_ENABLE_SHIFT) || address >> 16 & 0xff)
        return NULL;
    *at = (address & 0xfc) + offset;
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        struct pci_function *f = &b->functions[i];

        if (f->present && f->slot == (address >> 11 & 31) &&
            f->number == (address >> 8 & 7))
            return f;
    }
    return NULL;
}

/* The base address range of f that holds address. */
static bool holds(const struct pci_function *f, bool io, uint64_t address,
                  unsigned *bar)
{
    uint32_t base;

    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (f->bars[i].io != io || !pci_bar_address(f, i, &base) ||
            address < base || address - base >= f->bars[i].bytes)
            continue;
        *bar = i;
        return true;
    }
    return false;
}

const struct pci_function *pci_find(const struct pci_bus *b, bool io,
                                    uint64_t address, unsigned *bar,
                                    uint32_t *offset)
{
    uint32_t base;

    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        const struct pci_function *f = &b->functions[i];

        if (!f->present || !holds(f, io, address, bar) ||
            !pci_bar_address(f, *bar, &base))
            continue;
        *offset = (uint32_t)(address - base);
        return f;
    }
    return NULL;
}
