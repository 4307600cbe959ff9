/*
 * Claim   The second stage answers as the SDM says: violations with the exact
 *         qualification for every combination of R, W and X at two levels,
 *         of the access and of the walk; misconfigurations; A and D flags of
 *         EPT when they are on; the combined page is the smaller of the two.
 * Manual  Intel SDM vol. 3, "EPT Violations", "EPT Misconfigurations", table
 *         "Exit Qualification for EPT Violations", "Accessed and Dirty Flags
 *         for EPT".
 */
#include "tests/mmu_fixture.h"

static const uint64_t va = (uint64_t)1 << 30;
static const uint64_t page = 0x300000; /* guest-physical */

/* Guest tables are in the first MB, the page is not. */
static void make(struct fixture *f, bool cached)
{
    struct mmu_config config = fixture_config();

    config.tlb_enabled = config.psc_enabled = config.cache_enabled = cached;
    fixture_make(f, &config);
    fixture_nest(f, 1 << 20, 1);
    fixture_map_guest(f, va, page | PTE_P | PTE_W | PTE_U, 1);
    fixture_map_host(f, page, EPT_RWX, 1);
}

static struct pt_place place_of(struct fixture *f, uint64_t a)
{
    return pt_edit_find(&f->dram, &pt_geom_ept_4level, f->ept_root, a);
}

/* Addresses of the entries that map a: [0] level 2, [1] level 1. */
static void entries_of(struct fixture *f, uint64_t a, hpa_t entries[2])
{
    const struct pt_geom *g = &pt_geom_ept_4level;
    hpa_t table = f->ept_root;

    for (unsigned level = 4; level >= 1; level--) {
        hpa_t at = pt_edit_at(g, table, pt_index(g, level, a));

        if (level <= 2)
            entries[2 - level] = at;
        table = hpa(pt_edit_load(&f->dram, g, at) & PTE_ADDRESS);
    }
}

static void set_rights(struct fixture *f, hpa_t entry, uint64_t rights)
{
    uint64_t old = memory_read64(&f->dram, entry);

    memory_write64(&f->dram, entry, (old & ~(uint64_t)EPT_RWX) | rights);
}

/* What the SDM's table says of one access with these rights. */
static bool oracle(uint64_t upper, uint64_t leaf, enum access_kind kind,
                   enum xlate_status *status, uint32_t *qualification)
{
    uint64_t both = upper & leaf;
    uint32_t q = 1u << kind | 1u << 7 | 1u << 8;

    *status = XLATE_STAGE2_VIOLATION;
    *qualification = q;
    if (upper == 0)
        return false;
    if ((upper & 3) == 2) {
        *status = XLATE_STAGE2_MISCONFIG;
        return false;
    }
    if (leaf == 0)
        return false;
    if ((leaf & 3) == 2) {
        *status = XLATE_STAGE2_MISCONFIG;
        return false;
    }
    *qualification = q | (uint32_t)both << 3;
    return (both >> kind & 1) != 0;
}

static void try_rights(struct fixture *f, const hpa_t entries[2],
                       unsigned rights, enum access_kind kind)
{
    uint64_t upper = rights >> 3, leaf = rights & 7;
    enum xlate_status status;
    uint32_t qualification;
    bool allowed = oracle(upper, leaf, kind, &status, &qualification);
    struct xlate x;

    set_rights(f, entries[0], upper);
    set_rights(f, entries[1], leaf);
    mmu_invept(f->mmu);
    x = mmu_access(f->mmu,
                   &(struct access){gva(va + 0x1008), 8, kind, ACCESS_USER}, 0);
    if (allowed) {
        ck_assert_int_eq(x.status, XLATE_OK);
        ck_assert_uint_eq(x.hpa.v, GUEST_BASE + page + 0x400008);
        return;
    }
    ck_assert_int_eq(x.status, status);
    ck_assert_uint_eq(x.fault_gpa.v, page + 0x400008);
    if (status == XLATE_STAGE2_VIOLATION)
        ck_assert_uint_eq(x.error_code, qualification);
}

static void all_rights(bool cached)
{
    struct fixture f;
    hpa_t entries[2];

    make(&f, cached);
    /* Another 2M region, so that the guest's tables keep their rights. */
    fixture_map_host(&f, page + 0x400000, EPT_RWX, 1);
    fixture_map_guest(&f, va + 0x1000,
                      (page + 0x400000) | PTE_P | PTE_W | PTE_U, 1);
    entries_of(&f, page + 0x400000, entries);
    for (unsigned rights = 0; rights < 64; rights++)
        for (int kind = 0; kind < 3; kind++)
            try_rights(&f, entries, rights, (enum access_kind)kind);
    fixture_free(&f);
}

START_TEST(test_second_stage_all_rights_as_manual)
{
    all_rights(false);
    all_rights(true);
}
END_TEST

START_TEST(test_second_stage_table_missing_is_not_final)
{
    struct fixture f;
    struct pt_place at;
    struct xlate x;

    make(&f, true);
    at = place_of(&f, 0); /* holds the guest's root table */
    pt_edit_write(&f.dram, &pt_geom_ept_4level, at.table, at.index, 0);
    mmu_invept(f.mmu);
    x = mmu_access(f.mmu,
                   &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_STAGE2_VIOLATION);
    ck_assert_uint_eq(x.error_code, EPTQ_READ | EPTQ_GVA_VALID);
    ck_assert_uint_eq(x.fault_gpa.v,
                      pt_entry_offset(&pt_geom_x86_4level, 4, va));
    fixture_free(&f);
}
END_TEST

