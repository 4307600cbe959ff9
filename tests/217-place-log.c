/*
 * 217-place-log.c - an MMU with a log of its TLBs and caches does what one
 * without does; whoever follows the log knows what each place holds; the order
 * of replacement that screens show is the one that comes.
 */
#include <string.h>

#include "mmu/mmu_check.h"
#include "mmu/mmu_peek.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { PAGES = 600, ACCESSES = 6000, MOST_PLACES = 8192 };

static const uint64_t va_base = (uint64_t)1 << 30;
static const uint64_t data_base = (uint64_t)32 << 20;

static void build(struct fixture *f, bool nested)
{
    const struct mmu_config config = fixture_config();

    fixture_make(f, &config);
    if (nested)
        fixture_nest(f, (uint64_t)64 << 20, 1);
    else
        mmu_set_regime(f->mmu, &f->regime);
    for (uint64_t i = 0; i < PAGES; i++) {
        uint64_t va = va_base + i * 3 * PAGE_BYTES;
        uint64_t leaf = (data_base + i * PAGE_BYTES) | PTE_P | PTE_U | PTE_W;

        if (nested)
            fixture_map_guest(f, va, leaf, 1);
        else
            fixture_map(f, va, leaf, 1);
    }
}

static uint64_t random_va(struct rng *r)
{
    return va_base + rng_below(r, 3 * PAGES) * PAGE_BYTES +
           rng_below(r, 64) * 64;
}

/* An access, a flush of a page, and seldom of everything. */
static void do_something(struct fixture *f, const struct rng *from,
                         uint64_t *cycle)
{
    struct rng r = *from;
    const struct access a = {gva(random_va(&r)), 8,
                             rng_below(&r, 3) ? ACCESS_READ : ACCESS_WRITE,
                             ACCESS_USER};
    uint32_t what = rng_below(&r, 500);

    if (what == 0)
        mmu_invvpid_all(f->mmu);
    else if (what < 20)
        mmu_invlpg(f->mmu, a.va);
    else
        *cycle = mmu_access(f->mmu, &a, *cycle).ready_cycle + 1;
}

/* What the log says that each place holds. */
struct follower {
    uint64_t held[MOST_PLACES]; /* address plus one; 0: nothing */
    uint64_t seen;              /* events */
    uint64_t fills, evictions, drops;
};

static void follow(struct follower *w, const struct place_log *log)
{
    while (w->seen < log->total) {
        unsigned back = (unsigned)(log->total - 1 - w->seen);
        const struct place_event *e = place_log_back(log, back);

        ck_assert_ptr_nonnull(e);
        w->seen++;
        if (e->kind == PLACE_MISS)
            continue;
        if (e->kind == PLACE_FLUSH) {
            /* More than there is room for: all of it went. */
            if (!e->page && e->dropped > PLACE_LOG_DROPS)
                memset(w->held, 0, sizeof w->held);
            continue;
        }
        ck_assert_uint_lt(e->place, MOST_PLACES);
        if (e->kind == PLACE_HIT)
            ck_assert_uint_eq(w->held[e->place], e->address + 1);
        if (e->kind == PLACE_FILL)
            w->fills++;
        if (e->kind == PLACE_EVICT) {
            ck_assert_uint_eq(w->held[e->place], e->replaced + 1);
            w->evictions++;
        }
        w->drops += e->kind == PLACE_DROP;
        w->held[e->place] = e->kind == PLACE_DROP ? 0 : e->address + 1;
    }
}

static void check_tlb(const struct follower *w, const struct tlb *t)
{
    for (uint32_t i = 0; i < tlb_places(t); i++) {
        const struct tlb_entry *entry = tlb_at(t, i);

        ck_assert_uint_eq(w->held[i], entry ? tlb_address(t, entry) + 1 : 0);
    }
}

