/*
 * virtio_rng.c - a source of random bytes: the same ones for the same seed.
 *
 * Hardware      VIRTIO 1.1, "Entropy Device".
 * Model         SplitMix64 (sim/core/rng.h) from the machine's seed; it goes
 *               on over a reset, so that no byte comes twice.  At most
 *               MOST_BYTES fill a buffer: "one or more" is what is promised.
 */
#include <linux/virtio_ids.h>

#include "sim/core/rng.h"
#include "sim/devices/virtio.h"
#include "sim/devices/virtio_kinds.h"

enum { MOST_BYTES = 1024 };

static struct rng *rng_of(struct virtio *v)
{
    _Static_assert(sizeof(struct rng) <= VIRTIO_STATE_BYTES, "fits");
    return (struct rng *)(void *)v->state;
}

static void rng_open(struct virtio *v, const struct bus *b)
{
    rng_init(rng_of(v), b->config->seed);
}

/* False: the driver gave us no room, or room that is not memory. */
static bool fill(struct rng *r, struct guest_memory *m,
                 const struct virtq_chain *c, size_t bytes)
{
    uint8_t data[MOST_BYTES];
    uint64_t word = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (i % 8 == 0)
            word = rng_next(r);
        data[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
    return bytes != 0 && virtq_write(c, m, 0, data, bytes);
}

static void rng_serve(struct virtio *v, struct bus *b, unsigned queue)
{
    struct virtq_chain chain;

    while (virtio_pop(v, b, queue, &chain) == VIRTQ_CHAIN) {
        size_t bytes = chain.writable_bytes < MOST_BYTES
                           ? (size_t)chain.writable_bytes
                           : MOST_BYTES;

        if (!fill(rng_of(v), &b->memory, &chain, bytes)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, queue, &chain, bytes);
    }
}

const struct virtio_ops virtio_rng = {
    .name = "rng",
    .sentence = "random bytes from the machine's seed",
    .id = VIRTIO_ID_RNG,
    .queues = 1,
    .open = rng_open,
    .serve = rng_serve,
};
