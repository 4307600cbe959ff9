/*
 * Claim: the IDE channel is a drive by programmed I/O (ATA/ATAPI-6): identify,
 * reads and writes with 28 and 48 bits, in single and multiple sectors,
 * interrupts, errors, absent drives; the image given is all it touches.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/devices/disk.h"
#include "tests/platform_fixture.h"

enum {
    DATA = 0x1f0,
    COUNT = 0x1f2,
    LOW = 0x1f3,
    MIDDLE = 0x1f4,
    HIGH = 0x1f5,
    DEVICE = 0x1f6,
    COMMAND = 0x1f7,
    CONTROL = 0x3f6,
    SECTORS = 2000,
    LINE = 14,
};

static uint8_t image[SECTORS * DISK_SECTOR_BYTES + 16];
static struct disk disk;
static struct platform p;

static void setup(void)
{
    struct platform_config c = platform_plain_config("pc");
    struct error e;

    for (unsigned i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 7 + i / DISK_SECTOR_BYTES);
    disk = (struct disk){.data = image, .sectors = SECTORS};
    c.disks[0] = &disk;
    ck_assert_int_eq(platform_init(&p, &c, &e), STATUS_OK);
}

static void teardown(void)
{
    platform_free(&p);
}

static void out(unsigned port, unsigned value)
{
    port_out(&p, (uint16_t)port, 1, value);
}

static unsigned in(unsigned port)
{
    return port_in(&p, (uint16_t)port, 1);
}

static bool line(void)
{
    return bus_line_high(&p.bus, LINE);
}

static void start(uint32_t sector, unsigned count, unsigned command)
{
    out(DEVICE, 0xe0 | sector >> 24);
    out(COUNT, count);
    out(LOW, sector);
    out(MIDDLE, sector >> 8);
    out(HIGH, sector >> 16);
    out(COMMAND, command);
}

static void read_words(uint8_t *data, unsigned bytes)
{
    platform_port_access(&p, 0, 0,
                         &(struct port_access){DATA, true, 2, bytes / 2, data});
}

static void write_words(uint8_t *data, unsigned bytes)
{
    platform_port_access(
        &p, 0, 0, &(struct port_access){DATA, false, 2, bytes / 2, data});
}

START_TEST(test_ide_identify)
{
    uint8_t data[512];

    start(0, 0, 0xec);
    ck_assert(line());
    ck_assert_uint_eq(in(COMMAND), 0x58);
    ck_assert(!line());
    read_words(data, 512);
    ck_assert_uint_eq(in(COMMAND), 0x50);
    ck_assert_mem_eq(data + 54, "IRGNISEDD SI K", 14);
    ck_assert_uint_eq(data[120] | (unsigned)data[121] << 8, SECTORS);
    ck_assert_uint_eq(data[200] | (unsigned)data[201] << 8, SECTORS);
    ck_assert_uint_eq(data[83 * 2 + 1] & 0xc4, 0x44); /* valid, 48 bits */
}
END_TEST

START_TEST(test_ide_reads_sectors_one_interrupt_each)
{
    uint8_t data[512];

    start(17, 3, 0x20);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(line());
        ck_assert_uint_eq(in(COMMAND), 0x58);
        read_words(data, 512);
        ck_assert_mem_eq(data, image + (17 + i) * 512, 512);
    }
    ck_assert(!line());
    ck_assert_uint_eq(in(COMMAND), 0x50);
}
END_TEST

START_TEST(test_ide_reads_by_cylinder_head_sector)
{
    uint8_t data[512];

    out(DEVICE, 0xa1); /* head 1 */
    out(COUNT, 1);
    out(LOW, 5);
    out(MIDDLE, 1);
    out(HIGH, 0);
    out(COMMAND, 0x20);
    read_words(data, 512);
    ck_assert_mem_eq(data, image + ((16 + 1) * 63 + 4) * 512, 512);
}
END_TEST

START_TEST(test_ide_reads_with_48_bits)
{
    uint8_t data[512];

    out(DEVICE, 0x40);
    out(COUNT, 0);
    out(LOW, 0);
    out(MIDDLE, 0);
    out(HIGH, 0);
    out(COUNT, 1);
    out(LOW, 0xcf);
    out(MIDDLE, 0x07);
    out(HIGH, 0);
    out(COMMAND, 0x24);
    read_words(data, 512);
    ck_assert_mem_eq(data, image + 1999 * 512, 512);
    out(CONTROL, 0x80); /* what was written before */
    ck_assert_uint_eq(in(LOW), 0);
    out(CONTROL, 0x00);
    ck_assert_uint_eq(in(LOW), 0xcf);
    out(MIDDLE, 1); /* sector 0x1 0000 0000 is not there */
    out(LOW, 1);
    out(LOW, 0);
    out(COMMAND, 0x24);
    ck_assert_uint_eq(in(COMMAND), 0x51);
    ck_assert_uint_eq(in(0x1f1), 0x10);
}
END_TEST

