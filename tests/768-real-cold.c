/*
 * Claim   Guests that alternate on a pCPU find its caches and TLBs colder than
 *         alone: more misses for the same instructions, each level by what the
 *         others put there.  With VPIDs the TLBs keep what fits for all;
 *         without, every exit empties them.
 * Source  Intel SDM vol. 3, "Virtual-Processor Identifiers (VPIDs)"; Mogul,
 *         Borg: The Effect of Context Switches on Cache Performance, ASPLOS
 *         1991 (the cost of a switch is in the misses behind it).
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

/* What the first of some alike did, of its program alone. */
static struct run_record one_of(unsigned vms, const char *words,
                                const char *program)
{
    struct real_rig *r = real_begin("rr", 1, words);
    struct run_record record;
    char line[128];

    snprintf(line, sizeof line, "--technique nested --memory 16M %s", program);
    for (unsigned i = 0; i < vms; i++)
        real_add(r, line);
    real_run(r, 1000);
    record = real_record(r, 0);
    ck_assert_int_eq(record.end, RUN_EXITED);
    real_end(r);
    return record;
}

/* Misses in a million instructions. */
static double misses(const struct run_record *r, enum counter miss)
{
    return (double)record_count(r, miss) * 1e6 /
           (double)record_count(r, COUNTER_INSTRUCTIONS);
}

/* 24K fit the L1 of 32K once. */
START_TEST(test_the_l1_is_cold_after_each_slice)
{
    static const char program[] = "chase:footprint=24K,n=100000";
    struct run_record alone = one_of(1, "--set rr.slice_us=20", program);
    struct run_record shared = one_of(2, "--set rr.slice_us=20", program);

    ck_assert_double_ge(misses(&shared, COUNTER_L1D_MISS),
                        1.1 * misses(&alone, COUNTER_L1D_MISS));
}
END_TEST

/* 640K fit the L2 of 1M once, and both the L3: no miss there is new. */
START_TEST(test_the_l2_is_cold_after_each_slice)
{
    static const char program[] = "chase:footprint=640K,n=60000";
    struct run_record alone = one_of(1, "--set rr.slice_us=200", program);
    struct run_record shared = one_of(2, "--set rr.slice_us=200", program);

    ck_assert_double_ge(misses(&shared, COUNTER_L2_MISS),
                        1.1 * misses(&alone, COUNTER_L2_MISS));
    ck_assert_double_le(misses(&shared, COUNTER_L3_MISS),
                        1.01 * misses(&alone, COUNTER_L3_MISS));
}
END_TEST

/* 32 pages fit the L1 TLB of 64 once and the L2 TLB for all. */
START_TEST(test_vpids_keep_what_fits)
{
    static const char program[] = "chase:footprint=128K,n=100000";
    struct run_record alone = one_of(1, "--set rr.slice_us=20", program);
    struct run_record tagged = one_of(4, "--set rr.slice_us=20", program);
    struct run_record bare =
        one_of(4, "--set rr.slice_us=20 --set cpu.has_vpid=off", program);

    ck_assert_double_ge(misses(&tagged, COUNTER_DTLB_L1_MISS),
                        2 * misses(&alone, COUNTER_DTLB_L1_MISS));
    ck_assert_double_le(misses(&tagged, COUNTER_DTLB_L2_MISS),
                        1.2 * misses(&alone, COUNTER_DTLB_L2_MISS));
    ck_assert_double_ge(misses(&bare, COUNTER_DTLB_L2_MISS),
                        5 * misses(&tagged, COUNTER_DTLB_L2_MISS));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_the_l1_is_cold_after_each_slice,
        test_the_l2_is_cold_after_each_slice,
        test_vpids_keep_what_fits,
    };

    return real_main("real-cold", tests, ARRAY_LEN(tests));
}
