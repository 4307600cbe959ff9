/*
 * Claim: the local APIC's timer expires when the Intel SDM says, in each of
 * its modes (vol. 3, "APIC Timer", "TSC-Deadline Mode"), and interrupts wait
 * for priority and EOI ("Task and Processor Priorities", "Signaling Interrupt
 * Servicing Completion").
 */
#include <check.h>

#include "sim/core/macros.h"
#include "sim/devices/lapic.h"

enum {
    TPR = 0x808,
    EOI = 0x80b,
    SVR = 0x80f,
    ISR_1 = 0x811,
    IRR_1 = 0x821,
    TIMER = 0x832,
    INITIAL = 0x838,
    CURRENT = 0x839,
    DIVIDE = 0x83e,
    SELF_IPI = 0x83f,
    ENABLE = 0x1ff,
    MASKED = 1 << 16,
    PERIODIC = 1 << 17,
    DEADLINE = 2 << 17,
};

static struct lapic fresh(void)
{
    struct lapic l;

    lapic_reset(&l, 0);
    ck_assert(
        lapic_write_msr(&l, LAPIC_BASE_MSR, l.base | LAPIC_BASE_X2APIC, 0));
    ck_assert(lapic_write_msr(&l, SVR, ENABLE, 0));
    return l;
}

static uint64_t value_of(const struct lapic *l, uint32_t msr, uint64_t now)
{
    uint64_t value = 0;

    ck_assert(lapic_read_msr(l, msr, now, &value));
    return value;
}

START_TEST(test_lapic_one_shot_expires_once)
{
    struct lapic l = fresh();

    lapic_write_msr(&l, TIMER, 0x20, 0);
    lapic_write_msr(&l, DIVIDE, 0xb, 0); /* by 1 */
    lapic_write_msr(&l, INITIAL, 1000, 50);
    ck_assert_uint_eq(lapic_next_cycle(&l), 1050);
    ck_assert_uint_eq(value_of(&l, CURRENT, 550), 500);
    lapic_advance(&l, 1049);
    ck_assert_int_eq(lapic_pending(&l), -1);
    lapic_advance(&l, 1050);
    ck_assert_int_eq(lapic_pending(&l), 0x20);
    ck_assert_uint_eq(lapic_next_cycle(&l), UINT64_MAX);
    ck_assert_uint_eq(value_of(&l, CURRENT, 2000), 0);
}
END_TEST

START_TEST(test_lapic_periodic_keeps_its_beat)
{
    struct lapic l = fresh();

    lapic_write_msr(&l, TIMER, PERIODIC | 0x20, 0);
    lapic_write_msr(&l, DIVIDE, 0xb, 0);
    lapic_write_msr(&l, INITIAL, 100, 0);
    lapic_advance(&l, 350); /* late: three beats passed, one interrupt */
    ck_assert_int_eq(lapic_pending(&l), 0x20);
    ck_assert_uint_eq(lapic_next_cycle(&l), 400);
}
END_TEST

START_TEST(test_lapic_divider_scales_the_count)
{
    static const struct {
        uint32_t code, divider;
    } rows[] = {{0, 2},  {1, 4},  {2, 8},    {3, 16},
                {8, 32}, {9, 64}, {10, 128}, {11, 1}};
    struct lapic l = fresh();

    lapic_write_msr(&l, TIMER, 0x20, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        lapic_write_msr(&l, DIVIDE, rows[i].code, 0);
        lapic_write_msr(&l, INITIAL, 10, 0);
        ck_assert_uint_eq(lapic_next_cycle(&l), 10 * rows[i].divider);
    }
}
END_TEST

START_TEST(test_lapic_deadline_mode_takes_the_msr_only)
{
    struct lapic l = fresh();

    lapic_write_msr(&l, MSR_TSC_DEADLINE, 500, 0); /* not in the mode yet */
    ck_assert_uint_eq(lapic_next_cycle(&l), UINT64_MAX);
    lapic_write_msr(&l, TIMER, DEADLINE | 0x30, 0);
    lapic_write_msr(&l, INITIAL, 10, 0); /* ignored */
    ck_assert_uint_eq(lapic_next_cycle(&l), UINT64_MAX);
    lapic_write_msr(&l, MSR_TSC_DEADLINE, 500, 0);
    ck_assert_uint_eq(lapic_next_cycle(&l), 500);
    ck_assert_uint_eq(value_of(&l, MSR_TSC_DEADLINE, 0), 500);
    lapic_advance(&l, 700);
    ck_assert_int_eq(lapic_pending(&l), 0x30);
    ck_assert_uint_eq(value_of(&l, MSR_TSC_DEADLINE, 700), 0);
    lapic_write_msr(&l, MSR_TSC_DEADLINE, 900, 700);
    lapic_write_msr(&l, MSR_TSC_DEADLINE, 0, 700); /* disarms */
    ck_assert_uint_eq(lapic_next_cycle(&l), UINT64_MAX);
}
END_TEST

