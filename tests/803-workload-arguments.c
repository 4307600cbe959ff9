/*
 * 803 - built-in workloads: NAME:key=value becomes the arguments of the guest
 * program, with every default filled in, in a form that the guest reads.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/config.h"
#include "sim/machine/suggest.h"
#include "sim/machine/workload_choice.h"

static void choose(struct config *c, const char *text)
{
    struct error e = {""};

    memset(c, 0, sizeof *c);
    ck_assert_msg(workload_built_in(&c->workload, text, &e) == STATUS_OK, "%s",
                  e.text);
}

START_TEST(test_workload_defaults_fill_in_what_is_not_given)
{
    struct config c;

    choose(&c, "gups:n=7,page=2M");
    ck_assert_int_eq(c.workload.kind, WORKLOAD_BUILT_IN);
    ck_assert_int_eq(c.workload.argc, 5);
    ck_assert_str_eq(c.workload.argv[0], "gups");
    ck_assert_str_eq(c.workload.argv[1], "footprint=64M");
    ck_assert_str_eq(c.workload.argv[2], "n=7");
    ck_assert_str_eq(c.workload.argv[3], "page=2M");
    ck_assert_str_eq(c.workload.argv[4], "seed=1");
    ck_assert_ptr_null(c.workload.argv[5]);
    ck_assert_str_eq(c.workload.text, "gups:n=7,page=2M");
    config_free(&c);
}
END_TEST

START_TEST(test_workload_numbers_are_written_as_the_guest_reads_them)
{
    struct config c;

    choose(&c, "gups:footprint=1g,n=0x10,seed=1KiB");
    ck_assert_str_eq(c.workload.argv[1], "footprint=1073741824");
    ck_assert_str_eq(c.workload.argv[2], "n=16");
    ck_assert_str_eq(c.workload.argv[4], "seed=1024");
    config_free(&c);
}
END_TEST

START_TEST(test_workload_examples_of_the_table_are_legal)
{
    struct config c;

    for (unsigned i = 0; i < built_in_count(); i++) {
        choose(&c, built_in_at(i)->example);
        ck_assert_str_eq(c.workload.argv[0], built_in_at(i)->name);
        config_free(&c);
        choose(&c, built_in_at(i)->name);
        config_free(&c);
    }
}
END_TEST

START_TEST(test_workload_memory_follows_footprint_and_processes)
{
    struct config c;
    const uint64_t mib = (uint64_t)1 << 20;

    choose(&c, "gups:footprint=1G");
    ck_assert_uint_eq(workload_memory_bytes(&c.workload), 1664 * mib);
    config_free(&c);
    choose(&c, "ctxswitch:footprint=512M,processes=4");
    ck_assert_uint_ge(workload_memory_bytes(&c.workload), 2048 * mib);
    config_free(&c);
    choose(&c, "ctxswitch:footprint=1T,processes=16384G");
    ck_assert_uint_eq(workload_memory_bytes(&c.workload), 0);
    config_free(&c);
}
END_TEST

START_TEST(test_suggest_counts_edits_and_keeps_the_nearest)
{
    struct suggestion s = {0};

    ck_assert_uint_eq(suggest_distance("nested", "nested"), 0);
    ck_assert_uint_eq(suggest_distance("nasted", "nested"), 1);
    ck_assert_uint_eq(suggest_distance("gusp", "gups"), 1);
    ck_assert_uint_eq(suggest_distance("", "abc"), 3);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting"), 3);
    suggest_offer(&s, "nasted", "native");
    suggest_offer(&s, "nasted", "nested");
    suggest_offer(&s, "nasted", "shadow");
    ck_assert_str_eq(s.name, "nested");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload");
    TCase *c = tcase_create("arguments");
    SRunner *runner;
    int failed;

    tcase_add_test(c, test_workload_defaults_fill_in_what_is_not_given);
    tcase_add_test(c,
                   test_workload_numbers_are_written_as_the_guest_reads_them);
    tcase_add_test(c, test_workload_examples_of_the_table_are_legal);
    tcase_add_test(c, test_workload_memory_follows_footprint_and_processes);
    tcase_add_test(c, test_suggest_counts_edits_and_keeps_the_nearest);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
