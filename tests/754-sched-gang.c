/*
 * Claim   Under gang scheduling a VM runs with all its vCPUs or none, rows get
 *         slots by weight, and what does not fit is seen as idle pCPUs; VMs
 *         that fit whole fill holes, and the matrix is compacted as VMs stop.
 *         A VM has whole cores while there are some.
 * Source  Ousterhout, "Scheduling techniques for concurrent systems", ICDCS
 *         1982; Feitelson, "Packing schemes for gang scheduling", JSSPP 1996.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Weights 1:2:4:8; VMs as wide as the host. */
static void check_shares(unsigned pcpus)
{
    struct sched_rig *r = rig_begin("gang", pcpus);

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, pcpus, 128u << i, "compute 1ms");
    rig_run(r, 45000); /* 200 rounds of 225 ms */
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.01 * (1u << i) / 15.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}

START_TEST(test_gang_weights_are_slots)
{
    check_shares(1);
    check_shares(4);
}
END_TEST

START_TEST(test_gang_equal_vms_take_turns_of_30_ms)
{
    struct sched_rig *r = rig_begin("gang", 2);

    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 2, 256, "compute 1ms");
    rig_run(r, 3000);
    ck_assert_uint_eq(rig_switches(r), 2 * 100);
    rig_end(r);
}
END_TEST

/* To the cycle: whoever always could run, ran exactly as long as its sibling.
 */
START_TEST(test_gang_siblings_run_together)
{
    struct sched_rig *r = rig_begin("gang", 4);
    const struct sched_vcpu *v;

    rig_vm(r, 3, 256, "compute 1ms");
    for (int i = 0; i < 6; i++)
        rig_vm(r, 1 + (unsigned)i % 3, 256, "compute exp 7ms; block exp 3ms");
    rig_run(r, 5000); /* gang_check after every event */
    v = rig_sched_vm(r, 0)->vcpus;
    for (unsigned i = 1; i < 3; i++)
        ck_assert_uint_eq(
            dispatch_state_cycles(&v[0], SCHED_RUNNING, r->host.now_cycle),
            dispatch_state_cycles(&v[i], SCHED_RUNNING, r->host.now_cycle));
    for (unsigned i = 0; i < 7; i++)
        ck_assert_double_gt(rig_use(r, i), 0.1);
    rig_end(r);
}
END_TEST

/* Three and three on four: one pCPU is always idle beside three that wait. */
START_TEST(test_gang_fragmentation_is_idle_time)
{
    struct sched_rig *r = rig_begin("gang", 4);

    rig_vm(r, 3, 256, "compute 1ms");
    rig_vm(r, 3, 256, "compute 1ms");
    rig_run(r, 6000);
    ck_assert_uint_eq(rig_idle_cycles(r), 6000000000);
    ck_assert_double_eq_tol(rig_use(r, 0), 1.5, 0.01);
    rig_end(r);
}
END_TEST

/* A wide VM in two rows of three, and one of one: it fits beside either. */
static double use_of_small(const char *alternate)
{
    struct sched_rig *r = rig_begin("gang", 4);
    double use;

    rig_set(r, "gang.alternate", alternate);
    rig_vm(r, 3, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 3, 256, "compute 1ms");
    rig_run(r, 6000);
    use = rig_use(r, 1);
    rig_end(r);
    return use;
}

START_TEST(test_gang_alternates_fill_holes)
{
    ck_assert_double_eq_tol(use_of_small("off"), 0.5, 0.01);
    ck_assert_double_eq_tol(use_of_small("on"), 1.0, 0.01);
}
END_TEST

