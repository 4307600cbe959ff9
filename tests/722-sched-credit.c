/*
 * Claim   Credit gives every VM what its weight and cap entitle it to, within
 *         1 %, on 1 and on 4 pCPUs; lets no pCPU idle beside a vCPU that may
 *         run there (checked at every event), and starves nobody.
 * Source  Xen wiki, "Credit Scheduler"; xl(1), "sched-credit".
 */
#include "sim/core/macros.h"
#include "tests/sched_entitled.h"
#include "tests/sched_rig.h"

static void check_shares(struct sched_rig *r)
{
    double entitled[RIG_MAX_VMS];

    rig_run(r, 60000);
    sched_entitled(r, entitled);
    for (unsigned i = 0; i < r->vm_count; i++)
        ck_assert_double_eq_tol(rig_use(r, i) / entitled[i], 1, 0.01);
}

/* VMs of weights 1:2:4:8; caps may be NULL. */
static void check_weights(unsigned pcpus, const unsigned *vcpus,
                          const uint32_t *caps)
{
    struct sched_rig *r = rig_begin("credit", pcpus);

    rig_set(r, "sched.switch_cycles", "1375"); /* slices drift apart */
    for (unsigned i = 0; i < 4; i++) {
        rig_vm(r, vcpus[i], 128u << i, "compute 1ms");
        r->vm_configs[i].cap_pct = caps ? caps[i] : 0;
    }
    check_shares(r);
    rig_end(r);
}

START_TEST(test_credit_one_pcpu_shares_by_weight)
{
    check_weights(1, (const unsigned[]){1, 1, 1, 1}, NULL);
}
END_TEST

START_TEST(test_credit_four_pcpus_share_by_weight)
{
    check_weights(4, (const unsigned[]){4, 4, 4, 4}, NULL);
    check_weights(4, (const unsigned[]){1, 2, 3, 4}, NULL);
    check_weights(4, (const unsigned[]){3, 3, 3, 3}, NULL);
    check_weights(4, (const unsigned[]){8, 8, 8, 8}, NULL);
}
END_TEST

START_TEST(test_credit_what_a_vm_cannot_use_goes_to_the_others)
{
    check_weights(4, (const unsigned[]){2, 2, 2, 2}, NULL);
    check_weights(8, (const unsigned[]){4, 4, 4, 4}, NULL);
}
END_TEST

START_TEST(test_credit_caps_bound_and_leave_the_rest_to_others)
{
    check_weights(1, (const unsigned[]){1, 1, 1, 1},
                  (const uint32_t[]){0, 0, 20, 30});
    check_weights(4, (const unsigned[]){4, 4, 4, 4},
                  (const uint32_t[]){0, 0, 50, 150});
}
END_TEST

START_TEST(test_credit_caps_hold_on_an_idle_host)
{
    check_weights(4, (const unsigned[]){1, 1, 2, 4},
                  (const uint32_t[]){25, 10, 50, 115});
    check_weights(1, (const unsigned[]){1, 1, 1, 1},
                  (const uint32_t[]){10, 20, 30, 35});
}
END_TEST

/* A cap is Xen's: in percent of one pCPU, for all of the VM together. */
START_TEST(test_credit_one_capped_vm_gets_its_cap)
{
    struct sched_rig *r = rig_begin("credit", 4);

    rig_vm(r, 4, 256, "compute 1ms");
    r->vm_configs[0].cap_pct = 150;
    rig_run(r, 30000);
    ck_assert_double_eq_tol(rig_use(r, 0), 1.5, 0.015);
    rig_end(r);
}
END_TEST

START_TEST(test_credit_weights_count_on_some_of_the_pcpus)
{
    struct sched_rig *r = rig_begin("credit", 4);

    for (unsigned i = 0; i < 2; i++) {
        rig_vm(r, 2, 256u << i, "compute 1ms");
        r->vm_configs[i].affinity = 2;
    }
    rig_run(r, 30000);
    ck_assert_double_eq_tol(rig_share(r, 0), 1.0 / 3, 0.0033);
    rig_end(r);
}
END_TEST

START_TEST(test_credit_weight_may_count_for_each_vcpu)
{
    struct sched_rig *r = rig_begin("credit", 2);

    rig_set(r, "credit.weight_per_vcpu", "on");
    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 4, 256, "compute 1ms");
    rig_run(r, 30000);
    ck_assert_double_eq_tol(rig_share(r, 0), 1.0 / 3, 0.0033);
    rig_end(r);
}
END_TEST

/* No vCPU waits longer than it takes to earn a slice, and one turn more. */
START_TEST(test_credit_nobody_starves)
{
    struct sched_rig *r = rig_begin("credit", 1);

    rig_vm(r, 1, 64, "compute 1ms");
    for (unsigned i = 0; i < 15; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 60000);
    ck_assert_uint_lt(rig_sched_vm(r, 0)->wait.greatest,
                      (uint64_t)(61 + 16) * 30 * RIG_KHZ);
    rig_end(r);
}
END_TEST

/* Idle time beside sleepers of all kinds is found by host_check; vCPUs that
   together need less than the host has get all that they ask for. */
START_TEST(test_credit_conserves_work)
{
    struct sched_rig *r = rig_begin("credit", 4);

    for (unsigned i = 0; i < 6; i++)
        rig_vm(r, 2, 64u << i, "compute exp 2ms; block exp 3ms");
    rig_vm(r, 1, 256, "compute exp 300us; block exp 700us");
    r->vm_configs[6].affinity = 2;
    rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 10000);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_ABSENT), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_credit_runs_the_same_again)
{
    uint64_t switches[2], ran[2];

    for (unsigned i = 0; i < 2; i++) {
        struct sched_rig *r = rig_begin("credit", 2);

        for (unsigned n = 0; n < 4; n++)
            rig_vm(r, 2, 128u << n, "compute exp 2ms; block exp 1ms");
        rig_run(r, 3000);
        switches[i] = rig_switches(r);
        ran[i] = rig_state(r, 0, SCHED_RUNNING);
        rig_end(r);
    }
    ck_assert_uint_eq(switches[0], switches[1]);
    ck_assert_uint_eq(ran[0], ran[1]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit_one_pcpu_shares_by_weight,
        test_credit_four_pcpus_share_by_weight,
        test_credit_what_a_vm_cannot_use_goes_to_the_others,
        test_credit_caps_bound_and_leave_the_rest_to_others,
        test_credit_caps_hold_on_an_idle_host,
        test_credit_one_capped_vm_gets_its_cap,
        test_credit_weights_count_on_some_of_the_pcpus,
        test_credit_weight_may_count_for_each_vcpu,
        test_credit_nobody_starves,
        test_credit_conserves_work,
        test_credit_runs_the_same_again,
    };

    return rig_main("sched-credit", tests, ARRAY_LEN(tests));
}
