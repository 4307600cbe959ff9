/*
 * 315-cpu-tasks.c - claim: a task switch saves and loads what the manual's
 * figures of the 32- and 16-bit TSS say, keeps the busy bits, NT, the link and
 * CR0.TS, and raises its faults in the task they belong to.
 *
 * Intel SDM vol. 3, "Task Management", tables "Exception Conditions Checked
 * During a Task Switch", "Effect of a Task Switch on Busy Flag, NT Flag,
 * Previous Task Link Field, and TS Flag".
 */
#include "tests/legacy_fixture.h"

static struct machine m;
static struct cpu_state *s;

/* A 32-bit TSS that starts at `rip`. */
static void put_task(uint64_t at, uint32_t rip, uint32_t esp)
{
    for (unsigned i = 0; i < 104; i += 4)
        legacy_put32(&m, at + i, 0);
    legacy_put32(&m, at + 0x20, rip);
    legacy_put32(&m, at + 0x24, RFLAGS_FIXED);
    legacy_put32(&m, at + 0x38, esp);
    for (unsigned i = 0x48; i <= 0x5c; i += 4)
        legacy_put32(&m, at + i, i == 0x4c ? L_CODE : L_DATA);
}

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_TSS, 0x00008b0070000fff); /* busy */
    put_task(AT_TSS_B, AT_TASK_B, AT_STACK_B);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static bool is_busy(uint16_t selector)
{
    return machine_get64(&m, AT_GDT + selector) >> 41 & 1;
}

START_TEST(test_task_call_and_iret_nest)
{
    /*
     * mov $0x11,%eax; mov $0x22,%ebx; stc; lcall $0x30,$0; mov $0x33,%ecx;
     * hlt
     */
    static const uint8_t code[] = {
        0xb8, 0x11, 0x00, 0x00, 0x00, 0xbb, 0x22, 0x00, 0x00, 0x00, 0xf9, 0x9a,
        0x00, 0x00, 0x00, 0x00, 0x30, 0x00, 0xb9, 0x33, 0x00, 0x00, 0x00, 0xf4};
    /* pushf; pop %esi; mov %cr0,%edi; str %dx; iret */
    static const uint8_t task[] = {0x9c, 0x5e, 0x0f, 0x20, 0xc7,
                                   0x66, 0x0f, 0x00, 0xca, 0xcf};

    machine_put(&m, AT_TASK_B, task, sizeof task);
    legacy_put32(&m, AT_TSS_B + 0x28, 0x77);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), -1);
    /* back in A: its registers, flags and selectors as they were */
    ck_assert_uint_eq(s->gpr[REG_RAX], 0x11);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x22);
    ck_assert_uint_eq(s->gpr[REG_RCX], 0x33);
    ck_assert_uint_eq(s->rflags & RFLAGS_CF, RFLAGS_CF);
    ck_assert_uint_eq(s->rflags & RFLAGS_NT, 0);
    ck_assert_uint_eq(s->tr.selector, L_TSS);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_STACK);
    ck_assert(is_busy(L_TSS));
    ck_assert(!is_busy(L_TSS_B));
    /* what B saw and kept: NT, TS, the link, the end of its IRET */
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x40),
                      RFLAGS_FIXED | RFLAGS_NT);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x44) & CR0_TS, CR0_TS);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x30) & 0xffff, L_TSS_B);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B), L_TSS);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x20),
                      AT_TASK_B + sizeof task);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x24) & RFLAGS_NT, 0);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x28), 0x77);
}
END_TEST

