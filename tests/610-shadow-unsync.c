/*
 * Claim: with shadow.unsync, the first write to a leaf table costs one fault
 * and the next none; what the guest wrote counts again when it flushes
 * (INVLPG for one page, CR3 for all), or when the table is linked anew (Intel
 * SDM vol. 3, "Operations that Invalidate TLBs and Paging-Structure Caches",
 * "Invalidation of TLBs": until then the old translation may be used).
 */
#include <check.h>
#include <string.h>

#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/shadow_internal.h"
#include "hypervisor-model/presets/presets.h"

enum {
    L4 = 0x10000,
    L3 = 0x11000,
    L2 = 0x12000,
    L1 = 0x13000,
    PAGE_A = 0x100000,
    PAGE_B = 0x200000,
    VA_0 = 0,
    VA_1 = 0x1000,
    VA_TABLE = 0x2000, /* where the guest sees its leaf table */
};

static const uint64_t rights = PTE_P | PTE_W | PTE_A | PTE_D;

struct bench {
    struct memory dram;
    struct hv_config config;
    struct hypervisor hv;
    struct vm *vm;
    struct shadow *s;
    struct shadow_regime regime;
    uint32_t root;
};

static void put(struct bench *b, uint64_t at, uint64_t entry)
{
    ck_assert(vm_copy_in(b->vm, gpa(at), &entry, sizeof entry));
}

static void bench_open(struct bench *b, bool unsync)
{
    struct error e;

    memset(b, 0, sizeof *b);
    b->config = (struct hv_config){
        .host_page_shift = 12, .shadow_pages = 64, .shadow_unsync = unsync};
    ck_assert_int_eq(memory_init(&b->dram, 32 << 20, &e), STATUS_OK);
    ck_assert_int_eq(hypervisor_init(&b->hv, &b->config, &b->dram, &e),
                     STATUS_OK);
    b->vm = vm_new(&b->hv, &technique_shadow, 8 << 20, 1, &e);
    ck_assert_ptr_nonnull(b->vm);
    b->s = guest_vm(b->vm)->paging_data;
    b->regime = (struct shadow_regime){
        .guest = &pt_geom_x86_4level, .wp = true, .root = gpa(L4)};
    put(b, L4, L3 | rights);
    put(b, L3, L2 | rights);
    put(b, L2, L1 | rights);
    put(b, L1, PAGE_A | rights);
    put(b, L1 + 8, PAGE_A | rights);
    put(b, L1 + 16, L1 | rights);
    b->root = shadow_load_root(b->s, &b->regime, 0);
}

static void bench_close(struct bench *b)
{
    struct error e;

    ck_assert_msg(shadow_check(b->s, &e), "%s", e.text);
    vm_free(b->vm);
    memory_free(&b->dram);
}

static enum shadow_status touch(struct bench *b, uint64_t va, bool write)
{
    const struct shadow_access a = {.va = gva(va), .write = write};
    const struct guest_walk w = shadow_walk_guest(b->s, &b->regime, &a);

    ck_assert(w.ok);
    return shadow_fill(b->s, b->root, &b->regime, &w, &a);
}

/* The frame that the hardware would reach; 0: nothing is there. */
static uint64_t mapped(const struct bench *b, uint64_t va)
{
    struct pt_place at = pt_edit_find(&b->dram, &pt_geom_x86_4level,
                                      shadow_table(b->s, b->root), va);

    return at.leaf ? (at.entry & PTE_ADDRESS) - b->vm->memory_base.v : 0;
}

START_TEST(test_unsync_off_write_is_emulated)
{
    struct bench b;

    bench_open(&b, false);
    ck_assert_int_eq(touch(&b, VA_0, false), SHADOW_FILLED);
    ck_assert_int_eq(touch(&b, VA_TABLE, true), SHADOW_EMULATE);
    put(&b, L1, PAGE_B | rights);
    shadow_guest_wrote(b.s, gpa(L1), 8);
    ck_assert_uint_eq(mapped(&b, VA_0), PAGE_B);
    ck_assert(shadow_take_flush(b.s));
    bench_close(&b);
}
END_TEST

START_TEST(test_unsync_table_is_stale_until_flushed)
{
    struct bench b;

    bench_open(&b, true);
    touch(&b, VA_0, false);
    touch(&b, VA_1, false);
    ck_assert_int_eq(touch(&b, VA_TABLE, true), SHADOW_FILLED);
    ck_assert_uint_eq(b.s->counters->value[COUNTER_SHADOW_UNSYNC], 1);
    put(&b, L1, PAGE_B | rights);
    put(&b, L1 + 8, PAGE_B | rights);
    ck_assert_uint_eq(mapped(&b, VA_0), PAGE_A);
    shadow_invalidate(b.s, b.root, gva(VA_0));
    ck_assert_uint_eq(mapped(&b, VA_0), PAGE_B);
    ck_assert_uint_eq(mapped(&b, VA_1), PAGE_A);
    shadow_resync(b.s, b.root);
    ck_assert_uint_eq(mapped(&b, VA_1), PAGE_B);
    /* In step again, so read-only again. */
    ck_assert_int_eq(touch(&b, VA_TABLE, true), SHADOW_FILLED);
    ck_assert_uint_eq(b.s->counters->value[COUNTER_SHADOW_UNSYNC], 2);
    bench_close(&b);
}
END_TEST

