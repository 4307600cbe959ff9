/*
 * 802 - the command line: what is asked for arrives in the configuration;
 * what cannot be is refused with one line that names it.
 *
 * DESIGN: the command line.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/options.h"

enum { MAX_WORDS = 16 };

/* Splits line at spaces and parses it; line must outlive r. */
static enum status parse(struct request *r, char *line, struct error *e)
{
    char *argv[MAX_WORDS + 1] = {0};
    int argc = 0;

    for (char *w = strtok(line, " "); w; w = strtok(NULL, " ")) {
        ck_assert_int_lt(argc, MAX_WORDS);
        argv[argc++] = w;
    }
    e->text[0] = '\0';
    return request_parse(r, argc, argv, e);
}

START_TEST(test_request_options_arrive_in_the_configuration)
{
    char line[] = "ringside run --technique shadow -p zen2 --set "
                  "tlb.l2.entries=1024 --memory=1G --seed 9 --timing fast "
                  "--check -q gups:n=5";
    struct request r;
    struct error e;

    ck_assert_msg(parse(&r, line, &e) == STATUS_OK, "%s", e.text);
    ck_assert_int_eq(r.command, COMMAND_RUN);
    ck_assert_uint_eq(r.config.technique_count, 1);
    ck_assert_str_eq(r.config.techniques[0]->name, "shadow");
    ck_assert_str_eq(r.config.profile_name, "zen2");
    ck_assert_uint_eq(r.config.mmu.l2_tlb.page_4k.entries, 1024);
    ck_assert_uint_eq(r.config.memory_bytes, (uint64_t)1 << 30);
    ck_assert_uint_eq(r.config.seed, 9);
    ck_assert_int_eq(r.config.cpu.timing, TIMING_FAST);
    ck_assert(r.config.hv.check);
    ck_assert(r.config.outputs.quiet);
    ck_assert_uint_eq(r.config.max_cycles, UINT64_MAX);
    ck_assert_uint_eq(r.config.override_count, 5);
    request_free(&r);
}
END_TEST

START_TEST(test_request_order_of_profile_and_set_does_not_matter)
{
    char a[] = "ringside run --set dram.cycles=99 --profile nehalem gups";
    char b[] = "ringside run gups --profile nehalem --set dram.cycles=99";
    struct request ra, rb;
    struct error e;

    ck_assert_int_eq(parse(&ra, a, &e), STATUS_OK);
    ck_assert_int_eq(parse(&rb, b, &e), STATUS_OK);
    ck_assert_uint_eq(ra.config.mmu.dram_cycles, 99);
    ck_assert_mem_eq(&ra.config.mmu, &rb.config.mmu, sizeof ra.config.mmu);
    request_free(&ra);
    request_free(&rb);
}
END_TEST

START_TEST(test_request_words_after_dashes_belong_to_the_program)
{
    char line[] = "ringside run -q -- busybox --help -q -- x";
    struct request r;
    struct error e;

    ck_assert_int_eq(parse(&r, line, &e), STATUS_OK);
    ck_assert_int_eq(r.config.workload.kind, WORKLOAD_PROGRAM);
    ck_assert_int_eq(r.config.workload.argc, 5);
    ck_assert_str_eq(r.config.workload.argv[1], "--help");
    ck_assert_str_eq(r.config.workload.text, "busybox --help -q -- x");
    ck_assert_ptr_null(r.config.workload.argv[5]);
    ck_assert(!r.help);
    request_free(&r);
}
END_TEST

