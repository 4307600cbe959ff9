/*
 * virtio.h - one virtio device, whatever bus it is on.
 *
 * Hardware      VIRTIO 1.1, "Basic Facilities of a Virtio Device": status,
 *               feature bits, configuration space, virtqueues, reset.
 * Model         the transport (virtio_mmio, virtio_pci) turns register
 *               accesses into the calls below; the kind of device is a const
 *               table of functions, one file each.  A queue is served some
 *               time after the driver's notification, all that waits at once.
 * NOT MODELLED  legacy (pre-1.0) interface, packed rings, shared memory
 *               regions, queue reset, SR-IOV.
 * INVARIANTS    (virtio_check asserts them)
 *   1. No queue is touched before DRIVER_OK, or after NEEDS_RESET.
 *   2. Accepted features are a subset of the offered ones.
 *   3. Nothing is due unless a queue waits to be served.
 */
#ifndef SIM_DEVICES_VIRTIO_H
#define SIM_DEVICES_VIRTIO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/devices/device.h"
#include "sim/devices/virtio_queue.h"

enum {
    VIRTIO_MOST_QUEUES = 4,
    VIRTIO_CONFIG_MOST_BYTES = 64,
    VIRTIO_STATE_BYTES = 32768, /* of a kind's own state, at most */
};

struct virtio;

/* Why the driver is to be interrupted; bits of the ISR status. */
enum { VIRTIO_ISR_QUEUE = 1, VIRTIO_ISR_CONFIG = 2 };

/*
 * A kind of device.  Order: open at power-on; start at each DRIVER_OK; then
 * serve for each queue that has something new, and `wanted` after any time has
 * passed.  Only name, sentence, id, queues and serve are required.
 */
struct virtio_ops {
    const char *name;
    const char *sentence;
    uint16_t id; /* VIRTIO_ID_* */
    uint8_t queues;
    uint64_t features;     /* beyond those of the rings */
    uint32_t service_us;   /* from notification to the data */
    uint32_t bytes_per_us; /* then it is busy; 0: takes no time */
    uint16_t config_bytes;
    /* There is nothing to make one from: a slot with no device in it. */
    bool (*absent)(const struct bus *b);
    void (*open)(struct virtio *v, const struct bus *b);
    void (*start)(struct virtio *v);
    void (*serve)(struct virtio *v, struct bus *b, unsigned queue);
    /* Bit n: queue n has work that came from elsewhere (typed characters). */
    uint32_t (*wanted)(const struct virtio *v, const struct bus *b);
    void (*config_write)(struct virtio *v, struct bus *b, unsigned offset,
                         uint8_t value);
};

struct virtio {
    const struct virtio_ops *ops;
    uint8_t config[VIRTIO_CONFIG_MOST_BYTES];
    uint8_t status;
    uint8_t isr;
    uint8_t generation;     /* of the configuration space */
    uint32_t feature_page;  /* device_feature_select */
    uint32_t accepted_page; /* driver_feature_select */
    uint64_t accepted;
    uint16_t selected; /* queue */
    struct virtqueue queues[VIRTIO_MOST_QUEUES];
    uint32_t notified;   /* bit n: queue n waits to be served */
    uint64_t due_cycle;  /* when; UINT64_MAX: nothing waits */
    uint64_t free_cycle; /* until when the last request keeps it busy */
    uint32_t interrupts; /* bit n: queue n's; bit 31: configuration's; the
                            transport takes them */
    _Alignas(16) uint8_t state[VIRTIO_STATE_BYTES]; /* the kind's own */
};

enum { VIRTIO_INTERRUPT_CONFIG = 31 };

/* Every kind, by enum virtio_kind; ends with NULL. */
extern const struct virtio_ops *const virtio_all[];
const struct virtio_ops *virtio_find(const char *name);

/* Power-on. */
void virtio_init(struct virtio *v, const struct virtio_ops *ops,
                 const struct bus *b);
/* The driver's reset: the kind's own state stays. */
void virtio_reset(struct virtio *v);
void virtio_check(const struct virtio *v);

uint64_t virtio_offered(const struct virtio *v);

/* Registers that both transports have. */
uint32_t virtio_read_features(const struct virtio *v);
void virtio_write_features(struct virtio *v, uint32_t value);
void virtio_write_status(struct virtio *v, uint8_t value);
uint32_t virtio_config_read(const struct virtio *v, uint64_t offset,
                            unsigned bytes);
void virtio_config_write(struct virtio *v, struct bus *b, uint64_t offset,
                         unsigned bytes, uint32_t value);

/* The selected queue; NULL: the device has no such queue. */
struct virtqueue *virtio_queue(struct virtio *v);
void virtio_queue_size(struct virtio *v, uint32_t entries);
void virtio_queue_ready(struct virtio *v, bool ready);

/* One of a queue's three addresses, 32 bits of it at a time. */
enum virtio_ring { RING_DESCRIPTORS, RING_AVAILABLE, RING_USED };
void virtio_queue_address(struct virtio *v, enum virtio_ring ring, bool high,
                          uint32_t value);
uint64_t virtio_queue_where(struct virtio *v, enum virtio_ring ring);

/* The driver has put something into a queue. */
void virtio_notify(struct virtio *v, struct bus *b, uint32_t queue);

/* Serves what is due by now. */
void virtio_advance(struct virtio *v, struct bus *b);
uint64_t virtio_next_cycle(const struct virtio *v);

/* For the kinds of device: */
bool virtio_is_live(const struct virtio *v);
bool virtio_has(const struct virtio *v, unsigned feature);
enum virtq_status virtio_pop(struct virtio *v, struct bus *b, unsigned queue,
                             struct virtq_chain *chain);
void virtio_push(struct virtio *v, struct bus *b, unsigned queue,
                 const struct virtq_chain *chain, uint64_t written_bytes);
/* The driver broke the rules: DEVICE_NEEDS_RESET. */
void virtio_broken(struct virtio *v);

#endif
