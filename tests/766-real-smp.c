/*
 * Claim   SMP guests keep their promises with more vCPUs than pCPUs (starting
 *         CPUs, locks, atomics, memory order, interrupts, NMIs, TLB shootdown,
 *         code written by others), though a vCPU that others wait for may not
 *         be running.  A PAUSE loop that exits gives the pCPU away.
 * Source  Intel SDM vol. 3, "Multiple-Processor Management", "Pause-Loop
 *         Exiting"; tests/guest/smp is the guest.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

static const char *smp_words(char *line, size_t bytes, const char *technique,
                             unsigned vcpus, const char *words)
{
    const char *build = getenv("BUILD");

    snprintf(line, bytes,
             "--boot %s/guest/smp --technique %s --vcpus %u --memory 64M "
             "--timing fast %s",
             build ? build : "build", technique, vcpus, words);
    return line;
}

/* A three-way and a two-way guest on two pCPUs. */
static struct real_rig *two_guests(const char *technique, unsigned slice_us,
                                   const char *words)
{
    struct real_rig *r;
    char line[256];

    snprintf(line, sizeof line, "--timing fast --set rr.slice_us=%u", slice_us);
    r = real_begin("rr", 2, line);
    real_add(r, smp_words(line, sizeof line, technique, 3, words));
    real_add(r, smp_words(line, sizeof line, technique, 2, words));
    real_run(r, 2000);
    return r;
}

START_TEST(test_more_vcpus_than_pcpus_keep_their_promises)
{
    static const char *const techniques[] = {"nested", "shadow"};
    struct real_rig *r = two_guests(techniques[_i], 20, "");
    char line[256];

    for (unsigned i = 0; i < 2; i++) {
        struct run_record alone = real_alone(
            smp_words(line, sizeof line, techniques[_i], i == 0 ? 3 : 2, ""));
        struct run_record together = real_record(r, i);

        real_ended_as(&together, &alone);
    }
    real_end(r);
}
END_TEST

/* Spinners that hold on to the pCPU until their slice ends, and that do not. */
START_TEST(test_pause_loop_exits_give_the_pcpu_away)
{
    struct real_rig *with = two_guests("nested", 200, "");
    struct real_rig *without =
        two_guests("nested", 200, "--set exit.on.pause_loop=off");
    struct run_record a = real_record(with, 0), b = real_record(without, 0);

    ck_assert_uint_gt(a.counters.value[counter_of_exit(VMEXIT_PAUSE)], 0);
    ck_assert_uint_eq(b.counters.value[counter_of_exit(VMEXIT_PAUSE)], 0);
    ck_assert_uint_lt(with->rows[0].ended_cycle * 10,
                      without->rows[0].ended_cycle);
    real_end(with);
    real_end(without);
}
END_TEST

/* KVM polls for a wake-up before it gives the pCPU away: guests that ping each
   other halt for a moment, and the clocks stay together. */
START_TEST(test_the_host_polls_for_those_who_halt)
{
    struct real_rig *r = real_begin("cfs", 2, "--timing fast --check");
    char line[256];
    struct run_record alone, polled;

    real_add(r, smp_words(line, sizeof line, "nested", 2, ""));
    real_run(r, 2000);
    alone = real_alone(line);
    polled = real_record(r, 0);
    real_ended_as(&polled, &alone);
    ck_assert_uint_gt(
        r->host.pcpus[0].poll_cycles + r->host.pcpus[1].poll_cycles, 0);
    real_end(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-smp");
    TCase *cases = tcase_create("real-smp");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_more_vcpus_than_pcpus_keep_their_promises,
                        0, 2);
    tcase_add_test(cases, test_the_host_polls_for_those_who_halt);
    tcase_add_test(cases, test_pause_loop_exits_give_the_pcpu_away);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
