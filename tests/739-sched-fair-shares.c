/*
 * Claim   Under CFS, EEVDF and balance scheduling VMs get time by their
 *         weights, within 1 %, on one pCPU and on four, however many vCPUs a VM
 *         has; what a capped VM leaves goes to the others by their weights; no
 *         pCPU idles beside a vCPU that waits for longer than balancing takes;
 *         nobody starves.
 * Source  Linux Documentation/scheduler/sched-design-CFS.rst ("GROUP SCHEDULER
 *         EXTENSIONS TO CFS": cpu.shares), sched-bwc.rst, sched-eevdf.rst.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"cfs", "eevdf", "balance"};

static void check_share(struct sched_rig *r, unsigned vm, double share)
{
    ck_assert_double_eq_tol(rig_share(r, vm), share, 0.01 * share);
}

/* Weights 1:2:4:8, each with so many vCPUs on so many pCPUs. */
static void check_weights(const char *policy, unsigned pcpus, unsigned vcpus)
{
    struct sched_rig *r = rig_begin(policy, pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, vcpus, 256u << i, "compute 1ms");
    rig_run(r, 20000);
    for (unsigned i = 0; i < 4; i++)
        check_share(r, i, (1u << i) / 15.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_fair_shares_follow_weights)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        check_weights(policies[i], 1, 1);
        check_weights(policies[i], 1, 3);
        check_weights(policies[i], 4, 4);
    }
}
END_TEST

/* A group is what weighs: not the vCPUs. */
START_TEST(test_fair_one_vcpu_weighs_as_much_as_six)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 1);

        rig_vm(r, 1, 256, "compute 1ms");
        rig_vm(r, 6, 256, "compute 1ms");
        rig_run(r, 20000);
        check_share(r, 0, 0.5);
        rig_end(r);
    }
}
END_TEST

/* Of 4 pCPUs: the heaviest is held to 1, the lightest to 0.1; the others, 1:2,
   have 2.9. */
static void check_caps(const char *policy)
{
    struct sched_rig *r = rig_begin(policy, 4);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 4, 256u << i, "compute 1ms");
    r->vm_configs[0].cap_pct = 10;
    r->vm_configs[3].cap_pct = 100;
    rig_run(r, 40000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.1, 0.001);
    ck_assert_double_eq_tol(rig_use(r, 3), 1.0, 0.01);
    ck_assert_double_eq_tol(rig_use(r, 1) + rig_use(r, 2), 2.9, 0.01);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_fair_caps_hold_beside_weights)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++)
        check_caps(policies[i]);
}
END_TEST

START_TEST(test_fair_cap_on_one_pcpu_leaves_the_rest_by_weight)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 1);

        for (unsigned n = 0; n < 4; n++)
            rig_vm(r, 1, 256u << n, "compute 1ms");
        r->vm_configs[3].cap_pct = 20;
        rig_run(r, 20000);
        for (unsigned n = 0; n < 3; n++)
            check_share(r, n, 0.8 * (1u << n) / 7.0);
        check_share(r, 3, 0.2);
        rig_end(r);
    }
}
END_TEST

/*
 * vCPUs that sleep and wake all the time; three that never sleep are enough
 * for two pCPUs.  A vCPU that ran last is hot for 0.5 ms, and a later tick
 * brings it to the idle pCPU: that is all the time that is lost.
 */
START_TEST(test_fair_no_pcpu_idles_beside_work)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 2);

        for (int n = 0; n < 3; n++)
            rig_vm(r, 1, 256, "compute exp 3ms; block exp 200us");
        for (int n = 0; n < 3; n++)
            rig_vm(r, 1, 256, "compute 1ms");
        rig_run(r, 20000);
        ck_assert_double_le((double)rig_idle_cycles(r) / 40e9, 0.001);
        rig_end(r);
    }
}
END_TEST

/* 20 VMs of two vCPUs, weights 1:40: the light ones are to have 0.0098 of the
   four pCPUs. */
START_TEST(test_fair_nobody_starves)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 4);

        for (unsigned n = 0; n < 20; n++)
            rig_vm(r, 2, n % 2 ? 2560 : 64, "compute exp 2ms; block exp 1ms");
        rig_run(r, 5000);
        for (unsigned n = 0; n < 20; n++) {
            ck_assert_double_ge(rig_use(r, n), 4 * 64 / 26240.0 / 2);
            for (unsigned v = 0; v < 2; v++)
                ck_assert_uint_gt(rig_sched_vm(r, n)->vcpus[v].switches, 5);
        }
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_fair_shares_follow_weights,
        test_fair_one_vcpu_weighs_as_much_as_six,
        test_fair_caps_hold_beside_weights,
        test_fair_cap_on_one_pcpu_leaves_the_rest_by_weight,
        test_fair_no_pcpu_idles_beside_work,
        test_fair_nobody_starves,
    };

    return rig_main("sched-fair-shares", tests, ARRAY_LEN(tests));
}
