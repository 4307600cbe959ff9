/*
 * Claim   Without paging, natively and over a second stage, the inlined path
 *         serves accesses and changes nothing: same answers, times, counts
 *         and replacement state as without it, through changes of mode.  Over
 *         a second stage TLBs hold such translations apart from those made
 *         with paging, and INVEPT drops them.
 * Manual  Intel SDM vol. 3, "EPT Translation Mechanism" (CR0.PG = 0),
 *         "Caching Translation Information" (VMX).
 */
#include <string.h>

#include "mmu/mmu_check.h"
#include "mmu/mmu_fast.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { STEPS = 40000, PAGES = 24 };

struct pair {
    struct fixture f[2]; /* with the inlined path, and without */
    unsigned inlined;
};

static void make(struct pair *p, bool nested)
{
    struct mmu_config c = fixture_config();

    p->inlined = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct fixture *f = &p->f[i];

        c.fast_path = i == 0;
        fixture_make(f, &c);
        f->next_gpa_table = 16 * PAGE_BYTES;
        if (nested)
            fixture_nest(f, (uint64_t)1 << 30, 2);
        for (uint64_t page = 0; page < PAGES; page++) {
            uint64_t va = 0x400000 + page * PAGE_BYTES;

            if (nested)
                fixture_map_guest(f, va, (va + 0x200000) | 7, 1);
            else
                fixture_map(f, va, (va + 0x200000) | 7, 1);
        }
    }
}

static void set_paging(struct pair *p, bool on)
{
    for (unsigned i = 0; i < 2; i++) {
        p->f[i].regime.guest = on ? &pt_geom_x86_4level : NULL;
        mmu_set_regime(p->f[i].mmu, &p->f[i].regime);
        if (!on)
            mmu_flush_all(p->f[i].mmu);
    }
}

static void ask(struct pair *p, const struct access *a, uint64_t cycle)
{
    struct mmu_hot *hot = mmu_hot(p->f[0].mmu);
    struct xlate plain = mmu_access(p->f[1].mmu, a, cycle), x = {0};
    hpa_t at;

    if (mmu_fast(hot, a->va, a->bytes, a->kind, a->mode, &at)) {
        p->inlined++;
        x.hpa = at;
        x.ready_cycle = cycle + hot->hit_cycles[a->kind == ACCESS_FETCH];
    } else {
        x = mmu_access(p->f[0].mmu, a, cycle);
    }
    if (x.status != plain.status || x.hpa.v != plain.hpa.v ||
        x.ready_cycle != plain.ready_cycle)
        ck_abort_msg("%#llx: inlined %d %#llx, ready at %llu, else %d %#llx, "
                     "ready at %llu",
                     (unsigned long long)a->va.v, x.status,
                     (unsigned long long)x.hpa.v,
                     (unsigned long long)x.ready_cycle, plain.status,
                     (unsigned long long)plain.hpa.v,
                     (unsigned long long)plain.ready_cycle);
}

START_TEST(test_mmu_unpaged_inlined_path_changes_nothing)
{
    struct rng r = {(uint64_t)_i + 1};
    struct pair p;

    make(&p, _i);
    set_paging(&p, false);
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t page = rng_below(&r, PAGES);
        uint64_t va = 0x400000 + page * (PAGE_BYTES + 64);
        struct access a = {gva(va + rng_below(&r, 8) * 8), 8,
                           (enum access_kind)rng_below(&r, 3),
                           ACCESS_SUPERVISOR};

        if (rng_below(&r, 16) == 0)
            a.mode = (enum access_mode)rng_below(&r, 4);
        if (rng_below(&r, 2000) == 0)
            set_paging(&p, rng_below(&r, 2));
        ask(&p, &a, (uint64_t)i * 50);
    }
    ck_assert_uint_gt(p.inlined, STEPS / 2);
    ck_assert(memcmp(&p.f[0].counters, &p.f[1].counters,
                     sizeof(p.f[0].counters)) == 0);
    ck_assert_uint_eq(mmu_digest(p.f[0].mmu), mmu_digest(p.f[1].mmu));
    fixture_free(&p.f[0]);
    fixture_free(&p.f[1]);
}
END_TEST

static struct xlate read_at(struct fixture *f, uint64_t va)
{
    return mmu_access(
        f->mmu, &(struct access){gva(va), 8, ACCESS_READ, ACCESS_SUPERVISOR},
        0);
}

START_TEST(test_mmu_unpaged_entries_are_apart_and_go_with_invept)
{
    const uint64_t va = 0x400000;
    struct pair p;
    struct fixture *f = &p.f[0];
    struct pt_place at;

    make(&p, true);
    f->regime.guest = NULL;
    mmu_set_regime(f->mmu, &f->regime);
    ck_assert_uint_eq(read_at(f, va).hpa.v, GUEST_BASE + va);
    f->regime.guest = &pt_geom_x86_4level; /* no flush: MOV to CR0 sets PG */
    mmu_set_regime(f->mmu, &f->regime);
    ck_assert_uint_eq(read_at(f, va).hpa.v, GUEST_BASE + va + 0x200000);
    f->regime.guest = NULL;
    mmu_set_regime(f->mmu, &f->regime);
    ck_assert_uint_eq(read_at(f, va).hpa.v, GUEST_BASE + va);
    at = pt_edit_find(&f->dram, &pt_geom_ept_4level, f->ept_root, va);
    pt_edit_write(&f->dram, &pt_geom_ept_4level, at.table, at.index, 0);
    ck_assert_int_eq(read_at(f, va).status, XLATE_OK); /* stale: allowed */
    mmu_invept(f->mmu);
    ck_assert_int_eq(read_at(f, va).status, XLATE_STAGE2_VIOLATION);
    fixture_free(&p.f[0]);
    fixture_free(&p.f[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mmu-unpaged");
    TCase *cases = tcase_create("mmu-unpaged");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(cases, test_mmu_unpaged_inlined_path_changes_nothing, 0,
                        2);
    tcase_add_test(cases,
                   test_mmu_unpaged_entries_are_apart_and_go_with_invept);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
