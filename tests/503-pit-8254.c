/*
 * Claim: the timer is an 8254 (Intel 8254 data sheet): six modes, both byte
 * orders, latch and read-back commands, BCD, gate and OUT of counter 2 by port
 * 0x61, and interrupts of counter 0 at the exact cycle.  Its clock is 1 193 182
 * Hz, derived from the CPU's by integers alone.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/platform_fixture.h"

enum { CONTROL = 0x43, COUNTER0 = 0x40, COUNTER2 = 0x42, SYSTEM = 0x61 };

#define PIT_HZ 1193182

static struct platform p;

/* The first cycle of a tick; one cycle is a nanosecond. */
static uint64_t at(uint64_t tick)
{
    return bus_cycle_of_tick(&p.bus, tick, PIT_HZ);
}

static void setup(void)
{
    platform_make(&p, "isa");
}

static void teardown(void)
{
    platform_free(&p);
}

static void out(uint64_t tick, unsigned port, unsigned value)
{
    port_out_at(&p, at(tick), (uint16_t)port, 1, value);
}

static unsigned in(uint64_t tick, unsigned port)
{
    return port_in_at(&p, at(tick), (uint16_t)port, 1);
}

/* Counter 2, with its gate open: mode and count, at tick. */
static void start2(uint64_t tick, unsigned mode, unsigned count)
{
    out(tick, SYSTEM, 1);
    out(tick, CONTROL, 0xb0 | mode << 1);
    out(tick, COUNTER2, count & 0xff);
    out(tick, COUNTER2, count >> 8);
}

static unsigned value2(uint64_t tick)
{
    unsigned low;

    out(tick, CONTROL, 0x80); /* latch */
    low = in(tick, COUNTER2);
    return low | in(tick, COUNTER2) << 8;
}

static bool out2(uint64_t tick)
{
    return (in(tick, SYSTEM) & 0x20) != 0;
}

START_TEST(test_pit_ticks_and_cycles_agree)
{
    for (uint64_t tick = 1; tick < 100000; tick += 37) {
        ck_assert_uint_eq(bus_ticks_at(&p.bus, at(tick), PIT_HZ), tick);
        ck_assert_uint_eq(bus_ticks_at(&p.bus, at(tick) - 1, PIT_HZ), tick - 1);
    }
    /* After a year of cycles there is no drift. */
    ck_assert_uint_eq(bus_ticks_at(&p.bus, 31536000ull * 1000000000, PIT_HZ),
                      31536000ull * PIT_HZ);
}
END_TEST

START_TEST(test_pit_mode_0_counts_down_once)
{
    start2(100, 0, 1000);
    ck_assert(!out2(100));
    ck_assert_uint_eq(value2(101), 1000); /* loaded one tick later */
    ck_assert_uint_eq(value2(601), 500);
    ck_assert(!out2(1100));
    ck_assert(out2(1101));
    ck_assert_uint_eq(value2(1102), 0xffff); /* it goes on */
    ck_assert(out2(200000));
}
END_TEST

START_TEST(test_pit_gate_stops_mode_0)
{
    start2(0, 0, 1000);
    out(301, SYSTEM, 0);
    ck_assert_uint_eq(value2(5000), 700);
    out(5000, SYSTEM, 1);
    ck_assert_uint_eq(value2(5100), 600);
    ck_assert(!out2(5699));
    ck_assert(out2(5700));
}
END_TEST

START_TEST(test_pit_mode_1_waits_for_the_gate)
{
    start2(0, 1, 50);
    ck_assert(out2(500));
    out(500, SYSTEM, 0);
    out(600, SYSTEM, 1);
    ck_assert(!out2(601));
    ck_assert(!out2(650));
    ck_assert(out2(651));
    out(700, SYSTEM, 0);
    out(710, SYSTEM, 1); /* once more with the same count */
    ck_assert(!out2(711));
}
END_TEST

START_TEST(test_pit_mode_2_is_low_for_one_tick)
{
    start2(0, 2, 10);
    ck_assert(out2(1));
    ck_assert(out2(9));
    ck_assert(!out2(10));
    ck_assert(out2(11));
    ck_assert(!out2(1000010));
    ck_assert_uint_eq(value2(1000011), 10);
    ck_assert_uint_eq(value2(1000014), 7);
}
END_TEST

START_TEST(test_pit_mode_2_takes_a_new_count_at_the_end)
{
    start2(0, 2, 100);
    out(50, COUNTER2, 20);
    out(50, COUNTER2, 0);
    ck_assert_uint_eq(value2(60), 41);
    ck_assert_uint_eq(value2(101), 20);
    ck_assert_uint_eq(value2(121), 20);
}
END_TEST

START_TEST(test_pit_mode_3_is_a_square_wave)
{
    start2(0, 3, 7);
    for (unsigned period = 0; period < 3; period++) {
        for (unsigned i = 0; i < 7; i++)
            ck_assert_int_eq(out2(1 + 7 * period + i), i < 4);
    }
    ck_assert_uint_eq(value2(7001), 6); /* by two, from an even number */
    ck_assert_uint_eq(value2(7002), 4);
}
END_TEST

