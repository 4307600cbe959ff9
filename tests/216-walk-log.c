/*
 * 216-walk-log.c - a walker with a log keeps each walk step by step, and walks
 * as one without: the same answers, times and counts.
 *
 * Manual  Intel SDM vol. 3, "Paging", "EPT Translation Mechanism".
 */
#include "mmu/mmu_check.h"
#include "mmu/walk_log.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { PAGES = 600, ACCESSES = 4000 };

static const uint64_t va_base = (uint64_t)1 << 30;

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

        if (nested)
            fixture_map_guest(f, va, PTE_P | PTE_U | PTE_W, 1);
        else
            fixture_map(f, va, PTE_P | PTE_U | PTE_W, 1);
    }
}

static struct access random_access(struct rng *r)
{
    uint64_t page = rng_below(r, 3 * PAGES);

    return (struct access){gva(va_base + page * PAGE_BYTES), 8,
                           rng_below(r, 3) ? ACCESS_READ : ACCESS_WRITE,
                           ACCESS_USER};
}

/* What the last walk counts is what its steps are. */
static void check_story(const struct walk_story *s)
{
    unsigned guest = 0, host = 0;
    uint64_t cycle = s->walk.request.start_cycle;

    ck_assert(!s->cut);
    for (unsigned i = 0; i < s->count; i++) {
        const struct walk_step *step = &s->steps[i];

        ck_assert_uint_ge(step->begin_cycle, cycle);
        ck_assert_uint_ge(step->end_cycle, step->begin_cycle);
        cycle = step->end_cycle;
        if (step->kind == WALK_STEP_REF && step->host)
            host++;
        else if (step->kind == WALK_STEP_REF)
            guest++;
    }
    ck_assert_uint_eq(guest, s->walk.guest_refs);
    ck_assert_uint_eq(host, s->walk.host_refs);
    ck_assert_uint_eq(cycle, s->walk.cycle);
}

START_TEST(test_walk_log_changes_nothing_and_tells_all)
{
    struct walk_log *log = calloc(1, sizeof *log);
    struct fixture plain, logged;
    struct rng r = {.state = 7};
    uint64_t cycle = 0, walks = 0;

    build(&plain, _i == 1);
    build(&logged, _i == 1);
    mmu_set_walk_log(logged.mmu, log);
    for (unsigned i = 0; i < ACCESSES; i++) {
        const struct access a = random_access(&r);
        const struct xlate x = mmu_access(plain.mmu, &a, cycle);
        const struct xlate y = mmu_access(logged.mmu, &a, cycle);

        ck_assert_int_eq(x.status, y.status);
        ck_assert_uint_eq(x.hpa.v, y.hpa.v);
        ck_assert_uint_eq(x.ready_cycle, y.ready_cycle);
        cycle = x.ready_cycle + 1;
        if (log->total != walks)
            check_story(walk_log_back(log, 0));
        walks = log->total;
    }
    ck_assert_uint_gt(walks, PAGES);
    ck_assert_uint_eq(mmu_digest(plain.mmu), mmu_digest(logged.mmu));
    ck_assert_mem_eq(&plain.counters, &logged.counters, sizeof plain.counters);
    fixture_free(&plain);
    fixture_free(&logged);
    free(log);
}
END_TEST

START_TEST(test_walk_log_keeps_the_last_ones)
{
    struct walk_log *log = calloc(1, sizeof *log);
    struct fixture f;

    build(&f, false);
    mmu_set_walk_log(f.mmu, log);
    ck_assert_ptr_null(walk_log_back(log, 0));
    for (uint64_t i = 0; i < WALK_LOG_WALKS + 2; i++)
        mmu_access(f.mmu,
                   &(struct access){gva(va_base + i * 3 * PAGE_BYTES), 8,
                                    ACCESS_READ, ACCESS_USER},
                   i * 10000);
    for (unsigned back = 0; back < WALK_LOG_WALKS; back++)
        ck_assert_uint_eq(walk_log_back(log, back)->walk.request.va.v,
                          va_base +
                              (WALK_LOG_WALKS + 1 - back) * 3 * PAGE_BYTES);
    ck_assert_ptr_null(walk_log_back(log, WALK_LOG_WALKS));
    fixture_free(&f);
    free(log);
}
END_TEST

/* A story that is made up changes no memory, and ends where mmu_peek() does. */
START_TEST(test_walk_story_is_what_peek_says)
{
    struct walk_story *story = calloc(1, sizeof *story);
    struct fixture f;

    build(&f, _i == 1);
    for (uint64_t page = 0; page < 3 * PAGES; page += 7) {
        const struct walk_request request = {gva(va_base + page * PAGE_BYTES),
                                             ACCESS_READ, ACCESS_USER, 0};
        const struct xlate x =
            mmu_peek(f.mmu, request.va, ACCESS_READ, ACCESS_USER);

        walk_story_make(story, &f.dram, mmu_regime(f.mmu), &request);
        ck_assert_int_eq(story->walk.status, x.status);
        if (x.status == XLATE_OK)
            ck_assert_uint_eq(story->walk.hpa.v, x.hpa.v);
        if (x.status == XLATE_OK)
            ck_assert_uint_eq(story->walk.guest_refs + story->walk.host_refs,
                              _i == 1 ? 24 : 4);
    }
    fixture_free(&f);
    free(story);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("walk-log");
    TCase *t = tcase_create("log");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_walk_log_changes_nothing_and_tells_all, 0, 2);
    tcase_add_test(t, test_walk_log_keeps_the_last_ones);
    tcase_add_loop_test(t, test_walk_story_is_what_peek_says, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
