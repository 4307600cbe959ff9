/*
 * Claim   A guest on shadow tables sees the permissions of its own: in every
 *         paging mode and for every page size, whatever P, R/W, U/S, A, D, PS,
 *         G, XD and the protection key say at every level, whatever CR0.WP,
 *         CR4.{SMEP,SMAP,PKE,PGE,PCIDE}, EFER.NXE, PKRU and EFLAGS.AC are, an
 *         instruction that reads, writes or is fetched from a page, and a
 *         segment load that reads or marks a descriptor there, completes or
 *         raises the page fault of the SDM, with error code and CR2, and the A
 *         and D flags of the guest's tables are set where it says.
 * Manual  see paging_oracle.h, which the answers are compared with.
 *
 * Each case is one instruction of a guest, at CPL 0 or 3, run until it has
 * retired or the hypervisor has a #PF to deliver: exits, fills and emulation
 * are those of every other guest.  The guest sets control registers by moves;
 * between cases its tables are written as by a device, and INVLPG follows.
 *
 * The essential bits are those of tests/214.  make test takes ROWS of the
 * entries' bits for every value of the control bits; RINGSIDE_MATRIX=full all
 * of them, but for those that no walk can tell apart (see there).
 */
#include "tests/shadow_rig.h"

enum { ROWS = 40, ACCESSES = 11 };

static struct oracle nth_access(const struct oracle *from, unsigned n)
{
    struct oracle o = *from;

    o.kind = (enum oracle_kind)(n % 3);
    o.who = (enum oracle_who)(n / 3);
    return o;
}

/* No fetch is implicit: 11 accesses, each on the entries as they were. */
static void ask_all(struct matrix *m, const struct oracle *before,
                    unsigned variant)
{
    matrix_put_entries(m, before);
    matrix_kernel_does(m, MATRIX_DO_INVLPG, 0);
    for (unsigned n = 0; n < ACCESSES; n++) {
        struct oracle o = nth_access(before, n);

        matrix_ask(m, &o, variant);
        if (memcmp(o.entry, before->entry, sizeof o.entry) != 0)
            matrix_put_entries(m, before);
    }
}

/* The same one after the other: each may find what one left. */
static void ask_in_turn(struct matrix *m, const struct oracle *before,
                        unsigned variant)
{
    struct oracle o = *before;

    matrix_put_entries(m, before);
    matrix_kernel_does(m, MATRIX_DO_INVLPG, 0);
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct oracle next = nth_access(&o, (variant + i * 5) % ACCESSES);

        matrix_ask(m, &next, variant / 8);
        memcpy(o.entry, next.entry, sizeof o.entry);
    }
}

/* Flags, PS where it is ignored or reserved, and the key. */
static void set_secondary(struct oracle *o, unsigned leaf, uint64_t bits)
{
    o->entry[leaf] |= rig_take(&bits, 1) << 6 | rig_take(&bits, 1) << 8;
    if (o_64(o))
        o->entry[leaf] |= (uint64_t)RIG_KEY << 59;
    for (unsigned level = leaf; level <= o_top(o); level++) {
        bool ps =
            level != leaf && (o->paging == PAGING_32 ? level == 2 : level >= 4);

        o->entry[level] |= rig_take(&bits, 1) << 5;
        if (rig_take(&bits, 3) == 7 && ps)
            o->entry[level] |= 1u << 7;
    }
}

static void run_case(struct matrix *m, const struct oracle *controls,
                     uint64_t essential, uint64_t drawn)
{
    struct oracle o = matrix_lay_out(m->shape);

    rig_set_essential(&o, m->shape.leaf, essential);
    set_secondary(&o, m->shape.leaf, drawn >> 20);
    o.pge = controls->pge;
    for (unsigned level = m->shape.leaf; !rig_full() && level <= 5; level++)
        if (o.entry[level] && (drawn >> 19 & 1))
            o.entry[level] |= 1; /* or few walks would end well */
    ask_all(m, &o, drawn >> 8 & 7);
    if ((drawn & 3) == 0)
        ask_in_turn(m, &o, (unsigned)(drawn >> 12 & 127));
}

/* The entries' bits, for one value of the control bits. */
static void run_rows(struct matrix *m, const struct oracle *controls,
                     uint64_t control_bits, unsigned shift, uint64_t rows)
{
    uint64_t count = rig_full() || rows < ROWS ? rows : ROWS;
    struct error e = {{0}};

    for (uint64_t i = 0; i < count; i++) {
        uint64_t drawn =
            rig_spread(((i << shift | control_bits) << 1 | controls->pge) + 1);
        uint64_t row = count == rows ? i : (drawn >> 40) % rows;
        uint64_t essential = row << shift | control_bits;
        uint64_t unread = rig_unread_bits(m->shape, essential);

        if (rig_full() && (essential & unread))
            continue;
        if (rig_full())
            essential |= drawn & unread;
        run_case(m, controls, essential, drawn * 0xbf58476d1ce4e5b9u >> 8);
    }
    matrix_kernel_does(m, MATRIX_DO_INVLPG,
                       0); /* takes note of the tables, too */
    ck_assert_msg(
        m->rig.vm->technique->check(m->rig.vm->vcpus[0], m->rig.cpu, &e), "%s",
        e.text);
}

