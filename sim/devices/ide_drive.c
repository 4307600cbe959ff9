#include "sim/devices/ide_drive.h"

#include "sim/core/macros.h"

enum ide_command {
    COMMAND_RECALIBRATE = 0x10,
    COMMAND_READ = 0x20,
    COMMAND_READ_NO_RETRY = 0x21,
    COMMAND_READ_EXT = 0x24,
    COMMAND_READ_MULTIPLE_EXT = 0x29,
    COMMAND_WRITE = 0x30,
    COMMAND_WRITE_NO_RETRY = 0x31,
    COMMAND_WRITE_EXT = 0x34,
    COMMAND_WRITE_MULTIPLE_EXT = 0x39,
    COMMAND_VERIFY = 0x40,
    COMMAND_VERIFY_EXT = 0x42,
    COMMAND_DIAGNOSE = 0x90,
    COMMAND_PARAMETERS = 0x91,
    COMMAND_READ_MULTIPLE = 0xc4,
    COMMAND_WRITE_MULTIPLE = 0xc5,
    COMMAND_SET_MULTIPLE = 0xc6,
    COMMAND_STANDBY_NOW = 0xe0,
    COMMAND_IDLE_NOW = 0xe1,
    COMMAND_STANDBY = 0xe2,
    COMMAND_IDLE = 0xe3,
    COMMAND_CHECK_POWER = 0xe5,
    COMMAND_FLUSH = 0xe7,
    COMMAND_FLUSH_EXT = 0xea,
    COMMAND_IDENTIFY = 0xec,
    COMMAND_FEATURES = 0xef,
};

static void finish(struct ide *d, uint8_t error)
{
    d->error = error;
    d->status =
        (uint8_t)(STATUS_READY | STATUS_SEEK | (error ? STATUS_ERROR : 0));
    d->at = d->limit = 0;
    d->sectors_left = 0;
    d->interrupt = true;
}

void ide_sign(struct ide *d)
{
    *d =
        (struct ide){.number = d->number, .control = d->control, .multiple = 1};
    d->task[REG_COUNT] = 1;
    d->task[REG_LOW] = 1;
    d->error = 1; /* diagnostics passed */
    d->status = STATUS_READY | STATUS_SEEK;
}

static void request(struct ide *d, uint32_t bytes)
{
    d->at = 0;
    d->limit = bytes;
    d->status = STATUS_READY | STATUS_SEEK | STATUS_REQUEST;
}

static uint32_t next_block(const struct ide *d)
{
    return d->sectors_left < d->block_sectors ? d->sectors_left
                                              : d->block_sectors;
}

/* The next block of a read goes into the buffer; or the end. */
static void read_block(struct ide *d, const struct disk *disk)
{
    uint32_t count = next_block(d);
    const uint8_t *from = disk_at(disk, d->sector, count);

    if (!from) {
        finish(d, ERROR_NOT_FOUND);
        return;
    }
    for (uint32_t i = 0; i < count * DISK_SECTOR_BYTES; i++)
        d->buffer[i] = from[i];
    d->sector += count;
    d->sectors_left -= count;
    request(d, count * DISK_SECTOR_BYTES);
    d->interrupt = true;
}

static void begin_write_block(struct ide *d, const struct disk *disk)
{
    uint32_t count = next_block(d);

    if (!disk_at(disk, d->sector, count)) {
        finish(d, ERROR_NOT_FOUND);
        return;
    }
    d->sectors_left -= count;
    request(d, count * DISK_SECTOR_BYTES);
}

static void end_write_block(struct ide *d, const struct disk *disk)
{
    uint32_t count = d->limit / DISK_SECTOR_BYTES;
    uint8_t *to = disk_at(disk, d->sector, count);

    for (uint32_t i = 0; to && i < d->limit; i++)
        to[i] = d->buffer[i];
    d->sector += count;
    if (d->sectors_left == 0) {
        finish(d, 0);
        return;
    }
    begin_write_block(d, disk);
    d->interrupt = true;
}

/* The buffer has been read or filled. */
static void end_block(struct ide *d, const struct disk *disk)
{
    if (d->to_disk && d->writes) {
        end_write_block(d, disk);
    } else if (d->to_disk && d->sectors_left != 0) {
        read_block(d, disk);
    } else { /* the last data-in block ends without an interrupt */
        finish(d, 0);
        d->interrupt = false;
    }
}

static uint64_t address_28(const struct ide *d)
{
    const uint8_t *t = d->task;
    uint32_t cylinder = t[REG_MIDDLE] | (uint32_t)t[REG_HIGH] << 8;
    uint32_t head = t[REG_DEVICE] & DEVICE_HEAD;

    if (t[REG_DEVICE] & DEVICE_LBA)
        return t[REG_LOW] | (uint64_t)cylinder << 8 | (uint64_t)head << 24;
    if (t[REG_LOW] == 0)
        return UINT64_MAX; /* sectors count from 1 */
    return ((uint64_t)cylinder * IDE_HEADS + head) * IDE_SECTORS + t[REG_LOW] -
           1;
}

