/*
 * Claim   What must hold under every scheduler that there is: its invariants
 *         after each event whatever the VMs do, the same run twice from the
 *         same seed, affinity kept, and switches that do not eat up the time.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const programs[] = {
    "compute exp 300us; block exp 200us; done",
    "compute exp 100us; lock 0; compute exp 20us; unlock 0; done",
    "compute uniform 10us..500us; barrier; done",
    "compute exp 200us; shootdown; block exp 50us; done",
    "repeat 3 { compute 50us; yield }; block 1ms; done",
    "compute 2ms; done",
    "block exp 5ms; compute 30us; done",
    "touch 20; send 4000; compute 10us; block 100us; done",
};

static void set_costs(struct sched_rig *r, unsigned vm)
{
    struct phase_costs *c = &r->phase_configs[vm].costs;

    c->lock_cycles = 18;
    c->touch_cycles = 266;
    c->send_cycles = 5000;
    c->call_cycles = 1500;
    c->ipi_cycles = 5000;
    c->flush_cycles = 1000;
    c->refill_cycles = 20000;
    c->migrate_cycles = 40000;
    c->pv_spin_cycles = 200000;
    c->ple_window_cycles = 4096;
    c->ple_grow = 2;
}

/* VMs of every sort, that come and go, on two nodes of two cores. */
static struct sched_rig *mixture(const char *policy, uint64_t seed)
{
    struct sched_rig *r = rig_begin(policy, 8);
    struct rng rng;

    rng_init(&rng, seed);
    rig_set(r, "sched.switch_cycles", "4812");
    r->host_config.sched.topology.threads_per_core = 2;
    r->host_config.sched.topology.nodes = 2;
    r->host_config.smt_permille = 620;
    for (unsigned i = 0; i < 14; i++) {
        unsigned vm =
            rig_vm(r, 1 + rng_below(&rng, 4), 64u << rng_below(&rng, 5),
                   programs[rng_below(&rng, ARRAY_LEN(programs))]);
        struct sched_vm_config *c = &r->vm_configs[vm];

        set_costs(r, vm);
        r->phase_configs[vm].seed = seed + vm;
        r->phase_configs[vm].lock_kind =
            (enum phase_lock_kind)rng_below(&rng, 3);
        r->phase_configs[vm].pv_flush = rng_below(&rng, 2);
        if (rng_below(&rng, 3) == 0)
            c->cap_pct = 20 + rng_below(&rng, 100);
        if (rng_below(&rng, 3) == 0)
            c->affinity = (uint64_t)0xf << rng_below(&rng, 5);
        c->extra = rng_below(&rng, 2);
        c->warp = rng_below(&rng, 2) * 1000;
        c->reservation_pct = rng_below(&rng, 4) == 0 ? 10 : 0;
        r->vms[vm].start_cycle = rng_below(&rng, 40) * (uint64_t)1000000;
        if (rng_below(&rng, 3) == 0)
            r->vms[vm].stop_cycle =
                r->vms[vm].start_cycle +
                (1 + rng_below(&rng, 100)) * (uint64_t)1000000;
        if (rng_below(&rng, 4) == 0)
            rig_requests(r, vm, "exp 2ms", "100us");
    }
    return r;
}

struct digest {
    uint64_t done, switches, run, wait, decisions;
};

static struct digest digest_of(struct sched_rig *r)
{
    struct digest d = {.switches = rig_switches(r),
                       .decisions = r->host.decisions};

    for (unsigned i = 0; i < r->vm_count; i++) {
        d.done = d.done * 31 + rig_counts(r, i)->done;
        d.run = d.run * 31 + rig_state(r, i, SCHED_RUNNING);
        d.wait = d.wait * 31 + rig_state(r, i, SCHED_RUNNABLE);
    }
    return d;
}

/* Every event of this is checked: rig_run() asserts it. */
START_TEST(test_every_policy_mixtures_keep_the_invariants)
{
    for (size_t p = 0; sched_all[p]; p++)
        for (uint64_t seed = 1; seed <= 6; seed++) {
            struct sched_rig *r = mixture(sched_all[p]->name, seed);

            rig_run(r, 150);
            ck_assert_uint_gt(r->host.decisions, 0);
            rig_end(r);
        }
}
END_TEST

START_TEST(test_every_policy_same_seed_same_run)
{
    for (size_t p = 0; sched_all[p]; p++) {
        struct digest d[2];

        for (int i = 0; i < 2; i++) {
            struct sched_rig *r = mixture(sched_all[p]->name, 42);

            r->host_config.check = false;
            rig_run(r, 100);
            d[i] = digest_of(r);
            rig_end(r);
        }
        ck_assert_msg(memcmp(&d[0], &d[1], sizeof d[0]) == 0, "%s",
                      sched_all[p]->name);
    }
}
END_TEST

/* Of two pCPUs in two seconds.  SEDF's extra time is in turns of 500 us. */
static uint64_t most_switches(const struct sched_ops *ops)
{
    return strcmp(ops->name, "sedf") == 0 ? 8000 : 4000;
}

