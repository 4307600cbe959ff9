/*
 * virtio.c - the life of a virtio device: reset, negotiation, queues, serving.
 *
 * Hardware      VIRTIO 1.1, "Device Status Field", "Feature Bits", "Device
 *               Configuration Space", "Device Initialization", "Notifications".
 * Model         a notified queue is served service_us later, and not before
 *               the bytes of the last service have passed at bytes_per_us; the
 *               data moves at that moment, whole.
 * NOT MODELLED  what virtio.h says.
 */
#include "sim/devices/virtio.h"

#include <assert.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>

#define NEVER UINT64_MAX

static uint64_t feature_bit(unsigned feature)
{
    return (uint64_t)1 << feature;
}

void virtio_init(struct virtio *v, const struct virtio_ops *ops,
                 const struct bus *b)
{
    memset(v, 0, sizeof *v);
    v->ops = ops;
    if (ops->open)
        ops->open(v, b);
    virtio_reset(v);
}

void virtio_reset(struct virtio *v)
{
    v->status = v->isr = 0;
    v->feature_page = v->accepted_page = 0;
    v->accepted = 0;
    v->selected = 0;
    v->notified = v->interrupts = 0;
    v->due_cycle = NEVER;
    for (unsigned i = 0; i < VIRTIO_MOST_QUEUES; i++)
        virtq_reset(&v->queues[i]);
}

void virtio_check(const struct virtio *v)
{
    assert((v->accepted & ~virtio_offered(v)) == 0 ||
           !(v->status & VIRTIO_CONFIG_S_FEATURES_OK));
    assert(v->due_cycle == NEVER || v->notified != 0);
    assert(v->notified == 0 || virtio_is_live(v));
}

uint64_t virtio_offered(const struct virtio *v)
{
    return v->ops->features | feature_bit(VIRTIO_RING_F_INDIRECT_DESC) |
           feature_bit(VIRTIO_RING_F_EVENT_IDX) |
           feature_bit(VIRTIO_F_VERSION_1);
}

bool virtio_has(const struct virtio *v, unsigned feature)
{
    return (v->accepted & feature_bit(feature)) != 0;
}

bool virtio_is_live(const struct virtio *v)
{
    return (v->status &
            (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET)) ==
           VIRTIO_CONFIG_S_DRIVER_OK;
}

void virtio_broken(struct virtio *v)
{
    if (v->status & VIRTIO_CONFIG_S_DRIVER_OK) {
        v->isr |= VIRTIO_ISR_CONFIG;
        v->interrupts |= (uint32_t)1 << VIRTIO_INTERRUPT_CONFIG;
    }
    v->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
    v->notified = 0;
    v->due_cycle = NEVER;
}

uint32_t virtio_read_features(const struct virtio *v)
{
    return v->feature_page > 1
               ? 0
               : (uint32_t)(virtio_offered(v) >> (32 * v->feature_page));
}

/* Frozen once the device has agreed. */
void virtio_write_features(struct virtio *v, uint32_t value)
{
    unsigned shift = 32 * (v->accepted_page & 1);

    if (v->status & VIRTIO_CONFIG_S_FEATURES_OK || v->accepted_page > 1)
        return;
    v->accepted &= ~((uint64_t)UINT32_MAX << shift);
    v->accepted |= (uint64_t)value << shift;
}

static bool features_agreed(const struct virtio *v)
{
    return (v->accepted & ~virtio_offered(v)) == 0 &&
           virtio_has(v, VIRTIO_F_VERSION_1);
}

static void go_live(struct virtio *v)
{
    for (unsigned i = 0; i < v->ops->queues; i++) {
        v->queues[i].indirect = virtio_has(v, VIRTIO_RING_F_INDIRECT_DESC);
        v->queues[i].event_index = virtio_has(v, VIRTIO_RING_F_EVENT_IDX);
    }
    if (v->ops->start)
        v->ops->start(v);
}

/* Bits are only ever added; 0 resets. */
void virtio_write_status(struct virtio *v, uint8_t value)
{
    bool was_live = v->status & VIRTIO_CONFIG_S_DRIVER_OK;

    if (value == 0) {
        virtio_reset(v);
        return;
    }
    /* NEEDS_RESET is the device's to set */
    value = (uint8_t)((value & ~VIRTIO_CONFIG_S_NEEDS_RESET) | v->status);
    if (!(v->status & VIRTIO_CONFIG_S_FEATURES_OK) && !features_agreed(v))
        value &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
    if (!(value & VIRTIO_CONFIG_S_FEATURES_OK))
        value &= (uint8_t)~VIRTIO_CONFIG_S_DRIVER_OK;
    v->status = value;
    if (!was_live && virtio_is_live(v))
        go_live(v);
}

uint32_t virtio_config_read(const struct virtio *v, uint64_t offset,
                            unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && i < 4; i++)
        if (offset < v->ops->config_bytes && offset + i < v->ops->config_bytes)
            value |= (uint32_t)v->config[offset + i] << (8 * i);
    return value;
}

