/*
 * disk.h - what is on a disk: a private copy of an image, in sectors.
 *
 * The image's bytes belong to whoever opened it (a private mapping, so that
 * what the guest writes stays in memory and the file stays as it is).
 * INVARIANT  no access goes beyond the last whole sector.
 */
#ifndef SIM_DEVICES_DISK_H
#define SIM_DEVICES_DISK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_SECTOR_BYTES = 512 };

struct disk {
    uint8_t *data;    /* writable; not owned */
    uint64_t sectors; /* whole ones */
    unsigned number;  /* of those that the machine has: 0 to 3 */
};

/* Host pointer to count sectors from first; NULL if there are not so many. */
static inline uint8_t *disk_at(const struct disk *d, uint64_t first,
                               uint64_t count)
{
    if (first > d->sectors || count > d->sectors - first)
        return NULL;
    return d->data + first * DISK_SECTOR_BYTES;
}

#endif