START_TEST(test_ide_writes)
{
    uint8_t data[1024], back[1024];

    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 3);
    start(100, 2, 0x30);
    ck_assert_uint_eq(in(COMMAND), 0x58);
    ck_assert(!line()); /* the first block is asked for without one */
    write_words(data, 512);
    ck_assert(line());
    ck_assert_uint_eq(in(COMMAND), 0x58);
    write_words(data + 512, 512);
    ck_assert(line());
    ck_assert_uint_eq(in(COMMAND), 0x50);
    ck_assert_mem_eq(image + 100 * 512, data, 1024);
    start(100, 2, 0x20);
    read_words(back, 1024);
    ck_assert_mem_eq(back, data, 1024);
}
END_TEST

START_TEST(test_ide_multiple_sectors_are_one_block)
{
    static uint8_t data[20 * 512];

    start(0, 3, 0xc6); /* not a power of two */
    ck_assert_uint_eq(in(COMMAND), 0x51);
    ck_assert_uint_eq(in(0x1f1), 0x04);
    start(0, 8, 0xc6);
    ck_assert_uint_eq(in(COMMAND), 0x50);
    start(3, 20, 0xc4);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(line());
        in(COMMAND);
        read_words(data + i * 4096, i < 2 ? 4096 : 2048);
    }
    ck_assert_mem_eq(data, image + 3 * 512, sizeof data);
    ck_assert_uint_eq(in(COMMAND), 0x50);
}
END_TEST

START_TEST(test_ide_beyond_the_end_is_an_error)
{
    start(SECTORS - 1, 2, 0x20);
    ck_assert_uint_eq(in(COMMAND), 0x51);
    ck_assert_uint_eq(in(0x1f1), 0x10);
    start(SECTORS - 1, 1, 0x40); /* verify */
    ck_assert_uint_eq(in(COMMAND), 0x50);
    start(0, 1, 0xa1); /* packet identify: not such a drive */
    ck_assert_uint_eq(in(0x1f1), 0x04);
}
END_TEST

START_TEST(test_ide_control_masks_and_resets)
{
    out(CONTROL, 0x02);
    start(0, 1, 0xec);
    ck_assert(!line());
    ck_assert_uint_eq(in(CONTROL), 0x58); /* the alternate status */
    out(CONTROL, 0x04);
    out(CONTROL, 0x00);
    ck_assert_uint_eq(in(COMMAND), 0x50);
    ck_assert_uint_eq(in(COUNT), 1);
    ck_assert_uint_eq(in(LOW), 1);
    ck_assert_uint_eq(in(MIDDLE), 0);
    ck_assert_uint_eq(in(HIGH), 0);
}
END_TEST

START_TEST(test_ide_second_drive_is_absent)
{
    out(DEVICE, 0xf0);
    ck_assert_uint_eq(in(COMMAND), 0);
    out(COMMAND, 0xec);
    ck_assert_uint_eq(in(COMMAND), 0);
    out(DEVICE, 0xe0);
    ck_assert_uint_eq(in(COMMAND), 0x50);
}
END_TEST

/* A machine with three disks; sector n of disk d begins with d, n. */
static uint8_t images[3][8 * DISK_SECTOR_BYTES];
static struct disk three[3];

static void make_three(struct platform *of)
{
    struct platform_config c = platform_plain_config("pc");
    struct error e;

    for (unsigned d = 0; d < 3; d++) {
        for (unsigned n = 0; n < 8; n++) {
            images[d][n * DISK_SECTOR_BYTES] = (uint8_t)d;
            images[d][n * DISK_SECTOR_BYTES + 1] = (uint8_t)n;
        }
        three[d] = (struct disk){images[d], 8, d};
        c.disks[d] = &three[d];
    }
    ck_assert_int_eq(platform_init(of, &c, &e), STATUS_OK);
}

/* Asks the drive at base for a command on sector 5; its first word. */
static unsigned ask(struct platform *of, uint16_t base, unsigned drive,
                    unsigned command)
{
    port_out(of, (uint16_t)(base + 6), 1, 0xe0 | drive << 4);
    port_out(of, (uint16_t)(base + 2), 1, 1);
    port_out(of, (uint16_t)(base + 3), 1, 5);
    port_out(of, (uint16_t)(base + 4), 1, 0);
    port_out(of, (uint16_t)(base + 5), 1, 0);
    port_out(of, (uint16_t)(base + 7), 1, command);
    return port_in(of, base, 2);
}

