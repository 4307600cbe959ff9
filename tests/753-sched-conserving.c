/*
 * Claim   No pCPU idles beside a vCPU that waits and may run there, whatever
 *         the VMs do: not for a moment under rr, bvt, credit, credit2, rtds
 *         with extra time and esx (but for co-stopped ones), nor longer than
 *         balancing takes under Linux's.  SEDF and CS6210's pinner keep that of
 *         each pCPU's own vCPUs; gang leaves holes only beside VMs that do not
 *         fit in.
 * Source  Duda and Cheriton, SOSP 1999; VMware, "The CPU Scheduler in VMware
 *         ESX 4" (2009); Ousterhout, ICDCS 1982; the head of each policy's
 *         file.
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

struct row {
    const char *policy;
    unsigned most_ms; /* as seen at each ms: so often in a row */
    bool at_home;     /* vCPUs do not leave their pCPU for an idle one */
};

/* Linux: an idle pCPU is woken at the next tick of one where a vCPU waits:
   within 4 ms. */
static const struct row rows[] = {
    {"rr", 0, false},     {"bvt", 0, false},     {"sedf", 0, true},
    {"credit", 0, false}, {"credit2", 0, false}, {"rtds", 0, false},
    {"cfs", 4, false},    {"eevdf", 4, false},   {"balance", 4, false},
    {"esx", 0, false},    {"pinner", 0, true},
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
        r->vm_configs[vm].extra = true;
        if (rng_below(&rng, 3) == 0)
            r->vm_configs[vm].affinity = (uint64_t)3 << rng_below(&rng, 3);
    }
    return r;
}

static bool is_stopped(const struct sched *s, const struct sched_vcpu *v)
{
    return strcmp(s->ops->name, "esx") == 0 && esx_vcpu(v)->costopped;
}

/* balance scheduling: it may not go beside another vCPU of its VM. */
static bool may_join(const struct sched *s, const struct sched_vcpu *v,
                     const struct sched_pcpu *p)
{
    if (!sched_may_run(v, p))
        return false;
    for (unsigned i = 0;
         strcmp(s->ops->name, "balance") == 0 && i < v->vm->config.vcpus; i++)
        if (&v->vm->vcpus[i] != v && v->vm->vcpus[i].pcpu == p->id)
            return false;
    return true;
}

/* v waits, and may run on a pCPU that idles. */
static bool waits_for_nothing(const struct sched *s, const struct sched_vcpu *v,
                              bool at_home)
{
    if (v->state != SCHED_RUNNABLE || is_stopped(s, v))
        return false;
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (!p->current && !p->resched && may_join(s, v, p) &&
            (!at_home || v->pcpu == i))
            return true;
    }
    return false;
}

/* Returns how long pCPUs idled. */
static uint64_t check_policy(const struct row *row, uint64_t seed)
{
    unsigned in_a_row[6 * 4] = {0};
    uint64_t idle;
    struct sched_rig *r = mixture(row->policy, seed);

    for (int i = 0; i < 500; i++) {
        const struct sched *s = &r->host.dispatch.sched;

        rig_run(r, 1);
        for (unsigned n = 0; n < s->vcpu_count; n++) {
            bool waits = waits_for_nothing(s, &s->vcpus[n], row->at_home);

            in_a_row[n] = waits ? in_a_row[n] + 1 : 0;
            ck_assert_msg(in_a_row[n] <= row->most_ms,
                          "%s, seed %d, %d ms: vCPU %u of %s waits",
                          row->policy, (int)seed, i + 1, s->vcpus[n].id,
                          s->vcpus[n].vm->config.name);
        }
    }
    idle = rig_idle_cycles(r);
    rig_end(r);
    return idle;
}

START_TEST(test_conserving_every_policy)
{
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
        uint64_t idle = 0;

        for (uint64_t seed = 1; seed <= 20; seed++)
            idle += check_policy(&rows[n], seed);
        ck_assert_uint_ge(idle, 500000000); /* they could have been busy */
    }
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
        test_conserving_every_policy,
        test_conserving_gang_of_single_vcpus,
    };

    return rig_main("sched-conserving", tests, ARRAY_LEN(tests));
}
