/*
 * ide.c - the primary IDE channel with one disk, by programmed I/O.
 *
 * Hardware      ATA/ATAPI-6 (T13 1410D), "PIO data-in and data-out commands",
 *               "IDENTIFY DEVICE"; Intel 82371SB data sheet for the PCI
 *               function that says where it is.
 * Model         a command takes no time: data is there, and the interrupt
 *               raised, when its write ends.  The disk is a private copy; what
 *               is written stays in memory.  LBA with 28 and 48 bits, and
 *               cylinder, head, sector in the geometry of 16 heads and 63
 *               sectors.  Without a disk nobody drives the bus: all ones.
 * NOT MODELLED  DMA, the second drive, the second channel, packet devices,
 *               security, power states (they are accepted and change nothing).
 * INVARIANTS
 *   1. at <= limit <= BUFFER_BYTES.
 *   2. DRQ is set exactly while at < limit.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/ide_drive.h"

enum ide_range { RANGE_DATA, RANGE_TASK, RANGE_CONTROL };

static void set_line(const struct ide *d, struct bus *bus)
{
    bus_set_line(bus, bus->line,
                 d->interrupt && !(d->control & CONTROL_NO_INTERRUPT) &&
                     !ide_is_second(d));
}

static uint8_t read_task(struct ide *d, unsigned reg)
{
    if (reg == REG_COMMAND)
        d->interrupt = false; /* reading the status takes the interrupt */
    if (ide_is_second(d))
        return reg == REG_DEVICE ? d->task[REG_DEVICE] : 0;
    if (reg == REG_COMMAND)
        return d->status;
    if (reg == REG_ERROR)
        return d->error;
    if (reg == REG_DEVICE)
        return d->task[REG_DEVICE] | 0xa0;
    return d->control & CONTROL_HIGH_ORDER ? d->previous[reg] : d->task[reg];
}

static uint64_t ide_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct ide *d = state;
    const struct disk *disk = bus->config->disk;
    uint64_t value;

    if (!disk)
        return UINT64_MAX;
    if (a->range == RANGE_DATA)
        value = ide_read_data(d, disk, a->bytes);
    else if (a->range == RANGE_TASK)
        value = read_task(d, a->offset);
    else
        value = ide_is_second(d) ? 0 : d->status; /* takes no interrupt */
    set_line(d, bus);
    return value;
}

static void write_control(struct ide *d, uint8_t value)
{
    bool was_reset = (d->control & CONTROL_RESET) != 0;

    d->control = value;
    if (was_reset && !(value & CONTROL_RESET))
        ide_sign(d);
}

static void write_task(struct ide *d, const struct disk *disk, unsigned reg,
                       uint8_t value)
{
    d->control &= (uint8_t)~CONTROL_HIGH_ORDER;
    if (reg == REG_COMMAND) {
        ide_execute(d, disk, value);
        return;
    }
    d->previous[reg] = d->task[reg];
    d->task[reg] = value;
}

static void ide_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct ide *d = state;
    const struct disk *disk = bus->config->disk;

    if (!disk)
        return;
    if (a->range == RANGE_DATA)
        ide_write_data(d, disk, a->bytes, value);
    else if (a->range == RANGE_TASK)
        write_task(d, disk, a->offset, (uint8_t)value);
    else
        write_control(d, (uint8_t)value);
    set_line(d, bus);
}

static void ide_reset(void *state, struct bus *bus)
{
    static const struct pci_identity id = {
        .slot = 1,
        .number = 1,
        .vendor = 0x8086,
        .device = 0x7010,
        .class_code = 0x010100, /* both channels where they were on ISA */
    };
    enum { PRIMARY_TIMING = 0x40, DECODE = 0x8000 };
    struct ide *d = state;
    struct pci_function *f;

    *d = (struct ide){0};
    ide_sign(d);
    if (!bus->config->disk)
        return;
    f = pci_add(&bus->pci, bus->device, &id);
    if (!f)
        return;
    f->config[PCI_COMMAND] = PCI_COMMAND_IO;
    pci_config_set(f, PRIMARY_TIMING, 2, DECODE);
}

const struct device_ops device_ide = {
    .name = "ide",
    .sentence = "primary IDE channel, one disk by programmed I/O (--disk)",
    .source = "ATA/ATAPI-6, T13 1410D",
    .state_bytes = sizeof(struct ide),
    .reset = ide_reset,
    .read = ide_read,
    .write = ide_write,
};
