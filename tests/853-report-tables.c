/*
 * Claim: records become tables, JSON and CSV that are complete, the same
 * every time, and say when techniques disagree; figures are drawn from them.
 *
 * The tables are golden: tests/golden/853-*.txt.  After a wanted change, run
 * this test with REGOLD=1 and look at the difference.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/report.h"

enum { TEXT_BYTES = 1 << 18 };

/* Two techniques' results, made up, and the text that a report made of them. */
struct fixture {
    struct config config;
    struct run_record records[2];
    struct results results;
    char text[TEXT_BYTES];
};

static void fill_record(struct run_record *r, const char *technique,
                        uint64_t factor)
{
    strcpy(r->technique, technique);
    r->end = RUN_EXITED;
    r->exit_status = 3;
    r->cycles = 2000000 * factor;
    r->boot_cycles = 500000;
    r->boot_counters.value[COUNTER_INSTRUCTIONS] = 400000;
    r->counters.value[COUNTER_INSTRUCTIONS] = 1234567;
    r->counters.value[COUNTER_INSTRUCTIONS_USER] = 1000000;
    r->counters.value[COUNTER_DTLB_ACCESS] = 400000;
    r->counters.value[COUNTER_DTLB_L1_MISS] = 4000;
    r->counters.value[COUNTER_DTLB_L2_MISS] = 1000;
    r->counters.value[COUNTER_WALK_COUNT] = 1000;
    r->counters.value[COUNTER_WALK_REFS] = 4000 * factor;
    r->counters.value[COUNTER_EXIT_TOTAL] = 12 * (factor - 1);
    r->counters.value[COUNTER_EXIT_REASON_CPUID] = 2 * (factor - 1);
    r->counters.value[COUNTER_EXIT_REASON_CR_ACCESS] = 10 * (factor - 1);
    r->ledger.cycles[LEDGER_USER] = 1500000;
    r->ledger.cycles[LEDGER_KERNEL] = 500000;
    r->ledger.cycles[LEDGER_EXIT] = 2000000 * (factor - 1);
    r->stdout_bytes = 17;
    memset(r->stdout_sha256, 'a', 64);
    memset(r->stderr_sha256, 'b', 64);
    r->host_seconds = 0.5;
}

static struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    config_defaults(&f->config);
    f->config.profile_name = "skylake";
    f->config.workload.kind = WORKLOAD_PROGRAM;
    f->config.workload.text = strdup("say \"hello\"");
    f->config.cpu.tsc_khz = 3000000;
    f->config.technique_count = 2;
    f->config.techniques[0] = technique_find("native");
    f->config.techniques[1] = technique_find("nested");
    fill_record(&f->records[0], "native", 1);
    fill_record(&f->records[1], "nested", 2);
    f->results = (struct results){.config = &f->config,
                                  .command = "compare",
                                  .records = f->records,
                                  .count = 2};
    return f;
}

static void fixture_free(struct fixture *f)
{
    config_free(&f->config);
    free(f);
}

/* Takes what was written to stream as f->text, and closes it. */
static void take_text(struct fixture *f, FILE *stream)
{
    size_t bytes;

    rewind(stream);
    bytes = fread(f->text, 1, TEXT_BYTES - 1, stream);
    f->text[bytes] = '\0';
    fclose(stream);
}

static void compare_text(struct fixture *f)
{
    FILE *out = tmpfile();

    report_compare(out, &f->results);
    take_text(f, out);
}

static void json_text(struct fixture *f)
{
    FILE *out = tmpfile();
    struct error e;

    ck_assert_int_eq(report_json(out, &f->results, &e), STATUS_OK);
    take_text(f, out);
}

static void check_golden(const char *text, const char *path)
{
    char wanted[1 << 14];
    size_t bytes;
    FILE *file;

    if (getenv("REGOLD")) {
        file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fputs(text, file);
        fclose(file);
    }
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    bytes = fread(wanted, 1, sizeof wanted - 1, file);
    wanted[bytes] = '\0';
    fclose(file);
    ck_assert_msg(strcmp(text, wanted) == 0, "%s differs; got:\n%s", path,
                  text);
}

START_TEST(test_report_compare_is_golden)
{
    struct fixture *f = fixture_new();

    compare_text(f);
    check_golden(f->text, "tests/golden/853-compare.txt");
    fixture_free(f);
}
END_TEST

START_TEST(test_report_run_is_golden)
{
    struct fixture *f = fixture_new();
    FILE *out = tmpfile();

    f->results.command = "run";
    f->results.records = &f->records[1];
    f->results.count = 1;
    f->config.technique_count = 1;
    f->config.techniques[0] = technique_find("nested");
    report_run(out, &f->results);
    take_text(f, out);
    check_golden(f->text, "tests/golden/853-run.txt");
    fixture_free(f);
}
END_TEST

