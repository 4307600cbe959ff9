/*
 * Claim: frames are handed out once, zeroed and aligned; a VM reaches its own
 * memory and nothing else; a technique that the CPU cannot do is refused with
 * one line; the PVH start info is what Xen's public header says
 * (xen/arch-x86/hvm/start_info.h).
 */
#include <check.h>
#include <string.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "hypervisor-model/presets/presets.h"

enum { MIB = 1 << 20 };

struct bench {
    struct memory dram;
    struct hv_config config;
    struct hypervisor hv;
    struct error e;
};

static void bench_open(struct bench *b, uint64_t bytes)
{
    memset(b, 0, sizeof *b);
    b->config.host_page_shift = 12;
    b->config.shadow_pages = 64;
    ck_assert_int_eq(memory_init(&b->dram, bytes, &b->e), STATUS_OK);
    ck_assert_int_eq(hypervisor_init(&b->hv, &b->config, &b->dram, &b->e),
                     STATUS_OK);
}

START_TEST(test_frame_pool_hands_out_each_frame_once)
{
    struct bench b;
    hfn_t first, second, again, range, frame;
    uint64_t count = 0;

    bench_open(&b, 16 * MIB);
    ck_assert(frame_alloc_range(&b.hv, 1, 1, &first));
    ck_assert(frame_alloc(&b.hv, &second));
    ck_assert_uint_ne(first.v, second.v);
    memory_write64(&b.dram, hfn_to_hpa(second), 0x1234);
    memory_write64(&b.dram, hpa(hfn_to_hpa(second).v + 4088), 0x1234);
    frame_free(&b.hv, second);
    ck_assert(frame_alloc(&b.hv, &again));
    ck_assert_uint_eq(again.v, second.v);
    ck_assert_uint_eq(memory_read64(&b.dram, hfn_to_hpa(again)), 0);
    ck_assert_uint_eq(memory_read64(&b.dram, hpa(hfn_to_hpa(again).v + 4088)),
                      0);
    ck_assert(frame_alloc_range(&b.hv, 3, 512, &range));
    ck_assert_uint_eq(range.v % 512, 0);
    while (frame_alloc(&b.hv, &frame))
        count++;
    ck_assert_uint_eq(count, 16 * MIB / 4096 - range.v - 3);
    ck_assert(!frame_alloc_range(&b.hv, UINT64_MAX / 4096, 1, &range));
    memory_free(&b.dram);
}
END_TEST

START_TEST(test_vm_reaches_only_its_memory)
{
    struct bench b;
    struct vm *vm;
    hpa_t at;
    char byte = 1;

    bench_open(&b, 32 * MIB);
    vm = vm_new(&b.hv, &technique_shadow, 4 * MIB, 1, &b.e);
    ck_assert_ptr_nonnull(vm);
    ck_assert_uint_ne(vm->memory_base.v, 0);
    ck_assert(vm_gpa_to_hpa(vm, gpa(4 * MIB - 1), &at));
    ck_assert_uint_eq(at.v, vm->memory_base.v + 4 * MIB - 1);
    ck_assert(!vm_gpa_to_hpa(vm, gpa(4 * MIB), &at));
    ck_assert(!vm_gpa_to_hpa(vm, gpa(UINT64_MAX), &at));
    ck_assert(vm_copy_in(vm, gpa(4 * MIB - 1), &byte, 1));
    ck_assert(!vm_copy_in(vm, gpa(4 * MIB - 1), &byte, 2));
    ck_assert(!vm_copy_out(vm, &byte, gpa(UINT64_MAX), 2));
    vm_free(vm);
    memory_free(&b.dram);
}
END_TEST

START_TEST(test_vm_native_sees_machine_addresses)
{
    struct bench b;
    struct vm *vm;
    hpa_t at;

    bench_open(&b, 4 * MIB);
    ck_assert_uint_eq(hv_pool_bytes(&technique_native, &b.config, 4 * MIB), 0);
    vm = vm_new(&b.hv, &technique_native, 4 * MIB, 1, &b.e);
    ck_assert_ptr_nonnull(vm);
    ck_assert(vm_gpa_to_hpa(vm, gpa(0x1234), &at));
    ck_assert_uint_eq(at.v, 0x1234);
    vm_free(vm);
    memory_free(&b.dram);
}
END_TEST

START_TEST(test_vm_fits_the_pool_that_is_promised)
{
    static const uint64_t sizes[] = {2 * MIB, 64 * MIB, 1024ull * MIB,
                                     3000ull * MIB};

    for (int t = 0; technique_all[t]; t++) {
        struct bench b;
        struct vm *vm;
        uint64_t bytes = sizes[_i];

        memset(&b, 0, sizeof b);
        b.config.shadow_pages = 64;
        bench_open(&b,
                   bytes + hv_pool_bytes(technique_all[t], &b.config, bytes));
        b.config.has_nested = true;
        vm = vm_new(&b.hv, technique_all[t], bytes, 1, &b.e);
        ck_assert_msg(vm != NULL, "%s", b.e.text);
        if (strcmp(technique_all[t]->cpu_virt, "guest") == 0 &&
            bytes >= 1024ull * MIB)
            ck_assert_uint_eq(vm->memory_base.v % (1024ull * MIB), 0);
        vm_free(vm);
        memory_free(&b.dram);
    }
}
END_TEST

START_TEST(test_vm_too_large_for_the_machine_is_an_error_line)
{
    struct bench b;

    bench_open(&b, 16 * MIB);
    ck_assert_ptr_null(vm_new(&b.hv, &technique_shadow, 64 * MIB, 1, &b.e));
    ck_assert_ptr_nonnull(strstr(b.e.text, "64M"));
    memory_free(&b.dram);
}
END_TEST

