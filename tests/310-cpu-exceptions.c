/*
 * 310-cpu-exceptions.c - claim: exceptions and interrupts reach their handler
 * through the IDT and the TSS with the frame, the error code and CR2 that the
 * manual says, and failures escalate to double and triple faults.
 *
 * Intel SDM vol. 3, "Interrupt and Exception Handling", "64-Bit Mode Interrupt
 * and Exception Handling", "Conditions for Generating a Double Fault".
 */
#include "tests/cpu_fixture.h"

static struct machine m;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static uint64_t frame(unsigned word)
{
    return machine_get64(&m, cpu_state(m.cpu)->gpr[REG_RSP] + 8u * word);
}

/* xor ecx,ecx; div rcx */
static const uint8_t divide[] = {0x31, 0xc9, 0x48, 0xf7, 0xf1};
/* mov eax,0x40000000; mov [rax],rbx */
static const uint8_t store_unmapped[] = {0xb8, 0x00, 0x00, 0x00,
                                         0x40, 0x48, 0x89, 0x18};

START_TEST(test_exception_divide_by_zero_pushes_frame_of_the_instruction)
{
    ck_assert_int_eq(machine_execute(&m, divide, sizeof divide).kind,
                     CPU_EVENT_HALT);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DE);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RSP], AT_STACK - 40);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
    ck_assert_uint_eq(frame(1), SEL_KERNEL_CODE);
    ck_assert_uint_eq(frame(2),
                      RFLAGS_FIXED | RFLAGS_RF | RFLAGS_ZF | RFLAGS_PF);
    ck_assert_uint_eq(frame(3), AT_STACK);
    ck_assert_uint_eq(frame(4), SEL_KERNEL_DATA);
    ck_assert_uint_eq(m.counters.value[COUNTER_GUEST_EXCEPTION], 1);
    ck_assert_uint_ge(m.ledger.cycles[LEDGER_DELIVERY], 300);
}
END_TEST

START_TEST(test_exception_page_fault_in_user_mode_sets_cr2_and_error_code)
{
    machine_enter(&m, 3);
    cpu_state(m.cpu)->rflags |= RFLAGS_IF;
    machine_execute(&m, store_unmapped, sizeof store_unmapped);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_PF);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr2, 0x40000000);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RSP], AT_KERNEL_STACK - 48);
    ck_assert_uint_eq(frame(0), PF_WRITE | PF_USER);
    ck_assert_uint_eq(frame(1), AT_CODE + 5);
    ck_assert_uint_eq(frame(2), SEL_USER_CODE);
    ck_assert_uint_eq(frame(3), RFLAGS_FIXED | RFLAGS_RF | RFLAGS_IF);
    ck_assert_uint_eq(frame(4), AT_STACK);
    ck_assert_uint_eq(frame(5), SEL_USER_DATA);
    ck_assert_uint_eq(cpu_state(m.cpu)->cpl, 0);
    ck_assert_uint_eq(cpu_state(m.cpu)->seg[SEG_SS].selector, 0);
    ck_assert_uint_eq(cpu_state(m.cpu)->rflags & RFLAGS_IF, 0);
    ck_assert_uint_eq(m.counters.value[COUNTER_GUEST_FAULT], 1);
}
END_TEST

START_TEST(test_exception_gate_with_ist_switches_stack_at_same_level)
{
    machine_gate(&m, VECTOR_DE, AT_HANDLERS + 16 * VECTOR_DE, 14, 0, 1);
    machine_execute(&m, divide, sizeof divide);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RSP], AT_IST1 - 40);
    ck_assert_uint_eq(frame(3), AT_STACK);
}
END_TEST

START_TEST(test_exception_stack_is_aligned_to_16_before_the_frame)
{
    cpu_state(m.cpu)->gpr[REG_RSP] = AT_STACK - 3;
    machine_execute(&m, divide, sizeof divide);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RSP], AT_STACK - 16 - 40);
    ck_assert_uint_eq(frame(3), AT_STACK - 3);
}
END_TEST