START_TEST(test_report_difference_is_named)
{
    struct fixture *f = fixture_new();

    ck_assert(results_agree(&f->results));
    f->records[1].exit_status = 4;
    ck_assert(!results_agree(&f->results));
    compare_text(f);
    ck_assert_ptr_nonnull(strstr(
        f->text, "outputs: DIFFER: nested (exit status 4, native has 3)"));
    f->records[1].exit_status = 3;
    f->records[1].stdout_sha256[0] = 'c';
    compare_text(f);
    ck_assert_ptr_nonnull(strstr(f->text, "DIFFER: nested (stdout)"));
    f->records[1].end = RUN_CRASHED;
    compare_text(f);
    ck_assert_ptr_nonnull(strstr(f->text, "nested (did not end by itself)"));
    fixture_free(f);
}
END_TEST

static void check_run_json(const json_t *run)
{
    const json_t *ledger = json_object_get(run, "ledger");
    const json_t *counters = json_object_get(run, "counters");
    const json_t *boot = json_object_get(run, "boot");

    ck_assert_uint_eq(json_object_size(run), 14);
    ck_assert(json_is_array(json_object_get(run, "vcpus")));
    for (int row = 0; row < LEDGER_COUNT; row++)
        ck_assert_ptr_nonnull(
            json_object_get(ledger, ledger_info((enum ledger_row)row)->name));
    for (int id = 0; id < COUNTER_COUNT; id++)
        ck_assert_ptr_nonnull(
            json_object_get(counters, counter_info((enum counter)id)->name));
    ck_assert_int_eq(json_integer_value(json_object_get(boot, "instructions")),
                     400000);
    ck_assert_str_eq(json_string_value(json_object_get(run, "profile")),
                     "skylake");
    ck_assert_int_eq(json_integer_value(json_object_get(run, "exit_status")),
                     3);
}

START_TEST(test_report_json_is_complete)
{
    struct fixture *f = fixture_new();
    json_t *all;

    json_text(f);
    all = json_loads(f->text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(all);
    ck_assert_str_eq(json_string_value(json_object_get(all, "schema")),
                     "ringside/1");
    ck_assert_uint_eq(json_object_size(json_object_get(all, "config")),
                      config_param_count());
    ck_assert_uint_eq(json_array_size(json_object_get(all, "runs")), 2);
    check_run_json(json_array_get(json_object_get(all, "runs"), 0));
    json_decref(all);
    fixture_free(f);
}
END_TEST

START_TEST(test_report_json_is_the_same_twice)
{
    struct fixture *f = fixture_new(), *again = fixture_new();

    json_text(f);
    json_text(again);
    ck_assert_str_eq(f->text, again->text);
    fixture_free(f);
    fixture_free(again);
}
END_TEST

START_TEST(test_report_csv_has_a_line_for_each_figure)
{
    struct fixture *f = fixture_new();
    FILE *out = tmpfile();
    size_t lines = 0;

    report_csv(out, &f->results);
    take_text(f, out);
    for (const char *p = f->text; *p; p++)
        lines += *p == '\n';
    ck_assert_uint_eq(lines, 1 + 2 * (4 + LEDGER_COUNT + COUNTER_COUNT));
    ck_assert_ptr_nonnull(
        strstr(f->text, "\nnested,skylake,counter,exit.cr_access,10\n"));
    fixture_free(f);
}
END_TEST

static void check_starts(const char *folder, const char *name,
                         const char *start)
{
    char path[128], got[8] = "";
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_uint_eq(fread(got, 1, strlen(start), file), strlen(start));
    ck_assert_mem_eq(got, start, strlen(start));
    fclose(file);
    unlink(path);
}

START_TEST(test_plot_draws_and_leaves_the_numbers)
{
    char folder[] = "/tmp/ringside-plot-XXXXXX";
    struct fixture *f = fixture_new();
    struct error e = {""};

    ck_assert_ptr_nonnull(mkdtemp(folder));
    if (system("gnuplot --version >/dev/null 2>&1") != 0) {
        puts("skip gnuplot is not installed");
    } else {
        ck_assert_msg(plot_results(folder, &f->results, &e) == STATUS_OK, "%s",
                      e.text);
        check_starts(folder, "ledger.png", "\x89PNG");
        check_starts(folder, "ledger.svg", "<?xml");
        check_starts(folder, "ledger.csv", "techn");
        check_starts(folder, "ledger.gp", "# Made");
        check_starts(folder, "exits.png", "\x89PNG");
        check_starts(folder, "exits.svg", "<?xml");
        check_starts(folder, "exits.csv", "reason");
        check_starts(folder, "exits.gp", "# Made");
    }
    ck_assert_int_eq(rmdir(folder), 0);
    fixture_free(f);
}
END_TEST

struct count_case {
    uint64_t count;
    const char *text;
};

START_TEST(test_format_count_groups_digits)
{
    static const struct count_case cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {1234567, "1,234,567"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    char text[32];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(format_count(cases[i].count, text, sizeof text),
                         cases[i].text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("tables");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, test_report_compare_is_golden);
    tcase_add_test(tc, test_report_run_is_golden);
    tcase_add_test(tc, test_report_difference_is_named);
    tcase_add_test(tc, test_report_json_is_complete);
    tcase_add_test(tc, test_report_json_is_the_same_twice);
    tcase_add_test(tc, test_report_csv_has_a_line_for_each_figure);
    tcase_add_test(tc, test_plot_draws_and_leaves_the_numbers);
    tcase_add_test(tc, test_format_count_groups_digits);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
