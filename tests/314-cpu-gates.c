/*
 * 314-cpu-gates.c - claim: interrupt, trap and call gates of 16 and 32 bits,
 * and the call gates of IA-32e mode, switch stacks, copy parameters and check
 * privilege as the manual says; far returns undo it.
 *
 * Intel SDM vol. 3, "Call Gates", "Stack Switching", "Exception- or
 * Interrupt-Handler Procedures", "Error Code".
 */
#include "tests/legacy_fixture.h"

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
    legacy_protected(&m, 0);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static void put_gate(unsigned vector, uint64_t gate)
{
    machine_put64(&m, AT_IDT + 8u * vector, gate);
}

START_TEST(test_gate_interrupt_from_user_switches_to_the_tss_stack)
{
    /* int $0x80; mov $7,%ebx; int $0x81 */
    static const uint8_t code[] = {0xcd, 0x80, 0xbb, 0x07, 0x00,
                                   0x00, 0x00, 0xcd, 0x81};
    /* mov %cs,%ax; mov %ss,%cx; mov %esp,%edx; iret */
    static const uint8_t handler[] = {0x66, 0x8c, 0xc8, 0x66, 0x8c,
                                      0xd1, 0x89, 0xe2, 0xcf};

    legacy_protected(&m, 3);
    put_gate(0x80, legacy_gate(L_CODE, AT_INNER, 15, 3, 0));
    put_gate(0x81, legacy_gate(L_CODE, AT_HANDLERS + 16 * 0x81, 14, 3, 0));
    machine_put(&m, AT_INNER, handler, sizeof handler);
    s->rflags |= RFLAGS_IF;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), 0x81);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], L_CODE);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], L_DATA);
    ck_assert_uint_eq(s->gpr[REG_RDX], AT_KERNEL_STACK - 20);
    ck_assert_uint_eq(s->gpr[REG_RBX], 7);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), AT_CODE + 9);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), L_USER_CODE | 3);
    ck_assert_uint_eq(legacy_frame(&m, 4, 2), RFLAGS_FIXED | RFLAGS_IF);
    ck_assert_uint_eq(legacy_frame(&m, 4, 3), AT_STACK);
    ck_assert_uint_eq(legacy_frame(&m, 4, 4), L_USER_DATA | 3);
    ck_assert_uint_eq(s->rflags & RFLAGS_IF, 0);
}
END_TEST

START_TEST(test_gate_of_16_bits_pushes_words)
{
    /* stc; int $0x80 */
    static const uint8_t code[] = {0xf9, 0xcd, 0x80};

    put_gate(0x80, legacy_gate(L_CODE16, 0x1234, 6, 3, 0));
    machine_put(&m, 0x20000 + 0x1234, "\xf4", 1);
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->rip, 0x1235);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_STACK - 6);
    ck_assert_uint_eq(legacy_frame(&m, 2, 0), (AT_CODE + 3) & 0xffff);
    ck_assert_uint_eq(legacy_frame(&m, 2, 1), L_CODE);
    ck_assert_uint_eq(legacy_frame(&m, 2, 2), RFLAGS_FIXED | RFLAGS_CF);
}
END_TEST

START_TEST(test_gate_errors_name_the_vector_and_say_ext)
{
    /* int $0x80 */
    static const uint8_t soft[] = {0xcd, 0x80};
    /* xor %ecx,%ecx; div %ecx */
    static const uint8_t hard[] = {0x31, 0xc9, 0xf7, 0xf1};

    put_gate(0x80, legacy_gate(L_CODE, AT_INNER, 14, 0, 0));
    legacy_protected(&m, 3);
    machine_execute(&m, soft, sizeof soft);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 0x80 * 8 + 2);
    /* not present: #NP, with the vector and IDT; no EXT for INT n */
    legacy_protected(&m, 0);
    put_gate(0x80,
             legacy_gate(L_CODE, AT_INNER, 14, 3, 0) & ~((uint64_t)1 << 47));
    machine_execute(&m, soft, sizeof soft);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_NP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 0x80 * 8 + 2);
    /* the code segment of the handler of #BR is not present */
    legacy_protected(&m, 0);
    put_gate(0x80, legacy_gate(L_ABSENT, AT_INNER, 14, 3, 0));
    machine_execute(&m, soft, sizeof soft);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_ABSENT);
    /* an external interrupt says EXT */
    legacy_protected(&m, 0);
    put_gate(0x40, legacy_gate(0, AT_INNER, 14, 3, 0));
    cpu_deliver(m.cpu, INJECT_INTERRUPT, 0x40, false, 0);
    machine_run(&m);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 1);
    /* #DE, then a contributory fault of its delivery: double fault */
    legacy_protected(&m, 0);
    put_gate(VECTOR_DE, 0);
    machine_execute(&m, hard, sizeof hard);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DF);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 0);
}
END_TEST