static uint64_t address_48(const struct ide *d)
{
    const uint8_t *low = d->task, *high = d->previous;

    return low[REG_LOW] | (uint64_t)low[REG_MIDDLE] << 8 |
           (uint64_t)low[REG_HIGH] << 16 | (uint64_t)high[REG_LOW] << 24 |
           (uint64_t)high[REG_MIDDLE] << 32 | (uint64_t)high[REG_HIGH] << 40;
}

/* What a command that names sectors means. */
struct transfer {
    bool write, wide, multiple, verify;
};

static void begin_transfer(struct ide *d, const struct disk *disk,
                           const struct transfer *t)
{
    uint32_t count = d->task[REG_COUNT];

    if (t->wide)
        count |= (uint32_t)d->previous[REG_COUNT] << 8;
    if (count == 0)
        count = t->wide ? 65536 : 256;
    d->sector = t->wide ? address_48(d) : address_28(d);
    if (!disk_at(disk, d->sector, count)) {
        finish(d, ERROR_NOT_FOUND);
        return;
    }
    if (t->verify) {
        finish(d, 0);
        return;
    }
    d->to_disk = true;
    d->writes = t->write;
    d->sectors_left = count;
    d->block_sectors = t->multiple ? d->multiple : 1;
    if (t->write)
        begin_write_block(d, disk);
    else
        read_block(d, disk);
}

static const struct {
    uint8_t command;
    struct transfer transfer;
} transfers[] = {
    {COMMAND_READ, {0}},
    {COMMAND_READ_NO_RETRY, {0}},
    {COMMAND_READ_EXT, {.wide = true}},
    {COMMAND_READ_MULTIPLE, {.multiple = true}},
    {COMMAND_READ_MULTIPLE_EXT, {.multiple = true, .wide = true}},
    {COMMAND_WRITE, {.write = true}},
    {COMMAND_WRITE_NO_RETRY, {.write = true}},
    {COMMAND_WRITE_EXT, {.write = true, .wide = true}},
    {COMMAND_WRITE_MULTIPLE, {.write = true, .multiple = true}},
    {COMMAND_WRITE_MULTIPLE_EXT,
     {.write = true, .multiple = true, .wide = true}},
    {COMMAND_VERIFY, {.verify = true}},
    {COMMAND_VERIFY_EXT, {.verify = true, .wide = true}},
};

static void identify(struct ide *d, const struct disk *disk)
{
    ide_identify(d->buffer, disk, d->multiple);
    d->to_disk = false;
    d->writes = false;
    d->sectors_left = 0;
    request(d, DISK_SECTOR_BYTES);
    d->interrupt = true;
}

static void set_multiple(struct ide *d)
{
    uint8_t count = d->task[REG_COUNT];
    bool legal = count != 0 && count <= IDE_MULTIPLE && !(count & (count - 1));

    if (legal)
        d->multiple = count;
    finish(d, legal ? 0 : ERROR_ABORTED);
}

static void other_command(struct ide *d, const struct disk *disk,
                          uint8_t command)
{
    switch (command) {
    case COMMAND_IDENTIFY:
        identify(d, disk);
        break;
    case COMMAND_SET_MULTIPLE:
        set_multiple(d);
        break;
    case COMMAND_DIAGNOSE:
        ide_sign(d);
        d->interrupt = d->number == 0; /* it speaks for both */
        break;
    case COMMAND_CHECK_POWER:
        d->task[REG_COUNT] = 0xff; /* active */
        finish(d, 0);
        break;
    case COMMAND_RECALIBRATE:
    case COMMAND_PARAMETERS:
    case COMMAND_STANDBY_NOW:
    case COMMAND_IDLE_NOW:
    case COMMAND_STANDBY:
    case COMMAND_IDLE:
    case COMMAND_FLUSH:
    case COMMAND_FLUSH_EXT:
    case COMMAND_FEATURES:
        finish(d, 0);
        break;
    default:
        finish(d, ERROR_ABORTED);
        break;
    }
}

void ide_execute(struct ide *d, const struct disk *disk, uint8_t command)
{
    if (!ide_is_selected(d) && command != COMMAND_DIAGNOSE)
        return;
    d->interrupt = false;
    d->error = 0;
    for (size_t i = 0; i < ARRAY_LEN(transfers); i++) {
        if (transfers[i].command != command)
            continue;
        begin_transfer(d, disk, &transfers[i].transfer);
        return;
    }
    other_command(d, disk, command);
}

uint64_t ide_read_data(struct ide *d, const struct disk *disk, unsigned bytes)
{
    uint64_t value = 0;

    if (d->writes || d->at >= d->limit)
        return 0;
    for (unsigned i = 0; i < bytes && d->at < d->limit; i++)
        value |= (uint64_t)d->buffer[d->at++] << (8 * i);
    if (d->at == d->limit)
        end_block(d, disk);
    return value;
}

void ide_write_data(struct ide *d, const struct disk *disk, unsigned bytes,
                    uint64_t value)
{
    if (!d->writes || d->at >= d->limit)
        return;
    for (unsigned i = 0; i < bytes && d->at < d->limit; i++)
        d->buffer[d->at++] = (uint8_t)(value >> (8 * i));
    if (d->at == d->limit)
        end_block(d, disk);
}
