/*
 * Claim   A TLB array behaves as a list of entries per set, most recent
 *         first, that is searched in order and cut at its number of ways:
 *         the same hits, misses and contents under random fills, touches and
 *         flushes, for every geometry, tag and page size.
 * Manual  Intel SDM vol. 3, "Caching Translation Information".
 */
#include <string.h>

#include "mmu/tlb.h"
#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"

enum { MODEL_MAX = 4096, STEPS = 20000 };

/* The model: one list for all; order is recency. */
struct model_entry {
    uint64_t page, frame, root;
    unsigned size, vpid, pcid;
    bool global;
};

struct model {
    struct model_entry entries[MODEL_MAX];
    unsigned count;
    struct tlb_config config;
};

static void model_remove(struct model *m, unsigned i)
{
    memmove(&m->entries[i], &m->entries[i + 1],
            (m->count - i - 1) * sizeof(m->entries[0]));
    m->count--;
}

static void model_front(struct model *m, struct model_entry e)
{
    memmove(&m->entries[1], &m->entries[0], m->count * sizeof(e));
    m->entries[0] = e;
    m->count++;
}

static bool model_match(const struct model_entry *e, uint64_t address,
                        const struct tlb_tags *tags)
{
    return e->page == address >> (12 + 9 * e->size) && e->vpid == tags->vpid &&
           e->root == tags->root && (e->global || e->pcid == tags->pcid);
}

static int model_find(const struct model *m, uint64_t address,
                      const struct tlb_tags *tags)
{
    for (unsigned size = 0; size < 3; size++)
        for (unsigned i = 0; i < m->count; i++)
            if (m->entries[i].size == size &&
                model_match(&m->entries[i], address, tags))
                return (int)i;
    return -1;
}

static const struct tlb_geometry *geometry_of(const struct tlb_config *c,
                                              unsigned size)
{
    if (size == PAGE_1G)
        return &c->page_1g;
    return size == PAGE_2M && !c->shared_4k_2m ? &c->page_2m : &c->page_4k;
}

/* Two entries compete if they are in one set of one array. */
static bool model_same_set(const struct model *m, const struct model_entry *a,
                           const struct model_entry *b)
{
    const struct tlb_geometry *g = geometry_of(&m->config, a->size);
    uint64_t sets = g->entries / g->ways;

    return g == geometry_of(&m->config, b->size) &&
           a->page % sets == b->page % sets;
}

static void model_fill(struct model *m, struct model_entry e)
{
    const struct tlb_geometry *g = geometry_of(&m->config, e.size);
    unsigned rivals = 0, oldest = 0;

    for (unsigned i = 0; i < m->count; i++)
        if (model_same_set(m, &m->entries[i], &e)) {
            rivals++;
            oldest = i;
        }
    if (rivals == g->ways)
        model_remove(m, oldest);
    model_front(m, e);
}

static void model_flush(struct model *m, const struct tlb_scope *s,
                        const uint64_t *address)
{
    for (unsigned i = m->count; i-- > 0;) {
        const struct model_entry *e = &m->entries[i];
        bool goes = !(s->by_vpid && e->vpid != s->tags.vpid) &&
                    !(s->by_root && e->root != s->tags.root) &&
                    !(s->two_stage && e->root == TLB_NO_ROOT);

        if (e->global)
            goes = goes && !s->keep_global;
        else
            goes = goes && !(s->by_pcid && e->pcid != s->tags.pcid);
        if (address && e->page != *address >> (12 + 9 * e->size))
            goes = false;
        if (goes)
            model_remove(m, i);
    }
}

static struct tlb_tags random_tags(struct rng *r)
{
    static const uint64_t roots[3] = {TLB_NO_ROOT, 0x1000, 0x2000};

    return (struct tlb_tags){
        .vpid = (uint16_t)rng_below(r, 3),
        .pcid = (uint16_t)rng_below(r, 3),
        .root = roots[rng_below(r, 3)],
    };
}

