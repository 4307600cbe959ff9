/*
 * 350 - every instruction form does on the simulator what it does on the
 * host's CPU: the same registers, defined flags, vector and x87 state, memory,
 * and the same fault with the same error code and address.
 *
 * Intel SDM vol. 2 (each instruction); the host is the oracle.  Forms are in
 * tests/host/forms.def.  Skipped on hosts that are not x86-64 Linux.
 *
 * RINGSIDE_TRIALS=N  trials per form and width (default 100)
 * RINGSIDE_SEQUENCES=N  sequences of 3 to 8 instructions (default 20000)
 * RINGSIDE_SEED=N    other trials
 * RINGSIDE_VERBOSE=1 coverage of each form
 * RINGSIDE_FORM=name this mnemonic alone
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/cpu/decode.h"
#include "tests/host/forms.h"
#include "tests/host/host_features.h"
#include "tests/host/native.h"
#include "tests/host/settings.h"
#include "tests/host/simulated.h"

enum { MOST_REPORTS = 3 };

/* What was tried of one form. */
struct tally {
    unsigned long run, faults, different;
};

/* What a run needs. */
struct bench {
    struct simulated *simulated;
    struct trial *trials;
    struct rng rng;
    unsigned long wanted; /* trials per form and width */
};

static void fill_random(uint8_t *to, unsigned bytes, struct rng *rng)
{
    for (unsigned at = 0; at < bytes; at += 8) {
        uint64_t v = rng_next(rng);

        memcpy(to + at, &v, 8);
    }
}

static unsigned count_different(const struct bench *b, unsigned count)
{
    unsigned different = 0;

    for (unsigned i = 0; i < count; i++)
        different += !trial_equal(&b->trials[i]);
    return different;
}

/*
 * Runs count generated trials on both sides.  If they differ the host runs
 * them once more: an interrupt between the load of the state and XSAVE changes
 * what its CPU believes to be in use.
 */
static void run_batch(struct bench *b, unsigned count, struct tally *tally)
{
    ck_assert_msg(native_run(b->trials, count), "the child process was lost");
    simulated_run(b->simulated, b->trials, count);
    if (count_different(b, count))
        ck_assert_msg(native_run(b->trials, count), "the child was lost");
    for (unsigned i = 0; i < count; i++) {
        tally->run += b->trials[i].parts_count;
        tally->faults += b->trials[i].native.vector != TRIAL_NO_FAULT;
        if (tally->different < MOST_REPORTS)
            tally->different += !trial_same(&b->trials[i]);
    }
}

/* New data now and then: filling a page costs more than a trial. */
static void fill_data(struct bench *b, unsigned slot, unsigned long number)
{
    uint8_t *data = b->trials[slot].data;

    b->trials[slot].slot = (uint16_t)slot;
    if (slot == 0 || number % 16 == 0)
        fill_random(data, TRIAL_DATA_BYTES, &b->rng);
    else
        memcpy(data, b->trials[slot - 1].data, TRIAL_DATA_BYTES);
}

/* Trials of one form in all its widths; what cannot be encoded is left out. */
static struct tally try_form(struct bench *b, unsigned form,
                             enum trial_mode mode)
{
    struct tally tally = {0, 0, 0};
    unsigned count = 0;

    rng_init(&b->rng, number_from("RINGSIDE_SEED", 1) * 1000003 + form);
    for (unsigned width = 1; width <= 8; width *= 2) {
        unsigned long made = 0, tries = 0;

        if (!(forms[form].widths & width))
            continue;
        while (made < b->wanted && tries++ < b->wanted * 4) {
            fill_data(b, count, made);
            if (!trial_generate(&b->trials[count], form, (uint8_t)width, mode,
                                &b->rng))
                continue;
            made++;
            if (++count == trial_batch(mode)) {
                run_batch(b, count, &tally);
                count = 0;
            }
        }
    }
    if (count)
        run_batch(b, count, &tally);
    return tally;
}

static void add_tally(struct tally *sum, struct tally t)
{
    sum->run += t.run;
    sum->faults += t.faults;
    sum->different += t.different;
}

static bool bench_open(struct bench *b, enum trial_mode mode, const char *name)
{
    *b = (struct bench){.wanted = number_from("RINGSIDE_TRIALS", 100),
                        .trials = native_trials()};
    if (!native_available() || !b->trials) {
        printf("SKIP %s: the host is not x86-64 Linux\n", name);
        return false;
    }
    if (!native_has(mode)) {
        printf("SKIP %s, %u bits: the host has no such code\n", name,
               trial_bits(mode));
        return false;
    }
    b->simulated = simulated_new();
    ck_assert_ptr_nonnull(b->simulated);
    return true;
}

