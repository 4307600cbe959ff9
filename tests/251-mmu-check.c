/*
 * Claim   mmu_check() catches a hypervisor that changes its tables without a
 *         flush, in either kind of table, and leaves a guest alone that delays
 *         its own; mmu_peek() answers as mmu_access() would, without effect.
 * Manual  Intel SDM vol. 3, "Delayed Invalidation"; DESIGN, "Invariants".
 */
#include <string.h>

#include "mmu/mmu_check.h"
#include "tests/mmu_fixture.h"

static const uint64_t va = (uint64_t)1 << 30;

static void make(struct fixture *f, uint16_t vpid)
{
    struct mmu_config config = fixture_config();

    fixture_make(f, &config);
    f->regime.vpid = vpid;
    mmu_set_regime(f->mmu, &f->regime);
    fixture_map(f, va, 0x40000000 | PTE_P | PTE_W | PTE_U, 1);
    mmu_access(f->mmu, &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER},
               0);
}

static void take_write_right(struct fixture *f)
{
    struct pt_place at = pt_edit_find(&f->dram, f->regime.guest, f->root, va);

    pt_edit_write(&f->dram, f->regime.guest, at.table, at.index,
                  at.entry & ~PTE_W);
}

START_TEST(test_check_native_delayed_flush_is_legal)
{
    struct fixture f;
    struct error e;

    make(&f, 0);
    ck_assert(mmu_check(f.mmu, &e));
    ck_assert_uint_eq(mmu_stale_entries(f.mmu), 0);
    take_write_right(&f);
    ck_assert(mmu_check(f.mmu, &e));
    ck_assert_uint_eq(mmu_stale_entries(f.mmu), 2); /* L1 and L2 */
    mmu_invlpg(f.mmu, gva(va));
    ck_assert_uint_eq(mmu_stale_entries(f.mmu), 0);
    fixture_free(&f);
}
END_TEST

START_TEST(test_check_shadow_without_flush_is_caught)
{
    struct fixture f;
    struct error e = {""};

    make(&f, 3);
    ck_assert(mmu_check(f.mmu, &e));
    take_write_right(&f);
    ck_assert(!mmu_check(f.mmu, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "0x40000000"));
    mmu_invvpid(f.mmu, 3);
    ck_assert(mmu_check(f.mmu, &e));
    fixture_free(&f);
}
END_TEST

START_TEST(test_check_nested_without_flush_is_caught)
{
    struct mmu_config config = fixture_config();
    struct pt_place at;
    struct fixture f;
    struct error e;

    fixture_make(&f, &config);
    fixture_nest(&f, 1 << 20, 1);
    fixture_map_guest(&f, va, 0x5000 | PTE_P | PTE_W | PTE_U, 1);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER},
               0);
    ck_assert(mmu_check(f.mmu, &e));
    at = pt_edit_find(&f.dram, &pt_geom_ept_4level, f.ept_root, 0x5000);
    pt_edit_write(&f.dram, &pt_geom_ept_4level, at.table, at.index, 0);
    ck_assert(!mmu_check(f.mmu, &e));
    mmu_invept(f.mmu);
    ck_assert(mmu_check(f.mmu, &e));
    fixture_free(&f);
}
END_TEST

/* Under two stages the guest may still delay its own flush. */
START_TEST(test_check_nested_guest_delay_is_legal)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct error e;

    fixture_make(&f, &config);
    fixture_nest(&f, 1 << 20, 1);
    fixture_map_guest(&f, va, 0x5000 | PTE_P | PTE_W | PTE_U, 1);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER},
               0);
    fixture_map_guest(&f, va, 0x6000 | PTE_P | PTE_W | PTE_U, 1);
    ck_assert(mmu_check(f.mmu, &e));
    ck_assert_uint_eq(mmu_stale_entries(f.mmu), 2);
    fixture_free(&f);
}
END_TEST

START_TEST(test_peek_has_no_effect)
{
    struct counters before;
    struct fixture f;
    struct xlate peeked, x;
    uint64_t digest;

    make(&f, 0);
    fixture_map(&f, va + 0x1000, 0x40001000 | PTE_P | PTE_U, 1);
    before = f.counters;
    digest = mmu_digest(f.mmu);
    peeked = mmu_peek(f.mmu, gva(va + 0x1010), ACCESS_READ, ACCESS_USER);
    ck_assert_int_eq(
        mmu_peek(f.mmu, gva(va + 0x1010), ACCESS_WRITE, ACCESS_USER).error_code,
        PF_PRESENT | PF_WRITE | PF_USER);
    ck_assert_mem_eq(&before, &f.counters, sizeof(before));
    ck_assert_uint_eq(digest, mmu_digest(f.mmu));
    x = mmu_access(
        f.mmu, &(struct access){gva(va + 0x1010), 1, ACCESS_READ, ACCESS_USER},
        0);
    ck_assert_int_eq(x.status, peeked.status);
    ck_assert_uint_eq(x.hpa.v, peeked.hpa.v);
    ck_assert_uint_eq(x.page_shift, peeked.page_shift);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_check_native_delayed_flush_is_legal,
        test_check_shadow_without_flush_is_caught,
        test_check_nested_without_flush_is_caught,
        test_check_nested_guest_delay_is_legal,
        test_peek_has_no_effect,
    };

    return run_cases("mmu-check", tests, sizeof(tests) / sizeof(*tests));
}