static void access_both(struct tlb *t, struct model *m, struct rng *r)
{
    uint64_t address = (uint64_t)rng_below(r, 40) << 12;
    struct tlb_tags tags = random_tags(r);
    struct tlb_entry *entry;
    int found;

    address |= (uint64_t)rng_below(r, 6) << 21;
    address |= (uint64_t)rng_below(r, 3) << 30;
    entry = tlb_find(t, address, &tags);
    found = model_find(m, address, &tags);
    ck_assert_int_eq(entry != NULL, found >= 0);
    if (entry) {
        struct model_entry hit = m->entries[found];

        ck_assert_uint_eq(entry->frame, hit.frame);
        ck_assert_uint_eq(entry->size, hit.size);
        tlb_touch(t, entry);
        model_remove(m, (unsigned)found);
        model_front(m, hit);
        return;
    }
    struct tlb_entry make = {
        .frame = (rng_next(r) >> 30) << 30,
        .size = (uint8_t)rng_below(r, 3),
    };
    make.span = (uint8_t)page_size_shift((enum page_size)make.size);
    /* As software must have it: a page is global everywhere or nowhere. */
    make.global = (address >> make.span) % 4 == 3;
    tlb_fill(t, address, &tags, &make, false);
    model_fill(m, (struct model_entry){address >> make.span, make.frame,
                                       tags.root, make.size, tags.vpid,
                                       tags.pcid, make.global});
}

static void flush_both(struct tlb *t, struct model *m, struct rng *r)
{
    struct tlb_scope scope = {
        .by_vpid = rng_below(r, 4) != 0,
        .by_pcid = rng_below(r, 2),
        .by_root = rng_below(r, 2),
        .keep_global = rng_below(r, 2),
        .two_stage = rng_below(r, 4) == 0,
        .tags = random_tags(r),
    };
    uint64_t address =
        (uint64_t)rng_below(r, 40) << 12 | (uint64_t)rng_below(r, 6) << 21;

    if (rng_below(r, 3) == 0) {
        tlb_flush(t, &scope);
        model_flush(m, &scope, NULL);
        return;
    }
    scope.by_vpid = true; /* page flushes are always of one VPID */
    tlb_flush_page(t, address, &scope);
    model_flush(m, &scope, &address);
}

static void compare(const struct tlb_config *config, uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    struct rng r = {seed};
    struct tlb t;
    struct error e;

    m->config = *config;
    ck_assert_int_eq(tlb_init(&t, config, 1, "tlb", &e), STATUS_OK);
    for (int i = 0; i < STEPS; i++) {
        if (rng_below(&r, 50) == 0)
            flush_both(&t, m, &r);
        else
            access_both(&t, m, &r);
        if (i % 256 == 0)
            ck_assert_msg(tlb_check(&t, &e), "%s", e.text);
    }
    ck_assert_uint_eq(t.held[0] + t.held[1] + t.held[2], m->count);
    tlb_free(&t);
    free(m);
}

START_TEST(test_tlb_separate_arrays_as_model)
{
    struct tlb_config c = {
        .page_4k = {64, 4}, .page_2m = {32, 4}, .page_1g = {4, 4}};

    compare(&c, 1);
    c.page_4k = (struct tlb_geometry){16, 1};
    compare(&c, 2);
    c.page_4k = (struct tlb_geometry){48, 12};
    compare(&c, 3);
}
END_TEST

START_TEST(test_tlb_shared_array_as_model)
{
    struct tlb_config c = {
        .page_4k = {96, 12}, .page_1g = {16, 4}, .shared_4k_2m = true};

    compare(&c, 4);
    c.page_4k = (struct tlb_geometry){64, 64};
    compare(&c, 5);
    c.page_4k = (struct tlb_geometry){1, 1};
    c.page_1g = (struct tlb_geometry){1, 1};
    compare(&c, 6);
}
END_TEST