/* Setting A in a guest entry writes the guest's table. */
START_TEST(test_second_stage_readonly_table_stops_flag_update)
{
    struct fixture f;
    struct pt_place at;
    struct xlate x;

    make(&f, true);
    at = place_of(&f, 0);
    pt_edit_write(&f.dram, &pt_geom_ept_4level, at.table, at.index,
                  at.entry & ~EPT_W);
    mmu_invept(f.mmu);
    x = mmu_access(f.mmu,
                   &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_STAGE2_VIOLATION);
    ck_assert_uint_eq(x.error_code, EPTQ_READ | EPTQ_WRITE | EPTQ_READABLE |
                                        EPTQ_EXECUTABLE | EPTQ_GVA_VALID);
    fixture_free(&f);
}
END_TEST

static void expect_misconfig(uint64_t set, uint64_t clear)
{
    struct fixture f;
    struct pt_place at;
    struct xlate x;

    make(&f, true);
    at = place_of(&f, page);
    pt_edit_write(&f.dram, &pt_geom_ept_4level, at.table, at.index,
                  (at.entry & ~clear) | set);
    x = mmu_access(f.mmu,
                   &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, XLATE_STAGE2_MISCONFIG);
    ck_assert_uint_eq(x.fault_gpa.v, page);
    fixture_free(&f);
}

START_TEST(test_second_stage_bad_entries_are_misconfigured)
{
    for (unsigned n = 46; n <= 51; n++)
        expect_misconfig((uint64_t)1 << n, 0);
    expect_misconfig(2 << 3, 7 << 3); /* reserved memory types */
    expect_misconfig(3 << 3, 7 << 3);
    expect_misconfig(7 << 3, 7 << 3);
    expect_misconfig(0, EPT_R); /* writable, not readable */
}
END_TEST

START_TEST(test_second_stage_flags_off_are_untouched)
{
    struct fixture f;

    make(&f, true);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER},
               0);
    ck_assert_uint_eq(place_of(&f, page).entry & (EPT_A | EPT_D), 0);
    fixture_free(&f);
}
END_TEST

START_TEST(test_second_stage_flags_on_are_set)
{
    struct fixture f;

    make(&f, true);
    f.regime.stage2_ad = true;
    mmu_set_regime(f.mmu, &f.regime);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER},
               0);
    ck_assert_uint_eq(place_of(&f, page).entry & (EPT_A | EPT_D), EPT_A);
    /* Walks count as writes of the guest's tables. */
    ck_assert_uint_eq(place_of(&f, 0).entry & (EPT_A | EPT_D), EPT_A | EPT_D);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER},
               0);
    ck_assert_uint_eq(place_of(&f, page).entry & (EPT_A | EPT_D),
                      EPT_A | EPT_D);
    fixture_free(&f);
}
END_TEST

static unsigned combined_shift(unsigned guest_level, unsigned host_level)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct xlate walked, found;

    fixture_make(&f, &config);
    fixture_nest(&f, (uint64_t)1 << 30, host_level);
    fixture_map_guest(&f, va, PTE_P | PTE_U, guest_level);
    walked = mmu_access(
        f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0);
    found = mmu_access(
        f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0);
    ck_assert_int_eq(walked.status, XLATE_OK);
    ck_assert_uint_eq(walked.page_shift, found.page_shift);
    ck_assert_uint_eq(walked.hpa.v, GUEST_BASE);
    ck_assert_uint_eq(found.hpa.v, GUEST_BASE);
    fixture_free(&f);
    return walked.page_shift;
}

START_TEST(test_second_stage_combined_page_is_the_smaller)
{
    for (unsigned guest = 1; guest <= 3; guest++)
        for (unsigned host = 1; host <= 3; host++)
            ck_assert_uint_eq(combined_shift(guest, host),
                              12 + 9 * ((guest < host ? guest : host) - 1));
}
END_TEST

START_TEST(test_second_stage_paging_off_uses_it_alone)
{
    struct fixture f;
    struct xlate x;

    make(&f, true);
    f.regime.guest = NULL;
    mmu_set_regime(f.mmu, &f.regime);
    x = mmu_access(
        f.mmu,
        &(struct access){gva(page + 5), 1, ACCESS_WRITE, ACCESS_SUPERVISOR}, 0);
    ck_assert_int_eq(x.status, XLATE_OK);
    ck_assert_uint_eq(x.hpa.v, GUEST_BASE + page + 5);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_HOST_REFS), 4);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_GUEST_REFS), 0);
    x = mmu_access(
        f.mmu, &(struct access){gva(page), 1, ACCESS_WRITE, ACCESS_SUPERVISOR},
        0);
    ck_assert_uint_eq(x.hpa.v, GUEST_BASE + page);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_COUNT), 1);
    ck_assert_uint_eq(count_of(&f, COUNTER_DTLB_ACCESS), 2);
    ck_assert_uint_eq(count_of(&f, COUNTER_DTLB_L1_MISS), 1);
    x = mmu_access(
        f.mmu,
        &(struct access){gva(0x900000), 1, ACCESS_READ, ACCESS_SUPERVISOR}, 0);
    ck_assert_int_eq(x.status, XLATE_STAGE2_VIOLATION);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_second_stage_all_rights_as_manual,
        test_second_stage_table_missing_is_not_final,
        test_second_stage_readonly_table_stops_flag_update,
        test_second_stage_bad_entries_are_misconfigured,
        test_second_stage_flags_off_are_untouched,
        test_second_stage_flags_on_are_set,
        test_second_stage_combined_page_is_the_smaller,
        test_second_stage_paging_off_uses_it_alone,
    };

    return run_cases("walk-second_stage", tests,
                     sizeof(tests) / sizeof(*tests));
}