/* Twice as many hogs as pCPUs, with what switches cost. */
START_TEST(test_every_policy_switches_do_not_eat_up_the_time)
{
    for (size_t p = 0; sched_all[p]; p++) {
        struct sched_rig *r = rig_begin(sched_all[p]->name, 2);
        uint64_t done = 0;

        rig_set(r, "sched.switch_cycles", "4812");
        for (int i = 0; i < 4; i++) {
            unsigned vm = rig_vm(r, 1, 256, "compute 100us; done");

            set_costs(r, vm);
            r->vm_configs[vm].extra = true;
        }
        rig_run(r, 2000);
        for (unsigned i = 0; i < 4; i++)
            done += rig_counts(r, i)->done;
        ck_assert_msg(done >= 38000, "%s: %lu of 40000 units done",
                      sched_all[p]->name, (unsigned long)done);
        ck_assert_msg(rig_switches(r) < most_switches(sched_all[p]),
                      "%s: %lu switches", sched_all[p]->name,
                      (unsigned long)rig_switches(r));
        rig_end(r);
    }
}
END_TEST

/* Each vCPU of a VM has run since it was asked last. */
static void assert_all_ran(struct sched_rig *r, unsigned vm, uint64_t *ran)
{
    struct sched_vm *v = rig_sched_vm(r, vm);

    for (unsigned i = 0; i < v->config.vcpus; i++) {
        uint64_t cycles = dispatch_state_cycles(&v->vcpus[i], SCHED_RUNNING,
                                                r->host.now_cycle);

        ck_assert_msg(cycles > ran[i], "%s: vCPU %u of VM %u has not run",
                      r->host.dispatch.sched.ops->name, i, vm);
        ran[i] = cycles;
    }
}

/* All but null, which has no pCPU for the last ones, serve everybody, in every
   second. */
START_TEST(test_every_policy_nobody_starves)
{
    for (size_t p = 0; sched_all[p]; p++) {
        struct sched_rig *r = rig_begin(sched_all[p]->name, 2);
        uint64_t ran[5][2] = {{0}};

        if (strcmp(sched_all[p]->name, "null") == 0) {
            rig_build(r);
            rig_end(r);
            continue;
        }
        for (unsigned i = 0; i < 5; i++) {
            unsigned vm = rig_vm(r, 1 + i % 2, 256, "compute 1ms; done");

            r->vm_configs[vm].extra = true;
            r->vm_configs[vm].period_us = 10000;
            r->vm_configs[vm].budget_us = 2000;
        }
        for (int second = 1; second <= 5; second++) {
            rig_run(r, 1000);
            for (unsigned i = 0; i < 5; i++) {
                assert_all_ran(r, i, ran[i]);
                ck_assert_msg(rig_counts(r, i)->done >= (uint64_t)second * 50,
                              "%s: VM %u has done %lu after %d s",
                              sched_all[p]->name, i,
                              (unsigned long)rig_counts(r, i)->done, second);
            }
        }
        rig_end(r);
    }
}
END_TEST

/* Xen's null and RTDS do not look at cores. */
static bool knows_cores(const struct sched_ops *ops)
{
    return strcmp(ops->name, "null") != 0 && strcmp(ops->name, "rtds") != 0;
}

/* Four cores of two threads, three vCPUs that never sleep: nobody shares a
   core, but for the first 20 ms. */
START_TEST(test_every_policy_whole_cores_first)
{
    for (size_t p = 0; sched_all[p]; p++) {
        struct sched_rig *r;

        if (!knows_cores(sched_all[p]))
            continue;
        r = rig_begin(sched_all[p]->name, 8);
        r->host_config.sched.topology.threads_per_core = 2;
        rig_vm(r, 2, 256, "compute 1ms");
        rig_vm(r, 1, 256, "compute 1ms");
        for (unsigned i = 0; i < 2; i++) { /* of SEDF and RTDS: all of it */
            r->vm_configs[i].period_us = r->vm_configs[i].budget_us = 10000;
        }
        rig_run(r, 1000);
        for (unsigned core = 0; core < 4; core++) {
            uint64_t cycles = r->host.pcpus[2 * core].guest_cycles +
                              r->host.pcpus[2 * core + 1].guest_cycles;

            ck_assert_msg(cycles <= 1020000000, "%s: core %u ran %lu us",
                          sched_all[p]->name, core,
                          (unsigned long)cycles / 1000);
        }
        rig_end(r);
    }
}
END_TEST

START_TEST(test_every_policy_affinity_is_kept)
{
    for (size_t p = 0; sched_all[p]; p++) {
        struct sched_rig *r = rig_begin(sched_all[p]->name, 4);

        for (int i = 0; i < 6; i++) {
            unsigned vm = rig_vm(r, 1, 256, "compute exp 1ms; block exp 1ms");

            r->vm_configs[vm].affinity = 6; /* pCPUs 1 and 2 */
        }
        rig_run(r, 500);
        ck_assert_uint_eq(r->host.pcpus[0].guest_cycles, 0);
        ck_assert_uint_eq(r->host.pcpus[3].guest_cycles, 0);
        ck_assert_uint_gt(r->host.pcpus[1].guest_cycles, 0);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_every_policy_mixtures_keep_the_invariants,
        test_every_policy_same_seed_same_run,
        test_every_policy_switches_do_not_eat_up_the_time,
        test_every_policy_nobody_starves,
        test_every_policy_whole_cores_first,
        test_every_policy_affinity_is_kept,
    };

    return rig_main("sched-every_policy", tests, ARRAY_LEN(tests));
}
