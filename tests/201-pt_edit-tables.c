/*
 * Claim   Geometry rows give the index, span and address bits of the manual,
 *         and the editors read and write the entries that the walker reads.
 * Manual  Intel SDM vol. 3, figures of linear-address translation with 4-level
 *         paging; "EPT Translation Mechanism".
 */
#include "tests/mmu_fixture.h"

START_TEST(test_geom_indexes_are_nine_bits_each)
{
    const struct pt_geom *g = &pt_geom_x86_4level;
    uint64_t va = 0xffff8a5a5a5a5a5a;

    ck_assert_uint_eq(pt_index(g, 4, va), (va >> 39) & 0x1ff);
    ck_assert_uint_eq(pt_index(g, 3, va), (va >> 30) & 0x1ff);
    ck_assert_uint_eq(pt_index(g, 2, va), (va >> 21) & 0x1ff);
    ck_assert_uint_eq(pt_index(g, 1, va), (va >> 12) & 0x1ff);
    ck_assert_uint_eq(pt_entry_offset(g, 1, va), ((va >> 12) & 0x1ff) * 8);
    ck_assert_uint_eq(pt_span_bytes(g, 1), 4096);
    ck_assert_uint_eq(pt_span_bytes(g, 2), 2 << 20);
    ck_assert_uint_eq(pt_span_bytes(g, 3), 1 << 30);
}
END_TEST

START_TEST(test_geom_leaf_only_where_pages_may_be)
{
    ck_assert(pt_is_leaf(&pt_geom_x86_4level, 1, PTE_P));
    ck_assert(!pt_is_leaf(&pt_geom_x86_4level, 2, PTE_P));
    ck_assert(pt_is_leaf(&pt_geom_x86_4level, 2, PTE_P | PTE_PS));
    ck_assert(pt_is_leaf(&pt_geom_x86_4level, 3, PTE_P | PTE_PS));
    ck_assert(!pt_is_leaf(&pt_geom_x86_4level, 4, PTE_P | PTE_PS));
    ck_assert(pt_reserved_set(&pt_geom_x86_4level, 4, PTE_P | PTE_PS, true));
    ck_assert(!pt_reserved_set(&pt_geom_x86_4level, 4, PTE_P, true));
}
END_TEST

START_TEST(test_geom_presence_differs_by_format)
{
    ck_assert(pt_present(&pt_geom_x86_4level, PTE_P));
    ck_assert(!pt_present(&pt_geom_x86_4level, PTE_W | PTE_U));
    ck_assert(pt_present(&pt_geom_ept_4level, EPT_X));
    ck_assert(!pt_present(&pt_geom_ept_4level, EPT_MEMORY_TYPE_WB));
}
END_TEST

START_TEST(test_geom_address_drops_flags_and_offset)
{
    uint64_t entry = 0x8000123456789fff;

    ck_assert_uint_eq(pt_address(&pt_geom_x86_4level, 1, entry, true),
                      0x0000123456789000);
    ck_assert_uint_eq(pt_address(&pt_geom_x86_4level, 2, entry, true),
                      0x0000123456600000);
    ck_assert_uint_eq(pt_address(&pt_geom_x86_4level, 3, entry, false),
                      0x0000123456789000);
}
END_TEST

START_TEST(test_edit_find_stops_at_leaf_or_hole)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct pt_place at;

    fixture_make(&f, &config);
    fixture_map(&f, 0x40000000, 0x5000 | PTE_P, 1);
    fixture_map(&f, 0x80000000, 0x200000 | PTE_P, 2);
    at = pt_edit_find(&f.dram, f.regime.guest, f.root, 0x40000000);
    ck_assert(at.leaf);
    ck_assert_uint_eq(at.level, 1);
    ck_assert_uint_eq(at.entry, 0x5000 | PTE_P);
    at = pt_edit_find(&f.dram, f.regime.guest, f.root, 0x80012345);
    ck_assert(at.leaf);
    ck_assert_uint_eq(at.level, 2);
    at = pt_edit_find(&f.dram, f.regime.guest, f.root, 0x40001000);
    ck_assert(!at.leaf);
    ck_assert_uint_eq(at.level, 1);
    at = pt_edit_find(&f.dram, f.regime.guest, f.root, (uint64_t)9 << 39);
    ck_assert(!at.leaf);
    ck_assert_uint_eq(at.level, 4);
    ck_assert_uint_eq(at.table.v, f.root.v);
    fixture_free(&f);
}
END_TEST

START_TEST(test_edit_set_bits_reports_change_once)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    hpa_t at;

    fixture_make(&f, &config);
    at = pt_edit_at(&pt_geom_x86_4level, f.root, 7);
    pt_edit_write(&f.dram, &pt_geom_x86_4level, f.root, 7, PTE_P);
    ck_assert(pt_edit_set_bits(&f.dram, &pt_geom_x86_4level, at, PTE_A));
    ck_assert(!pt_edit_set_bits(&f.dram, &pt_geom_x86_4level, at, PTE_A));
    ck_assert(
        pt_edit_set_bits(&f.dram, &pt_geom_x86_4level, at, PTE_A | PTE_D));
    ck_assert_uint_eq(pt_edit_read(&f.dram, &pt_geom_x86_4level, f.root, 7),
                      PTE_P | PTE_A | PTE_D);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_geom_indexes_are_nine_bits_each,
        test_geom_leaf_only_where_pages_may_be,
        test_geom_presence_differs_by_format,
        test_geom_address_drops_flags_and_offset,
        test_edit_find_stops_at_leaf_or_hole,
        test_edit_set_bits_reports_change_once,
    };

    return run_cases("pt_edit-tables", tests, sizeof(tests) / sizeof(*tests));
}
