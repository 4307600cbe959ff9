/*
 * Claim   ESX-like shares, limits and reservations hold, alone and together;
 *         what a host cannot keep is refused; nobody starves, and no pCPU idles
 *         beside work.
 * Source  VMware, "vSphere Resource Management" and "The CPU Scheduler in
 *         VMware ESX 4" (2009).
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Four VMs of weights 1:2:4:8, as many vCPUs each as there are pCPUs. */
static struct sched_rig *four_vms(unsigned pcpus)
{
    struct sched_rig *r = rig_begin("esx", pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, pcpus, 128u << i, "compute 1ms");
    return r;
}

static void check_use(struct sched_rig *r, unsigned vm, double entitled)
{
    double pcpus = r->host_config.sched.topology.pcpus;

    ck_assert_msg(rig_use(r, vm) >= 0.99 * entitled * pcpus &&
                      rig_use(r, vm) <= 1.01 * entitled * pcpus,
                  "VM %u uses %.4f of %.0f pCPUs, not %.4f", vm, rig_use(r, vm),
                  pcpus, entitled * pcpus);
}

static void check_shares(unsigned pcpus)
{
    struct sched_rig *r = four_vms(pcpus);

    rig_run(r, 30000);
    for (unsigned i = 0; i < 4; i++)
        check_use(r, i, (1u << i) / 15.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_esx_weights_are_shares)
{
    check_shares(1);
    check_shares(4);
}
END_TEST

/* What each of VMs that compute should have: by weight, and no more than its
   vCPUs can use. */
static void entitle(const struct sched_rig *r, double pcpus, double *entitled)
{
    bool wide[RIG_MAX_VMS] = {false}, again = true;

    while (again) {
        double weights = 0;

        again = false;
        for (unsigned i = 0; i < r->vm_count; i++)
            weights += wide[i] ? 0 : r->vm_configs[i].weight;
        for (unsigned i = 0; i < r->vm_count && !again; i++) {
            double vcpus = r->vm_configs[i].vcpus;

            if (wide[i])
                continue;
            entitled[i] = pcpus * r->vm_configs[i].weight / weights;
            if (entitled[i] <= vcpus)
                continue;
            entitled[i] = vcpus;
            pcpus -= vcpus;
            wide[i] = again = true;
        }
    }
}

/* Whatever their weights and widths, with what switches cost. */
START_TEST(test_esx_shares_of_any_vms)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct sched_rig *r = rig_begin("esx", 4);
        double entitled[RIG_MAX_VMS];
        struct rng rng;
        unsigned count;

        rng_init(&rng, seed);
        count = 3 + (unsigned)rng_below(&rng, 5);
        rig_set(r, "sched.switch_cycles", "4812");
        for (unsigned i = 0; i < count; i++)
            rig_vm(r, 1 + (unsigned)rng_below(&rng, 4),
                   128u << rng_below(&rng, 4), "compute 1ms");
        entitle(r, 4, entitled);
        r->host_config.check = seed == 1;
        rig_run(r, 60000);
        for (unsigned i = 0; i < count; i++)
            check_use(r, i, entitled[i] / 4);
        rig_end(r);
    }
}
END_TEST

/* What two had while nobody else wanted it is nobody's debt. */
START_TEST(test_esx_plenty_leaves_no_debt)
{
    struct sched_rig *r = rig_begin("esx", 2);
    uint64_t before;

    rig_vm(r, 1, 64, "compute 1ms");
    rig_vm(r, 1, 2560, "compute 1ms");
    rig_vm(r, 2, 64, "compute 1ms");
    r->vms[2].start_cycle = 20000000000;
    rig_run(r, 20000);
    before = rig_state(r, 0, SCHED_RUNNING);
    rig_run(r, 2000);
    ck_assert_uint_ge(rig_state(r, 0, SCHED_RUNNING) - before, 500000000);
    rig_end(r);
}
END_TEST

/* The heaviest may have 40 %; the rest is shared 1:2:4. */
static void check_limited(unsigned pcpus)
{
    struct sched_rig *r = four_vms(pcpus);

    r->vm_configs[3].cap_pct = 40 * pcpus;
    rig_run(r, 120000);
    for (unsigned i = 0; i < 3; i++)
        check_use(r, i, 0.6 * (1u << i) / 7.0);
    check_use(r, 3, 0.4);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_esx_limit_is_kept_and_the_rest_is_shared)
{
    check_limited(1);
    check_limited(4);
}
END_TEST

/* All limited: the host idles for the rest. */
START_TEST(test_esx_limits_hold_on_an_idle_host)
{
    struct sched_rig *r = rig_begin("esx", 2);

    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute exp 3ms; block exp 500us");
    r->vm_configs[0].cap_pct = 70;
    r->vm_configs[1].cap_pct = 25;
    rig_run(r, 20000);
    ck_assert_double_eq_tol(rig_use(r, 0), 0.70, 0.007);
    ck_assert_double_eq_tol(rig_use(r, 1), 0.25, 0.0025);
    rig_end(r);
}
END_TEST

