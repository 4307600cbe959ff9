/*
 * Claim: whatever a guest does to its page tables, with whatever instruction
 * lands in shadow_guest_wrote(), an access through the shadow tables ends as
 * the guest's own tables say (Intel SDM vol. 3, "4-Level Paging"): the same
 * byte of memory, or the same page fault.  The oracle below walks the guest's
 * tables and shares no code with the shadow.  shadow_check() holds after
 * every step.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/shadow.h"
#include "hypervisor-model/presets/presets.h"
#include "mmu/mmu.h"
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "tests/shadow_oracle.h"

enum {
    STEPS = 4000,
    TABLES = 12, /* frames FIRST .. FIRST + 11: 1 root, 2 of level 3, ... */
    FIRST = 16,
    GUEST_FRAMES = 2048,
};

struct bench {
    struct memory dram;
    struct counters counters;
    struct hv_config config;
    struct hypervisor hv;
    struct vm *vm;
    struct shadow *shadow;
    struct mmu *mmu;
    struct shadow_regime regime;
    uint32_t root;
    uint64_t recent[8]; /* addresses that came before come again */
    bool edited;        /* tables changed since the guest's last flush */
    struct rng rng;
};

/* What a test row varies. */
struct variant {
    bool unsync;
    uint8_t host_page_shift;
    bool wp, smep;
    uint32_t pages;
};

static const struct variant variants[] = {
    {.unsync = false, .host_page_shift = 12, .wp = true, .pages = 512},
    {.unsync = true, .host_page_shift = 12, .wp = true, .pages = 512},
    {.unsync = false, .host_page_shift = 21, .wp = true, .pages = 512},
    {.unsync = true, .host_page_shift = 21, .wp = false, .pages = 512},
    {.unsync = false, .host_page_shift = 12, .wp = false, .pages = 64},
    {.unsync = true, .host_page_shift = 21, .wp = true, .pages = 32},
    {.unsync = false,
     .host_page_shift = 21,
     .wp = false,
     .smep = true,
     .pages = 32},
};

static const struct mmu_config mmu_config = {
    .line_bytes = 64, .dram_cycles = 100, .walkers = 1, .miss_buffers = 1};

static void bench_open(struct bench *b, const struct variant *variant)
{
    struct error e;

    memset(b, 0, sizeof *b);
    b->config.shadow_unsync = variant->unsync;
    b->config.host_page_shift = variant->host_page_shift;
    b->config.shadow_pages = variant->pages;
    ck_assert_int_eq(memory_init(&b->dram, (uint64_t)32 << 20, &e), STATUS_OK);
    ck_assert_int_eq(hypervisor_init(&b->hv, &b->config, &b->dram, &e),
                     STATUS_OK);
    b->vm = vm_new(&b->hv, &technique_shadow, GUEST_FRAMES * PAGE_BYTES, 1, &e);
    ck_assert_ptr_nonnull(b->vm);
    b->shadow = guest_vm(b->vm)->paging_data;
    b->mmu = mmu_new(&mmu_config, &b->dram, NULL, &b->counters, &e);
    ck_assert_ptr_nonnull(b->mmu);
    b->regime = (struct shadow_regime){.guest = &pt_geom_x86_4level,
                                       .wp = variant->wp,
                                       .nxe = true,
                                       .smep = variant->smep,
                                       .root = gpa(FIRST * PAGE_BYTES)};
    b->root = shadow_load_root(b->shadow, &b->regime, 0);
    rng_init(&b->rng, 7);
}

static uint64_t pick_table(struct bench *b, unsigned level);

/* Tables that map something everywhere, to begin with. */
static void bench_populate(struct bench *b)
{
    static const uint16_t slots[] = {0, 1, 2, 511};

    for (uint64_t i = 0; i < TABLES * ARRAY_LEN(slots); i++) {
        uint64_t table = i / ARRAY_LEN(slots);
        unsigned level = table < 1 ? 4 : table < 3 ? 3 : table < 6 ? 2 : 1;
        uint64_t frame = level > 1 ? pick_table(b, level - 1)
                                   : rng_below(&b->rng, GUEST_FRAMES);
        uint64_t entry = frame << PAGE_SHIFT | PTE_P | PTE_W | PTE_U;

        vm_copy_in(
            b->vm,
            gpa((FIRST + table) * PAGE_BYTES + slots[i % ARRAY_LEN(slots)] * 8),
            &entry, sizeof entry);
    }
}

static void bench_close(struct bench *b)
{
    mmu_free(b->mmu);
    vm_free(b->vm);
    memory_free(&b->dram);
}

static uint64_t guest_read(const struct bench *b, uint64_t at)
{
    const struct oracle o = {b->vm, &b->regime};

    return oracle_read(&o, at);
}