START_TEST(test_lapic_masked_timer_never_wakes)
{
    struct lapic l = fresh();

    lapic_write_msr(&l, TIMER, MASKED | 0x20, 0);
    lapic_write_msr(&l, INITIAL, 100, 0);
    ck_assert_uint_eq(lapic_next_cycle(&l), UINT64_MAX);
    lapic_advance(&l, 1000);
    ck_assert_int_eq(lapic_pending(&l), -1);
}
END_TEST

START_TEST(test_lapic_lower_class_waits_for_eoi)
{
    struct lapic l = fresh();

    lapic_raise(&l, 0x31);
    lapic_raise(&l, 0x25);
    ck_assert_int_eq(lapic_pending(&l), 0x31);
    lapic_accept(&l, 0x31);
    ck_assert_uint_eq(value_of(&l, ISR_1, 0), 1u << 0x11);
    ck_assert_uint_eq(value_of(&l, IRR_1, 0), 1u << 0x05);
    ck_assert_int_eq(lapic_pending(&l), -1);
    lapic_raise(&l, 0x41); /* a higher class interrupts */
    ck_assert_int_eq(lapic_pending(&l), 0x41);
    lapic_accept(&l, 0x41);
    ck_assert(lapic_write_msr(&l, EOI, 0, 0));
    ck_assert_int_eq(lapic_pending(&l), -1); /* 0x31 is still in service */
    ck_assert(lapic_write_msr(&l, EOI, 0, 0));
    ck_assert_int_eq(lapic_pending(&l), 0x25);
}
END_TEST

START_TEST(test_lapic_task_priority_holds_back)
{
    struct lapic l = fresh();

    lapic_write_msr(&l, TPR, 0x50, 0);
    lapic_write_msr(&l, SELF_IPI, 0x5f, 0);
    ck_assert_int_eq(lapic_pending(&l), -1);
    lapic_write_msr(&l, TPR, 0x40, 0);
    ck_assert_int_eq(lapic_pending(&l), 0x5f);
}
END_TEST

START_TEST(test_lapic_software_disabled_delivers_nothing)
{
    struct lapic l;

    lapic_reset(&l, 0);
    ck_assert(
        lapic_write_msr(&l, LAPIC_BASE_MSR, l.base | LAPIC_BASE_X2APIC, 0));
    lapic_raise(&l, 0x40);
    ck_assert_int_eq(lapic_pending(&l), -1);
    lapic_write_msr(&l, TIMER, 0x20, 0);
    ck_assert_uint_eq(value_of(&l, TIMER, 0), MASKED | 0x20);
}
END_TEST

START_TEST(test_lapic_illegal_access_is_refused)
{
    struct lapic l = fresh();
    uint64_t value;

    ck_assert(!lapic_read_msr(&l, 0x801, 0, &value));
    ck_assert(!lapic_read_msr(&l, 0x80c, 0, &value));
    ck_assert(!lapic_write_msr(&l, 0x802, 1, 0)); /* ID is read-only */
    ck_assert(!lapic_write_msr(&l, EOI, 1, 0));
    ck_assert(!lapic_write_msr(&l, TPR, 0x100, 0));
    ck_assert(!lapic_write_msr(&l, SVR, (uint64_t)1 << 32, 0));
}
END_TEST

START_TEST(test_lapic_without_x2apic_or_deadline_refuses_them)
{
    struct lapic l;
    uint64_t value;

    lapic_reset(&l, 0);
    l.old = l.no_deadline = true;
    ck_assert(
        !lapic_write_msr(&l, LAPIC_BASE_MSR, l.base | LAPIC_BASE_X2APIC, 0));
    ck_assert(!lapic_read_msr(&l, MSR_TSC_DEADLINE, 0, &value));
    ck_assert(!lapic_write_msr(&l, MSR_TSC_DEADLINE, 5, 0));
    lapic_write_memory(&l, 0xf0, 4, ENABLE, 0);
    lapic_write_memory(&l, 0x320, 4, DEADLINE | 0x40, 0);
    ck_assert_uint_eq(lapic_read_memory(&l, 0x320, 0), 0x40); /* one-shot */
    lapic_write_memory(&l, 0x320, 4, PERIODIC | 0x40, 0);
    ck_assert_uint_eq(lapic_read_memory(&l, 0x320, 0), PERIODIC | 0x40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lapic");
    TCase *timer = tcase_create("timer");
    SRunner *runner;
    int failed;

    tcase_add_test(timer, test_lapic_one_shot_expires_once);
    tcase_add_test(timer, test_lapic_periodic_keeps_its_beat);
    tcase_add_test(timer, test_lapic_divider_scales_the_count);
    tcase_add_test(timer, test_lapic_deadline_mode_takes_the_msr_only);
    tcase_add_test(timer, test_lapic_masked_timer_never_wakes);
    tcase_add_test(timer, test_lapic_lower_class_waits_for_eoi);
    tcase_add_test(timer, test_lapic_task_priority_holds_back);
    tcase_add_test(timer, test_lapic_software_disabled_delivers_nothing);
    tcase_add_test(timer, test_lapic_illegal_access_is_refused);
    tcase_add_test(timer, test_lapic_without_x2apic_or_deadline_refuses_them);
    suite_add_tcase(suite, timer);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
