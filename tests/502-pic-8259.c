/*
 * Claim: the interrupt controllers are two 8259As (Intel 8259A data sheet):
 * initialization words, priorities, masks, ends of interrupt, rotation, special
 * modes, poll, edge and level inputs, spurious requests and the cascade.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/platform_fixture.h"

enum { MASTER = 0x20, SLAVE = 0xa0, EOI = 0x20, READ_ISR = 0x0b };

static struct platform p;

static void initialize(unsigned icw4)
{
    port_out(&p, MASTER, 1, 0x11);
    port_out(&p, MASTER + 1, 1, 0x20);
    port_out(&p, MASTER + 1, 1, 0x04);
    port_out(&p, MASTER + 1, 1, icw4);
    port_out(&p, SLAVE, 1, 0x11);
    port_out(&p, SLAVE + 1, 1, 0x28);
    port_out(&p, SLAVE + 1, 1, 0x02);
    port_out(&p, SLAVE + 1, 1, icw4);
}

static void setup(void)
{
    platform_make(&p, "isa");
    initialize(0x01);
}

static void teardown(void)
{
    platform_free(&p);
}

/* A device of ours holds the line, or lets it go. */
static void set_line(unsigned irq, bool high)
{
    p.bus.device = 63;
    bus_set_line(&p.bus, irq, high);
    port_in(&p, 0x80, 1); /* the platform looks at the bus */
}

static void rise(unsigned irq)
{
    set_line(irq, false);
    set_line(irq, true);
}

static void pulse(unsigned irq)
{
    p.bus.device = 63;
    bus_raise_line(&p.bus, irq);
    set_line(irq, false);
}

static unsigned in_service(unsigned port)
{
    port_out(&p, (uint16_t)port, 1, READ_ISR);
    return port_in(&p, (uint16_t)port, 1);
}

START_TEST(test_pic_power_on_is_masked)
{
    struct platform fresh;

    platform_make(&fresh, "pc");
    bus_raise_line(&fresh.bus, 0);
    ck_assert_uint_eq(port_in(&fresh, MASTER + 1, 1), 0xff);
    ck_assert_int_eq(platform_interrupt(&fresh, 0), -1);
    platform_free(&fresh);
}
END_TEST

START_TEST(test_pic_vectors_follow_icw2)
{
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    rise(4);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x24);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x24);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    ck_assert_uint_eq(in_service(MASTER), 0x10);
    port_out(&p, MASTER, 1, EOI);
    ck_assert_uint_eq(in_service(MASTER), 0);
    rise(12);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x2c);
    ck_assert_uint_eq(in_service(MASTER), 0x04); /* the cascade */
    ck_assert_uint_eq(in_service(SLAVE), 0x10);
}
END_TEST

START_TEST(test_pic_lower_input_waits_for_eoi)
{
    rise(3);
    platform_acknowledge(&p, 0);
    rise(5);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    rise(1); /* a higher one does not */
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x21);
    platform_acknowledge(&p, 0);
    ck_assert_uint_eq(in_service(MASTER), 0x0a);
    port_out(&p, MASTER, 1, EOI); /* the highest: 1 */
    ck_assert_uint_eq(in_service(MASTER), 0x08);
    port_out(&p, MASTER, 1, 0x63); /* specific: 3 */
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x25);
}
END_TEST

START_TEST(test_pic_mask_holds_back_and_keeps)
{
    port_out(&p, MASTER + 1, 1, 0x10);
    rise(4);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    ck_assert_uint_eq(port_in(&p, MASTER, 1), 0x10); /* IRR */
    port_out(&p, MASTER + 1, 1, 0);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x24);
}
END_TEST

START_TEST(test_pic_edge_request_goes_with_its_line)
{
    rise(5);
    set_line(5, false);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    /* The CPU came all the same: input 7, nothing in service. */
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x27);
    ck_assert_uint_eq(in_service(MASTER), 0);
    /* One rise, one interrupt, however long the line stays high. */
    rise(5);
    platform_acknowledge(&p, 0);
    port_out(&p, MASTER, 1, EOI);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_pic_pulse_is_not_lost)
{
    pulse(5);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x25);
}
END_TEST

