/*
 * Claim   Caches change time and counts, never answers: TLBs on or off, walk
 *         caches on or off give the same addresses and faults as long as
 *         software flushes what it changes.  The inlined path changes nothing
 *         at all: same answers, counts, times and replacement state.
 * Manual  Intel SDM vol. 3, "Caching Translation Information".
 */
#include "mmu/mmu_check.h"
#include "mmu/mmu_fast.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { PAGES = 400, STEPS = 60000, ROOTS = 3 };

static const uint64_t va_4k = (uint64_t)1 << 32;
static const uint64_t va_2m = (uint64_t)1 << 34, va_1g = (uint64_t)1 << 38;
static const uint64_t rights = PTE_P | PTE_W | PTE_U;

/* What may differ between two machines that must agree. */
struct machine {
    struct fixture f;
    struct mmu_hot *hot; /* tried first if inlined: mmu_fast() */
    bool inlined;
    uint64_t roots[ROOTS];
    unsigned inlined_hits, faults;
};

static uint64_t random_flags(struct rng *r)
{
    uint64_t flags = PTE_P | (rng_below(r, 8) ? PTE_W : 0);

    flags |= rng_below(r, 8) ? PTE_U : 0;
    flags |= rng_below(r, 4) == 0 ? PTE_NX : 0;
    flags |= rng_below(r, 2) ? PTE_D : 0;
    return rng_below(r, 30) ? flags : 0;
}

/* Pages of va_4k are frames above 256 MB in table memory's own space. */
static uint64_t page_frame(unsigned page)
{
    return ((uint64_t)1 << 28) + (uint64_t)page * PAGE_BYTES;
}

static void map(struct machine *m, unsigned root, unsigned page, uint64_t flags)
{
    struct fixture *f = &m->f;
    uint64_t va = va_4k + (uint64_t)page * PAGE_BYTES;
    /* The upper pages are global and alike in every address space. */
    bool global = page >= PAGES * 3 / 4;
    uint64_t leaf = global ? page_frame(page) | PTE_G
                           : page_frame((page * 7 + root * 13) % PAGES);
    uint64_t offset = f->regime.stage2 ? GUEST_BASE : 0;
    uint64_t spec[4] = {flags ? leaf | flags : 0, 1, rights, offset};

    for (unsigned i = 0; i < ROOTS; i++)
        if (global || i == root)
            fixture_map_at(f, f->regime.guest, m->roots[i], va, spec);
}

static void map_large(struct machine *m)
{
    for (unsigned i = 0; i < ROOTS; i++)
        for (unsigned page = 0; page < 40; page++) {
            uint64_t offset = m->f.regime.stage2 ? GUEST_BASE : 0;
            uint64_t at = ((uint64_t)1 << 29) + (uint64_t)page % 20 * 0x200000;
            uint64_t spec[4] = {at | rights | PTE_PS, 2, rights, offset};
            uint64_t spec_1g[4] = {rights | PTE_PS, 3, rights, offset};

            fixture_map_at(&m->f, m->f.regime.guest, m->roots[i],
                           va_2m + (uint64_t)page * 0x200000, spec);
            fixture_map_at(&m->f, m->f.regime.guest, m->roots[i],
                           va_1g + ((uint64_t)(page % 3) << 30), spec_1g);
        }
}

static void machine_make(struct machine *m, const struct mmu_config *config,
                         unsigned host_level)
{
    struct rng r = {1};

    fixture_make(&m->f, config);
    m->hot = mmu_hot(m->f.mmu);
    m->inlined = config->fast_path;
    m->f.next_gpa_table = 16 * PAGE_BYTES;
    if (host_level)
        fixture_nest(&m->f, (uint64_t)1 << 30, host_level);
    for (unsigned i = 0; i < ROOTS; i++)
        m->roots[i] = host_level ? i * PAGE_BYTES : fixture_frame(&m->f);
    for (unsigned i = 0; i < ROOTS; i++)
        for (unsigned page = 0; page < PAGES; page++)
            map(m, i, page, random_flags(&r));
    map_large(m);
}

