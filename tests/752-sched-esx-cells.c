/*
 * Claim   Under ESX-like scheduling a VM stays within its cell; idle pCPUs take
 *         VMs from crowded cells, and shares are the same in all of them.
 * Source  VMware KB 1007361, "Scheduler Cell Size on Six-Core Processors".
 *         esx_check asserts after every event who runs and waits where.
 */
#include "hypervisor-model/sched/sched_esx.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

START_TEST(test_esx_cells_are_four_pcpus_or_the_widest_vm)
{
    struct sched_rig *r = rig_begin("esx", 8);

    rig_vm(r, 4, 256, "compute 1ms");
    rig_run(r, 1);
    ck_assert_uint_eq(esx_host(&r->host.dispatch.sched)->cell_count, 2);
    rig_end(r);
    r = rig_begin("esx", 8);
    rig_vm(r, 6, 256, "compute 1ms");
    rig_run(r, 1);
    ck_assert_uint_eq(esx_host(&r->host.dispatch.sched)->cell_count, 1);
    rig_end(r);
}
END_TEST

/* Ten that come and go on eight pCPUs, and two that never do. */
START_TEST(test_esx_no_idle_pcpu_beside_work)
{
    struct sched_rig *r = rig_begin("esx", 8);

    for (int i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 1ms");
    for (int i = 0; i < 4; i++)
        rig_vm(r, 1, 256, "compute exp 3ms; block exp 10ms");
    rig_run(r, 5000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* The cell that empties gets some of the other's VMs. */
START_TEST(test_esx_load_moves_to_the_idle_cell)
{
    struct sched_rig *r = rig_begin("esx", 4);

    rig_set(r, "esx.cell_pcpus", "2");
    for (unsigned i = 0; i < 8; i++) {
        rig_vm(r, 1, 256, "compute 1ms");
        if (i % 2) /* VMs 1, 3, 5, 7 are in the second cell, and end */
            r->vms[i].stop_cycle = 1000000000;
    }
    rig_run(r, 11000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    for (unsigned i = 0; i < 8; i += 2) {
        ck_assert_double_ge(rig_use(r, i) * 11, 10.3);
        ck_assert_uint_le(rig_sched_vm(r, i)->vcpus[0].migrations, 60);
    }
    rig_end(r);
}
END_TEST

/* Two, two and one on four pCPUs, three on the other four: whoever waits, the
   VM of one moves. */
START_TEST(test_esx_idle_cell_takes_who_makes_room)
{
    static const unsigned vcpus[] = {2, 1, 2, 1, 1, 1}; /* cells in turn */
    struct sched_rig *r = rig_begin("esx", 8);

    for (unsigned i = 0; i < ARRAY_LEN(vcpus); i++)
        rig_vm(r, vcpus[i], 256, "compute 1ms");
    rig_run(r, 1000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* Weights that make 1:2:4:8 of two cells only if VMs move. */
START_TEST(test_esx_shares_hold_across_cells)
{
    struct sched_rig *r = rig_begin("esx", 8);

    for (int copy = 0; copy < 4; copy++)
        for (unsigned i = 0; i < 4; i++)
            rig_vm(r, 2, 128u << i, "compute 1ms");
    rig_run(r, 30000);
    for (unsigned n = 0; n < 16; n++)
        ck_assert_double_eq_tol(rig_use(r, n), 8 * (1u << n % 4) / 60.0,
                                0.01 * 8 * (1u << n % 4) / 60.0);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* One thread each on two cores before two on one. */
START_TEST(test_esx_cores_before_threads)
{
    struct sched_rig *r = rig_begin("esx", 4);

    r->host_config.sched.topology.threads_per_core = 2;
    r->host_config.smt_permille = 620;
    rig_vm(r, 1, 256, "compute 1ms; block 10us");
    rig_vm(r, 1, 256, "compute 1ms; block 10us");
    rig_run(r, 1000);
    ck_assert_uint_ge(rig_counts(r, 0)->done, 980);
    ck_assert_uint_ge(rig_counts(r, 1)->done, 980);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_esx_cells_are_four_pcpus_or_the_widest_vm,
        test_esx_no_idle_pcpu_beside_work,
        test_esx_load_moves_to_the_idle_cell,
        test_esx_idle_cell_takes_who_makes_room,
        test_esx_shares_hold_across_cells,
        test_esx_cores_before_threads,
    };

    return rig_main("sched-esx-cells", tests, ARRAY_LEN(tests));
}
