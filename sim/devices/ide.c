/*
 * ide.c - an IDE channel with up to two disks, by programmed I/O.
 *
 * Hardware      ATA/ATAPI-6 (T13 1410D), "PIO data-in and data-out commands",
 *               "IDENTIFY DEVICE", "Device 0 only configurations"; Intel
 *               82371SB data sheet for the PCI function that says where the
 *               channels are.
 * Model         a command takes no time: data is there, and the interrupt
 *               raised, when its write ends.  Both drives hear what is written
 *               to the task file; the selected one acts, and answers.  A disk
 *               is a private copy; what is written stays in memory.  LBA with
 *               28 and 48 bits, and cylinder, head, sector in the geometry of
 *               16 heads and 63 sectors.  Without a disk nobody drives the
 *               bus: all ones; an absent second drive is answered for by the
 *               first: status 0.
 * NOT MODELLED  DMA, packet devices, security, power states (they are accepted
 *               and change nothing).
 * INVARIANTS    of each drive
 *   1. at <= limit <= BUFFER_BYTES.
 *   2. DRQ is set exactly while at < limit.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/ide_drive.h"

enum ide_range { RANGE_DATA, RANGE_TASK, RANGE_CONTROL };
enum { DRIVES = 2 };

struct ide_channel {
    struct ide drive[DRIVES];
};

static const struct disk *disk_of(const struct bus *bus, unsigned drive)
{
    return bus->config->disks[DRIVES * bus->parameter + drive];
}

static unsigned selected(const struct ide_channel *c)
{
    return ide_is_selected(&c->drive[0]) ? 0 : 1;
}

static void set_line(const struct ide_channel *c, struct bus *bus)
{
    const struct ide *d = &c->drive[selected(c)];

    bus_set_line(bus, bus->line,
                 d->interrupt && !(d->control & CONTROL_NO_INTERRUPT));
}

static uint8_t read_task(struct ide *d, const struct disk *disk, unsigned reg)
{
    if (reg == REG_COMMAND)
        d->interrupt = false; /* reading the status takes the interrupt */
    if (!disk)
        return reg == REG_DEVICE ? d->task[REG_DEVICE] : 0;
    if (reg == REG_COMMAND)
        return d->status;
    if (reg == REG_ERROR)
        return d->error;
    if (reg == REG_DEVICE)
        return d->task[REG_DEVICE] | 0xa0;
    return d->control & CONTROL_HIGH_ORDER ? d->previous[reg] : d->task[reg];
}

static uint64_t read_data(struct ide *d, const struct disk *disk,
                          unsigned bytes)
{
    return disk ? ide_read_data(d, disk, bytes) : 0;
}

static uint64_t ide_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct ide_channel *c = state;
    unsigned n = selected(c);
    struct ide *d = &c->drive[n];
    const struct disk *disk = disk_of(bus, n);
    uint64_t value;

    if (!disk_of(bus, 0))
        return UINT64_MAX;
    if (a->range == RANGE_DATA)
        value = read_data(d, disk, a->bytes);
    else if (a->range == RANGE_TASK)
        value = read_task(d, disk, a->offset);
    else
        value = disk ? d->status : 0; /* takes no interrupt */
    set_line(c, bus);
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
    if (reg != REG_COMMAND) {
        d->previous[reg] = d->task[reg];
        d->task[reg] = value;
    } else if (disk) {
        ide_execute(d, disk, value);
    }
}

static void ide_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct ide_channel *c = state;
    unsigned n = selected(c);

    if (!disk_of(bus, 0))
        return;
    if (a->range == RANGE_DATA && disk_of(bus, n))
        ide_write_data(&c->drive[n], disk_of(bus, n), a->bytes, value);
    for (unsigned i = 0; i < DRIVES && a->range != RANGE_DATA; i++)
        if (a->range == RANGE_TASK)
            write_task(&c->drive[i], disk_of(bus, i), a->offset,
                       (uint8_t)value);
        else
            write_control(&c->drive[i], (uint8_t)value);
    set_line(c, bus);
}

/* One function for both channels. */
static void add_function(struct bus *bus)
{
    static const struct pci_identity id = {
        .slot = 1,
        .number = 1,
        .vendor = 0x8086,
        .device = 0x7010,
        .class_code = 0x010100, /* both channels where they were on ISA */
    };
    enum { PRIMARY_TIMING = 0x40, SECONDARY_TIMING = 0x42, DECODE = 0x8000 };
    struct pci_function *f = pci_add(&bus->pci, bus->device, &id);

    if (!f)
        return;
    f->config[PCI_COMMAND] = PCI_COMMAND_IO;
    pci_config_set(f, PRIMARY_TIMING, 2, DECODE);
    if (bus->config->disks[DRIVES])
        pci_config_set(f, SECONDARY_TIMING, 2, DECODE);
}

static void ide_reset(void *state, struct bus *bus)
{
    struct ide_channel *c = state;

    for (unsigned i = 0; i < DRIVES; i++) {
        c->drive[i] = (struct ide){.number = (uint8_t)i};
        ide_sign(&c->drive[i]);
    }
    if (bus->parameter == 0 && disk_of(bus, 0))
        add_function(bus);
}

const struct device_ops device_ide = {
    .name = "ide",
    .sentence = "IDE channel, two disks by programmed I/O (--disk)",
    .source = "ATA/ATAPI-6, T13 1410D",
    .state_bytes = sizeof(struct ide_channel),
    .reset = ide_reset,
    .read = ide_read,
    .write = ide_write,
};
