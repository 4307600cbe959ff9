/*
 * 700-pv-page-types.c - a pv guest can make no frame both a page table and
 * writable, reach no frame that is not its own, and no count goes astray.
 *
 * Source  Xen public xen.h, "mmu_update"; SOSP 2003, section 3.3.3.
 */
#include <check.h>
#include <stdlib.h>

#include "hypervisor-model/pv/pv.h"
#include "hypervisor-model/pv/pv_build.h"
#include "hypervisor-model/pv/pv_check.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_table.h"

enum { DOMAIN_BYTES = 16 << 20, DRAM_BYTES = 64 << 20 };

struct fixture {
    struct hv_config config;
    struct memory dram;
    struct hypervisor hv;
    struct vm *vm;
    struct pv_domain *d;
    struct pv_turn t;
};

static void start(struct fixture *f)
{
    struct error e = {""};

    *f = (struct fixture){0};
    ck_assert_int_eq(memory_init(&f->dram, DRAM_BYTES, &e), STATUS_OK);
    hypervisor_init(&f->hv, &f->config, &f->dram, &e);
    f->vm = vm_new(&f->hv, &technique_pv, DOMAIN_BYTES, 1, &e);
    ck_assert_msg(f->vm != NULL, "%s", e.text);
    f->d = pv_domain_of(f->vm);
    f->t = (struct pv_turn){.domain = f->d,
                            .vcpu = pv_vcpu_of(f->vm->vcpus[0]),
                            .v = f->vm->vcpus[0],
                            .costs = &f->config};
}

static void finish(struct fixture *f)
{
    struct error e = {""};

    ck_assert_msg(pv_check_types(f->d, &e), "%s", e.text);
    vm_free(f->vm);
    memory_free(&f->dram);
}

/* The n-th frame of the domain. */
static hfn_t frame(const struct fixture *f, uint64_t n)
{
    return hfn(f->d->first.v + n);
}

static hpa_t entry_at(const struct fixture *f, uint64_t n, unsigned index)
{
    return hpa_add(hfn_to_hpa(frame(f, n)), index * 8u);
}

static void put(struct fixture *f, uint64_t n, unsigned index, uint64_t to,
                uint64_t flags)
{
    memory_write64(&f->dram, entry_at(f, n, index),
                   hfn_to_hpa(frame(f, to)).v | flags);
}

static const struct pv_page *page(const struct fixture *f, uint64_t n)
{
    return &f->d->pages[n];
}

/* Frames 1..4 are tables of levels 1..4 that map frame 10 writable. */
static void put_tree(struct fixture *f)
{
    put(f, 1, 0, 10, PTE_P | PTE_W | PTE_U);
    for (unsigned level = 2; level <= 4; level++)
        put(f, level, 0, level - 1, PTE_P | PTE_W | PTE_U);
}

START_TEST(test_page_pin_tree_types_every_level)
{
    struct fixture f;

    start(&f);
    put_tree(&f);
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4), 0);
    for (unsigned level = 1; level <= 4; level++) {
        ck_assert_uint_eq(page(&f, level)->type, level);
        ck_assert_uint_eq(page(&f, level)->type_refs, 1);
    }
    ck_assert_uint_eq(page(&f, 10)->type, PV_TYPE_WRITABLE);
    finish(&f);
}
END_TEST

START_TEST(test_page_unpin_tree_leaves_no_reference)
{
    struct fixture f;

    start(&f);
    put_tree(&f);
    pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4);
    ck_assert_int_eq(pv_page_unpin(&f.t, frame(&f, 4)), 0);
    for (unsigned n = 0; n < f.d->frames; n++) {
        ck_assert_uint_eq(page(&f, n)->type_refs, 0);
        ck_assert_uint_eq(page(&f, n)->refs, 0);
    }
    ck_assert_int_eq(pv_page_unpin(&f.t, frame(&f, 4)), -XEN_EINVAL);
    finish(&f);
}
END_TEST

START_TEST(test_page_writable_mapping_of_table_refused)
{
    struct fixture f;

    start(&f);
    put_tree(&f);
    put(&f, 1, 5, 1, PTE_P | PTE_W | PTE_U); /* the table maps itself */
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4), -XEN_EINVAL);
    for (unsigned n = 0; n < f.d->frames; n++)
        ck_assert_uint_eq(page(&f, n)->refs, 0);
    put(&f, 1, 5, 1, PTE_P | PTE_U); /* read-only: allowed */
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4), 0);
    finish(&f);
}
END_TEST