START_TEST(test_pit_mode_4_strobes_once)
{
    start2(0, 4, 30);
    ck_assert(out2(30));
    ck_assert(!out2(31));
    ck_assert(out2(32));
    ck_assert(out2(5000));
}
END_TEST

START_TEST(test_pit_mode_5_strobes_after_the_gate)
{
    start2(0, 5, 30);
    ck_assert(out2(1000));
    out(1000, SYSTEM, 0);
    out(2000, SYSTEM, 1);
    ck_assert(out2(2030));
    ck_assert(!out2(2031));
    ck_assert(out2(2032));
}
END_TEST

START_TEST(test_pit_bcd_counts_in_decimal)
{
    out(0, SYSTEM, 1);
    out(0, CONTROL, 0xb1); /* mode 0, BCD */
    out(0, COUNTER2, 0x00);
    out(0, COUNTER2, 0x20);
    ck_assert_uint_eq(value2(2), 0x1999);
    ck_assert_uint_eq(value2(1002), 0x0999);
    ck_assert_uint_eq(value2(2002), 0x9999);
}
END_TEST

START_TEST(test_pit_latch_holds_until_read)
{
    start2(0, 0, 1000);
    out(101, CONTROL, 0x80);
    out(201, CONTROL, 0x80); /* ignored: the first has not been read */
    ck_assert_uint_eq(in(301, COUNTER2), 900 & 0xff);
    ck_assert_uint_eq(in(301, COUNTER2), 900 >> 8);
    ck_assert_uint_eq(in(301, COUNTER2), 700 & 0xff);
}
END_TEST

START_TEST(test_pit_read_back_gives_status_first)
{
    start2(0, 3, 1000);
    out(0, CONTROL, 0xe8);                    /* status of counter 2 */
    ck_assert_uint_eq(in(0, COUNTER2), 0xf6); /* OUT, not loaded yet */
    out(10, CONTROL, 0xc8);                   /* both */
    ck_assert_uint_eq(in(20, COUNTER2), 0xb6);
    ck_assert_uint_eq(in(20, COUNTER2), 982 & 0xff);
    ck_assert_uint_eq(in(20, COUNTER2), 982 >> 8);
}
END_TEST

START_TEST(test_pit_interrupts_at_the_exact_cycle)
{
    out(0, 0x21, 0xfe); /* only input 0 */
    out(0, CONTROL, 0x34);
    out(0, COUNTER0, 4773 & 0xff);
    out(0, COUNTER0, 4773 >> 8);
    /* Setting the mode raises OUT; take that away. */
    while (platform_interrupt(&p, 0) >= 0) {
        platform_acknowledge(&p, 0);
        out(0, 0x20, 0x20);
    }
    for (uint64_t beat = 1; beat < 5; beat++) {
        uint64_t due = at(1 + 4773 * beat);

        ck_assert_uint_eq(platform_next_cycle(&p, 0), due);
        platform_advance(&p, 0, due - 1);
        ck_assert_int_eq(platform_interrupt(&p, 0), -1);
        platform_advance(&p, 0, due);
        ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x08);
        port_out_at(&p, due, 0x20, 1, 0x20);
    }
    /* Several beats late: one interrupt, and the beat is kept. */
    platform_advance(&p, 0, at(4773 * 100));
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x08);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), at(1 + 4773 * 100));
}
END_TEST

START_TEST(test_pit_one_shot_interrupts_once)
{
    out(0, 0x21, 0xfe);
    out(0, CONTROL, 0x30); /* mode 0 */
    out(0, COUNTER0, 200);
    out(0, COUNTER0, 0);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), at(201));
    platform_advance(&p, 0, at(201));
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x08);
    ck_assert_uint_eq(platform_next_cycle(&p, 0), UINT64_MAX);
}
END_TEST

START_TEST(test_pit_refresh_bit_toggles)
{
    unsigned changes = 0;
    unsigned before = in(0, SYSTEM) & 0x10;

    for (uint64_t tick = 1; tick <= 1800; tick++) {
        unsigned now = in(tick, SYSTEM) & 0x10;

        changes += now != before;
        before = now;
    }
    ck_assert_uint_eq(changes, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pit");
    TCase *tc = tcase_create("pit");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_pit_ticks_and_cycles_agree);
    tcase_add_test(tc, test_pit_mode_0_counts_down_once);
    tcase_add_test(tc, test_pit_gate_stops_mode_0);
    tcase_add_test(tc, test_pit_mode_1_waits_for_the_gate);
    tcase_add_test(tc, test_pit_mode_2_is_low_for_one_tick);
    tcase_add_test(tc, test_pit_mode_2_takes_a_new_count_at_the_end);
    tcase_add_test(tc, test_pit_mode_3_is_a_square_wave);
    tcase_add_test(tc, test_pit_mode_4_strobes_once);
    tcase_add_test(tc, test_pit_mode_5_strobes_after_the_gate);
    tcase_add_test(tc, test_pit_bcd_counts_in_decimal);
    tcase_add_test(tc, test_pit_latch_holds_until_read);
    tcase_add_test(tc, test_pit_read_back_gives_status_first);
    tcase_add_test(tc, test_pit_interrupts_at_the_exact_cycle);
    tcase_add_test(tc, test_pit_one_shot_interrupts_once);
    tcase_add_test(tc, test_pit_refresh_bit_toggles);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
