/*
 * Claim: disk, console and random source do what VIRTIO 1.1 says ("Block
 * Device", "Console Device", "Entropy Device"), when they say they will, and
 * the configuration space holds what the driver must know.
 */
#include <linux/virtio_blk.h>

#include "sim/core/macros.h"
#include "sim/devices/disk.h"
#include "tests/virtio_fixture.h"

enum {
    SECTORS = 64,
    HEADER = RIG_DATA,
    STATUS = RIG_DATA + 0x100,
    BUFFER = RIG_DATA + 0x1000,
};

struct disk_rig {
    struct rig r;
    struct disk disk;
    uint8_t image[SECTORS * DISK_SECTOR_BYTES];
};

static void disk_init(struct disk_rig *d)
{
    for (size_t i = 0; i < sizeof d->image; i++)
        d->image[i] = (uint8_t)(i / DISK_SECTOR_BYTES + i);
    d->disk = (struct disk){.data = d->image, .sectors = SECTORS};
    rig_init(&d->r, "blk", &d->disk);
    rig_start(&d->r, (uint64_t)1 << VIRTIO_BLK_F_FLUSH);
}

/* One request; the status byte. */
static uint8_t disk_request(struct disk_rig *d, uint32_t type, uint64_t sector,
                            uint32_t bytes)
{
    uint32_t header[4] = {type, 0, (uint32_t)sector, (uint32_t)(sector >> 32)};
    bool reads = type != VIRTIO_BLK_T_OUT;
    const struct rig_part parts[] = {
        {HEADER, 16, false}, {BUFFER, bytes, reads}, {STATUS, 1, true}};

    rig_put(&d->r, HEADER, header, sizeof header);
    rig_put(&d->r, STATUS, "\xee", 1);
    rig_request(&d->r, 0, parts, 3);
    ck_assert_uint_ne(rig_take(&d->r, 0), UINT32_MAX);
    return (uint8_t)rig_get(&d->r, STATUS, 1);
}

START_TEST(test_blk_config_capacity)
{
    struct disk_rig d;

    disk_init(&d);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_DEVICE_ID), 2);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_CONFIG), SECTORS);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_CONFIG + 4), 0);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_CONFIG + 12), 254);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_CONFIG + 20), 512);
    ck_assert_uint_eq(rig_read(&d.r, VIRTIO_MMIO_CONFIG + 0xfc), 0);
    rig_free(&d.r);
}
END_TEST

START_TEST(test_blk_write_then_read_back)
{
    struct disk_rig d;
    uint8_t data[2 * DISK_SECTOR_BYTES];

    disk_init(&d);
    memset(data, 0x5a, sizeof data);
    rig_put(&d.r, BUFFER, data, sizeof data);
    ck_assert_uint_eq(disk_request(&d, VIRTIO_BLK_T_OUT, 62, sizeof data), 0);
    ck_assert_mem_eq(d.image + 62 * DISK_SECTOR_BYTES, data, sizeof data);
    ck_assert_uint_eq(d.image[61 * DISK_SECTOR_BYTES], 61);
    ck_assert_uint_eq(disk_request(&d, VIRTIO_BLK_T_IN, 61, sizeof data), 0);
    ck_assert_mem_eq(d.r.dram.base + BUFFER, d.image + 61 * DISK_SECTOR_BYTES,
                     sizeof data);
    rig_free(&d.r);
}
END_TEST

START_TEST(test_blk_request_beyond_disk_moves_nothing)
{
    static const struct {
        uint64_t sector;
        uint32_t bytes;
    } wrong[] = {{63, 1024}, {64, 512}, {UINT64_MAX, 512}, {0, 100}};
    struct disk_rig d;
    uint8_t before[sizeof d.image];

    disk_init(&d);
    memcpy(before, d.image, sizeof before);
    ck_assert_uint_eq(
        disk_request(&d, VIRTIO_BLK_T_OUT, wrong[_i].sector, wrong[_i].bytes),
        VIRTIO_BLK_S_IOERR);
    ck_assert_uint_eq(
        disk_request(&d, VIRTIO_BLK_T_IN, wrong[_i].sector, wrong[_i].bytes),
        VIRTIO_BLK_S_IOERR);
    ck_assert_mem_eq(before, d.image, sizeof before);
    ck_assert_uint_eq(rig_get(&d.r, BUFFER, 8), 0);
    rig_free(&d.r);
}
END_TEST

START_TEST(test_blk_other_requests)
{
    struct disk_rig d;

    disk_init(&d);
    ck_assert_uint_eq(disk_request(&d, VIRTIO_BLK_T_FLUSH, 0, 0), 0);
    ck_assert_uint_eq(disk_request(&d, VIRTIO_BLK_T_GET_ID, 0, 20), 0);
    ck_assert_str_eq((const char *)d.r.dram.base + BUFFER, "ringside-disk");
    ck_assert_uint_eq(disk_request(&d, 99, 0, 0), VIRTIO_BLK_S_UNSUPP);
    rig_free(&d.r);
}
END_TEST