START_TEST(test_ide_drives_answer_when_they_are_selected)
{
    struct platform of;

    make_three(&of);
    ck_assert_uint_eq(ask(&of, 0x1f0, 0, 0x20), 0x0500);
    ck_assert_uint_eq(ask(&of, 0x1f0, 1, 0x20), 0x0501);
    ck_assert_uint_eq(ask(&of, 0x170, 0, 0x20), 0x0502);
    port_out(&of, 0x176, 1, 0xf0);
    ck_assert_uint_eq(port_in(&of, 0x177, 1), 0);
    platform_free(&of);
}
END_TEST

START_TEST(test_ide_channels_have_lines_of_their_own)
{
    struct platform of;

    make_three(&of);
    ask(&of, 0x170, 0, 0x20);
    ck_assert(bus_line_high(&of.bus, 15));
    ck_assert(!bus_line_high(&of.bus, 14));
    ask(&of, 0x1f0, 1, 0x20);
    ck_assert(bus_line_high(&of.bus, 14));
    port_out(&of, 0x1f6, 1, 0xe0); /* the other drive asks for nothing */
    ck_assert(!bus_line_high(&of.bus, 14));
    port_out(&of, 0x1f6, 1, 0xf0);
    port_in(&of, 0x1f7, 1);
    ck_assert(!bus_line_high(&of.bus, 14));
    platform_free(&of);
}
END_TEST

START_TEST(test_ide_diagnosis_is_answered_by_the_first_drive)
{
    struct platform of;

    make_three(&of);
    port_out(&of, 0x1f6, 1, 0xf0);
    port_out(&of, 0x1f7, 1, 0x90);
    ck_assert(bus_line_high(&of.bus, 14));
    ck_assert_uint_eq(port_in(&of, 0x1f6, 1) & 0x10, 0);
    ck_assert_uint_eq(port_in(&of, 0x1f1, 1), 1);
    port_in(&of, 0x1f7, 1);
    port_out(&of, 0x1f6, 1, 0xf0);
    ck_assert(!bus_line_high(&of.bus, 14));
    platform_free(&of);
}
END_TEST

START_TEST(test_ide_serial_numbers_differ)
{
    struct platform of;
    unsigned last[2];

    make_three(&of);
    for (unsigned drive = 0; drive < 2; drive++) {
        ask(&of, 0x1f0, drive, 0xec);
        for (unsigned word = 1; word < 15; word++)
            last[drive] = port_in(&of, 0x1f0, 2);
    }
    ck_assert_uint_eq(last[0], '0' << 8 | '1');
    ck_assert_uint_eq(last[1], '0' << 8 | '2');
    platform_free(&of);
}
END_TEST

START_TEST(test_ide_without_a_disk_is_an_empty_bus)
{
    struct platform empty;

    platform_make(&empty, "pc");
    ck_assert_uint_eq(port_in(&empty, COMMAND, 1), 0xff);
    ck_assert_uint_eq(port_in(&empty, DATA, 2), 0xffff);
    port_out(&empty, COMMAND, 1, 0xec);
    ck_assert(!bus_line_high(&empty.bus, LINE));
    platform_free(&empty);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ide");
    TCase *tc = tcase_create("ide");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_ide_identify);
    tcase_add_test(tc, test_ide_reads_sectors_one_interrupt_each);
    tcase_add_test(tc, test_ide_reads_by_cylinder_head_sector);
    tcase_add_test(tc, test_ide_reads_with_48_bits);
    tcase_add_test(tc, test_ide_writes);
    tcase_add_test(tc, test_ide_multiple_sectors_are_one_block);
    tcase_add_test(tc, test_ide_beyond_the_end_is_an_error);
    tcase_add_test(tc, test_ide_control_masks_and_resets);
    tcase_add_test(tc, test_ide_second_drive_is_absent);
    tcase_add_test(tc, test_ide_drives_answer_when_they_are_selected);
    tcase_add_test(tc, test_ide_channels_have_lines_of_their_own);
    tcase_add_test(tc, test_ide_diagnosis_is_answered_by_the_first_drive);
    tcase_add_test(tc, test_ide_serial_numbers_differ);
    tcase_add_test(tc, test_ide_without_a_disk_is_an_empty_bus);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
