/*
 * 800 - the table of parameters: every row can be read, written and explained;
 * text -> value -> text is the identity; what is out of range is refused.
 *
 * DESIGN: names that scripts may rely on.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/config.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"

/* A resolved configuration of the default profile. */
static void setup(struct config *c)
{
    struct error e = {""};

    config_defaults(c);
    ck_assert_msg(profile_load(c, "skylake", &e) == STATUS_OK, "%s", e.text);
}

START_TEST(test_params_every_row_has_name_range_and_sentence)
{
    char range[PARAM_TEXT_BYTES];

    for (unsigned i = 0; i < param_count(); i++) {
        const struct param *p = param_at(i);

        ck_assert_uint_eq(param_find(p->name), i); /* unique, too */
        ck_assert_str_eq(config_param_name(i), p->name);
        ck_assert_uint_gt(strlen(p->sentence), 5);
        ck_assert_uint_gt(strlen(param_range(p, range, sizeof range)), 3);
        ck_assert_uint_lt(strlen(range), sizeof range - 1);
    }
    ck_assert_uint_eq(config_param_count(), param_count());
}
END_TEST

START_TEST(test_params_text_of_every_value_sets_the_same_value)
{
    struct config a, b;
    struct error e = {""};
    char text[PARAM_TEXT_BYTES], again[PARAM_TEXT_BYTES];

    setup(&a);
    config_defaults(&b);
    for (unsigned i = 0; i < param_count(); i++) {
        config_param_text(&a, i, text, sizeof text);
        ck_assert_msg(param_set(&b, i, text, &e) == STATUS_OK, "%s", e.text);
        ck_assert_str_eq(config_param_text(&b, i, again, sizeof again), text);
    }
    ck_assert_mem_eq(&a.mmu.l2_tlb, &b.mmu.l2_tlb, sizeof a.mmu.l2_tlb);
    ck_assert_mem_eq(&a.hv.handler_cycles, &b.hv.handler_cycles,
                     sizeof a.hv.handler_cycles);
    config_free(&a);
    config_free(&b);
}
END_TEST

START_TEST(test_params_number_beyond_its_range_is_refused)
{
    struct config c;
    struct error e;
    char text[32];

    setup(&c);
    for (unsigned i = 0; i < param_count(); i++) {
        const struct param *p = param_at(i);

        if (p->max == 0 || p->max == UINT64_MAX || p->kind == PARAM_BOOL)
            continue;
        snprintf(text, sizeof text, "%llu", (unsigned long long)p->max + 1);
        e.text[0] = '\0';
        ck_assert_int_eq(config_set(&c, p->name, text, &e), STATUS_USAGE);
        ck_assert_ptr_nonnull(strstr(e.text, p->name));
        snprintf(text, sizeof text, "%llu", (unsigned long long)p->max);
        ck_assert_msg(config_set(&c, p->name, text, &e) == STATUS_OK, "%s",
                      e.text);
        if (p->min == 0)
            continue;
        snprintf(text, sizeof text, "%llu", (unsigned long long)p->min - 1);
        ck_assert_int_eq(config_set(&c, p->name, text, &e), STATUS_USAGE);
    }
    config_free(&c);
}
END_TEST

START_TEST(test_params_names_that_scripts_rely_on_exist)
{
    static const char *const names[] = {
        "tlb.enabled",           "psc.enabled",  "cache.enabled",
        "tlb.l2.entries",        "tlb.l2.ways",  "paging.host_page",
        "exit.roundtrip_cycles", "sched.policy", "exit.handler.io_cycles",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        ck_assert_msg(param_find(names[i]) < param_count(), "%s", names[i]);
}
END_TEST

START_TEST(test_params_words_land_in_their_fields)
{
    struct config c;
    struct error e;

    setup(&c);
    ck_assert_int_eq(config_set(&c, "paging.host_page", "2M", &e), STATUS_OK);
    ck_assert_uint_eq(c.hv.host_page_shift, 21);
    ck_assert_int_eq(config_set(&c, "tlb.enabled", "off", &e), STATUS_OK);
    ck_assert(!c.mmu.tlb_enabled);
    ck_assert_int_eq(config_set(&c, "memory", "1G", &e), STATUS_OK);
    ck_assert_uint_eq(c.memory_bytes, (uint64_t)1 << 30);
    ck_assert_int_eq(config_set(&c, "seed", "77", &e), STATUS_OK);
    ck_assert_uint_eq(c.mmu.seed, 77);
    ck_assert_int_eq(config_set(&c, "cpu.timing", "fast", &e), STATUS_OK);
    ck_assert_int_eq(c.cpu.timing, TIMING_FAST);
    ck_assert_int_eq(config_set(&c, "tlb.enabled", "maybe", &e), STATUS_USAGE);
    ck_assert_int_eq(config_set(&c, "tlb.l2.ways", "-1", &e), STATUS_USAGE);
    ck_assert_int_eq(config_set(&c, "cpu.brand",
                                "a name that is longer than the forty-eight "
                                "characters of three leaves",
                                &e),
                     STATUS_USAGE);
    ck_assert_int_eq(config_set(&c, "cpu.brand", "\033[2J", &e), STATUS_USAGE);
    config_free(&c);
}
END_TEST

START_TEST(test_params_group_sets_each_member_and_remembers_it)
{
    struct config c;
    struct error e;

    setup(&c);
    ck_assert_int_eq(config_set(&c, "tlb.repl", "random", &e), STATUS_OK);
    ck_assert_int_eq(c.mmu.l1d_tlb.repl, REPL_RANDOM);
    ck_assert_int_eq(c.mmu.l1i_tlb.repl, REPL_RANDOM);
    ck_assert_int_eq(c.mmu.l2_tlb.repl, REPL_RANDOM);
    ck_assert_int_ne(c.mmu.l2.repl, REPL_RANDOM);
    ck_assert_uint_eq(c.override_count, 3);
    ck_assert_str_eq(c.overrides[0], "tlb.l1d.repl=random");
    config_free(&c);
}
END_TEST

START_TEST(test_params_unknown_name_suggests_the_nearest)
{
    struct config c;
    struct error e;

    setup(&c);
    ck_assert_int_eq(config_set(&c, "tlb.l2.entry", "1", &e), STATUS_USAGE);
    ck_assert_str_eq(e.text, "unknown parameter 'tlb.l2.entry'; did you mean "
                             "tlb.l2.entries? (ringside list params)");
    ck_assert_int_eq(config_set(&c, "zzz", "1", &e), STATUS_USAGE);
    ck_assert_str_eq(e.text, "unknown parameter 'zzz' (ringside list params)");
    config_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("params");
    TCase *c = tcase_create("table");
    SRunner *runner;
    int failed;

    tcase_add_test(c, test_params_every_row_has_name_range_and_sentence);
    tcase_add_test(c, test_params_text_of_every_value_sets_the_same_value);
    tcase_add_test(c, test_params_number_beyond_its_range_is_refused);
    tcase_add_test(c, test_params_names_that_scripts_rely_on_exist);
    tcase_add_test(c, test_params_words_land_in_their_fields);
    tcase_add_test(c, test_params_group_sets_each_member_and_remembers_it);
    tcase_add_test(c, test_params_unknown_name_suggests_the_nearest);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
