/*
 * Claim: a split virtqueue is served as VIRTIO 1.1 says ("Split Virtqueues",
 * "Driver Initialization", "Used Buffer Notification Suppression"), and what
 * no driver that keeps the rules would write sets DEVICE_NEEDS_RESET without
 * one byte of memory changed.
 */
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "tests/virtio_fixture.h"

#define FEATURE(n) ((uint64_t)1 << (n))

START_TEST(test_virtio_features_unoffered_not_agreed)
{
    struct rig r;

    rig_init(&r, "rng", NULL);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_VERSION), 2);
    ck_assert_uint_eq(rig_offered_features(&r),
                      FEATURE(28) | FEATURE(29) | FEATURE(32));
    rig_accept(&r, FEATURE(32) | FEATURE(5));
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_STATUS), 3);
    rig_write(&r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_DRIVER_OK);
    ck_assert(!virtio_is_live(r.v));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_features_without_version_1_not_agreed)
{
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_accept(&r, 0);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_STATUS), 3);
    rig_write(&r, VIRTIO_MMIO_STATUS, 0);
    rig_accept(&r, FEATURE(32));
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_STATUS), 11);
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_features_frozen_once_agreed)
{
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    rig_write(&r, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    rig_write(&r, VIRTIO_MMIO_DRIVER_FEATURES, UINT32_MAX);
    ck_assert_uint_eq(r.v->accepted, FEATURE(32));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_chain_filled_in_order)
{
    const struct rig_part parts[] = {{RIG_DATA, 3, true},
                                     {RIG_DATA + 0x100, 0, true},
                                     {RIG_DATA + 0x200, 13, true}};
    struct rig r;
    struct rng expected;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    rig_request(&r, 0, parts, 3);
    ck_assert_uint_eq(rig_take(&r, 0), 16);
    ck_assert_uint_eq(rig_take(&r, 0), UINT32_MAX);
    rng_init(&expected, 1);
    uint64_t word = rng_next(&expected);
    ck_assert_uint_eq(rig_get(&r, RIG_DATA, 3), word & 0xffffff);
    ck_assert_uint_eq(rig_get(&r, RIG_DATA + 3, 1), 0);
    ck_assert_uint_eq(rig_get(&r, RIG_DATA + 0x200, 5), word >> 24);
    ck_assert_uint_eq(rig_get(&r, RIG_DATA + 0x205, 8), rng_next(&expected));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_indices_wrap_after_65536)
{
    const struct rig_part part = {RIG_DATA, 1, true};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    for (unsigned i = 0; i < 70000; i++) {
        rig_request(&r, 0, &part, 1);
        ck_assert_uint_eq(rig_take(&r, 0), 1);
    }
    ck_assert(!rig_needs_reset(&r));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_indirect_table_walked)
{
    struct vring_desc inner[2] = {
        {RIG_DATA + 0x800, 5, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1},
        {RIG_DATA + 0x900, 6, VRING_DESC_F_WRITE, 0}};
    struct vring_desc outer = {RIG_DATA, 32, VRING_DESC_F_INDIRECT, 0};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
    rig_descriptor(&r, RIG_DATA, 0, &inner[0]);
    rig_descriptor(&r, RIG_DATA, 1, &inner[1]);
    rig_descriptor(&r, rig_ring(0), 3, &outer);
    rig_offer(&r, 0, 3);
    rig_notify(&r, 0);
    ck_assert_uint_eq(rig_get(&r, rig_ring(0) + RIG_USED + 4, 4), 3);
    ck_assert_uint_eq(rig_take(&r, 0), 11);
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_interrupt_high_until_acknowledged)
{
    const struct rig_part part = {RIG_DATA, 1, true};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    rig_request(&r, 0, &part, 1);
    ck_assert(bus_line_high(&r.bus, RIG_LINE));
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_INTERRUPT_STATUS),
                      VIRTIO_MMIO_INT_VRING);
    rig_write(&r, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
    ck_assert(!bus_line_high(&r.bus, RIG_LINE));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_interrupt_suppressed_by_flag)
{
    const struct rig_part part = {RIG_DATA, 1, true};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    rig_put16(&r, rig_ring(0) + RIG_AVAILABLE, VRING_AVAIL_F_NO_INTERRUPT);
    rig_request(&r, 0, &part, 1);
    ck_assert_uint_eq(rig_take(&r, 0), 1);
    ck_assert(!bus_line_high(&r.bus, RIG_LINE));
    rig_free(&r);
}
END_TEST

/* used_event = 2: the third element is the first that is told. */
START_TEST(test_virtio_interrupt_at_event_index)
{
    const struct rig_part part = {RIG_DATA, 1, true};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, FEATURE(VIRTIO_RING_F_EVENT_IDX));
    rig_put16(&r, rig_ring(0) + RIG_AVAILABLE + 4 + 2 * RIG_ENTRIES, 2);
    for (unsigned i = 0; i < 4; i++) {
        rig_request(&r, 0, &part, 1);
        ck_assert_int_eq(bus_line_high(&r.bus, RIG_LINE), i >= 2);
        /* avail_event follows what the device has taken */
        ck_assert_uint_eq(
            rig_get(&r, rig_ring(0) + RIG_USED + 4 + 8 * RIG_ENTRIES, 2),
            i + 1);
    }
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_reset_forgets_queues)
{
    const struct rig_part part = {RIG_DATA, 1, true};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_start(&r, 0);
    rig_request(&r, 0, &part, 1);
    rig_write(&r, VIRTIO_MMIO_STATUS, 0);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_STATUS), 0);
    ck_assert(!bus_line_high(&r.bus, RIG_LINE));
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_QUEUE_READY), 0);
    rig_free(&r);
}
END_TEST

