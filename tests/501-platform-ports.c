/*
 * Claim: the ports of a VM behave as platform_rows.def says: output is
 * collected by stream, wide and string accesses keep their byte order, unknown
 * ports read all ones, a debug exit is noticed, and a bounded output drops and
 * counts the rest.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/platform_fixture.h"

START_TEST(test_platform_streams_are_apart)
{
    struct platform p;
    uint8_t text[] = "hello";

    platform_make(&p, "pc");
    platform_port_access(
        &p, 0, 0, &(struct port_access){PORT_DEBUG_STDOUT, false, 1, 5, text});
    port_out(&p, PORT_DEBUG_STDERR, 1, 'e');
    port_out(&p, PORT_SERIAL, 1, 'k');
    ck_assert_uint_eq(p.bus.out.bytes, 5);
    ck_assert_mem_eq(p.bus.out.data, "hello", 5);
    ck_assert_uint_eq(p.bus.err.bytes, 1);
    ck_assert_uint_eq(p.bus.console.bytes, 1);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_wide_debug_write_keeps_byte_order)
{
    struct platform p;

    platform_make(&p, "pc");
    port_out(&p, PORT_DEBUG_STDOUT, 4, 0x64636261);
    ck_assert_uint_eq(p.bus.out.bytes, 4);
    ck_assert_mem_eq(p.bus.out.data, "abcd", 4);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_divisor_latch_is_not_output)
{
    struct platform p;

    platform_make(&p, "pc");
    port_out(&p, PORT_SERIAL + 3, 1, 0x80); /* DLAB */
    port_out(&p, PORT_SERIAL, 2, 0x0003);
    ck_assert_uint_eq(port_in(&p, PORT_SERIAL, 2), 3);
    port_out(&p, PORT_SERIAL + 3, 1, 3);
    ck_assert_uint_eq(port_in(&p, PORT_SERIAL + 5, 1), 0x60);
    ck_assert_uint_eq(p.bus.console.bytes, 0);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_unknown_port_reads_ones)
{
    struct platform p;
    uint8_t data[8] = {0};

    platform_make(&p, "isa");
    ck_assert_uint_eq(port_in(&p, 0x330, 1), 0xff);
    ck_assert_uint_eq(port_in(&p, 0xcf8, 4), 0xffffffff);
    ck_assert_uint_eq(port_in(&p, 0xffff, 4), 0xffffffff);
    platform_port_access(&p, 0, 0,
                         &(struct port_access){0x330, true, 2, 4, data});
    for (unsigned i = 0; i < sizeof data; i++)
        ck_assert_uint_eq(data[i], 0xff);
    port_out(&p, 0x80, 1, 1);
    ck_assert_uint_eq(port_in(&p, PORT_DEBUG_STDOUT, 1), 0xe9);
    ck_assert_uint_eq(port_in(&p, PORT_DEBUG_STDERR, 1), 0xe9);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_debug_exit_is_the_status)
{
    struct platform p;

    platform_make(&p, "pc");
    ck_assert(!platform_ended(&p));
    port_out(&p, PORT_DEBUG_EXIT, 4, 0x1234562a);
    ck_assert(platform_ended(&p));
    ck_assert_uint_eq(p.bus.exit_status, 0x2a);
    platform_free(&p);
}
END_TEST

START_TEST(test_platform_unknown_name_is_refused)
{
    const struct platform_config c = {.profile = "vax"};
    struct platform p;
    struct error e;

    ck_assert_int_eq(platform_init(&p, &c, &e), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "'vax'"));
}
END_TEST

START_TEST(test_platform_polled_names_the_busiest)
{
    struct platform p;
    struct platform_poll poll;

    platform_make(&p, "pc");
    ck_assert(!platform_polled(&p, &poll));
    for (unsigned i = 0; i < 1000; i++) {
        port_in(&p, PORT_SERIAL + 5, 1);
        port_in(&p, (uint16_t)(0x4000 + i), 1); /* never twice the same */
        if (i % 2)
            port_in(&p, 0x1f7, 1);
    }
    ck_assert(platform_polled(&p, &poll));
    ck_assert(!poll.memory);
    ck_assert_uint_eq(poll.address, PORT_SERIAL + 5);
    ck_assert_uint_eq(poll.reads, 1000);
    platform_free(&p);
}
END_TEST

START_TEST(test_output_beyond_limit_is_dropped_and_counted)
{
    struct output o = {.limit_bytes = 10000};
    uint8_t block[777] = {0};

    for (unsigned i = 0; i < 20; i++)
        output_append(&o, block, sizeof block);
    ck_assert_uint_eq(o.bytes, 10000);
    ck_assert_uint_eq(o.dropped_bytes, 20 * 777 - 10000);
    output_free(&o);
    ck_assert_ptr_null(o.data);
}
END_TEST

START_TEST(test_guest_memory_ends_at_its_ranges)
{
    struct guest_memory m = {0};
    struct memory dram;
    struct error e;
    uint8_t data[16] = "0123456789abcde";

    ck_assert_int_eq(memory_init(&dram, 1 << 20, &e), STATUS_OK);
    m.dram = &dram;
    ck_assert(guest_memory_add(&m, gpa(0), 0x2000, hpa(0x4000)));
    ck_assert(guest_memory_add(&m, gpa(0x100000000), 0x1000, hpa(0x8000)));
    ck_assert(guest_memory_write(&m, gpa(0x1ff0), data, 16));
    ck_assert(!guest_memory_write(&m, gpa(0x1ff1), data, 16));
    ck_assert(!guest_memory_read(&m, gpa(0x2000), data, 1));
    ck_assert(!guest_memory_read(&m, gpa(UINT64_MAX), data, 16));
    ck_assert(!guest_memory_write(&m, gpa(0xfffffff8), data, 16));
    ck_assert(guest_memory_write(&m, gpa(0x100000ff0), data, 16));
    ck_assert_mem_eq(dram.base + 0x5ff0, data, 16);
    ck_assert_mem_eq(dram.base + 0x8ff0, data, 16);
    memory_free(&dram);
}
END_TEST

START_TEST(test_guest_memory_write_marks_decoded_code)
{
    struct guest_memory m = {0};
    struct memory dram;
    struct error e;

    ck_assert_int_eq(memory_init(&dram, 1 << 20, &e), STATUS_OK);
    m.dram = &dram;
    guest_memory_add(&m, gpa(0), 1 << 20, hpa(0));
    dram.code[3] = 1;
    ck_assert(guest_memory_write(&m, gpa(0x2000), "x", 1));
    ck_assert(!dram.code_stale);
    ck_assert(guest_memory_write(&m, gpa(0x2ffe), "xyz", 3));
    ck_assert(dram.code_stale);
    ck_assert_uint_eq(dram.code[2], 0);
    ck_assert_uint_eq(dram.code[3], 2);
    memory_free(&dram);
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
    tcase_add_test(ports, test_platform_unknown_name_is_refused);
    tcase_add_test(ports, test_platform_polled_names_the_busiest);
    tcase_add_test(ports, test_output_beyond_limit_is_dropped_and_counted);
    tcase_add_test(ports, test_guest_memory_ends_at_its_ranges);
    tcase_add_test(ports, test_guest_memory_write_marks_decoded_code);
    suite_add_tcase(suite, ports);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
