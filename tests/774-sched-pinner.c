/*
 * Claim   CS6210's test cases: equal VMs stay where they are; VMs that begin on
 *         one pCPU, or have unequal loads, or change them, are re-pinned within
 *         two intervals so that the pCPUs' loads are within 5 points of each
 *         other, and from then on nobody is moved.  No more vCPUs are moved
 *         than have to be.
 * Source  CS6210, Advanced Operating Systems (Georgia Tech), project 1.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

enum { PCPUS = 4, INTERVAL_MS = 1000 };

/* Between the loads of the pCPUs in the next ms: points of 100. */
static double next_spread(struct sched_rig *r, uint64_t ms)
{
    uint64_t before[PCPUS];
    double most = 0, least = 100;

    for (unsigned i = 0; i < PCPUS; i++)
        before[i] = r->host.pcpus[i].guest_cycles;
    rig_run(r, ms);
    for (unsigned i = 0; i < PCPUS; i++) {
        uint64_t used = r->host.pcpus[i].guest_cycles - before[i];
        double load = (double)used / (double)ms / (RIG_KHZ / 100);

        most = load > most ? load : most;
        least = load < least ? load : least;
    }
    return most - least;
}

static uint64_t moves(struct sched_rig *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->vm_count; i++)
        for (unsigned n = 0; n < r->phase_configs[i].vcpus; n++)
            sum += rig_sched_vm(r, i)->vcpus[n].migrations;
    return sum;
}

/* Balanced now, and nothing moves any more. */
static void assert_settled(struct sched_rig *r)
{
    uint64_t moved = moves(r);

    for (int i = 0; i < 10; i++)
        ck_assert_double_le(next_spread(r, INTERVAL_MS), 5);
    ck_assert_uint_eq(moves(r), moved);
}

/* A VM that wants so many per cent of a pCPU. */
static unsigned wants(struct sched_rig *r, unsigned pct)
{
    char program[80];

    snprintf(program, sizeof program, "compute %uus; block %uus", pct * 100,
             (100 - pct) * 100);
    return rig_vm(r, 1, 256, program);
}

START_TEST(test_pinner_equal_vms_stay)
{
    struct sched_rig *r = rig_begin("pinner", PCPUS);

    for (int i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 10ms");
    rig_run(r, INTERVAL_MS);
    assert_settled(r);
    ck_assert_uint_eq(moves(r), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_pinner_all_on_one_pcpu_are_spread)
{
    struct sched_rig *r = rig_begin("pinner", PCPUS);

    rig_set(r, "pinner.spread", "off");
    for (int i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 10ms");
    rig_run(r, INTERVAL_MS / 2);
    ck_assert_uint_eq(r->host.pcpus[1].guest_cycles, 0);
    rig_run(r, INTERVAL_MS);
    assert_settled(r);
    ck_assert_uint_eq(moves(r), 6); /* two stay */
    rig_end(r);
}
END_TEST

START_TEST(test_pinner_unequal_loads_are_balanced)
{
    static const unsigned pct[] = {50, 40, 30, 20, 50, 40, 30, 20};
    struct sched_rig *r = rig_begin("pinner", PCPUS);

    for (unsigned i = 0; i < ARRAY_LEN(pct); i++)
        wants(r, pct[i]);
    ck_assert_double_ge(next_spread(r, INTERVAL_MS), 50); /* 100 to 40 */
    rig_run(r, 2 * INTERVAL_MS);
    assert_settled(r);
    ck_assert_uint_le(moves(r), 6);
    rig_end(r);
}
END_TEST

/* A pCPU's VMs become idle: others take their place. */
START_TEST(test_pinner_loads_that_change_are_followed)
{
    struct sched_rig *r = rig_begin("pinner", PCPUS);

    for (unsigned i = 0; i < 16; i++) {
        unsigned vm = wants(r, 20);

        if (i % PCPUS < 2)
            r->vms[vm].stop_cycle = (uint64_t)5000 * RIG_KHZ;
    }
    rig_run(r, INTERVAL_MS);
    for (int i = 0; i < 3; i++)
        ck_assert_double_le(next_spread(r, INTERVAL_MS), 5);
    ck_assert_uint_eq(moves(r), 0);
    rig_run(r, 3 * INTERVAL_MS);
    assert_settled(r);
    ck_assert_uint_eq(moves(r), 4); /* of eight, two to each empty pCPU */
    rig_end(r);
}
END_TEST

START_TEST(test_pinner_affinity_is_kept)
{
    struct sched_rig *r = rig_begin("pinner", PCPUS);

    for (int i = 0; i < 6; i++) {
        unsigned vm = rig_vm(r, 1, 256, "compute 10ms");

        r->vm_configs[vm].affinity = 3;
    }
    rig_run(r, 5 * INTERVAL_MS);
    ck_assert_uint_eq(r->host.pcpus[2].guest_cycles, 0);
    ck_assert_uint_eq(r->host.pcpus[3].guest_cycles, 0);
    ck_assert_uint_eq(rig_idle_cycles(r), (uint64_t)2 * 5000 * RIG_KHZ);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_pinner_equal_vms_stay,
        test_pinner_all_on_one_pcpu_are_spread,
        test_pinner_unequal_loads_are_balanced,
        test_pinner_loads_that_change_are_followed,
        test_pinner_affinity_is_kept,
    };

    return rig_main("sched-pinner", tests, ARRAY_LEN(tests));
}
