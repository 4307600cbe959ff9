/*
 * Claim   A vCPU that moves from pCPU to pCPU computes what it computes on one:
 *         its registers, its identity and what is left of its last instruction
 *         go with it, and a pCPU to which it comes back has forgotten what it
 *         had translated for it.  SMP guests keep their promises (locks, memory
 *         order, interrupts, NMIs, TLB shootdown, code written by others) with
 *         more vCPUs than pCPUs.
 * Source  Intel SDM vol. 3, "Guidelines for Use of the INVVPID Instruction",
 *         "Guidelines for Use of the INVEPT Instruction" (a logical processor
 *         to which a vCPU migrates); Linux 6.1, vmx_vcpu_load_vmcs().
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

static void bring_up(struct host_pcpu *hp, uint64_t cycle)
{
    hp->idle_cycles += cycle - hp->now_cycle;
    hp->now_cycle = cycle;
}

/* One vCPU, by turns on each of two pCPUs, for so many cycles each. */
static struct run_record bounce(const char *words, uint64_t turn_cycles)
{
    struct real_rig *r = real_begin("rr", 2, "--check");
    struct vcpu_body *b;
    struct body_result result = {.stop = BODY_GOES_ON};
    struct run_record record;

    real_add(r, words);
    real_build(r);
    b = r->rows[0].bodies[0];
    for (unsigned n = 0; result.stop != BODY_ENDS; n ^= 1) {
        struct host_pcpu *hp = &r->host.pcpus[n];

        if (result.stop == BODY_BLOCKS)
            result.at_cycle = guest_body_ops.wake_cycle(b);
        bring_up(hp, result.at_cycle);
        guest_body_ops.enter(b, &hp->place, UINT64_MAX);
        result = guest_body_ops.run(b, &hp->place, hp->now_cycle,
                                    hp->now_cycle + turn_cycles);
        hp->now_cycle = result.at_cycle;
        guest_body_ops.leave(b, result.at_cycle);
    }
    real_host_record(r->real, 0, &record);
    real_end(r);
    return record;
}

START_TEST(test_a_vcpu_that_migrates_ends_as_on_one_pcpu)
{
    static const char *const techniques[] = {"nested", "shadow", "pv"};
    static const char *const programs[] = {
        "mmapchurn:n=20,footprint=64K", "forkwait:n=2,footprint=16K",
        "ctxswitch:n=30", "kvstore:keys=512,n=1000"};

    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        char line[128];
        struct run_record alone, moved;

        snprintf(line, sizeof line, "--technique %s --memory 16M %s",
                 techniques[_i], programs[i]);
        alone = real_alone(line);
        moved = bounce(line, 3001);
        real_ended_as(&moved, &alone);
        moved = bounce(line, 40009);
        real_ended_as(&moved, &alone);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-migrates");
    TCase *cases = tcase_create("real-migrates");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_a_vcpu_that_migrates_ends_as_on_one_pcpu, 0,
                        3);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
