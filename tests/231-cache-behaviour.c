/*
 * Claim   The data caches hold what their geometry says, serve each line at
 *         the latency of the level that has it, make later accesses wait for
 *         a line on its way, and allow as many misses at a time as there are
 *         miss buffers.
 * Manual  Intel SDM vol. 3, "Memory Cache Control"; Intel Optimization
 *         Reference Manual, "Cache and Memory Subsystem".
 */
#include <string.h>

#include "mmu/hierarchy.h"
#include "tests/mmu_fixture.h"

struct bench {
    struct hierarchy h;
    struct counters counters;
    struct cache *l3;
};

static void make(struct bench *b, const struct mmu_config *config)
{
    struct error e;

    *b = (struct bench){0};
    if (config->l3.bytes)
        b->l3 = cache_new(&config->l3, 64, 1, "l3", &e);
    ck_assert_int_eq(hierarchy_init(&b->h, config, b->l3, &b->counters, &e),
                     STATUS_OK);
}

static void done(struct bench *b)
{
    hierarchy_free(&b->h);
    cache_free(b->l3);
}

static uint64_t cycles_of(struct bench *b, uint64_t address, uint64_t now)
{
    return hierarchy_access(&b->h, hpa(address), false, now).ready_cycle - now;
}

/* L1 32K 8 ways, L2 256K 4 ways, L3 2M 16 ways. */
static struct mmu_config three_levels(void)
{
    struct mmu_config config = fixture_config();

    config.l3 =
        (struct cache_config){.bytes = 2 << 20, .ways = 16, .hit_cycles = 44};
    return config;
}

/* Latency of every line of a footprint on the second pass: a plateau. */
static void expect_plateau(uint64_t footprint, uint64_t expected)
{
    struct mmu_config config = three_levels();
    struct bench b;
    uint64_t now = 0;

    make(&b, &config);
    for (int pass = 0; pass < 2; pass++)
        for (uint64_t a = 0; a < footprint; a += 64) {
            uint64_t cycles = cycles_of(&b, a, now);

            if (pass == 1)
                ck_assert_uint_eq(cycles, expected);
            now += cycles;
        }
    done(&b);
}

START_TEST(test_cache_footprint_gives_plateau_latency)
{
    expect_plateau(32 << 10, 4);
    expect_plateau(256 << 10, 14);
    expect_plateau(2 << 20, 44);
    expect_plateau(8 << 20, 200);
}
END_TEST

START_TEST(test_cache_conflicting_lines_evict_each_other)
{
    struct mmu_config config = three_levels();
    struct bench b;
    uint64_t now = 0;

    make(&b, &config);
    /* Nine lines of one L1 set: LRU then misses each time. */
    for (int pass = 0; pass < 3; pass++)
        for (uint64_t i = 0; i < 9; i++)
            now += cycles_of(&b, i * 4096, now);
    ck_assert_uint_eq(b.counters.value[COUNTER_L1D_ACCESS], 27);
    ck_assert_uint_eq(b.counters.value[COUNTER_L1D_MISS], 27);
    done(&b);
}
END_TEST

START_TEST(test_cache_line_on_its_way_is_waited_for)
{
    struct mmu_config config = three_levels();
    struct bench b;
    struct line_access a;

    make(&b, &config);
    ck_assert_uint_eq(cycles_of(&b, 0, 1000), 200);
    a = hierarchy_access(&b.h, hpa(8), false, 1010);
    ck_assert_uint_eq(a.ready_cycle, 1200);
    ck_assert_int_eq(a.level, CACHE_DRAM);
    ck_assert_uint_eq(b.counters.value[COUNTER_L1D_MISS], 1);
    a = hierarchy_access(&b.h, hpa(16), false, 1198);
    ck_assert_uint_eq(a.ready_cycle, 1202);
    ck_assert_int_eq(a.level, CACHE_L1);
    done(&b);
}
END_TEST

START_TEST(test_cache_misses_overlap_up_to_buffers)
{
    struct mmu_config config = three_levels();
    struct bench b;

    config.miss_buffers = 3;
    make(&b, &config);
    for (uint64_t i = 0; i < 3; i++)
        ck_assert_uint_eq(cycles_of(&b, i * 64, 100), 200);
    ck_assert_uint_eq(cycles_of(&b, 3 * 64, 100), 400);
    ck_assert_uint_eq(cycles_of(&b, 6 * 64, 300), 200);
    done(&b);
}
END_TEST

START_TEST(test_cache_off_costs_memory_each_time)
{
    struct mmu_config config = three_levels();
    struct bench b;

    config.cache_enabled = false;
    make(&b, &config);
    for (int i = 0; i < 20; i++)
        ck_assert_uint_eq(cycles_of(&b, 0, 0), 200);
    ck_assert_uint_eq(hierarchy_touch(&b.h, hpa(0)), 200);
    done(&b);
}
END_TEST

START_TEST(test_cache_absent_levels_are_skipped)
{
    struct mmu_config config = three_levels();
    struct bench b;

    config.l1d.bytes = config.l2.bytes = 0;
    make(&b, &config);
    ck_assert_uint_eq(cycles_of(&b, 0, 0), 200);
    ck_assert_uint_eq(cycles_of(&b, 0, 1000), 44);
    done(&b);
}
END_TEST

START_TEST(test_cache_touch_knows_no_time)
{
    struct mmu_config config = three_levels();
    struct bench b;

    make(&b, &config);
    ck_assert_uint_eq(hierarchy_touch(&b.h, hpa(0)), 200);
    ck_assert_uint_eq(hierarchy_touch(&b.h, hpa(8)), 4);
    ck_assert_uint_eq(cycles_of(&b, 0, 0), 4);
    done(&b);
}
END_TEST

/* 11 ways and sets that are no power of two, as Skylake-SP's L3. */
START_TEST(test_cache_odd_geometry_holds_its_bytes)
{
    struct cache_config config = {
        .bytes = (uint64_t)64 * 11 * 3 * 512, .ways = 11, .hit_cycles = 44};
    struct error e;
    struct cache *c = cache_new(&config, 64, 1, "l3", &e);
    uint64_t lines = config.bytes / 64;

    ck_assert_ptr_nonnull(c);
    for (uint64_t line = 0; line < lines; line++) {
        ck_assert(!cache_lookup(c, line, 0).hit);
        cache_fill(c, line);
    }
    for (uint64_t line = 0; line < lines; line++)
        ck_assert(cache_lookup(c, line, 0).hit);
    cache_free(c);
}
END_TEST

static void expect_refused(uint64_t bytes, uint32_t ways, uint32_t line_bytes)
{
    struct cache_config config = {.bytes = bytes, .ways = ways};
    struct error e;

    ck_assert_ptr_null(cache_new(&config, line_bytes, 1, "l1d", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "l1d"));
}

START_TEST(test_cache_illegal_geometry_is_refused)
{
    expect_refused(32768, 0, 64);
    expect_refused(32768, 65, 64);
    expect_refused(32769, 8, 64);
    expect_refused(32768, 8, 48);
    expect_refused(0, 8, 64);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_cache_footprint_gives_plateau_latency,
        test_cache_conflicting_lines_evict_each_other,
        test_cache_line_on_its_way_is_waited_for,
        test_cache_misses_overlap_up_to_buffers,
        test_cache_off_costs_memory_each_time,
        test_cache_absent_levels_are_skipped,
        test_cache_touch_knows_no_time,
        test_cache_odd_geometry_holds_its_bytes,
        test_cache_illegal_geometry_is_refused,
    };

    return run_cases("cache-behaviour", tests, sizeof(tests) / sizeof(*tests));
}
