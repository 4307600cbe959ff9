/*
 * Claim   Relaxed co-scheduling: no vCPU gets further ahead of a sibling that
 *         waits than the limit, and one decision interval; who idles holds
 *         nobody back; the others' shares stay.
 * Source  VMware, "The CPU Scheduler in VMware ESX 4" (2009), "Relaxed
 *         Co-Scheduling".  esx_check asserts the skew after every event.
 */
#include "hypervisor-model/sched/sched_esx.h"
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static uint64_t running(struct sched_rig *r, unsigned vm, unsigned vcpu)
{
    return dispatch_state_cycles(&rig_sched_vm(r, vm)->vcpus[vcpu],
                                 SCHED_RUNNING, r->host.now_cycle);
}

/* The greatest lead of one of two siblings in 10 s, looked at each ms: one has
   a pCPU for itself, the other shares its with somebody else. */
static uint64_t greatest_lead_ns(const char *skew_us)
{
    struct sched_rig *r = rig_begin("esx", 2);
    uint64_t greatest = 0;

    rig_set(r, "esx.skew_us", skew_us);
    rig_vm(r, 2, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    r->vm_configs[1].affinity = 1;
    for (int ms = 0; ms < 10000; ms++) {
        uint64_t a, b, lead;

        rig_run(r, 1);
        a = running(r, 0, 0);
        b = running(r, 0, 1);
        lead = a > b ? a - b : b - a;
        greatest = lead > greatest ? lead : greatest;
    }
    rig_end(r);
    return greatest;
}

START_TEST(test_esx_skew_stays_below_its_limit)
{
    ck_assert_uint_le(greatest_lead_ns("3000"), 4000000);
    ck_assert_uint_ge(greatest_lead_ns("1000000"), 20000000);
}
END_TEST

/* Three vCPUs on two pCPUs: one always waits, for a lead of 3 ms and not for
   slices of 50; each runs 9 ms at a stretch, and a third of them at a time
   begins. */
START_TEST(test_esx_siblings_on_too_few_pcpus_take_short_turns)
{
    struct sched_rig *r = rig_begin("esx", 2);

    rig_vm(r, 3, 256, "compute 1ms");
    rig_run(r, 3000);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_double_eq_tol((double)running(r, 0, i), 2e9, 4e6);
    ck_assert_uint_ge(rig_switches(r), 2 * 3000 / 9);
    rig_end(r);
}
END_TEST

/* An idle sibling makes no progress and is no reason to stop. */
START_TEST(test_esx_idle_sibling_holds_nobody_back)
{
    struct sched_rig *r = rig_begin("esx", 2);
    struct phase_program *programs = calloc(2, sizeof *programs);
    struct error e = {""};

    ck_assert(phase_program_parse(&programs[0], "compute 1ms", RIG_KHZ, &e) ==
              STATUS_OK);
    ck_assert(phase_program_parse(&programs[1], "compute 10us; block 1s",
                                  RIG_KHZ, &e) == STATUS_OK);
    rig_vm(r, 2, 256, "compute 1ms");
    r->phase_configs[0].programs = programs;
    r->phase_configs[0].program_count = 2;
    rig_run(r, 5000);
    ck_assert_uint_ge(running(r, 0, 0), 4999000000);
    rig_end(r);
    phase_program_free(&programs[0]);
    phase_program_free(&programs[1]);
    free(programs);
}
END_TEST

/* Twice as many vCPUs as pCPUs, waking and blocking: the rule holds, all get
   their shares, and pCPUs idle only beside the co-stopped. */
START_TEST(test_esx_skew_under_overcommitment)
{
    struct sched_rig *r = rig_begin("esx", 4);

    for (int i = 0; i < 2; i++)
        rig_vm(r, 4, 256, "compute 1ms");
    rig_vm(r, 2, 256, "compute exp 5ms; block exp 5ms");
    rig_vm(r, 1, 256, "compute exp 1ms; block exp 5ms");
    rig_run(r, 10000);
    ck_assert_double_eq_tol(rig_use(r, 0), rig_use(r, 1), 0.02);
    ck_assert_double_ge(rig_use(r, 2), 0.6);
    ck_assert_double_le((double)rig_idle_cycles(r) / 4e10, 0.05);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_esx_skew_stays_below_its_limit,
        test_esx_siblings_on_too_few_pcpus_take_short_turns,
        test_esx_idle_sibling_holds_nobody_back,
        test_esx_skew_under_overcommitment,
    };

    return rig_main("sched-esx-skew", tests, ARRAY_LEN(tests));
}