START_TEST(test_pic_spurious_slave_is_15)
{
    rise(10);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x2a);
    port_out(&p, SLAVE + 1, 1, 0xff);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_pic_level_input_asks_until_it_falls)
{
    port_out(&p, 0x4d1, 1, 0xff);
    ck_assert_uint_eq(port_in(&p, 0x4d1, 1), 0xde);
    port_out(&p, 0x4d0, 1, 0xff);
    ck_assert_uint_eq(port_in(&p, 0x4d0, 1), 0xf8);
    set_line(11, true);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x2b);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    port_out(&p, SLAVE, 1, EOI);
    port_out(&p, MASTER, 1, EOI);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x2b); /* again */
    set_line(11, false);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_pic_automatic_eoi_leaves_nothing_in_service)
{
    initialize(0x03);
    rise(6);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x26);
    ck_assert_uint_eq(in_service(MASTER), 0);
    rise(7);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x27);
}
END_TEST

START_TEST(test_pic_rotation_makes_the_served_the_lowest)
{
    rise(0);
    platform_acknowledge(&p, 0);
    port_out(&p, MASTER, 1, 0xa0); /* rotate on non-specific EOI */
    rise(0);
    rise(1);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x21);
    port_out(&p, MASTER, 1, 0xc7); /* set priority: 7 is the lowest again */
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x20);
    port_out(&p, MASTER, 1, 0xc0); /* 0 is */
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x21);
}
END_TEST

START_TEST(test_pic_special_mask_lets_lower_ones_through)
{
    rise(2 + 1);
    platform_acknowledge(&p, 0);
    port_out(&p, MASTER, 1, 0x68);     /* special mask mode */
    port_out(&p, MASTER + 1, 1, 0x08); /* masks input 3, in service */
    rise(6);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x26);
    port_out(&p, MASTER, 1, 0x48); /* off again */
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_pic_special_nested_slave_interrupts_itself)
{
    rise(12);
    platform_acknowledge(&p, 0);
    rise(9); /* higher within the slave, but the master serves input 2 */
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    initialize(0x11);
    rise(12);
    platform_acknowledge(&p, 0);
    rise(9);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x29);
}
END_TEST

START_TEST(test_pic_poll_acknowledges_by_reading)
{
    rise(5);
    port_out(&p, MASTER, 1, 0x0c);
    ck_assert_uint_eq(port_in(&p, MASTER, 1), 0x85);
    ck_assert_uint_eq(in_service(MASTER), 0x20);
    port_out(&p, MASTER, 1, 0x0c);
    ck_assert_uint_eq(port_in(&p, MASTER, 1), 0);
}
END_TEST

START_TEST(test_pic_initialization_forgets)
{
    rise(3);
    platform_acknowledge(&p, 0);
    port_out(&p, MASTER + 1, 1, 0xff);
    initialize(0x01);
    ck_assert_uint_eq(in_service(MASTER), 0);
    ck_assert_uint_eq(port_in(&p, MASTER + 1, 1), 0);
    /* The input is still high, but its edge is forgotten. */
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pic");
    TCase *tc = tcase_create("pic");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_pic_power_on_is_masked);
    tcase_add_test(tc, test_pic_vectors_follow_icw2);
    tcase_add_test(tc, test_pic_lower_input_waits_for_eoi);
    tcase_add_test(tc, test_pic_mask_holds_back_and_keeps);
    tcase_add_test(tc, test_pic_edge_request_goes_with_its_line);
    tcase_add_test(tc, test_pic_pulse_is_not_lost);
    tcase_add_test(tc, test_pic_spurious_slave_is_15);
    tcase_add_test(tc, test_pic_level_input_asks_until_it_falls);
    tcase_add_test(tc, test_pic_automatic_eoi_leaves_nothing_in_service);
    tcase_add_test(tc, test_pic_rotation_makes_the_served_the_lowest);
    tcase_add_test(tc, test_pic_special_mask_lets_lower_ones_through);
    tcase_add_test(tc, test_pic_special_nested_slave_interrupts_itself);
    tcase_add_test(tc, test_pic_poll_acknowledges_by_reading);
    tcase_add_test(tc, test_pic_initialization_forgets);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
