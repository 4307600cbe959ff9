/*
 * 801 - profiles: every built-in profile gives every PARAM row a value with
 * source and confidence, and no setting one; each is a machine that could be
 * built; a damaged profile file is one line of text.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/config.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"

static void load(struct config *c, const char *name)
{
    struct error e = {""};

    config_defaults(c);
    ck_assert_msg(profile_load(c, name, &e) == STATUS_OK, "%s", e.text);
}

START_TEST(test_profile_each_gives_every_param_and_no_setting)
{
    struct config c;

    load(&c, profile_name_at((unsigned)_i));
    for (unsigned i = 0; i < param_count(); i++) {
        const struct profile_value *v = &c.profile->values[i];

        if (param_at(i)->preset) {
            ck_assert_ptr_null(v->source);
            continue;
        }
        ck_assert_msg(v->source != NULL && strlen(v->source) > 4, "%s",
                      param_at(i)->name);
        ck_assert_msg(v->confidence != NULL, "%s", param_at(i)->name);
    }
    config_free(&c);
}
END_TEST

START_TEST(test_profile_each_passes_the_cross_checks)
{
    struct config c;
    struct error e = {""};

    load(&c, profile_name_at((unsigned)_i));
    ck_assert_msg(config_check(&c, &e) == STATUS_OK, "%s", e.text);
    ck_assert_uint_gt(c.profile->year, 2000);
    ck_assert_uint_eq(c.mmu.line_bytes, 64);
    ck_assert_uint_lt(c.mmu.l1d.hit_cycles, c.mmu.l2.hit_cycles);
    ck_assert_uint_le(c.mmu.l2.hit_cycles, c.mmu.l3.hit_cycles);
    ck_assert_uint_lt(c.mmu.l3.hit_cycles, c.mmu.dram_cycles);
    config_free(&c);
}
END_TEST

/* Published plateau = cache latency plus the L2 TLB hit of such a chase. */
START_TEST(test_profile_latencies_are_the_published_plateaus)
{
    static const struct {
        const char *name;
        uint32_t l1, l2, l3, dram;
    } published[] = {
        {"pentium4-2005", 4, 28, 28, 166},
        {"nehalem", 4, 10, 45, 184},
        {"skylake", 4, 14, 75, 266},
        {"zen2", 4, 12, 42, 161},
    };
    struct config c;

    for (size_t i = 0; i < ARRAY_LEN(published); i++) {
        uint32_t adder;

        load(&c, published[i].name);
        adder = c.mmu.l2_tlb.hit_cycles;
        ck_assert_uint_eq(c.mmu.l1d.hit_cycles, published[i].l1);
        ck_assert_uint_eq(c.mmu.l2.hit_cycles, published[i].l2);
        ck_assert_uint_eq(c.mmu.l3.hit_cycles + adder, published[i].l3);
        ck_assert_uint_eq(c.mmu.dram_cycles + adder, published[i].dram);
        config_free(&c);
    }
}
END_TEST

START_TEST(test_profile_pentium4_lacks_what_it_lacked)
{
    struct config c;

    load(&c, "pentium4-2005");
    ck_assert(!c.hv.has_nested && !c.hv.has_vpid);
    ck_assert(!c.cpu.has_pcid && !c.cpu.has_smep && !c.cpu.has_smap);
    ck_assert(!c.cpu.has_1g_pages && c.cpu.has_nx);
    ck_assert_uint_eq(c.mmu.l3.bytes, 0);
    ck_assert_uint_eq(c.mmu.l2_tlb.page_4k.entries, 0);
    ck_assert_uint_eq(c.mmu.walkers, 1);
    ck_assert_uint_eq(c.hv.exit_roundtrip_cycles, 3963);
    config_free(&c);
}
END_TEST

/* Writes a file with this list of values and loads it: the message. */
static const char *load_values(const char *values, struct error *e)
{
    char path[] = "/tmp/ringside-profile-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    struct config c;

    ck_assert_ptr_nonnull(f);
    fprintf(f,
            "title=\"t\"; summary=\"s\"; year=2020;\n"
            "sources={a=\"A\";};\nvalues=(%s);\n",
            values);
    fclose(f);
    config_defaults(&c);
    ck_assert_int_eq(profile_load(&c, path, e), STATUS_USAGE);
    ck_assert_ptr_null(c.profile);
    config_free(&c);
    remove(path);
    return e->text;
}

START_TEST(test_profile_damaged_file_is_refused_with_line_and_reason)
{
    static const struct {
        const char *values, *reason;
    } rows[] = {
        {"", "tlb.l1d.4k.entries has no value"},
        {"{", "line 3: syntax error"},
        {"{name=\"nope\";}", "unknown parameter 'nope'"},
        {"{value=1;}", "name is missing"},
        {"{name=\"tlb.enabled\";}", "is a setting"},
        {"{name=\"tlb.l2.ways\"; value=4; unit=\"cm\";}",
         "unit of tlb.l2.ways must be \"ways\""},
        {"{name=\"tlb.l2.ways\"; value=4; unit=\"ways\"; "
         "confidence=\"checked\";}",
         "source is missing"},
        {"{name=\"tlb.l2.ways\"; value=4; unit=\"ways\"; "
         "source=\"a\"; confidence=\"sure\";}",
         "confidence 'sure'"},
        {"{name=\"tlb.l2.ways\"; value=4; unit=\"ways\"; "
         "source=\"b: x\"; confidence=\"checked\";}",
         "source 'b' is not listed"},
        {"{name=\"tlb.l2.ways\"; value=1.5; unit=\"ways\"; "
         "source=\"a\"; confidence=\"checked\";}",
         "needs value"},
        {"{name=\"tlb.l2.ways\"; value=0; unit=\"ways\"; "
         "source=\"a\"; confidence=\"checked\";}",
         "out of range"},
        {"{name=\"tlb.l2.ways\"; value=4; unit=\"ways\"; "
         "source=\"a\"; confidence=\"checked\";}, {name=\"tlb.l2.ways\";}",
         "has a value already"},
    };
    struct error e;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(strstr(load_values(rows[i].values, &e), rows[i].reason),
                      "wanted '%s', got '%s'", rows[i].reason, e.text);
}
END_TEST

START_TEST(test_profile_unknown_name_suggests_the_nearest)
{
    struct config c;
    struct error e;

    config_defaults(&c);
    ck_assert_int_eq(profile_load(&c, "skylak", &e), STATUS_USAGE);
    ck_assert_str_eq(e.text, "unknown profile 'skylak'; did you mean skylake? "
                             "(ringside list profiles)");
    ck_assert_int_eq(profile_load(&c, "./absent.conf", &e), STATUS_FILE);
    config_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *c = tcase_create("values");
    SRunner *runner;
    int failed, profiles = (int)profile_count();

    tcase_add_loop_test(c, test_profile_each_gives_every_param_and_no_setting,
                        0, profiles);
    tcase_add_loop_test(c, test_profile_each_passes_the_cross_checks, 0,
                        profiles);
    tcase_add_test(c, test_profile_latencies_are_the_published_plateaus);
    tcase_add_test(c, test_profile_pentium4_lacks_what_it_lacked);
    tcase_add_test(c,
                   test_profile_damaged_file_is_refused_with_line_and_reason);
    tcase_add_test(c, test_profile_unknown_name_suggests_the_nearest);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
