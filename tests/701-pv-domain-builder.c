/*
 * 701-pv-domain-builder.c - a new domain finds what Xen's "Start-of-day memory
 * layout" promises, and nothing in machine memory but its own.
 *
 * Source  Xen public xen.h, arch-x86/xen-x86_64.h.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/pv/pv.h"
#include "hypervisor-model/pv/pv_build.h"
#include "hypervisor-model/pv/pv_check.h"

enum { DOMAIN_BYTES = 32 << 20, DRAM_BYTES = 96 << 20, IMAGE_BYTES = 0x3000 };

#define VIRT_BASE 0xffffffff80000000u
#define IMAGE_VA  (VIRT_BASE + 0x200000u)

struct fixture {
    struct hv_config config;
    struct memory dram;
    struct hypervisor hv;
    struct vm *vm;
    struct pv_domain *d;
    struct start_info info;
};

static const uint8_t image[IMAGE_BYTES] = {0x90, 0x91};
static const uint8_t initrd[5000] = {'c', 'p', 'i', 'o'};

/* The guest's view: walks the tables that CR3 names; 0: not mapped. */
static uint64_t entry_of(const struct fixture *f, uint64_t va)
{
    uint64_t table = f->vm->vcpus[0]->state.cr3, entry = 0;

    for (unsigned level = 4; level >= 1; level--) {
        entry = memory_read64(
            &f->dram,
            hpa(table + pt_entry_offset(&pt_geom_x86_4level, level, va)));
        if (!(entry & PTE_P))
            return 0;
        table = entry & PTE_ADDRESS;
        if (level > 1 && entry & PTE_PS)
            return entry;
    }
    return entry;
}

static void read_guest(const struct fixture *f, uint64_t va, void *to,
                       size_t bytes)
{
    uint8_t *at = to;

    for (size_t i = 0; i < bytes; i++) {
        uint64_t entry = entry_of(f, va + i);
        uint64_t span = entry & PTE_PS ? 2 << 20 : PAGE_BYTES;

        ck_assert(entry & PTE_P);
        at[i] =
            *memory_at(&f->dram, hpa((entry & PTE_ADDRESS) + (va + i) % span));
    }
}

static enum status build(struct fixture *f, uint64_t domain_bytes,
                         struct error *e)
{
    const struct vm_segment segment = {.data = image,
                                       .file_bytes = IMAGE_BYTES,
                                       .memory_bytes = IMAGE_BYTES + 100,
                                       .va = IMAGE_VA};
    const struct vm_boot boot = {
        .segments = &segment,
        .segment_count = 1,
        .pv_entry = IMAGE_VA,
        .pv_virt_base = VIRT_BASE,
        .pv_hypercall_page = IMAGE_VA + 0x1000,
        .initrd = initrd,
        .initrd_bytes = sizeof(initrd),
        .command_line = "quiet",
    };

    *f = (struct fixture){0};
    ck_assert_int_eq(memory_init(&f->dram, DRAM_BYTES, e), STATUS_OK);
    hypervisor_init(&f->hv, &f->config, &f->dram, e);
    f->vm = vm_new(&f->hv, &technique_pv, domain_bytes, 1, e);
    ck_assert_msg(f->vm != NULL, "%s", e->text);
    f->d = pv_domain_of(f->vm);
    return technique_pv.boot(f->vm, &boot, e);
}

static void start(struct fixture *f)
{
    struct error e = {""};

    ck_assert_msg(build(f, DOMAIN_BYTES, &e) == STATUS_OK, "%s", e.text);
    read_guest(f, f->vm->vcpus[0]->state.gpr[REG_RSI], &f->info,
               sizeof(f->info));
}

static void finish(struct fixture *f)
{
    vm_free(f->vm);
    memory_free(&f->dram);
}

START_TEST(test_builder_start_info_says_where_things_are)
{
    struct fixture f;
    char data[4];

    start(&f);
    ck_assert_str_eq(f.info.magic, "xen-3.0-x86_64");
    ck_assert_uint_eq(f.info.nr_pages, DOMAIN_BYTES / PAGE_BYTES);
    ck_assert_str_eq((const char *)f.info.cmd_line, "quiet");
    ck_assert_uint_eq(f.info.mod_len, sizeof(initrd));
    read_guest(&f, f.info.mod_start, data, 4);
    ck_assert_mem_eq(data, "cpio", 4);
    ck_assert_uint_eq(f.info.shared_info, hfn_to_hpa(f.d->shared_info).v);
    ck_assert_uint_eq(f.info.nr_p2m_frames, 16);
    finish(&f);
}
END_TEST

START_TEST(test_builder_elements_in_documented_order)
{
    struct fixture f;
    uint64_t si, image_end = IMAGE_VA + IMAGE_BYTES + PAGE_BYTES;

    start(&f);
    si = f.vm->vcpus[0]->state.gpr[REG_RSI];
    ck_assert_uint_eq(f.info.mod_start, image_end);
    ck_assert_uint_eq(f.info.mfn_list, image_end + 2 * PAGE_BYTES);
    ck_assert_uint_eq(si, f.info.mfn_list + 16 * PAGE_BYTES);
    ck_assert_uint_eq(f.info.pt_base, si + 3 * PAGE_BYTES);
    ck_assert_uint_eq(f.vm->vcpus[0]->state.gpr[REG_RSP],
                      f.info.pt_base + (f.info.nr_pt_frames + 1) * PAGE_BYTES);
    finish(&f);
}
END_TEST

