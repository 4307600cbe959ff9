/*
 * ide_drive.h - one IDE disk: its task file, its commands, its buffer.
 */
#ifndef SIM_DEVICES_IDE_DRIVE_H
#define SIM_DEVICES_IDE_DRIVE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/disk.h"
#include "sim/devices/ide_identify.h"

/* Task file registers, by offset from port 0x1f1. */
enum {
    REG_ERROR,
    REG_COUNT,
    REG_LOW,
    REG_MIDDLE,
    REG_HIGH,
    REG_DEVICE,
    REG_COMMAND
};

enum {
    STATUS_ERROR = 0x01,
    STATUS_REQUEST = 0x08,
    STATUS_SEEK = 0x10,
    STATUS_READY = 0x40,
    ERROR_ABORTED = 0x04,
    ERROR_NOT_FOUND = 0x10,
    DEVICE_LBA = 0x40,
    DEVICE_SECOND = 0x10,
    DEVICE_HEAD = 0x0f,
    CONTROL_NO_INTERRUPT = 0x02,
    CONTROL_RESET = 0x04,
    CONTROL_HIGH_ORDER = 0x80,
    BUFFER_BYTES = IDE_MULTIPLE * DISK_SECTOR_BYTES,
};

struct ide {
    uint8_t number;      /* on its channel: 0, 1 */
    uint8_t task[7];     /* as written; [REG_COMMAND]: unused */
    uint8_t previous[7]; /* what they held before: 48-bit commands */
    uint8_t error, status, control;
    bool interrupt; /* INTRQ */
    uint8_t multiple;
    bool writes;            /* the transfer: to the disk */
    bool to_disk;           /* ... of sectors, not of identify data */
    uint64_t sector;        /* next one */
    uint32_t sectors_left;  /* behind the buffer */
    uint32_t block_sectors; /* at most so many at a time */
    uint32_t at, limit;     /* in the buffer */
    uint8_t buffer[BUFFER_BYTES];
};

static inline bool ide_is_selected(const struct ide *d)
{
    return ((d->task[REG_DEVICE] & DEVICE_SECOND) != 0) == (d->number == 1);
}

/* As after reset: what a drive without packet commands shows. */
void ide_sign(struct ide *d);

/* The command register was written. */
void ide_execute(struct ide *d, const struct disk *disk, uint8_t command);

/* The data register. */
uint64_t ide_read_data(struct ide *d, const struct disk *disk, unsigned bytes);
void ide_write_data(struct ide *d, const struct disk *disk, unsigned bytes,
                    uint64_t value);

#endif
