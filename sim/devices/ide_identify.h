/*
 * ide_identify.h - what an IDE disk says of itself.
 */
#ifndef SIM_DEVICES_IDE_IDENTIFY_H
#define SIM_DEVICES_IDE_IDENTIFY_H
#include <stdint.h>

#include "sim/devices/disk.h"

enum { IDE_HEADS = 16, IDE_SECTORS = 63, IDE_MULTIPLE = 16 };

/* The 512 bytes of IDENTIFY DEVICE (ATA/ATAPI-6, "IDENTIFY DEVICE data"). */
void ide_identify(uint8_t data[512], const struct disk *disk, uint8_t multiple);

#endif