static void check_cache(const struct follower *w, const struct cache *c)
{
    for (uint32_t i = 0; i < cache_sets(c) * cache_ways(c); i++) {
        uint64_t line;

        if (cache_line_at(c, i / cache_ways(c), i % cache_ways(c), &line))
            ck_assert_uint_eq(w->held[i], line + 1);
        else
            ck_assert_uint_eq(w->held[i], 0);
    }
}

START_TEST(test_place_log_changes_nothing_and_tells_all)
{
    struct mmu_log *log = calloc(1, sizeof *log);
    struct follower *tlbs = calloc(MMU_TLBS, sizeof *tlbs);
    struct follower *caches = calloc(MMU_CACHES, sizeof *caches);
    struct fixture plain, logged;
    struct rng r = {.state = 11};
    uint64_t cycle[2] = {0, 0};

    build(&plain, _i == 1);
    build(&logged, _i == 1);
    mmu_set_log(logged.mmu, log);
    for (unsigned i = 0; i < ACCESSES; i++) {
        do_something(&plain, &r, &cycle[0]);
        do_something(&logged, &r, &cycle[1]);
        rng_below(&r, 2);
        ck_assert_uint_eq(cycle[0], cycle[1]);
        for (unsigned t = 0; t < MMU_TLBS; t++)
            follow(&tlbs[t], &log->tlbs[t]);
        for (unsigned c = 0; c < MMU_CACHES; c++)
            follow(&caches[c], &log->caches[c]);
    }
    ck_assert_uint_eq(mmu_digest(plain.mmu), mmu_digest(logged.mmu));
    ck_assert_mem_eq(&plain.counters, &logged.counters, sizeof plain.counters);
    for (unsigned t = 0; t < MMU_TLBS; t++)
        check_tlb(&tlbs[t], mmu_tlb(logged.mmu, (enum mmu_tlb)t));
    check_cache(&caches[MMU_CACHE_L1D], mmu_cache(logged.mmu, MMU_CACHE_L1D));
    check_cache(&caches[MMU_CACHE_L2], mmu_cache(logged.mmu, MMU_CACHE_L2));
    ck_assert_uint_gt(tlbs[MMU_TLB_L1D].evictions, 100);
    ck_assert_uint_gt(tlbs[MMU_TLB_L2].drops, 100);
    ck_assert_uint_gt(caches[MMU_CACHE_L1D].evictions, 100);
    mmu_set_log(logged.mmu, NULL);
    fixture_free(&plain);
    fixture_free(&logged);
    free(log);
    free(tlbs);
    free(caches);
}
END_TEST

START_TEST(test_place_log_counts_what_counters_count)
{
    struct mmu_log *log = calloc(1, sizeof *log);
    struct rng r = {.state = 5};
    struct fixture f;
    const uint64_t *count = f.counters.value;
    uint64_t cycle = 0;

    build(&f, _i == 1);
    mmu_set_log(f.mmu, log);
    for (unsigned i = 0; i < ACCESSES; i++) {
        do_something(&f, &r, &cycle);
        rng_below(&r, 2);
    }
    ck_assert_uint_eq(log->tlbs[MMU_TLB_L2].misses,
                      count[COUNTER_DTLB_L2_MISS]);
    ck_assert_uint_eq(log->tlbs[MMU_TLB_L2].lookups,
                      count[COUNTER_DTLB_L1_MISS]);
    ck_assert_uint_eq(log->tlbs[MMU_TLB_NESTED].hits, count[COUNTER_NTLB_HIT]);
    ck_assert_uint_eq(log->tlbs[MMU_TLB_NESTED].misses,
                      count[COUNTER_NTLB_MISS]);
    ck_assert_uint_eq(log->pscs[0].hits, count[COUNTER_PSC_HIT]);
    ck_assert_uint_eq(log->pscs[1].hits, count[COUNTER_PSC_HOST_HIT]);
    ck_assert_uint_eq(log->caches[MMU_CACHE_L2].misses, count[COUNTER_L2_MISS]);
    ck_assert_uint_eq(log->caches[MMU_CACHE_L2].lookups,
                      count[COUNTER_L1D_MISS]);
    fixture_free(&f);
    free(log);
}
END_TEST

