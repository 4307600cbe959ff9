/*
 * Claim   A walk that ends well sets A in every entry that it used and, for a
 *         write, D in the page's entry only; a faulting walk changes no
 *         memory.  A write through a TLB entry without D walks again to set
 *         it.  Nothing but these bits is ever written.
 * Manual  Intel SDM vol. 3, "Accessed and Dirty Flags".
 */
#include "tests/mmu_fixture.h"

static const uint64_t va = (uint64_t)5 << 30;
static const uint64_t page = (uint64_t)1 << 30;

/* The entries that map va: places[1] the page's, places[4] the root's. */
static void places_of(struct fixture *f, hpa_t places[5], unsigned leaf_level)
{
    hpa_t table = f->root;

    for (unsigned level = 4; level >= leaf_level; level--) {
        places[level] =
            hpa_add(table, pt_entry_offset(&pt_geom_x86_4level, level, va));
        table = hpa(memory_read64(&f->dram, places[level]) & PTE_ADDRESS);
    }
}

static void set_flags_of(struct fixture *f, const hpa_t places[5],
                         unsigned leaf_level, unsigned choice)
{
    for (unsigned level = leaf_level; level <= 4; level++) {
        uint64_t entry = memory_read64(&f->dram, places[level]);
        unsigned bits = choice >> (2 * (level - leaf_level)) & 3;

        entry &= ~(PTE_A | PTE_D);
        entry |= (bits & 1 ? PTE_A : 0) | (bits & 2 ? PTE_D : 0);
        memory_write64(&f->dram, places[level], entry);
    }
}

/* One access with the flags of choice; every entry is compared whole. */
static void try_flags(struct fixture *f, const hpa_t places[5],
                      unsigned leaf_level, enum access_kind kind, bool faults)
{
    uint64_t before[5];
    struct xlate x;

    for (unsigned level = leaf_level; level <= 4; level++)
        before[level] = memory_read64(&f->dram, places[level]);
    mmu_flush_all(f->mmu);
    x = mmu_access(f->mmu, &(struct access){gva(va), 1, kind, ACCESS_USER}, 0);
    ck_assert_int_eq(x.status, faults ? XLATE_GUEST_FAULT : XLATE_OK);
    for (unsigned level = leaf_level; level <= 4; level++) {
        uint64_t expected = before[level];

        if (!faults) {
            expected |= PTE_A;
            if (level == leaf_level && kind == ACCESS_WRITE)
                expected |= PTE_D;
        }
        ck_assert_uint_eq(memory_read64(&f->dram, places[level]), expected);
    }
}

static void all_flags(unsigned leaf_level, uint64_t rights, bool faults)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    hpa_t places[5] = {{0}};
    unsigned levels = 5 - leaf_level;

    fixture_make(&f, &config);
    fixture_map(&f, va, page | PTE_P | rights, leaf_level);
    places_of(&f, places, leaf_level);
    for (unsigned choice = 0; choice < 1u << (2 * levels); choice++)
        for (int kind = 0; kind < 3; kind++) {
            if (faults && kind != ACCESS_WRITE)
                continue;
            set_flags_of(&f, places, leaf_level, choice);
            try_flags(&f, places, leaf_level, (enum access_kind)kind, faults);
        }
    fixture_free(&f);
}

START_TEST(test_flags_every_combination_set_as_manual)
{
    for (unsigned level = 1; level <= 3; level++)
        all_flags(level, PTE_W | PTE_U, false);
}
END_TEST

START_TEST(test_flags_faulting_write_sets_none)
{
    for (unsigned level = 1; level <= 3; level++)
        all_flags(level, PTE_U, true);
}
END_TEST

START_TEST(test_flags_write_after_read_walks_for_dirty)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    hpa_t places[5];

    fixture_make(&f, &config);
    fixture_map(&f, va, page | PTE_P | PTE_W | PTE_U, 1);
    places_of(&f, places, 1);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER},
               0);
    ck_assert_uint_eq(memory_read64(&f.dram, places[1]) & PTE_D, 0);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER},
               0);
    ck_assert_uint_eq(memory_read64(&f.dram, places[1]) & PTE_D, PTE_D);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_COUNT), 2);
    mmu_access(f.mmu, &(struct access){gva(va), 1, ACCESS_WRITE, ACCESS_USER},
               0);
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_COUNT), 2);
    fixture_free(&f);
}
END_TEST

/* The root maps itself: one entry serves all four levels. */
START_TEST(test_flags_recursive_entry_survives)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    uint64_t self = (uint64_t)0x1ff << 39 | (uint64_t)0x1ff << 30 |
                    (uint64_t)0x1ff << 21 | (uint64_t)0x1ff << 12;
    struct xlate x;

    fixture_make(&f, &config);
    memory_write64(&f.dram, hpa_add(f.root, 511 * 8), f.root.v | PTE_P | PTE_W);
    x = mmu_access(f.mmu,
                   &(struct access){gva(self | 0xffff000000000000u), 8,
                                    ACCESS_WRITE, ACCESS_SUPERVISOR},
                   0);
    ck_assert_int_eq(x.status, XLATE_OK);
    ck_assert_uint_eq(x.hpa.v, f.root.v);
    ck_assert_uint_eq(memory_read64(&f.dram, hpa_add(f.root, 511 * 8)),
                      f.root.v | PTE_P | PTE_W | PTE_A | PTE_D);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_flags_every_combination_set_as_manual,
        test_flags_faulting_write_sets_none,
        test_flags_write_after_read_walks_for_dirty,
        test_flags_recursive_entry_survives,
    };

    return run_cases("walk-flags", tests, sizeof(tests) / sizeof(*tests));
}
