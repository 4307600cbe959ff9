/*
 * Claim   Under bvt and esx no pCPU idles beside a vCPU that waits and may run
 *         there (esx: but for co-stopped ones), whatever the VMs do; gang
 *         leaves holes only beside VMs that do not fit in.
 * Source  Duda and Cheriton, SOSP 1999; VMware, "The CPU Scheduler in VMware
 *         ESX 4" (2009); Ousterhout, ICDCS 1982.
 */
#include "hypervisor-model/sched/sched_esx.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const programs[] = {
    "compute exp 300us; block exp 200us",
    "compute exp 3ms; block exp 1ms",
    "compute exp 100us; lock 0; compute exp 20us; unlock 0",
    "repeat 3 { compute 50us; yield }; block exp 1ms",
    "compute 2ms",
    "block exp 5ms; compute 30us",
};

static struct sched_rig *mixture(const char *policy, uint64_t seed)
{
    struct sched_rig *r = rig_begin(policy, 4);
    struct rng rng;

    rng_init(&rng, seed);
    for (unsigned i = 0; i < 6; i++) {
        unsigned vm = rig_vm(r, 1 + (unsigned)rng_below(&rng, 4),
                             64u << rng_below(&rng, 5),
                             programs[rng_below(&rng, ARRAY_LEN(programs))]);

        r->phase_configs[vm].seed = seed + vm;
        if (rng_below(&rng, 3) == 0)
            r->vm_configs[vm].affinity = (uint64_t)3 << rng_below(&rng, 3);
    }
    return r;
}

static bool is_stopped(const struct sched *s, const struct sched_vcpu *v)
{
    return strcmp(s->ops->name, "esx") == 0 && esx_vcpu(v)->costopped;
}

/* v waits, and may run on a pCPU that idles. */
static bool waits_for_nothing(const struct sched *s, const struct sched_vcpu *v)
{
    if (v->state != SCHED_RUNNABLE || is_stopped(s, v))
        return false;
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (!p->current && !p->resched && sched_may_run(v, p))
            return true;
    }
    return false;
}

/* Returns how long pCPUs idled. */
static uint64_t check_policy(const char *policy, uint64_t seed)
{
    uint64_t idle;
    struct sched_rig *r = mixture(policy, seed);

    for (int i = 0; i < 500; i++) {
        const struct sched *s = &r->host.dispatch.sched;

        rig_run(r, 1);
        for (unsigned n = 0; n < s->vcpu_count; n++)
            ck_assert_msg(!waits_for_nothing(s, &s->vcpus[n]),
                          "%s, seed %d, %d ms: vCPU %u of %s waits", policy,
                          (int)seed, i + 1, s->vcpus[n].id,
                          s->vcpus[n].vm->config.name);
    }
    idle = rig_idle_cycles(r);
    rig_end(r);
    return idle;
}

START_TEST(test_conserving_bvt_and_esx)
{
    uint64_t idle = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        idle += check_policy("bvt", seed);
        idle += check_policy("esx", seed);
    }
    ck_assert_uint_ge(idle, 1000000000); /* they could have been busy */
}
END_TEST

/* VMs of one fit into every hole of their column. */
START_TEST(test_conserving_gang_of_single_vcpus)
{
    struct sched_rig *r = rig_begin("gang", 3);

    for (int i = 0; i < 9; i++)
        rig_vm(r, 1, 256, i % 2 ? "compute 2ms; block exp 5ms" : "compute 1ms");
    rig_run(r, 5000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_conserving_bvt_and_esx,
        test_conserving_gang_of_single_vcpus,
    };

    return rig_main("sched-conserving", tests, ARRAY_LEN(tests));
}