/* What of an answer must agree; times only where both are timed alike. */
struct answer {
    enum xlate_status status;
    uint64_t hpa, ready_cycle;
    uint32_t error_code;
};

static struct answer ask(struct machine *m, gva_t va, enum access_kind kind,
                         enum access_mode mode, uint64_t start_cycle)
{
    struct answer a = {0};
    struct xlate x;
    hpa_t at;

    if (m->inlined && mmu_fast(m->hot, va, 8, kind, mode, &at)) {
        m->inlined_hits++;
        a.hpa = at.v;
        a.ready_cycle = start_cycle + m->hot->hit_cycles[kind == ACCESS_FETCH];
        return a;
    }
    x = mmu_access(m->f.mmu, &(struct access){va, 8, kind, mode}, start_cycle);
    m->faults += x.status == XLATE_GUEST_FAULT;
    a.status = x.status;
    a.error_code = x.error_code;
    a.hpa = x.status == XLATE_OK ? x.hpa.v : 0;
    a.ready_cycle = x.ready_cycle;
    return a;
}

static gva_t random_address(struct rng *r)
{
    uint64_t offset = rng_below(r, 500) * 8u;

    switch (rng_below(r, 8)) {
    case 0:
        return gva(va_2m + rng_below(r, 40) * (uint64_t)0x200000 + offset);
    case 1:
        return gva(va_1g + rng_below(r, 2) * ((uint64_t)1 << 30) +
                   (rng_below(r, 512) << 21) + offset);
    case 2:
        return gva(va_4k + rng_below(r, PAGES) * PAGE_BYTES + offset);
    default:
        return gva(va_4k + rng_below(r, 6) * 61 * PAGE_BYTES + offset % 256);
    }
}

/* One change by software, with the flush that goes with it. */
static void change(struct machine *m, uint32_t what, uint64_t random)
{
    unsigned page = (unsigned)(random % PAGES);
    unsigned root = m->f.regime.pcid;
    struct rng r = {random};

    switch (what) {
    case 0:
        map(m, root, page, random_flags(&r));
        mmu_invlpg(m->f.mmu, gva(va_4k + page * PAGE_BYTES));
        if (page >= PAGES * 3 / 4)
            mmu_flush_all(m->f.mmu);
        break;
    case 1:
        root = (unsigned)(random % ROOTS);
        m->f.regime.pcid = (uint16_t)root;
        m->f.regime.guest_root = gpa(m->roots[root]);
        mmu_set_regime(m->f.mmu, &m->f.regime);
        break;
    case 2:
        mmu_flush_pcid(m->f.mmu);
        break;
    case 3:
        m->f.regime.wp = random & 1;
        m->f.regime.smep = random & 2;
        m->f.regime.smap = random & 4;
        mmu_set_regime(m->f.mmu, &m->f.regime);
        break;
    case 4:
        mmu_invpcid(m->f.mmu, (unsigned)(random % 4), (uint16_t)(random % 3),
                    gva(va_4k + page * PAGE_BYTES));
        break;
    default:
        m->f.dram.code[(random % (m->f.dram.bytes >> 12))] = 1;
        mmu_code_marked(m->f.mmu, hfn(random % (m->f.dram.bytes >> 12)));
        break;
    }
}

/* The stream of accesses: mostly near an earlier one, as programs do. */
struct stream {
    struct rng rng;
    uint64_t cycle;
    struct {
        gva_t va;
        enum access_kind kind;
        enum access_mode mode;
    } recent[4];
};