/* RINGSIDE_FORM names the one to try. */
static bool is_wanted(const struct form *f)
{
    const char *name = getenv("RINGSIDE_FORM");

    return !name || strcmp(name, ZydisMnemonicGetString(f->mnemonic)) == 0;
}

static void try_mode(enum form_group group, enum trial_mode mode,
                     const char *name)
{
    bool verbose = number_from("RINGSIDE_VERBOSE", 0) != 0;
    struct tally sum = {0, 0, 0};
    unsigned count = 0, absent = 0;
    struct bench b;

    if (!bench_open(&b, mode, name))
        return;
    for (unsigned form = 0; form < form_count; form++) {
        struct tally t;

        if (forms[form].group != group || !is_wanted(&forms[form]))
            continue;
        if (!host_has_form(&forms[form])) {
            absent++;
            continue;
        }
        t = try_form(&b, form, mode);
        if (verbose || t.different)
            printf("%-12s %lu trials, %lu faults, %lu different\n",
                   ZydisMnemonicGetString(forms[form].mnemonic), t.run,
                   t.faults, t.different);
        add_tally(&sum, t);
        count += t.run > 0;
    }
    printf("%s, %u bits: %u forms (%u not on this host), %lu instructions, "
           "%lu faults, %lu different\n",
           name, trial_bits(mode), count, absent, sum.run, sum.faults,
           sum.different);
    fflush(stdout);
    simulated_free(b.simulated);
    ck_assert(sum.run > 0 || getenv("RINGSIDE_FORM"));
    ck_assert_uint_eq(sum.different, 0);
}

static void try_group(enum form_group group, const char *name)
{
    for (unsigned mode = 0; mode < TRIAL_MODES; mode++)
        try_mode(group, (enum trial_mode)mode, name);
}

