/*
 * mmu_fixture.h - a machine of memory and one MMU, and tables to walk; for
 * the tests 2xx.
 *
 * Host frames come from a counter.  Under two stages guest-physical address g
 * is host-physical g + GUEST_BASE, so that no test passes by mixing them up.
 */
#ifndef TESTS_MMU_FIXTURE_H
#define TESTS_MMU_FIXTURE_H
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "mmu/memory.h"
#include "mmu/mmu.h"
#include "mmu/pt_edit.h"

enum { RAM_MB = 4096 };
#define GUEST_BASE ((uint64_t)1 << 30)
#define EPT_RWX    (EPT_R | EPT_W | EPT_X)

struct fixture {
    struct memory dram;
    struct counters counters;
    struct mmu_config config;
    struct mmu *mmu;
    struct regime regime;
    uint64_t next_frame;     /* host address of the next free table frame */
    uint64_t next_gpa_table; /* guest address of the next guest table */
    hpa_t root, ept_root;
};

static inline struct mmu_config fixture_config(void)
{
    return (struct mmu_config){
        .tlb_enabled = true,
        .psc_enabled = true,
        .cache_enabled = true,
        .fast_path = true,
        .l1d_tlb = {.page_4k = {64, 4}, .page_2m = {32, 4}, .page_1g = {4, 4}},
        .l1i_tlb = {.page_4k = {128, 8}, .page_2m = {8, 8}},
        .l2_tlb = {.page_4k = {1536, 12},
                   .page_1g = {16, 4},
                   .shared_4k_2m = true,
                   .hit_cycles = 7},
        .ntlb = {32, 32},
        .psc_guest = {.entries = {0, 0, 32, 4, 2, 0}},
        .psc_host = {.entries = {0, 0, 32, 4, 2, 0}},
        .l1d = {.bytes = 32 << 10, .ways = 8, .hit_cycles = 4},
        .l1i = {.bytes = 32 << 10, .ways = 8, .hit_cycles = 4},
        .l2 = {.bytes = 256 << 10, .ways = 4, .hit_cycles = 14},
        .line_bytes = 64,
        .dram_cycles = 200,
        .walkers = 2,
        .miss_buffers = 10,
        .seed = 1,
    };
}

static inline uint64_t fixture_frame(struct fixture *f)
{
    uint64_t at = f->next_frame;

    f->next_frame += PAGE_BYTES;
    return at;
}

/* Everything that can fail in here is a broken test, so it aborts. */
static inline void fixture_make(struct fixture *f,
                                const struct mmu_config *config)
{
    struct error e;

    *f = (struct fixture){.config = *config, .next_frame = PAGE_BYTES};
    ck_assert_int_eq(memory_init(&f->dram, (uint64_t)RAM_MB << 20, &e),
                     STATUS_OK);
    f->mmu = mmu_new(&f->config, &f->dram, NULL, &f->counters, &e);
    ck_assert_msg(f->mmu != NULL, "%s", f->mmu ? "" : e.text);
    f->root = hpa(fixture_frame(f));
    f->ept_root = hpa(fixture_frame(f));
    f->next_gpa_table = PAGE_BYTES;
    f->regime = (struct regime){
        .guest = &pt_geom_x86_4level,
        .guest_root = gpa(f->root.v),
        .wp = true,
        .nxe = true,
        .pge = true,
    };
    mmu_set_regime(f->mmu, &f->regime);
}

static inline void fixture_free(struct fixture *f)
{
    mmu_free(f->mmu);
    memory_free(&f->dram);
}

/*
 * Maps address at level with the entry leaf (address and flags); tables on
 * the way are made with table_flags.  offset: host minus table addresses.
 */
static inline void fixture_map_at(struct fixture *f, const struct pt_geom *g,
                                  uint64_t root, uint64_t address,
                                  const uint64_t spec[4])
{
    uint64_t leaf = spec[0], level_of_leaf = spec[1], table_flags = spec[2];
    uint64_t offset = spec[3], table = root;

    for (unsigned level = g->levels; level > level_of_leaf; level--) {
        uint64_t index = pt_index(g, level, address);
        uint64_t entry = pt_edit_read(&f->dram, g, hpa(table + offset), index);

        if (!pt_present(g, entry)) {
            uint64_t frame = f->next_gpa_table;

            if (offset)
                f->next_gpa_table += PAGE_BYTES;
            else
                frame = fixture_frame(f);
            entry = frame | table_flags;
            pt_edit_write(&f->dram, g, hpa(table + offset), index, entry);
        }
        table = entry & PTE_ADDRESS;
    }
    pt_edit_write(&f->dram, g, hpa(table + offset),
                  pt_index(g, (unsigned)level_of_leaf, address), leaf);
}

/* First stage in host memory: va to a host page of level. */
static inline void fixture_map(struct fixture *f, uint64_t va, uint64_t leaf,
                               unsigned level)
{
    uint64_t spec[4] = {leaf | (level > 1 ? PTE_PS : 0), level,
                        PTE_P | PTE_W | PTE_U, 0};

    fixture_map_at(f, f->regime.guest, f->root.v, va, spec);
}

/* First stage in guest memory, root at guest-physical 0. */
static inline void fixture_map_guest(struct fixture *f, uint64_t va,
                                     uint64_t leaf, unsigned level)
{
    uint64_t spec[4] = {leaf | (level > 1 ? PTE_PS : 0), level,
                        PTE_P | PTE_W | PTE_U, GUEST_BASE};

    fixture_map_at(f, f->regime.guest, 0, va, spec);
}

/* Second stage: one page of guest-physical a, with rights EPT_R | ... */
static inline void fixture_map_host(struct fixture *f, uint64_t a,
                                    uint64_t rights, unsigned level)
{
    uint64_t spec[4] = {(a + GUEST_BASE) | rights | EPT_MEMORY_TYPE_WB |
                            (level > 1 ? EPT_PS : 0),
                        level, EPT_RWX, 0};

    fixture_map_at(f, f->regime.stage2 ? f->regime.stage2 : &pt_geom_ept_4level,
                   f->ept_root.v, a, spec);
}

/* Two stages; the first bytes guest-physical bytes are mapped at level. */
static inline void fixture_nest(struct fixture *f, uint64_t bytes,
                                unsigned level)
{
    f->regime.stage2 = &pt_geom_ept_4level;
    f->regime.stage2_root = f->ept_root;
    f->regime.guest_root = gpa(0);
    f->regime.vpid = 1;
    for (uint64_t a = 0; a < bytes; a += (uint64_t)1 << (12 + 9 * (level - 1)))
        fixture_map_host(f, a, EPT_RWX, level);
    mmu_set_regime(f->mmu, &f->regime);
}

static inline uint64_t count_of(const struct fixture *f, enum counter id)
{
    return f->counters.value[id];
}

/* Runs the cases of one suite; exit status of main(). */
static inline int run_cases(const char *name, const TTest *const *tests,
                            size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
