/*
 * Claim   Credit2 shares a runqueue's pCPUs as the weights are, lets none idle
 *         beside a vCPU that waits, starves nobody, gives credits again as all
 *         are used up, and preempts no earlier than the rate limit.  On several
 *         pCPUs the compensation for migrations is credit beyond the weight:
 *         shares are exact without it, and with it they are what weights and
 *         the 50 us of each migration buy.
 * Source  Xen, xen/common/sched/credit2.c, its head comment; Xen's wiki,
 *         "Credit2 Scheduler".
 */
#include "hypervisor-model/sched/sched_credit2.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static uint64_t resets(struct sched_rig *r)
{
    return credit2_resets(&r->host.dispatch.sched);
}

/* VMs of weights 1:2:4:8, each with a vCPU for each pCPU. */
static struct sched_rig *weighted(unsigned pcpus)
{
    struct sched_rig *r = rig_begin("credit2", pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, pcpus, 128u << i, "compute 100ms");
    return r;
}

START_TEST(test_credit2_weights_are_shares_on_one_pcpu)
{
    struct sched_rig *r = weighted(1);

    rig_run(r, 15000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.002 * (1u << i) / 15.0);
    /* Between resets the heaviest runs 10 ms, all together 10 * 15 / 8. */
    ck_assert_uint_ge(resets(r), 795);
    ck_assert_uint_le(resets(r), 805);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_weights_are_shares_on_4_pcpus)
{
    struct sched_rig *r = weighted(4);

    rig_run(r, 5000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0, 0.01);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

static uint64_t migrations(struct sched_rig *r, unsigned vm)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < rig_sched_vm(r, vm)->config.vcpus; i++)
        sum += rig_sched_vm(r, vm)->vcpus[i].migrations;
    return sum;
}

/*
 * Credit is spent at the rate of max_weight / weight; all vCPUs get as much of
 * it, g, at the resets, and c for each of m migrations.  So a VM runs
 * weight / max_weight * (g + c m), and g follows from the sum of all.
 */
START_TEST(test_credit2_compensation_is_all_that_biases_shares)
{
    struct sched_rig *r = weighted(4);
    double c_ns = 50000, all_ns = 4 * 30e9, weights = 15.0 / 8, g_ns;

    rig_run(r, 30000);
    for (unsigned i = 0; i < 4; i++)
        all_ns -= c_ns * (double)migrations(r, i) * (1u << i) / 8;
    g_ns = all_ns / weights;
    for (unsigned i = 0; i < 4; i++) {
        double ns = (g_ns + c_ns * (double)migrations(r, i)) * (1u << i) / 8;

        ck_assert_double_eq_tol((double)rig_state(r, i, SCHED_RUNNING), ns,
                                0.001 * ns);
    }
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_without_compensation_shares_are_exact)
{
    struct sched_rig *r = weighted(4);

    rig_set(r, "credit2.migrate_compensation_us", "0");
    rig_run(r, 10000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.002 * (1u << i) / 15.0);
    rig_end(r);
}
END_TEST

/* One of the three is the one that migrates for ever: 50 us for each 2 ms. */
START_TEST(test_credit2_three_on_two_pcpus_get_a_third_each)
{
    for (unsigned compensated = 0; compensated < 2; compensated++) {
        struct sched_rig *r = rig_begin("credit2", 2);

        if (!compensated)
            rig_set(r, "credit2.migrate_compensation_us", "0");
        for (unsigned i = 0; i < 3; i++)
            rig_vm(r, 1, 256, "compute 100ms");
        rig_run(r, 6000);
        for (unsigned i = 0; i < 3; i++)
            ck_assert_double_eq_tol(rig_share(r, i), 1.0 / 3,
                                    compensated ? 0.015 : 0.001);
        rig_end(r);
    }
}
END_TEST

START_TEST(test_credit2_resets_when_all_have_run_10_ms)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 1001);
    ck_assert_uint_eq(resets(r), 50);
    rig_end(r);
}
END_TEST

/* Who sleeps saves no more than the carry-over: 500 us and the initial 10 ms
   are all that it has ahead of the other. */
