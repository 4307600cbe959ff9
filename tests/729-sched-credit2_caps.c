/*
 * Claim   A cap of Credit2 is a budget of every 10 ms for all vCPUs of a VM: it
 *         is had to the nanosecond, by whichever of them wants it, and never
 *         exceeded; the others share what it leaves as their weights are.
 * Source  Xen, xen/common/sched/credit2.c, "Hard caps"; xl(1), "sched-credit2".
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static unsigned capped_vm(struct sched_rig *r, unsigned vcpus, uint32_t weight,
                          uint32_t cap_pct)
{
    unsigned n = rig_vm(r, vcpus, weight, "compute 100ms");

    r->vm_configs[n].cap_pct = cap_pct;
    return n;
}

START_TEST(test_credit2_cap_alone_is_had_exactly)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    capped_vm(r, 1, 256, 25);
    rig_run(r, 4000);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 1000000000);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_cap_is_kept_in_every_period)
{
    struct sched_rig *r = rig_begin("credit2", 2);
    uint64_t before = 0;

    capped_vm(r, 3, 256, 70);
    capped_vm(r, 2, 256, 0);
    for (int i = 0; i < 300; i++) {
        uint64_t now;

        rig_run(r, 10);
        now = rig_state(r, 0, SCHED_RUNNING);
        ck_assert_uint_le(now - before, 7000000);
        before = now;
    }
    ck_assert_double_eq_tol(rig_use(r, 0), 0.70, 0.007);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* 1:2:4:8, the heaviest capped to 20 % and the next to 30 %: the rest 1:2. */
static void check_weights(unsigned pcpus)
{
    struct sched_rig *r = rig_begin("credit2", pcpus);
    const double fair[] = {0.5 / 3, 1.0 / 3, 0.3, 0.2};

    capped_vm(r, pcpus, 128, 0);
    capped_vm(r, pcpus, 256, 0);
    capped_vm(r, pcpus, 512, 30 * pcpus);
    capped_vm(r, pcpus, 1024, 20 * pcpus);
    rig_run(r, 5000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), fair[i], 0.01);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_credit2_weights_share_what_caps_leave)
{
    check_weights(1);
    check_weights(4);
}
END_TEST

START_TEST(test_credit2_cap_above_what_weights_give_changes_nothing)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    for (unsigned i = 0; i < 4; i++)
        capped_vm(r, 1, 128u << i, 60);
    rig_run(r, 10000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0, 0.01);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_many_vcpus_under_one_cap)
{
    struct sched_rig *r = rig_begin("credit2", 4);

    capped_vm(r, 8, 256, 150);
    rig_run(r, 4000);
    ck_assert_double_eq_tol(rig_use(r, 0), 1.5, 0.015);
    for (unsigned i = 0; i < 8; i++) /* none of them starves */
        ck_assert_uint_gt(
            rig_sched_vm(r, 0)->vcpus[i].state_cycles[SCHED_RUNNING],
            100000000);
    rig_end(r);
}
END_TEST

/* What a blocked vCPU holds goes back: the other uses it. */
START_TEST(test_credit2_budget_of_a_blocked_vcpu_goes_to_its_sibling)
{
    struct sched_rig *r = rig_begin("credit2", 2);
    struct error e = {""};
    struct phase_program both[2];
    unsigned n = capped_vm(r, 2, 256, 80);

    ck_assert(phase_program_parse(&both[0], "compute 100us; block 5ms", RIG_KHZ,
                                  &e) == STATUS_OK);
    ck_assert(phase_program_parse(&both[1], "compute 100ms", RIG_KHZ, &e) ==
              STATUS_OK);
    r->phase_configs[n].programs = both;
    r->phase_configs[n].program_count = 2;
    rig_run(r, 3000);
    ck_assert_double_eq_tol(rig_use(r, n), 0.8, 0.008);
    rig_end(r);
    phase_program_free(&both[0]);
    phase_program_free(&both[1]);
}
END_TEST

/* At each period's begin pCPU 0 is kicked for the first VM, and chooses the
   second, which has more credit and may run nowhere else. */
START_TEST(test_credit2_whom_a_kicked_pcpu_leaves_gets_an_idle_one)
{
    struct sched_rig *r = rig_begin("credit2", 2);

    capped_vm(r, 1, 256, 30);
    r->vm_configs[capped_vm(r, 1, 256, 10)].affinity = 1;
    rig_run(r, 1000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.3, 0.001);
    ck_assert_double_eq_tol(rig_use(r, 1), 0.1, 0.001);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit2_cap_alone_is_had_exactly,
        test_credit2_cap_is_kept_in_every_period,
        test_credit2_weights_share_what_caps_leave,
        test_credit2_cap_above_what_weights_give_changes_nothing,
        test_credit2_many_vcpus_under_one_cap,
        test_credit2_budget_of_a_blocked_vcpu_goes_to_its_sibling,
        test_credit2_whom_a_kicked_pcpu_leaves_gets_an_idle_one,
    };

    return rig_main("sched-credit2_caps", tests, ARRAY_LEN(tests));
}