START_TEST(test_task_jump_moves_the_busy_bit_and_links_nothing)
{
    /* mov $0x44,%eax; ljmp $0x80,$0 */
    static const uint8_t code[] = {0xb8, 0x44, 0x00, 0x00, 0x00, 0xea,
                                   0x00, 0x00, 0x00, 0x00, 0x80, 0x00};
    /* pushf; pop %esi; hlt */
    static const uint8_t task[] = {0x9c, 0x5e, 0xf4};

    machine_put(&m, AT_TASK_B, task, sizeof task);
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->rip, AT_TASK_B + 3);
    ck_assert_uint_eq(s->gpr[REG_RSI], RFLAGS_FIXED);
    ck_assert(!is_busy(L_TSS));
    ck_assert(is_busy(L_TSS_B));
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B), 0);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS + 0x28), 0x44);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS + 0x20), AT_CODE + sizeof code);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS + 0x4c) & 0xffff, L_CODE);
}
END_TEST

START_TEST(test_task_that_is_busy_or_short_is_refused)
{
    /* lcall $0x30,$0 */
    static const uint8_t code[] = {0x9a, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00};
    /* lcall $0x28,$0 */
    static const uint8_t self[] = {0x9a, 0x00, 0x00, 0x00, 0x00, 0x28, 0x00};

    machine_execute(&m, self, sizeof self);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_TSS);
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_TSS_B, 0x0000890072000066);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_TS);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_TSS_B);
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_TSS_B, 0x0000090072000067);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_NP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_TSS_B);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), AT_CODE);
}
END_TEST

START_TEST(test_task_with_a_bad_segment_faults_in_the_new_task)
{
    static const struct {
        unsigned field;
        uint16_t selector;
        int vector;
    } cases[] = {{0x54, L_EXEC_ONLY, VECTOR_TS}, {0x54, L_ABSENT, VECTOR_NP},
                 {0x50, L_READ_ONLY, VECTOR_TS}, {0x50, L_ABSENT, VECTOR_TS},
                 {0x4c, L_DATA, VECTOR_TS},      {0x60, L_DATA, VECTOR_TS}};
    /* ljmp $0x30,$0 */
    static const uint8_t code[] = {0xea, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        legacy_protected(&m, 0);
        put_task(AT_TSS_B, AT_TASK_B, AT_STACK_B);
        legacy_put32(&m, AT_TSS_B + cases[i].field, cases[i].selector);
        /* the handlers are tasks, since the new one may lack a stack */
        for (unsigned v = VECTOR_TS; v <= VECTOR_SS; v++)
            machine_put64(&m, AT_IDT + 8 * v,
                          legacy_gate(L_TSS_16, 0, 5, 0, 0));
        for (unsigned at = 0; at < 44; at += 4)
            legacy_put32(&m, AT_TSS_16 + at, 0);
        legacy_put32(&m, AT_TSS_16 + 0x0e, 0x0002 << 16 | 0x4000);
        legacy_put32(&m, AT_TSS_16 + 0x1a, 0x6000);
        legacy_put32(&m, AT_TSS_16 + 0x22, L_CODE16 << 16 | L_DATA16);
        legacy_put32(&m, AT_TSS_16 + 0x26, L_DATA16 << 16 | L_DATA16);
        machine_put(&m, 0x20000 + 0x4000, "\xf4", 1);
        machine_execute(&m, code, sizeof code);
        ck_assert_uint_eq(s->tr.selector, L_TSS_16);
        ck_assert_uint_eq(s->rip, 0x4001);
        /* a 16-bit task gets a 16-bit error code */
        ck_assert_uint_eq(s->gpr[REG_RSP] & 0xffff, 0x5ffe);
        ck_assert_uint_eq(legacy_frame(&m, 2, 0), cases[i].selector);
        /* B had not begun */
        ck_assert_uint_eq(legacy_get32(&m, AT_TSS_16) & 0xffff, L_TSS_B);
        ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x20), AT_TASK_B);
    }
}
END_TEST

