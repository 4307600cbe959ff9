/*
 * Claim   In every paging mode, with one stage and with two, TLBs and walk
 *         caches change no answer and no flag in the tables as long as
 *         software flushes what the SDM says it must after an edit: a page's
 *         entry by INVLPG (and INVPCID for the other contexts), a table's by
 *         dropping everything, the second stage's by INVEPT.  WP, SMAP, PKE
 *         and PKRU may change without any flush.
 * Manual  Intel SDM vol. 3, "Recommended Invalidation", "Optional
 *         Invalidation", "Guidelines for Use of the INVEPT Instruction".
 *
 * Three machines see the same edits and accesses: one without caches, one
 * with those of a real CPU, one with one entry of each.  The tables make a
 * tree, each table used by one path, so that a page has one address.
 */
#include <stdio.h>
#include <string.h>

#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum {
    MACHINES = 3,
    FANOUT = 3,   /* entries used of each table */
    TABLES = 121, /* (3^5 - 1) / 2 */
    STEPS = 30000,
    CONTEXTS = 3,
    RECENT = 6 /* addresses that are asked for again */
};

#define TABLE_BASE ((uint64_t)0x100000)
#define GUEST_SPAN ((uint64_t)1 << 29)

static const struct {
    const struct pt_geom *geom;
    unsigned host_level; /* 0: one stage */
} worlds[] = {
    {&pt_geom_x86_2level, 0},       {&pt_geom_x86_2level_pse, 0},
    {&pt_geom_x86_pae, 0},          {&pt_geom_x86_4level, 0},
    {&pt_geom_x86_4level_no_1g, 0}, {&pt_geom_x86_5level, 0},
    {&pt_geom_x86_2level, 1},       {&pt_geom_x86_2level_pse, 2},
    {&pt_geom_x86_pae, 1},          {&pt_geom_x86_4level, 1},
    {&pt_geom_x86_4level, 2},       {&pt_geom_x86_5level, 1},
};

enum { WORLDS = sizeof(worlds) / sizeof(worlds[0]) };

struct world {
    struct fixture f[MACHINES];
    const struct pt_geom *g;
    struct regime regime;
    unsigned host_level;
    uint64_t offset; /* of a table: host minus guest address */
    gva_t recent[RECENT];
    unsigned answers[5];
};

/* An entry: which path leads to it (base FANOUT), and in which level. */
struct place {
    unsigned level, path, digit;
};

static uint64_t index_of(unsigned digit)
{
    static const uint64_t index[FANOUT] = {0, 1, 3};

    return index[digit];
}

/* Tables of one depth follow each other. */
static uint64_t table_at(const struct world *w, unsigned level, unsigned path)
{
    unsigned before = 0, here = 1;

    for (unsigned l = w->g->levels; l > level; l--) {
        before += here;
        here *= FANOUT;
    }
    return TABLE_BASE + (before + path) * PAGE_BYTES;
}

static struct place random_place(const struct world *w, struct rng *r)
{
    struct place p = {.level = 1 + rng_below(r, w->g->levels),
                      .digit = rng_below(r, FANOUT)};

    for (unsigned l = w->g->levels; l > p.level; l--)
        p.path = p.path * FANOUT + rng_below(r, FANOUT);
    return p;
}

/* An address that the entry translates. */
static uint64_t address_in(const struct world *w, struct place p)
{
    unsigned digits = p.path * FANOUT + p.digit;
    uint64_t va = 0;

    for (unsigned l = p.level; l <= w->g->levels; l++) {
        va |= index_of(digits % FANOUT) << pt_shift(w->g, l);
        digits /= FANOUT;
    }
    return va;
}

static uint64_t random_entry(const struct world *w, struct place p,
                             struct rng *r)
{
    bool page =
        p.level == 1 || (p.level <= w->g->largest_leaf && rng_below(r, 4) == 0);
    uint64_t span = pt_span_bytes(w->g, p.level);
    uint64_t frame = (GUEST_SPAN / 2 + (rng_below(r, 64) << 12)) & ~(span - 1);
    uint64_t flags =
        PTE_P | (rng_below(r, 12) ? PTE_W : 0) | (rng_below(r, 4) ? PTE_U : 0);

    if (rng_below(r, 80) == 0)
        return 0;
    if (page && p.level == 2 && rng_below(r, 2))
        frame += span & (GUEST_SPAN / 2 - 1);
    flags |= page && p.level > 1 ? PTE_PS : 0;
    flags |= page && rng_below(r, 3) == 0 ? PTE_G : 0;
    flags |= rng_below(r, 2) ? PTE_A : 0;
    flags |= page && rng_below(r, 2) ? PTE_D : 0;
    if (w->g->entry_bytes == 8) {
        flags |= rng_below(r, 12) == 0 ? PTE_NX : 0;
        flags |= rng_below(r, 200) == 0 ? (uint64_t)1 << 47 : 0;
        flags |= w->g->has_keys && page ? (uint64_t)rng_below(r, 4) << 59 : 0;
    }
    return flags |
           (page ? frame : table_at(w, p.level - 1, p.path * FANOUT + p.digit));
}

