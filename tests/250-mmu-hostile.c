/*
 * Claim   No table, address or order of operations makes the MMU fail: memory
 *         full of random entries is walked in one and two dimensions, every
 *         answer is a legal status, and addresses outside DRAM are reported,
 *         never touched.  Code frames keep writes off the inlined path.
 * Manual  none; DESIGN, "a guest can never crash the simulator".
 */
#include "mmu/mmu_check.h"
#include "mmu/mmu_fast.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { TABLE_BYTES = 64 * 4096, STEPS = 30000 };

/* Mostly plausible entries, so that walks go deep; some pure noise. */
static uint64_t random_entry(struct rng *r)
{
    uint64_t entry = (uint64_t)rng_below(r, 64) << 12;

    if (rng_below(r, 20) == 0)
        return rng_next(r);
    if (rng_below(r, 10) == 0)
        entry = rng_next(r) & (((uint64_t)1 << 46) - 4096);
    entry |= rng_below(r, 8) ? 7 : rng_below(r, 8);
    entry |= (uint64_t)rng_below(r, 4) << 5;
    entry |= rng_below(r, 6) == 0 ? PTE_PS : 0;
    return entry | (rng_below(r, 8) == 0 ? PTE_G : 0);
}

static void shuffle_regime(struct fixture *f, struct rng *r)
{
    bool nested = rng_below(r, 2);

    f->regime.guest = rng_below(r, 8) ? &pt_geom_x86_4level : NULL;
    if (rng_below(r, 4) == 0 && f->regime.guest)
        f->regime.guest = &pt_geom_x86_5level;
    f->regime.guest_root =
        gpa(rng_below(r, 12) ? rng_below(r, 64) << 12 : rng_next(r));
    f->regime.stage2 = nested ? &pt_geom_ept_4level : NULL;
    f->regime.stage2_root = hpa(rng_below(r, 64) << 12);
    f->regime.stage2_ad = rng_below(r, 2);
    f->regime.vpid = (uint16_t)rng_below(r, 3);
    f->regime.pcid = (uint16_t)rng_below(r, 3);
    f->regime.wp = rng_below(r, 2);
    f->regime.nxe = rng_below(r, 2);
    f->regime.smep = rng_below(r, 2);
    f->regime.smap = rng_below(r, 2);
    f->regime.pge = rng_below(r, 2);
    mmu_set_regime(f->mmu, &f->regime);
}

static void disturb(struct fixture *f, struct rng *r)
{
    gva_t va = gva(rng_next(r));

    switch (rng_below(r, 8)) {
    case 0:
        mmu_invlpg(f->mmu, va);
        break;
    case 1:
        mmu_flush_all(f->mmu);
        break;
    case 2:
        mmu_invpcid(f->mmu, rng_below(r, 5), (uint16_t)rng_below(r, 3), va);
        break;
    case 3:
        mmu_invvpid_page(f->mmu, (uint16_t)rng_below(r, 3), va);
        break;
    case 4:
        mmu_invept(f->mmu);
        break;
    case 5:
        mmu_touch(f->mmu, hpa(rng_next(r)), ACCESS_WRITE);
        break;
    case 6:
        memory_write64(&f->dram, hpa(rng_below(r, TABLE_BYTES) & ~7u),
                       random_entry(r));
        break;
    default:
        shuffle_regime(f, r);
        break;
    }
}

static void access_random(struct fixture *f, struct rng *r)
{
    gva_t va = gva((uint64_t)rng_below(r, 64) << rng_below(r, 52));
    enum access_kind kind = (enum access_kind)rng_below(r, 3);
    enum access_mode mode = (enum access_mode)rng_below(r, 4);
    unsigned bytes = 1u << rng_below(r, 4);
    struct xlate peeked, x;
    hpa_t at;

    va.v &= ~(uint64_t)15;
    peeked = mmu_peek(f->mmu, va, kind, mode);
    ck_assert_int_le(peeked.status, XLATE_OUTSIDE);
    if (mmu_fast(mmu_hot(f->mmu), va, bytes, kind, mode, &at)) {
        ck_assert(memory_has(&f->dram, at, bytes));
        return;
    }
    x = mmu_access(f->mmu, &(struct access){va, bytes, kind, mode}, 0);
    ck_assert_int_le(x.status, XLATE_OUTSIDE);
    if (x.status == XLATE_OK)
        ck_assert(memory_has(&f->dram, x.hpa, bytes));
    if (x.status == XLATE_OUTSIDE)
        ck_assert(!memory_has(&f->dram, x.hpa, bytes));
}