/* Weight 1 of 9 with half the host reserved; in every second of it. */
START_TEST(test_esx_reservation_is_kept_under_overload)
{
    struct sched_rig *r = rig_begin("esx", 1);
    uint64_t before = 0;

    for (unsigned i = 0; i < 9; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    r->vm_configs[0].reservation_pct = 50;
    for (int second = 0; second < 10; second++) {
        uint64_t now;

        rig_run(r, 1000);
        now = rig_state(r, 0, SCHED_RUNNING);
        ck_assert_uint_ge(now - before, 499000000);
        before = now;
    }
    ck_assert_double_le(rig_use(r, 0), 0.52); /* its share is less */
    for (unsigned i = 1; i < 9; i++)
        ck_assert_double_eq_tol(rig_use(r, i), 0.5 / 8, 0.01);
    rig_end(r);
}
END_TEST

START_TEST(test_esx_reservations_fill_the_host)
{
    struct sched_rig *r = rig_begin("esx", 4);

    rig_vm(r, 4, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute exp 2ms; block exp 100us");
    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 4, 2560, "compute 1ms");
    r->vm_configs[0].reservation_pct = 200;
    r->vm_configs[1].reservation_pct = 50;
    r->vm_configs[2].reservation_pct = 120;
    rig_run(r, 10000);
    ck_assert_double_ge(rig_use(r, 0), 2.00 * 0.99);
    ck_assert_double_ge(rig_use(r, 1), 0.50 * 0.99);
    ck_assert_double_ge(rig_use(r, 2), 1.20 * 0.99);
    ck_assert_double_ge(rig_use(r, 3), 0.30 * 0.97);
    rig_end(r);
}
END_TEST

/* All of four pCPUs reserved, the most of them by those who come last: no time
   to lose, and none is lost; the others get nothing. */
START_TEST(test_esx_host_reserved_to_the_last)
{
    static const uint32_t pct[] = {40, 40, 40, 50, 60, 80, 90};
    struct sched_rig *r = rig_begin("esx", 4);

    for (unsigned i = 0; i < 7; i++) {
        rig_vm(r, 1, 256, "compute 1ms");
        r->vm_configs[i].reservation_pct = pct[i];
    }
    rig_vm(r, 4, 2560, "compute 1ms");
    rig_run(r, 5000);
    for (unsigned i = 0; i < 7; i++)
        ck_assert_double_ge(rig_use(r, i), pct[i] * 0.01 * 0.99);
    rig_end(r);
}
END_TEST

static bool is_refused(struct sched_rig *r, const char *says)
{
    struct error e = {""};
    struct sched s;
    enum status status;

    r->host_config.sched.vms = r->vm_configs;
    r->host_config.sched.vm_count = r->vm_count;
    status = sched_init(&s, &r->host_config.sched, &e);
    if (status == STATUS_OK)
        sched_free(&s);
    return status == STATUS_USAGE && strstr(e.text, says);
}

START_TEST(test_esx_reservations_above_the_host_are_refused)
{
    struct sched_rig *r = rig_begin("esx", 2);

    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    r->vm_configs[0].reservation_pct = 150;
    r->vm_configs[1].reservation_pct = 60;
    ck_assert(is_refused(r, "VMs reserve 210 %, the host has 200 %"));
    r->vm_configs[0].reservation_pct = 20;
    r->vm_configs[1].cap_pct = 50;
    ck_assert(is_refused(r, "VM vm1 reserves 60 %, its limit is 50 %"));
    r->vm_configs[1].cap_pct = 60;
    rig_run(r, 10);
    rig_end(r);
}
END_TEST

START_TEST(test_esx_starves_nobody)
{
    struct sched_rig *r = rig_begin("esx", 1);

    rig_vm(r, 1, 1, "compute 1ms");
    rig_vm(r, 1, 1000, "compute 1ms");
    rig_run(r, 200000);
    ck_assert_double_eq_tol(rig_share(r, 0), 1 / 1001.0, 0.1 / 1001);
    rig_end(r);
}
END_TEST

START_TEST(test_esx_sleep_earns_nothing)
{
    struct sched_rig *r = rig_begin("esx", 1);
    unsigned sleeper = rig_vm(r, 1, 256, "block 900ms; compute 400ms");
    uint64_t before;

    rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 900);
    before = rig_state(r, sleeper, SCHED_RUNNING);
    rig_run(r, 300);
    ck_assert_uint_le(rig_state(r, sleeper, SCHED_RUNNING) - before, 200000000);
    ck_assert_uint_ge(rig_state(r, sleeper, SCHED_RUNNING) - before, 100000000);
    rig_end(r);
}
END_TEST

/* They want 6 % of a pCPU each and are entitled to a third: who runs gives way
   as soon as it is esx.preempt_us ahead, not at the end of its slice of 50 ms.
   A second waker, or both, may be before it. */
START_TEST(test_esx_who_wakes_waits_for_no_slice)
{
    struct sched_rig *r = rig_begin("esx", 2);

    for (int i = 0; i < 2; i++)
        rig_vm(r, 1, 256, "compute 40us; block exp 600us");
    for (int i = 0; i < 4; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 10000);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_le(latency_permille(&rig_sched_vm(r, i)->wake, 999),
                          2200000);
        ck_assert_double_ge(rig_use(r, i), 40.0 / (40 + 600 + 2200));
    }
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_esx_weights_are_shares,
        test_esx_shares_of_any_vms,
        test_esx_plenty_leaves_no_debt,
        test_esx_limit_is_kept_and_the_rest_is_shared,
        test_esx_limits_hold_on_an_idle_host,
        test_esx_reservation_is_kept_under_overload,
        test_esx_reservations_fill_the_host,
        test_esx_host_reserved_to_the_last,
        test_esx_reservations_above_the_host_are_refused,
        test_esx_starves_nobody,
        test_esx_sleep_earns_nothing,
        test_esx_who_wakes_waits_for_no_slice,
    };

    return rig_main("sched-esx", tests, ARRAY_LEN(tests));
}
