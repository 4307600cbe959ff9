/*
 * Claim   A guest that knows KVM sees the time that it waited for a pCPU,
 *         halts in place of spinning for a lock whose holder is not running,
 *         and leaves TLB flushes to vCPUs that are off.  On a host with twice
 *         as many vCPUs as pCPUs a ticket lock is worst with plain spinning,
 *         better with pause-loop exits, best when waiters halt.
 * Source  Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst;
 *         Friebel, Biemueller: How to Deal with Lock Holder Preemption, Xen
 *         Summit 2008 (waiters of ticket locks); tests/guest/smp/kvm.c is the
 *         guest.
 */
#include <unistd.h>

#include "sim/core/macros.h"
#include "tests/real_rig.h"

/* What it printed; 0: not yet. */
struct said {
    unsigned long features, lock_cycles, locked, halts, kicks;
    unsigned long page_cycles, stale, notes, steal_us;
    double host_steal_us; /* its ledger's */
};

static void note(struct said *said, const char *name, unsigned long value)
{
    const struct {
        const char *name;
        unsigned long *field;
    } rows[] = {
        {"features", &said->features}, {"lock_cycles", &said->lock_cycles},
        {"locked", &said->locked},     {"halts", &said->halts},
        {"kicks", &said->kicks},       {"page_cycles", &said->page_cycles},
        {"stale", &said->stale},       {"notes", &said->notes},
        {"steal_us", &said->steal_us}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(name, rows[i].name) == 0)
            *rows[i].field = value;
}

static void read_lines(FILE *f, struct said *said)
{
    char name[32];
    unsigned long value;

    rewind(f);
    while (fscanf(f, "%31s %lu", name, &value) == 2)
        note(said, name, value);
}

struct setup {
    const char *policy, *technique;
    unsigned vms, ms;
    const char *settings;
};

/* The first of guests of three vCPUs on two pCPUs. */
static struct said overcommitted(const struct setup *setup)
{
    const char *build = getenv("BUILD");
    char line[384], words[256];
    struct said said = {0};
    struct run_record record;
    FILE *out = tmpfile();
    struct real_rig *r;

    snprintf(words, sizeof words, "--timing fast --set rr.slice_us=50 %s",
             setup->settings);
    r = real_begin(setup->policy, 2, words);
    snprintf(line, sizeof line,
             "--boot %s/guest/kvm --technique %s --vcpus 3 --memory 64M %s",
             build ? build : "build", setup->technique, setup->settings);
    for (unsigned i = 0; i < setup->vms; i++)
        real_add(r, line);
    r->configs[0].out_fd = fileno(out);
    real_run(r, setup->ms);
    record = real_record(r, 0);
    read_lines(out, &said);
    fclose(out);
    said.host_steal_us = (double)record.ledger.cycles[LEDGER_STEAL] * 1000 /
                         (double)r->host_config.khz;
    ck_assert_uint_eq(said.stale, 0);
    real_end(r);
    return said;
}

/* Two guests under round robin, to their end. */
static struct said two(const char *technique, const char *settings)
{
    const struct setup setup = {"rr", technique, 2, 1000, settings};
    struct said said = overcommitted(&setup);

    ck_assert_uint_eq(said.locked, 450);
    ck_assert_uint_gt(said.page_cycles, 0);
    return said;
}

static const char *const techniques[] = {"nested", "shadow"};

START_TEST(test_nothing_is_offered_unasked)
{
    const struct setup setup = {"rr", techniques[_i], 1, 1000, ""};
    struct said said = overcommitted(&setup);

    ck_assert_uint_eq(said.features, 0);
    ck_assert_uint_eq(said.steal_us + said.halts + said.kicks + said.notes, 0);
}
END_TEST

/* It says so before its end: what it waits for after that is not in it. */
START_TEST(test_steal_in_the_guest_is_the_hosts)
{
    struct said said = two("nested", "--set kvm.steal_time=on");

    ck_assert_uint_eq(said.features, 1 << 5);
    ck_assert_uint_gt(said.steal_us, 2000);
    ck_assert_double_le((double)said.steal_us, said.host_steal_us);
    ck_assert_double_ge((double)said.steal_us, 0.95 * said.host_steal_us);
}
END_TEST

/* The note needs no pCPU, the interrupt waits for one. */
START_TEST(test_flushes_are_left_to_those_who_are_off)
{
    struct said sent = two(techniques[_i], "--set kvm.steal_time=on");
    struct said left = two(techniques[_i], "--set kvm.steal_time=on "
                                           "--set kvm.pv_tlb_flush=on");

    ck_assert_uint_gt(left.notes, 0);
    ck_assert_uint_lt(left.page_cycles * 3, sent.page_cycles * 2);
}
END_TEST

/* Credit, with its slices of 30 ms: those who hold the lock, or are next, lose
   their pCPU for so long: without a cure, 40 ms are not enough. */
START_TEST(test_exits_and_halts_cure_a_ticket_lock)
{
    const struct setup plain = {"credit", "nested", 2, 40,
                                "--set exit.on.pause_loop=off"},
                       exits = {"credit", "nested", 2, 40, ""},
                       halts = {"credit", "nested", 2, 40,
                                "--set exit.on.pause_loop=off "
                                "--set kvm.pv_unhalt=on"};
    struct said spun = overcommitted(&plain);
    struct said left = overcommitted(&exits);
    struct said slept = overcommitted(&halts);

    ck_assert_uint_eq(spun.lock_cycles, 0);
    ck_assert_uint_gt(left.lock_cycles, 0);
    ck_assert_uint_gt(slept.lock_cycles, 0);
}
END_TEST

/* Who halts for a lock of strict order is kicked by who had it before. */
START_TEST(test_who_halts_is_kicked)
{
    struct said plain = two("nested", "--set exit.on.pause_loop=off");
    struct said halts = two("nested", "--set exit.on.pause_loop=off "
                                      "--set kvm.pv_unhalt=on");

    ck_assert_uint_gt(halts.halts, 0);
    ck_assert_uint_gt(halts.kicks, 0);
    ck_assert_uint_lt(halts.lock_cycles * 3, plain.lock_cycles * 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-kvm_pv");
    TCase *cases = tcase_create("real-kvm_pv");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_nothing_is_offered_unasked, 0, 2);
    tcase_add_test(cases, test_steal_in_the_guest_is_the_hosts);
    tcase_add_loop_test(cases, test_flushes_are_left_to_those_who_are_off, 0,
                        2);
    tcase_add_test(cases, test_exits_and_halts_cure_a_ticket_lock);
    tcase_add_test(cases, test_who_halts_is_kicked);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
