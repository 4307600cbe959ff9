/*
 * virtio_fixture.h - a driver's side of one virtio-mmio device: guest memory,
 * registers, rings that lie where the driver put them.
 */
#ifndef TESTS_VIRTIO_FIXTURE_H
#define TESTS_VIRTIO_FIXTURE_H
#include <check.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "mmu/memory.h"
#include "sim/devices/device_all.h"
#include "sim/devices/virtio.h"

enum {
    RIG_MEMORY_BYTES = 0x100000,
    RIG_ENTRIES = 8,
    RIG_RINGS = 0x10000, /* queue n: + 0x1000 n */
    RIG_AVAILABLE = 0x200,
    RIG_USED = 0x400,
    RIG_DATA = 0x40000,
    RIG_LINE = 5,
};

/* All that a kind of device may need; memory is the guest's from 0 on. */
struct rig {
    struct memory dram;
    struct platform_config config;
    struct bus bus;
    struct virtio *v;
    uint16_t offered[VIRTIO_MOST_QUEUES]; /* available index */
    uint16_t seen[VIRTIO_MOST_QUEUES];    /* used index */
};

/* One descriptor of a chain that the driver makes. */
struct rig_part {
    uint64_t at;
    uint32_t bytes;
    bool writable;
};

static inline void rig_put(struct rig *r, uint64_t at, const void *from,
                           size_t bytes)
{
    ck_assert(guest_memory_write(&r->bus.memory, gpa(at), from, bytes));
}

static inline void rig_put16(struct rig *r, uint64_t at, uint16_t value)
{
    rig_put(r, at, &value, 2);
}

static inline uint64_t rig_get(const struct rig *r, uint64_t at, size_t bytes)
{
    uint64_t value = 0;

    ck_assert(guest_memory_read(&r->bus.memory, gpa(at), &value, bytes));
    return value;
}

static inline uint32_t rig_read(struct rig *r, uint32_t offset)
{
    struct device_access a = {.offset = offset, .bytes = 4};

    return (uint32_t)device_virtio_mmio.read(r->v, &r->bus, &a);
}

static inline void rig_write(struct rig *r, uint32_t offset, uint32_t value)
{
    struct device_access a = {.offset = offset, .bytes = 4};

    device_virtio_mmio.write(r->v, &r->bus, &a, value);
}

/* Power-on with the kind of that name. */
static inline void rig_init(struct rig *r, const char *kind, struct disk *disk)
{
    struct error e;

    memset(r, 0, sizeof *r);
    ck_assert_int_eq(memory_init(&r->dram, RIG_MEMORY_BYTES, &e), STATUS_OK);
    r->config.disks[0] = disk;
    r->config.seed = 1;
    r->bus.config = &r->config;
    r->bus.cycles_per_second = 1000000000;
    r->bus.line = RIG_LINE;
    r->bus.memory.dram = &r->dram;
    r->bus.console.limit_bytes = 1 << 20;
    ck_assert(
        guest_memory_add(&r->bus.memory, gpa(0), RIG_MEMORY_BYTES, hpa(0)));
    for (unsigned i = 0; virtio_all[i]; i++)
        if (virtio_all[i] == virtio_find(kind))
            r->bus.parameter = i;
    r->v = calloc(1, device_virtio_mmio.state_bytes);
    ck_assert_ptr_nonnull(r->v);
    device_virtio_mmio.reset(r->v, &r->bus);
}

static inline void rig_free(struct rig *r)
{
    virtio_check(r->v);
    free(r->v);
    output_free(&r->bus.console);
    memory_free(&r->dram);
}

