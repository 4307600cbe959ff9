/*
 * Claim   The tables of counters and ledger rows agree with their enums: every
 *         id has its own name, unit and sentence, is found by its name, and
 *         exits and hypercalls carry the numbers of the manuals.
 * Manual  Intel SDM vol. 3, appendix "VMX Basic Exit Reasons"; xen/xen.h.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/counters.h"
#include "sim/record/ledger.h"

START_TEST(test_counters_names_are_unique_and_found)
{
    for (int id = 0; id < COUNTER_COUNT; id++) {
        const struct counter_info *info = counter_info((enum counter)id);

        ck_assert(info->name && info->name[0]);
        ck_assert(info->unit && info->unit[0]);
        ck_assert(info->sentence && info->sentence[0]);
        /* The first row of that name is this one: unique. */
        ck_assert_int_eq(counter_find(info->name), id);
    }
    ck_assert_int_eq(counter_find("no.such.counter"), COUNTER_COUNT);
    ck_assert_int_eq(counter_find(""), COUNTER_COUNT);
}
END_TEST

START_TEST(test_counters_contract_names_exist)
{
    static const char *const names[] = {
        "walk.count",           "walk.refs",      "walk.guest.refs",
        "walk.host.refs",       "dtlb.l1.miss",   "dtlb.l2.miss",
        "exit.total",           "exit.cr_access", "hypercall.total",
        "hypercall.mmu_update", "guest.fault",    "shadow.sync",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        ck_assert_msg(counter_find(names[i]) != COUNTER_COUNT, "%s", names[i]);
}
END_TEST

/* The enum, the offset functions and the table must be in one order. */
#define VMEXIT(id, number_, name_, sentence)                                   \
    {VMEXIT_##id,   COUNTER_EXIT_REASON_##id, LEDGER_HANDLER_##id, number_,    \
     "exit." name_, "handler." name_},
static const struct {
    enum vmexit reason;
    enum counter counter;
    enum ledger_row row;
    unsigned number;
    const char *name, *handler;
} exits[] = {
#include "sim/record/vmexit.def"
};
#undef VMEXIT

START_TEST(test_counters_exits_match_their_rows)
{
    ck_assert_uint_eq(sizeof(exits) / sizeof(*exits), VMEXIT_COUNT);
    for (size_t i = 0; i < VMEXIT_COUNT; i++) {
        const struct counter_info *info = counter_info(exits[i].counter);

        ck_assert_int_eq(counter_of_exit(exits[i].reason), exits[i].counter);
        ck_assert_int_eq(ledger_of_exit(exits[i].reason), exits[i].row);
        ck_assert_str_eq(info->name, exits[i].name);
        ck_assert_uint_eq(info->number, exits[i].number);
        ck_assert_str_eq(ledger_info(exits[i].row)->name, exits[i].handler);
    }
}
END_TEST

#define HYPERCALL(id, number_, name_, sentence)                                \
    {HYPERCALL_##id, COUNTER_HYPERCALL_##id, number_, "hypercall." name_},
static const struct {
    enum hypercall call;
    enum counter counter;
    unsigned number;
    const char *name;
} calls[] = {
#include "sim/record/hypercall.def"
};
#undef HYPERCALL

START_TEST(test_counters_hypercalls_match_their_rows)
{
    ck_assert_uint_eq(sizeof(calls) / sizeof(*calls), HYPERCALL_COUNT);
    for (size_t i = 0; i < HYPERCALL_COUNT; i++) {
        const struct counter_info *info = counter_info(calls[i].counter);

        ck_assert_int_eq(counter_of_hypercall(calls[i].call), calls[i].counter);
        ck_assert_str_eq(info->name, calls[i].name);
        ck_assert_uint_eq(info->number, calls[i].number);
    }
}
END_TEST

START_TEST(test_counters_since_subtracts_each_row)
{
    struct counters before = {{0}}, after = {{0}}, delta;

    for (int id = 0; id < COUNTER_COUNT; id++) {
        counter_add(&before, (enum counter)id, (uint64_t)id);
        counter_add(&after, (enum counter)id, (uint64_t)id * 3);
    }
    delta = counters_since(&after, &before);
    for (int id = 0; id < COUNTER_COUNT; id++)
        ck_assert_uint_eq(delta.value[id], (uint64_t)id * 2);
}
END_TEST

START_TEST(test_ledger_names_are_unique_and_rows_sum)
{
    struct ledger a = {{0}}, b = {{0}}, delta;
    uint64_t total = 0;

    for (int row = 0; row < LEDGER_COUNT; row++) {
        const struct ledger_info *info = ledger_info((enum ledger_row)row);

        ck_assert(info->name[0] && info->sentence[0]);
        ck_assert_int_eq(ledger_find(info->name), row);
        ledger_add(&a, (enum ledger_row)row, (uint64_t)row + 1);
        total += (uint64_t)row + 1;
    }
    ck_assert_int_eq(ledger_find("no.such.row"), LEDGER_COUNT);
    ck_assert_uint_eq(ledger_total(&a), total);
    delta = ledger_since(&a, &b);
    ck_assert_uint_eq(ledger_total(&delta), total);
    delta = ledger_since(&a, &a);
    ck_assert_uint_eq(ledger_total(&delta), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record-tables");
    TCase *cases = tcase_create("record");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_counters_names_are_unique_and_found);
    tcase_add_test(cases, test_counters_contract_names_exist);
    tcase_add_test(cases, test_counters_exits_match_their_rows);
    tcase_add_test(cases, test_counters_hypercalls_match_their_rows);
    tcase_add_test(cases, test_counters_since_subtracts_each_row);
    tcase_add_test(cases, test_ledger_names_are_unique_and_rows_sum);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
