/*
 * Claim   Sizes read as people write them and print as the shortest exact
 *         form; what is not a number, or too large, is one clear line.
 * Manual  none; DESIGN, "The command line".
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"

START_TEST(test_units_parse_accepts_sizes)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        {"0", 0},
        {"64", 64},
        {"4K", 4096},
        {"4k", 4096},
        {"4KB", 4096},
        {"4KiB", 4096},
        {"512M", (uint64_t)512 << 20},
        {"1G", (uint64_t)1 << 30},
        {"2T", (uint64_t)2 << 40},
        {"0x10", 16},
        {"0xfF", 255},
        {"0xe6", 0xe6},
        {"0x4K", 4096},
        {"010", 10},
        {"0010K", 10240},
        {"1e6", 1000000},
        {"25E3", 25000},
        {"7e0", 7},
        {"0e99", 0},
        {"1e19", UINT64_C(10000000000000000000)},
        {"2e3K", 2048000},
        {"18446744073709551615", UINT64_MAX},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error e;
        uint64_t value = 1;

        ck_assert_int_eq(units_parse(cases[i].text, "x", &value, &e),
                         STATUS_OK);
        ck_assert_uint_eq(value, cases[i].value);
    }
}
END_TEST

START_TEST(test_units_parse_refuses_with_one_line)
{
    static const char *const cases[] = {
        "",
        "K",
        "x",
        "-1",
        "4X",
        "4KK",
        "4 K",
        "4KiX",
        "1G1",
        "99999999999999999999",
        "17000000T",
        "1e",
        "1e-3",
        "1e20",
        "e6",
        "0x",
        "1.5e3",
        " 1",
        "+1",
        "2e19",
        "1e99999999999999999999",
        "0x1ffffffffffffffff",
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error e = {""};
        uint64_t value = 77;

        ck_assert_int_eq(units_parse(cases[i], "tlb.l2.entries", &value, &e),
                         STATUS_USAGE);
        ck_assert_uint_eq(value, 77);
        ck_assert_ptr_nonnull(strstr(e.text, "tlb.l2.entries"));
        ck_assert_ptr_null(strchr(e.text, '\n'));
    }
}
END_TEST

START_TEST(test_units_format_is_shortest_exact)
{
    char buffer[32];

    ck_assert_str_eq(units_format(0, buffer, sizeof(buffer)), "0");
    ck_assert_str_eq(units_format(1023, buffer, sizeof(buffer)), "1023");
    ck_assert_str_eq(units_format(4096, buffer, sizeof(buffer)), "4K");
    ck_assert_str_eq(units_format(4097, buffer, sizeof(buffer)), "4097");
    ck_assert_str_eq(units_format((uint64_t)3 << 30, buffer, sizeof(buffer)),
                     "3G");
    ck_assert_str_eq(units_format((uint64_t)1 << 50, buffer, sizeof(buffer)),
                     "1024T");
}
END_TEST

START_TEST(test_units_format_and_parse_round_trip)
{
    for (unsigned shift = 0; shift < 64; shift++)
        for (uint64_t factor = 1; factor <= 5; factor += 2) {
            uint64_t bytes = factor << shift, back = 0;
            char buffer[32];
            struct error e;

            units_format(bytes, buffer, sizeof(buffer));
            ck_assert_int_eq(units_parse(buffer, "x", &back, &e), STATUS_OK);
            ck_assert_uint_eq(back, bytes);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units-sizes");
    TCase *cases = tcase_create("units");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_units_parse_accepts_sizes);
    tcase_add_test(cases, test_units_parse_refuses_with_one_line);
    tcase_add_test(cases, test_units_format_is_shortest_exact);
    tcase_add_test(cases, test_units_format_and_parse_round_trip);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