START_TEST(test_credit2_sleep_saves_no_more_than_the_carry_over)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    rig_vm(r, 1, 256, "block 1s; compute 1s");
    rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 1100);
    ck_assert_double_ge((double)rig_state(r, 0, SCHED_RUNNING), 44e6);
    ck_assert_double_le((double)rig_state(r, 0, SCHED_RUNNING), 62e6);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_the_lightest_is_not_starved)
{
    struct sched_rig *r = rig_begin("credit2", 2);

    rig_vm(r, 1, 1, "compute 100ms");
    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 1, 1000, "compute 100ms");
    rig_run(r, 20000);
    ck_assert_double_ge(rig_use(r, 0), 0.0002);
    ck_assert_double_le(rig_use(r, 0), 0.0010); /* 2/4001 is fair */
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_no_pcpu_idles_beside_work)
{
    struct sched_rig *r = rig_begin("credit2", 4);

    for (unsigned i = 0; i < 6; i++)
        rig_vm(r, 2, 128 + 100 * i, "compute exp 3ms; block exp 500us");
    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 3000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* A storm of wake-ups beside a busy VM. */
static struct sched_rig *storm(const char *ratelimit_us)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    rig_set(r, "credit2.ratelimit_us", ratelimit_us);
    rig_vm(r, 1, 256, "compute 100ms");
    for (unsigned i = 0; i < 3; i++)
        rig_vm(r, 1, 256, "compute 50us; block exp 400us");
    rig_run(r, 5000);
    return r;
}

START_TEST(test_credit2_rate_limit_spares_switches)
{
    struct sched_rig *with = storm("1000"), *without = storm("0");

    ck_assert_uint_lt(rig_switches(with) * 4, rig_switches(without) * 3);
    rig_end(with);
    rig_end(without);
}
END_TEST

START_TEST(test_credit2_who_wakes_waits_for_the_rate_limit_at_most)
{
    struct sched_rig *r = rig_begin("credit2", 1);
    unsigned n;

    rig_vm(r, 1, 256, "compute 100ms");
    n = rig_vm(r, 1, 256, "compute 100us; block exp 3ms");
    rig_run(r, 5000);
    /* All but the first, which finds another with as much credit. */
    ck_assert_uint_le(latency_permille(&rig_sched_vm(r, n)->wake, 999),
                      1031000);
    ck_assert_uint_ge(rig_counts(r, n)->done, 1400);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_whole_idle_cores_first)
{
    struct sched_rig *r = rig_begin("credit2", 4);

    r->host_config.sched.topology.threads_per_core = 2;
    rig_vm(r, 1, 256, "compute exp 3ms; block exp 1ms");
    rig_vm(r, 1, 256, "compute 10ms");
    rig_run(r, 2000);
    for (unsigned core = 0; core < 2; core++)
        ck_assert_uint_eq(r->host.pcpus[2 * core].guest_cycles *
                              r->host.pcpus[2 * core + 1].guest_cycles,
                          0);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_yield_makes_way_whatever_the_credit)
{
    struct sched_rig *r = rig_begin("credit2", 1);

    rig_vm(r, 1, 2560, "compute 200us; yield");
    rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 1200);
    /* 200 us of the one, 1 ms (the rate limit) of the other, in turn. */
    ck_assert_double_eq_tol(rig_use(r, 0), 1.0 / 6, 0.05);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit2_weights_are_shares_on_one_pcpu,
        test_credit2_weights_are_shares_on_4_pcpus,
        test_credit2_compensation_is_all_that_biases_shares,
        test_credit2_without_compensation_shares_are_exact,
        test_credit2_three_on_two_pcpus_get_a_third_each,
        test_credit2_resets_when_all_have_run_10_ms,
        test_credit2_sleep_saves_no_more_than_the_carry_over,
        test_credit2_the_lightest_is_not_starved,
        test_credit2_no_pcpu_idles_beside_work,
        test_credit2_rate_limit_spares_switches,
        test_credit2_who_wakes_waits_for_the_rate_limit_at_most,
        test_credit2_whole_idle_cores_first,
        test_credit2_yield_makes_way_whatever_the_credit,
    };

    return rig_main("sched-credit2", tests, ARRAY_LEN(tests));
}
