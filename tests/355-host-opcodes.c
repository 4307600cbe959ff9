/*
 * 355 - every byte sequence is the same instruction, or none, on the simulator
 * and on the host's CPU: each opcode of each map behind all kinds of prefixes
 * in 64-, 32- and 16-bit code, single-stepped, with the same length, fault,
 * registers and memory.
 *
 * Intel SDM vol. 2, "Opcode Map"; the host is the oracle.  What cannot be
 * compared is in tests/host/opcode_rules.def, with the reason.
 *
 * RINGSIDE_ROUNDS=N  times through the maps (default 1)
 * RINGSIDE_BYTES=N   random byte sequences per mode (default 5000)
 * RINGSIDE_SEED=N    other prefixes and operands
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cpu/cpu_internal.h"
#include "tests/host/native.h"
#include "tests/host/opcodes.h"
#include "tests/host/settings.h"
#include "tests/host/simulated.h"

enum { MOST_REPORTS = 20 };

struct scan {
    struct simulated *simulated;
    struct trial *trials;
    struct rng rng;
    enum trial_mode mode;
    unsigned filled;
    enum opcode_verdict verdict[TRIAL_BATCH];
    unsigned long run, faults, undefined, absent, left, different;
};

/* The same fault and the same length. */
static bool same_outcome(const struct trial *t)
{
    return t->native.vector == t->simulated.vector &&
           t->native.rip_offset == t->simulated.rip_offset;
}

static bool as_judged(const struct trial *t, enum opcode_verdict verdict)
{
    switch (verdict) {
    case OPCODE_LEAVE:
        return true;
    case OPCODE_ABSENT:
        if (t->simulated.vector == VECTOR_UD && t->simulated.rip_offset == 0)
            return true;
        break; /* longer than 15 bytes: #GP on both sides */
    case OPCODE_FAULTS:
        if (t->native.vector != VECTOR_DB && t->simulated.vector != VECTOR_DB &&
            t->native.rip_offset == 0 && t->simulated.rip_offset == 0)
            return true;
        break;
    case OPCODE_OUTCOME:
        if (same_outcome(t))
            return true;
        break;
    case OPCODE_COMPARE:
        break;
    }
    return trial_equal(t);
}

static unsigned count_wrong(const struct scan *s)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < s->filled; i++)
        wrong += !as_judged(&s->trials[i], s->verdict[i]);
    return wrong;
}

static void settle(struct scan *s, unsigned i)
{
    const struct trial *t = &s->trials[i];

    s->faults += t->native.vector != VECTOR_DB;
    s->undefined += t->native.vector == VECTOR_UD;
    s->absent +=
        s->verdict[i] == OPCODE_ABSENT && t->native.vector != VECTOR_UD;
    if (as_judged(t, s->verdict[i]))
        return;
    if (s->different++ < MOST_REPORTS)
        trial_same(t);
}

/* Differences are tried once more: see 350. */
static void run_batch(struct scan *s)
{
    ck_assert_msg(native_run(s->trials, s->filled), "the child was lost");
    simulated_run(s->simulated, s->trials, s->filled);
    if (count_wrong(s))
        ck_assert_msg(native_run(s->trials, s->filled), "the child was lost");
    for (unsigned i = 0; i < s->filled; i++)
        settle(s, i);
    s->run += s->filled;
    s->filled = 0;
}

static void fill_data(struct scan *s, struct trial *t)
{
    for (unsigned at = 0; at < TRIAL_DATA_BYTES; at += 8) {
        uint64_t v = rng_next(&s->rng);

        memcpy(t->data + at, &v, 8);
    }
    /* far pointers and segment registers that can be loaded */
    for (unsigned at = 0; at < TRIAL_DATA_BYTES; at += 32) {
        uint16_t selector = opcode_selector(&s->rng);

        memcpy(t->data + at + rng_below(&s->rng, 32 - 2), &selector, 2);
    }
}

/* Keeps the trial that was generated, if the host may run it. */
static void keep(struct scan *s)
{
    struct trial *t = &s->trials[s->filled];
    const char *reason;

    s->verdict[s->filled] = opcode_judge(t, &reason);
    if (s->verdict[s->filled] == OPCODE_LEAVE) {
        s->left++;
        return;
    }
    t->slot = (uint16_t)s->filled;
    if (s->filled == 0)
        fill_data(s, t);
    else
        memcpy(t->data, s->trials[s->filled - 1].data, TRIAL_DATA_BYTES);
    opcode_find_form(t);
    if (++s->filled == trial_batch(s->mode))
        run_batch(s);
}

static void scan_opcode(struct scan *s, enum opcode_map map, uint8_t opcode)
{
    unsigned variants = opcode_variants(map, opcode);

    for (unsigned v = 0; v < variants; v++) {
        struct opcode_place at = {map, opcode, (uint8_t)v};

        opcode_generate(&s->trials[s->filled], s->mode, &at, &s->rng);
        keep(s);
    }
}

static void scan_maps(struct scan *s)
{
    for (unsigned map = 0; map < MAP_COUNT; map++)
        for (unsigned opcode = 0; opcode < 256; opcode++)
            scan_opcode(s, (enum opcode_map)map, (uint8_t)opcode);
}

static bool scan_open(struct scan *s, enum trial_mode mode)
{
    memset(s, 0, sizeof(*s));
    s->mode = mode;
    s->trials = native_trials();
    if (!native_available() || !s->trials) {
        printf("SKIP host opcodes: the host is not x86-64 Linux\n");
        return false;
    }
    if (!native_has(mode)) {
        printf("SKIP host opcodes, %u bits: the host has no such code\n",
               trial_bits(mode));
        return false;
    }
    s->simulated = simulated_new();
    ck_assert_ptr_nonnull(s->simulated);
    rng_init(&s->rng, number_from("RINGSIDE_SEED", 1) * TRIAL_MODES + mode);
    return true;
}

static void scan_close(struct scan *s, const char *name)
{
    if (s->filled)
        run_batch(s);
    printf("%s, %u bits: %lu byte sequences, %lu faults (%lu #UD), %lu not "
           "modelled, %lu left out, %lu different\n",
           name, trial_bits(s->mode), s->run, s->faults, s->undefined,
           s->absent, s->left, s->different);
    fflush(stdout);
    simulated_free(s->simulated);
    ck_assert_uint_gt(s->run, 0);
    ck_assert_uint_gt(s->undefined, 0);
    ck_assert_uint_eq(s->different, 0);
}

START_TEST(test_cpu_opcode_maps_equal_host)
{
    unsigned long rounds = number_from("RINGSIDE_ROUNDS", 1);
    struct scan s;

    if (!scan_open(&s, (enum trial_mode)_i))
        return;
    for (unsigned long i = 0; i < rounds; i++)
        scan_maps(&s);
    scan_close(&s, "opcode maps");
}
END_TEST

START_TEST(test_cpu_random_bytes_equal_host)
{
    unsigned long bytes = number_from("RINGSIDE_BYTES", 5000);
    struct scan s;

    if (!scan_open(&s, (enum trial_mode)_i))
        return;
    for (unsigned long i = 0; i < bytes; i++) {
        opcode_generate_random(&s.trials[s.filled], s.mode, &s.rng);
        keep(&s);
    }
    scan_close(&s, "random bytes");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host-opcodes");
    TCase *tc = tcase_create("opcodes");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 0);
    tcase_add_loop_test(tc, test_cpu_opcode_maps_equal_host, 0, TRIAL_MODES);
    tcase_add_loop_test(tc, test_cpu_random_bytes_equal_host, 0, TRIAL_MODES);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
