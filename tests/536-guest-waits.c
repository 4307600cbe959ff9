/*
 * 536-guest-waits.c - claim: a vCPU that waits by MWAIT goes on when its line
 * changes, natively and in guest mode, or when an interrupt comes, a masked one
 * if MWAIT was asked so; where MWAIT exits it does not wait.  A
 * bootstrap processor that gets INIT begins again at its reset vector, and
 * exits for it where INIT reaches the CPU itself.
 *
 * Intel SDM vol. 2, "MWAIT"; vol. 3, "MP Initialization Protocol Algorithm",
 * "Other Causes of VM Exits".
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum { MEMORY = 4 << 20, LINE = 0x9000 };

static const uint8_t wait_code[] = {
    0xb8, 0x00, 0x90, 0x00, 0x00, /* mov eax, LINE */
    0x31, 0xc9, 0x31, 0xd2,       /* xor ecx, ecx; xor edx, edx */
    0x0f, 0x01, 0xc8,             /* monitor */
    0x31, 0xc0,                   /* xor eax, eax */
    0x0f, 0x01, 0xc9,             /* mwait */
    0xb0, 0x2a, 0xe6, 0xf4,       /* out 0xf4, 42 */
};

/* With interrupts off; an interrupt of the local APIC's timer comes. */
static const uint8_t timer_code[] = {
    0xbb, 0x00, 0x00, 0xe0, 0xfe,                               /* mov ebx */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* enable */
    0xc7, 0x83, 0xe0, 0x03, 0x00, 0x00, 0x0b, 0x00, 0x00, 0x00, /* by 1 */
    0xc7, 0x83, 0x20, 0x03, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, /* vector */
    0xc7, 0x83, 0x80, 0x03, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, /* begin */
    0xb8, 0x00, 0x90, 0x00, 0x00, /* mov eax, LINE */
    0x31, 0xc9, 0x31, 0xd2,       /* xor ecx, ecx; xor edx, edx */
    0x0f, 0x01, 0xc8,             /* monitor */
    0xb1, 0x01,                   /* mov cl, 1: masked ones too */
    0x0f, 0x01, 0xc9,             /* mwait */
    0xb0, 0x2a, 0xe6, 0xf4,       /* out 0xf4, 42 */
};

enum { TIMER_CODE_EXTENSION = 58, TIMER_COUNT = 0x100000 };

static const uint8_t init_code[] = {
    0xbb, 0x00, 0x00, 0xe0, 0xfe,                               /* mov ebx */
    0xc7, 0x83, 0x10, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* to 0 */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x00, 0x45, 0x00, 0x00, /* INIT */
    0xb0, 0x2a, 0xe6, 0xf4, /* never reached */
};

static const struct {
    const struct technique_ops *technique;
    bool exits;
} choices[] = {
    {&technique_native, false}, {&technique_nested, false},
    {&technique_nested, true},  {&technique_shadow, false},
    {&technique_shadow, true},
};

static void open(struct rig *r, int i, const uint8_t *code, size_t bytes)
{
    rig_defaults(r);
    r->cpu_config.has_monitor = true;
    r->hv_config.exit_on.mwait = r->hv_config.exit_on.init = choices[i].exits;
    rig_open(r, choices[i].technique, MEMORY);
    rig_boot(r, code, bytes);
}

START_TEST(test_guest_mwait_ends_when_the_line_changes)
{
    const uint8_t one = 1;
    struct rig r;

    open(&r, _i, wait_code, sizeof wait_code);
    if (choices[_i].exits) {
        ck_assert_int_eq(rig_run(&r, 100), RIG_EXITED);
        rig_close(&r);
        return;
    }
    ck_assert_int_eq(rig_run(&r, 100), RIG_ASLEEP);
    ck_assert_uint_eq(cpu_retired(r.cpu), 6);
    ck_assert_int_eq(rig_run(&r, 100), RIG_ASLEEP);
    ck_assert(vm_copy_in(r.vm, gpa(LINE + 5), &one, 1));
    ck_assert_int_eq(rig_run(&r, 100), RIG_EXITED);
    rig_close(&r);
}
END_TEST

START_TEST(test_guest_mwait_ends_by_a_masked_interrupt_if_asked)
{
    uint8_t code[sizeof timer_code];
    struct rig r;

    open(&r, _i, timer_code, sizeof timer_code);
    ck_assert_int_eq(rig_run(&r, 100), RIG_EXITED);
    if (!choices[_i].exits)
        ck_assert_uint_ge(cpu_now(r.cpu), TIMER_COUNT);
    rig_close(&r);

    memcpy(code, timer_code, sizeof code);
    code[TIMER_CODE_EXTENSION] = 0;
    open(&r, _i, code, sizeof code);
    ck_assert_int_eq(rig_run(&r, 100),
                     choices[_i].exits ? RIG_EXITED : RIG_ASLEEP);
    rig_close(&r);
}
END_TEST

START_TEST(test_guest_init_restarts_the_bootstrap_processor)
{
    const struct cpu_state *s;
    struct rig r;

    open(&r, _i, init_code, sizeof init_code);
    ck_assert_int_eq(rig_run(&r, 100), RIG_CRASHED); /* no code is there */
    s = cpu_state_peek(r.cpu);
    ck_assert_uint_eq(s->seg[SEG_CS].base + s->rip, 0xfffffff0);
    ck_assert_uint_eq(s->cr0 & CR0_PE, 0);
    ck_assert(!r.vm->vcpus[0]->waits_for_startup);
    ck_assert_uint_eq(
        r.vm->vcpus[0]->counters.value[COUNTER_EXIT_REASON_INIT_SIGNAL],
        choices[_i].exits);
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest waits");
    TCase *waits = tcase_create("waits");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(waits, test_guest_mwait_ends_when_the_line_changes, 0,
                        (int)ARRAY_LEN(choices));
    tcase_add_loop_test(waits,
                        test_guest_mwait_ends_by_a_masked_interrupt_if_asked, 0,
                        (int)ARRAY_LEN(choices));
    tcase_add_loop_test(waits, test_guest_init_restarts_the_bootstrap_processor,
                        0, (int)ARRAY_LEN(choices));
    suite_add_tcase(suite, waits);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