static void step(struct machine *a, struct machine *b, struct stream *s,
                 bool timed)
{
    struct rng *r = &s->rng;
    unsigned i = rng_below(r, 4);

    if (rng_below(r, 12) == 0) {
        s->recent[i].va = random_address(r);
        s->recent[i].kind = (enum access_kind)rng_below(r, 3);
        s->recent[i].mode = (enum access_mode)rng_below(r, 4);
    }
    s->cycle += rng_below(r, 100);
    gva_t va = gva((s->recent[i].va.v & ~(uint64_t)511) | rng_below(r, 505));
    enum access_kind kind = s->recent[i].kind;
    enum access_mode mode = s->recent[i].mode;
    uint64_t start_cycle = s->cycle - rng_below(r, 300);
    struct answer of_a = ask(a, va, kind, mode, start_cycle);
    struct answer of_b = ask(b, va, kind, mode, start_cycle);

    ck_assert_int_eq(of_a.status, of_b.status);
    ck_assert_uint_eq(of_a.hpa, of_b.hpa);
    ck_assert_uint_eq(of_a.error_code, of_b.error_code);
    if (timed)
        ck_assert_uint_eq(of_a.ready_cycle, of_b.ready_cycle);
}

static void run_both(const struct mmu_config *ca, const struct mmu_config *cb,
                     unsigned host_level, bool timed)
{
    struct machine *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    struct stream s = {.rng = {99 + host_level}, .cycle = 1000};
    struct rng *r = &s.rng;
    struct error e;

    machine_make(a, ca, host_level);
    machine_make(b, cb, host_level);
    change(a, 1, 0);
    change(b, 1, 0);
    for (int i = 0; i < STEPS; i++) {
        if (rng_below(r, 60) == 0) {
            uint32_t what = rng_below(r, 6);
            uint64_t random = rng_next(r) >> 8;

            change(a, what, random);
            change(b, what, random);
        }
        step(a, b, &s, timed);
        if (i % 4096 == 0)
            ck_assert_msg(mmu_check(a->f.mmu, &e), "%s", e.text);
    }
    if (timed) {
        ck_assert_mem_eq(&a->f.counters, &b->f.counters, sizeof(a->f.counters));
        ck_assert_uint_eq(mmu_digest(a->f.mmu), mmu_digest(b->f.mmu));
    }
    ck_assert_uint_eq(mmu_stale_entries(a->f.mmu), 0);
    /* The stream must exercise what is claimed. */
    ck_assert_uint_gt(a->inlined_hits, STEPS / 10);
    ck_assert_uint_gt(a->faults, STEPS / 10);
    fixture_free(&a->f);
    fixture_free(&b->f);
    free(a);
    free(b);
}

static void run_fast_against_slow(struct mmu_config config, unsigned level)
{
    struct mmu_config slow = config;

    config.fast_path = true;
    slow.fast_path = false;
    run_both(&config, &slow, level, true);
}

static struct mmu_config config_of(enum repl_kind repl)
{
    struct mmu_config config = fixture_config();

    config.l1d_tlb.repl = config.l1i_tlb.repl = config.l2_tlb.repl = repl;
    config.l1d.repl = config.l1i.repl = config.l2.repl = repl;
    config.psc_guest.repl = config.psc_host.repl = repl;
    return config;
}

START_TEST(test_mmu_inlined_native_changes_nothing)
{
    run_fast_against_slow(config_of(REPL_LRU), 0);
    run_fast_against_slow(config_of(REPL_PLRU), 0);
    run_fast_against_slow(config_of(REPL_RANDOM), 0);
}
END_TEST

START_TEST(test_mmu_inlined_nested_changes_nothing)
{
    run_fast_against_slow(config_of(REPL_LRU), 1);
    run_fast_against_slow(config_of(REPL_PLRU), 2);
}
END_TEST

/* One array for all sizes, fully associative, as AMD Zen has it. */
START_TEST(test_mmu_inlined_associative_changes_nothing)
{
    struct mmu_config config = config_of(REPL_LRU);

    config.l1d_tlb =
        (struct tlb_config){.page_4k = {64, 64}, .shared_4k_2m = true};
    config.l2_tlb.page_1g = (struct tlb_geometry){0, 0};
    run_fast_against_slow(config, 0);
    run_fast_against_slow(config, 2);
}
END_TEST

