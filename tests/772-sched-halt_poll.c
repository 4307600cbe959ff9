/*
 * Claim   Under KVM's policies a pCPU looks for a halted vCPU's wake-up before
 *         it is given away, for as long as short sleeps make worth while; never
 *         while another vCPU waits for a pCPU.
 * Source  Linux, Documentation/virt/kvm/halt-polling.rst.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static struct sched_rig *short_sleeper(const char *policy, const char *most_us)
{
    struct sched_rig *r = rig_begin(policy, 1);

    rig_set(r, "kvm.halt_poll_us", most_us);
    rig_vm(r, 1, 256, "compute 20us; block 15us; done");
    rig_run(r, 100);
    return r;
}

START_TEST(test_halt_poll_short_sleeps_keep_the_pcpu)
{
    struct sched_rig *r = short_sleeper("cfs", "200");

    /* Sleeps of 15 us: in vain for 10 us once, then 20 us are enough. */
    ck_assert_uint_eq(rig_switches(r), 3);
    ck_assert_uint_ge(rig_counts(r, 0)->done, 2856); /* 100 ms of 35 us */
    ck_assert_uint_le(rig_idle_cycles(r), 30000);
    ck_assert_uint_ge(r->host.pcpus[0].poll_cycles, 2850u * 15000);
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_off_each_sleep_is_a_switch)
{
    struct sched_rig *r = short_sleeper("cfs", "0");

    ck_assert_uint_ge(rig_switches(r), 2856);
    ck_assert_uint_eq(r->host.pcpus[0].poll_cycles, 0);
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_xen_does_not)
{
    struct sched_rig *r = short_sleeper("rr", "200");

    ck_assert_uint_ge(rig_switches(r), 2856);
    ck_assert_uint_eq(r->host.pcpus[0].poll_cycles, 0);
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_long_sleeps_end_it)
{
    struct sched_rig *r = rig_begin("cfs", 1);

    rig_vm(r, 1, 256, "compute 20us; block 300us; done");
    rig_run(r, 100);
    ck_assert_uint_eq(r->host.pcpus[0].poll_cycles, 0);
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_window_is_at_most_what_is_allowed)
{
    struct sched_rig *r = rig_begin("cfs", 1);

    /* 150 us: 10, 20, 40, 80 in vain, 160 enough. */
    rig_vm(r, 1, 256, "compute 20us; block 150us; done");
    rig_run(r, 100);
    ck_assert_uint_eq(rig_switches(r), 6);
    rig_end(r);
    r = rig_begin("cfs", 1);
    rig_set(r, "kvm.halt_poll_us", "100");
    rig_vm(r, 1, 256, "compute 20us; block 90us; block 120us; done");
    rig_run(r, 100);
    ck_assert_uint_ge(rig_switches(r), 100); /* what one grows the other ends */
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_not_beside_a_waiting_vcpu)
{
    struct sched_rig *r = rig_begin("cfs", 1);

    rig_vm(r, 1, 256, "compute 20us; block 15us; done");
    rig_vm(r, 1, 256, "compute 1ms; done");
    rig_run(r, 100);
    ck_assert_uint_le(r->host.pcpus[0].poll_cycles, 40000);
    ck_assert_double_ge(rig_use(r, 0) + rig_use(r, 1), 0.9999);
    ck_assert_double_ge(rig_use(r, 1), 0.42); /* the other's sleeps are its */
    rig_end(r);
}
END_TEST

START_TEST(test_halt_poll_a_kick_ends_it)
{
    struct sched_rig *r = rig_begin("cfs", 1);

    /* The second VM starts while the first one's pCPU polls. */
    rig_vm(r, 1, 256, "compute 10us; block 150us; done");
    rig_vm(r, 1, 256, "compute 1ms; done");
    r->vms[1].start_cycle = 50000000;
    rig_run(r, 100);
    ck_assert_double_ge(rig_use(r, 1), 0.43);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_halt_poll_short_sleeps_keep_the_pcpu,
        test_halt_poll_off_each_sleep_is_a_switch,
        test_halt_poll_xen_does_not,
        test_halt_poll_long_sleeps_end_it,
        test_halt_poll_window_is_at_most_what_is_allowed,
        test_halt_poll_not_beside_a_waiting_vcpu,
        test_halt_poll_a_kick_ends_it,
    };

    return rig_main("sched-halt_poll", tests, ARRAY_LEN(tests));
}
