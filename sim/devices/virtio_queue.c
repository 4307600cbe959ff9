/*
 * virtio_queue.c - taking chains out of a split virtqueue and giving them
 * back.
 *
 * Hardware      VIRTIO 1.1, "The Virtqueue Descriptor Table", "The Virtqueue
 *               Available Ring", "The Virtqueue Used Ring", "Indirect
 *               Descriptors", "Used Buffer Notification Suppression".
 * Model         every index that comes out of guest memory is compared with
 *               the length of the table it indexes before it is used; a chain
 *               that is longer than VIRTQ_MOST_SEGMENTS is a loop.
 * NOT MODELLED  what virtio_queue.h says.
 */
#include "sim/devices/virtio_queue.h"

#include <linux/virtio_ring.h>

enum {
    DESCRIPTOR_BYTES = 16,
    RING_FLAGS = 0, /* both rings: flags, index, entries, one event word */
    RING_INDEX = 2,
    RING_ENTRIES = 4,
    AVAILABLE_BYTES = 2, /* of an entry */
    USED_BYTES = 8,
};

struct descriptor {
    gpa_t at;
    uint32_t bytes;
    uint16_t flags, next;
};

/* The descriptor table that a walk is in. */
struct table {
    gpa_t at;
    uint32_t entries;
    bool indirect;
};

