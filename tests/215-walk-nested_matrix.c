/*
 * Claim   With a second stage, in every paging mode of the guest and without
 *         paging: whatever rights the second stage gives each guest table and
 *         the page (every mix of read, write and execute, execute-only and
 *         misconfigured ones too), at every level of its entries and for
 *         pages of 4K, 2M and 1G, with A and D flags in it or without, each
 *         access gets the address, the page fault, the violation with its
 *         qualification or the misconfiguration of the SDM; and the flags of
 *         both stages are set where it says.
 * Manual  see paging_oracle.h, which the answers are compared with.
 *
 * The rights of the pages' last entries are the essential bits of a case;
 * make test samples, RINGSIDE_MATRIX=full takes their product, with DRAWS of
 * all the other bits for each.
 */
#include "tests/paging_rig.h"

enum { SAMPLE = 20000, ACCESSES = 12, DRAWS = 64 };

static uint64_t va_of(enum paging p)
{
    if (p == PAGING_OFF)
        return 0x00c23abc;
    return p == PAGING_5   ? 0x00a55a3c9a7c5432
           : p == PAGING_4 ? 0x00005a3c9a7c5432
                           : 0x9a7c5432;
}

/* Guest entries: mostly of the permissive kind. */
static void draw_guest(struct oracle *o, unsigned leaf, struct rng *r)
{
    o->wp = rng_below(r, 2);
    o->nxe = rng_below(r, 2);
    o->smep = rng_below(r, 4) == 0;
    o->smap = rng_below(r, 4) == 0;
    o->pge = rng_below(r, 2);
    for (unsigned level = leaf; level && level <= o_levels(o->paging);
         level++) {
        bool in_register = o->paging == PAGING_PAE && level == 3;
        uint64_t flags = 7 | (rng_below(r, 2) ? 1u << 5 : 0);

        if (rng_below(r, 12) == 0)
            flags ^= 1u << rng_below(r, 3);
        if (rng_below(r, 8) == 0 && o->nxe && !o_32(o))
            flags |= (uint64_t)1 << 63;
        if (level == leaf && rng_below(r, 2))
            flags |= 1u << 6;
        o->entry[level] |= in_register ? 1 : flags;
    }
}

/* One bit of an entry that no walk would go elsewhere for. */
static uint64_t stray_bit(struct rng *r, bool page, unsigned level)
{
    unsigned low = 12 + 9 * (level - 1), n = rng_below(r, 64);

    if (n < 3 || n == 7 || (n >= 12 && n < 46 && (!page || n >= low)))
        n = 46 + n % 6;
    return (uint64_t)1 << n;
}

static uint64_t draw_rights(struct rng *r)
{
    return rng_below(r, 6) ? 7 : rng_below(r, 8);
}

/* All of a page's entries but the rights of the last. */
static void draw_host(struct oracle *o, unsigned i, uint64_t gpa, struct rng *r)
{
    unsigned leaf = 1 + rng_below(r, 3);

    rig_layout_ept(o, i, gpa, leaf);
    for (unsigned level = 3; level >= leaf; level--) {
        uint64_t *e = &o->page[i].ept[level];

        *e |= (uint64_t)rng_below(r, 4) << 8; /* A, D */
        if (level > leaf)
            *e |= draw_rights(r);
        if (rng_below(r, 200) == 0)
            *e ^= stray_bit(r, level == leaf, level);
    }
}

static uint64_t final_gpa(const struct oracle *o, unsigned leaf)
{
    return o->paging == PAGING_OFF ? o->va : o_translation(o, leaf);
}

/* Three bits of rights for each page, from the page itself to the root. */
static struct oracle make_case(struct rig_shape s, uint64_t rights,
                               struct rng *r)
{
    struct oracle o = rig_layout(s, true, va_of(s.paging));

    o.ept_ad = rng_below(r, 2);
    draw_guest(&o, s.leaf, r);
    for (unsigned i = 0; i <= o_top(&o); i++) {
        unsigned leaf;

        draw_host(&o, i, i ? o.page[i].gpa : final_gpa(&o, s.leaf), r);
        leaf = rig_ept_leaf(&o, i);
        o.page[i].ept[leaf] |= i == 0 || i >= s.leaf ? rig_take(&rights, 3) : 7;
    }
    o.ept_top |= rng_below(r, 40) ? 7 : rng_below(r, 8);
    return o;
}

static void ask_each(struct rig *bare, const struct oracle *before)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct oracle o = *before;

        o.kind = (enum oracle_kind)(i % 3);
        o.who = (enum oracle_who)(i / 3);
        rig_put(bare, before);
        rig_ask(bare, &o);
    }
}

