/*
 * Claim   BVT shares a pCPU by weight, lets nobody idle beside work, starves
 *         nobody; sleep earns nothing; warp buys latency, not time; a lone vCPU
 *         runs ten allowances at a stretch.
 * Source  Duda and Cheriton, SOSP 1999; constants of Xen's sched_bvt.c.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Weights 1:2:4:8, as many vCPUs a VM as there are pCPUs. */
static void check_shares(unsigned pcpus)
{
    struct sched_rig *r = rig_begin("bvt", pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, pcpus, 128u << i, "compute 1ms");
    rig_run(r, 10000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.01 * (1u << i) / 15.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_bvt_weights_are_shares)
{
    check_shares(1);
    check_shares(4);
}
END_TEST

/* A weight that does not divide mcu_advance, and costs of a switch. */
START_TEST(test_bvt_odd_weight_and_switch_costs)
{
    struct sched_rig *r = rig_begin("bvt", 1);

    rig_set(r, "sched.switch_cycles", "4812");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 700, "compute 1ms");
    rig_run(r, 10000);
    ck_assert_double_eq_tol(rig_share(r, 1), 700.0 / 956, 0.01 * 700 / 956);
    rig_end(r);
}
END_TEST

START_TEST(test_bvt_allowance_is_the_slice_of_equals)
{
    struct sched_rig *r = rig_begin("bvt", 1);

    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 1000);
    /* ahead by 5 ms: from the second on, 5 to catch up and 5 to lead */
    ck_assert_uint_eq(rig_switches(r), 101);
    rig_end(r);
}
END_TEST

START_TEST(test_bvt_alone_is_asked_after_ten_allowances)
{
    struct sched_rig *r = rig_begin("bvt", 1);

    rig_vm(r, 1, 256, "compute 1s");
    rig_run(r, 1000);
    ck_assert_uint_le(r->host.decisions, 1 + 1000 / 50);
    ck_assert_uint_ge(r->host.decisions, 1000 / 50);
    rig_end(r);
}
END_TEST

/* A sleeper's virtual time comes up as it wakes: no hoard to spend. */
START_TEST(test_bvt_sleep_earns_nothing)
{
    struct sched_rig *r = rig_begin("bvt", 1);
    unsigned sleeper = rig_vm(r, 1, 256, "block 900ms; compute 200ms");
    unsigned busy = rig_vm(r, 1, 256, "compute 1ms");
    uint64_t before;

    rig_run(r, 900);
    ck_assert_double_eq_tol(rig_use(r, busy), 1.0, 0.001);
    before = rig_state(r, sleeper, SCHED_RUNNING);
    rig_run(r, 100);
    ck_assert_uint_le(rig_state(r, sleeper, SCHED_RUNNING) - before, 55000000);
    ck_assert_uint_ge(rig_state(r, sleeper, SCHED_RUNNING) - before, 45000000);
    rig_end(r);
}
END_TEST

START_TEST(test_bvt_no_idle_pcpu_beside_work)
{
    struct sched_rig *r = rig_begin("bvt", 2);

    for (int i = 0; i < 3; i++)
        rig_vm(r, 1, 256u << i, "compute exp 3ms; block exp 200us");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 64, "compute 1ms");
    rig_run(r, 5000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_double_gt(rig_use(r, i), 0.02);
    rig_end(r);
}
END_TEST

/* Who may run anywhere gives way to one that may not, and goes on elsewhere. */
START_TEST(test_bvt_no_idle_pcpu_beside_affinity)
{
    struct sched_rig *r = rig_begin("bvt", 2);

    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 256, "block 50ms; compute 10s");
    r->vm_configs[1].affinity = 1; /* where the first one runs */
    rig_run(r, 2000);
    ck_assert_double_ge(rig_use(r, 0), 0.999);
    ck_assert_double_ge(rig_use(r, 1), 0.965);
    rig_end(r);
}
END_TEST

/* Weight 1 beside 1000: it waits for its turn, but that comes. */
START_TEST(test_bvt_starves_nobody)
{
    struct sched_rig *r = rig_begin("bvt", 1);

    rig_vm(r, 1, 1, "compute 1ms");
    rig_vm(r, 1, 1000, "compute 1ms");
    rig_run(r, 60000);
    ck_assert_uint_ge(rig_sched_vm(r, 0)->vcpus[0].switches, 10);
    ck_assert_double_eq_tol(rig_share(r, 0), 1 / 1001.0, 0.1 / 1001);
    rig_end(r);
}
END_TEST

/* Mean wait of one that wakes beside eight that compute. */
static uint64_t wake_us(uint32_t warp)
{
    struct sched_rig *r = rig_begin("bvt", 1);
    unsigned n = rig_vm(r, 1, 256, "compute 2ms; block 5ms");
    uint64_t us;

    r->vm_configs[n].warp = warp;
    for (int i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 10000);
    us = latency_mean(&rig_sched_vm(r, n)->wake) / 1000;
    rig_run(r, 90000); /* its share, and what it borrowed */
    ck_assert_double_le(rig_share(r, n), 1.0 / 9 + warp / 100e6 + 0.01);
    rig_end(r);
    return us;
}

START_TEST(test_bvt_warp_buys_latency_not_time)
{
    uint64_t plain = wake_us(0), warped = wake_us(2000000);

    ck_assert_uint_le(warped, 5000); /* the allowance of who runs */
    ck_assert_uint_ge(plain, 2 * warped);
}
END_TEST

/* With warp for ever it would have 20 s to itself; it has its limit. */
START_TEST(test_bvt_warp_has_a_limit)
{
    struct sched_rig *r = rig_begin("bvt", 1);
    unsigned n = rig_vm(r, 1, 256, "compute 1ms");

    rig_vm(r, 1, 256, "compute 1ms");
    r->vm_configs[n].warp = 20000000;
    rig_run(r, 2000);
    ck_assert_double_ge(rig_use(r, n), 0.99);
    rig_run(r, 1000); /* without its warp: behind by what it borrowed */
    ck_assert_double_eq_tol(rig_use(r, n), 2.0 / 3, 0.01);
    rig_run(r, 2000);
    ck_assert_double_eq_tol(rig_use(r, n), 4.0 / 5, 0.01);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_bvt_weights_are_shares,
        test_bvt_odd_weight_and_switch_costs,
        test_bvt_allowance_is_the_slice_of_equals,
        test_bvt_alone_is_asked_after_ten_allowances,
        test_bvt_sleep_earns_nothing,
        test_bvt_no_idle_pcpu_beside_work,
        test_bvt_no_idle_pcpu_beside_affinity,
        test_bvt_starves_nobody,
        test_bvt_warp_buys_latency_not_time,
        test_bvt_warp_has_a_limit,
    };

    return rig_main("sched-bvt", tests, ARRAY_LEN(tests));
}
