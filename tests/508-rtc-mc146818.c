/*
 * Claim: the clock is an MC146818 (Motorola MC146818A data sheet) that starts
 * at a date of the configuration: BCD and binary, 12 and 24 hours, UIP, SET and
 * the divider, the three interrupts; its memory tells how much RAM there is.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "sim/devices/calendar.h"
#include "tests/platform_fixture.h"

#define SECOND 1000000000ull

/* 29 February 2024, 23:59:50 UTC, a Thursday. */
#define START 1709251190ull

static struct platform p;

static unsigned get(uint64_t now, unsigned reg)
{
    port_out_at(&p, now, 0x70, 1, reg);
    return port_in_at(&p, now, 0x71, 1);
}

static void set(uint64_t now, unsigned reg, unsigned value)
{
    port_out_at(&p, now, 0x70, 1, reg);
    port_out_at(&p, now, 0x71, 1, value);
}

static bool line(void)
{
    return bus_line_high(&p.bus, 8);
}

static void setup(void)
{
    struct platform_config c = platform_plain_config("isa");
    struct error e;

    c.start_seconds = START;
    ck_assert_int_eq(platform_init(&p, &c, &e), STATUS_OK);
}

static void teardown(void)
{
    platform_free(&p);
}

START_TEST(test_calendar_agrees_with_the_host)
{
    for (uint64_t s = 0; s < 8000000000; s += 12345677) {
        time_t host = (time_t)s;
        struct calendar c = calendar_of(s);
        struct tm tm;

        ck_assert_ptr_nonnull(gmtime_r(&host, &tm));
        ck_assert_uint_eq(c.year, (unsigned)tm.tm_year + 1900);
        ck_assert_uint_eq(c.month, (unsigned)tm.tm_mon + 1);
        ck_assert_uint_eq(c.day, (unsigned)tm.tm_mday);
        ck_assert_uint_eq(c.hour, (unsigned)tm.tm_hour);
        ck_assert_uint_eq(c.minute, (unsigned)tm.tm_min);
        ck_assert_uint_eq(c.second, (unsigned)tm.tm_sec);
        ck_assert_uint_eq(c.weekday, (unsigned)tm.tm_wday + 1);
        ck_assert_uint_eq(calendar_seconds(&c), s);
    }
}
END_TEST

START_TEST(test_rtc_starts_at_its_date)
{
    static const uint8_t registers[][2] = {
        {0, 0x50}, {2, 0x59}, {4, 0x23}, {6, 0x05},
        {7, 0x29}, {8, 0x02}, {9, 0x24}, {0x32, 0x20},
    };

    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(get(0, registers[i][0]), registers[i][1]);
    ck_assert_uint_eq(get(0, 0x0d), 0x80);
}
END_TEST

START_TEST(test_rtc_counts_over_midnight)
{
    ck_assert_uint_eq(get(10 * SECOND, 0), 0);
    ck_assert_uint_eq(get(10 * SECOND, 4), 0);
    ck_assert_uint_eq(get(10 * SECOND, 7), 0x01);
    ck_assert_uint_eq(get(10 * SECOND, 8), 0x03);
}
END_TEST

START_TEST(test_rtc_formats)
{
    set(0, 0x0b, 0x06); /* binary, 24 hours */
    ck_assert_uint_eq(get(0, 0), 50);
    ck_assert_uint_eq(get(0, 4), 23);
    set(0, 0x0b, 0x00); /* BCD, 12 hours: 11 PM */
    ck_assert_uint_eq(get(0, 4), 0x91);
    ck_assert_uint_eq(get(11 * SECOND, 4), 0x12); /* midnight */
}
END_TEST

START_TEST(test_rtc_update_in_progress_warns)
{
    ck_assert_uint_eq(get(0, 0x0a), 0x26);
    ck_assert_uint_eq(get(SECOND - 2300000, 0x0a), 0x26);
    ck_assert_uint_eq(get(SECOND - 2000000, 0x0a), 0xa6);
    ck_assert_uint_eq(get(SECOND, 0x0a), 0x26);
}
END_TEST

START_TEST(test_rtc_set_stops_and_starts)
{
    set(0, 0x0b, 0x82);
    ck_assert_uint_eq(get(5 * SECOND, 0), 0x50);
    set(5 * SECOND, 0, 0x10);
    set(5 * SECOND, 9, 0x30);
    ck_assert_uint_eq(get(6 * SECOND, 0), 0x10);
    set(6 * SECOND, 0x0b, 0x02);
    ck_assert_uint_eq(get(7 * SECOND, 0), 0x11);
    ck_assert_uint_eq(get(7 * SECOND, 9), 0x30);
}
END_TEST

