/*
 * Claim   With nothing cached, a walk of g levels reads g entries, and of g
 *         levels on h reads g * (h + 1) + h: 24 for 4K on 4K, 15 for 2M on
 *         2M, 19 for the mixed cases, 35 for 5 levels on 5.
 * Manual  Intel SDM vol. 3, "EPT Translation Mechanism"; Bhargava et al.,
 *         "Accelerating Two-Dimensional Page Walks", ASPLOS 2008.
 */
#include "tests/mmu_fixture.h"

static const uint64_t va_base = (uint64_t)1 << 30;

/* References of one cold read with the walk caches off. */
static uint64_t cold_refs(struct fixture *f)
{
    struct xlate x = mmu_access(
        f->mmu,
        &(struct access){gva(va_base + 0x123), 1, ACCESS_READ, ACCESS_USER}, 0);

    ck_assert_int_eq(x.status, XLATE_OK);
    ck_assert_uint_eq(count_of(f, COUNTER_WALK_COUNT), 1);
    ck_assert_uint_eq(count_of(f, COUNTER_WALK_REFS),
                      count_of(f, COUNTER_WALK_GUEST_REFS) +
                          count_of(f, COUNTER_WALK_HOST_REFS));
    return count_of(f, COUNTER_WALK_REFS);
}

static struct mmu_config plain_config(void)
{
    struct mmu_config config = fixture_config();

    config.psc_enabled = false;
    config.cache_enabled = false;
    return config;
}

static uint64_t native_refs(unsigned level, const struct pt_geom *g)
{
    struct mmu_config config = plain_config();
    struct fixture f;
    uint64_t refs;

    fixture_make(&f, &config);
    f.regime.guest = g;
    mmu_set_regime(f.mmu, &f.regime);
    fixture_map(&f, va_base, PTE_P | PTE_U, level);
    refs = cold_refs(&f);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_CYCLES),
                      refs * config.dram_cycles +
                          /* A bits: one more access each */
                          refs * config.dram_cycles);
    fixture_free(&f);
    return refs;
}

static uint64_t nested_refs(unsigned guest_level, unsigned host_level)
{
    struct mmu_config config = plain_config();
    struct fixture f;
    uint64_t refs;

    fixture_make(&f, &config);
    fixture_nest(&f, (uint64_t)8 << 20, host_level);
    fixture_map_guest(&f, va_base, PTE_P | PTE_U, guest_level);
    refs = cold_refs(&f);
    fixture_free(&f);
    return refs;
}

START_TEST(test_walk_native_reads_4_3_2)
{
    ck_assert_uint_eq(native_refs(1, &pt_geom_x86_4level), 4);
    ck_assert_uint_eq(native_refs(2, &pt_geom_x86_4level), 3);
    ck_assert_uint_eq(native_refs(3, &pt_geom_x86_4level), 2);
}
END_TEST

START_TEST(test_walk_native_5level_reads_5)
{
    ck_assert_uint_eq(native_refs(1, &pt_geom_x86_5level), 5);
}
END_TEST

START_TEST(test_walk_nested_reads_24_15_19)
{
    ck_assert_uint_eq(nested_refs(1, 1), 24);
    ck_assert_uint_eq(nested_refs(2, 2), 15);
    ck_assert_uint_eq(nested_refs(1, 2), 19);
    ck_assert_uint_eq(nested_refs(2, 1), 19);
}
END_TEST

/* 1G pages: two levels each way. */
START_TEST(test_walk_nested_1g_reads_8)
{
    ck_assert_uint_eq(nested_refs(3, 3), 2 * 3 + 2);
}
END_TEST

START_TEST(test_walk_nested_5_on_5_reads_35)
{
    struct mmu_config config = plain_config();
    struct fixture f;

    fixture_make(&f, &config);
    f.regime.guest = &pt_geom_x86_5level;
    f.regime.stage2 = &pt_geom_ept_5level;
    f.regime.stage2_root = f.ept_root;
    f.regime.guest_root = gpa(0);
    for (uint64_t a = 0; a < (1 << 20); a += PAGE_BYTES)
        fixture_map_host(&f, a, EPT_RWX, 1);
    mmu_set_regime(f.mmu, &f.regime);
    fixture_map_guest(&f, va_base, PTE_P | PTE_U, 1);
    ck_assert_uint_eq(cold_refs(&f), 35);
    fixture_free(&f);
}
END_TEST

/* The TLB ends it: the next access to the page walks no more. */
START_TEST(test_walk_second_access_reads_none)
{
    struct mmu_config config = plain_config();
    struct fixture f;
    struct xlate x;

    fixture_make(&f, &config);
    fixture_map(&f, va_base, PTE_P | PTE_U, 1);
    cold_refs(&f);
    x = mmu_access(
        f.mmu, &(struct access){gva(va_base), 8, ACCESS_READ, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_OK);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_COUNT), 1);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_walk_native_reads_4_3_2,     test_walk_native_5level_reads_5,
        test_walk_nested_reads_24_15_19,  test_walk_nested_1g_reads_8,
        test_walk_nested_5_on_5_reads_35, test_walk_second_access_reads_none,
    };

    return run_cases("walk-references", tests, sizeof(tests) / sizeof(*tests));
}
