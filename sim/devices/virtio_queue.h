/*
 * virtio_queue.h - one split virtqueue, seen from the device.
 *
 * Hardware      VIRTIO 1.1, "Split Virtqueues": descriptor table, available
 *               ring, used ring, indirect descriptors, used buffer
 *               notification suppression.
 * Model         a chain of descriptors becomes a list of segments, the ones
 *               the device reads before the ones it writes.  The rings lie in
 *               guest memory and are read anew each time: nothing the driver
 *               wrote is believed twice.
 * NOT MODELLED  packed rings, in-order use, queue reset.
 * INVARIANTS    (virtq_pop keeps them, whatever the rings hold)
 *   1. A chain has 1 to VIRTQ_MOST_SEGMENTS segments.
 *   2. Its readable segments come before its writable ones.
 *   3. It has at most VIRTQ_MOST_BYTES bytes: work for one request is bounded.
 *   4. At most one queue length of heads is taken at once.
 */
#ifndef SIM_DEVICES_VIRTIO_QUEUE_H
#define SIM_DEVICES_VIRTIO_QUEUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/addr.h"
#include "sim/devices/device.h"

enum {
    VIRTQ_MOST_ENTRIES = 256,
    VIRTQ_MOST_SEGMENTS = 256,
    VIRTQ_MOST_BYTES = 1 << 24,
};

struct virtqueue {
    uint16_t entries; /* power of two, at most VIRTQ_MOST_ENTRIES */
    bool ready;
    bool indirect, event_index; /* negotiated */
    gpa_t descriptors;
    gpa_t available; /* the driver's area */
    gpa_t used;      /* the device's area */
    uint16_t taken;  /* heads taken from the available ring, mod 2^16 */
    uint16_t given;  /* elements put into the used ring, mod 2^16 */
    uint16_t told;   /* `given` when the driver was last notified */
};

struct virtq_segment {
    gpa_t at;
    uint32_t bytes;
};

/* Segments [0, readable) are the driver's words, the others wait for ours. */
struct virtq_chain {
    uint16_t head;
    unsigned readable, count;
    uint64_t readable_bytes, writable_bytes;
    struct virtq_segment segments[VIRTQ_MOST_SEGMENTS];
};

enum virtq_status {
    VIRTQ_CHAIN,
    VIRTQ_EMPTY,
    VIRTQ_BROKEN, /* no driver that keeps the rules writes such rings */
};

/* Not ready, no addresses, full length. */
void virtq_reset(struct virtqueue *q);

/* The next chain the driver made available. */
enum virtq_status virtq_pop(struct virtqueue *q, const struct guest_memory *m,
                            struct virtq_chain *chain);

/* Gives a chain back with written_bytes in it.  False: broken ring. */
bool virtq_push(struct virtqueue *q, struct guest_memory *m, uint16_t head,
                uint32_t written_bytes);

/*
 * Tells the driver how far we looked, and answers whether it wants to be
 * notified of what it has been given since it last was.
 */
bool virtq_wants_notice(struct virtqueue *q, struct guest_memory *m);

/*
 * Bytes of a chain as if it lay in one piece: out of the readable part, and
 * into the writable part, from offset on.  False, if it is shorter than that
 * or lies outside memory.
 */
bool virtq_read(const struct virtq_chain *c, const struct guest_memory *m,
                uint64_t offset, void *to, size_t bytes);
bool virtq_write(const struct virtq_chain *c, struct guest_memory *m,
                 uint64_t offset, const void *from, size_t bytes);

#endif