START_TEST(test_builder_region_ends_on_4m_with_padding)
{
    struct fixture f;
    uint64_t end, stack;

    start(&f);
    stack = f.vm->vcpus[0]->state.gpr[REG_RSP];
    end = stack;
    while (entry_of(&f, end))
        end += PAGE_BYTES;
    ck_assert_uint_eq(end % (4 << 20), 0);
    ck_assert_uint_ge(end - stack, 512 << 10);
    finish(&f);
}
END_TEST

START_TEST(test_builder_only_tables_are_read_only)
{
    struct fixture f;

    start(&f);
    for (uint64_t va = VIRT_BASE; entry_of(&f, va); va += PAGE_BYTES) {
        bool table = va >= f.info.pt_base &&
                     va < f.info.pt_base + f.info.nr_pt_frames * PAGE_BYTES;

        ck_assert_uint_eq(!(entry_of(&f, va) & PTE_W), table);
    }
    finish(&f);
}
END_TEST

START_TEST(test_builder_p2m_and_m2p_are_inverse_and_not_identity)
{
    struct fixture f;
    bool seen[DOMAIN_BYTES / 4096] = {false};
    uint64_t equal = 0;

    start(&f);
    for (uint64_t pfn = 0; pfn < f.info.nr_pages; pfn++) {
        uint64_t mfn, back;

        read_guest(&f, f.info.mfn_list + pfn * 8, &mfn, 8);
        ck_assert_ptr_nonnull(pv_page_of(f.d, hfn(mfn)));
        ck_assert(!seen[mfn - f.d->first.v]);
        seen[mfn - f.d->first.v] = true;
        read_guest(&f, MACH2PHYS_VIRT_START + mfn * 8, &back, 8);
        ck_assert_uint_eq(back, pfn);
        equal += mfn == pfn;
        /* The bootstrap region maps pfns in a row. */
        if (pfn < 512)
            ck_assert_uint_eq(entry_of(&f, VIRT_BASE + pfn * PAGE_BYTES) &
                                  PTE_ADDRESS,
                              mfn * PAGE_BYTES);
    }
    ck_assert_uint_lt(equal, f.info.nr_pages / 2);
    finish(&f);
}
END_TEST

START_TEST(test_builder_m2p_is_read_only_to_the_guest)
{
    struct fixture f;
    uint64_t entry;

    start(&f);
    entry = entry_of(&f, MACH2PHYS_VIRT_START);
    ck_assert(entry & PTE_U);
    ck_assert(!(entry & PTE_W));
    ck_assert(
        !(entry_of(&f, pv_gdt_address(0) + FIRST_RESERVED_GDT_BYTE) & PTE_U));
    finish(&f);
}
END_TEST

START_TEST(test_builder_hypercall_page_has_documented_stubs)
{
    static const uint8_t stub_14[] = {0x51, 0x41, 0x53, 0xb8, 14,   0,    0,
                                      0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
    static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 23,
                                   0,    0,    0,    0x0f, 0x05};
    struct fixture f;
    uint8_t page[PAGE_BYTES];

    start(&f);
    read_guest(&f, IMAGE_VA + 0x1000, page, sizeof(page));
    ck_assert_mem_eq(page + 14 * 32, stub_14, sizeof(stub_14));
    ck_assert_mem_eq(page + 23 * 32, iret, sizeof(iret));
    finish(&f);
}
END_TEST

START_TEST(test_builder_first_state_is_ring_3_with_events_masked)
{
    struct fixture f;
    const struct cpu_state *s;
    struct vcpu_info info;
    struct error e = {""};

    start(&f);
    s = &f.vm->vcpus[0]->state;
    ck_assert_uint_eq(s->cpl, 3);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, FLAT_KERNEL_CS);
    ck_assert_uint_eq(s->rip, IMAGE_VA);
    ck_assert_int_eq(f.vm->vcpus[0]->control.virt, VIRT_DEPRIVED);
    memory_copy_out(&f.dram, &info, pv_vcpu_of(f.vm->vcpus[0])->info,
                    sizeof(info));
    ck_assert_uint_eq(info.evtchn_upcall_mask, 1);
    ck_assert_msg(pv_check_types(f.d, &e), "%s", e.text);
    finish(&f);
}
END_TEST

START_TEST(test_builder_memory_too_small_is_one_line)
{
    struct fixture f;
    struct error e = {""};

    ck_assert_int_eq(build(&f, 2 << 20, &e), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "needs at least 4M"));
    finish(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv-domain-builder");
    TCase *c = tcase_create("pv-domain-builder");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_builder_start_info_says_where_things_are);
    tcase_add_test(c, test_builder_elements_in_documented_order);
    tcase_add_test(c, test_builder_region_ends_on_4m_with_padding);
    tcase_add_test(c, test_builder_only_tables_are_read_only);
    tcase_add_test(c, test_builder_p2m_and_m2p_are_inverse_and_not_identity);
    tcase_add_test(c, test_builder_m2p_is_read_only_to_the_guest);
    tcase_add_test(c, test_builder_hypercall_page_has_documented_stubs);
    tcase_add_test(c, test_builder_first_state_is_ring_3_with_events_masked);
    tcase_add_test(c, test_builder_memory_too_small_is_one_line);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
