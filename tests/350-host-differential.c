/*
 * 350 - every instruction form does on the simulator what it does on the
 * host's CPU: the same registers, defined flags, vector and x87 state, memory,
 * and the same fault with the same error code and address.
 *
 * Intel SDM vol. 2 (each instruction); the host is the oracle.  Forms are in
 * tests/host/forms.def.  Skipped on hosts that are not x86-64 Linux.
 *
 * RINGSIDE_TRIALS=N  trials per form and width (default 200)
 * RINGSIDE_SEED=N    another sequence
 * RINGSIDE_VERBOSE=1 coverage of each form
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/forms.h"
#include "tests/host/native.h"
#include "tests/host/simulated.h"

enum { MOST_REPORTS = 3 };

/* What was tried of one form. */
struct tally {
    unsigned run, faults, different;
};

static unsigned long number_from(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 0) : otherwise;
}

static void fill_random(uint8_t *to, unsigned bytes, struct rng *rng)
{
    for (unsigned at = 0; at < bytes; at += 8) {
        uint64_t v = rng_next(rng);

        memcpy(to + at, &v, 8);
    }
}

/* Runs count generated trials on both sides. */
static void run_batch(struct simulated *s, struct trial *trials, unsigned count,
                      struct tally *tally)
{
    ck_assert_msg(native_run(trials, count), "the child process was lost");
    simulated_run(s, trials, count);
    for (unsigned i = 0; i < count; i++) {
        tally->run++;
        tally->faults += trials[i].native.vector != TRIAL_NO_FAULT;
        if (tally->different < MOST_REPORTS)
            tally->different += !trial_same(&trials[i]);
    }
}

/* Trials of one form in all its widths. */
static struct tally try_form(struct simulated *s, struct trial *trials,
                             unsigned form, unsigned long wanted)
{
    struct tally tally = {0, 0, 0};
    struct rng rng;
    unsigned count = 0;

    rng_init(&rng, number_from("RINGSIDE_SEED", 1) * 1000003 + form);
    for (unsigned width = 1; width <= 8; width *= 2) {
        unsigned long made = 0, tries = 0;

        if (!(forms[form].widths & width))
            continue;
        while (made < wanted && tries++ < wanted * 4) {
            if (count == 0 || made % 16 == 0)
                fill_random(trials[count].data, TRIAL_DATA_BYTES, &rng);
            else
                memcpy(trials[count].data, trials[count - 1].data,
                       TRIAL_DATA_BYTES);
            if (!trial_generate(&trials[count], form, (uint8_t)width, count,
                                &rng))
                continue;
            made++;
            if (++count == TRIAL_BATCH) {
                run_batch(s, trials, count, &tally);
                count = 0;
            }
        }
        ck_assert_msg(made > 0, "no encoding of %s, width %u",
                      ZydisMnemonicGetString(forms[form].mnemonic), width);
    }
    if (count)
        run_batch(s, trials, count, &tally);
    return tally;
}

static void try_group(enum form_group group, const char *name)
{
    unsigned long wanted = number_from("RINGSIDE_TRIALS", 200);
    bool verbose = number_from("RINGSIDE_VERBOSE", 0) != 0;
    struct tally sum = {0, 0, 0};
    struct simulated *s;
    struct trial *trials = native_trials();
    unsigned count = 0;

    if (!native_available() || !trials) {
        printf("SKIP %s: the host is not x86-64 Linux\n", name);
        return;
    }
    s = simulated_new();
    ck_assert_ptr_nonnull(s);
    for (unsigned form = 0; form < form_count; form++) {
        struct tally t;

        if (forms[form].group != group)
            continue;
        t = try_form(s, trials, form, wanted);
        if (verbose || t.different)
            printf("%-12s %u trials, %u faults, %u different\n",
                   ZydisMnemonicGetString(forms[form].mnemonic), t.run,
                   t.faults, t.different);
        sum.run += t.run;
        sum.faults += t.faults;
        sum.different += t.different;
        count++;
    }
    printf("%s: %u forms, %u instructions, %u faults, %u different\n", name,
           count, sum.run, sum.faults, sum.different);
    fflush(stdout);
    simulated_free(s);
    ck_assert_uint_gt(sum.run, 0);
    ck_assert_uint_eq(sum.different, 0);
}

START_TEST(test_cpu_integer_forms_equal_host)
{
    try_group(GROUP_INTEGER, "integer");
}
END_TEST

START_TEST(test_cpu_string_forms_equal_host)
{
    try_group(GROUP_STRING, "string");
}
END_TEST

START_TEST(test_cpu_vector_forms_equal_host)
{
    try_group(GROUP_VECTOR, "vector");
}
END_TEST

START_TEST(test_cpu_float_forms_equal_host)
{
    try_group(GROUP_FLOAT, "float");
}
END_TEST

START_TEST(test_cpu_x87_forms_equal_host)
{
    try_group(GROUP_X87, "x87");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host-differential");
    TCase *tc = tcase_create("forms");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 0);
    tcase_add_test(tc, test_cpu_integer_forms_equal_host);
    tcase_add_test(tc, test_cpu_string_forms_equal_host);
    tcase_add_test(tc, test_cpu_vector_forms_equal_host);
    tcase_add_test(tc, test_cpu_float_forms_equal_host);
    tcase_add_test(tc, test_cpu_x87_forms_equal_host);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
