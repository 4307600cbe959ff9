/*
 * Claim   SEDF gives each vCPU its slice of each period, exactly; by weight,
 *         shares are as the weights; extra time goes to those that may have it,
 *         in proportion to what they reserved; deadlines are missed only beyond
 *         utilization 1.
 * Source  Xen 4.5, xen/common/sched_sedf.c and
 *         docs/misc/sedf_scheduler_mini-HOWTO.txt; Liu and Layland, Journal of
 *         the ACM 20(1), 1973.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static void slice_vm(struct sched_rig *r, uint64_t period_us, uint64_t slice_us,
                     bool extra)
{
    unsigned n = rig_vm(r, 1, 256, "compute 100ms");

    r->vm_configs[n].period_us = period_us;
    r->vm_configs[n].budget_us = slice_us;
    r->vm_configs[n].extra = extra;
}

static uint64_t misses(struct sched_rig *r, unsigned vm)
{
    return rig_sched_vm(r, vm)->deadline_misses;
}

START_TEST(test_sedf_slices_are_kept_exactly)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 20000, 5000, false);
    slice_vm(r, 10000, 3000, false);
    slice_vm(r, 15000, 3000, false);
    rig_run(r, 6000);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 1500000000u);
    ck_assert_uint_eq(rig_state(r, 1, SCHED_RUNNING), 1800000000u);
    ck_assert_uint_eq(rig_state(r, 2, SCHED_RUNNING), 1200000000u);
    ck_assert_uint_eq(misses(r, 0) + misses(r, 1) + misses(r, 2), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_least_slice_of_least_period)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 1, 1, false);              /* becomes 5 us of 10 us */
    slice_vm(r, 30000000, 2500000, false); /* 2.5 s of 10 s */
    rig_run(r, 20000);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 10000000000u);
    ck_assert_uint_eq(rig_state(r, 1, SCHED_RUNNING), 5000000000u);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_utilization_of_one_misses_nothing_and_more_does)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 10000, 3000, false);
    slice_vm(r, 15000, 6000, false);
    slice_vm(r, 7000, 2100, false);
    rig_run(r, 2100);
    ck_assert_uint_eq(misses(r, 0) + misses(r, 1) + misses(r, 2), 0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);

    r = rig_begin("sedf", 1);
    slice_vm(r, 10000, 6000, false);
    slice_vm(r, 10000, 6000, false);
    rig_run(r, 1001);
    ck_assert_uint_ge(misses(r, 0) + misses(r, 1), 50);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_overload_starves_nobody)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    for (unsigned i = 0; i < 5; i++)
        slice_vm(r, 10000, 4000, false);
    rig_run(r, 2000);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_double_ge(rig_use(r, i), 0.1);
    rig_end(r);
}
END_TEST

/* VMs of weights 1:2:4:8, a vCPU on each pCPU. */
static void check_weights(unsigned pcpus, uint64_t period_us, bool extra)
{
    struct sched_rig *r = rig_begin("sedf", pcpus);

    for (unsigned i = 0; i < 4; i++) {
        rig_vm(r, pcpus, 128u << i, "compute 100ms");
        r->vm_configs[i].period_us = period_us;
        r->vm_configs[i].extra = extra;
    }
    rig_run(r, 20000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.01 * (1u << i) / 15.0);
    /* 5 ms of 100 are the safety margin, or extra time. */
    ck_assert_double_eq_tol((double)rig_idle_cycles(r),
                            period_us == 0 || extra ? 0.0 : 0.05 * pcpus * 20e9,
                            1e6);
    rig_end(r);
}

START_TEST(test_sedf_weights_are_shares_on_1_and_4_pcpus)
{
    check_weights(1, 100000, false);
    check_weights(4, 100000, false);
}
END_TEST

START_TEST(test_sedf_weights_are_shares_of_extra_time_too)
{
    check_weights(1, 100000, true);
    check_weights(4, 100000, true);
    check_weights(1, 0, false);
    check_weights(4, 0, false);
}
END_TEST