static hpa_t entry_at(const struct world *w, struct place p)
{
    return hpa(table_at(w, p.level, p.path) + w->offset +
               index_of(p.digit) * w->g->entry_bytes);
}

static void set_regimes(struct world *w)
{
    for (unsigned i = 0; i < MACHINES; i++)
        mmu_set_regime(w->f[i].mmu, &w->regime);
}

static void drop_all(struct world *w)
{
    for (unsigned i = 0; i < MACHINES; i++)
        mmu_flush_all(w->f[i].mmu);
}

/* One page in every context, global or not. */
static void drop_page(struct world *w, gva_t va)
{
    for (unsigned i = 0; i < MACHINES; i++) {
        mmu_invlpg(w->f[i].mmu, va);
        for (uint16_t pcid = 0; pcid < CONTEXTS; pcid++)
            mmu_invpcid(w->f[i].mmu, 0, pcid, va);
    }
}

/* The entry of a PAE root: MOV to CR3 takes it into its register. */
static void edit_register(struct world *w, struct place p, struct rng *r)
{
    uint64_t entry = table_at(w, p.level - 1, p.digit) | PTE_P;

    w->regime.pdpte[index_of(p.digit)] = rng_below(r, 6) ? entry : 0;
    set_regimes(w);
    drop_all(w);
}

static void edit(struct world *w, struct rng *r)
{
    struct place p = random_place(w, r);
    uint64_t entry = random_entry(w, p, r), old;
    bool was_page, is_page;

    if (p.level == w->g->register_level) {
        edit_register(w, p, r);
        return;
    }
    old = pt_edit_load(&w->f[0].dram, w->g, entry_at(w, p));
    if (rng_below(r, 3) == 0) /* clear or set one flag */
        entry = old ^ (rng_below(r, 2) ? PTE_A : PTE_W);
    for (unsigned i = 0; i < MACHINES; i++)
        pt_edit_write(&w->f[i].dram, w->g, entry_at(w, p), 0, entry);
    was_page = pt_is_leaf(w->g, p.level, old) || !pt_present(w->g, old);
    is_page = pt_is_leaf(w->g, p.level, entry) || !pt_present(w->g, entry);
    if (was_page && is_page)
        drop_page(w, gva(address_in(w, p)));
    else
        drop_all(w);
}

static void edit_host(struct world *w, struct rng *r)
{
    uint64_t span = (uint64_t)1 << (12 + 9 * (w->host_level - 1));
    uint64_t tables = TABLES * PAGE_BYTES;
    uint64_t a = rng_below(r, 2) ? TABLE_BASE + rng_below(r, (uint32_t)tables)
                                 : rng_next(r) % GUEST_SPAN;
    uint64_t rights = rng_below(r, 3) ? EPT_RWX : rng_below(r, 8);

    rights |= rng_below(r, 2) ? EPT_A : 0;
    for (unsigned i = 0; i < MACHINES; i++) {
        fixture_map_host(&w->f[i], a & ~(span - 1), rights, w->host_level);
        mmu_invept(w->f[i].mmu);
    }
}

/* What software may change, and the flush that the CPU adds by itself. */
static void change_controls(struct world *w, struct rng *r)
{
    struct regime *g = &w->regime;
    bool flush = false;

    g->wp = rng_below(r, 2);
    g->smap = rng_below(r, 2);
    g->pke = w->g->has_keys && rng_below(r, 2);
    g->pkru = g->pke ? (uint32_t)rng_next(r) & 0xff : 0;
    if (w->g->levels >= 4)
        g->pcid = (uint16_t)rng_below(r, CONTEXTS);
    if (rng_below(r, 4) == 0) {
        g->smep = rng_below(r, 2);
        g->nxe = w->g->has_nx && rng_below(r, 2);
        g->pge = rng_below(r, 2);
        flush = true;
    }
    set_regimes(w);
    if (flush)
        drop_all(w);
}

static void require_same(struct world *w, const struct xlate x[MACHINES],
                         const struct access *a)
{
    for (unsigned i = 1; i < MACHINES; i++) {
        bool same = x[i].status == x[0].status &&
                    x[i].error_code == x[0].error_code &&
                    (x[0].status != XLATE_OK || x[i].hpa.v == x[0].hpa.v) &&
                    x[i].fault_gpa.v == x[0].fault_gpa.v;

        if (!same)
            ck_abort_msg("%s, host level %u: %#llx kind %d mode %d: without "
                         "caches %d %#x %#llx, machine %u %d %#x %#llx",
                         w->g->name, w->host_level, (unsigned long long)a->va.v,
                         a->kind, a->mode, x[0].status, x[0].error_code,
                         (unsigned long long)x[0].hpa.v, i, x[i].status,
                         x[i].error_code, (unsigned long long)x[i].hpa.v);
    }
    w->answers[x[0].status]++;
}

