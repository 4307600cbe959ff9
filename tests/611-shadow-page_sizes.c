/*
 * Claim: a 1G entry in the guest's table is a page if the CPU has 1G pages,
 * and has a reserved bit set if it has not, under shadow as on the hardware
 * (Intel SDM vol. 3, "4-Level Paging and 5-Level Paging": PS is reserved in a
 * PDPTE unless CPUID says otherwise).
 */
#include <check.h>
#include <string.h>

#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/shadow_internal.h"
#include "hypervisor-model/presets/presets.h"

enum { L4 = 0x10000, L3 = 0x11000, MEMORY_BYTES = 8 << 20 };

/* What the guest's walk says of a read at 0, mapped by a 1G entry. */
static struct guest_walk walk_1g(const struct pt_geom *guest)
{
    const struct hv_config config = {.host_page_shift = 12, .shadow_pages = 64};
    const uint64_t table = L3 | PTE_P | PTE_W, page = PTE_P | PTE_W | PTE_PS;
    const struct shadow_regime regime = {.guest = guest, .root = gpa(L4)};
    const struct shadow_access read = {.va = gva(0)};
    struct memory dram;
    struct hypervisor hv;
    struct guest_walk walk;
    struct error e;
    struct vm *vm;

    ck_assert_int_eq(memory_init(&dram, 32 << 20, &e), STATUS_OK);
    ck_assert_int_eq(hypervisor_init(&hv, &config, &dram, &e), STATUS_OK);
    vm = vm_new(&hv, &technique_shadow, MEMORY_BYTES, 1, &e);
    ck_assert_ptr_nonnull(vm);
    ck_assert(vm_copy_in(vm, gpa(L4), &table, sizeof table));
    ck_assert(vm_copy_in(vm, gpa(L3), &page, sizeof page));
    walk = shadow_walk_guest(guest_vm(vm)->paging_data, &regime, &read);
    vm_free(vm);
    memory_free(&dram);
    return walk;
}

START_TEST(test_shadow_1g_page_of_a_cpu_that_has_them_maps)
{
    struct guest_walk w = walk_1g(&pt_geom_x86_4level);

    ck_assert(w.ok);
    ck_assert_uint_eq(w.level, 3);
    ck_assert_uint_eq(w.target.v, 0);
}
END_TEST

START_TEST(test_shadow_1g_page_of_a_cpu_without_them_is_reserved)
{
    struct guest_walk w = walk_1g(&pt_geom_x86_4level_no_1g);

    ck_assert(!w.ok);
    ck_assert_uint_eq(w.error_code, PF_PRESENT | PF_RESERVED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow page sizes");
    TCase *sizes = tcase_create("1G");
    SRunner *runner;
    int failed;

    tcase_add_test(sizes, test_shadow_1g_page_of_a_cpu_that_has_them_maps);
    tcase_add_test(sizes,
                   test_shadow_1g_page_of_a_cpu_without_them_is_reserved);
    suite_add_tcase(suite, sizes);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