/* 20 us at 1 GHz. */
START_TEST(test_blk_answers_after_its_time)
{
    const struct rig_part parts[] = {{HEADER, 16, false}, {STATUS, 1, true}};
    uint32_t header[4] = {VIRTIO_BLK_T_FLUSH, 0, 0, 0};
    struct disk_rig d;

    disk_init(&d);
    rig_put(&d.r, HEADER, header, sizeof header);
    d.r.bus.now_cycle = 1000;
    for (unsigned i = 0; i < 2; i++) {
        struct vring_desc desc = {
            parts[i].at, parts[i].bytes,
            i == 0 ? VRING_DESC_F_NEXT : VRING_DESC_F_WRITE, 1};
        rig_descriptor(&d.r, RIG_RINGS, i, &desc);
    }
    rig_offer(&d.r, 0, 0);
    rig_notify(&d.r, 0);
    ck_assert_uint_eq(rig_take(&d.r, 0), UINT32_MAX);
    ck_assert_uint_eq(device_virtio_mmio.next_cycle(d.r.v, &d.r.bus), 21000);
    d.r.bus.now_cycle = 20999;
    device_virtio_mmio.advance(d.r.v, &d.r.bus);
    ck_assert_uint_eq(rig_take(&d.r, 0), UINT32_MAX);
    d.r.bus.now_cycle = 21000;
    device_virtio_mmio.advance(d.r.v, &d.r.bus);
    ck_assert_uint_eq(rig_take(&d.r, 0), 1);
    ck_assert(bus_line_high(&d.r.bus, RIG_LINE));
    rig_free(&d.r);
}
END_TEST

START_TEST(test_blk_without_image_is_no_device)
{
    struct rig r;

    rig_init(&r, "blk", NULL);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_DEVICE_ID), 0);
    rig_write(&r, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_STATUS), 0);
    rig_wait(&r);
    free(r.v);
    memory_free(&r.dram);
}
END_TEST

START_TEST(test_console_prints_what_is_sent)
{
    const struct rig_part parts[] = {{RIG_DATA, 6, false},
                                     {RIG_DATA + 0x100, 600, false}};
    struct rig r;

    rig_init(&r, "console", NULL);
    rig_start(&r, 0);
    rig_put(&r, RIG_DATA, "hello ", 6);
    rig_request(&r, 1, parts, 2);
    ck_assert_uint_eq(rig_take(&r, 1), 0);
    ck_assert_uint_eq(r.bus.console.bytes, 606);
    ck_assert_mem_eq(r.bus.console.data, "hello \0", 7);
    rig_free(&r);
}
END_TEST

START_TEST(test_console_types_into_waiting_buffer)
{
    const struct rig_part part = {RIG_DATA, 4, true};
    struct rig r;

    rig_init(&r, "console", NULL);
    rig_start(&r, 0);
    rig_request(&r, 0, &part, 1);
    ck_assert_uint_eq(rig_take(&r, 0), UINT32_MAX);
    ck_assert_uint_eq(input_put(&r.bus.input, (const uint8_t *)"ls -l\n", 6),
                      6);
    rig_wait(&r);
    ck_assert_uint_eq(rig_take(&r, 0), 4);
    ck_assert_mem_eq(r.dram.base + RIG_DATA, "ls -", 4);
    ck_assert(bus_line_high(&r.bus, RIG_LINE));
    rig_request(&r, 0, &part, 1);
    ck_assert_uint_eq(rig_take(&r, 0), 2);
    ck_assert_mem_eq(r.dram.base + RIG_DATA, "l\n", 2);
    rig_free(&r);
}
END_TEST

START_TEST(test_console_emergency_write)
{
    struct rig r;

    rig_init(&r, "console", NULL);
    rig_write(&r, VIRTIO_MMIO_CONFIG + 8, '!');
    ck_assert_uint_eq(r.bus.console.bytes, 1);
    ck_assert_uint_eq(r.bus.console.data[0], '!');
    rig_free(&r);
}
END_TEST

START_TEST(test_rng_same_seed_same_bytes)
{
    const struct rig_part part = {RIG_DATA, 4096, true};
    struct rig a, b;

    rig_init(&a, "rng", NULL);
    rig_init(&b, "rng", NULL);
    rig_start(&a, 0);
    rig_start(&b, 0);
    rig_request(&a, 0, &part, 1);
    rig_request(&b, 0, &part, 1);
    ck_assert_uint_eq(rig_take(&a, 0), 1024);
    ck_assert_mem_eq(a.dram.base, b.dram.base, RIG_MEMORY_BYTES);
    ck_assert_uint_ne(rig_get(&a, RIG_DATA, 8), 0);
    ck_assert_uint_eq(rig_get(&a, RIG_DATA + 1024, 8), 0);
    rig_free(&a);
    rig_free(&b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("devices");

    tcase_add_test(t, test_blk_config_capacity);
    tcase_add_test(t, test_blk_write_then_read_back);
    tcase_add_loop_test(t, test_blk_request_beyond_disk_moves_nothing, 0, 4);
    tcase_add_test(t, test_blk_other_requests);
    tcase_add_test(t, test_blk_answers_after_its_time);
    tcase_add_test(t, test_blk_without_image_is_no_device);
    tcase_add_test(t, test_console_prints_what_is_sent);
    tcase_add_test(t, test_console_types_into_waiting_buffer);
    tcase_add_test(t, test_console_emergency_write);
    tcase_add_test(t, test_rng_same_seed_same_bytes);
    return rig_main(t, "virtio-devices");
}
