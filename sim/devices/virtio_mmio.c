/*
 * virtio_mmio.c - virtio devices behind memory-mapped registers.
 *
 * Hardware      VIRTIO 1.1, "Virtio Over MMIO": "MMIO Device Register Layout"
 *               (version 2).
 * Model         registers are 32 bits wide and read 0 to accesses of another
 *               width, which also write nothing; the configuration space takes
 *               any width.  The interrupt line is high while InterruptStatus
 *               is not 0.  The row's parameter says which kind of device.
 * NOT MODELLED  version 1 registers, shared memory regions (their length reads
 *               as all ones: none).
 */
#include <linux/virtio_mmio.h>

#include "sim/core/macros.h"
#include "sim/devices/device_all.h"
#include "sim/devices/virtio.h"

enum { MAGIC = 0x74726976, VERSION = 2, VENDOR = 0x474e4952 /* "RING" */ };

static struct virtio *mmio_of(void *state)
{
    return state;
}

static void mmio_reset(void *state, struct bus *bus)
{
    struct virtio *v = mmio_of(state);
    const struct virtio_ops *ops = virtio_all[bus->parameter];

    v->ops = NULL;
    if (!ops->absent || !ops->absent(bus))
        virtio_init(v, ops, bus);
    bus_lower_line(bus, bus->line);
}

static uint32_t queue_register(struct virtio *v, uint32_t offset)
{
    const struct virtqueue *q = virtio_queue(v);

    if (offset == VIRTIO_MMIO_QUEUE_NUM_MAX)
        return q ? VIRTQ_MOST_ENTRIES : 0;
    return offset == VIRTIO_MMIO_QUEUE_READY && q && q->ready;
}

static uint32_t read_register(struct virtio *v, uint32_t offset)
{
    switch (offset) {
    case VIRTIO_MMIO_MAGIC_VALUE:
        return MAGIC;
    case VIRTIO_MMIO_VERSION:
        return VERSION;
    case VIRTIO_MMIO_DEVICE_ID:
        return v->ops->id;
    case VIRTIO_MMIO_VENDOR_ID:
        return VENDOR;
    case VIRTIO_MMIO_DEVICE_FEATURES:
        return virtio_read_features(v);
    case VIRTIO_MMIO_INTERRUPT_STATUS:
        return v->isr;
    case VIRTIO_MMIO_STATUS:
        return v->status;
    case VIRTIO_MMIO_CONFIG_GENERATION:
        return v->generation;
    case VIRTIO_MMIO_SHM_LEN_LOW:
    case VIRTIO_MMIO_SHM_LEN_HIGH:
        return UINT32_MAX;
    default:
        return queue_register(v, offset);
    }
}

/* Device ID 0: a slot that holds no device. */
static uint32_t read_empty_slot(const struct device_access *a)
{
    if (a->bytes != 4)
        return 0;
    if (a->offset == VIRTIO_MMIO_MAGIC_VALUE)
        return MAGIC;
    return a->offset == VIRTIO_MMIO_VERSION ? VERSION : 0;
}

static uint64_t mmio_read(void *state, struct bus *bus,
                          const struct device_access *a)
{
    struct virtio *v = mmio_of(state);

    (void)bus;
    if (!v->ops)
        return read_empty_slot(a);
    if (a->offset >= VIRTIO_MMIO_CONFIG)
        return virtio_config_read(v, a->offset - VIRTIO_MMIO_CONFIG, a->bytes);
    return a->bytes == 4 ? read_register(v, a->offset) : 0;
}

/* The three addresses of the selected queue, low and high halves. */
static void write_address(struct virtio *v, uint32_t offset, uint32_t value)
{
    static const struct {
        uint32_t low, high;
        enum virtio_ring ring;
    } rings[] = {
        {VIRTIO_MMIO_QUEUE_DESC_LOW, VIRTIO_MMIO_QUEUE_DESC_HIGH,
         RING_DESCRIPTORS},
        {VIRTIO_MMIO_QUEUE_AVAIL_LOW, VIRTIO_MMIO_QUEUE_AVAIL_HIGH,
         RING_AVAILABLE},
        {VIRTIO_MMIO_QUEUE_USED_LOW, VIRTIO_MMIO_QUEUE_USED_HIGH, RING_USED},
    };

    for (unsigned i = 0; i < ARRAY_LEN(rings); i++)
        if (offset == rings[i].low || offset == rings[i].high)
            virtio_queue_address(v, rings[i].ring, offset == rings[i].high,
                                 value);
}

static void write_register(struct virtio *v, struct bus *bus, uint32_t offset,
                           uint32_t value)
{
    switch (offset) {
    case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        v->feature_page = value;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        v->accepted_page = value;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES:
        virtio_write_features(v, value);
        break;
    case VIRTIO_MMIO_QUEUE_SEL:
        v->selected = value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
        break;
    case VIRTIO_MMIO_QUEUE_NUM:
        virtio_queue_size(v, value);
        break;
    case VIRTIO_MMIO_QUEUE_READY:
        virtio_queue_ready(v, value & 1);
        break;
    case VIRTIO_MMIO_QUEUE_NOTIFY:
        virtio_notify(v, bus, value);
        break;
    case VIRTIO_MMIO_INTERRUPT_ACK:
        v->isr &= (uint8_t)~value;
        break;
    case VIRTIO_MMIO_STATUS:
        virtio_write_status(v, (uint8_t)value);
        break;
    default:
        write_address(v, offset, value);
    }
}

static void show_interrupt(const struct virtio *v, struct bus *bus)
{
    bus_set_line(bus, bus->line, v->isr != 0);
}

static void mmio_write(void *state, struct bus *bus,
                       const struct device_access *a, uint64_t value)
{
    struct virtio *v = mmio_of(state);

    if (!v->ops)
        return;
    if (a->offset >= VIRTIO_MMIO_CONFIG)
        virtio_config_write(v, bus, a->offset - VIRTIO_MMIO_CONFIG, a->bytes,
                            (uint32_t)value);
    else if (a->bytes == 4)
        write_register(v, bus, a->offset, (uint32_t)value);
    show_interrupt(v, bus);
}

static void mmio_advance(void *state, struct bus *bus)
{
    struct virtio *v = mmio_of(state);

    if (!v->ops)
        return;
    virtio_advance(v, bus);
    show_interrupt(v, bus);
}

static uint64_t mmio_next_cycle(const void *state, const struct bus *bus)
{
    const struct virtio *v = state;

    (void)bus;
    return v->ops ? virtio_next_cycle(v) : UINT64_MAX;
}

const struct device_ops device_virtio_mmio = {
    .name = "virtio-mmio",
    .sentence = "a virtio device behind memory-mapped registers",
    .source = "VIRTIO 1.1, \"Virtio Over MMIO\"",
    .state_bytes = sizeof(struct virtio),
    .reset = mmio_reset,
    .read = mmio_read,
    .write = mmio_write,
    .advance = mmio_advance,
    .next_cycle = mmio_next_cycle,
};