START_TEST(test_page_writable_frame_as_table_refused)
{
    struct fixture f;

    start(&f);
    put_tree(&f);
    pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4);
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 10), PV_TYPE_L1), -XEN_EINVAL);
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 1), PV_TYPE_L2), -XEN_EINVAL);
    finish(&f);
}
END_TEST

START_TEST(test_page_foreign_frame_refused)
{
    const hfn_t bad[] = {hfn(0), hfn(DRAM_BYTES / PAGE_BYTES),
                         hfn(((uint64_t)1 << 40) - 1)};
    struct fixture f;

    start(&f);
    put_tree(&f);
    for (unsigned i = 0; i < 3; i++) {
        memory_write64(&f.dram, entry_at(&f, 1, 7),
                       hfn_to_hpa(bad[i]).v | PTE_P | PTE_U);
        ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4),
                         -XEN_EINVAL);
    }
    memory_write64(&f.dram, entry_at(&f, 1, 7),
                   hfn_to_hpa(hpa_to_hfn(f.d->m2p)).v | PTE_P | PTE_U);
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4), -XEN_EINVAL);
    finish(&f);
}
END_TEST

START_TEST(test_table_superpage_and_cache_bits_refused)
{
    const uint64_t bits[] = {PTE_PS, PTE_PWT, PTE_PCD};
    struct fixture f;

    start(&f);
    for (unsigned i = 0; i < 3; i++) {
        put_tree(&f);
        put(&f, 2, 0, 1, PTE_P | PTE_U | bits[i]);
        ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4),
                         -XEN_EINVAL);
        put_tree(&f);
        put(&f, 1, 0, 10, PTE_P | PTE_U | bits[i]);
        ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4),
                         -XEN_EINVAL);
    }
    finish(&f);
}
END_TEST

START_TEST(test_table_xen_slots_belong_to_xen)
{
    struct fixture f;

    start(&f);
    put_tree(&f);
    for (unsigned i = XEN_L4_FIRST; i <= XEN_L4_LAST; i++)
        put(&f, 4, i, 10, PTE_P | PTE_W | PTE_U); /* overwritten */
    ck_assert_int_eq(pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4), 0);
    ck_assert_uint_eq(memory_read64(&f.dram, entry_at(&f, 4, 256)),
                      f.d->xen_slots[0]);
    ck_assert_int_eq(
        pv_table_write(&f.t, entry_at(&f, 4, 256), PV_TYPE_L4, 0, false),
        -XEN_EINVAL);
    finish(&f);
}
END_TEST

START_TEST(test_table_entry_adjusted_as_for_ring_3)
{
    const uint64_t kernel = PTE_P | PTE_W, user = PTE_P | PTE_U;

    ck_assert_uint_eq(pv_entry_adjust(PV_TYPE_L1, kernel),
                      kernel | PTE_U | PTE_GUEST_KERNEL);
    ck_assert_uint_eq(pv_entry_adjust(PV_TYPE_L1, user), user | PTE_G);
    ck_assert_uint_eq(pv_entry_adjust(PV_TYPE_L3, kernel), kernel | PTE_U);
    ck_assert_uint_eq(pv_entry_adjust(PV_TYPE_L1, 0x1234000), 0x1234000);
    /* Adjusting twice changes nothing more. */
    ck_assert_uint_eq(
        pv_entry_adjust(PV_TYPE_L1, pv_entry_adjust(PV_TYPE_L1, kernel)),
        pv_entry_adjust(PV_TYPE_L1, kernel));
}
END_TEST

START_TEST(test_table_write_moves_references)
{
    struct fixture f;
    uint64_t to_11;

    start(&f);
    put_tree(&f);
    pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4);
    to_11 = hfn_to_hpa(frame(&f, 11)).v | PTE_P | PTE_W | PTE_U;
    ck_assert_int_eq(
        pv_table_write(&f.t, entry_at(&f, 1, 0), PV_TYPE_L1, to_11, false), 0);
    ck_assert_uint_eq(page(&f, 10)->type_refs, 0);
    ck_assert_uint_eq(page(&f, 11)->type_refs, 1);
    /* Refused: the old entry stays. */
    ck_assert_int_eq(
        pv_table_write(&f.t, entry_at(&f, 1, 0), PV_TYPE_L1,
                       hfn_to_hpa(frame(&f, 2)).v | PTE_P | PTE_W | PTE_U,
                       false),
        -XEN_EINVAL);
    ck_assert_uint_eq(page(&f, 11)->type_refs, 1);
    ck_assert_uint_eq(memory_read64(&f.dram, entry_at(&f, 1, 0)),
                      to_11 | PTE_G);
    finish(&f);
}
END_TEST

