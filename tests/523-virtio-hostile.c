/*
 * Claim: whatever a guest writes into the registers and the rings of a virtio
 * device, the device keeps its invariants (virtio_check) and touches nothing
 * outside the guest's memory.  Run under the sanitizers too.
 */
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "sim/devices/disk.h"
#include "tests/virtio_fixture.h"

enum { ROUNDS = 300, STEPS = 400, IMAGE_SECTORS = 64 };

static const char *const kinds[] = {"net", "blk", "console", "rng"};

/* Small values, edges, and anything. */
static uint32_t odd_value(struct rng *g)
{
    static const uint32_t edges[] = {
        0, 1, 7, 8, 255, 256, 0xffff, 0x10000, 0xffff, 0x7fffffff, UINT32_MAX};

    switch (rng_below(g, 3)) {
    case 0:
        return edges[rng_below(g, ARRAY_LEN(edges))];
    case 1:
        return rng_below(g, RIG_MEMORY_BYTES + 64);
    default:
        return (uint32_t)rng_next(g);
    }
}

static void write_ring(struct rig *r, struct rng *g)
{
    struct vring_desc d = {.addr = odd_value(g),
                           .len = odd_value(g),
                           .flags = (uint16_t)rng_below(g, 8),
                           .next = (uint16_t)rng_below(g, RIG_ENTRIES + 1)};
    unsigned queue = rng_below(g, 2);
    uint64_t available = rig_ring(queue) + RIG_AVAILABLE;

    if (rng_below(g, 2) == 0)
        d.len = rng_below(g, 2000);
    if (rng_below(g, 4) == 0)
        d.addr = rng_next(g);
    rig_descriptor(r, rig_ring(queue), rng_below(g, RIG_ENTRIES), &d);
    rig_put16(r, available + 4 + 2 * rng_below(g, RIG_ENTRIES),
              (uint16_t)rng_below(g, RIG_ENTRIES + 1));
    rig_put16(r, available + 2, (uint16_t)odd_value(g));
}

static void touch_register(struct rig *r, struct rng *g)
{
    struct device_access a = {.offset = rng_below(g, 0x200) & ~3u, .bytes = 4};

    if (rng_below(g, 4) == 0) {
        a.bytes = 1u << rng_below(g, 2);
        a.offset += rng_below(g, 4) & ~(a.bytes - 1);
    }
    if (rng_below(g, 2) == 0)
        (void)device_virtio_mmio.read(r->v, &r->bus, &a);
    else
        device_virtio_mmio.write(r->v, &r->bus, &a, odd_value(g));
}

static void hostile_step(struct rig *r, struct rng *g)
{
    switch (rng_below(g, 8)) {
    case 0:
        touch_register(r, g);
        break;
    case 1:
        (void)input_put(&r->bus.input, (const uint8_t *)"x", 1);
        break;
    case 2:
        rig_notify(r, odd_value(g));
        break;
    case 3:
        rig_offer(r, rng_below(g, 2), (uint16_t)rng_below(g, RIG_ENTRIES));
        rig_notify(r, rng_below(g, 2));
        break;
    case 4:
        rig_wait(r);
        break;
    case 5:
        if (rig_needs_reset(r) || rng_below(g, 50) == 0) {
            rig_write(r, VIRTIO_MMIO_STATUS, 0);
            rig_start(r, (uint64_t)rng_below(g, 4) << 28);
        }
        break;
    default:
        write_ring(r, g);
        break;
    }
    virtio_check(r->v);
}

START_TEST(test_virtio_hostile_driver_contained)
{
    static uint8_t image[IMAGE_SECTORS * DISK_SECTOR_BYTES];
    struct disk disk = {.data = image, .sectors = IMAGE_SECTORS};
    struct rng g;

    rng_init(&g, 77 + (uint64_t)_i);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct rig r;

        rig_init(&r, kinds[_i], &disk);
        rig_start(&r, (uint64_t)rng_below(&g, 4) << 28);
        for (unsigned step = 0; step < STEPS; step++)
            hostile_step(&r, &g);
        rig_free(&r);
    }
}
END_TEST

/* What is served depends on nothing but the guest and the seed. */
START_TEST(test_virtio_hostile_driver_deterministic)
{
    static uint8_t image[2][IMAGE_SECTORS * DISK_SECTOR_BYTES];
    struct rig r[2];

    for (unsigned run = 0; run < 2; run++) {
        struct disk disk = {.data = image[run], .sectors = IMAGE_SECTORS};
        struct rng g;

        rng_init(&g, 99);
        rig_init(&r[run], kinds[_i], &disk);
        rig_start(&r[run], 0);
        for (unsigned step = 0; step < 10 * STEPS; step++)
            hostile_step(&r[run], &g);
    }
    ck_assert_mem_eq(r[0].dram.base, r[1].dram.base, RIG_MEMORY_BYTES);
    ck_assert_mem_eq(image[0], image[1], sizeof image[0]);
    ck_assert_uint_eq(r[0].bus.now_cycle, r[1].bus.now_cycle);
    rig_free(&r[0]);
    rig_free(&r[1]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("hostile");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_virtio_hostile_driver_contained, 0, 4);
    tcase_add_loop_test(t, test_virtio_hostile_driver_deterministic, 0, 4);
    return rig_main(t, "virtio-hostile");
}