START_TEST(test_gate_with_a_bad_stack_in_the_tss_is_ts)
{
    static const struct {
        uint16_t ss;
        int vector;
    } cases[] = {{0, VECTOR_TS},
                 {L_USER_DATA | 3, VECTOR_TS},
                 {L_READ_ONLY, VECTOR_TS},
                 {L_COUNT * 8, VECTOR_TS}};
    /* int $0x80 */
    static const uint8_t soft[] = {0xcd, 0x80};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        legacy_protected(&m, 3);
        legacy_put32(&m, AT_TSS + 8, cases[i].ss);
        put_gate(0x80, legacy_gate(L_CODE, AT_INNER, 14, 3, 0));
        /* #TS through a task of its own, which needs no stack of this TSS */
        put_gate(VECTOR_TS, legacy_gate(L_TSS_B, 0, 5, 0, 0));
        legacy_put32(&m, AT_TSS_B + 0x20, AT_TASK_B);
        legacy_put32(&m, AT_TSS_B + 0x24, RFLAGS_FIXED);
        legacy_put32(&m, AT_TSS_B + 0x38, AT_STACK_B);
        for (unsigned at = 0x48; at <= 0x5c; at += 4)
            legacy_put32(&m, AT_TSS_B + at, at == 0x4c ? L_CODE : L_DATA);
        machine_put(&m, AT_TASK_B, "\xf4", 1);
        machine_execute(&m, soft, sizeof soft);
        ck_assert_uint_eq(s->rip, AT_TASK_B + 1);
        ck_assert_uint_eq(s->gpr[REG_RSP], AT_STACK_B - 4);
        ck_assert_uint_eq(legacy_frame(&m, 4, 0), cases[i].ss & 0xfffcu);
        ck_assert_uint_eq(legacy_get32(&m, AT_TSS + 0x20), AT_CODE);
    }
}
END_TEST

START_TEST(test_call_gate_copies_parameters_to_the_inner_stack)
{
    /* push $0x11; push $0x22; lcall $0x73,$0; mov $9,%ebx; int $0x81 */
    static const uint8_t code[] = {0x6a, 0x11, 0x6a, 0x22, 0x9a, 0x00,
                                   0x00, 0x00, 0x00, 0x73, 0x00, 0xbb,
                                   0x09, 0x00, 0x00, 0x00, 0xcd, 0x81};
    /*
     * mov 8(%esp),%esi; mov 12(%esp),%edi; mov 16(%esp),%ecx; mov %esp,%edx;
     * lret $8
     */
    static const uint8_t inner[] = {0x8b, 0x74, 0x24, 0x08, 0x8b, 0x7c,
                                    0x24, 0x0c, 0x8b, 0x4c, 0x24, 0x10,
                                    0x89, 0xe2, 0xca, 0x08, 0x00};

    legacy_protected(&m, 3);
    put_gate(0x81, legacy_gate(L_CODE, AT_HANDLERS + 16 * 0x81, 14, 3, 0));
    machine_put(&m, AT_INNER, inner, sizeof inner);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), 0x81);
    ck_assert_uint_eq(s->gpr[REG_RSI], 0x22);
    ck_assert_uint_eq(s->gpr[REG_RDI], 0x11);
    ck_assert_uint_eq(s->gpr[REG_RCX], AT_STACK - 8);
    ck_assert_uint_eq(s->gpr[REG_RDX], AT_KERNEL_STACK - 24);
    ck_assert_uint_eq(s->gpr[REG_RBX], 9);
    /* the parameters are gone from both stacks */
    ck_assert_uint_eq(legacy_frame(&m, 4, 3), AT_STACK);
}
END_TEST

