/*
 * Claim: no guest brings the simulator down.  Random bytes as code, random
 * bytes as page tables, tables that map themselves or nothing: every run ends
 * as an exit, a crash line, sleep or at its limit, and the technique's
 * invariants hold after every event.
 */
#include "hypervisor-model/presets/presets.h"
#include "sim/core/rng.h"
#include "tests/guest_rig.h"

enum { MEMORY = 4 << 20, SEEDS = 40, LIMIT = 3000, TABLE = 0x10000 };

static const struct technique_ops *const all[] = {
    &technique_native, &technique_shadow, &technique_nested};

static void fill_random(struct rng *rng, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)rng_next(rng);
}

static void check_end(const struct rig *r, enum rig_end end)
{
    ck_assert_int_ne(end, RIG_STUCK);
    if (end == RIG_CRASHED) {
        ck_assert_uint_gt(strlen(r->vm->crash), 0);
        ck_assert_ptr_null(strchr(r->vm->crash, '\n'));
    }
    ck_assert_uint_eq(ledger_total(&r->vm->vcpus[0]->ledger), cpu_now(r->cpu));
}

START_TEST(test_guest_random_code_ends)
{
    uint8_t code[4096];
    struct rng rng;
    struct rig r;

    rng_init(&rng, (uint64_t)_i);
    fill_random(&rng, code, sizeof code);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        rig_defaults(&r);
        r.hv_config.shadow_unsync = _i % 2 != 0;
        rig_open(&r, all[i], MEMORY);
        rig_boot(&r, code, sizeof code);
        check_end(&r, rig_run(&r, LIMIT));
        rig_close(&r);
    }
}
END_TEST

/* Turns on 64-bit paging with CR3 = TABLE, then runs into what is there. */
static const uint8_t start[] = {
    0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0, 0xb8, 0x00,
    0x00, 0x01, 0x00, 0x0f, 0x22, 0xd8, 0xb9, 0x80, 0x00, 0x00, 0xc0,
    0x0f, 0x32, 0x0d, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30, 0x0f, 0x20,
    0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0};

/* One frame of entries: mostly present, at low addresses, often itself. */
static void wild_table(struct rng *rng, uint64_t entries[512])
{
    for (int i = 0; i < 512; i++) {
        uint64_t random = rng_next(rng);

        entries[i] = (random & 0x1ff) | (random & 0x3ff000) | PTE_P;
        if (random >> 60 == 0)
            entries[i] = random;
        else if (random >> 62 == 1)
            entries[i] = TABLE | (random & 0x67) | PTE_P;
    }
}

START_TEST(test_guest_wild_page_tables_end)
{
    uint8_t code[4096];
    uint64_t table[512];
    struct rng rng;
    struct rig r;

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        rng_init(&rng, (uint64_t)_i + 1000);
        fill_random(&rng, code, sizeof code);
        memcpy(code, start, sizeof start);
        rig_defaults(&r);
        r.hv_config.shadow_unsync = _i % 2 != 0;
        r.hv_config.host_page_shift = _i % 4 < 2 ? 12 : 21;
        rig_open(&r, all[i], MEMORY);
        for (uint64_t frame = 0; frame < 1024; frame++) {
            wild_table(&rng, table);
            ck_assert(vm_copy_in(r.vm, gpa(frame << PAGE_SHIFT), table,
                                 sizeof table));
        }
        rig_boot(&r, code, sizeof code);
        if (_i % 3 == 0) { /* the next instruction can be fetched */
            uint64_t self = TABLE | PTE_P | PTE_W | PTE_U;
            uint64_t page = 0x100000 | PTE_P | PTE_W | PTE_U;

            ck_assert(vm_copy_in(r.vm, gpa(TABLE), &self, 8));
            ck_assert(vm_copy_in(r.vm, gpa(TABLE + 256 * 8), &page, 8));
        }
        check_end(&r, rig_run(&r, LIMIT));
        rig_close(&r);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wild guests");
    TCase *wild = tcase_create("wild");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(wild, test_guest_random_code_ends, 0, SEEDS);
    tcase_add_loop_test(wild, test_guest_wild_page_tables_end, 0, SEEDS);
    tcase_set_timeout(wild, 60);
    suite_add_tcase(suite, wild);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
