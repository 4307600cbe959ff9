/*
 * Claim: the ports of a VM behave as platform.h says: output is collected by
 * stream and bounded, unknown ports are an empty bus, the debug exit ends the
 * machine with the value written.
 */
#include <check.h>
#include <string.h>

#include "sim/devices/platform.h"

static void check_text(const struct output *o, const char *text)
{
    ck_assert_uint_eq(o->bytes, strlen(text));
    if (o->bytes != 0) /* else there is no data to compare */
        ck_assert_mem_eq(o->data, text, strlen(text));
}

START_TEST(test_platform_streams_are_apart)
{
    struct platform p;
    uint8_t text[] = "hello";

    platform_init(&p);
    platform_port_access(
        &p, &(struct port_access){PORT_DEBUG_STDOUT, false, 1, 5, text});
    platform_port_write(&p, PORT_DEBUG_STDERR, 1, 'e');
    platform_port_write(&p, PORT_SERIAL, 1, 'k');
    check_text(&p.out, "hello");
    check_text(&p.err, "e");
    check_text(&p.console, "k");
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_wide_debug_write_keeps_byte_order)
{
    struct platform p;

    platform_init(&p);
    platform_port_write(&p, PORT_DEBUG_STDOUT, 4, 0x64636261);
    check_text(&p.out, "abcd");
    check_text(&p.err, "");
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_divisor_latch_is_not_output)
{
    struct platform p;

    platform_init(&p);
    platform_port_write(&p, PORT_SERIAL + 3, 1, 0x80); /* DLAB */
    platform_port_write(&p, PORT_SERIAL, 2, 0x0003);
    ck_assert_uint_eq(platform_port_read(&p, PORT_SERIAL, 2), 3);
    platform_port_write(&p, PORT_SERIAL + 3, 1, 3);
    ck_assert_uint_eq(platform_port_read(&p, PORT_SERIAL + 5, 1), 0x60);
    ck_assert_uint_eq(p.console.bytes, 0);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_unknown_port_reads_ones)
{
    struct platform p;
    uint8_t data[8] = {0};

    platform_init(&p);
    ck_assert_uint_eq(platform_port_read(&p, 0x60, 1), 0xff);
    ck_assert_uint_eq(platform_port_read(&p, 0xcf8, 4), 0xffffffff);
    ck_assert_uint_eq(platform_port_read(&p, 0xffff, 4), 0xffffffff);
    platform_port_access(&p, &(struct port_access){0x1f0, true, 2, 4, data});
    ck_assert_uint_eq(data[7], 0xff);
    platform_port_write(&p, 0x80, 1, 1);
    ck_assert(!p.exited);
    ck_assert_uint_eq(platform_port_read(&p, PORT_DEBUG_STDOUT, 1), 0xe9);
    ck_assert_uint_eq(platform_port_read(&p, PORT_DEBUG_STDERR, 1), 0xe9);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_debug_exit_is_the_status)
{
    struct platform p;

    platform_init(&p);
    platform_port_write(&p, PORT_DEBUG_EXIT, 4, 0x1234562a);
    ck_assert(p.exited);
    ck_assert_uint_eq(p.exit_status, 0x2a);
    platform_free(&p);
}
END_TEST

START_TEST(test_output_beyond_limit_is_dropped_and_counted)
{
    struct output o = {.limit_bytes = 10000};
    uint8_t block[4096] = {0};

    for (int i = 0; i < 4; i++)
        output_append(&o, block, sizeof block);
    ck_assert_uint_eq(o.bytes, 10000);
    ck_assert_uint_eq(o.dropped_bytes, 4 * 4096 - 10000);
    output_free(&o);
    ck_assert_uint_eq(o.bytes, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("platform");
    TCase *ports = tcase_create("ports");
    SRunner *runner;
    int failed;

    tcase_add_test(ports, test_platform_streams_are_apart);
    tcase_add_test(ports, test_platform_wide_debug_write_keeps_byte_order);
    tcase_add_test(ports, test_platform_divisor_latch_is_not_output);
    tcase_add_test(ports, test_platform_unknown_port_reads_ones);
    tcase_add_test(ports, test_platform_debug_exit_is_the_status);
    tcase_add_test(ports, test_output_beyond_limit_is_dropped_and_counted);
    suite_add_tcase(suite, ports);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