static uint64_t little_endian(const uint8_t *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static void put_little_endian(uint8_t *to, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static bool read_u16(const struct guest_memory *m, gpa_t at, uint16_t *value)
{
    uint8_t raw[2];

    if (!guest_memory_read(m, at, raw, sizeof raw))
        return false;
    *value = (uint16_t)little_endian(raw, sizeof raw);
    return true;
}

static bool write_u16(struct guest_memory *m, gpa_t at, uint16_t value)
{
    uint8_t raw[2];

    put_little_endian(raw, sizeof raw, value);
    return guest_memory_write(m, at, raw, sizeof raw);
}

static gpa_t available_event(const struct virtqueue *q)
{
    return gpa_add(q->available,
                   RING_ENTRIES + (uint64_t)AVAILABLE_BYTES * q->entries);
}

static gpa_t used_event(const struct virtqueue *q)
{
    return gpa_add(q->used, RING_ENTRIES + (uint64_t)USED_BYTES * q->entries);
}

void virtq_reset(struct virtqueue *q)
{
    *q = (struct virtqueue){.entries = VIRTQ_MOST_ENTRIES};
}

static bool read_descriptor(const struct guest_memory *m, const struct table *t,
                            uint32_t index, struct descriptor *d)
{
    uint8_t raw[DESCRIPTOR_BYTES];

    if (index >= t->entries ||
        !guest_memory_read(m,
                           gpa_add(t->at, (uint64_t)DESCRIPTOR_BYTES * index),
                           raw, sizeof raw))
        return false;
    d->at = gpa(little_endian(raw, 8));
    d->bytes = (uint32_t)little_endian(raw + 8, 4);
    d->flags = (uint16_t)little_endian(raw + 12, 2);
    d->next = (uint16_t)little_endian(raw + 14, 2);
    return true;
}

/* "The driver MUST NOT set both INDIRECT and NEXT", and tables do not nest. */
static bool enter_indirect(const struct virtqueue *q,
                           const struct descriptor *d, struct table *t)
{
    if (!q->indirect || t->indirect || d->flags & VRING_DESC_F_NEXT ||
        d->bytes == 0 || d->bytes % DESCRIPTOR_BYTES != 0)
        return false;
    *t = (struct table){d->at, d->bytes / DESCRIPTOR_BYTES, true};
    return true;
}

static bool add_segment(struct virtq_chain *c, const struct descriptor *d)
{
    bool writable = d->flags & VRING_DESC_F_WRITE;

    if (c->count == VIRTQ_MOST_SEGMENTS ||
        (!writable && c->count != c->readable))
        return false;
    c->segments[c->count++] = (struct virtq_segment){d->at, d->bytes};
    if (writable) {
        c->writable_bytes += d->bytes;
    } else {
        c->readable_bytes += d->bytes;
        c->readable++;
    }
    return c->readable_bytes + c->writable_bytes <= VIRTQ_MOST_BYTES;
}

static bool walk_chain(const struct virtqueue *q, const struct guest_memory *m,
                       struct virtq_chain *c)
{
    struct table t = {q->descriptors, q->entries, false};
    struct descriptor d;
    uint32_t index = c->head;

    for (;;) {
        if (!read_descriptor(m, &t, index, &d))
            return false;
        if (d.flags & VRING_DESC_F_INDIRECT) {
            if (!enter_indirect(q, &d, &t))
                return false;
            index = 0;
            continue;
        }
        if (!add_segment(c, &d))
            return false;
        if (!(d.flags & VRING_DESC_F_NEXT))
            return true;
        index = d.next;
    }
}

enum virtq_status virtq_pop(struct virtqueue *q, const struct guest_memory *m,
                            struct virtq_chain *chain)
{
    uint16_t offered;
    gpa_t slot = gpa_add(q->available,
                         RING_ENTRIES + (uint64_t)AVAILABLE_BYTES *
                                            (q->taken & (q->entries - 1u)));

    chain->readable = chain->count = 0;
    chain->readable_bytes = chain->writable_bytes = 0;
    if (!read_u16(m, gpa_add(q->available, RING_INDEX), &offered))
        return VIRTQ_BROKEN;
    if (offered == q->taken)
        return VIRTQ_EMPTY;
    if ((uint16_t)(offered - q->taken) > q->entries ||
        !read_u16(m, slot, &chain->head) || !walk_chain(q, m, chain))
        return VIRTQ_BROKEN;
    q->taken++;
    return VIRTQ_CHAIN;
}

/* The element first, then the index: the driver may look at any time. */
bool virtq_push(struct virtqueue *q, struct guest_memory *m, uint16_t head,
                uint32_t written_bytes)
{
    uint8_t raw[USED_BYTES];
    gpa_t slot =
        gpa_add(q->used, RING_ENTRIES + (uint64_t)USED_BYTES *
                                            (q->given & (q->entries - 1u)));

    put_little_endian(raw, 4, head);
    put_little_endian(raw + 4, 4, written_bytes);
    if (!guest_memory_write(m, slot, raw, sizeof raw))
        return false;
    q->given++;
    return write_u16(m, gpa_add(q->used, RING_INDEX), q->given);
}

/* Whether the driver's event word lies in (told, given]. */
static bool event_passed(const struct virtqueue *q, uint16_t event)
{
    return (uint16_t)(q->given - event - 1) < (uint16_t)(q->given - q->told);
}

bool virtq_wants_notice(struct virtqueue *q, struct guest_memory *m)
{
    uint16_t word = 0;
    bool wants;

    if (q->event_index) {
        (void)write_u16(m, used_event(q), q->taken);
        (void)read_u16(m, available_event(q), &word);
        wants = event_passed(q, word);
    } else {
        (void)read_u16(m, gpa_add(q->available, RING_FLAGS), &word);
        wants = q->given != q->told && !(word & VRING_AVAIL_F_NO_INTERRUPT);
    }
    q->told = q->given;
    return wants;
}

/* What of a segment lies behind offset; offset becomes that in the segment. */
static size_t reach(const struct virtq_segment *s, uint64_t *offset,
                    size_t bytes)
{
    uint64_t left;

    if (*offset >= s->bytes) {
        *offset -= s->bytes;
        return 0;
    }
    left = s->bytes - *offset;
    return left < bytes ? (size_t)left : bytes;
}

bool virtq_read(const struct virtq_chain *c, const struct guest_memory *m,
                uint64_t offset, void *to, size_t bytes)
{
    uint8_t *at = to;

    for (unsigned i = 0; i < c->readable && bytes != 0; i++) {
        size_t n = reach(&c->segments[i], &offset, bytes);

        if (n == 0)
            continue;
        if (!guest_memory_read(m, gpa_add(c->segments[i].at, offset), at, n))
            return false;
        at += n;
        bytes -= n;
        offset = 0;
    }
    return bytes == 0;
}

bool virtq_write(const struct virtq_chain *c, struct guest_memory *m,
                 uint64_t offset, const void *from, size_t bytes)
{
    const uint8_t *at = from;

    for (unsigned i = c->readable; i < c->count && bytes != 0; i++) {
        size_t n = reach(&c->segments[i], &offset, bytes);

        if (n == 0)
            continue;
        if (!guest_memory_write(m, gpa_add(c->segments[i].at, offset), at, n))
            return false;
        at += n;
        bytes -= n;
        offset = 0;
    }
    return bytes == 0;
}