START_TEST(test_rtc_divider_starts_with_half_a_second)
{
    set(0, 0x0a, 0x76);
    ck_assert_uint_eq(get(3 * SECOND, 0), 0x50);
    set(3 * SECOND, 0x0a, 0x26);
    ck_assert_uint_eq(get(3 * SECOND + SECOND / 2 - SECOND / 1000, 0), 0x50);
    ck_assert_uint_eq(get(3 * SECOND + SECOND / 2 + SECOND / 1000, 0), 0x51);
}
END_TEST

START_TEST(test_rtc_periodic_interrupt)
{
    set(0, 0x0b, 0x42); /* 1024 Hz */
    ck_assert_uint_eq(platform_next_cycle(&p, 0), 976563);
    platform_advance(&p, 0, 976562);
    ck_assert(!line());
    platform_advance(&p, 0, 976563);
    ck_assert(line());
    ck_assert_uint_eq(platform_next_cycle(&p, 0), UINT64_MAX);
    ck_assert_uint_eq(get(976563, 0x0c), 0xc0);
    ck_assert(!line());
    ck_assert_uint_eq(get(976563, 0x0c), 0);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), 1953125);
}
END_TEST

START_TEST(test_rtc_update_interrupt)
{
    set(SECOND / 2, 0x0b, 0x12);
    get(SECOND / 2, 0x0c);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), SECOND);
    platform_advance(&p, 0, SECOND);
    ck_assert(line());
    ck_assert_uint_eq(get(SECOND, 0x0c) & 0x90, 0x90);
}
END_TEST

START_TEST(test_rtc_alarm_interrupt)
{
    set(0, 1, 0x05);
    set(0, 3, 0x01);
    set(0, 5, 0xff); /* any hour */
    set(0, 0x0b, 0x22);
    get(0, 0x0c);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), 75 * SECOND);
    platform_advance(&p, 0, 75 * SECOND);
    ck_assert(line());
    ck_assert_uint_eq(get(75 * SECOND, 0x0c) & 0xa0, 0xa0);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), (75 + 3600) * SECOND);
}
END_TEST

START_TEST(test_rtc_impossible_alarm_never_comes)
{
    set(0, 1, 0x75);
    set(0, 0x0b, 0x22);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), UINT64_MAX);
}
END_TEST

START_TEST(test_cmos_memory_sizes)
{
    struct platform_config c = platform_plain_config("isa");
    struct platform big;
    struct error e;

    guest_memory_add(&c.memory, gpa(0), 0xe0000000, hpa(0));
    guest_memory_add(&c.memory, gpa(1ull << 32), 1ull << 30, hpa(1ull << 32));
    ck_assert_int_eq(platform_init(&big, &c, &e), STATUS_OK);
    port_out(&big, 0x70, 1, 0x34);
    ck_assert_uint_eq(port_in(&big, 0x71, 1), 0x00);
    port_out(&big, 0x70, 1, 0x35); /* 64 KiB blocks above 16 MiB: 0xdf00 */
    ck_assert_uint_eq(port_in(&big, 0x71, 1), 0xdf);
    port_out(&big, 0x70, 1, 0x5c); /* above 4 GiB: 0x4000 */
    ck_assert_uint_eq(port_in(&big, 0x71, 1), 0x40);
    platform_free(&big);
}
END_TEST

START_TEST(test_cmos_keeps_bytes_over_a_reset)
{
    set(0, 0x0f, 0x5a);
    platform_reset(&p);
    ck_assert_uint_eq(get(0, 0x0f), 0x5a);
    ck_assert_uint_eq(get(3 * SECOND, 0), 0x53);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rtc");
    TCase *tc = tcase_create("rtc");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_calendar_agrees_with_the_host);
    tcase_add_test(tc, test_rtc_starts_at_its_date);
    tcase_add_test(tc, test_rtc_counts_over_midnight);
    tcase_add_test(tc, test_rtc_formats);
    tcase_add_test(tc, test_rtc_update_in_progress_warns);
    tcase_add_test(tc, test_rtc_set_stops_and_starts);
    tcase_add_test(tc, test_rtc_divider_starts_with_half_a_second);
    tcase_add_test(tc, test_rtc_periodic_interrupt);
    tcase_add_test(tc, test_rtc_update_interrupt);
    tcase_add_test(tc, test_rtc_alarm_interrupt);
    tcase_add_test(tc, test_rtc_impossible_alarm_never_comes);
    tcase_add_test(tc, test_cmos_memory_sizes);
    tcase_add_test(tc, test_cmos_keeps_bytes_over_a_reset);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