START_TEST(test_exception_noncanonical_address_is_gp_and_on_stack_ss)
{
    /* mov rax,1<<63; mov rbx,[rax] */
    static const uint8_t load[] = {0x48, 0xb8, 0,    0,    0,    0,   0,
                                   0,    0,    0x80, 0x48, 0x8b, 0x18};
    /* mov rsp,1<<63; push rax */
    static const uint8_t push[] = {0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x50};

    machine_execute(&m, load, sizeof load);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 0);
    machine_enter(&m, 3);
    cpu_state(m.cpu)->halted = false;
    machine_execute(&m, push, sizeof push);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_SS);
}
END_TEST

START_TEST(test_exception_int_n_checks_the_gates_privilege)
{
    static const uint8_t int_80[] = {0xcd, 0x80};

    machine_enter(&m, 3);
    machine_execute(&m, int_80, sizeof int_80);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 0x80 * 8 + 2);
    machine_gate(&m, 0x80, AT_HANDLERS + 16 * 0x80, 14, 3, 0);
    machine_enter(&m, 3);
    machine_execute(&m, int_80, sizeof int_80);
    ck_assert_int_eq(machine_halted_in(&m), 0x80);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
}
END_TEST

START_TEST(test_exception_iretq_returns_to_user_mode_with_its_flags)
{
    /* int 0x80; mov rbx,0x55; ud2 */
    static const uint8_t code[] = {0xcd, 0x80, 0x48, 0xc7, 0xc3, 0x55,
                                   0,    0,    0,    0x0f, 0x0b};
    static const uint8_t iretq[] = {0x48, 0xcf};

    machine_gate(&m, 0x80, AT_HANDLERS + 16 * 0x80, 14, 3, 0);
    machine_put(&m, AT_HANDLERS + 16 * 0x80, iretq, sizeof iretq);
    machine_enter(&m, 3);
    cpu_state(m.cpu)->rflags |= RFLAGS_IF;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RBX], 0x55);
    ck_assert_uint_eq(frame(1), SEL_USER_CODE);
    ck_assert_uint_eq(frame(2) & RFLAGS_IF, RFLAGS_IF);
    ck_assert_uint_eq(frame(3), AT_STACK);
}
END_TEST

START_TEST(test_exception_fault_in_delivery_becomes_double_fault)
{
    machine_put64(&m, AT_IDT + 16u * VECTOR_PF, 0); /* not present gate */
    machine_enter(&m, 3);
    machine_execute(&m, store_unmapped, sizeof store_unmapped);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DF);
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE + 5);
}
END_TEST

START_TEST(test_exception_without_idt_shuts_down)
{
    cpu_state(m.cpu)->idtr.limit = 0;
    ck_assert_int_eq(machine_execute(&m, divide, sizeof divide).kind,
                     CPU_EVENT_SHUTDOWN);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 2);
}
END_TEST

START_TEST(test_interrupt_is_deliverable_after_sti_and_one_instruction)
{
    static const uint8_t code[] = {0xfb, 0x90, 0x90,
                                   0xf4}; /* sti nop nop hlt */
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .want_interrupt = true};

    machine_put(&m, AT_CODE, code, sizeof code);
    ck_assert(!cpu_interruptible(m.cpu));
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_WINDOW);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 2);
    cpu_deliver(m.cpu, INJECT_INTERRUPT, 0x40, false, 0);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_HANDLERS + 16 * 0x40);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
    ck_assert_uint_eq(frame(2), RFLAGS_FIXED | RFLAGS_IF);
    ck_assert_uint_eq(m.counters.value[COUNTER_GUEST_INTERRUPT], 1);
}
END_TEST

