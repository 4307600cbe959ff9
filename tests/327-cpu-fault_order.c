/*
 * 327-cpu-fault_order.c - claim: of the things that are wrong with a transfer
 * the first in the manual's order is what is raised, and a transfer that is
 * refused leaves the descriptors as they were.
 *
 * Intel SDM vol. 2, "CALL", "IRET/IRETD/IRETQ", "RET"; vol. 3, "Interrupt 8 -
 * Double Fault Exception", "Interrupt 14 - Page-Fault Exception".
 */
#include "tests/legacy_fixture.h"

enum { NOWHERE = 0x40000000, NOWHERE_ELSE = 0x50000000 };

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

START_TEST(test_frame_that_faults_names_its_highest_word)
{
    /* xor ecx,ecx; div rcx */
    static const uint8_t divide[] = {0x31, 0xc9, 0x48, 0xf7, 0xf1};

    machine_put64(&m, AT_TSS + 0x24, NOWHERE);
    machine_gate(&m, VECTOR_DE, AT_HANDLERS + 16 * VECTOR_DE, 14, 0, 1);
    machine_execute(&m, divide, sizeof divide);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_PF);
    ck_assert_uint_eq(s->cr2, NOWHERE - 8);
}
END_TEST

START_TEST(test_double_fault_of_page_faults_leaves_the_second_address)
{
    /* mov eax,NOWHERE; mov [rax],rbx */
    static const uint8_t store[] = {0xb8, 0x00, 0x00, 0x00,
                                    0x40, 0x48, 0x89, 0x18};

    machine_put64(&m, AT_TSS + 0x24, NOWHERE_ELSE);
    machine_gate(&m, VECTOR_PF, AT_HANDLERS + 16 * VECTOR_PF, 14, 0, 1);
    machine_execute(&m, store, sizeof store);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DF);
    ck_assert_uint_eq(s->cr2, NOWHERE_ELSE - 8);
}
END_TEST

/* #TS through a task of its own, which needs no stack of the old TSS. */
static void put_task_gate(unsigned vector)
{
    machine_put64(&m, AT_IDT + 8u * vector, legacy_gate(L_TSS_B, 0, 5, 0, 0));
    legacy_put32(&m, AT_TSS_B + 0x20, AT_TASK_B);
    legacy_put32(&m, AT_TSS_B + 0x24, RFLAGS_FIXED);
    legacy_put32(&m, AT_TSS_B + 0x38, AT_STACK_B);
    for (unsigned at = 0x48; at <= 0x5c; at += 4)
        legacy_put32(&m, AT_TSS_B + at, at == 0x4c ? L_CODE : L_DATA);
    machine_put(&m, AT_TASK_B, "\xf4", 1);
}

START_TEST(test_call_gate_looks_at_the_stack_before_the_offset)
{
    /* lcall $L_CALL,$0 */
    static const uint8_t call[] = {0x9a, 0, 0, 0, 0, L_CALL, 0};

    legacy_protected(&m, 3);
    machine_put64(&m, AT_GDT + L_CALL, /* beyond the limit */
                  legacy_gate(L_CODE16, 0x12345, 12, 3, 0));
    legacy_put32(&m, AT_TSS + 8, L_READ_ONLY);
    put_task_gate(VECTOR_TS);
    machine_execute(&m, call, sizeof call);
    ck_assert_uint_eq(s->rip, AT_TASK_B + 1);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_READ_ONLY);
}
END_TEST

