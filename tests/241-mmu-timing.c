/*
 * Claim   An access's time is the sum of its parts: an L2 TLB hit adds its
 *         latency, a walk the latencies of its references, and walks wait for
 *         one of the profile's walkers; the costs add up to the ready time.
 * Manual  Intel Optimization Reference Manual, "Data TLB"; DESIGN, "Timing".
 */
#include "mmu/mmu_fast.h"
#include "tests/mmu_fixture.h"

static const uint64_t base = (uint64_t)1 << 30;

/* So that no walk pays for setting A. */
static void set_accessed(struct fixture *f)
{
    const struct pt_geom *g = f->regime.guest;
    hpa_t table = f->root;

    for (unsigned level = 4; level > 1; level--) {
        uint64_t index = pt_index(g, level, base);
        uint64_t entry = pt_edit_read(&f->dram, g, table, index);

        pt_edit_write(&f->dram, g, table, index, entry | PTE_A);
        table = hpa(entry & PTE_ADDRESS);
    }
}

static void make(struct fixture *f, const struct mmu_config *config)
{
    fixture_make(f, config);
    for (uint64_t a = 0; a < (2 << 20); a += PAGE_BYTES)
        fixture_map(f, base + a,
                    (0x40000000 + a) | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D,
                    1);
    set_accessed(f);
}

static struct xlate load(struct fixture *f, uint64_t offset, uint64_t start)
{
    struct xlate x = mmu_access(
        f->mmu,
        &(struct access){gva(base + offset), 8, ACCESS_READ, ACCESS_USER},
        start);

    ck_assert_int_eq(x.status, XLATE_OK);
    ck_assert_uint_eq(x.ready_cycle - start,
                      x.cost.tlb_l2_cycles + x.cost.walk_guest_cycles +
                          x.cost.walk_host_cycles + x.cost.memory_cycles);
    return x;
}

START_TEST(test_timing_cold_load_pays_four_references)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct xlate x;

    make(&f, &config);
    x = load(&f, 0, 0);
    ck_assert_uint_eq(x.cost.walk_guest_cycles, 4 * 200);
    ck_assert_uint_eq(x.cost.memory_cycles, 200);
    ck_assert_int_eq(x.cost.level, CACHE_DRAM);
    x = load(&f, 8, 10000); /* all hits */
    ck_assert_uint_eq(x.ready_cycle, 10004);
    ck_assert_int_eq(x.cost.level, CACHE_L1);
    x = load(&f, PAGE_BYTES, 20000); /* PDE cache, PTE's line in L1 */
    ck_assert_uint_eq(x.cost.walk_guest_cycles, 4);
    fixture_free(&f);
}
END_TEST

START_TEST(test_timing_l2_tlb_hit_adds_its_cycles)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct xlate x;

    make(&f, &config);
    for (uint64_t page = 0; page < 128; page++)
        load(&f, page * PAGE_BYTES, page * 10000);
    x = load(&f, 0, 1 << 24); /* beyond the 64 of L1, within 1536 */
    ck_assert_uint_eq(x.cost.tlb_l2_cycles, 7);
    ck_assert_uint_eq(x.cost.walk_guest_cycles, 0);
    fixture_free(&f);
}
END_TEST

/* Independent misses at one cycle: as many walks at a time as walkers. */
static uint64_t last_walk_done(uint32_t walkers, unsigned walks)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    uint64_t done = 0;

    config.walkers = walkers;
    config.psc_enabled = config.cache_enabled = false;
    make(&f, &config);
    for (unsigned i = 0; i < walks; i++) {
        struct xlate x = load(&f, i * PAGE_BYTES, 0);
        uint64_t walked = x.ready_cycle - x.cost.memory_cycles;

        done = walked > done ? walked : done;
    }
    fixture_free(&f);
    return done;
}

START_TEST(test_timing_walks_wait_for_a_walker)
{
    ck_assert_uint_eq(last_walk_done(1, 4), 4 * 800);
    ck_assert_uint_eq(last_walk_done(2, 4), 2 * 800);
    ck_assert_uint_eq(last_walk_done(4, 4), 800);
}
END_TEST

START_TEST(test_timing_two_lines_wait_for_the_later)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct xlate x;
    hpa_t at;

    make(&f, &config);
    load(&f, 0, 0);
    x = load(&f, 60, 10000);
    ck_assert_uint_eq(x.cost.memory_cycles, 200);
    load(&f, 60, 20000);
    load(&f, 0, 20000);
    ck_assert(!mmu_fast(mmu_hot(f.mmu), gva(base + 60), 8, ACCESS_READ,
                        ACCESS_USER, &at));
    ck_assert(mmu_fast(mmu_hot(f.mmu), gva(base + 56), 8, ACCESS_READ,
                       ACCESS_USER, &at));
    fixture_free(&f);
}
END_TEST

START_TEST(test_timing_fault_is_known_after_the_walk)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct xlate x;

    make(&f, &config);
    x = mmu_access(
        f.mmu,
        &(struct access){gva(base + (64 << 20)), 1, ACCESS_READ, ACCESS_USER},
        5);
    ck_assert_int_eq(x.status, XLATE_GUEST_FAULT);
    ck_assert_uint_eq(x.ready_cycle, 5 + 3 * 200); /* no page table */
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_timing_cold_load_pays_four_references,
        test_timing_l2_tlb_hit_adds_its_cycles,
        test_timing_walks_wait_for_a_walker,
        test_timing_two_lines_wait_for_the_later,
        test_timing_fault_is_known_after_the_walk,
    };

    return run_cases("mmu-timing", tests, sizeof(tests) / sizeof(*tests));
}
