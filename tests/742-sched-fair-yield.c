/*
 * Claim   A directed yield (KVM, PAUSE-loop exit) makes the vCPU that it names
 *         run next: on the same pCPU, or on the one where it waits; under CFS
 *         not if that one is further ahead than the wake-up granularity, under
 *         EEVDF not if it is not eligible, nor at all before Linux 6.14, where
 *         it is a yield like any other.  A plain yield lets the next in line go
 *         first.
 * Source  van Riel, "directed yield for Pause Loop Exiting", LWN 419755, 2010;
 *         Zijlstra, "sched/fair: Untangle NEXT_BUDDY and pick_next_task()",
 *         Linux 6.14.
 *
 * Here the dispatcher is driven by hand: nobody runs a guest.
 */
#include <check.h>
#include <stdlib.h>

#include "hypervisor-model/sched/dispatch.h"
#include "sim/core/macros.h"
#include "sim/machine/config.h"

enum { KHZ = 1000000, MS = 1000000 };

struct hand {
    struct config config;
    struct sched_vm_config vms[3];
    struct dispatch d;
    uint64_t now;
};

/* So many pCPUs; VM 0 has four vCPUs, VM 1 and VM 2 one. */
static struct hand *begin_with(const char *policy, unsigned pcpus,
                               const char *pick_buddy)
{
    struct hand *h = calloc(1, sizeof *h);
    struct sched_host_config host = {
        .topology = {.pcpus = pcpus, .threads_per_core = 1, .nodes = 1},
        .vm_count = 3};
    struct error e = {""};

    ck_assert_ptr_nonnull(h);
    config_defaults(&h->config);
    ck_assert(config_set(&h->config, "sched.policy", policy, &e) == STATUS_OK);
    ck_assert(config_set(&h->config, "sched.switch_cycles", "0", &e) ==
              STATUS_OK);
    ck_assert(config_set(&h->config, "eevdf.pick_buddy", pick_buddy, &e) ==
              STATUS_OK);
    for (unsigned i = 0; i < 3; i++)
        h->vms[i] = (struct sched_vm_config){.vcpus = i == 0 ? 4 : 1,
                                             .weight = 256,
                                             .affinity = pcpu_set_first(pcpus)};
    host.sched = &h->config.hv.sched;
    host.vms = h->vms;
    ck_assert(dispatch_init(&h->d, &host, KHZ, &e) == STATUS_OK);
    return h;
}

static struct hand *begin(const char *policy, unsigned pcpus)
{
    return begin_with(policy, pcpus, "off");
}

static void end(struct hand *h)
{
    struct error e = {""};

    ck_assert_msg(dispatch_check(&h->d, &e), "%s", e.text);
    dispatch_free(&h->d);
    config_free(&h->config);
    free(h);
}

static struct sched_vcpu *vcpu(struct hand *h, unsigned vm, unsigned id)
{
    return &h->d.sched.vms[vm].vcpus[id];
}

static void start(struct hand *h, struct sched_vcpu *v)
{
    dispatch_start(&h->d, v, h->now);
    dispatch_wake(&h->d, v, h->now);
}

static struct sched_vcpu *pick(struct hand *h, unsigned pcpu,
                               enum sched_why why)
{
    return dispatch_pick(&h->d, &h->d.sched.pcpus[pcpu], why, h->now).vcpu;
}

/* Whoever runs, runs for so long; then the pCPU picks. */
static struct sched_vcpu *after_ms(struct hand *h, unsigned ms,
                                   enum sched_why why)
{
    h->now += (uint64_t)ms * MS;
    return pick(h, 0, why);
}

/* All on one pCPU, each has run for 1 ms at least once. */
static struct sched_vcpu *warm_up(struct hand *h)
{
    struct sched_vcpu *v;

    for (unsigned i = 0; i < 4; i++)
        start(h, vcpu(h, 0, i));
    start(h, vcpu(h, 1, 0));
    v = pick(h, 0, SCHED_PREEMPTED);
    for (unsigned i = 0; i < 40; i++)
        v = after_ms(h, 1, SCHED_PREEMPTED);
    while (v->vm->id != 0)
        v = after_ms(h, 1, SCHED_PREEMPTED);
    return v;
}

