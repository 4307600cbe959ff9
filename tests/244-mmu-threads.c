/*
 * Claim   Two threads of a core have their data caches, TLBs and paging-
 *         structure caches together: what one loads is there for the other,
 *         and takes its place.  No thread uses or invalidates a translation of
 *         the other.  The instruction TLB is shared, split or one each.
 *         The inlined path changes no result.  Memory has nodes.
 * Source  Marr et al., Intel Technology Journal 6(1), 2002: the data TLB is
 *         shared, each entry has its logical processor's tag; Intel SDM vol. 3,
 *         "Cached Translation Information": by logical processor.
 */
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { PAGES = 512, ONE_SET = 16 }; /* of the data TLB: 16 sets of 4 ways */

struct core {
    struct fixture f; /* its MMU is the first thread's */
    struct mmu *thread[2];
    struct counters counters[2];
    uint64_t now_cycle;
};

static void core_make(struct core *c, const struct mmu_config *config)
{
    struct mmu_place place = {.threads = 2};
    struct error e;

    memset(c, 0, sizeof *c);
    fixture_make(&c->f, config);
    for (uint64_t page = 0; page < PAGES; page++)
        fixture_map(&c->f, page << 12,
                    fixture_frame(&c->f) | PTE_P | PTE_W | PTE_U, 1);
    mmu_free(c->f.mmu);
    for (unsigned i = 0; i < 2; i++) {
        c->thread[i] =
            mmu_new_at(config, &c->f.dram, &place, &c->counters[i], &e);
        ck_assert_ptr_nonnull(c->thread[i]);
        mmu_set_regime(c->thread[i], &c->f.regime);
        place.sibling = c->thread[0];
    }
    c->f.mmu = c->thread[0];
}

static void core_free(struct core *c)
{
    mmu_free(c->thread[1]);
    fixture_free(&c->f);
}

static struct xlate ask(struct core *c, unsigned thread, uint64_t va,
                        enum access_kind kind)
{
    struct access a = {gva(va), 8, kind, ACCESS_USER};
    struct xlate x = mmu_access(c->thread[thread], &a, c->now_cycle);

    ck_assert_int_eq(x.status, XLATE_OK);
    c->now_cycle += 1000; /* all that was asked for has arrived */
    return x;
}

/* Did the thread have to walk for it? */
static bool walks(struct core *c, unsigned thread, uint64_t page,
                  enum access_kind kind)
{
    uint64_t before = c->counters[thread].value[COUNTER_WALK_COUNT];

    ask(c, thread, page << 12, kind);
    return c->counters[thread].value[COUNTER_WALK_COUNT] != before;
}

START_TEST(test_a_line_of_one_thread_is_there_for_the_other)
{
    struct mmu_config config = fixture_config();
    struct core c;

    core_make(&c, &config);
    ck_assert_uint_eq(ask(&c, 0, 0, ACCESS_READ).cost.level, CACHE_DRAM);
    ck_assert_uint_eq(ask(&c, 1, 0, ACCESS_READ).cost.level, CACHE_L1);
    ck_assert_uint_eq(ask(&c, 1, 64, ACCESS_FETCH).cost.level, CACHE_DRAM);
    ck_assert_uint_eq(ask(&c, 0, 64, ACCESS_FETCH).cost.level, CACHE_L1);
    core_free(&c);
}
END_TEST

/* Clocks differ: it does not wait longer than its own miss would take. */
START_TEST(test_a_line_that_one_thread_waits_for_is_no_later_for_the_other)
{
    struct mmu_config config = fixture_config();
    struct access a = {gva(8), 8, ACCESS_READ, ACCESS_USER};
    struct core c;

    core_make(&c, &config);
    ask(&c, 0, 128, ACCESS_READ);
    ask(&c, 1, 128, ACCESS_READ); /* both have the translation */
    mmu_access(c.thread[0], &a, c.now_cycle + 900);
    ck_assert_uint_eq(mmu_access(c.thread[1], &a, c.now_cycle).ready_cycle,
                      c.now_cycle + config.dram_cycles);
    core_free(&c);
}
END_TEST

START_TEST(test_translations_are_a_thread_s_own)
{
    struct mmu_config config = fixture_config();
    struct core c;

    core_make(&c, &config);
    ck_assert(walks(&c, 0, 7, ACCESS_READ));
    ck_assert(walks(&c, 1, 7, ACCESS_READ));
    mmu_invlpg(c.thread[1], gva(7 << 12));
    ck_assert(!walks(&c, 0, 7, ACCESS_READ));
    ck_assert(walks(&c, 1, 7, ACCESS_READ));
    mmu_flush_all(c.thread[1]);
    mmu_invvpid_all(c.thread[1]);
    mmu_invept(c.thread[1]);
    ck_assert(!walks(&c, 0, 7, ACCESS_READ));
    ck_assert(walks(&c, 1, 7, ACCESS_READ));
    mmu_invvpid_all(c.thread[0]);
    ck_assert(!walks(&c, 1, 7, ACCESS_READ));
    ck_assert(walks(&c, 0, 7, ACCESS_READ));
    core_free(&c);
}
END_TEST