static void run_shape(struct matrix *m)
{
    struct oracle scratch = matrix_lay_out(m->shape);
    uint64_t none = 0;
    unsigned shift = rig_set_controls(&scratch, &none);
    unsigned all = rig_set_essential(&scratch, m->shape.leaf, 0);
    uint64_t values = (uint64_t)1 << shift;

    for (uint64_t i = 0; i < values; i++) {
        struct oracle o = matrix_lay_out(m->shape);
        uint64_t bits = i;

        rig_set_controls(&o, &bits);
        o.pge = ((i ^ i >> 3) & 1) == m->rig.hv_config.host_page_shift % 2;
        m->contexts = o_64(&o) && ((i ^ i >> 2) & 2);
        matrix_set_controls(m, &o);
        run_rows(m, &o, i, shift, (uint64_t)1 << (all - shift));
        if (rig_full() && i % 32 == 31)
            printf("  %" PRIu64 " of %" PRIu64 " control values\n", i + 1,
                   values);
        fflush(stdout);
    }
}

/* Each shape over 4K backing, and over 2M. */
START_TEST(test_shadow_every_combination_as_manual)
{
    static struct matrix m;
    unsigned host_shift = _i % 2 ? 21 : 12;

    matrix_open(&m, rig_shapes[_i / 2], host_shift);
    run_shape(&m);
    printf("shadow, %s, page at level %u, backing 1 << %u: %" PRIu64
           " cases, %" PRIu64 " complete\n",
           rig_name(m.shape.paging), m.shape.leaf, host_shift, m.cases, m.good);
    fflush(stdout);
    ck_assert_uint_gt(m.good, m.cases / 100);
    rig_close(&m.rig);
}
END_TEST

/* Would flipping this bit lead the walk elsewhere? */
static bool redirects(const struct oracle *flipped, unsigned leaf,
                      unsigned level, unsigned position)
{
    if (position == 7 && level > 1 && level <= 3)
        return level == leaf || flipped->paging != PAGING_32;
    return position >= 12 && position < 46 && !o_reserved(flipped, level);
}

/* PAE: the register of the address is absent, then it is there again. */
static void ask_without_register(struct matrix *m, const struct oracle *base)
{
    struct oracle o = *base;
    uint64_t root = m->base.cr3;

    o.entry[3] &= ~(uint64_t)1;
    matrix_put_entries(m, &o);
    matrix_kernel_does(m, MATRIX_DO_CR3, root);
    ask_all(m, &o, 0);
    matrix_put_entries(m, base);
    matrix_kernel_does(m, MATRIX_DO_CR3, root);
}

/* P, R/W, U/S everywhere, and of each bit of each entry the opposite. */
static void flip_each(struct matrix *m, bool nxe)
{
    struct oracle base = matrix_lay_out(m->shape);
    unsigned width = o_32(&base) ? 32 : 64;

    base.nxe = nxe;
    matrix_set_controls(m, &base);
    for (unsigned level = m->shape.leaf; level <= o_top(&base); level++)
        base.entry[level] |= 7;
    for (unsigned n = 0; n < o_top(&base) * width; n++) {
        struct oracle o = base;
        unsigned level = n / width + 1;

        if (level < m->shape.leaf)
            continue;
        o.entry[level] ^= (uint64_t)1 << (n % width);
        if (!redirects(&o, m->shape.leaf, level, n % width))
            ask_all(m, &o, n % 8);
    }
    if (m->shape.paging == PAGING_PAE)
        ask_without_register(m, &base);
}

START_TEST(test_shadow_every_single_bit_as_manual)
{
    static struct matrix m;

    matrix_open(&m, rig_shapes[_i], 12);
    flip_each(&m, false);
    flip_each(&m, true);
    ck_assert_uint_gt(m.cases, 200);
    rig_close(&m.rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow matrix");
    TCase *cases = tcase_create("shadow matrix");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, rig_full() ? 7200 : 60);
    tcase_add_loop_test(cases, test_shadow_every_combination_as_manual, 0,
                        RIG_SHAPES * 2);
    tcase_add_loop_test(cases, test_shadow_every_single_bit_as_manual, 0,
                        RIG_SHAPES);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
