/*
 * Claim   Round robin gives equal slices in turn, lets no pCPU idle beside a
 *         vCPU that may run there, and starves nobody.
 * Source  Silberschatz et al.: Operating System Concepts, "Round-Robin
 *         Scheduling".
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

START_TEST(test_rr_equal_vms_get_equal_shares)
{
    struct sched_rig *r = rig_begin("rr", 1);

    for (int i = 0; i < 3; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 3000);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_double_eq_tol(rig_share(r, i), 1.0 / 3, 0.0001);
    ck_assert_uint_eq(rig_switches(r), 300); /* 3 s of 10 ms */
    rig_end(r);
}
END_TEST

START_TEST(test_rr_weight_means_nothing)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 2560, "compute 1ms");
    rig_run(r, 2000);
    ck_assert_double_eq_tol(rig_share(r, 0), 0.5, 0.0001);
    rig_end(r);
}
END_TEST

START_TEST(test_rr_two_pcpus_are_never_idle_beside_work)
{
    struct sched_rig *r = rig_begin("rr", 2);

    for (int i = 0; i < 3; i++)
        rig_vm(r, 1, 256, "compute exp 3ms; block exp 200us");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 5000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_rr_affinity_is_kept)
{
    struct sched_rig *r = rig_begin("rr", 2);

    rig_vm(r, 1, 256, "compute 1ms; block 1ms");
    rig_vm(r, 1, 256, "compute 1ms; block 1ms");
    r->vm_configs[0].affinity = r->vm_configs[1].affinity = 1;
    rig_run(r, 1000);
    ck_assert_uint_eq(r->host.pcpus[1].guest_cycles, 0);
    ck_assert_double_ge(rig_use(r, 0), 0.45);
    ck_assert_double_ge(rig_use(r, 1), 0.45);
    rig_end(r);
}
END_TEST

START_TEST(test_rr_slice_is_a_parameter)
{
    struct sched_rig *r = rig_begin("rr", 1);

    rig_set(r, "rr.slice_us", "1000");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_run(r, 1000);
    ck_assert_uint_eq(rig_switches(r), 1000);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_rr_equal_vms_get_equal_shares,
        test_rr_weight_means_nothing,
        test_rr_two_pcpus_are_never_idle_beside_work,
        test_rr_affinity_is_kept,
        test_rr_slice_is_a_parameter,
    };

    return rig_main("sched-rr", tests, ARRAY_LEN(tests));
}