START_TEST(test_table_write_keeps_hardware_bits_if_asked)
{
    struct fixture f;
    uint64_t entry;

    start(&f);
    put_tree(&f);
    pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4);
    entry = memory_read64(&f.dram, entry_at(&f, 1, 0));
    memory_write64(&f.dram, entry_at(&f, 1, 0), entry | PTE_A | PTE_D);
    pv_table_write(&f.t, entry_at(&f, 1, 0), PV_TYPE_L1, entry, true);
    ck_assert_uint_eq(memory_read64(&f.dram, entry_at(&f, 1, 0)),
                      entry | PTE_A | PTE_D);
    pv_table_write(&f.t, entry_at(&f, 1, 0), PV_TYPE_L1, entry, false);
    ck_assert_uint_eq(memory_read64(&f.dram, entry_at(&f, 1, 0)), entry);
    finish(&f);
}
END_TEST

START_TEST(test_page_new_type_flushes_once)
{
    struct fixture f;
    uint32_t clock;

    start(&f);
    pv_page_use(&f.t, frame(&f, 20), PV_TYPE_WRITABLE);
    pv_page_unuse(&f.t, frame(&f, 20));
    clock = f.d->flush_clock;
    pv_page_use(&f.t, frame(&f, 20), PV_TYPE_L1);
    ck_assert_uint_eq(f.d->flush_clock, clock + 1);
    pv_page_unuse(&f.t, frame(&f, 20));
    pv_flush_all(&f.t);
    pv_page_use(&f.t, frame(&f, 20), PV_TYPE_WRITABLE);
    ck_assert_uint_eq(f.d->flush_clock, clock + 2); /* no further one */
    pv_page_unuse(&f.t, frame(&f, 20));
    finish(&f);
}
END_TEST

/* Whatever a guest writes, in any order: the counts stay right. */
START_TEST(test_table_random_updates_recount_equal)
{
    struct fixture f;
    uint64_t seed = 88172645463325252u;
    unsigned refused = 0;

    start(&f);
    put_tree(&f);
    pv_page_pin(&f.t, frame(&f, 4), PV_TYPE_L4);
    for (unsigned i = 0; i < 20000; i++) {
        struct error e = {""};
        uint64_t n, to, flags;

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        n = 1 + seed % 24;
        to = 1 + (seed >> 8) % 24;
        flags = (seed >> 16 & (PTE_P | PTE_W | PTE_U)) | (seed >> 32 & 1);
        if (page(&f, n)->type_refs && pv_is_table(page(&f, n)->type))
            refused +=
                pv_table_write(&f.t, entry_at(&f, n, seed >> 40 & 7),
                               (enum pv_type)page(&f, n)->type,
                               hfn_to_hpa(frame(&f, to)).v | flags, false) != 0;
        else if (page(&f, n)->type_refs == 0)
            refused += pv_page_pin(&f.t, frame(&f, n),
                                   (enum pv_type)(1 + (seed >> 44) % 4)) != 0;
        if (seed >> 50 & 1)
            refused += pv_page_unpin(&f.t, frame(&f, to)) != 0;
        ck_assert_msg(pv_check_types(f.d, &e), "step %u: %s", i, e.text);
    }
    ck_assert_uint_gt(refused, 100);
    finish(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv-page-types");
    TCase *c = tcase_create("pv-page-types");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_page_pin_tree_types_every_level);
    tcase_add_test(c, test_page_unpin_tree_leaves_no_reference);
    tcase_add_test(c, test_page_writable_mapping_of_table_refused);
    tcase_add_test(c, test_page_writable_frame_as_table_refused);
    tcase_add_test(c, test_page_foreign_frame_refused);
    tcase_add_test(c, test_table_superpage_and_cache_bits_refused);
    tcase_add_test(c, test_table_xen_slots_belong_to_xen);
    tcase_add_test(c, test_table_entry_adjusted_as_for_ring_3);
    tcase_add_test(c, test_table_write_moves_references);
    tcase_add_test(c, test_table_write_keeps_hardware_bits_if_asked);
    tcase_add_test(c, test_page_new_type_flushes_once);
    tcase_add_test(c, test_table_random_updates_recount_equal);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
