/*
 * Claim   Linux's fair schedulers spread vCPUs over cores before threads, keep
 *         them in their node while it has room, let six hogs on four pCPUs take
 *         turns, bring what waits to a pCPU that goes idle, and compare pCPUs
 *         by averages of their load.
 * Source  Linux Documentation/scheduler/sched-domains.rst; Lozi et al., "The
 *         Linux scheduler: a decade of wasted cores", EuroSys 2016, section 2;
 *         Corbet, "Per-entity load tracking" (LWN 531853, 2013).
 */
#include "hypervisor-model/sched/fair.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const policies[] = {"cfs", "eevdf", "balance"};

static struct sched_rig *begin(const char *policy, unsigned cores,
                               unsigned threads, unsigned nodes)
{
    struct sched_rig *r = rig_begin(policy, cores * threads);

    r->host_config.sched.topology.threads_per_core = threads;
    r->host_config.sched.topology.nodes = nodes;
    r->host_config.smt_permille = threads > 1 ? 620 : 1000;
    return r;
}

static uint64_t busy_cycles(const struct sched_rig *r, unsigned core,
                            unsigned threads)
{
    uint64_t sum = 0;

    for (unsigned i = core * threads; i < (core + 1) * threads; i++)
        sum += r->host.pcpus[i].guest_cycles;
    return sum;
}

START_TEST(test_fair_each_hog_has_a_core)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = begin(policies[i], 4, 2, 1);

        rig_vm(r, 4, 256, "compute 1ms");
        rig_run(r, 1000);
        for (unsigned core = 0; core < 4; core++)
            ck_assert_double_ge((double)busy_cycles(r, core, 2), 0.98e9);
        rig_end(r);
    }
}
END_TEST

/* VM 0 leaves two cores of four at 1 s; the four hogs of VM 1 were two to a
   core before. */
START_TEST(test_fair_threads_of_a_core_move_apart)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = begin(policies[i], 4, 2, 1);

        rig_vm(r, 4, 256, "compute 1ms");
        rig_vm(r, 4, 256, "compute 1ms");
        r->vms[0].stop_cycle = 1000000000;
        rig_run(r, 1100);
        for (unsigned v = 0; v < 4; v++)
            for (unsigned w = 0; w < v; w++)
                ck_assert_uint_ne(rig_sched_vm(r, 1)->vcpus[v].pcpu / 2,
                                  rig_sched_vm(r, 1)->vcpus[w].pcpu / 2);
        rig_end(r);
    }
}
END_TEST

/* Sleepers that fill half of each node: nobody has to leave it. */
START_TEST(test_fair_wakeups_stay_in_their_node)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = begin(policies[i], 8, 1, 2);
        unsigned homes[8];

        for (unsigned n = 0; n < 8; n++)
            rig_vm(r, 1, 256, "compute exp 1ms; block exp 2ms");
        rig_run(r, 10);
        for (unsigned n = 0; n < 8; n++)
            homes[n] = rig_sched_vm(r, n)->vcpus[0].pcpu / 4;
        rig_run(r, 2000);
        for (unsigned n = 0; n < 8; n++)
            ck_assert_uint_eq(rig_sched_vm(r, n)->vcpus[0].pcpu / 4, homes[n]);
        rig_end(r);
    }
}
END_TEST

/* Two pCPUs have two of them at a time, and it is not always the same four. */
START_TEST(test_fair_six_hogs_on_four_pcpus_take_turns)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 4);

        for (unsigned n = 0; n < 6; n++)
            rig_vm(r, 1, 256, "compute 1ms");
        rig_run(r, 60000);
        for (unsigned n = 0; n < 6; n++)
            ck_assert_double_eq_tol(rig_use(r, n), 4.0 / 6, 0.05);
        ck_assert_uint_eq(rig_idle_cycles(r), 0);
        rig_end(r);
    }
}
END_TEST

/*
 * Three pCPUs are left by others at 200 ms.  Two vCPUs that take turns at each
 * tick are hot whenever an idle pCPU looks; it takes one at the third tick.
 */
START_TEST(test_fair_idle_pcpus_take_what_waits)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 4);

        for (unsigned n = 0; n < 4; n++)
            rig_vm(r, 1, 256, "block 100ms; compute 1s");
        for (unsigned n = 0; n < 3; n++) {
            rig_vm(r, 1, 256, "compute 1s");
            r->vm_configs[4 + n].affinity = (pcpu_set_t)2 << n;
            r->vms[4 + n].stop_cycle = 200000000;
        }
        rig_run(r, 213);
        for (unsigned p = 0; p < 4; p++)
            ck_assert_ptr_nonnull(r->host.dispatch.sched.pcpus[p].current);
        rig_end(r);
    }
}
END_TEST

START_TEST(test_fair_affinity_is_kept)
{
    for (unsigned i = 0; i < ARRAY_LEN(policies); i++) {
        struct sched_rig *r = rig_begin(policies[i], 4);

        for (unsigned n = 0; n < 6; n++) {
            rig_vm(r, 2, 256, "compute exp 1ms; block exp 1ms");
            r->vm_configs[n].affinity = n % 2 ? 0x3 : 0x4;
        }
        rig_run(r, 2000); /* dispatch_check looks at each event */
        ck_assert_uint_eq(r->host.pcpus[3].guest_cycles, 0);
        ck_assert_uint_gt(r->host.pcpus[2].guest_cycles, 1900000000);
        rig_end(r);
    }
}
END_TEST

/* What pCPUs are compared by: the weight of the VM that stops is forgotten by
   half in 32 periods of 1.024 ms; as of its last tick. */
START_TEST(test_fair_load_of_a_pcpu_is_an_average)
{
    struct sched_rig *r = rig_begin("cfs", 1);
    const struct sched *s = &r->host.dispatch.sched;

    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 512, "compute 1ms");
    r->vms[1].stop_cycle = 1000000000;
    rig_run(r, 999);
    ck_assert_double_eq_tol((double)fair_load_of_pcpu(s, &s->pcpus[0]),
                            3.0 * FAIR_NICE0, 0.01 * FAIR_NICE0);
    rig_run(r, 33);
    ck_assert_double_eq_tol((double)fair_load_of_pcpu(s, &s->pcpus[0]),
                            2.0 * FAIR_NICE0, 0.1 * FAIR_NICE0);
    rig_run(r, 500);
    ck_assert_double_eq_tol((double)fair_load_of_pcpu(s, &s->pcpus[0]),
                            1.0 * FAIR_NICE0, 0.01 * FAIR_NICE0);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_fair_each_hog_has_a_core,
        test_fair_threads_of_a_core_move_apart,
        test_fair_wakeups_stay_in_their_node,
        test_fair_six_hogs_on_four_pcpus_take_turns,
        test_fair_idle_pcpus_take_what_waits,
        test_fair_affinity_is_kept,
        test_fair_load_of_a_pcpu_is_an_average,
    };

    return rig_main("sched-fair-topology", tests, ARRAY_LEN(tests));
}