START_TEST(test_call_gate_of_16_bits_and_jump_through_a_gate)
{
    /* pushw $0x77; lcall $0x78,$0 */
    static const uint8_t call[] = {0x66, 0x6a, 0x77, 0x9a, 0x00,
                                   0x00, 0x00, 0x00, 0x78, 0x00};
    /* mov %esp,%edx; mov 4(%esp),%cx; hlt */
    static const uint8_t inner[] = {0x66, 0x89, 0xe2, 0x67, 0x8b,
                                    0x4c, 0x24, 0x04, 0xf4};
    /* ljmp $0x70,$0 */
    static const uint8_t jump[] = {0xea, 0x00, 0x00, 0x00, 0x00, 0x70, 0x00};

    machine_put(&m, 0x20000 + 0x1234, inner, sizeof inner);
    machine_execute(&m, call, sizeof call);
    /* same privilege: no parameters copied, two words pushed */
    ck_assert_uint_eq(s->gpr[REG_RDX], AT_STACK - 6);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 0x77);
    legacy_protected(&m, 0);
    machine_put(&m, AT_INNER, "\xf4", 1);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_uint_eq(s->rip, AT_INNER + 1);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_STACK);
}
END_TEST

START_TEST(test_call_gate_privilege_and_presence)
{
    /* lcall $0x73,$0 */
    static const uint8_t code[] = {0x9a, 0x00, 0x00, 0x00, 0x00, 0x73, 0x00};
    /* ljmp $0x73,$0 */
    static const uint8_t jump[] = {0xea, 0x00, 0x00, 0x00, 0x00, 0x73, 0x00};

    legacy_protected(&m, 3);
    machine_put64(&m, AT_GDT + L_CALL, legacy_gate(L_CODE, AT_INNER, 12, 0, 0));
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_CALL);
    legacy_protected(&m, 3);
    machine_put64(&m, AT_GDT + L_CALL,
                  legacy_gate(L_CODE, AT_INNER, 12, 3, 0) &
                      ~((uint64_t)1 << 47));
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_NP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_CALL);
    /* JMP cannot reach an inner level that does not conform */
    legacy_protected(&m, 3);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_CODE);
}
END_TEST

START_TEST(test_conforming_code_runs_at_the_callers_privilege)
{
    /* lcall $0x60,$0x110000; int $0x81 */
    static const uint8_t code[] = {0x9a, 0x00, 0x00, 0x11, 0x00,
                                   0x60, 0x00, 0xcd, 0x81};
    /* mov %cs,%ax; lret */
    static const uint8_t inner[] = {0x66, 0x8c, 0xc8, 0xcb};

    legacy_protected(&m, 3);
    put_gate(0x81, legacy_gate(L_CODE, AT_HANDLERS + 16 * 0x81, 14, 3, 0));
    machine_put(&m, AT_INNER, inner, sizeof inner);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), 0x81);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], L_CONFORMING | 3);
}
END_TEST

START_TEST(test_return_to_an_outer_level_drops_inner_segments)
{
    /*
     * mov $0x10,%ax; mov %ax,%ds; mov %ax,%es; mov $0x23,%ax; mov %ax,%fs;
     * push $0x23; push $0x300000; push $0x202; push $0x1b; push $0x110000;
     * iret
     */
    static const uint8_t code[] = {
        0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x66, 0xb8, 0x23, 0x00,
        0x8e, 0xe0, 0x6a, 0x23, 0x68, 0x00, 0x00, 0x30, 0x00, 0x68, 0x02, 0x02,
        0x00, 0x00, 0x6a, 0x1b, 0x68, 0x00, 0x00, 0x11, 0x00, 0xcf};
    /* mov %ds,%ax; mov %fs,%cx; int $0x81 */
    static const uint8_t user[] = {0x66, 0x8c, 0xd8, 0x66,
                                   0x8c, 0xe1, 0xcd, 0x81};

    put_gate(0x81, legacy_gate(L_CODE, AT_HANDLERS + 16 * 0x81, 14, 3, 0));
    machine_put(&m, AT_INNER, user, sizeof user);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), 0x81);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], 0);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], L_USER_DATA | 3);
    ck_assert_uint_eq(legacy_frame(&m, 4, 2), RFLAGS_FIXED | RFLAGS_IF);
}
END_TEST

START_TEST(test_return_to_an_inner_level_is_gp)
{
    /* push $0x08; push $0x110000; lret */
    static const uint8_t code[] = {0x6a, 0x08, 0x68, 0x00,
                                   0x00, 0x11, 0x00, 0xcb};

    legacy_protected(&m, 3);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), L_CODE);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), AT_CODE + sizeof code - 1);
}
END_TEST

