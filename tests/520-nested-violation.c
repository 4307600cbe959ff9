/*
 * Claim: second-stage entries are built when the guest first touches a page,
 * of the size that the host asks for and the backing allows, one violation
 * each; what is outside the guest's memory ends the guest with one line
 * (Intel SDM vol. 3, "EPT Violations").
 */
#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/presets/presets.h"
#include "mmu/pt_edit.h"
#include "tests/guest_rig.h"

enum { MEMORY = 8 << 20 };

/* mov eax, [0x400000]; mov [0x401000], eax; mov al, 7; out 0xf4, al */
static const uint8_t touch_two[] = {0xa1, 0x00, 0x00, 0x40, 0x00, 0xa3, 0x00,
                                    0x10, 0x40, 0x00, 0xb0, 0x07, 0xe6, 0xf4};

static uint64_t counter(const struct rig *r, enum counter id)
{
    return r->vm->vcpus[0]->counters.value[id];
}

static struct pt_place find(const struct rig *r, uint64_t gpa_value)
{
    return pt_edit_find(&r->dram, &pt_geom_ept_4level,
                        r->vm->vcpus[0]->control.nested_root, gpa_value);
}

static void run_touches(struct rig *r, uint8_t shift)
{
    rig_defaults(r);
    r->hv_config.host_page_shift = shift;
    rig_open(r, &technique_nested, MEMORY);
    rig_boot(r, touch_two, sizeof touch_two);
    ck_assert_int_eq(rig_run(r, 100), RIG_EXITED);
    ck_assert_uint_eq(r->vm->platform.bus.exit_status, 7);
}

START_TEST(test_nested_4k_page_costs_one_violation_each)
{
    struct rig r;
    struct pt_place at;

    run_touches(&r, 12);
    ck_assert_uint_eq(counter(&r, COUNTER_EXIT_REASON_EPT_VIOLATION), 3);
    at = find(&r, 0x401000);
    ck_assert(at.leaf && at.level == 1);
    ck_assert_uint_eq(at.entry, (r.vm->memory_base.v + 0x401000) | EPT_R |
                                    EPT_W | EPT_X | EPT_MEMORY_TYPE_WB);
    ck_assert_uint_eq(find(&r, 0x402000).entry, 0);
    rig_close(&r);
}
END_TEST

START_TEST(test_nested_2m_page_serves_its_neighbours)
{
    struct rig r;
    struct pt_place at;

    run_touches(&r, 21);
    ck_assert_uint_eq(counter(&r, COUNTER_EXIT_REASON_EPT_VIOLATION), 2);
    at = find(&r, 0x5ff000);
    ck_assert(at.leaf && at.level == 2);
    ck_assert_uint_eq(at.entry & PTE_ADDRESS, r.vm->memory_base.v + 0x400000);
    rig_close(&r);
}
END_TEST

START_TEST(test_nested_1g_falls_back_to_what_fits)
{
    struct rig r;

    run_touches(&r, 30); /* 8M of memory: no aligned 1G is all the guest's */
    ck_assert_uint_eq(find(&r, 0x400000).level, 2);
    rig_close(&r);
}
END_TEST

START_TEST(test_nested_empty_bus_reads_all_ones)
{
    static const uint8_t beyond[] = {
        0xa1, 0x00, 0x00, 0x80, 0x00, /* mov eax, [0x800000] */
        0xa3, 0x00, 0x00, 0x90, 0x00, /* mov [0x900000], eax */
        0xe6, 0xf4,                   /* out 0xf4, al */
    };
    static const struct technique_ops *const all[] = {
        &technique_native, &technique_shadow, &technique_nested};
    struct rig r;

    rig_defaults(&r);
    rig_open(&r, all[_i], MEMORY);
    rig_boot(&r, beyond, sizeof beyond);
    ck_assert_int_eq(rig_run(&r, 100), RIG_EXITED);
    ck_assert_uint_eq(r.vm->platform.bus.exit_status, 0xff);
    rig_close(&r);
}
END_TEST

START_TEST(test_nested_code_outside_memory_ends_with_a_line)
{
    static const uint8_t beyond[] = {0xb8, 0x00, 0x00, 0x80, 0x00, /* mov eax */
                                     0xff, 0xe0};                  /* jmp eax */
    static const struct technique_ops *const all[] = {
        &technique_native, &technique_shadow, &technique_nested};
    struct rig r;

    rig_defaults(&r);
    rig_open(&r, all[_i], MEMORY);
    rig_boot(&r, beyond, sizeof beyond);
    ck_assert_int_eq(rig_run(&r, 100), RIG_CRASHED);
    ck_assert_str_eq(
        r.vm->crash,
        "guest accessed gpa 0x800000 outside its memory at rip 0x800000");
    rig_close(&r);
}
END_TEST

START_TEST(test_exit_cycles_are_all_in_the_ledger)
{
    struct rig r;
    const struct ledger *l;

    run_touches(&r, 12);
    l = &r.vm->vcpus[0]->ledger;
    ck_assert_uint_eq(ledger_total(l), cpu_now(r.cpu));
    ck_assert_uint_eq(counter(&r, COUNTER_EXIT_TOTAL), 4);
    ck_assert_uint_eq(l->cycles[LEDGER_EXIT], 4000);
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nested");
    TCase *violation = tcase_create("violation");
    SRunner *runner;
    int failed;

    tcase_add_test(violation, test_nested_4k_page_costs_one_violation_each);
    tcase_add_test(violation, test_nested_2m_page_serves_its_neighbours);
    tcase_add_test(violation, test_nested_1g_falls_back_to_what_fits);
    tcase_add_loop_test(violation, test_nested_empty_bus_reads_all_ones, 0, 3);
    tcase_add_loop_test(violation,
                        test_nested_code_outside_memory_ends_with_a_line, 0, 3);
    tcase_add_test(violation, test_exit_cycles_are_all_in_the_ledger);
    suite_add_tcase(suite, violation);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