START_TEST(test_mmu_random_tables_never_fail)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct mmu_config config = fixture_config();
        struct rng r = {seed};
        struct fixture f;
        struct error e;

        config.l1d_tlb.repl = (enum repl_kind)(seed % 3);
        fixture_make(&f, &config);
        for (uint64_t a = 0; a < TABLE_BYTES; a += 8)
            memory_write64(&f.dram, hpa(a), random_entry(&r));
        for (int i = 0; i < STEPS; i++) {
            if (rng_below(&r, 20) == 0)
                disturb(&f, &r);
            access_random(&f, &r);
        }
        mmu_check(f.mmu, &e); /* may say no; must come back */
        fixture_free(&f);
    }
}
END_TEST

START_TEST(test_mmu_address_beyond_dram_is_outside)
{
    struct mmu_config config = fixture_config();
    uint64_t apic = 0xfee00000000;
    struct fixture f;

    fixture_make(&f, &config);
    fixture_map(&f, 0x40000000, apic | PTE_P | PTE_W, 1);
    for (int i = 0; i < 3; i++) {
        struct xlate x =
            mmu_access(f.mmu,
                       &(struct access){gva(0x40000020), 4, ACCESS_WRITE,
                                        ACCESS_SUPERVISOR},
                       0);

        ck_assert_int_eq(x.status, XLATE_OUTSIDE);
        ck_assert_uint_eq(x.hpa.v, apic + 0x20);
    }
    ck_assert_uint_eq(count_of(&f, COUNTER_WALK_COUNT), 1);
    fixture_free(&f);
}
END_TEST

START_TEST(test_mmu_table_beyond_dram_is_absent)
{
    struct mmu_config config = fixture_config();
    struct fixture f;

    fixture_make(&f, &config);
    f.regime.guest_root = gpa((uint64_t)1 << 45);
    mmu_set_regime(f.mmu, &f.regime);
    ck_assert_int_eq(
        mmu_access(f.mmu, &(struct access){gva(0), 1, ACCESS_READ, ACCESS_USER},
                   0)
            .status,
        XLATE_GUEST_FAULT);
    fixture_free(&f);
}
END_TEST

START_TEST(test_mmu_code_frame_leaves_the_inlined_path)
{
    struct mmu_config config = fixture_config();
    uint64_t page = 0x50000000, va = 0x40000000;
    struct fixture f;
    hpa_t at;

    fixture_make(&f, &config);
    fixture_map(&f, va, page | PTE_P | PTE_W | PTE_U, 1);
    for (uint64_t i = 0; i < 3; i++)
        mmu_access(f.mmu,
                   &(struct access){gva(va), 8, ACCESS_WRITE, ACCESS_USER},
                   i * 10000);
    ck_assert(
        mmu_fast(mmu_hot(f.mmu), gva(va), 8, ACCESS_WRITE, ACCESS_USER, &at));
    f.dram.code[page >> 12] = 1;
    mmu_code_marked(f.mmu, hfn(page >> 12));
    for (int i = 0; i < 3; i++) {
        ck_assert(!mmu_fast(mmu_hot(f.mmu), gva(va), 8, ACCESS_WRITE,
                            ACCESS_USER, &at));
        mmu_access(f.mmu,
                   &(struct access){gva(va), 8, ACCESS_WRITE, ACCESS_USER},
                   50000);
    }
    mmu_access(f.mmu, &(struct access){gva(va), 8, ACCESS_READ, ACCESS_USER},
               50000);
    ck_assert(
        mmu_fast(mmu_hot(f.mmu), gva(va), 8, ACCESS_READ, ACCESS_USER, &at));
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_mmu_random_tables_never_fail,
        test_mmu_address_beyond_dram_is_outside,
        test_mmu_table_beyond_dram_is_absent,
        test_mmu_code_frame_leaves_the_inlined_path,
    };

    return run_cases("mmu-hostile", tests, sizeof(tests) / sizeof(*tests));
}
