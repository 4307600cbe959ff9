/*
 * Claim   No table, address or order of operations makes the MMU fail: memory
 *         full of random entries (loops, reserved bits, tables outside DRAM)
 *         is walked in one and two dimensions in every paging mode, every
 *         answer is a legal status, a walk ends after as many references as
 *         its levels allow and changes nothing but A and D, and addresses
 *         outside DRAM are reported, never touched.  Code frames keep writes
 *         off the inlined path.  RINGSIDE_SEED adds to the seeds.
 * Manual  none; DESIGN, "a guest can never crash the simulator".
 */
#include "mmu/mmu_check.h"
#include "mmu/mmu_fast.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum {
    TABLE_BYTES = 64 * 4096,
    STEPS = 20000,
    /* 5 levels on 5, the page, and once more to set the flags of 5. */
    REFS_MOST = 5 * 6 + 5 + 5 * 5
};

static const struct pt_geom *const guests[] = {
    NULL,
    &pt_geom_x86_2level,
    &pt_geom_x86_2level_pse,
    &pt_geom_x86_pae,
    &pt_geom_x86_4level,
    &pt_geom_x86_4level_no_1g,
    &pt_geom_x86_5level,
    &pt_geom_x86_5level_no_1g,
};

enum { GUESTS = sizeof(guests) / sizeof(guests[0]) };

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

    f->regime.guest = guests[rng_below(r, GUESTS)];
    for (unsigned i = 0; i < PT_PDPTES; i++)
        f->regime.pdpte[i] = random_entry(r);
    f->regime.guest_root =
        gpa(rng_below(r, 12) ? rng_below(r, 64) << 12 : rng_next(r));
    f->regime.stage2 = !nested           ? NULL
                       : rng_below(r, 2) ? &pt_geom_ept_4level
                                         : &pt_geom_ept_5level;
    f->regime.stage2_root = hpa(rng_below(r, 64) << 12);
    f->regime.stage2_ad = rng_below(r, 2);
    f->regime.vpid = (uint16_t)rng_below(r, 3);
    f->regime.pcid = (uint16_t)rng_below(r, 3);
    f->regime.wp = rng_below(r, 2);
    f->regime.nxe = rng_below(r, 2);
    f->regime.smep = rng_below(r, 2);
    f->regime.smap = rng_below(r, 2);
    f->regime.pge = rng_below(r, 2);
    f->regime.pke = rng_below(r, 2);
    f->regime.pkru = (uint32_t)rng_next(r);
    mmu_set_regime(f->mmu, &f->regime);
}

/* before: what the tables would be if no walk set a flag. */
static void disturb(struct fixture *f, struct rng *r, uint64_t *before)
{
    gva_t va = gva(rng_next(r));
    uint64_t place = rng_below(r, TABLE_BYTES / 8);

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
        mmu_register_load(f->mmu, gpa(rng_next(r) & ~(uint64_t)31), 32, 0);
        break;
    case 6:
        before[place] = random_entry(r);
        memory_write64(&f->dram, hpa(place * 8), before[place]);
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
    uint64_t refs;
    hpa_t at;

    va.v &= ~(uint64_t)15;
    peeked = mmu_peek(f->mmu, va, kind, mode);
    ck_assert_int_le(peeked.status, XLATE_OUTSIDE);
    if (mmu_fast(mmu_hot(f->mmu), va, bytes, kind, mode, &at)) {
        ck_assert(memory_has(&f->dram, at, bytes));
        return;
    }
    refs = count_of(f, COUNTER_WALK_REFS);
    x = mmu_access(f->mmu, &(struct access){va, bytes, kind, mode}, 0);
    ck_assert_int_le(x.status, XLATE_OUTSIDE);
    ck_assert_uint_le(count_of(f, COUNTER_WALK_REFS) - refs, REFS_MOST);
    if (x.status == XLATE_OK)
        ck_assert(memory_has(&f->dram, x.hpa, bytes));
    if (x.status == XLATE_OUTSIDE)
        ck_assert(!memory_has(&f->dram, x.hpa, bytes));
}

/* Every 8 bytes: no bit has changed but A and D of either format. */
static void require_only_flags(const struct fixture *f, const uint64_t *before)
{
    const uint64_t flags = PTE_A | PTE_D | EPT_A | EPT_D;
    uint64_t wrong = 0;

    for (uint64_t i = 0; i < TABLE_BYTES / 8; i++) {
        uint64_t changed = before[i] ^ memory_read64(&f->dram, hpa(i * 8));

        wrong |= (changed & ~(flags | flags << 32)) | (changed & before[i]);
    }
    ck_assert_uint_eq(wrong, 0);
}

static void run_seed(uint64_t seed, uint64_t *before)
{
    struct mmu_config config = fixture_config();
    struct rng r = {seed};
    struct fixture f;
    struct error e;

    config.l1d_tlb.repl = (enum repl_kind)(seed % 3);
    fixture_make(&f, &config);
    for (uint64_t a = 0; a < TABLE_BYTES; a += 8)
        memory_write64(&f.dram, hpa(a), random_entry(&r));
    shuffle_regime(&f, &r);
    memory_copy_out(&f.dram, before, hpa(0), TABLE_BYTES);
    for (int i = 0; i < STEPS; i++) {
        access_random(&f, &r);
        if (rng_below(&r, 20) == 0)
            disturb(&f, &r, before);
        if (i % 1000 == 0)
            require_only_flags(&f, before);
    }
    mmu_check(f.mmu, &e); /* may say no; must come back */
    fixture_free(&f);
}

START_TEST(test_mmu_random_tables_never_fail)
{
    const char *text = getenv("RINGSIDE_SEED");
    uint64_t first = text ? strtoull(text, NULL, 0) * 8 : 0;
    uint64_t *before = malloc(TABLE_BYTES);

    ck_assert_ptr_nonnull(before);
    for (uint64_t seed = first + 1; seed <= first + 8; seed++)
        run_seed(seed, before);
    free(before);
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
