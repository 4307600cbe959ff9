/*
 * Claim: the ring keeps the last events in order; the Chrome sink writes JSON
 * that a JSON reader takes, with times in microseconds.
 *
 * Source: "Trace Event Format", Google.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "sim/record/trace.h"

START_TEST(test_trace_ring_keeps_the_last)
{
    struct trace_ring ring;

    ck_assert(trace_ring_init(&ring, 4));
    for (uint64_t i = 0; i < 10; i++)
        trace_ring_put(&ring, &(struct trace_event){.begin_cycle = i});
    ck_assert_uint_eq(ring.count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(trace_ring_at(&ring, i)->begin_cycle, 6 + i);
    trace_ring_free(&ring);
}
END_TEST

/* Two VMs, the second written by another process and spliced in. */
static json_t *write_and_read(void)
{
    FILE *out = tmpfile(), *part = tmpfile();
    struct trace_chrome c, worker = {.out = part, .tsc_khz = 1000000};
    struct trace_event exit_event = {.kind = TRACE_EXIT,
                                     .vm = 1,
                                     .vcpu = 3,
                                     .reason = VMEXIT_CPUID,
                                     .begin_cycle = 2500,
                                     .end_cycle = 3000};
    json_t *all;

    trace_chrome_init(&c, out, 1000000);
    trace_chrome_name_vm(&c, 0, "native");
    trace_chrome_put(&c, &(struct trace_event){.kind = TRACE_USER_ENTER,
                                               .begin_cycle = 1000,
                                               .end_cycle = 1000});
    trace_chrome_name_vcpu(&worker, 1, 3, "vCPU 3");
    trace_chrome_put(&worker, &exit_event);
    rewind(part);
    trace_chrome_splice(&c, part);
    trace_chrome_finish(&c);
    rewind(out);
    all = json_loadf(out, 0, NULL);
    fclose(out);
    fclose(part);
    return all;
}

START_TEST(test_trace_chrome_is_json_with_microseconds)
{
    json_t *all = write_and_read();
    json_t *events, *event;

    ck_assert_ptr_nonnull(all);
    events = json_object_get(all, "traceEvents");
    ck_assert_uint_eq(json_array_size(events), 4);
    event = json_array_get(events, 1);
    ck_assert_str_eq(json_string_value(json_object_get(event, "ph")), "i");
    ck_assert_str_eq(json_string_value(json_object_get(event, "name")),
                     "user.enter");
    event = json_array_get(events, 3);
    ck_assert_str_eq(json_string_value(json_object_get(event, "name")),
                     "exit.cpuid");
    ck_assert(json_number_value(json_object_get(event, "ts")) == 2.5);
    ck_assert(json_number_value(json_object_get(event, "dur")) == 0.5);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "pid")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "tid")), 3);
    json_decref(all);
}
END_TEST

START_TEST(test_trace_table_has_words_for_each)
{
    for (int kind = 0; kind < TRACE_COUNT; kind++) {
        const struct trace_info *info = trace_info((enum trace_kind)kind);

        ck_assert_ptr_nonnull(info->name);
        ck_assert_ptr_nonnull(info->category);
        ck_assert_ptr_nonnull(info->sentence);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tc = tcase_create("sinks");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_trace_ring_keeps_the_last);
    tcase_add_test(tc, test_trace_chrome_is_json_with_microseconds);
    tcase_add_test(tc, test_trace_table_has_words_for_each);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