/* The HOWTO's example: 3 ms of 10 ms for one, the rest 2:7:3. */
START_TEST(test_sedf_weights_share_what_slices_leave)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 10000, 3000, false);
    rig_vm(r, 1, 200, "compute 100ms");
    rig_vm(r, 1, 700, "compute 100ms");
    rig_vm(r, 1, 300, "compute 100ms");
    for (unsigned i = 1; i < 4; i++)
        r->vm_configs[i].period_us = 100000;
    rig_run(r, 10000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.30, 0.0001);
    ck_assert_double_eq_tol(rig_use(r, 1), 0.65 * 2 / 12, 0.0001);
    ck_assert_double_eq_tol(rig_use(r, 2), 0.65 * 7 / 12, 0.0001);
    ck_assert_double_eq_tol(rig_use(r, 3), 0.65 * 3 / 12, 0.0001);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_extra_time_follows_what_is_reserved)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 20000, 2000, true);  /* 10 %, and 1 part of 50 % */
    slice_vm(r, 10000, 4000, true);  /* 40 %, and 4 parts */
    slice_vm(r, 10000, 1000, false); /* 10 % */
    rig_run(r, 10000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.10 + 0.40 * 1 / 5, 0.002);
    ck_assert_double_eq_tol(rig_use(r, 1), 0.40 + 0.40 * 4 / 5, 0.002);
    ck_assert_double_eq_tol(rig_use(r, 2), 0.10, 0.0001);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_best_effort_vms_share_the_rest_in_turns)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    slice_vm(r, 20000, 10000, false);
    slice_vm(r, 0, 0, false);
    slice_vm(r, 0, 0, false);
    rig_run(r, 10000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.5, 0.0001);
    ck_assert_double_eq_tol(rig_use(r, 1), 0.25, 0.0005);
    ck_assert_double_eq_tol(rig_use(r, 2), 0.25, 0.0005);
    ck_assert_uint_eq(rig_switches(r), 500 * 21); /* 20 turns and a slice */
    rig_end(r);
}
END_TEST

/* Each block costs the rest of the period's slice; who may have extra time gets
   it back before those who lost nothing. */
START_TEST(test_sedf_short_blocks_lose_slices_and_are_owed_extra_time)
{
    struct sched_rig *r = rig_begin("sedf", 1);
    unsigned n = rig_vm(r, 1, 256, "compute 1ms; block 1ms");

    r->vm_configs[n].period_us = 20000;
    r->vm_configs[n].budget_us = 8000;
    slice_vm(r, 20000, 8000, true);
    rig_run(r, 4000);
    ck_assert_double_eq_tol(rig_use(r, n), 1.0 / 20, 0.002);
    rig_end(r);

    r = rig_begin("sedf", 1);
    n = rig_vm(r, 1, 256, "compute 1ms; block 1ms");
    r->vm_configs[n].period_us = 20000;
    r->vm_configs[n].budget_us = 8000;
    r->vm_configs[n].extra = true;
    slice_vm(r, 20000, 8000, true);
    rig_run(r, 4000);
    ck_assert_double_ge(rig_use(r, n), 0.25);
    rig_end(r);
}
END_TEST

/* What Xen gives a domain that nothing was said of: extra time by weight, of
   which a block loses nothing but what it does not use.  It wants half. */
START_TEST(test_sedf_best_effort_vms_may_block)
{
    struct sched_rig *r = rig_begin("sedf", 1);

    rig_vm(r, 1, 256, "compute 1ms; block 1ms");
    rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 4000);
    ck_assert_double_ge(rig_use(r, 0), 0.33);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    ck_assert_uint_le(rig_sched_vm(r, 0)->wake.greatest, 600000);
    rig_end(r);
}
END_TEST

/* Long blocks cost nothing: a new period begins at each wake-up. */
START_TEST(test_sedf_who_wakes_after_its_deadline_begins_a_period)
{
    struct sched_rig *r = rig_begin("sedf", 1);
    unsigned n = rig_vm(r, 1, 256, "compute 2ms; block 12ms");

    r->vm_configs[n].period_us = 10000;
    r->vm_configs[n].budget_us = 4000;
    slice_vm(r, 40000, 24000, true);
    rig_run(r, 14000);
    ck_assert_uint_ge(rig_counts(r, n)->done, 999);
    rig_end(r);
}
END_TEST

START_TEST(test_sedf_vcpus_spread_over_pcpus_and_stay)
{
    struct sched_rig *r = rig_begin("sedf", 4);

    for (unsigned i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute exp 2ms; block exp 1ms");
    rig_run(r, 5000);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(rig_sched_vm(r, i)->vcpus[0].pcpu, i % 4);
        ck_assert_uint_eq(rig_sched_vm(r, i)->vcpus[0].migrations, 0);
        ck_assert_double_gt(rig_use(r, i), 0.01);
    }
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_sedf_slices_are_kept_exactly,
        test_sedf_least_slice_of_least_period,
        test_sedf_utilization_of_one_misses_nothing_and_more_does,
        test_sedf_overload_starves_nobody,
        test_sedf_weights_are_shares_on_1_and_4_pcpus,
        test_sedf_weights_are_shares_of_extra_time_too,
        test_sedf_weights_share_what_slices_leave,
        test_sedf_extra_time_follows_what_is_reserved,
        test_sedf_best_effort_vms_share_the_rest_in_turns,
        test_sedf_short_blocks_lose_slices_and_are_owed_extra_time,
        test_sedf_best_effort_vms_may_block,
        test_sedf_who_wakes_after_its_deadline_begins_a_period,
        test_sedf_vcpus_spread_over_pcpus_and_stay,
    };

    return rig_main("sched-sedf", tests, ARRAY_LEN(tests));
}
