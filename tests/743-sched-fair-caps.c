/*
 * Claim   A cap is a quota for each period of 100 ms: a VM that uses it up
 *         waits for the next period even if pCPUs idle, what a pCPU overran it
 *         pays back, a VM that needs less than its cap does not notice it, and
 *         the quota goes wherever the VM's vCPUs run.  Beside a capped VM the
 *         others have what their weights on each pCPU give them; these are as
 *         even as balancing, which overlooks 17 %, leaves the pCPUs' loads.
 * Source  Linux Documentation/scheduler/sched-bwc.rst; Turner, Rao & Rao, "CPU
 *         bandwidth control for CFS", Linux Symposium 2010.
 */
#include "hypervisor-model/sched/fair.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"cfs", "eevdf", "balance"};

/* ns in 20 s that a VM alone gets; its program never sleeps. */
static double alone(const char *policy, unsigned pcpus, uint32_t cap_pct)
{
    struct sched_rig *r = rig_begin(policy, pcpus);
    double ran_ns;

    rig_vm(r, pcpus, 256, "compute 1ms");
    r->vm_configs[0].cap_pct = cap_pct;
    rig_run(r, 20000);
    ran_ns = (double)rig_state(r, 0, SCHED_RUNNING);
    rig_end(r);
    return ran_ns;
}

/* 200 quotas; but for a tick too much on each of four pCPUs, or a slice that
   it took and did not use. */
START_TEST(test_fair_cap_holds_on_an_idle_host)
{
    static const uint32_t caps_pct[] = {5, 20, 50, 90, 150, 333};

    for (unsigned i = 0; i < ARRAY_LEN(policies); i++)
        for (unsigned n = 0; n < ARRAY_LEN(caps_pct); n++) {
            double quotas_ns = 200 * 1e6 * caps_pct[n];
            double ran_ns = alone(policies[i], 4, caps_pct[n]);

            ck_assert_double_le(ran_ns, quotas_ns + 4 * 4e6);
            ck_assert_double_ge(ran_ns, quotas_ns - 4 * 5e6);
        }
}
END_TEST

START_TEST(test_fair_cap_of_all_pcpus_is_none)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++)
        ck_assert_double_eq_tol(alone(policies[i], 2, 200), 40e9, 20e6);
}
END_TEST

/* 30 % on one pCPU: it runs 28 to 36 ms of each 100, for its time ends at a
   tick, and waits for the rest. */
START_TEST(test_fair_quota_is_for_each_period)
{
    struct sched_rig *r = rig_begin("cfs", 1);
    uint64_t before = 0;

    rig_vm(r, 1, 256, "compute 1ms");
    r->vm_configs[0].cap_pct = 30;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t ran_cycles;

        rig_run(r, 100);
        ran_cycles = rig_state(r, 0, SCHED_RUNNING) - before;
        ck_assert_uint_ge(ran_cycles, 24000000);
        ck_assert_uint_le(ran_cycles, 36000000);
        before += ran_cycles;
    }
    ck_assert_uint_ge(rig_sched_vm(r, 0)->wait.greatest, 60000000);
    ck_assert_uint_le(rig_sched_vm(r, 0)->wait.greatest, 76000000);
    rig_end(r);
}
END_TEST

/* It wants a quarter of a pCPU and may have a half. */
START_TEST(test_fair_cap_is_not_felt_below_it)
{
    struct sched_rig *r = rig_begin("cfs", 2);

    rig_vm(r, 2, 256, "compute 1ms; block 7ms");
    r->vm_configs[0].cap_pct = 50;
    rig_run(r, 5000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.25, 0.002);
    ck_assert_uint_le(rig_sched_vm(r, 0)->wait.greatest, 5000000);
    rig_end(r);
}
END_TEST

/* vCPUs that come and go share the quota over four pCPUs. */
START_TEST(test_fair_quota_goes_where_it_is_wanted)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 4);

        rig_vm(r, 4, 256, "compute exp 3ms; block exp 2ms");
        rig_vm(r, 4, 256, "compute exp 3ms; block exp 2ms");
        r->vm_configs[0].cap_pct = 80;
        rig_run(r, 20000);
        ck_assert_double_eq_tol(rig_use(r, 0), 0.8, 0.008);
        rig_end(r);
    }
}
END_TEST

static double weight_on(const struct sched *s, unsigned vm, unsigned pcpu)
{
    const struct fair_entity *e = &fair_group_on(&s->vms[vm], pcpu)->entity;

    return e->queued ? (double)e->weight : 0;
}

/* A ms that the capped VM, the last, does not run on a pCPU is the others', by
   their weights there. */
static void add_shares(const struct sched *s, unsigned pcpu, double *ms)
{
    unsigned others = s->vm_count - 1;
    double weights = 0;

    if (s->pcpus[pcpu].current->vm->id == others)
        return;
    for (unsigned n = 0; n < others; n++)
        weights += weight_on(s, n, pcpu);
    for (unsigned n = 0; n < others; n++)
        ms[n] += weight_on(s, n, pcpu) / weights;
}

/*
 * Weights 1:2:4:8 on 4 pCPUs, the heaviest held to 160 %: it is throttled at
 * different times on each, so their loads differ, and vCPUs are moved.  Looked
 * at between the ticks.
 */
static void check_weights_say_it(const char *policy)
{
    struct sched_rig *r = rig_begin(policy, 4);
    double ms[4] = {0};

    for (unsigned n = 0; n < 4; n++)
        rig_vm(r, 4, 256u << n, "compute 1ms");
    r->vm_configs[3].cap_pct = 160;
    r->now_us = 500;
    for (unsigned i = 0; i < 60000; i++) {
        rig_run(r, 1);
        for (unsigned pcpu = 0; pcpu < 4; pcpu++)
            add_shares(&r->host.dispatch.sched, pcpu, ms);
    }
    for (unsigned n = 0; n < 3; n++) {
        double due = 60000 * 2.4 * (1u << n) / 7;

        ck_assert_double_eq_tol(rig_use(r, n) * 60000, ms[n], 0.01 * ms[n]);
        ck_assert_double_eq_tol(rig_use(r, n) * 60000, due, 0.17 * due);
    }
    ck_assert_double_eq_tol(rig_use(r, 3), 1.6, 0.001);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_fair_beside_a_cap_weights_on_each_pcpu_say_it)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++)
        check_weights_say_it(policies[i]);
}
END_TEST

/* A VM that stops while it is throttled; one that starts later. */
START_TEST(test_fair_capped_vms_come_and_go)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 2);

        for (unsigned n = 0; n < 6; n++) {
            rig_vm(r, 2, 256, "compute exp 3ms; block exp 200us");
            r->vm_configs[n].cap_pct = 15;
            r->vms[n].start_cycle = n * 33000000;
            r->vms[n].stop_cycle = 1000000000 + n * 77000000;
        }
        rig_run(r, 2000);
        for (unsigned n = 0; n < 6; n++)
            for (unsigned v = 0; v < 2; v++)
                ck_assert_int_eq((int)rig_sched_vm(r, n)->vcpus[v].state,
                                 (int)SCHED_ABSENT);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_fair_cap_holds_on_an_idle_host,
        test_fair_cap_of_all_pcpus_is_none,
        test_fair_quota_is_for_each_period,
        test_fair_cap_is_not_felt_below_it,
        test_fair_quota_goes_where_it_is_wanted,
        test_fair_beside_a_cap_weights_on_each_pcpu_say_it,
        test_fair_capped_vms_come_and_go,
    };

    return rig_main("sched-fair-caps", tests, ARRAY_LEN(tests));
}