/* A 1G page without a 1G array becomes 2M entries, then 4K entries. */
START_TEST(test_tlb_page_without_array_is_cut)
{
    struct tlb_config c = {.page_4k = {64, 4}, .page_2m = {32, 4}};
    struct tlb_entry model = {
        .frame = 0x40000000, .gpa = 0x80000000, .size = PAGE_1G, .span = 30};
    struct tlb_tags tags = {.root = TLB_NO_ROOT};
    struct tlb_entry *entry;
    struct tlb t;
    struct error e;

    ck_assert_int_eq(tlb_init(&t, &c, 1, "tlb", &e), STATUS_OK);
    entry = tlb_fill(&t, 0xc0654321, &tags, &model, true);
    ck_assert_int_eq(entry->size, PAGE_2M);
    ck_assert_uint_eq(entry->frame, 0x40600000);
    ck_assert_uint_eq(entry->gpa, 0x80600000);
    ck_assert_ptr_null(tlb_find(&t, 0xc0800000, &tags));
    tlb_free(&t);
    c.page_2m = (struct tlb_geometry){0, 0};
    ck_assert_int_eq(tlb_init(&t, &c, 1, "tlb", &e), STATUS_OK);
    entry = tlb_fill(&t, 0xc0654321, &tags, &model, true);
    ck_assert_int_eq(entry->size, PAGE_4K);
    ck_assert_uint_eq(entry->frame, 0x40654000);
    ck_assert_ptr_null(tlb_fill(&t, 0xc0655321, &tags, &model, false));
    tlb_free(&t);
}
END_TEST

/* A flush of one address takes every part of the page it was cut from. */
START_TEST(test_tlb_flush_page_takes_all_parts)
{
    struct tlb_config c = {.page_4k = {64, 4}};
    struct tlb_entry model = {.size = PAGE_4K, .span = 21};
    struct tlb_scope scope = {.by_vpid = true};
    struct tlb t;
    struct error e;

    ck_assert_int_eq(tlb_init(&t, &c, 1, "tlb", &e), STATUS_OK);
    for (uint64_t a = 0x3fe000; a < 0x402000; a += 0x1000)
        tlb_fill(&t, a, &scope.tags, &model, true);
    tlb_flush_page(&t, 0x200123, &scope);
    ck_assert_ptr_null(tlb_find(&t, 0x3ff000, &scope.tags));
    ck_assert_ptr_nonnull(tlb_find(&t, 0x400000, &scope.tags));
    ck_assert_uint_eq(t.held[PAGE_4K], 2);
    tlb_free(&t);
}
END_TEST

START_TEST(test_tlb_illegal_geometry_is_refused)
{
    struct tlb_config c = {.page_4k = {60, 4}}; /* 15 sets */
    struct tlb t;
    struct error e;

    ck_assert_int_eq(tlb_init(&t, &c, 1, "l1d_tlb", &e), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "l1d_tlb"));
    c.page_4k = (struct tlb_geometry){64, 5};
    ck_assert_int_eq(tlb_init(&t, &c, 1, "l1d_tlb", &e), STATUS_USAGE);
    c.page_4k = (struct tlb_geometry){64, 0};
    ck_assert_int_eq(tlb_init(&t, &c, 1, "l1d_tlb", &e), STATUS_USAGE);
    c.page_4k = (struct tlb_geometry){131072, 4};
    ck_assert_int_eq(tlb_init(&t, &c, 1, "l1d_tlb", &e), STATUS_USAGE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_tlb_separate_arrays_as_model,
        test_tlb_shared_array_as_model,
        test_tlb_page_without_array_is_cut,
        test_tlb_flush_page_takes_all_parts,
        test_tlb_illegal_geometry_is_refused,
    };

    return run_cases("tlb-model", tests, sizeof(tests) / sizeof(*tests));
}