static void try_sequences(enum trial_mode mode)
{
    struct tally sum = {0, 0, 0};
    unsigned long wanted;
    struct bench b;

    if (!bench_open(&b, mode, "sequences"))
        return;
    wanted = number_from("RINGSIDE_SEQUENCES", 20000);
    rng_init(&b.rng, number_from("RINGSIDE_SEED", 1) * 7919 + mode);
    for (unsigned long done = 0; done < wanted && sum.different < MOST_REPORTS;
         done += trial_batch(mode)) {
        for (unsigned i = 0; i < trial_batch(mode); i++) {
            fill_data(&b, i, done + i);
            trial_generate_sequence(&b.trials[i], mode, &b.rng);
        }
        run_batch(&b, trial_batch(mode), &sum);
    }
    printf("sequences, %u bits: %lu instructions, %lu faults, %lu different\n",
           trial_bits(mode), sum.run, sum.faults, sum.different);
    fflush(stdout);
    simulated_free(b.simulated);
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

START_TEST(test_cpu_mmx_forms_equal_host)
{
    try_group(GROUP_MMX, "mmx");
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

START_TEST(test_cpu_sequences_equal_host)
{
    for (unsigned mode = 0; mode < TRIAL_MODES; mode++)
        try_sequences((enum trial_mode)mode);
}
END_TEST

/* Rows that no program of the host's can run, or whose results are its own. */
static const ZydisMnemonic not_compared[] = {
#define INSN(mnemonic, function, timing, flags) ZYDIS_MNEMONIC_##mnemonic,
#define INSN_BIND(mnemonic, binder, kind, timing, flags)                       \
    ZYDIS_MNEMONIC_##mnemonic,
#define INSN_IF(feature, mnemonic, function, timing, flags)                    \
    ZYDIS_MNEMONIC_##mnemonic,
#define INSN_IF_BIND(feature, mnemonic, binder, kind, timing, flags)           \
    ZYDIS_MNEMONIC_##mnemonic,
#include "sim/cpu/insn_system.def"
#undef INSN
#undef INSN_BIND
#undef INSN_IF
#undef INSN_IF_BIND
    /* approximations (351), ports, randomness, the kernel's settings */
    ZYDIS_MNEMONIC_RCPPS, ZYDIS_MNEMONIC_RCPSS, ZYDIS_MNEMONIC_RSQRTPS,
    ZYDIS_MNEMONIC_RSQRTSS, ZYDIS_MNEMONIC_INSB, ZYDIS_MNEMONIC_INSW,
    ZYDIS_MNEMONIC_INSD, ZYDIS_MNEMONIC_OUTSB, ZYDIS_MNEMONIC_OUTSW,
    ZYDIS_MNEMONIC_OUTSD, ZYDIS_MNEMONIC_RDRAND, ZYDIS_MNEMONIC_RDSEED,
    ZYDIS_MNEMONIC_RDPID, ZYDIS_MNEMONIC_XGETBV, ZYDIS_MNEMONIC_XSETBV,
    ZYDIS_MNEMONIC_XSAVES, ZYDIS_MNEMONIC_XSAVES64, ZYDIS_MNEMONIC_XRSTORS,
    ZYDIS_MNEMONIC_XRSTORS64, ZYDIS_MNEMONIC_POPF, ZYDIS_MNEMONIC_POPFD,
    ZYDIS_MNEMONIC_POPFQ,
    /* rounded correctly here, not always by CPUs (352) */
    ZYDIS_MNEMONIC_FSIN, ZYDIS_MNEMONIC_FCOS, ZYDIS_MNEMONIC_FSINCOS,
    ZYDIS_MNEMONIC_FPTAN, ZYDIS_MNEMONIC_FPATAN, ZYDIS_MNEMONIC_F2XM1,
    ZYDIS_MNEMONIC_FYL2X, ZYDIS_MNEMONIC_FYL2XP1};

static bool is_compared(ZydisMnemonic mnemonic)
{
    for (size_t i = 0; i < ARRAY_LEN(not_compared); i++)
        if (not_compared[i] == mnemonic)
            return false;
    return true;
}

static bool has_form(ZydisMnemonic mnemonic, bool mmx)
{
    for (unsigned i = 0; i < form_count; i++)
        if (forms[i].mnemonic == mnemonic &&
            (forms[i].group == GROUP_MMX || !mmx))
            return true;
    return false;
}

static unsigned names_missing(ZydisMnemonic mnemonic, const char *name)
{
    unsigned missing = 0;

    if (insn_find(mnemonic) && !has_form(mnemonic, false))
        missing += (unsigned)(printf("no form of %s\n", name) > 0);
    if (insn_find_mmx(mnemonic) && !has_form(mnemonic, true))
        missing += (unsigned)(printf("no MMX form of %s\n", name) > 0);
    return missing;
}

START_TEST(test_cpu_user_row_has_form)
{
    unsigned rows = 0, missing = 0;

    for (unsigned m = 1; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++) {
        ZydisMnemonic mnemonic = (ZydisMnemonic)m;
        const char *name = ZydisMnemonicGetString(mnemonic);

        if (!is_compared(mnemonic))
            continue;
        missing += names_missing(mnemonic, name);
        rows += insn_find(mnemonic) || insn_find_mmx(mnemonic);
    }
    printf("%u mnemonics to compare, %u without a form\n", rows, missing);
    fflush(stdout);
    ck_assert_uint_eq(missing, 0);
}
END_TEST

/* A row whose operands no mode can encode would compare nothing. */
static bool is_encodable(struct trial *t, unsigned form, struct rng *rng)
{
    for (unsigned tries = 0; tries < 400; tries++) {
        uint8_t width = (uint8_t)(1u << tries % 4);
        enum trial_mode mode = (enum trial_mode)(tries / 4 % TRIAL_MODES);

        if ((forms[form].widths & width) &&
            trial_generate(t, form, width, mode, rng))
            return true;
    }
    return false;
}

START_TEST(test_cpu_every_form_is_encodable)
{
    static struct trial t;
    unsigned encoded = 0;
    struct rng rng;

    rng_init(&rng, 1);
    for (unsigned form = 0; form < form_count; form++) {
        bool good = is_encodable(&t, form, &rng);

        if (!good)
            printf("row %u: %s cannot be encoded\n", form,
                   ZydisMnemonicGetString(forms[form].mnemonic));
        encoded += good;
    }
    printf("%u of %u forms are encoded\n", encoded, form_count);
    fflush(stdout);
    ck_assert_uint_eq(encoded, form_count);
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
    tcase_add_test(tc, test_cpu_mmx_forms_equal_host);
    tcase_add_test(tc, test_cpu_float_forms_equal_host);
    tcase_add_test(tc, test_cpu_x87_forms_equal_host);
    tcase_add_test(tc, test_cpu_sequences_equal_host);
    tcase_add_test(tc, test_cpu_user_row_has_form);
    tcase_add_test(tc, test_cpu_every_form_is_encodable);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