/* from spins: each of its siblings is helped in turn. */
static void check_turns(const char *policy)
{
    struct hand *h = begin(policy, 1);
    struct sched_pcpu *p = &h->d.sched.pcpus[0];
    struct sched_vcpu *v = warm_up(h);

    for (unsigned i = 0; i < 3; i++) {
        struct sched_vm *vm = v->vm;
        unsigned to = (vm->spin_boosted + 1) % 4;

        if (&vm->vcpus[to] == v)
            to = (to + 1) % 4;
        h->now += 1000;
        ck_assert(dispatch_spins(&h->d, p, h->now));
        v = pick(h, 0, SCHED_YIELDED);
        ck_assert_ptr_eq(v, &vm->vcpus[to]);
    }
    end(h);
}

START_TEST(test_cfs_directed_yield_goes_to_its_target)
{
    check_turns("cfs");
    check_turns("balance");
}
END_TEST

/* By a hypercall it is named, whoever's turn it is. */
START_TEST(test_cfs_yield_goes_to_whom_it_names)
{
    struct hand *h = begin("cfs", 1);
    struct sched_vcpu *v = warm_up(h);

    for (unsigned i = 0; i < 8; i++) {
        unsigned to = (v->id + (i % 2 ? 3 : 1)) % 4;

        h->now += 1000;
        ck_assert(dispatch_yields_to(&h->d, &h->d.sched.pcpus[0], to, h->now));
        v = pick(h, 0, SCHED_YIELDED);
        ck_assert_ptr_eq(v, vcpu(h, 0, to));
    }
    end(h);
}
END_TEST

/* One that runs, halts or has not started has no use for it. */
START_TEST(test_cfs_yields_to_nobody_that_does_not_wait)
{
    struct hand *h = begin("cfs", 2);
    struct sched_pcpu *p = &h->d.sched.pcpus[0];
    const struct sched_vcpu *v;

    h->d.sched.vms[0].config.affinity = 1;
    start(h, vcpu(h, 0, 0));
    start(h, vcpu(h, 0, 1));
    v = pick(h, 0, SCHED_PREEMPTED);
    h->now += 1000;
    ck_assert(!dispatch_yields_to(&h->d, p, v->id, h->now));
    ck_assert(!dispatch_yields_to(&h->d, p, 2, h->now));
    dispatch_start(&h->d, vcpu(h, 0, 3), h->now);
    ck_assert(!dispatch_yields_to(&h->d, p, 3, h->now));
    ck_assert(dispatch_yields_to(&h->d, p, 1 - v->id, h->now));
    end(h);
}
END_TEST

START_TEST(test_xen_schedulers_have_no_directed_yield)
{
    struct hand *h = begin("credit", 1);

    start(h, vcpu(h, 0, 0));
    start(h, vcpu(h, 0, 1));
    pick(h, 0, SCHED_PREEMPTED);
    ck_assert(!dispatch_yields_to(&h->d, &h->d.sched.pcpus[0], 1, h->now));
    ck_assert(!dispatch_yields_to(&h->d, &h->d.sched.pcpus[0], 0, h->now));
    end(h);
}
END_TEST

/* Of 40 that spin for others: how many were followed by whom they named. */
static unsigned eevdf_helped(const char *pick_buddy)
{
    struct hand *h = begin_with("eevdf", 1, pick_buddy);
    struct sched_vcpu *v = warm_up(h);
    unsigned helped = 0;

    for (unsigned i = 0; i < 40; i++) {
        unsigned to;

        h->now += 100000;
        /* Whoever ran before it, not the one whose turn would be next. */
        v->vm->spin_boosted = (v->id + 2) % 4;
        if (dispatch_spins(&h->d, &h->d.sched.pcpus[0], h->now)) {
            to = v->vm->spin_boosted;
            helped += pick(h, 0, SCHED_YIELDED) == vcpu(h, 0, to) ? 1 : 0;
        }
        v = h->d.sched.pcpus[0].current;
        while (v->vm->id != 0)
            v = after_ms(h, 1, SCHED_PREEMPTED);
    }
    end(h);
    return helped;
}

/* One that has had more than the mean is not eligible: it may have to wait.
   In Linux 6.6 the others go before it as they would have. */
START_TEST(test_eevdf_directed_yield_goes_to_an_eligible_target)
{
    ck_assert_uint_ge(eevdf_helped("on"), 20);
    ck_assert_uint_le(eevdf_helped("off"), 4);
}
END_TEST

