/*
 * sched_rig.h - a host with modelled VMs, for the tests 72x to 79x.
 *
 * Order   rig_begin, rig_vm for each VM, rig_run (again and again), questions,
 *         rig_end.  Every event is checked (host_check).
 */
#ifndef TESTS_SCHED_RIG_H
#define TESTS_SCHED_RIG_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/phase/phase_vm.h"
#include "sim/machine/config.h"
#include "sim/machine/params.h"
#include "sim/machine/scenario/host_loop.h"

enum { RIG_MAX_VMS = 256, RIG_KHZ = 1000000 }; /* a cycle is a nanosecond */

struct sched_rig {
    struct config config;
    struct host_config host_config;
    struct host host;
    struct sched_vm_config vm_configs[RIG_MAX_VMS];
    struct phase_vm_config phase_configs[RIG_MAX_VMS];
    struct phase_program programs[RIG_MAX_VMS];
    struct phase_vm *guests[RIG_MAX_VMS];
    struct host_vm vms[RIG_MAX_VMS];
    struct vcpu_body *bodies[RIG_MAX_VMS][64];
    unsigned vm_count;
    bool running;
    uint64_t now_us;
};

/* Sets a parameter: rig_set(r, "credit.ratelimit_us", "0"). */
static inline void rig_set(struct sched_rig *r, const char *name,
                           const char *value)
{
    struct error e = {""};

    ck_assert_msg(config_set(&r->config, name, value, &e) == STATUS_OK, "%s",
                  e.text);
}

/*
 * A host of so many pCPUs, one thread a core, one node, under a policy.
 * Nothing costs anything: no switch, no cold caches; a test says otherwise.
 */
static inline struct sched_rig *rig_begin(const char *policy, unsigned pcpus)
{
    struct sched_rig *r = calloc(1, sizeof *r);

    ck_assert_ptr_nonnull(r);
    config_defaults(&r->config);
    rig_set(r, "sched.policy", policy);
    rig_set(r, "sched.switch_cycles", "0");
    r->host_config =
        (struct host_config){.sched = {.sched = &r->config.hv.sched,
                                       .topology = {.pcpus = pcpus,
                                                    .threads_per_core = 1,
                                                    .nodes = 1}},
                             .khz = RIG_KHZ,
                             .smt_permille = 1000,
                             .check = true};
    return r;
}

/* One VM; every vCPU follows the program.  Returns its number. */
static inline unsigned rig_vm(struct sched_rig *r, unsigned vcpus,
                              uint32_t weight, const char *program)
{
    unsigned n = r->vm_count++;
    struct sched_vm_config *c = &r->vm_configs[n];
    struct phase_vm_config *g = &r->phase_configs[n];
    struct error e = {""};

    ck_assert_uint_lt(n, RIG_MAX_VMS);
    snprintf(c->name, sizeof c->name, "vm%u", n);
    c->vcpus = vcpus;
    c->weight = weight;
    c->affinity = pcpu_set_first(r->host_config.sched.topology.pcpus);
    ck_assert_msg(phase_program_parse(&r->programs[n], program, RIG_KHZ, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    g->programs = &r->programs[n];
    g->program_count = 1;
    g->vcpus = vcpus;
    g->seed = n + 1;
    r->vms[n].stop_cycle = UINT64_MAX;
    return n;
}

/* Requests from outside for vCPU 0 of a VM. */
static inline void rig_requests(struct sched_rig *r, unsigned vm,
                                const char *arrival, const char *service)
{
    struct error e = {""};

    ck_assert(phase_amount_parse(&r->phase_configs[vm].arrival, arrival,
                                 RIG_KHZ, &e) == STATUS_OK);
    ck_assert(phase_amount_parse(&r->phase_configs[vm].service, service,
                                 RIG_KHZ, &e) == STATUS_OK);
}

static inline void rig_begin_guest(struct host_vm *vm, uint64_t cycle)
{
    phase_vm_start(vm->guest, cycle);
}

static inline void rig_build(struct sched_rig *r)
{
    struct error e = {""};

    for (unsigned n = 0; n < r->vm_count; n++) {
        struct host_vm *vm = &r->vms[n];

        r->guests[n] = phase_vm_new(&r->phase_configs[n], &e);
        ck_assert_ptr_nonnull(r->guests[n]);
        for (unsigned i = 0; i < r->phase_configs[n].vcpus; i++)
            r->bodies[n][i] = phase_vm_body(r->guests[n], i);
        vm->ops = &phase_body_ops;
        vm->bodies = r->bodies[n];
        vm->begin = rig_begin_guest;
        vm->guest = r->guests[n];
    }
    r->host_config.sched.vms = r->vm_configs;
    r->host_config.sched.vm_count = r->vm_count;
    ck_assert_msg(host_init(&r->host, &r->host_config, r->vms, &e) == STATUS_OK,
                  "%s", e.text);
    r->running = true;
}

/* Runs on for so much simulated time. */
static inline void rig_run(struct sched_rig *r, uint64_t ms)
{
    struct error e = {""};

    if (!r->running)
        rig_build(r);
    r->now_us += ms * 1000;
    ck_assert_msg(host_run(&r->host, r->now_us * (RIG_KHZ / 1000), &e), "%s",
                  e.text);
}

static inline void rig_end(struct sched_rig *r)
{
    host_free(&r->host);
    for (unsigned n = 0; n < r->vm_count; n++) {
        phase_vm_free(r->guests[n]);
        phase_program_free(&r->programs[n]);
    }
    config_free(&r->config);
    free(r);
}

static inline struct sched_vm *rig_sched_vm(struct sched_rig *r, unsigned vm)
{
    return &r->host.dispatch.sched.vms[vm];
}

/* How long a VM's vCPUs have been in a state, in cycles. */
static inline uint64_t rig_state(struct sched_rig *r, unsigned vm,
                                 enum sched_state state)
{
    const struct sched_vm *v = rig_sched_vm(r, vm);
    uint64_t sum = 0;

    for (unsigned i = 0; i < v->config.vcpus; i++)
        sum += dispatch_state_cycles(&v->vcpus[i], state, r->host.now_cycle);
    return sum;
}

/* Of all that VMs ran, how much this one did: 0 .. 1. */
static inline double rig_share(struct sched_rig *r, unsigned vm)
{
    uint64_t all = 0;

    for (unsigned n = 0; n < r->vm_count; n++)
        all += rig_state(r, n, SCHED_RUNNING);
    return (double)rig_state(r, vm, SCHED_RUNNING) / (double)all;
}

/* Of one pCPU's time, how much this VM ran. */
static inline double rig_use(struct sched_rig *r, unsigned vm)
{
    return (double)rig_state(r, vm, SCHED_RUNNING) / (double)r->host.now_cycle;
}

static inline uint64_t rig_switches(struct sched_rig *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->host.dispatch.sched.pcpu_count; i++)
        sum += r->host.dispatch.sched.pcpus[i].switches;
    return sum;
}

static inline uint64_t rig_idle_cycles(struct sched_rig *r)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < r->host.dispatch.sched.pcpu_count; i++)
        sum += r->host.pcpus[i].idle_cycles;
    return sum;
}

static inline const struct phase_counts *rig_counts(const struct sched_rig *r,
                                                    unsigned vm)
{
    return phase_vm_counts(r->guests[vm]);
}

/* Runs cases, as every test program's main. */
static inline int rig_main(const char *name, const TTest *const *tests,
                           size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