static void ask(struct world *w, struct rng *r)
{
    struct place p = random_place(w, r);
    gva_t *va = &w->recent[rng_below(r, RECENT)];
    struct access a = {gva(0), 1, (enum access_kind)rng_below(r, 3),
                       (enum access_mode)rng_below(r, 4)};
    struct xlate x[MACHINES];

    if (rng_below(r, 8) == 0)
        *va = gva(address_in(w, p) | rng_below(r, 4) << 12);
    a.va.v = w->g->levels <= 3 ? (uint32_t)va->v : va->v;
    for (unsigned i = 0; i < MACHINES; i++)
        x[i] = mmu_access(w->f[i].mmu, &a, 0);
    require_same(w, x, &a);
}

/* Tables, guest's and host's: the flags are alike in all machines. */
static void require_same_tables(const struct world *w)
{
    uint64_t guest = TABLE_BASE + w->offset, bytes = TABLES * PAGE_BYTES;

    for (unsigned i = 1; i < MACHINES; i++) {
        ck_assert(memcmp(memory_at(&w->f[0].dram, hpa(guest)),
                         memory_at(&w->f[i].dram, hpa(guest)), bytes) == 0);
        ck_assert(memcmp(memory_at(&w->f[0].dram, hpa(0)),
                         memory_at(&w->f[i].dram, hpa(0)), TABLE_BASE) == 0);
    }
}

static struct mmu_config config_of(unsigned machine)
{
    static const struct tlb_geometry one = {1, 1};
    struct mmu_config c = fixture_config();

    c.cache_enabled = false;
    if (machine == 0)
        c.tlb_enabled = c.psc_enabled = false;
    if (machine < 2)
        return c;
    c.l1d_tlb = c.l1i_tlb = (struct tlb_config){.page_4k = one, .page_2m = one};
    c.l2_tlb = (struct tlb_config){.page_4k = one, .shared_4k_2m = true};
    c.ntlb = one;
    for (unsigned level = 2; level <= PT_MAX_LEVELS; level++)
        c.psc_guest.entries[level] = c.psc_host.entries[level] = 1;
    return c;
}

static void make(struct world *w, unsigned number, struct rng *r)
{
    memset(w, 0, sizeof *w);
    w->g = worlds[number].geom;
    w->host_level = worlds[number].host_level;
    w->offset = w->host_level ? GUEST_BASE : 0;
    for (unsigned i = 0; i < MACHINES; i++) {
        struct mmu_config c = config_of(i);

        fixture_make(&w->f[i], &c);
        if (w->host_level)
            fixture_nest(&w->f[i], GUEST_SPAN, w->host_level);
    }
    w->regime = w->f[0].regime;
    w->regime.guest = w->g;
    w->regime.guest_root = gpa(table_at(w, w->g->levels, 0));
    w->regime.nxe = w->g->has_nx;
    w->regime.stage2_ad = w->host_level && number % 2;
    for (unsigned i = 0; i < 2000; i++)
        edit(w, r);
    set_regimes(w);
}

START_TEST(test_mmu_caches_change_no_answer_in_any_mode)
{
    struct rng r = {(uint64_t)_i + 1};
    struct world w;

    make(&w, (unsigned)_i, &r);
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned what = rng_below(&r, 64);

        if (what < 3)
            edit(&w, &r);
        else if (what < 4)
            change_controls(&w, &r);
        else if (what < 5 && w.host_level)
            edit_host(&w, &r);
        ask(&w, &r);
        if (i % 256 == 0)
            require_same_tables(&w);
    }
    require_same_tables(&w);
    printf("%s, host level %u: %u translated, %u faults, %u violations, %u "
           "misconfigured\n",
           w.g->name, w.host_level, w.answers[XLATE_OK],
           w.answers[XLATE_GUEST_FAULT], w.answers[XLATE_STAGE2_VIOLATION],
           w.answers[XLATE_STAGE2_MISCONFIG]);
    fflush(stdout);
    ck_assert_uint_gt(w.answers[XLATE_OK], STEPS / 20);
    ck_assert_uint_gt(count_of(&w.f[0], COUNTER_WALK_REFS),
                      count_of(&w.f[1], COUNTER_WALK_REFS) * 5 / 4);
    for (unsigned i = 0; i < MACHINES; i++)
        fixture_free(&w.f[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mmu-modes_differential");
    TCase *cases = tcase_create("mmu-modes_differential");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, test_mmu_caches_change_no_answer_in_any_mode, 0,
                        WORLDS);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