static void check_now(const struct bench *b)
{
    struct error e;

    ck_assert_msg(shadow_check(b->shadow, &e), "%s", e.text);
}

static struct xlate hardware(struct bench *b, const struct shadow_access *a)
{
    const struct regime regime = {
        .guest = &pt_geom_x86_4level,
        .guest_root = gpa(shadow_table(b->shadow, b->root).v),
        .vpid = 1,
        .wp = true,
        .nxe = true,
        .smep = b->regime.smep,
        .pge = true,
    };

    mmu_set_regime(b->mmu, &regime);
    return mmu_peek(b->mmu, a->va,
                    a->write   ? ACCESS_WRITE
                    : a->fetch ? ACCESS_FETCH
                               : ACCESS_READ,
                    a->user ? ACCESS_USER : ACCESS_SUPERVISOR);
}

/* How an access ended: where, or -1 (fault) or -2 (no such memory). */
struct outcome {
    int64_t at;
    uint32_t error_code;
    bool emulate;
};

/* Faults, walks and fills until the hardware or the guest is satisfied. */
static struct outcome access(struct bench *b, const struct shadow_access *a)
{
    for (int tries = 0; tries < 4; tries++) {
        struct xlate x = hardware(b, a);
        struct guest_walk walk;
        enum shadow_status status;

        if (x.status == XLATE_OK)
            return (struct outcome){
                .at = (int64_t)(x.hpa.v - b->vm->memory_base.v)};
        walk = shadow_walk_guest(b->shadow, &b->regime, a);
        if (!walk.ok)
            return (struct outcome){.at = -1, .error_code = walk.error_code};
        status = shadow_fill(b->shadow, b->root, &b->regime, &walk, a);
        ck_assert_int_ne(status, SHADOW_WAS_THERE);
        if (status == SHADOW_OUTSIDE)
            return (struct outcome){.at = -2};
        if (status == SHADOW_EMULATE)
            return (struct outcome){.at = (int64_t)walk.target.v,
                                    .emulate = true};
    }
    ck_abort_msg("an access never ends");
    return (struct outcome){0};
}

static uint64_t pick_slot(struct bench *b)
{
    static const uint16_t slots[] = {0, 1, 2, 511};

    return slots[rng_below(&b->rng, ARRAY_LEN(slots))];
}

static uint64_t pick_va(struct bench *b)
{
    uint32_t place = rng_below(&b->rng, ARRAY_LEN(b->recent));
    uint64_t va = rng_below(&b->rng, 512) * 8;

    if (rng_below(&b->rng, 4) != 0)
        return b->recent[place];

    for (unsigned shift = 12; shift <= 39; shift += 9)
        va |= pick_slot(b) << shift;
    b->recent[place] = va >> 47 ? va | 0xffff000000000000 : va;
    return b->recent[place];
}

static struct shadow_access pick_access(struct bench *b)
{
    uint32_t kind = rng_below(&b->rng, 4);

    return (struct shadow_access){.va = gva(pick_va(b)),
                                  .write = kind == 0,
                                  .fetch = kind == 1,
                                  .user = rng_below(&b->rng, 2) != 0};
}

/* Tables by level: 1 of level 4, 2 of level 3, 3 of level 2, 6 of level 1. */
static uint64_t pick_table(struct bench *b, unsigned level)
{
    static const uint8_t first[] = {0, 6, 3, 1, 0};
    static const uint8_t count[] = {0, 6, 3, 2, 1};

    return FIRST + first[level] + rng_below(&b->rng, count[level]);
}

static uint64_t pick_frame(struct bench *b)
{
    switch (rng_below(&b->rng, 8)) {
    case 0:
        return FIRST + rng_below(&b->rng, TABLES);
    case 1:
        return GUEST_FRAMES + rng_below(&b->rng, 4); /* not its memory */
    default:
        return rng_below(&b->rng, GUEST_FRAMES);
    }
}

static uint64_t pick_entry(struct bench *b, unsigned level)
{
    uint64_t flags = rng_next(&b->rng) & 0x16e;
    uint32_t kind = rng_below(&b->rng, 16);
    uint64_t frame = level > 1 ? pick_table(b, level - 1) : pick_frame(b);

    if (kind == 0)
        return 0;
    if (kind == 1)
        return rng_next(&b->rng); /* garbage */
    if (kind == 2)
        flags |= PTE_NX;
    if (kind <= 4 && level > 1 && level < 4) /* a large page */
        return ((frame << 12) &
                ~(pt_span_bytes(&pt_geom_x86_4level, level) - 1)) |
               flags | PTE_PS | PTE_P;
    if (kind == 5)
        frame = pick_frame(b);
    if (kind > 5)
        flags |= PTE_W | PTE_U;
    return frame << 12 | flags | PTE_P;
}