START_TEST(test_request_compare_takes_every_supported_technique)
{
    char all[] = "ringside compare gups";
    char old[] = "ringside compare -p pentium4-2005 gups";
    struct request r;
    struct error e;

    ck_assert_int_eq(parse(&r, all, &e), STATUS_OK);
    ck_assert_uint_eq(r.config.technique_count, 4);
    ck_assert_str_eq(r.config.techniques[0]->name, "native");
    request_free(&r);
    ck_assert_int_eq(parse(&r, old, &e), STATUS_OK);
    ck_assert_uint_eq(r.config.technique_count, 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_str_ne(r.config.techniques[i]->name, "nested");
    request_free(&r);
}
END_TEST

START_TEST(test_request_virt_settings_select_a_technique)
{
    char line[] = "ringside run --set cpu.virt=guest --set mmu.virt=nested "
                  "gups";
    struct request r;
    struct error e;

    ck_assert_msg(parse(&r, line, &e) == STATUS_OK, "%s", e.text);
    ck_assert_str_eq(r.config.techniques[0]->name, "nested");
    request_free(&r);
}
END_TEST

START_TEST(test_request_memory_grows_with_a_footprint_unless_given)
{
    char grown[] = "ringside run gups:footprint=8G";
    char given[] = "ringside run --memory 256M gups:footprint=8G";
    char set[] = "ringside run --set memory=256M gups:footprint=8G";
    struct request r;
    struct error e;

    ck_assert_int_eq(parse(&r, grown, &e), STATUS_OK);
    ck_assert_uint_ge(r.config.memory_bytes, (uint64_t)9 << 30);
    ck_assert_uint_le(r.config.memory_bytes, (uint64_t)10 << 30);
    request_free(&r);
    ck_assert_int_eq(parse(&r, given, &e), STATUS_OK);
    ck_assert_uint_eq(r.config.memory_bytes, (uint64_t)256 << 20);
    request_free(&r);
    ck_assert_int_eq(parse(&r, set, &e), STATUS_OK);
    ck_assert_uint_eq(r.config.memory_bytes, (uint64_t)256 << 20);
    request_free(&r);
}
END_TEST

static void assert_refused(const char *asked, const char *says)
{
    char line[128];
    struct request r;
    struct error e;

    snprintf(line, sizeof line, "%s", asked);
    ck_assert_msg(parse(&r, line, &e) != STATUS_OK, "%s", asked);
    ck_assert_msg(strstr(e.text, says), "%s: wanted '%s', got '%s'", asked,
                  says, e.text);
    ck_assert_ptr_null(strchr(e.text, '\n'));
    request_free(&r);
}

START_TEST(test_request_mistakes_are_one_line_that_names_them)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"ringside", "command is missing"},
        {"ringside rum", "did you mean run?"},
        {"ringside run", "a workload is missing"},
        {"ringside run --", "a program is missing"},
        {"ringside run gups chase", "one workload at a time"},
        {"ringside run gups -- x", "one workload at a time"},
        {"ringside run gusp", "did you mean gups?"},
        {"ringside run gups:foot=1", "did you mean footprint?"},
        {"ringside run gups:n=1,n=2", "n is given twice"},
        {"ringside run gups:n", "parameters look like"},
        {"ringside run gups:n=many", "gups: n: 'many' is not a number"},
        {"ringside run gups:page=3M", "none of 4K, 2M, 1G"},
        {"ringside run trace:t.din", "not there yet"},
        {"ringside run --kernel x net.conf", "--kernel is for one machine"},
        {"ringside compare net.conf", "needs --over"},
        {"ringside run --over seed=1,2 gups", "run takes no --over"},
        {"ringside run --set host.pcpus=2 gups", "a key of scenario files"},
        {"ringside run --set sched.policy=rr gups", "one machine alone"},
        {"ringside scenario look net.conf", "scenario check FILE"},
        {"ringside run /bin/sh", "put -- before it"},
        {"ringside run --tecnique x gups", "did you mean --technique?"},
        {"ringside run --jobs 2 gups", "run takes no --jobs"},
        {"ringside run --technique nasted gups", "did you mean nested?"},
        {"ringside run --technique native,pv gups", "ringside compare"},
        {"ringside compare --technique pv,pv gups", "named twice"},
        {"ringside run --technique", "--technique needs an argument"},
        {"ringside run --json= gups", "--json needs an argument"},
        {"ringside run --quiet=yes gups", "--quiet takes no argument"},
        {"ringside run --set tlb gups", "KEY=VALUE"},
        {"ringside run --set tlb.l2.ways=5 gups", "tlb.l2.ways=5; set both"},
        {"ringside run --set tlb.l2.entries=36 gups", "not a power of two"},
        {"ringside run --set cache.l1d.bytes=33K gups", "cache.l1d.bytes"},
        {"ringside run --memory 17M gups", "not a multiple of 2M"},
        {"ringside run --memory 1 gups", "out of range"},
        {"ringside run --vcpus 17 gups", "1 .. 16"},
        {"ringside run --max-instructions 0 gups", "must not be 0"},
        {"ringside compare --jobs 65 gups", "1 .. 64"},
        {"ringside run --technique nested -p pentium4-2005 gups",
         "profile pentium4-2005: technique nested: "},
        {"ringside run --set cpu.virt=guest gups", "more than one"},
        {"ringside run --set cpu.virt=none --set mmu.virt=nested gups",
         "no technique combines"},
        {"ringside run --technique pv --set cpu.virt=none gups",
         "technique pv is cpu.virt="},
        {"ringside run --set paging.host_page=1G -p nehalem gups",
         "no 1G pages"},
        {"ringside list -- x", "takes no program"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_refused(rows[i].line, rows[i].says);
}
END_TEST

START_TEST(test_request_help_needs_nothing_else)
{
    char a[] = "ringside --help", b[] = "ringside run --help --set nonsense";
    char c[] = "ringside compare -V";
    struct request r;
    struct error e;

    ck_assert_int_eq(parse(&r, a, &e), STATUS_OK);
    ck_assert(r.help && r.command == COMMAND_COUNT);
    request_free(&r);
    ck_assert_int_eq(parse(&r, b, &e), STATUS_OK);
    ck_assert(r.help && r.command == COMMAND_RUN);
    request_free(&r);
    ck_assert_int_eq(parse(&r, c, &e), STATUS_OK);
    ck_assert(r.version);
    request_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("request");
    TCase *c = tcase_create("resolve");
    SRunner *runner;
    int failed;

    tcase_add_test(c, test_request_options_arrive_in_the_configuration);
    tcase_add_test(c, test_request_order_of_profile_and_set_does_not_matter);
    tcase_add_test(c, test_request_words_after_dashes_belong_to_the_program);
    tcase_add_test(c, test_request_compare_takes_every_supported_technique);
    tcase_add_test(c, test_request_virt_settings_select_a_technique);
    tcase_add_test(c, test_request_memory_grows_with_a_footprint_unless_given);
    tcase_add_test(c, test_request_mistakes_are_one_line_that_names_them);
    tcase_add_test(c, test_request_help_needs_nothing_else);
    suite_add_tcase(suite, c);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
