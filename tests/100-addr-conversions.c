/*
 * Claim   Addresses of the three spaces convert to frames and back without
 *         loss, and the types are as large as a plain 64-bit number.
 * Manual  none; DESIGN, "Words".
 */
#include <check.h>
#include <stdlib.h>

#include "sim/core/addr.h"
#include "sim/core/macros.h"

START_TEST(test_addr_frames_round_trip)
{
    static const uint64_t cases[] = {
        0, 1, 4095, 4096, 0xfee00fff, UINT64_MAX >> 1, UINT64_MAX};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t a = cases[i];

        ck_assert_uint_eq(gfn_to_gpa(gpa_to_gfn(gpa(a))).v + page_offset(a), a);
        ck_assert_uint_eq(hfn_to_hpa(hpa_to_hfn(hpa(a))).v + page_offset(a), a);
        ck_assert_uint_eq(gpa_is_hpa(gpa(a)).v, a);
    }
}
END_TEST

START_TEST(test_addr_add_wraps_as_hardware)
{
    ck_assert_uint_eq(gva_add(gva(UINT64_MAX), 1).v, 0);
    ck_assert_uint_eq(gpa_add(gpa(0x1000), 0x234).v, 0x1234);
    ck_assert_uint_eq(hpa_add(hpa(5), (uint64_t)-5).v, 0);
}
END_TEST

START_TEST(test_addr_types_are_plain_words)
{
    ck_assert_uint_eq(sizeof(gva_t), sizeof(uint64_t));
    ck_assert_uint_eq(sizeof(hfn_t), sizeof(uint64_t));
    ck_assert_uint_eq(PAGE_BYTES, 1u << PAGE_SHIFT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("addr-conversions");
    TCase *cases = tcase_create("addr");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_addr_frames_round_trip);
    tcase_add_test(cases, test_addr_add_wraps_as_hardware);
    tcase_add_test(cases, test_addr_types_are_plain_words);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