/* The entry of level 1 .. 4 on the guest's path to a recent address; or any. */
static gpa_t pick_entry_at(struct bench *b, unsigned level)
{
    uint64_t va = b->recent[rng_below(&b->rng, ARRAY_LEN(b->recent))];
    uint64_t table = b->regime.root.v;

    for (unsigned at = 4; at > level; at--)
        table =
            guest_read(b, table + pt_index(&pt_geom_x86_4level, at, va) * 8) &
            PTE_ADDRESS;
    if (rng_below(&b->rng, 2) == 0 || table < FIRST * PAGE_BYTES ||
        table >= (FIRST + TABLES) * PAGE_BYTES)
        return gpa(pick_table(b, level) * PAGE_BYTES + pick_slot(b) * 8);
    return gpa(table + pt_index(&pt_geom_x86_4level, level, va) * 8);
}

/* A new entry, or the old one with a bit changed. */
static uint64_t pick_value(struct bench *b, gpa_t at, unsigned level)
{
    static const uint64_t bits[] = {PTE_W, PTE_U, PTE_NX, PTE_A, PTE_D, PTE_P};

    if (rng_below(&b->rng, 2) == 0)
        return pick_entry(b, level);
    return guest_read(b, at.v) ^ bits[rng_below(&b->rng, ARRAY_LEN(bits))];
}

/* As the hypervisor stores for the guest; part of an entry now and then. */
static void write_table(struct bench *b)
{
    unsigned level = 1 + rng_below(&b->rng, 4);
    gpa_t at = pick_entry_at(b, level);
    uint64_t entry = pick_value(b, at, level);
    unsigned bytes = rng_below(&b->rng, 32) == 0 ? 4 : 8;
    uint32_t page;
    bool unsync = false;

    /* A table out of step is written without the hypervisor. */
    for (page = 1; page <= b->shadow->page_count; page++)
        unsync = unsync || (b->shadow->pages[page].unsync &&
                            b->shadow->pages[page].gfn.v == at.v >> 12);
    vm_copy_in(b->vm, at, &entry, bytes);
    b->edited = true;
    if (!unsync)
        shadow_guest_wrote(b->shadow, at, bytes);
}

/* The guest flushes its TLB: whatever was out of step comes back. */
static void flush(struct bench *b)
{
    if (b->edited)
        shadow_resync(b->shadow, b->root);
    b->edited = false;
}

/* SDM, "Accessed and Dirty Flags": A on the path, D in the page's entry. */
static void check_flags(const struct bench *b, const struct shadow_access *a)
{
    uint64_t table = b->regime.root.v;

    for (unsigned level = 4;; level--) {
        uint64_t entry = guest_read(
            b, table + pt_entry_offset(&pt_geom_x86_4level, level, a->va.v));

        ck_assert(entry & PTE_A);
        if (pt_is_leaf(&pt_geom_x86_4level, level, entry)) {
            ck_assert(!a->write || (entry & PTE_D));
            return;
        }
        table = entry & PTE_ADDRESS;
    }
}

static void compare_access(struct bench *b)
{
    struct shadow_access a = pick_access(b);
    struct verdict want;
    struct outcome got;

    flush(b);
    want = oracle_verdict(&(struct oracle){b->vm, &b->regime}, &a);
    got = access(b, &a);
    if (want.fault) {
        ck_assert_int_eq(got.at, -1);
        ck_assert_uint_eq(got.error_code, want.error_code);
    } else if (want.gpa >= GUEST_FRAMES * PAGE_BYTES) {
        ck_assert_int_eq(got.at, -2);
    } else {
        ck_assert_int_eq(got.at, (int64_t)want.gpa);
        check_flags(b, &a);
    }
    if (got.emulate && rng_below(&b->rng, 4) == 0)
        shadow_forget(b->shadow, gfn(want.gpa >> 12));
}

START_TEST(test_shadow_random_edits_match_the_oracle)
{
    struct bench b;

    bench_open(&b, &variants[_i]);
    bench_populate(&b);
    for (int step = 0; step < STEPS; step++) {
        uint32_t what = rng_below(&b.rng, 64);

        if (what == 0)
            b.root = shadow_load_root(b.shadow, &b.regime, b.root);
        else if (what == 1)
            shadow_invalidate(b.shadow, b.root, gva(pick_va(&b)));
        else if (what < 24)
            write_table(&b);
        else
            compare_access(&b);
        check_now(&b);
    }
    ck_assert_uint_gt(b.vm->vcpus[0]->counters.value[COUNTER_SHADOW_FILL], 50);
    ck_assert_uint_gt(b.vm->vcpus[0]->counters.value[COUNTER_SHADOW_SYNC], 10);
    bench_close(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow composition");
    TCase *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(random, test_shadow_random_edits_match_the_oracle, 0,
                        (int)ARRAY_LEN(variants));
    tcase_set_timeout(random, 60);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