START_TEST(test_task_gate_of_an_exception_gets_its_error_code)
{
    /* mov $0x58,%ax; mov %ax,%es */
    static const uint8_t code[] = {0x66, 0xb8, 0x58, 0x00, 0x8e, 0xc0};
    /* pop %ebx; iret */
    static const uint8_t task[] = {0x5b, 0xcf};

    /* the handler mends nothing: back to the faulting instruction */
    machine_put64(&m, AT_IDT + 8 * VECTOR_GP, legacy_gate(L_TSS_B, 0, 5, 0, 0));
    machine_put(&m, AT_TASK_B, task, sizeof task);
    machine_put(&m, AT_CODE, code, sizeof code);
    machine_step(&m, 3);
    ck_assert_uint_eq(s->rip, AT_CODE + 4);
    ck_assert_uint_eq(s->tr.selector, L_TSS);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS_B + 0x34), L_EXEC_ONLY);
    ck_assert_uint_eq(legacy_get32(&m, AT_TSS + 0x24) & RFLAGS_RF, RFLAGS_RF);
}
END_TEST

START_TEST(test_task_debug_bit_traps_before_its_first_instruction)
{
    /* ljmp $0x30,$0 */
    static const uint8_t code[] = {0xea, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00};

    legacy_put32(&m, AT_TSS_B + 0x64, 1);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DB);
    ck_assert_uint_eq(s->dr[6] >> 15 & 1, 1);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), AT_TASK_B);
}
END_TEST

START_TEST(test_task_switch_loads_cr3_under_paging)
{
    /*
     * mov $0xa00000,%eax; mov %eax,%cr3; mov %cr4,%eax; or $0x10,%eax; mov
     * %eax,%cr4; mov %cr0,%eax; or $0x80000000,%eax; mov %eax,%cr0; ljmp
     * $0x30,$0
     */
    static const uint8_t code[] = {
        0xb8, 0x00, 0x00, 0xa0, 0x00, 0x0f, 0x22, 0xd8, 0x0f, 0x20, 0xe0, 0x83,
        0xc8, 0x10, 0x0f, 0x22, 0xe0, 0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00,
        0x80, 0x0f, 0x22, 0xc0, 0xea, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00};
    /* mov 0x400000,%ebx; hlt */
    static const uint8_t task[] = {0x8b, 0x1d, 0x00, 0x00, 0x40, 0x00, 0xf4};

    /* 4 MB pages: identity, and in task B 4..8 MB is 8..12 MB */
    for (unsigned i = 0; i < 4; i++) {
        legacy_put32(&m, 0xa00000 + 4 * i, i << 22 | 0x83);
        legacy_put32(&m, 0xa01000 + 4 * i, (i == 1 ? 2 : i) << 22 | 0x83);
    }
    legacy_put32(&m, AT_TSS_B + 0x1c, 0xa01000);
    machine_put64(&m, 0x800000, 0xcafe);
    machine_put(&m, AT_TASK_B, task, sizeof task);
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0xcafe);
    ck_assert_uint_eq(s->cr3, 0xa01000);
}
END_TEST

START_TEST(test_task_return_without_a_busy_link_is_ts)
{
    /* pushf; orl $0x4000,(%esp); popf; iret */
    static const uint8_t code[] = {0x9c, 0x81, 0x0c, 0x24, 0x00,
                                   0x40, 0x00, 0x00, 0x9d, 0xcf};

    legacy_put32(&m, AT_TSS, L_TSS_B);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_TS);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_TSS_B);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tasks");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_task_call_and_iret_nest);
    tcase_add_test(t, test_task_jump_moves_the_busy_bit_and_links_nothing);
    tcase_add_test(t, test_task_that_is_busy_or_short_is_refused);
    tcase_add_test(t, test_task_with_a_bad_segment_faults_in_the_new_task);
    tcase_add_test(t, test_task_gate_of_an_exception_gets_its_error_code);
    tcase_add_test(t, test_task_debug_bit_traps_before_its_first_instruction);
    tcase_add_test(t, test_task_switch_loads_cr3_under_paging);
    tcase_add_test(t, test_task_return_without_a_busy_link_is_ts);
    return machine_main(t, "tasks");
}