/* What hostile or broken drivers write: one situation a row. */
static const struct {
    const char *what;
    struct vring_desc d[2];
    uint16_t head, index;
} broken_rings[] = {
    {"head beyond the table", {{RIG_DATA, 1, 2, 0}}, RIG_ENTRIES, 1},
    {"index too far ahead", {{RIG_DATA, 1, 2, 0}}, 0, RIG_ENTRIES + 1},
    {"next beyond the table", {{RIG_DATA, 1, 3, RIG_ENTRIES}}, 0, 1},
    {"chain into itself", {{RIG_DATA, 1, 3, 1}, {RIG_DATA, 1, 3, 0}}, 0, 1},
    {"readable after writable",
     {{RIG_DATA, 1, 3, 1}, {RIG_DATA, 1, 0, 0}},
     0,
     1},
    {"no room at all", {{RIG_DATA, 0, 2, 0}}, 0, 1},
    {"outside memory", {{UINT64_MAX - 3, 8, 2, 0}}, 0, 1},
    {"longer than any request", {{0, UINT32_MAX, 2, 0}}, 0, 1},
    {"table of odd length", {{RIG_DATA, 24, 4, 0}}, 0, 1},
    {"table of no length", {{RIG_DATA, 0, 4, 0}}, 0, 1},
    {"table in a table", {{RIG_RINGS, 16, 4, 0}}, 0, 1},
    {"table and next", {{RIG_DATA, 16, 5, 1}, {RIG_DATA, 1, 2, 0}}, 0, 1},
    {"table outside memory", {{(uint64_t)1 << 40, 16, 4, 0}}, 0, 1},
};

START_TEST(test_virtio_broken_ring_needs_reset)
{
    struct rig r;
    uint8_t *before = malloc(RIG_MEMORY_BYTES);

    ck_assert_ptr_nonnull(before);
    rig_init(&r, "rng", NULL);
    rig_start(&r, FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
    for (unsigned i = 0; i < 2; i++)
        rig_descriptor(&r, RIG_RINGS, i, &broken_rings[_i].d[i]);
    rig_put16(&r, RIG_RINGS + RIG_AVAILABLE + 4, broken_rings[_i].head);
    rig_put16(&r, RIG_RINGS + RIG_AVAILABLE + 2, broken_rings[_i].index);
    memcpy(before, r.dram.base, RIG_MEMORY_BYTES);
    rig_notify(&r, 0);
    ck_assert_msg(rig_needs_reset(&r), "%s", broken_rings[_i].what);
    ck_assert_msg(memcmp(before, r.dram.base, RIG_MEMORY_BYTES) == 0, "%s",
                  broken_rings[_i].what);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_INTERRUPT_STATUS),
                      VIRTIO_MMIO_INT_CONFIG);
    rig_write(&r, VIRTIO_MMIO_STATUS, 0);
    ck_assert(!rig_needs_reset(&r));
    rig_free(&r);
    free(before);
}
END_TEST

START_TEST(test_virtio_queue_size_not_power_of_two_needs_reset)
{
    static const uint32_t wrong[] = {0, 3, 257, 512, UINT32_MAX};
    struct rig r;

    rig_init(&r, "rng", NULL);
    rig_accept(&r, FEATURE(32));
    rig_write(&r, VIRTIO_MMIO_QUEUE_SEL, 0);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_QUEUE_NUM_MAX), 256);
    rig_write(&r, VIRTIO_MMIO_QUEUE_NUM, wrong[_i]);
    ck_assert(rig_needs_reset(&r));
    rig_free(&r);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("queues");

    tcase_add_test(t, test_virtio_features_unoffered_not_agreed);
    tcase_add_test(t, test_virtio_features_without_version_1_not_agreed);
    tcase_add_test(t, test_virtio_features_frozen_once_agreed);
    tcase_add_test(t, test_virtio_chain_filled_in_order);
    tcase_add_test(t, test_virtio_indices_wrap_after_65536);
    tcase_add_test(t, test_virtio_indirect_table_walked);
    tcase_add_test(t, test_virtio_interrupt_high_until_acknowledged);
    tcase_add_test(t, test_virtio_interrupt_suppressed_by_flag);
    tcase_add_test(t, test_virtio_interrupt_at_event_index);
    tcase_add_test(t, test_virtio_reset_forgets_queues);
    tcase_add_loop_test(t, test_virtio_broken_ring_needs_reset, 0,
                        (int)ARRAY_LEN(broken_rings));
    tcase_add_loop_test(t, test_virtio_queue_size_not_power_of_two_needs_reset,
                        0, 5);
    return rig_main(t, "virtio-queues");
}