static inline uint64_t rig_offered_features(struct rig *r)
{
    uint64_t low;

    rig_write(r, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
    low = rig_read(r, VIRTIO_MMIO_DEVICE_FEATURES);
    rig_write(r, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
    return low | (uint64_t)rig_read(r, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

static inline void rig_accept(struct rig *r, uint64_t features)
{
    rig_write(r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    rig_write(r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_DRIVER);
    rig_write(r, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    rig_write(r, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
    rig_write(r, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    rig_write(r, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
    rig_write(r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_FEATURES_OK);
}

static inline uint64_t rig_ring(unsigned queue)
{
    return RIG_RINGS + 0x1000ull * queue;
}

static inline void rig_queue(struct rig *r, unsigned queue)
{
    uint32_t ring = (uint32_t)rig_ring(queue);

    rig_write(r, VIRTIO_MMIO_QUEUE_SEL, queue);
    rig_write(r, VIRTIO_MMIO_QUEUE_NUM, RIG_ENTRIES);
    rig_write(r, VIRTIO_MMIO_QUEUE_DESC_LOW, ring);
    rig_write(r, VIRTIO_MMIO_QUEUE_AVAIL_LOW, ring + RIG_AVAILABLE);
    rig_write(r, VIRTIO_MMIO_QUEUE_USED_LOW, ring + RIG_USED);
    rig_write(r, VIRTIO_MMIO_QUEUE_READY, 1);
}

/* The whole initialization of VIRTIO 1.1, "Driver Initialization". */
static inline void rig_start(struct rig *r, uint64_t features)
{
    rig_accept(r, features | (uint64_t)1 << VIRTIO_F_VERSION_1);
    ck_assert(rig_read(r, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK);
    for (unsigned i = 0; i < r->v->ops->queues; i++)
        rig_queue(r, i);
    rig_write(r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_DRIVER_OK);
}

static inline void rig_descriptor(struct rig *r, uint64_t table, unsigned index,
                                  const struct vring_desc *d)
{
    rig_put(r, table + 16ull * index, d, sizeof *d);
}

/* Makes head available. */
static inline void rig_offer(struct rig *r, unsigned queue, uint16_t head)
{
    uint64_t available = rig_ring(queue) + RIG_AVAILABLE;

    rig_put16(r, available + 4 + 2u * (r->offered[queue] % RIG_ENTRIES), head);
    rig_put16(r, available + 2, ++r->offered[queue]);
}

static inline void rig_notify(struct rig *r, unsigned queue)
{
    rig_write(r, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

/* Lets all the time pass that the device waits for. */
static inline void rig_wait(struct rig *r)
{
    uint64_t next = device_virtio_mmio.next_cycle(r->v, &r->bus);

    if (next != UINT64_MAX && next > r->bus.now_cycle)
        r->bus.now_cycle = next;
    device_virtio_mmio.advance(r->v, &r->bus);
}

/* A chain of parts from descriptor 0 on, offered, notified, waited for. */
static inline void rig_request(struct rig *r, unsigned queue,
                               const struct rig_part *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct vring_desc d = {.addr = parts[i].at, .len = parts[i].bytes};

        d.flags = parts[i].writable ? VRING_DESC_F_WRITE : 0;
        if (i + 1 < count)
            d.flags |= VRING_DESC_F_NEXT;
        d.next = (uint16_t)(i + 1);
        rig_descriptor(r, rig_ring(queue), i, &d);
    }
    rig_offer(r, queue, 0);
    rig_notify(r, queue);
    rig_wait(r);
}

/* The next used element's length; UINT32_MAX: nothing came back. */
static inline uint32_t rig_take(struct rig *r, unsigned queue)
{
    uint64_t used = rig_ring(queue) + RIG_USED;
    uint64_t slot = used + 4 + 8u * (r->seen[queue] % RIG_ENTRIES);

    if ((uint16_t)rig_get(r, used + 2, 2) == r->seen[queue])
        return UINT32_MAX;
    r->seen[queue]++;
    return (uint32_t)rig_get(r, slot + 4, 4);
}

static inline bool rig_needs_reset(struct rig *r)
{
    return rig_read(r, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

static inline int rig_main(TCase *t, const char *name)
{
    Suite *s = suite_create(name);
    SRunner *runner;
    int failed;

    suite_add_tcase(s, t);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