START_TEST(test_unsync_table_linked_anew_is_read_again)
{
    struct bench b;

    bench_open(&b, true);
    touch(&b, VA_0, false);
    touch(&b, VA_1, false);
    touch(&b, VA_TABLE, true); /* out of step now */
    put(&b, L2, 0);
    shadow_guest_wrote(b.s, gpa(L2), 8);
    ck_assert_uint_eq(mapped(&b, VA_0), 0);
    put(&b, L1, PAGE_B | rights);
    put(&b, L2, L1 | rights);
    shadow_guest_wrote(b.s, gpa(L2), 8);
    touch(&b, VA_1, false);
    ck_assert_uint_eq(mapped(&b, VA_1), PAGE_A);
    ck_assert_uint_ne(mapped(&b, VA_0), PAGE_A); /* never what it was */
    bench_close(&b);
}
END_TEST

/* The hardware may hold VA_1's old translation: a table must not hide it. */
START_TEST(test_unsync_stale_writable_page_becomes_table_flushes)
{
    struct shadow_access new_page = {.va = gva(0x40000000)};
    struct bench b;
    struct guest_walk w;

    bench_open(&b, true);
    touch(&b, VA_0, true);
    touch(&b, VA_TABLE, true); /* out of step now */
    put(&b, L1, PAGE_B | rights);
    shadow_take_flush(b.s);
    shadow_invalidate(b.s, b.root, gva(VA_0));
    ck_assert(!shadow_take_flush(b.s)); /* the one page is all it asked */
    /* PAGE_A, which nothing maps any more, becomes a table. */
    put(&b, L3 + 8, PAGE_A | rights);
    put(&b, PAGE_A, (PAGE_A + 0x1000) | rights);
    put(&b, PAGE_A + 0x1000, PAGE_B | rights);
    w = shadow_walk_guest(b.s, &b.regime, &new_page);
    ck_assert(w.ok);
    shadow_fill(b.s, b.root, &b.regime, &w, &new_page);
    ck_assert(shadow_take_flush(b.s));
    ck_assert(!shadow_take_flush(b.s));
    bench_close(&b);
}
END_TEST

START_TEST(test_unsync_table_below_one_linked_anew_is_read_again)
{
    enum { OTHER_L1 = 0x14000, VA_OTHER = 0x200000, VA_AGAIN = 0x40000000 };
    struct bench b;

    bench_open(&b, true);
    put(&b, L2 + 8, OTHER_L1 | rights);
    put(&b, OTHER_L1, PAGE_A | rights);
    put(&b, L1 + 16, OTHER_L1 | rights); /* seen at VA_TABLE */
    touch(&b, VA_0, false);
    touch(&b, VA_OTHER, false);
    touch(&b, VA_TABLE, true); /* OTHER_L1 out of step now */
    put(&b, OTHER_L1, PAGE_B | rights);
    ck_assert_uint_eq(mapped(&b, VA_OTHER), PAGE_A); /* late, as allowed */
    put(&b, L3 + 8, L2 | rights);
    shadow_guest_wrote(b.s, gpa(L3 + 8), 8);
    touch(&b, VA_AGAIN, false);
    ck_assert_uint_ne(mapped(&b, VA_AGAIN + VA_OTHER), PAGE_A);
    bench_close(&b);
}
END_TEST

START_TEST(test_flooded_table_becomes_data)
{
    struct bench b;

    bench_open(&b, false);
    touch(&b, VA_0, false);
    for (int i = 0; i < SHADOW_FLOOD_WRITES; i++) {
        ck_assert(shadow_is_guarded(b.s, gpa_to_gfn(gpa(L1))));
        put(&b, L1 + 0x100, 0);
        shadow_guest_wrote(b.s, gpa(L1 + 0x100), 8);
    }
    ck_assert(!shadow_is_guarded(b.s, gpa_to_gfn(gpa(L1))));
    bench_close(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow unsync");
    TCase *leaf = tcase_create("leaf tables");
    SRunner *runner;
    int failed;

    tcase_add_test(leaf, test_unsync_off_write_is_emulated);
    tcase_add_test(leaf, test_unsync_table_is_stale_until_flushed);
    tcase_add_test(leaf, test_unsync_table_linked_anew_is_read_again);
    tcase_add_test(leaf, test_unsync_stale_writable_page_becomes_table_flushes);
    tcase_add_test(leaf, test_unsync_table_below_one_linked_anew_is_read_again);
    tcase_add_test(leaf, test_flooded_table_becomes_data);
    suite_add_tcase(suite, leaf);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