/* A rate of the last misses: by our own count of lookups, or another's. */
START_TEST(test_place_log_rate_is_of_the_last_misses)
{
    struct place_log log = {.total = 0};
    struct counters counters = {{0}}, other = {{0}};
    struct place_rate rate;

    place_log_miss(&log, 1);
    ck_assert(!place_log_rate(&log, 0, &rate));
    for (unsigned i = 0; i < 200; i++) {
        place_log_hit(&log, 0, 1);
        place_log_miss(&log, 2);
    }
    ck_assert(place_log_rate(&log, 0, &rate));
    ck_assert_uint_eq(rate.misses, PLACE_LOG_MISSES - 1);
    ck_assert_uint_eq(rate.lookups, 2 * (PLACE_LOG_MISSES - 1));

    counters.value[COUNTER_DTLB_ACCESS] = 100;
    place_log_miss_counted(&log, 1, &counters, COUNTER_DTLB_ACCESS);
    ck_assert(!place_log_rate(&log, 100, &rate));
    counters.value[COUNTER_DTLB_ACCESS] = 150;
    place_log_miss_counted(&log, 1, &counters, COUNTER_DTLB_ACCESS);
    ck_assert(place_log_rate(&log, 300, &rate));
    ck_assert_uint_eq(rate.misses, 1);
    ck_assert_uint_eq(rate.lookups, 200);
    place_log_miss_counted(&log, 1, &other, COUNTER_DTLB_ACCESS);
    ck_assert(!place_log_rate(&log, 300, &rate));
}
END_TEST

/* Ways go in the order that was foretold, and foretelling changes nothing. */
START_TEST(test_repl_order_is_the_order_of_victims)
{
    static const enum repl_kind kinds[] = {REPL_LRU, REPL_PLRU};
    static const uint32_t ways_of[] = {1, 3, 4, 8, 12, 16, 100};
    uint32_t ways = ways_of[_i / 2];
    struct rng rng = {.state = (uint64_t)_i + 1};
    struct repl r;

    ck_assert(repl_init(&r, kinds[_i % 2], 4, ways, 1));
    for (unsigned round = 0; round < 50; round++) {
        uint16_t order[100], found[100];
        uint64_t digest;
        uint32_t left = ways;

        for (unsigned i = 0; i < 20; i++)
            repl_touch(&r, rng_below(&rng, 4), rng_below(&rng, ways));
        digest = repl_digest(&r);
        ck_assert(repl_order(&r, 2, order));
        ck_assert_uint_eq(repl_digest(&r), digest);
        memset(found, 0xff, sizeof found);
        while (left > 0) {
            uint32_t way = repl_victim(&r, 2);

            if (found[way] == UINT16_MAX)
                found[way] = (uint16_t)(ways - left--);
            repl_touch(&r, 2, way);
        }
        ck_assert_mem_eq(order, found, ways * sizeof order[0]);
    }
    repl_free(&r);
}
END_TEST

START_TEST(test_repl_order_of_chance_is_none)
{
    struct repl r;
    uint16_t order[4];

    ck_assert(repl_init(&r, REPL_RANDOM, 1, 4, 1));
    ck_assert(!repl_order(&r, 0, order));
    repl_free(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place-log");
    TCase *t = tcase_create("log");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_place_log_changes_nothing_and_tells_all, 0, 2);
    tcase_add_loop_test(t, test_place_log_counts_what_counters_count, 0, 2);
    tcase_add_test(t, test_place_log_rate_is_of_the_last_misses);
    tcase_add_loop_test(t, test_repl_order_is_the_order_of_victims, 0, 14);
    tcase_add_test(t, test_repl_order_of_chance_is_none);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