/* Four ways of a set: two pages of each thread fit, three do not. */
START_TEST(test_translations_take_each_other_s_place)
{
    struct mmu_config config = fixture_config();
    struct core c;

    config.l2_tlb.page_4k.entries = 0; /* all else is a walk */
    for (uint64_t pages = 2; pages <= 3; pages++) {
        core_make(&c, &config);
        for (uint64_t i = 0; i < 2 * pages; i++)
            ask(&c, i & 1, (i / 2 * ONE_SET) << 12, ACCESS_READ);
        for (unsigned i = 0; i < 2; i++)
            ck_assert_int_eq(walks(&c, i, 0, ACCESS_READ), pages == 3);
        core_free(&c);
    }
}
END_TEST

/* How many pages of code the first thread keeps beside those of the other. */
static unsigned code_kept(enum itlb_sharing sharing)
{
    struct mmu_config config = fixture_config();
    unsigned kept = 0;
    struct core c;

    config.l2_tlb.page_4k.entries = 0;
    config.itlb_sharing = sharing;
    core_make(&c, &config);
    for (uint64_t page = 0; page < 128; page++)
        ask(&c, 0, page << 12, ACCESS_FETCH);
    for (uint64_t page = 256; page < 256 + 64; page++)
        ask(&c, 1, page << 12, ACCESS_FETCH);
    for (uint64_t page = 128; page-- > 0;)
        kept += !walks(&c, 0, page, ACCESS_FETCH);
    core_free(&c);
    return kept;
}

START_TEST(test_the_instruction_tlb_is_shared_split_or_own)
{
    ck_assert_uint_eq(code_kept(ITLB_OWN), 128);
    ck_assert_uint_eq(code_kept(ITLB_SPLIT), 64);
    ck_assert_uint_eq(code_kept(ITLB_SHARED), 64);
}
END_TEST

/* Both threads at random, with and without the inlined path. */
START_TEST(test_the_inlined_path_changes_nothing)
{
    struct mmu_config config = fixture_config();
    struct core c[2];
    struct rng rng;

    rng_init(&rng, 5);
    for (unsigned i = 0; i < 2; i++) {
        config.fast_path = i == 1;
        core_make(&c[i], &config);
    }
    for (unsigned n = 0; n < 40000; n++) {
        unsigned thread = (unsigned)rng_below(&rng, 2);
        uint64_t va = rng_below(&rng, PAGES) << 12 | rng_below(&rng, 256) * 8;
        enum access_kind kind = (enum access_kind)rng_below(&rng, 3);
        struct xlate x[2];

        if (rng_below(&rng, 500) == 0)
            for (unsigned i = 0; i < 2; i++)
                mmu_flush_all(c[i].thread[thread]);
        for (unsigned i = 0; i < 2; i++) {
            x[i] = ask(&c[i], thread, va, kind);
            c[i].now_cycle -= 1000 - 50;
        }
        ck_assert_uint_eq(x[0].ready_cycle, x[1].ready_cycle);
        ck_assert_uint_eq(x[0].hpa.v, x[1].hpa.v);
    }
    for (unsigned thread = 0; thread < 2; thread++)
        ck_assert_mem_eq(&c[0].counters[thread], &c[1].counters[thread],
                         sizeof c[0].counters[thread]);
    for (unsigned i = 0; i < 4; i++) {
        struct error e;

        ck_assert_msg(mmu_check(c[i / 2].thread[i % 2], &e), "%s", e.text);
    }
    core_free(&c[0]);
    core_free(&c[1]);
}
END_TEST

START_TEST(test_memory_is_where_it_was_placed)
{
    struct memory m;
    struct error e;

    ck_assert_int_eq(memory_init(&m, (uint64_t)8 << 21, &e), STATUS_OK);
    ck_assert(!memory_has_nodes(&m));
    ck_assert_int_eq(memory_set_nodes(&m, 4, &e), STATUS_OK);
    for (uint64_t page = 0; page < 8; page++)
        ck_assert_uint_eq(memory_node(&m, hpa(page << 12)), page % 4);
    memory_place(&m, hpa((uint64_t)2 << 21), (uint64_t)3 << 21, 0xa);
    for (uint64_t page = 2 << 9; page < 5 << 9; page++)
        ck_assert_uint_eq(memory_node(&m, hpa(page << 12)), page % 2 ? 3 : 1);
    ck_assert_uint_eq(memory_node(&m, hpa(((uint64_t)2 << 21) - 1)), 3);
    ck_assert_uint_eq(memory_node(&m, hpa((uint64_t)5 << 21)), 0);
    memory_free(&m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_a_line_of_one_thread_is_there_for_the_other,
        test_a_line_that_one_thread_waits_for_is_no_later_for_the_other,
        test_translations_are_a_thread_s_own,
        test_translations_take_each_other_s_place,
        test_the_instruction_tlb_is_shared_split_or_own,
        test_the_inlined_path_changes_nothing,
        test_memory_is_where_it_was_placed,
    };
    Suite *suite = suite_create("mmu-threads");
    TCase *cases = tcase_create("mmu-threads");
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