static void enter(struct fixture *f, uint16_t pcid, uint64_t root)
{
    f->regime.pcid = pcid;
    f->regime.guest_root = gpa(root);
    mmu_set_regime(f->mmu, &f->regime);
}

/*
 * Software that maps a page global in one address space and not in another
 * gets whichever entry is found first; the inlined path must find the same.
 */
START_TEST(test_mmu_inlined_global_of_other_space_is_found_alike)
{
    struct mmu_config config = fixture_config();
    const struct access read = {gva(va_4k), 8, ACCESS_READ, ACCESS_USER};
    const struct access write = {gva(va_4k), 8, ACCESS_WRITE, ACCESS_USER};
    uint64_t flags = PTE_P | PTE_W | PTE_U, other;
    struct fixture f;
    hpa_t at;

    fixture_make(&f, &config);
    fixture_map(&f, va_4k, 0x40000000 | flags, 2);
    other = fixture_frame(&f);
    fixture_map_at(&f, f.regime.guest, other, va_4k,
                   (uint64_t[4]){0x50000000 | flags | PTE_G, 1, flags, 0});
    enter(&f, 1, f.root.v);
    for (uint64_t i = 0; i < 3; i++)
        mmu_access(f.mmu, &read, i * 10000);
    ck_assert(
        mmu_fast(mmu_hot(f.mmu), gva(va_4k), 8, ACCESS_READ, ACCESS_USER, &at));
    ck_assert_uint_eq(at.v, 0x40000000);
    enter(&f, 2, other); /* a write: the slot for reads stays */
    mmu_access(f.mmu, &write, 30000);
    enter(&f, 1, f.root.v);
    if (!mmu_fast(mmu_hot(f.mmu), gva(va_4k), 8, ACCESS_READ, ACCESS_USER, &at))
        at = mmu_access(f.mmu, &read, 70000).hpa;
    ck_assert_uint_eq(
        at.v, mmu_peek(f.mmu, gva(va_4k), ACCESS_READ, ACCESS_USER).hpa.v);
    fixture_free(&f);
}
END_TEST

static void run_all_against(struct mmu_config other)
{
    struct mmu_config config = fixture_config();

    for (unsigned level = 0; level <= 2; level++)
        run_both(&config, &other, level, false);
}

START_TEST(test_mmu_tlb_off_same_answers)
{
    struct mmu_config other = fixture_config();

    other.tlb_enabled = false;
    run_all_against(other);
}
END_TEST

START_TEST(test_mmu_psc_off_same_answers)
{
    struct mmu_config other = fixture_config();

    other.psc_enabled = false;
    other.cache_enabled = false;
    run_all_against(other);
}
END_TEST

/* STRESS: one entry of everything. */
START_TEST(test_mmu_one_entry_tlbs_same_answers)
{
    struct mmu_config other = fixture_config();
    struct tlb_config one = {.page_4k = {1, 1}, .shared_4k_2m = true};

    other.l1d_tlb = other.l1i_tlb = other.l2_tlb = one;
    other.ntlb = (struct tlb_geometry){1, 1};
    other.psc_guest = (struct psc_config){.entries = {0, 0, 1, 1, 1, 1}};
    other.psc_host = other.psc_guest;
    run_all_against(other);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_mmu_inlined_native_changes_nothing,
        test_mmu_inlined_nested_changes_nothing,
        test_mmu_inlined_associative_changes_nothing,
        test_mmu_inlined_global_of_other_space_is_found_alike,
        test_mmu_tlb_off_same_answers,
        test_mmu_psc_off_same_answers,
        test_mmu_one_entry_tlbs_same_answers,
    };

    return run_cases("mmu-equivalence", tests, sizeof(tests) / sizeof(*tests));
}