START_TEST(test_technique_nested_without_hardware_is_refused)
{
    struct bench b;

    bench_open(&b, 16 * MIB);
    ck_assert_int_eq(technique_find("nested")->supported(&b.config, &b.e),
                     STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(b.e.text, "no nested paging"));
    ck_assert_ptr_null(strchr(b.e.text, '\n'));
    ck_assert_ptr_null(vm_new(&b.hv, &technique_nested, 4 * MIB, 1, &b.e));
    b.config.has_nested = true;
    ck_assert_int_eq(technique_nested.supported(&b.config, &b.e), STATUS_OK);
    ck_assert_ptr_null(technique_find("no such thing"));
    memory_free(&b.dram);
}
END_TEST

static const uint8_t code_bytes[] = {0xf4};
static const struct vm_segment segment = {
    .at = {0x100000}, .data = code_bytes, .file_bytes = 1, .memory_bytes = 64};

START_TEST(test_pvh_start_info_is_as_xen_says)
{
    static const uint8_t initrd[5000] = {1, 2, 3};
    struct vm_boot boot = {.segments = &segment,
                           .segment_count = 1,
                           .pvh_entry = 0x100000,
                           .initrd = initrd,
                           .initrd_bytes = sizeof initrd,
                           .command_line = "quiet tick_us=10"};
    struct bench b;
    struct vm *vm;
    struct hvm_start_info info;
    struct hvm_modlist_entry module;
    struct hvm_memmap_table_entry map[3];
    char line[32];
    const struct cpu_state *s;

    bench_open(&b, 16 * MIB);
    vm = vm_new(&b.hv, &technique_native, 8 * MIB, 1, &b.e);
    ck_assert_int_eq(technique_native.boot(vm, &boot, &b.e), STATUS_OK);
    s = &vm->vcpus[0]->state;
    ck_assert(vm_copy_out(vm, &info, gpa(s->gpr[REG_RBX]), sizeof info));
    ck_assert_uint_eq(info.magic, XEN_HVM_START_MAGIC_VALUE);
    ck_assert_uint_eq(info.version, 1);
    ck_assert_uint_eq(info.nr_modules, 1);
    ck_assert(vm_copy_out(vm, line, gpa(info.cmdline_paddr), sizeof line));
    ck_assert_str_eq(line, "quiet tick_us=10");
    ck_assert(vm_copy_out(vm, &module, gpa(info.modlist_paddr), sizeof module));
    ck_assert_uint_eq(module.size, sizeof initrd);
    ck_assert_uint_eq(module.paddr % 4096, 0);
    ck_assert(vm_copy_out(vm, line, gpa(module.paddr), 3));
    ck_assert_mem_eq(line, initrd, 3);
    ck_assert_uint_eq(info.memmap_entries, 3);
    ck_assert(vm_copy_out(vm, map, gpa(info.memmap_paddr), sizeof map));
    ck_assert_uint_eq(map[2].addr + map[2].size, 8 * MIB);
    ck_assert_uint_eq(map[2].type, XEN_HVM_MEMMAP_TYPE_RAM);
    ck_assert_uint_eq(s->cr0 & (CR0_PE | CR0_PG), CR0_PE);
    ck_assert_uint_eq(s->rip, 0x100000);
    ck_assert_uint_eq(s->seg[SEG_CS].limit, 0xffffffff);
    ck_assert_uint_eq(s->rflags, RFLAGS_FIXED);
    vm_free(vm);
    memory_free(&b.dram);
}
END_TEST

START_TEST(test_pvh_what_does_not_fit_is_an_error_line)
{
    static uint8_t initrd[3 * MIB];
    struct vm_segment outside = segment;
    struct vm_boot boot = {.segments = &segment,
                           .segment_count = 1,
                           .pvh_entry = 0x100000,
                           .initrd = initrd,
                           .initrd_bytes = sizeof initrd};
    struct bench b;
    struct vm *vm;

    bench_open(&b, 16 * MIB);
    vm = vm_new(&b.hv, &technique_native, 4 * MIB, 1, &b.e);
    ck_assert_int_eq(technique_native.boot(vm, &boot, &b.e), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(b.e.text, "--memory"));
    boot.initrd_bytes = 0;
    outside.memory_bytes = UINT64_MAX;
    boot.segments = &outside;
    ck_assert_int_eq(technique_native.boot(vm, &boot, &b.e), STATUS_USAGE);
    boot.segments = &segment;
    boot.pvh_entry = 0;
    ck_assert_int_eq(technique_native.boot(vm, &boot, &b.e), STATUS_FILE);
    vm_free(vm);
    memory_free(&b.dram);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm");
    TCase *memory = tcase_create("memory");
    SRunner *runner;
    int failed;

    tcase_add_test(memory, test_frame_pool_hands_out_each_frame_once);
    tcase_add_test(memory, test_vm_reaches_only_its_memory);
    tcase_add_test(memory, test_vm_native_sees_machine_addresses);
    tcase_add_loop_test(memory, test_vm_fits_the_pool_that_is_promised, 0, 4);
    tcase_add_test(memory, test_vm_too_large_for_the_machine_is_an_error_line);
    tcase_add_test(memory, test_technique_nested_without_hardware_is_refused);
    tcase_add_test(memory, test_pvh_start_info_is_as_xen_says);
    tcase_add_test(memory, test_pvh_what_does_not_fit_is_an_error_line);
    suite_add_tcase(suite, memory);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