START_TEST(test_call_gate_of_64_bits_is_absent_before_its_upper_half_is_bad)
{
    /* ljmp *0x200000 */
    static const uint8_t jump[] = {0xff, 0x2c, 0x25, 0x00, 0x00, 0x20, 0x00};
    static const uint8_t pointer[6] = {0, 0, 0, 0, 0x50, 0};
    uint64_t gate = legacy_gate(SEL_KERNEL_CODE, AT_HANDLERS, 12, 3, 0);

    machine_put64(&m, AT_GDT + 0x58, (uint64_t)0x12 << 40);
    machine_put(&m, 0x200000, pointer, sizeof pointer);
    for (unsigned present = 0; present < 2; present++) {
        machine_put64(&m, AT_GDT + 0x50,
                      gate ^ (present ? 0 : (uint64_t)1 << 47));
        machine_enter(&m, 0);
        s->gdtr.limit = 0x5f;
        cpu_sync(m.cpu);
        machine_execute(&m, jump, sizeof jump);
        ck_assert_int_eq(machine_halted_in(&m),
                         present ? VECTOR_GP : VECTOR_NP);
        ck_assert_uint_eq(machine_get64(&m, s->gpr[REG_RSP]), 0x50);
    }
}
END_TEST

/* One instruction at CPL 0 that returns to the user's code with this SS. */
static int return_to(const uint8_t *code, uint16_t ss)
{
    bool iret = code[0] == 0xcf;
    uint32_t at = AT_STACK - 20;

    legacy_put32(&m, at, AT_INNER);
    legacy_put32(&m, at + 4, L_USER_CODE | 3);
    if (iret)
        legacy_put32(&m, at + 8, RFLAGS_FIXED);
    at += iret ? 12 : 8;
    legacy_put32(&m, at, AT_STACK);
    legacy_put32(&m, at + 4, ss);
    s->gpr[REG_RSP] = AT_STACK - 20;
    machine_execute(&m, code, 1);
    return machine_halted_in(&m);
}

START_TEST(test_return_that_is_refused_marks_no_segment_accessed)
{
    static const uint64_t fresh = 0x00cffa000000ffff;
    static const uint8_t iret[] = {0xcf}, lret[] = {0xcb};

    for (unsigned i = 0; i < 2; i++) {
        legacy_protected(&m, 0);
        machine_put64(&m, AT_GDT + L_USER_CODE, fresh);
        ck_assert_int_eq(return_to(i ? iret : lret, L_READ_ONLY | 3),
                         VECTOR_GP);
        ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_READ_ONLY);
        ck_assert_uint_eq(machine_get64(&m, AT_GDT + L_USER_CODE), fresh);
    }
}
END_TEST

START_TEST(test_far_jump_beyond_the_limit_marks_no_segment_accessed)
{
    /* ljmp $L_CODE16,$0x12345 */
    static const uint8_t jump[] = {0xea, 0x45, 0x23, 0x01, 0x00, L_CODE16, 0};
    static const uint64_t fresh = 0x00009a020000ffff;

    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_CODE16, fresh);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 0);
    ck_assert_uint_eq(machine_get64(&m, AT_GDT + L_CODE16), fresh);
}
END_TEST

START_TEST(test_absent_stack_is_np_to_iret_and_ss_to_ret)
{
    static const uint8_t iret[] = {0xcf}, lret[] = {0xcb};

    for (unsigned i = 0; i < 2; i++) {
        legacy_protected(&m, 0);
        machine_put64(&m, AT_GDT + L_USER_DATA, 0x00cf73000000ffff);
        ck_assert_int_eq(return_to(i ? iret : lret, L_USER_DATA | 3),
                         i ? VECTOR_NP : VECTOR_SS);
        ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_USER_DATA);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("fault order");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_frame_that_faults_names_its_highest_word);
    tcase_add_test(t,
                   test_double_fault_of_page_faults_leaves_the_second_address);
    tcase_add_test(t, test_call_gate_looks_at_the_stack_before_the_offset);
    tcase_add_test(
        t, test_call_gate_of_64_bits_is_absent_before_its_upper_half_is_bad);
    tcase_add_test(t, test_return_that_is_refused_marks_no_segment_accessed);
    tcase_add_test(t, test_far_jump_beyond_the_limit_marks_no_segment_accessed);
    tcase_add_test(t, test_absent_stack_is_np_to_iret_and_ss_to_ret);
    return machine_main(t, "fault order");
}
