/*
 * ioapic.c - the I/O APIC.
 *
 * Hardware      Intel 82093AA I/O APIC data sheet; Intel 82801 (ICH) data
 *               sheets, "APIC": version 0x20 with an EOI register.
 * Model         An entry sends its interrupt as a message of the form that
 *               MSIs have.  An edge on a masked input is lost; a level waits.
 *               Remote IRR is set while a level-triggered interrupt is on its
 *               way to its EOI.
 * NOT MODELLED  the polarity bit (a line of struct bus is high when its device
 *               asserts it), delivery status (messages take no time), the
 *               arbitration ID beyond a copy of the ID.
 * INVARIANTS
 *   1. Remote IRR is set only in level-triggered entries.
 *   2. An unmasked level entry with its line high has remote IRR set.
 */
#include "sim/devices/ioapic.h"

#include "sim/devices/device_all.h"
#include "sim/devices/lapic.h"

enum {
    OFFSET_SELECT = 0x00,
    OFFSET_WINDOW = 0x10,
    OFFSET_EOI = 0x40,
    REG_ID = 0,
    REG_VERSION = 1,
    REG_ARBITRATION = 2,
    REG_ENTRIES = 0x10,
    VERSION = 0x20 | (IOAPIC_INPUTS - 1) << 16,
};

#define ENTRY_VECTOR      ((uint64_t)0xff)
#define ENTRY_MODE        ((uint64_t)7 << 8)
#define ENTRY_LOGICAL     ((uint64_t)1 << 11)
#define ENTRY_REMOTE_IRR  ((uint64_t)1 << 14)
#define ENTRY_LEVEL       ((uint64_t)1 << 15)
#define ENTRY_MASKED      ((uint64_t)1 << 16)
#define ENTRY_DESTINATION ((uint64_t)0xff << 56)
#define ENTRY_READ_ONLY   (ENTRY_REMOTE_IRR | (uint64_t)1 << 12)
#define ENTRY_WRITABLE                                                         \
    (((uint64_t)0x1ffff | ENTRY_DESTINATION) & ~ENTRY_READ_ONLY)

static void send(const struct ioapic *io, struct bus *bus, unsigned input)
{
    uint64_t e = io->entries[input];
    uint64_t address = MSI_ADDRESS | (e & ENTRY_DESTINATION) >> 44 |
                       (e & ENTRY_LOGICAL ? MSI_LOGICAL : 0);
    uint32_t data = (uint32_t)(e & (ENTRY_VECTOR | ENTRY_MODE));

    if (e & ENTRY_LEVEL)
        data |= MSI_LEVEL | MSI_ASSERT;
    bus_send_msi(bus, address, data);
}

/* Only fixed and lowest-priority interrupts are ended by an EOI. */
static bool has_eoi(uint64_t entry)
{
    return (entry & ENTRY_MODE) >> 8 <= APIC_LOWEST;
}

/* A level-triggered input that is asserted sends, unless it has. */
static void follow_level(struct ioapic *io, struct bus *bus, unsigned input)
{
    uint64_t *e = &io->entries[input];

    if (!(io->lines >> input & 1) || !(*e & ENTRY_LEVEL) ||
        *e & (ENTRY_MASKED | ENTRY_REMOTE_IRR))
        return;
    send(io, bus, input);
    if (has_eoi(*e))
        *e |= ENTRY_REMOTE_IRR;
}

void ioapic_set_line(struct ioapic *io, struct bus *bus, unsigned input,
                     bool high, bool rose)
{
    uint32_t bit = (uint32_t)1 << input;
    uint64_t entry = io->entries[input];

    io->lines = high ? io->lines | bit : io->lines & ~bit;
    if (entry & ENTRY_LEVEL)
        follow_level(io, bus, input);
    else if (rose && !(entry & ENTRY_MASKED))
        send(io, bus, input);
}

void ioapic_eoi(struct ioapic *io, struct bus *bus, uint8_t vector)
{
    for (unsigned i = 0; i < IOAPIC_INPUTS; i++) {
        uint64_t *e = &io->entries[i];

        if ((*e & ENTRY_VECTOR) != vector || !(*e & ENTRY_REMOTE_IRR))
            continue;
        *e &= ~ENTRY_REMOTE_IRR;
        follow_level(io, bus, i);
    }
}

static uint32_t read_window(const struct ioapic *io)
{
    unsigned index = (io->select - REG_ENTRIES) / 2u;

    switch (io->select) {
    case REG_ID:
    case REG_ARBITRATION:
        return io->id;
    case REG_VERSION:
        return VERSION;
    default:
        if (io->select < REG_ENTRIES || index >= IOAPIC_INPUTS)
            return 0;
        return (uint32_t)(io->entries[index] >> (io->select & 1 ? 32 : 0));
    }
}

static void write_entry(struct ioapic *io, struct bus *bus, unsigned index,
                        uint32_t value)
{
    uint64_t *e = &io->entries[index];
    uint64_t written;

    if (io->select & 1)
        written = (*e & UINT32_MAX) | (uint64_t)value << 32;
    else
        written = (*e & ~(uint64_t)UINT32_MAX) | value;
    *e = (written & ENTRY_WRITABLE) | (*e & ENTRY_REMOTE_IRR);
    if (!(*e & ENTRY_LEVEL))
        *e &= ~ENTRY_REMOTE_IRR;
    follow_level(io, bus, index);
}

static void write_window(struct ioapic *io, struct bus *bus, uint32_t value)
{
    unsigned index = (io->select - REG_ENTRIES) / 2u;

    if (io->select == REG_ID)
        io->id = value & 0x0f000000;
    else if (io->select >= REG_ENTRIES && index < IOAPIC_INPUTS)
        write_entry(io, bus, index, value);
}

static uint64_t ioapic_read(void *state, struct bus *bus,
                            const struct device_access *a)
{
    const struct ioapic *io = state;
    uint32_t value = 0;

    (void)bus;
    if ((a->offset & ~3u) == OFFSET_SELECT)
        value = io->select;
    else if ((a->offset & ~3u) == OFFSET_WINDOW)
        value = read_window(io);
    return value >> (8 * (a->offset & 3));
}

static void ioapic_write(void *state, struct bus *bus,
                         const struct device_access *a, uint64_t value)
{
    struct ioapic *io = state;

    if (a->offset == OFFSET_SELECT)
        io->select = (uint8_t)value;
    else if (a->offset == OFFSET_WINDOW && a->bytes == 4)
        write_window(io, bus, (uint32_t)value);
    else if (a->offset == OFFSET_EOI)
        ioapic_eoi(io, bus, (uint8_t)value);
}

static void ioapic_reset(void *state, struct bus *bus)
{
    struct ioapic *io = state;

    (void)bus;
    *io = (struct ioapic){0};
    for (unsigned i = 0; i < IOAPIC_INPUTS; i++)
        io->entries[i] = ENTRY_MASKED;
}

const struct device_ops device_ioapic = {
    .name = "ioapic",
    .sentence = "I/O APIC with 24 inputs",
    .source = "Intel 82093AA I/O APIC data sheet",
    .state_bytes = sizeof(struct ioapic),
    .reset = ioapic_reset,
    .read = ioapic_read,
    .write = ioapic_write,
};