/* The target waits on another pCPU, behind two VMs of which one runs and the
   other has waited longer. */
START_TEST(test_cfs_directed_yield_across_pcpus)
{
    struct hand *h = begin("cfs", 2);
    struct sched_vcpu *to = vcpu(h, 0, 1), *v;

    h->d.sched.vms[1].config.affinity = h->d.sched.vms[2].config.affinity = 2;
    start(h, vcpu(h, 0, 0));
    start(h, to);
    start(h, vcpu(h, 1, 0));
    start(h, vcpu(h, 2, 0));
    ck_assert_ptr_eq(pick(h, 0, SCHED_PREEMPTED), vcpu(h, 0, 0));
    v = pick(h, 1, SCHED_PREEMPTED);
    for (unsigned i = 0; i < 400 || v != to; i++) {
        h->now += MS / 2;
        v = pick(h, 1, SCHED_PREEMPTED);
    }
    h->now += MS / 2;
    ck_assert_ptr_ne(pick(h, 1, SCHED_PREEMPTED), to);
    h->now += MS / 10;
    ck_assert(dispatch_spins(&h->d, &h->d.sched.pcpus[0], h->now));
    ck_assert(h->d.sched.pcpus[1].resched);
    ck_assert_ptr_eq(pick(h, 1, SCHED_PREEMPTED), to);
    end(h);
}
END_TEST

/* 40 ms ahead: it had all the time while the others slept. */
START_TEST(test_cfs_directed_yield_keeps_fairness)
{
    struct hand *h = begin("cfs", 1);
    struct sched_vcpu *greedy = vcpu(h, 0, 0), *other = vcpu(h, 0, 1);

    start(h, greedy);
    start(h, other);
    pick(h, 0, SCHED_PREEMPTED);
    while (h->d.sched.pcpus[0].current != other)
        after_ms(h, 1, SCHED_PREEMPTED);
    h->now += 1000;
    dispatch_block(&h->d, &h->d.sched.pcpus[0], h->now);
    pick(h, 0, SCHED_PREEMPTED);
    h->now += 40 * MS;
    dispatch_wake(&h->d, other, h->now);
    ck_assert(h->d.sched.pcpus[0].resched);
    ck_assert_ptr_eq(pick(h, 0, SCHED_PREEMPTED), other);
    h->now += 1000;
    dispatch_spins(&h->d, &h->d.sched.pcpus[0], h->now);
    ck_assert_ptr_eq(pick(h, 0, SCHED_YIELDED), other);
    end(h);
}
END_TEST

START_TEST(test_cfs_yield_lets_the_next_go_first)
{
    struct hand *h = begin("cfs", 1);
    struct sched_vcpu *v = warm_up(h), *next = v;

    h->now += 1000;
    next = pick(h, 0, SCHED_YIELDED);
    ck_assert_ptr_ne(next, v);
    end(h);
}
END_TEST

/* Nobody to yield to: it spins on, and does not lose its pCPU. */
START_TEST(test_fair_spinning_alone_goes_on)
{
    struct hand *h = begin("cfs", 1);

    start(h, vcpu(h, 0, 0));
    start(h, vcpu(h, 1, 0));
    pick(h, 0, SCHED_PREEMPTED);
    while (h->d.sched.pcpus[0].current->vm->id != 0)
        after_ms(h, 1, SCHED_PREEMPTED);
    ck_assert(!dispatch_spins(&h->d, &h->d.sched.pcpus[0], h->now));
    end(h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sched-fair-yield");
    TCase *cases = tcase_create("sched-fair-yield");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_cfs_directed_yield_goes_to_its_target);
    tcase_add_test(cases, test_cfs_yield_goes_to_whom_it_names);
    tcase_add_test(cases, test_cfs_yields_to_nobody_that_does_not_wait);
    tcase_add_test(cases, test_xen_schedulers_have_no_directed_yield);
    tcase_add_test(cases, test_eevdf_directed_yield_goes_to_an_eligible_target);
    tcase_add_test(cases, test_cfs_directed_yield_across_pcpus);
    tcase_add_test(cases, test_cfs_directed_yield_keeps_fairness);
    tcase_add_test(cases, test_cfs_yield_lets_the_next_go_first);
    tcase_add_test(cases, test_fair_spinning_alone_goes_on);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