/* A filler does not keep the row's own VM from its pCPU. */
START_TEST(test_gang_alternates_give_way)
{
    struct sched_rig *r = rig_begin("gang", 2);
    unsigned wide = rig_vm(r, 2, 256, "compute 100us; block 900us");
    unsigned busy = rig_vm(r, 2, 256, "compute 1ms");

    rig_run(r, 6000);
    /* its 30 ms and none of the other's: 10 % of each half */
    ck_assert_double_le(rig_use(r, wide), 0.2);
    ck_assert_double_ge(rig_use(r, wide), 0.001);
    ck_assert_double_ge(rig_use(r, busy), 1.8);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* A row's slot ends when all of it block: no pCPU idles for the rest. */
START_TEST(test_gang_empty_row_ends_its_slot)
{
    struct sched_rig *r = rig_begin("gang", 2);

    rig_set(r, "gang.alternate", "off");
    rig_vm(r, 2, 256, "compute 5ms; block 20ms");
    rig_vm(r, 2, 256, "compute 1ms");
    rig_run(r, 6000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    ck_assert_double_ge(rig_use(r, 0), 0.2);
    rig_end(r);
}
END_TEST

/* Rows of two and two; of each row one stops.  Those that are left have the
   same columns: no alternate fits beside the other until one is moved. */
START_TEST(test_gang_matrix_is_compacted_as_vms_stop)
{
    struct sched_rig *r = rig_begin("gang", 4);
    uint64_t idle;

    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 2, 256, "compute 1ms");
    r->vms[1].stop_cycle = r->vms[3].stop_cycle = 1000000000;
    rig_run(r, 1100); /* two slots later: one of them runs in the first */
    idle = rig_idle_cycles(r);
    ck_assert_uint_le(idle, 2 * 61000000);
    rig_run(r, 1000);
    ck_assert_uint_eq(rig_idle_cycles(r), idle);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_uint_le(rig_sched_vm(r, 2 * i)->vcpus[0].migrations, 1);
    rig_end(r);
}
END_TEST

/* VMs come and go in a matrix of many rows; checked after every event. */
START_TEST(test_gang_any_vms_come_and_go)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct sched_rig *r = rig_begin("gang", 6);
        struct rng rng;

        rng_init(&rng, seed);
        rig_set(r, "gang.slice_us", "3000");
        r->host_config.sched.topology.threads_per_core = 2;
        for (unsigned i = 0; i < 20; i++) {
            rig_vm(r, 1 + (unsigned)rng_below(&rng, 6), 256,
                   i % 3 ? "compute exp 3ms; block exp 1ms" : "compute 1ms");
            r->vms[i].start_cycle = rng_below(&rng, 300) * 1000000;
            r->vms[i].stop_cycle = (400 + rng_below(&rng, 600)) * 1000000;
        }
        rig_run(r, 1000);
        for (unsigned i = 0; i < 20; i++)
            ck_assert_uint_gt(rig_state(r, i, SCHED_RUNNING), 0);
        rig_end(r);
    }
}
END_TEST

START_TEST(test_gang_whole_cores_first)
{
    struct sched_rig *r = rig_begin("gang", 8);

    r->host_config.sched.topology.threads_per_core = 2;
    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 2, 256, "compute 1ms");
    rig_run(r, 100);
    for (unsigned core = 0; core < 4; core++)
        ck_assert_uint_eq(r->host.pcpus[2 * core].guest_cycles +
                              r->host.pcpus[2 * core + 1].guest_cycles,
                          100000000);
    rig_end(r);
}
END_TEST

START_TEST(test_gang_vm_wider_than_its_pcpus_is_refused)
{
    struct sched_rig *r = rig_begin("gang", 4);
    struct sched s;
    struct error e = {""};

    rig_vm(r, 3, 256, "compute 1ms");
    r->vm_configs[0].affinity = 3;
    r->host_config.sched.vms = r->vm_configs;
    r->host_config.sched.vm_count = 1;
    ck_assert_int_eq(sched_init(&s, &r->host_config.sched, &e), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "vm0 has 3 vCPUs"));
    r->vm_configs[0].affinity = 7;
    rig_run(r, 10);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_gang_weights_are_slots,
        test_gang_equal_vms_take_turns_of_30_ms,
        test_gang_siblings_run_together,
        test_gang_fragmentation_is_idle_time,
        test_gang_alternates_fill_holes,
        test_gang_alternates_give_way,
        test_gang_empty_row_ends_its_slot,
        test_gang_matrix_is_compacted_as_vms_stop,
        test_gang_any_vms_come_and_go,
        test_gang_whole_cores_first,
        test_gang_vm_wider_than_its_pcpus_is_refused,
    };

    return rig_main("sched-gang", tests, ARRAY_LEN(tests));
}
