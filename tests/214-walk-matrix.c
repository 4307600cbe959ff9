/*
 * Claim   In every paging mode and for every page size, whatever P, R/W, U/S,
 *         A, D, PS, G, XD and the protection key say at every level, whatever
 *         CR0.WP, CR4.{SMEP,SMAP,PKE,PGE,PCIDE}, EFER.NXE, PKRU and EFLAGS.AC
 *         are, each kind of access at each privilege gets the address or the
 *         error code of the SDM, and A and D are set where it says; with
 *         nothing cached, and with TLBs and walk caches.  Every single bit of
 *         every entry is reserved, or is not, as the formats' tables say.
 * Manual  see paging_oracle.h, which the answers are compared with.
 *
 * The rights of all levels and the control bits are the essential bits of a
 * case; the others are secondary.  make test takes a sample spread evenly
 * over both; RINGSIDE_MATRIX=full the product: of all bits if it is below
 * 2^24, else of the essential bits, DRAWS times with the secondary ones drawn.
 *
 * What the product leaves out: a walk ends at an entry whose P is clear, and
 * reads none below it ("Paging-Structure Entries": such an entry references
 * nothing).  So the rights of entries below an absent one are drawn, not
 * varied: with 5 levels one case in 15 is left.
 */
#include "tests/paging_rig.h"

enum { SAMPLE = 40000, PRODUCT_BITS = 24, DRAWS = 8 };

static const uint64_t va_32 = 0x9a7c5432, va_48 = 0x00005a3c9a7c5432,
                      va_57 = 0x00a55a3c9a7c5432;

static uint64_t va_of(enum paging p)
{
    return p == PAGING_5 ? va_57 : p == PAGING_4 ? va_48 : va_32;
}

/* Bit 7 of tables: ignored, or reserved; it would move a page elsewhere. */
static bool ps_may_vary(const struct oracle *o, unsigned level)
{
    return o->paging == PAGING_32 ? level == 2 : level >= 4;
}

/* The others; *pcid is 0 or 1. */
static unsigned set_secondary(struct oracle *o, unsigned leaf, uint64_t bits,
                              uint16_t *pcid)
{
    uint64_t *e = &o->entry[leaf];
    unsigned count = 5;

    o->pge = rig_take(&bits, 1);
    *pcid = (uint16_t)rig_take(&bits, 1);
    *e |= rig_take(&bits, 1) << 6 | rig_take(&bits, 1) << 8; /* D, G */
    if (o_64(o))
        *e |= (uint64_t)RIG_KEY << 59;
    if (rig_take(&bits, 1)) /* a page beyond DRAM */
        *e |= o_32(o) ? (leaf == 2 ? (uint64_t)0x5a << 13 : 0xf0000000)
                      : (uint64_t)0x2a << 40;
    for (unsigned level = leaf; level <= o_top(o); level++) {
        o->entry[level] |= rig_take(&bits, 1) << 5; /* A */
        count++;
        if (level == leaf || !ps_may_vary(o, level))
            continue;
        o->entry[level] |= rig_take(&bits, 1) << 7;
        count++;
    }
    if (o->paging == PAGING_PAE) {
        o->entry[3] |= rig_take(&bits, 1);
        count++;
    }
    return count;
}

/* The twelve accesses: each on the entries as they were. */
static void ask_all(struct rig *bare, const struct oracle *before)
{
    for (unsigned i = 0; i < 12; i++) {
        struct oracle o = *before;

        o.kind = (enum oracle_kind)(i % 3);
        o.who = (enum oracle_who)(i / 3);
        rig_ask(bare, &o);
        if (memcmp(o.entry, before->entry, sizeof(o.entry)) != 0)
            rig_put(bare, before);
    }
}

/* With TLBs the accesses follow each other: each may find what one left. */
static void ask_cached(struct rig *cached, const struct oracle *before,
                       unsigned first, uint16_t pcid)
{
    struct oracle o = *before;

    rig_put(cached, &o);
    rig_set_regime(cached, &o, pcid);
    mmu_invlpg(cached->f.mmu, gva(o.va));
    for (unsigned i = 0; i < 12; i++) {
        unsigned n = (first + i * 5) % 12;

        o.kind = (enum oracle_kind)(n % 3);
        o.who = (enum oracle_who)(n / 3);
        rig_ask(cached, &o);
    }
}

static void run_case(struct rig *bare, struct rig *cached, struct rig_shape s,
                     uint64_t essential, uint64_t secondary)
{
    struct oracle o = rig_layout(s, false, va_of(s.paging));
    uint16_t pcid;

    rig_set_essential(&o, s.leaf, essential);
    set_secondary(&o, s.leaf, secondary, &pcid);
    /* Half of a sample is of present entries, or few walks would end well. */
    for (unsigned level = s.leaf; !rig_full() && level <= 5; level++)
        if (o.entry[level] && secondary % 2)
            o.entry[level] |= 1;
    rig_put(bare, &o);
    rig_set_regime(bare, &o, pcid);
    ask_all(bare, &o);
    if ((essential ^ secondary) % 4 == 0)
        ask_cached(cached, &o, (unsigned)(secondary % 12), pcid);
}

