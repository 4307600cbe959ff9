/*
 * Claim   The policies choose the victims that their definitions say, worked
 *         out by hand below; every policy returns a way in range, for every
 *         number of ways; a touch as data equals a touch.
 * Manual  none; Al-Zoubi et al., "Performance Evaluation of Cache Replacement
 *         Policies", 2004, for tree pseudo-LRU.
 */
#include <string.h>

#include "mmu/repl/repl.h"
#include "tests/mmu_fixture.h"

static void touch_all(struct repl *r, const uint32_t *ways, size_t count)
{
    for (size_t i = 0; i < count; i++)
        repl_touch(r, 0, ways[i]);
}

START_TEST(test_repl_lru_victim_is_oldest)
{
    static const uint32_t order[] = {0, 1, 2, 3, 1, 0, 3};
    struct repl r;

    ck_assert(repl_init(&r, REPL_LRU, 1, 4, 0));
    ck_assert_uint_eq(repl_victim(&r, 0), 0);
    touch_all(&r, order, 7);
    ck_assert_uint_eq(repl_victim(&r, 0), 2);
    repl_touch(&r, 0, 2);
    ck_assert_uint_eq(repl_victim(&r, 0), 1);
    repl_free(&r);
}
END_TEST

/* After 0,1,2,3 the root points left (3 was last), its left child at 0. */
START_TEST(test_repl_plru_4_ways_golden)
{
    static const uint32_t order[] = {0, 1, 2, 3};
    static const uint32_t next[][2] = {{0, 2}, {2, 1}, {1, 3}, {3, 0}};
    struct repl r;

    ck_assert(repl_init(&r, REPL_PLRU, 1, 4, 0));
    touch_all(&r, order, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(repl_victim(&r, 0), next[i][0]);
        repl_touch(&r, 0, next[i][0]);
        ck_assert_uint_eq(repl_victim(&r, 0), next[i][1]);
    }
    repl_free(&r);
}
END_TEST

/* Where the tree forgets: the root points away from 0, to the older half. */
START_TEST(test_repl_plru_8_ways_is_not_lru)
{
    static const uint32_t order[] = {0, 1, 2, 3, 4, 5, 6, 7, 0};
    struct repl r;

    ck_assert(repl_init(&r, REPL_PLRU, 1, 8, 0));
    touch_all(&r, order, 9);
    ck_assert_uint_eq(repl_victim(&r, 0), 4); /* LRU would say 1 */
    repl_free(&r);
}
END_TEST

START_TEST(test_repl_random_repeats_with_seed)
{
    struct repl a, b;
    unsigned seen = 0;

    ck_assert(repl_init(&a, REPL_RANDOM, 1, 8, 7));
    ck_assert(repl_init(&b, REPL_RANDOM, 1, 8, 7));
    for (int i = 0; i < 200; i++) {
        uint32_t way = repl_victim(&a, 0);

        ck_assert_uint_eq(way, repl_victim(&b, 0));
        seen |= 1u << way;
    }
    ck_assert_uint_eq(seen, 0xff);
    repl_free(&a);
    repl_free(&b);
}
END_TEST

START_TEST(test_repl_victim_in_range_for_all_ways)
{
    for (size_t p = 0; repl_all[p]; p++)
        for (uint32_t ways = 1; ways <= 130; ways++) {
            struct repl r;
            struct rng rng = {ways};

            ck_assert(repl_init(&r, repl_all[p]->kind, 4, ways, 1));
            for (int i = 0; i < 300; i++) {
                uint32_t set = rng_below(&rng, 4);
                uint32_t victim = repl_victim(&r, set);

                ck_assert_uint_lt(victim, ways);
                repl_touch(&r, set, i % 2 ? victim : rng_below(&rng, ways));
            }
            repl_free(&r);
        }
}
END_TEST

/* A full rotation of victims visits every way: nothing starves. */
START_TEST(test_repl_victims_visit_every_way)
{
    for (uint32_t ways = 1; ways <= 64; ways++) {
        uint64_t seen = 0;
        struct repl r;

        ck_assert(repl_init(&r, REPL_PLRU, 1, ways, 1));
        for (uint32_t i = 0; i < 4 * ways; i++) {
            uint32_t victim = repl_victim(&r, 0);

            seen |= (uint64_t)1 << victim;
            repl_touch(&r, 0, victim);
        }
        ck_assert_uint_eq(seen,
                          ways == 64 ? UINT64_MAX : ((uint64_t)1 << ways) - 1);
        repl_free(&r);
    }
}
END_TEST

START_TEST(test_repl_quick_equals_touch)
{
    for (size_t p = 0; repl_all[p]; p++)
        for (uint32_t ways = 1; ways <= 64; ways++) {
            struct rng rng = {ways};
            struct repl a, b;

            ck_assert(repl_init(&a, repl_all[p]->kind, 2, ways, 1));
            ck_assert(repl_init(&b, repl_all[p]->kind, 2, ways, 1));
            for (int i = 0; i < 100; i++) {
                uint32_t set = rng_below(&rng, 2), way = rng_below(&rng, ways);
                struct repl_quick q;

                repl_touch(&a, set, way);
                ck_assert(b.ops->quick(&b, set, way, &q));
                if (q.clock)
                    *q.word = ++*q.clock;
                else
                    *q.word = (*q.word & q.keep) | q.set;
                ck_assert_uint_eq(repl_digest(&a), repl_digest(&b));
            }
            repl_free(&a);
            repl_free(&b);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_repl_lru_victim_is_oldest,
        test_repl_plru_4_ways_golden,
        test_repl_plru_8_ways_is_not_lru,
        test_repl_random_repeats_with_seed,
        test_repl_victim_in_range_for_all_ways,
        test_repl_victims_visit_every_way,
        test_repl_quick_equals_touch,
    };

    return run_cases("repl-golden", tests, sizeof(tests) / sizeof(*tests));
}