void virtio_config_write(struct virtio *v, struct bus *b, uint64_t offset,
                         unsigned bytes, uint32_t value)
{
    if (!v->ops->config_write || offset >= v->ops->config_bytes)
        return;
    for (unsigned i = 0; i < bytes && i < 4; i++)
        if (offset + i < v->ops->config_bytes)
            v->ops->config_write(v, b, (unsigned)offset + i,
                                 (uint8_t)(value >> (8 * i)));
}

struct virtqueue *virtio_queue(struct virtio *v)
{
    return v->selected < v->ops->queues ? &v->queues[v->selected] : NULL;
}

void virtio_queue_size(struct virtio *v, uint32_t entries)
{
    struct virtqueue *q = virtio_queue(v);

    if (!q || q->ready)
        return;
    if (entries == 0 || entries > VIRTQ_MOST_ENTRIES ||
        (entries & (entries - 1)) != 0)
        virtio_broken(v);
    else
        q->entries = (uint16_t)entries;
}

void virtio_queue_ready(struct virtio *v, bool ready)
{
    struct virtqueue *q = virtio_queue(v);

    if (!q || q->ready == ready)
        return;
    q->ready = ready;
    q->taken = q->given = q->told = 0;
}

static gpa_t *ring_address(struct virtqueue *q, enum virtio_ring ring)
{
    switch (ring) {
    case RING_DESCRIPTORS:
        return &q->descriptors;
    case RING_AVAILABLE:
        return &q->available;
    case RING_USED:
        break;
    }
    return &q->used;
}

void virtio_queue_address(struct virtio *v, enum virtio_ring ring, bool high,
                          uint32_t value)
{
    struct virtqueue *q = virtio_queue(v);
    unsigned shift = high ? 32 : 0;
    gpa_t *at;

    if (!q || q->ready)
        return;
    at = ring_address(q, ring);
    *at = gpa((at->v & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value
                                                               << shift);
}

uint64_t virtio_queue_where(struct virtio *v, enum virtio_ring ring)
{
    struct virtqueue *q = virtio_queue(v);

    return q ? ring_address(q, ring)->v : 0;
}

static uint64_t cycles_of_us(const struct bus *b, uint64_t us)
{
    return us * b->cycles_per_second / 1000000;
}

/* After a service: which queues' drivers want to hear of it. */
static void raise_interrupts(struct virtio *v, struct bus *b, unsigned served)
{
    for (unsigned i = 0; i < v->ops->queues; i++) {
        struct virtqueue *q = &v->queues[i];

        if (!q->ready || (i != served && q->given == q->told))
            continue;
        if (virtq_wants_notice(q, &b->memory)) {
            v->isr |= VIRTIO_ISR_QUEUE;
            v->interrupts |= (uint32_t)1 << i;
        }
    }
}

static void serve_queues(struct virtio *v, struct bus *b, uint32_t queues)
{
    for (unsigned i = 0; i < v->ops->queues; i++) {
        if (!(queues >> i & 1) || !virtio_is_live(v) || !v->queues[i].ready)
            continue;
        v->ops->serve(v, b, i);
        if (virtio_is_live(v))
            raise_interrupts(v, b, i);
    }
}

void virtio_advance(struct virtio *v, struct bus *b)
{
    uint32_t queues = 0;

    if (!virtio_is_live(v))
        return;
    if (v->due_cycle <= b->now_cycle) {
        queues = v->notified;
        v->notified = 0;
        v->due_cycle = NEVER;
    }
    if (v->ops->wanted)
        queues |= v->ops->wanted(v, b);
    serve_queues(v, b, queues);
}

void virtio_notify(struct virtio *v, struct bus *b, uint32_t queue)
{
    uint64_t due = b->now_cycle + cycles_of_us(b, v->ops->service_us);

    if (!virtio_is_live(v) || queue >= v->ops->queues)
        return;
    if (due < v->free_cycle)
        due = v->free_cycle;
    v->notified |= (uint32_t)1 << queue;
    if (due < v->due_cycle)
        v->due_cycle = due;
    virtio_advance(v, b);
}

uint64_t virtio_next_cycle(const struct virtio *v)
{
    return v->due_cycle;
}

enum virtq_status virtio_pop(struct virtio *v, struct bus *b, unsigned queue,
                             struct virtq_chain *chain)
{
    struct virtqueue *q = &v->queues[queue];
    enum virtq_status s;

    if (!virtio_is_live(v) || !q->ready)
        return VIRTQ_EMPTY;
    s = virtq_pop(q, &b->memory, chain);
    if (s == VIRTQ_BROKEN)
        virtio_broken(v);
    return s;
}

void virtio_push(struct virtio *v, struct bus *b, unsigned queue,
                 const struct virtq_chain *chain, uint64_t written_bytes)
{
    uint64_t moved = chain->readable_bytes + written_bytes;

    if (!virtq_push(&v->queues[queue], &b->memory, chain->head,
                    (uint32_t)written_bytes))
        virtio_broken(v);
    if (v->ops->bytes_per_us == 0)
        return;
    if (v->free_cycle < b->now_cycle)
        v->free_cycle = b->now_cycle;
    v->free_cycle += cycles_of_us(b, moved) / v->ops->bytes_per_us;
}