static void ask_cached(struct rig *cached, struct oracle o, unsigned first)
{
    rig_put(cached, &o);
    rig_set_regime(cached, &o, 0);
    mmu_flush_all(cached->f.mmu);
    mmu_invept(cached->f.mmu);
    for (unsigned i = 0; i < ACCESSES; i++) {
        unsigned n = (first + i * 5) % ACCESSES;

        o.kind = (enum oracle_kind)(n % 3);
        o.who = (enum oracle_who)(n / 3);
        rig_ask(cached, &o);
    }
}

/* Pages whose second-stage rights a case varies. */
static unsigned pages_of(struct rig_shape s)
{
    struct oracle o = {.paging = s.paging};

    return s.paging == PAGING_OFF ? 1 : o_top(&o) - s.leaf + 2;
}

static void run_shape(struct rig *bare, struct rig *cached, struct rig_shape s)
{
    uint64_t product = (uint64_t)1 << (3 * pages_of(s));
    uint64_t count = rig_full() ? product * DRAWS : SAMPLE;
    struct rng r = {s.paging * 8u + s.leaf};

    for (uint64_t i = 0; i < count; i++) {
        /* Of a sample, every other case has all rights but one or two. */
        uint64_t rights = rig_full() || i % 2 ? i * 0x9e3779b97f4a7c15u : ~0u;
        struct oracle o;

        rig_progress(i, count);
        if (!rig_full() && i % 2 == 0)
            rights ^= (uint64_t)1 << rng_below(&r, 24);
        o = make_case(s, rights, &r);
        rig_set_regime(bare, &o, 0);
        ask_each(bare, &o);
        if (i % 4 == 0)
            ask_cached(cached, o, rng_below(&r, ACCESSES));
    }
}

static struct rig_shape shape_of(int i)
{
    return i < RIG_SHAPES ? rig_shapes[i] : (struct rig_shape){PAGING_OFF, 0};
}

START_TEST(test_nested_walk_every_mix_as_manual)
{
    struct rig_shape s = shape_of(_i);
    struct rig bare, cached;

    rig_make(&bare, false);
    rig_make(&cached, true);
    run_shape(&bare, &cached, s);
    printf("nested, %s, page at level %u: %" PRIu64 " cases, %" PRIu64
           " of them with TLBs; %" PRIu64 " translate, %" PRIu64
           " violate, %" PRIu64 " are misconfigured\n",
           rig_name(s.paging), s.leaf, bare.cases + cached.cases, cached.cases,
           bare.good + cached.good, bare.violations + cached.violations,
           bare.misconfigs + cached.misconfigs);
    fflush(stdout);
    /* The product gives every mix of rights alike: few let 6 pages pass. */
    ck_assert_uint_gt(bare.good, bare.cases / (rig_full() ? 5000 : 50));
    ck_assert_uint_gt(bare.violations, bare.cases / 50);
    ck_assert_uint_gt(bare.misconfigs, bare.cases / 50);
    fixture_free(&bare.f);
    fixture_free(&cached.f);
}
END_TEST

/*
 * "EPT Violations": the load of PDPTE registers is a read even with flags in
 * the second stage, and its exit has no linear address; it sets A, not D.
 */
START_TEST(test_nested_register_load_every_right_as_manual)
{
    struct rig_shape s = {PAGING_PAE, 1};
    struct rig rig;
    struct rng r = {7};

    rig_make(&rig, false);
    for (unsigned i = 0; i < 4000; i++) {
        struct oracle o = make_case(s, rng_next(&r), &r);
        struct oracle_answer a;
        struct xlate x;

        rig_put(&rig, &o);
        rig_set_regime(&rig, &o, 0);
        x = mmu_register_load(rig.f.mmu, gpa(o.page[1].gpa + 0x20), 32, 0);
        a = o_ept(&o, &o.page[1], o.page[1].gpa + 0x20, 1);
        a.code &= ~(1u << 7);
        ck_assert(rig_agrees(&a, &x) && rig_entries(&rig, &o, true));
    }
    fixture_free(&rig.f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk-nested_matrix");
    TCase *cases = tcase_create("walk-nested_matrix");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, rig_full() ? 3600 : 60);
    tcase_add_loop_test(cases, test_nested_walk_every_mix_as_manual, 0,
                        RIG_SHAPES + 1);
    tcase_add_test(cases, test_nested_register_load_every_right_as_manual);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