START_TEST(test_sysenter_and_sysexit_in_32_bit_mode)
{
    /* mov $5,%ebp; sysenter */
    static const uint8_t code[] = {0xbd, 0x05, 0x00, 0x00, 0x00, 0x0f, 0x34};
    /* mov %cs,%ax; mov $0x110100,%edx; mov $0x300000,%ecx; sysexit */
    static const uint8_t kernel[] = {0x66, 0x8c, 0xc8, 0xba, 0x00,
                                     0x01, 0x11, 0x00, 0xb9, 0x00,
                                     0x00, 0x30, 0x00, 0x0f, 0x35};
    /* mov %cs,%bx; mov %ss,%si; int $0x81 */
    static const uint8_t back[] = {0x66, 0x8c, 0xcb, 0x66,
                                   0x8c, 0xd6, 0xcd, 0x81};

    legacy_protected(&m, 3);
    put_gate(0x81, legacy_gate(L_CODE, AT_HANDLERS + 16 * 0x81, 14, 3, 0));
    s->sysenter_cs = L_CODE;
    s->sysenter_esp = AT_KERNEL_STACK;
    s->sysenter_eip = AT_INNER;
    machine_put(&m, AT_INNER, kernel, sizeof kernel);
    machine_put(&m, AT_INNER + 0x100, back, sizeof back);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), 0x81);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], L_CODE);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBX], L_USER_CODE | 3);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RSI], L_USER_DATA | 3);
    ck_assert_uint_eq(legacy_frame(&m, 4, 3), AT_STACK);
    legacy_protected(&m, 3);
    s->sysenter_cs = 0;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
}
END_TEST

START_TEST(test_call_gate_of_64_bits_pushes_four_words_and_nulls_ss)
{
    /* lcall *0x200000; mov $9,%ebx; ud2 */
    static const uint8_t code[] = {0xff, 0x1c, 0x25, 0x00, 0x00, 0x20, 0x00,
                                   0xbb, 0x09, 0x00, 0x00, 0x00, 0x0f, 0x0b};
    /* mov %rsp,%rdx; mov %ss,%si; mov 16(%rsp),%rcx; lretq */
    static const uint8_t inner[] = {0x48, 0x89, 0xe2, 0x66, 0x8c, 0xd6, 0x48,
                                    0x8b, 0x4c, 0x24, 0x10, 0x48, 0xcb};
    const uint8_t pointer[6] = {0, 0, 0, 0, 0x53, 0};

    /* a 16-byte gate in entries 10 and 11, DPL 3 */
    machine_tables(&m);
    machine_enter(&m, 3);
    s->gdtr.limit = 0x5f;
    machine_put64(&m, AT_GDT + 0x50,
                  legacy_gate(SEL_KERNEL_CODE, AT_INNER, 12, 3, 0));
    machine_put64(&m, AT_GDT + 0x58, 0);
    machine_put64(&m, AT_TSS + 4, AT_KERNEL_STACK);
    machine_put(&m, AT_DATA, pointer, sizeof pointer);
    machine_put(&m, AT_INNER, inner, sizeof inner);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    ck_assert_uint_eq(s->gpr[REG_RDX], AT_KERNEL_STACK - 32);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RSI], 0);
    ck_assert_uint_eq(s->gpr[REG_RCX], AT_STACK);
    ck_assert_uint_eq(s->gpr[REG_RBX], 9);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("gates");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_gate_interrupt_from_user_switches_to_the_tss_stack);
    tcase_add_test(t, test_gate_of_16_bits_pushes_words);
    tcase_add_test(t, test_gate_errors_name_the_vector_and_say_ext);
    tcase_add_test(t, test_gate_with_a_bad_stack_in_the_tss_is_ts);
    tcase_add_test(t, test_call_gate_copies_parameters_to_the_inner_stack);
    tcase_add_test(t, test_call_gate_of_16_bits_and_jump_through_a_gate);
    tcase_add_test(t, test_call_gate_privilege_and_presence);
    tcase_add_test(t, test_conforming_code_runs_at_the_callers_privilege);
    tcase_add_test(t, test_return_to_an_outer_level_drops_inner_segments);
    tcase_add_test(t, test_return_to_an_inner_level_is_gp);
    tcase_add_test(t, test_sysenter_and_sysexit_in_32_bit_mode);
    tcase_add_test(t, test_call_gate_of_64_bits_pushes_four_words_and_nulls_ss);
    return machine_main(t, "gates");
}