/* Once it is known which block follows which: still exact. */
START_TEST(test_interrupt_is_deliverable_after_sti_and_a_branch)
{
    /* again: cli; sti; jmp to the next, twice; jmp again */
    static const uint8_t code[] = {0xfa, 0xfb, 0xeb, 0x00,
                                   0xeb, 0x00, 0xeb, 0xf8};
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = 5 * 10000 + 1};

    machine_put(&m, AT_CODE, code, sizeof code);
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_BUDGET);
    ck_assert_uint_eq(cpu_state_peek(m.cpu)->rip, AT_CODE + 1);
    b.until_instruction = UINT64_MAX;
    b.want_interrupt = true;
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_WINDOW);
    ck_assert_uint_eq(cpu_state_peek(m.cpu)->rip, AT_CODE + 4);
}
END_TEST

START_TEST(test_exception_trap_flag_stops_after_one_instruction)
{
    static const uint8_t code[] = {0x90, 0x90};

    cpu_state(m.cpu)->rflags |= RFLAGS_TF;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 1);
    ck_assert_uint_eq(cpu_state(m.cpu)->dr[6] >> 14 & 1, 1);
}
END_TEST

START_TEST(test_exception_undefined_opcode_is_ud)
{
    static const uint8_t avx[] = {0xc5, 0xf8, 0x57, 0xc0}; /* vxorps */
    static const uint8_t popcnt[] = {0xf3, 0x0f, 0xb8, 0xc0};
    static const uint8_t locked[] = {0xf0, 0x90};

    machine_execute(&m, avx, sizeof avx);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    machine_enter(&m, 0);
    machine_execute(&m, popcnt, sizeof popcnt);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    machine_enter(&m, 0);
    machine_execute(&m, locked, sizeof locked);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
}
END_TEST

START_TEST(test_exception_privileged_instruction_in_user_mode_is_gp)
{
    static const uint8_t codes[][3] = {
        {0xf4, 0, 0},       /* hlt */
        {0xfa, 0, 0},       /* cli */
        {0x0f, 0x22, 0xd8}, /* mov cr3,rax */
        {0x0f, 0x32, 0},    /* rdmsr */
        {0xee, 0, 0},       /* out dx,al */
        {0x0f, 0x01, 0xf8}, /* swapgs */
        {0x0f, 0x09, 0},    /* wbinvd */
    };

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        machine_enter(&m, 3);
        cpu_state(m.cpu)->halted = false;
        machine_execute(&m, codes[i], sizeof codes[i]);
        ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
        ck_assert_uint_eq(frame(0), 0);
        ck_assert_uint_eq(frame(1), AT_CODE);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("exceptions");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(
        t, test_exception_divide_by_zero_pushes_frame_of_the_instruction);
    tcase_add_test(
        t, test_exception_page_fault_in_user_mode_sets_cr2_and_error_code);
    tcase_add_test(t,
                   test_exception_gate_with_ist_switches_stack_at_same_level);
    tcase_add_test(t, test_exception_stack_is_aligned_to_16_before_the_frame);
    tcase_add_test(t,
                   test_exception_noncanonical_address_is_gp_and_on_stack_ss);
    tcase_add_test(t, test_exception_int_n_checks_the_gates_privilege);
    tcase_add_test(t, test_exception_iretq_returns_to_user_mode_with_its_flags);
    tcase_add_test(t, test_exception_fault_in_delivery_becomes_double_fault);
    tcase_add_test(t, test_exception_without_idt_shuts_down);
    tcase_add_test(t,
                   test_interrupt_is_deliverable_after_sti_and_one_instruction);
    tcase_add_test(t, test_interrupt_is_deliverable_after_sti_and_a_branch);
    tcase_add_test(t, test_exception_trap_flag_stops_after_one_instruction);
    tcase_add_test(t, test_exception_undefined_opcode_is_ud);
    tcase_add_test(t, test_exception_privileged_instruction_in_user_mode_is_gp);
    return machine_main(t, "exceptions");
}
