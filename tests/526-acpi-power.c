/*
 * Claim: the power management block does what ACPI 6.4 says ("PM1 Event
 * Grouping", "PM1 Control Grouping", "Power Management Timer", "Sleep Control
 * and Status Registers", "Reset Register"): S5 powers off, the reset register
 * resets, the timer counts 3.579545 MHz and its top bit raises the SCI.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/devices/acpi.h"
#include "sim/devices/device_all.h"
#include "sim/devices/platform.h"

static void init(struct platform *p, const char *platform)
{
    struct platform_config c = {.tsc_khz = 1000000};
    struct error e;

    snprintf(c.profile, sizeof c.profile, "%s", platform);
    ck_assert_int_eq(platform_init(p, &c, &e), STATUS_OK);
}

static void out(struct platform *p, uint16_t port, unsigned bytes,
                uint32_t value)
{
    uint8_t data[4];

    memcpy(data, &value, sizeof data);
    platform_port_access(
        p, 0, p->bus.now_cycle,
        &(struct port_access){
            .port = port, .bytes = (uint8_t)bytes, .count = 1, .data = data});
}

static uint32_t in(struct platform *p, uint16_t port, unsigned bytes)
{
    uint8_t data[4] = {0};
    uint32_t value;

    platform_port_access(p, 0, p->bus.now_cycle,
                         &(struct port_access){.port = port,
                                               .in = true,
                                               .bytes = (uint8_t)bytes,
                                               .count = 1,
                                               .data = data});
    memcpy(&value, data, sizeof value);
    return value;
}

START_TEST(test_acpi_pm1_control_powers_off)
{
    struct platform p;

    init(&p, "pc");
    ck_assert_uint_eq(in(&p, 0x604, 2), 1); /* SCI_EN */
    out(&p, 0x604, 2, 5 << 10);
    ck_assert(!platform_ended(&p)); /* SLP_TYP alone does nothing */
    ck_assert_uint_eq(in(&p, 0x604, 2), 5 << 10 | 1);
    out(&p, 0x604, 2, 3 << 10 | 1 << 13);
    ck_assert(!platform_ended(&p)); /* S3 is not there */
    out(&p, 0x604, 2, 5 << 10 | 1 << 13);
    ck_assert(p.bus.powered_off);
    platform_free(&p);
}
END_TEST

START_TEST(test_acpi_sleep_control_powers_off)
{
    struct platform p;

    init(&p, "microvm");
    out(&p, 0x60c, 1, 5 << 2);
    ck_assert(!platform_ended(&p));
    out(&p, 0x60c, 1, 5 << 2 | 1 << 5);
    ck_assert(p.bus.powered_off);
    platform_free(&p);
}
END_TEST

START_TEST(test_acpi_reset_register_resets)
{
    struct platform p;

    init(&p, "microvm");
    out(&p, 0x60e, 1, 2);
    ck_assert(!p.bus.reset_requested);
    out(&p, 0x60e, 1, 1);
    ck_assert(p.bus.reset_requested);
    platform_free(&p);
}
END_TEST

START_TEST(test_acpi_timer_counts_its_hertz)
{
    struct platform p;

    init(&p, "pc");
    ck_assert_uint_eq(in(&p, 0x608, 4), 0);
    platform_advance(&p, 0, 1000000000); /* a second */
    ck_assert_uint_eq(in(&p, 0x608, 4), 3579545);
    platform_advance(&p, 0, 10000000000);
    ck_assert_uint_eq(in(&p, 0x608, 4), 35795450);
    ck_assert_uint_eq(in(&p, 0x609, 1), 35795450 >> 8 & 0xff);
    platform_free(&p);
}
END_TEST

/* 2^31 ticks are 599.93 s. */
START_TEST(test_acpi_timer_top_bit_raises_sci)
{
    const uint64_t edge = 599932015941; /* first cycle with 2^31 ticks */
    struct platform p;

    init(&p, "pc");
    out(&p, 0x602, 2, 1); /* TMR_EN */
    ck_assert_uint_eq(in(&p, 0x602, 2), 1);
    ck_assert_uint_le(platform_next_cycle(&p, 0), edge);
    platform_advance(&p, 0, edge - 1);
    ck_assert_uint_eq(in(&p, 0x600, 2), 0);
    ck_assert(!bus_line_high(&p.bus, ACPI_SCI_LINE));
    platform_advance(&p, 0, edge);
    ck_assert_uint_eq(in(&p, 0x600, 2), 1);
    ck_assert(bus_line_high(&p.bus, ACPI_SCI_LINE));
    out(&p, 0x600, 2, 1);
    ck_assert_uint_eq(in(&p, 0x600, 2), 0);
    ck_assert(!bus_line_high(&p.bus, ACPI_SCI_LINE));
    platform_free(&p);
}
END_TEST

START_TEST(test_acpi_isa_platform_has_no_ports)
{
    struct platform p;

    init(&p, "isa");
    ck_assert_uint_eq(in(&p, 0x604, 2), 0xffff);
    out(&p, 0x604, 2, 5 << 10 | 1 << 13);
    ck_assert(!platform_ended(&p));
    platform_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("acpi-power");
    TCase *t = tcase_create("power");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_acpi_pm1_control_powers_off);
    tcase_add_test(t, test_acpi_sleep_control_powers_off);
    tcase_add_test(t, test_acpi_reset_register_resets);
    tcase_add_test(t, test_acpi_timer_counts_its_hertz);
    tcase_add_test(t, test_acpi_timer_top_bit_raises_sci);
    tcase_add_test(t, test_acpi_isa_platform_has_no_ports);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