static void run_sample(struct rig *bare, struct rig *cached, struct rig_shape s,
                       unsigned essential, unsigned all)
{
    uint64_t count = (uint64_t)1 << all;

    if (count > SAMPLE)
        count = SAMPLE;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = rig_spread(i) & (((uint64_t)1 << all) - 1);

        run_case(bare, cached, s, index, index >> essential);
    }
}

/* All that a walk can tell apart of the essential bits, with each value of the
   others or with DRAWS of them. */
static void run_product(struct rig *bare, struct rig *cached,
                        struct rig_shape s, unsigned essential, unsigned all)
{
    uint64_t rows = (uint64_t)1 << essential;
    bool product = all <= PRODUCT_BITS;
    uint64_t draws = product ? (uint64_t)1 << (all - essential) : DRAWS;

    for (uint64_t row = 0; row < rows; row++) {
        uint64_t unread = rig_unread_bits(s, row);

        rig_progress(row, rows);
        for (uint64_t i = 0; !(row & unread) && i < draws; i++) {
            uint64_t drawn = rig_spread(row * draws + i);
            uint64_t rest = product ? i : drawn >> (64 - (all - essential));

            run_case(bare, cached, s, row | (drawn & unread), rest);
        }
    }
}

static void run_shape(struct rig *bare, struct rig *cached, struct rig_shape s)
{
    struct oracle scratch = rig_layout(s, false, va_of(s.paging));
    uint16_t pcid;
    unsigned essential = rig_set_essential(&scratch, s.leaf, 0);
    unsigned all = essential + set_secondary(&scratch, s.leaf, 0, &pcid);

    if (rig_full())
        run_product(bare, cached, s, essential, all);
    else
        run_sample(bare, cached, s, essential, all);
}

START_TEST(test_walk_every_combination_as_manual)
{
    struct rig bare, cached;
    struct rig_shape s = rig_shapes[_i];

    rig_make(&bare, false);
    rig_make(&cached, true);
    run_shape(&bare, &cached, s);
    printf("%s, page at level %u: %" PRIu64 " cases, %" PRIu64
           " of them with TLBs; %" PRIu64 " translate\n",
           rig_name(s.paging), s.leaf, bare.cases + cached.cases, cached.cases,
           bare.good + cached.good);
    ck_assert(rig_full() || bare.good > bare.cases / 50);
    fflush(stdout);
    fixture_free(&bare.f);
    fixture_free(&cached.f);
}
END_TEST

/* Would flipping this bit lead the walk to other entries? */
static bool redirects(const struct oracle *o, unsigned leaf, unsigned level,
                      unsigned position)
{
    unsigned low = level == leaf ? o_low_bit(o, level) : 12;

    if (position == 7 && level > 1 && o->paging != PAGING_32 && level <= 3)
        return o_32(o) || level == 2 || o_64(o);
    if (o_32(o))
        return level != leaf && position >= 12;
    return level != leaf && position >= low && position < 46;
}

static void flip_each(struct rig *r, struct rig_shape s, bool nxe)
{
    struct oracle base = rig_layout(s, false, va_of(s.paging));
    unsigned width = o_32(&base) ? 32 : 64;

    base.nxe = nxe;
    for (unsigned level = s.leaf; level <= o_levels(s.paging); level++)
        base.entry[level] |= s.paging == PAGING_PAE && level == 3 ? 1 : 7;
    for (unsigned n = 0; n < o_top(&base) * width; n++) {
        struct oracle o = base;
        unsigned level = n / width + 1;

        if (level < s.leaf || redirects(&o, s.leaf, level, n % width))
            continue;
        o.entry[level] ^= (uint64_t)1 << (n % width);
        rig_put(r, &o);
        rig_set_regime(r, &o, 0);
        ask_all(r, &o);
    }
}

START_TEST(test_walk_every_single_bit_as_manual)
{
    struct rig r;

    rig_make(&r, false);
    flip_each(&r, rig_shapes[_i], false);
    flip_each(&r, rig_shapes[_i], true);
    ck_assert_uint_gt(r.cases, 500);
    fixture_free(&r.f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk-matrix");
    TCase *cases = tcase_create("walk-matrix");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, rig_full() ? 3600 : 60);
    tcase_add_loop_test(cases, test_walk_every_combination_as_manual, 0,
                        RIG_SHAPES);
    tcase_add_loop_test(cases, test_walk_every_single_bit_as_manual, 0,
                        RIG_SHAPES);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
