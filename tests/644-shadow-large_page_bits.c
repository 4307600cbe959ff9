/*
 * Claim: what a guest's large page says beside its frame - its protection key,
 * and whether it is global - holds for each of its addresses, also where the
 * shadow maps it in small pages: for two large pages of one frame, and behind a
 * write that changes them (Intel SDM vol. 3, "Protection Keys", "Global
 * Pages": both are of the entry that maps the page).
 */
#include <check.h>

#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/shadow_internal.h"
#include "hypervisor-model/presets/presets.h"
#include "sim/core/macros.h"

enum {
    L4 = 0x10000,
    L3 = 0x11000,
    L2 = 0x12000,
    PAGE = 2 << 20, /* where both large pages lead */
    FIRST = 0,      /* their addresses */
    SECOND = 2 << 20,
    KEY = 5,
    MEMORY_BYTES = 8 << 20,
};

static const uint64_t bits[] = {(uint64_t)KEY << PTE_KEY_SHIFT, PTE_G};
static const uint8_t host_shifts[] = {12, 21};
enum { CASES = ARRAY_LEN(bits) * ARRAY_LEN(host_shifts) };

struct bench {
    struct memory dram;
    struct counters counters;
    struct hv_config config;
    struct hypervisor hv;
    struct vm *vm;
    struct shadow *shadow;
    struct shadow_regime regime;
    uint32_t root;
};

/* The guest writes one entry, and the hypervisor hears of it. */
static void put(struct bench *b, uint64_t at, uint64_t entry)
{
    ck_assert(vm_copy_in(b->vm, gpa(at), &entry, sizeof entry));
    shadow_guest_wrote(b->shadow, gpa(at), sizeof entry);
}

static void put_large(struct bench *b, uint64_t va, uint64_t more)
{
    put(b, L2 + (va >> 21) * 8,
        PAGE | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D | PTE_PS | more);
}

static void open_bench(struct bench *b, uint8_t host_shift)
{
    struct error e;

    *b = (struct bench){
        .config = {.host_page_shift = host_shift, .shadow_pages = 64}};
    ck_assert_int_eq(memory_init(&b->dram, 32 << 20, &e), STATUS_OK);
    ck_assert_int_eq(hypervisor_init(&b->hv, &b->config, &b->dram, &e),
                     STATUS_OK);
    b->vm = vm_new(&b->hv, &technique_shadow, MEMORY_BYTES, 1, &e);
    ck_assert_ptr_nonnull(b->vm);
    b->shadow = guest_vm(b->vm)->paging_data;
    b->shadow->counters = &b->counters;
    b->regime = (struct shadow_regime){.guest = &pt_geom_x86_4level,
                                       .wp = true,
                                       .nxe = true,
                                       .pke = true,
                                       .root = gpa(L4)};
    put(b, L4, L3 | PTE_P | PTE_W | PTE_U);
    put(b, L3, L2 | PTE_P | PTE_W | PTE_U);
    b->root = shadow_load_root(b->shadow, &b->regime, 0);
}

static void close_bench(struct bench *b)
{
    vm_free(b->vm);
    memory_free(&b->dram);
}

static void touch(struct bench *b, uint64_t va)
{
    const struct shadow_access a = {.va = gva(va), .user = true};
    const struct guest_walk w = shadow_walk_guest(b->shadow, &b->regime, &a);
    struct error e;

    ck_assert(w.ok);
    shadow_fill(b->shadow, b->root, &b->regime, &w, &a);
    ck_assert_msg(shadow_check(b->shadow, &e), "%s", e.text);
}

/* The leaf by which the hardware would map va; 0: it would fault. */
static uint64_t leaf_of(const struct bench *b, uint64_t va)
{
    uint32_t page = b->root;

    for (unsigned level = b->shadow->pages[page].role.level;; level--) {
        uint64_t entry = shadow_entry(
            b->shadow, page, (unsigned)pt_index(shadow_geom(), level, va));

        if (entry == 0 || shadow_is_leaf(level, entry))
            return entry;
        page = shadow_child(b->shadow, entry);
    }
}

/* What would be wrong is another page's bits; a fault would mend it. */
static void expect(const struct bench *b, uint64_t va, uint64_t mask,
                   uint64_t want)
{
    uint64_t leaf = leaf_of(b, va);

    if (leaf != 0)
        ck_assert_uint_eq(leaf & mask, want);
}

START_TEST(test_two_large_pages_of_one_frame_keep_their_bits)
{
    uint64_t bit = bits[_i % 2];
    struct bench b;

    open_bench(&b, host_shifts[_i / 2]);
    put_large(&b, FIRST, 0);
    put_large(&b, SECOND, bit);
    touch(&b, FIRST);
    touch(&b, SECOND);
    ck_assert_uint_ne(leaf_of(&b, SECOND), 0);
    expect(&b, SECOND, bit, bit);
    expect(&b, FIRST, bit, 0);
    close_bench(&b);
}
END_TEST

START_TEST(test_a_large_page_that_changes_takes_its_bits_along)
{
    uint64_t bit = bits[_i % 2];
    struct bench b;

    open_bench(&b, host_shifts[_i / 2]);
    put_large(&b, FIRST, bit);
    touch(&b, FIRST);
    ck_assert_uint_eq(leaf_of(&b, FIRST) & bit, bit);
    put_large(&b, FIRST, 0);
    expect(&b, FIRST, bit, 0);
    touch(&b, FIRST);
    ck_assert_uint_ne(leaf_of(&b, FIRST), 0);
    expect(&b, FIRST, bit, 0);
    close_bench(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow large page bits");
    TCase *cases = tcase_create("shadow large page bits");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(
        cases, test_two_large_pages_of_one_frame_keep_their_bits, 0, CASES);
    tcase_add_loop_test(
        cases, test_a_large_page_that_changes_takes_its_bits_along, 0, CASES);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
