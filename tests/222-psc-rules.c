/*
 * Claim   Paging-structure caches follow the manual: the entries' reach is
 *         VA[47:21], VA[47:30] and VA[47:39]; none is made for an absent
 *         entry or a page; rights of all levels are kept; INVLPG of any
 *         address drops all of the current PCID; a stale entry is used until
 *         software flushes, and never denies what memory allows.
 * Manual  Intel SDM vol. 3, "Paging-Structure Caches".
 */
#include "tests/mmu_fixture.h"

static const uint64_t base = (uint64_t)3 << 39;

static void make(struct fixture *f)
{
    struct mmu_config config = fixture_config();

    config.tlb_enabled = false; /* every access walks */
    fixture_make(f, &config);
    for (uint64_t va = base; va < base + ((uint64_t)5 << 30);
         va += (uint64_t)1 << 30) {
        fixture_map(f, va, 0x40000000 | PTE_P | PTE_W | PTE_U, 1);
        fixture_map(f, va + 0x1000, 0x40001000 | PTE_P | PTE_W | PTE_U, 1);
        fixture_map(f, va + 0x200000, 0x40002000 | PTE_P | PTE_W | PTE_U, 1);
    }
}

static uint64_t refs_of(struct fixture *f, uint64_t va)
{
    uint64_t before = count_of(f, COUNTER_WALK_REFS);
    struct xlate x = mmu_access(
        f->mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0);

    ck_assert_int_eq(x.status, XLATE_OK);
    return count_of(f, COUNTER_WALK_REFS) - before;
}

START_TEST(test_psc_reach_by_level)
{
    struct fixture f;

    make(&f);
    ck_assert_uint_eq(refs_of(&f, base), 4);
    ck_assert_uint_eq(refs_of(&f, base), 1);              /* PDE cache */
    ck_assert_uint_eq(refs_of(&f, base + 0x1000), 1);     /* same 2M */
    ck_assert_uint_eq(refs_of(&f, base + 0x200000), 2);   /* PDPTE cache */
    ck_assert_uint_eq(refs_of(&f, base + (1u << 30)), 3); /* PML4E cache */
    ck_assert_uint_eq(count_of(&f, COUNTER_PSC_HIT), 4);
    fixture_free(&f);
}
END_TEST

START_TEST(test_psc_invlpg_drops_whole_pcid)
{
    struct fixture f;

    make(&f);
    refs_of(&f, base);
    mmu_invlpg(f.mmu, gva(0x7000)); /* elsewhere */
    ck_assert_uint_eq(refs_of(&f, base), 4);
    f.regime.pcid = 1;
    mmu_set_regime(f.mmu, &f.regime);
    ck_assert_uint_eq(refs_of(&f, base), 4); /* tagged by PCID */
    mmu_invlpg(f.mmu, gva(0x7000));
    f.regime.pcid = 0;
    mmu_set_regime(f.mmu, &f.regime);
    ck_assert_uint_eq(refs_of(&f, base), 1);
    fixture_free(&f);
}
END_TEST

START_TEST(test_psc_page_entry_is_not_cached)
{
    struct fixture f;
    uint64_t va = (uint64_t)9 << 39;

    make(&f);
    fixture_map(&f, va, 0x40000000 | PTE_P | PTE_U, 2);
    ck_assert_uint_eq(refs_of(&f, va), 3);
    ck_assert_uint_eq(refs_of(&f, va), 1); /* reads the PDE itself again */
    ck_assert_uint_eq(refs_of(&f, va + 0x1000), 1);
    fixture_free(&f);
}
END_TEST

START_TEST(test_psc_faulting_walk_fills_none)
{
    struct fixture f;
    struct xlate x;

    make(&f);
    x = mmu_access(
        f.mmu,
        &(struct access){gva(base + 0x5000), 1, ACCESS_READ, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_GUEST_FAULT);
    ck_assert_uint_eq(refs_of(&f, base), 4);
    fixture_free(&f);
}
END_TEST

/* The cached table is used though memory now says otherwise. */
START_TEST(test_psc_stale_entry_is_used_until_flushed)
{
    struct fixture f;
    hpa_t root_entry;

    make(&f);
    refs_of(&f, base);
    root_entry = pt_edit_at(f.regime.guest, f.root, 3);
    memory_write64(&f.dram, root_entry, 0);
    ck_assert_uint_eq(refs_of(&f, base + 0x1000), 1);
    mmu_flush_pcid(f.mmu);
    ck_assert_int_eq(
        mmu_access(f.mmu,
                   &(struct access){gva(base), 1, ACCESS_READ, ACCESS_USER}, 0)
            .status,
        XLATE_GUEST_FAULT);
    fixture_free(&f);
}
END_TEST

START_TEST(test_psc_keeps_rights_of_upper_levels)
{
    struct fixture f;
    hpa_t root_entry;
    uint64_t entry;
    struct xlate x;

    make(&f);
    root_entry = pt_edit_at(f.regime.guest, f.root, 3);
    entry = memory_read64(&f.dram, root_entry);
    memory_write64(&f.dram, root_entry, entry & ~PTE_W);
    refs_of(&f, base);
    x = mmu_access(
        f.mmu, &(struct access){gva(base), 1, ACCESS_WRITE, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_GUEST_FAULT);
    ck_assert_uint_eq(x.error_code, PF_PRESENT | PF_WRITE | PF_USER);
    /* Widened without a flush: no fault that the tables do not explain. */
    refs_of(&f, base);
    memory_write64(&f.dram, root_entry, entry);
    x = mmu_access(
        f.mmu, &(struct access){gva(base), 1, ACCESS_WRITE, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_OK);
    fixture_free(&f);
}
END_TEST

START_TEST(test_psc_capacity_evicts_oldest)
{
    struct fixture f;

    make(&f); /* PDPTE cache of 4, PML4E cache of 2 */
    for (uint64_t i = 0; i < 5; i++)
        refs_of(&f, base + (i << 30));
    ck_assert_uint_eq(refs_of(&f, base + 0x200000), 3); /* first is gone */
    ck_assert_uint_eq(refs_of(&f, base + ((uint64_t)4 << 30) + 0x200000), 2);
    fixture_free(&f);
}
END_TEST

/* Both dimensions cached: a neighbour page costs two references. */
START_TEST(test_psc_nested_neighbour_reads_two)
{
    struct mmu_config config = fixture_config();
    struct fixture f;

    config.tlb_enabled = false;
    fixture_make(&f, &config);
    fixture_nest(&f, 8 << 20, 1);
    fixture_map_guest(&f, base, 0x400000 | PTE_P | PTE_U, 1);
    fixture_map_guest(&f, base + 0x1000, 0x401000 | PTE_P | PTE_U, 1);
    /* Tables share upper second-stage levels: 4 cold, then 1 each. */
    ck_assert_uint_eq(refs_of(&f, base), 4 + 1 + 3 * (1 + 1) + 2);
    /* One guest entry (its table is in the nested TLB), one host entry. */
    ck_assert_uint_eq(refs_of(&f, base + 0x1000), 2);
    ck_assert_uint_eq(refs_of(&f, base + 0x1000), 1);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_psc_reach_by_level,
        test_psc_invlpg_drops_whole_pcid,
        test_psc_page_entry_is_not_cached,
        test_psc_faulting_walk_fills_none,
        test_psc_stale_entry_is_used_until_flushed,
        test_psc_keeps_rights_of_upper_levels,
        test_psc_capacity_evicts_oldest,
        test_psc_nested_neighbour_reads_two,
    };

    return run_cases("psc-rules", tests, sizeof(tests) / sizeof(*tests));
}
