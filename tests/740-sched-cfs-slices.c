/*
 * Claim   CFS runs all vCPUs of a pCPU once in its latency, 6 ms, or, if they
 *         are more than 8, for 0.75 ms each; both grow with 1 + log2 of the
 *         pCPUs, of 8 at most; and slices end at ticks.
 * Source  Linux to 6.5, Documentation/scheduler/sched-design-CFS.rst; the
 *         constants: reference numbers, V21.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Mean slice, in ms, of so many VMs that share the first of some pCPUs. */
static double slice_ms(unsigned pcpus, unsigned hogs, const char *hz)
{
    struct sched_rig *r = rig_begin("cfs", pcpus);
    uint64_t before;
    double ms;

    rig_set(r, "cfs.hz", hz);
    for (unsigned i = 0; i < hogs; i++) {
        rig_vm(r, 1, 256, "compute 100ms");
        r->vm_configs[i].affinity = 1;
    }
    rig_run(r, 1008);
    before = rig_switches(r);
    rig_run(r, 3600);
    ms = 3600.0 / (double)(rig_switches(r) - before);
    rig_end(r);
    return ms;
}

START_TEST(test_cfs_slice_is_a_part_of_the_latency)
{
    ck_assert_double_eq_tol(slice_ms(1, 2, "1000"), 3.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(1, 4, "4000"), 1.5, 0.001);
    ck_assert_double_eq_tol(slice_ms(1, 8, "4000"), 0.75, 0.001);
}
END_TEST

START_TEST(test_cfs_slice_of_twelve_is_the_min_granularity)
{
    ck_assert_double_eq_tol(slice_ms(1, 12, "4000"), 0.75, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 12, "1000"), 3.0, 0.001);
}
END_TEST

START_TEST(test_cfs_latency_grows_with_pcpus)
{
    ck_assert_double_eq_tol(slice_ms(2, 2, "1000"), 6.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(4, 2, "1000"), 9.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(8, 2, "1000"), 12.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(16, 2, "1000"), 12.0, 0.001);
}
END_TEST

START_TEST(test_cfs_slice_ends_at_a_tick)
{
    ck_assert_double_eq_tol(slice_ms(1, 2, "250"), 4.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(1, 12, "250"), 4.0, 0.001);
    ck_assert_double_eq_tol(slice_ms(1, 12, "1000"), 1.0, 0.001);
}
END_TEST

/* Weights 1:2 of 6 ms: 2 ms and 4 ms. */
START_TEST(test_cfs_slice_follows_weight)
{
    struct sched_rig *r = rig_begin("cfs", 1);

    rig_set(r, "cfs.hz", "1000");
    rig_vm(r, 1, 256, "compute 100ms");
    rig_vm(r, 1, 512, "compute 100ms");
    rig_run(r, 6000);
    ck_assert_double_eq_tol((double)rig_switches(r), 2000, 10);
    ck_assert_double_eq_tol(rig_share(r, 0), 1.0 / 3, 0.002);
    rig_end(r);
}
END_TEST

START_TEST(test_cfs_defaults_are_those_of_linux)
{
    struct sched_rig *r = rig_begin("cfs", 1);
    const struct sched_config *c = &r->config.hv.sched;

    ck_assert_uint_eq(c->cfs.latency_us, 6000);
    ck_assert_uint_eq(c->cfs.min_granularity_us, 750);
    ck_assert_uint_eq(c->cfs.nr_latency, 8);
    ck_assert_uint_eq(c->cfs.wakeup_granularity_us, 1000);
    ck_assert_uint_eq(c->cfs.migration_cost_us, 500);
    ck_assert_uint_eq(c->cfs.bandwidth_period_us, 100000);
    ck_assert_uint_eq(c->eevdf.base_slice_us, 750);
    config_free(&r->config);
    free(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_cfs_slice_is_a_part_of_the_latency,
        test_cfs_slice_of_twelve_is_the_min_granularity,
        test_cfs_latency_grows_with_pcpus,
        test_cfs_slice_ends_at_a_tick,
        test_cfs_slice_follows_weight,
        test_cfs_defaults_are_those_of_linux,
    };

    return rig_main("sched-cfs-slices", tests, ARRAY_LEN(tests));
}
