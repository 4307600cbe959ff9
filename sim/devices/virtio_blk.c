/*
 * virtio_blk.c - a disk.
 *
 * Hardware      VIRTIO 1.1, "Block Device".
 * Model         one queue; read, write, flush, identity.  Writes stay in the
 *               private copy of the image.  20 us a request and 2 GB/s are
 *               those of a good NVMe drive.
 * NOT MODELLED  discard, write zeroes, several queues, topology, life time
 *               figures.
 * INVARIANT     a request outside the disk moves nothing and ends with
 *               VIRTIO_BLK_S_IOERR.
 */
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>
#include <string.h>

#include "sim/devices/disk.h"
#include "sim/devices/virtio.h"
#include "sim/devices/virtio_kinds.h"

enum {
    HEADER_BYTES = 16, /* type, reserved, sector */
    CONFIG_CAPACITY = 0,
    CONFIG_SEG_MAX = 12,
    CONFIG_BLK_SIZE = 20,
    CONFIG_BYTES = 24,
    MOST_SEGMENTS = VIRTQ_MOST_SEGMENTS - 2, /* header and status beside */
    REQUEST_QUEUE = 0,
};

struct blk {
    const struct disk *disk;
};

/* A request as the driver's header has it. */
struct request {
    uint32_t type;
    uint64_t sector;
    uint64_t data_bytes; /* between header and status */
};

static void put(uint8_t *to, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static struct blk *blk_of(struct virtio *v)
{
    _Static_assert(sizeof(struct blk) <= VIRTIO_STATE_BYTES, "fits");
    return (struct blk *)(void *)v->state;
}

static bool blk_absent(const struct bus *b)
{
    return !b->config->disks[0];
}

static void blk_open(struct virtio *v, const struct bus *b)
{
    struct blk *blk = blk_of(v);

    blk->disk = b->config->disks[0];
    put(v->config + CONFIG_CAPACITY, 8, blk->disk->sectors);
    put(v->config + CONFIG_SEG_MAX, 4, MOST_SEGMENTS);
    put(v->config + CONFIG_BLK_SIZE, 4, DISK_SECTOR_BYTES);
}

/* Sectors of a request that lie on the disk; NULL: they do not. */
static uint8_t *request_data(const struct blk *blk, const struct request *r)
{
    if (r->data_bytes % DISK_SECTOR_BYTES != 0)
        return NULL;
    return disk_at(blk->disk, r->sector, r->data_bytes / DISK_SECTOR_BYTES);
}

static uint8_t transfer(const struct blk *blk, struct guest_memory *m,
                        const struct virtq_chain *c, const struct request *r)
{
    uint8_t *data = request_data(blk, r);
    bool moved;

    if (!data)
        return VIRTIO_BLK_S_IOERR;
    if (r->type == VIRTIO_BLK_T_IN)
        moved = virtq_write(c, m, 0, data, r->data_bytes);
    else
        moved = virtq_read(c, m, HEADER_BYTES, data, r->data_bytes);
    return moved ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_IOERR;
}

static uint8_t identify(struct guest_memory *m, const struct virtq_chain *c,
                        const struct request *r)
{
    static const char id[VIRTIO_BLK_ID_BYTES] = "ringside-disk";

    if (r->data_bytes < sizeof id || !virtq_write(c, m, 0, id, sizeof id))
        return VIRTIO_BLK_S_IOERR;
    return VIRTIO_BLK_S_OK;
}

static uint8_t execute(const struct blk *blk, struct guest_memory *m,
                       const struct virtq_chain *c, struct request *r)
{
    switch (r->type) {
    case VIRTIO_BLK_T_OUT:
        r->data_bytes = c->readable_bytes - HEADER_BYTES;
        return transfer(blk, m, c, r);
    case VIRTIO_BLK_T_IN:
        return transfer(blk, m, c, r);
    case VIRTIO_BLK_T_FLUSH:
        return VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_GET_ID:
        return identify(m, c, r);
    default:
        return VIRTIO_BLK_S_UNSUPP;
    }
}

/* False: not even a header and a status byte. */
static bool serve_request(const struct blk *blk, struct guest_memory *m,
                          const struct virtq_chain *c)
{
    uint8_t header[HEADER_BYTES], status;
    struct request r;

    if (c->writable_bytes == 0 || !virtq_read(c, m, 0, header, sizeof header))
        return false;
    r.type = (uint32_t)get(header, 4);
    r.sector = get(header + 8, 8);
    r.data_bytes = c->writable_bytes - 1;
    status = execute(blk, m, c, &r);
    return virtq_write(c, m, c->writable_bytes - 1, &status, 1);
}

static void blk_serve(struct virtio *v, struct bus *b, unsigned queue)
{
    struct virtq_chain chain;

    while (virtio_pop(v, b, queue, &chain) == VIRTQ_CHAIN) {
        if (!serve_request(blk_of(v), &b->memory, &chain)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, queue, &chain, chain.writable_bytes);
    }
}

const struct virtio_ops virtio_blk = {
    .name = "blk",
    .sentence = "a disk; what the guest writes stays in memory",
    .id = VIRTIO_ID_BLOCK,
    .queues = REQUEST_QUEUE + 1,
    .features = (uint64_t)1 << VIRTIO_BLK_F_SEG_MAX |
                (uint64_t)1 << VIRTIO_BLK_F_BLK_SIZE |
                (uint64_t)1 << VIRTIO_BLK_F_FLUSH,
    .service_us = 20,
    .bytes_per_us = 2000,
    .config_bytes = CONFIG_BYTES,
    .absent = blk_absent,
    .open = blk_open,
    .serve = blk_serve,
};
