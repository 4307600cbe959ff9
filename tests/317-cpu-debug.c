/*
 * 317-cpu-debug.c - claim: breakpoints on instructions, data and ports, single
 * steps and general detect raise #DB at the right instruction with the right
 * bits in DR6; MOV SS holds them; RF lets an instruction pass.
 *
 * Intel SDM vol. 3, "Debug Registers", "Debug Exceptions".
 */
#include "tests/cpu_fixture.h"

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

static uint64_t frame(unsigned word)
{
    return machine_get64(&m, s->gpr[REG_RSP] + 8u * word);
}

/* DR7 fields of breakpoint n. */
static uint64_t breakpoint(unsigned n, unsigned on, unsigned length)
{
    return (uint64_t)2 << (2 * n) | (uint64_t)(on | length << 2)
                                        << (16 + 4 * n);
}

enum { ON_CODE, ON_WRITE, ON_PORT, ON_ACCESS };
enum { LENGTH_1, LENGTH_2, LENGTH_8, LENGTH_4 };

/* Runs; true if #DB came, with these bits of DR6. */
static bool trapped(const uint8_t *code, size_t bytes, uint64_t dr6)
{
    s->halted = false;
    machine_execute(&m, code, bytes);
    return machine_halted_in(&m) == VECTOR_DB && (s->dr[6] & 0xe00f) == dr6;
}

START_TEST(test_debug_instruction_breakpoint_faults_before_it)
{
    /* mov $1,%ecx; mov $2,%ecx; mov $3,%ecx; hlt */
    static const uint8_t code[] = {0xb9, 0x01, 0x00, 0x00, 0x00, 0xb9,
                                   0x02, 0x00, 0x00, 0x00, 0xb9, 0x03,
                                   0x00, 0x00, 0x00, 0xf4};

    s->dr[1] = AT_CODE + 5;
    s->dr[7] = breakpoint(1, ON_CODE, LENGTH_1) | 0x400;
    ck_assert(trapped(code, sizeof code, 2));
    ck_assert_uint_eq(frame(0), AT_CODE + 5);
    ck_assert_uint_eq(frame(2) & RFLAGS_RF, 0);
    ck_assert_uint_eq(s->gpr[REG_RCX], 1);
}
END_TEST

START_TEST(test_debug_resume_flag_passes_the_breakpoint_once)
{
    /* mov $2,%ecx; nop; .L1: inc %ecx; jmp .L1 */
    static const uint8_t code[] = {0xb9, 0x02, 0x00, 0x00, 0x00,
                                   0x90, 0xff, 0xc1, 0xeb, 0xfc};
    /* incl %ebx; btsq $16,16(%rsp); cmp $3,%ebx; jz .Le; iretq; .Le: hlt */
    static const uint8_t handler[] = {0xff, 0xc3, 0x48, 0x0f, 0xba, 0x6c,
                                      0x24, 0x10, 0x10, 0x83, 0xfb, 0x03,
                                      0x74, 0x02, 0x48, 0xcf, 0xf4};

    s->dr[0] = AT_CODE + 6;
    s->dr[7] = breakpoint(0, ON_CODE, LENGTH_1) | 0x400;
    s->gpr[REG_RBX] = 0;
    machine_gate(&m, VECTOR_DB, AT_DATA, 14, 0, 0);
    machine_put(&m, AT_DATA, handler, sizeof handler);
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->gpr[REG_RBX], 3);
    /* each pass of the loop hits it once, and runs it once */
    ck_assert_uint_eq(s->gpr[REG_RCX], 4);
    ck_assert_uint_eq(frame(0), AT_CODE + 6);
}
END_TEST

START_TEST(test_debug_write_breakpoint_traps_after_the_write)
{
    /* mov 0x200000,%eax; mov %eax,0x200006; nop; hlt */
    static const uint8_t code[] = {0x8b, 0x04, 0x25, 0x00, 0x00, 0x20,
                                   0x00, 0x89, 0x04, 0x25, 0x06, 0x00,
                                   0x20, 0x00, 0x90, 0xf4};
    /* movb $1,0x20000c; movb $1,0x200003; hlt */
    static const uint8_t beside[] = {0xc6, 0x04, 0x25, 0x0c, 0x00, 0x20,
                                     0x00, 0x01, 0xc6, 0x04, 0x25, 0x03,
                                     0x00, 0x20, 0x00, 0x01, 0xf4};

    s->dr[2] = AT_DATA + 4;
    s->dr[7] = breakpoint(2, ON_WRITE, LENGTH_8) | 0x400;
    s->dr[2] = AT_DATA;
    ck_assert(trapped(code, sizeof code, 4));
    ck_assert_uint_eq(frame(0), AT_CODE + 14);
    machine_enter(&m, 0);
    s->dr[2] = AT_DATA + 4;
    s->dr[7] = breakpoint(2, ON_WRITE, LENGTH_8) | 0x400;
    /* aligned to its length: covers AT_DATA .. + 7 */
    ck_assert(trapped(beside, sizeof beside, 4));
    ck_assert_uint_eq(frame(0), AT_CODE + 16);
}
END_TEST

START_TEST(test_debug_access_breakpoint_sees_reads_and_rep_iterations)
{
    /* mov 0x200010,%eax; nop; hlt */
    static const uint8_t read[] = {0x8b, 0x04, 0x25, 0x10, 0x00,
                                   0x20, 0x00, 0x90, 0xf4};
    /* mov $0x200000,%edi; mov $8,%ecx; rep stosl; hlt */
    static const uint8_t rep[] = {0xbf, 0x00, 0x00, 0x20, 0x00, 0xb9, 0x08,
                                  0x00, 0x00, 0x00, 0xf3, 0xab, 0xf4};

    s->dr[3] = AT_DATA + 0x10;
    s->dr[7] = breakpoint(3, ON_ACCESS, LENGTH_4) | 0x400;
    cpu_sync(m.cpu);
    ck_assert(trapped(read, sizeof read, 8));
    ck_assert_uint_eq(frame(0), AT_CODE + 7);
    machine_enter(&m, 0);
    ck_assert(trapped(rep, sizeof rep, 8));
    /* between iterations: RIP at the instruction, RF set */
    ck_assert_uint_eq(frame(0), AT_CODE + 10);
    ck_assert_uint_eq(s->gpr[REG_RCX], 3);
    ck_assert_uint_eq(frame(2) & RFLAGS_RF, RFLAGS_RF);
}
END_TEST

START_TEST(test_debug_port_breakpoint_needs_cr4_de)
{
    /* out %al,$0x80; nop; hlt */
    static const uint8_t code[] = {0xe6, 0x80, 0x90, 0xf4};
    struct cpu_event e;

    for (unsigned de = 0; de < 2; de++) {
        machine_enter(&m, 0);
        s->halted = false;
        s->cr4 |= de ? CR4_DE : 0;
        s->dr[0] = 0x80;
        s->dr[7] = breakpoint(0, ON_PORT, LENGTH_1) | 0x400;
        cpu_sync(m.cpu);
        e = machine_execute(&m, code, sizeof code);
        ck_assert_int_eq(e.kind, CPU_EVENT_PORT);
        cpu_complete_port(m.cpu, &e.port);
        machine_run(&m);
        ck_assert_int_eq(machine_halted_in(&m), de ? VECTOR_DB : -1);
    }
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
    ck_assert_uint_eq(s->dr[6] & 0xf, 1);
}
END_TEST

START_TEST(test_debug_general_detect_guards_the_registers)
{
    /* mov $0x2400,%eax; mov %rax,%dr7; mov %dr0,%rbx */
    static const uint8_t code[] = {0xb8, 0x00, 0x24, 0x00, 0x00, 0x0f,
                                   0x23, 0xf8, 0x0f, 0x21, 0xc3};

    ck_assert(trapped(code, sizeof code, 1 << 13));
    ck_assert_uint_eq(frame(0), AT_CODE + 8);
    ck_assert_uint_eq(s->dr[7], 0x400); /* GD is off in the handler */
}
END_TEST

START_TEST(test_debug_registers_4_and_5_are_aliases_without_de)
{
    /* mov $0x401,%eax; mov %rax,%dr5; mov %dr7,%rbx; mov %dr4,%rcx; hlt */
    static const uint8_t code[] = {0xb8, 0x01, 0x04, 0x00, 0x00,
                                   0x0f, 0x23, 0xe8, 0x0f, 0x21,
                                   0xfb, 0x0f, 0x21, 0xe1, 0xf4};

    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x401);
    ck_assert_uint_eq(s->gpr[REG_RCX], 0xffff0ff0);
    machine_enter(&m, 0);
    s->halted = false;
    s->dr[7] = 0x400;
    s->cr4 |= CR4_DE;
    cpu_sync(m.cpu);
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
}
END_TEST

START_TEST(test_debug_mov_ss_holds_the_trap_for_one_instruction)
{
    /* mov %ax,%ss; nop; nop; hlt */
    static const uint8_t code[] = {0x8e, 0xd0, 0x90, 0x90, 0xf4};
    /* mov 0x200000,%ss; nop; nop; hlt */
    static const uint8_t data[] = {0x8e, 0x14, 0x25, 0x00, 0x00,
                                   0x20, 0x00, 0x90, 0x90, 0xf4};

    s->gpr[REG_RAX] = SEL_KERNEL_DATA;
    s->rflags |= RFLAGS_TF;
    ck_assert(trapped(code, sizeof code, 1 << 14));
    ck_assert_uint_eq(frame(0), AT_CODE + 3);
    machine_enter(&m, 0);
    s->rflags &= ~RFLAGS_TF;
    s->dr[6] = 0;
    s->dr[0] = AT_DATA;
    s->dr[7] = breakpoint(0, ON_ACCESS, LENGTH_2) | 0x400;
    machine_put64(&m, AT_DATA, SEL_KERNEL_DATA);
    cpu_sync(m.cpu);
    ck_assert(trapped(data, sizeof data, 1));
    ck_assert_uint_eq(frame(0), AT_CODE + 8);
}
END_TEST

START_TEST(test_debug_step_is_lost_in_interrupts_and_faults)
{
    /* int $0x40; hlt */
    static const uint8_t soft[] = {0xcd, 0x40, 0xf4};
    /* ud2 */
    static const uint8_t fault[] = {0x0f, 0x0b};
    /* pushf; popf; nop; hlt */
    static const uint8_t popf[] = {0x9c, 0x9d, 0x90, 0xf4};

    s->rflags |= RFLAGS_TF;
    machine_execute(&m, soft, sizeof soft);
    ck_assert_int_eq(machine_halted_in(&m), 0x40);
    ck_assert_uint_eq(frame(2) & RFLAGS_TF, RFLAGS_TF);
    machine_enter(&m, 0);
    s->halted = false;
    s->rflags |= RFLAGS_TF;
    machine_execute(&m, fault, sizeof fault);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    /* the instruction that sets TF does not trap; the next one does */
    machine_enter(&m, 0);
    s->halted = false;
    s->rflags = RFLAGS_FIXED;
    machine_put64(&m, AT_STACK - 8, RFLAGS_TF | RFLAGS_FIXED);
    s->gpr[REG_RSP] = AT_STACK - 8;
    machine_execute(&m, popf + 1, sizeof popf - 1);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_DB);
    ck_assert_uint_eq(frame(0), AT_CODE + 2);
}
END_TEST

START_TEST(test_debug_step_through_rep_and_branches)
{
    /* mov $3,%ecx; rep lodsb; hlt */
    static const uint8_t rep[] = {0xb9, 0x03, 0x00, 0x00,
                                  0x00, 0xf3, 0xac, 0xf4};
    /* nop; nop; jmp .+3; nop; hlt */
    static const uint8_t branches[] = {0x90, 0x90, 0xeb, 0x01, 0x90, 0xf4};

    s->gpr[REG_RSI] = AT_DATA;
    machine_put(&m, AT_CODE, rep, sizeof rep);
    machine_step(&m, 1);
    s->rflags |= RFLAGS_TF;
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    ck_assert_uint_eq(frame(0), AT_CODE + 5);
    ck_assert_uint_eq(s->gpr[REG_RCX], 2);
    /* DEBUGCTL.BTF: only taken branches */
    machine_enter(&m, 0);
    s->rflags |= RFLAGS_TF;
    s->debug_control = 2;
    ck_assert(trapped(branches, sizeof branches, 1 << 14));
    ck_assert_uint_eq(frame(0), AT_CODE + 5);
}
END_TEST

START_TEST(test_debug_off_and_on_give_the_same_results)
{
    /*
     * mov $100,%ecx; mov $0x200000,%edi; .L: add %ecx,%eax; mov %eax,(%rdi);
     * add $4,%edi; cmp %eax,-4(%rdi); loop .L; hlt
     */
    static const uint8_t code[] = {
        0xb9, 0x64, 0x00, 0x00, 0x00, 0xbf, 0x00, 0x00, 0x20, 0x00, 0x01, 0xc8,
        0x89, 0x07, 0x83, 0xc7, 0x04, 0x39, 0x47, 0xfc, 0xe2, 0xf4, 0xf4};
    uint64_t rax, retired, cycles;

    machine_execute(&m, code, sizeof code);
    rax = s->gpr[REG_RAX];
    retired = m.counters.value[COUNTER_INSTRUCTIONS];
    cycles = m.counters.value[COUNTER_DTLB_ACCESS];
    tear_down();
    set_up();
    s->dr[0] = AT_DATA + 0x10000;
    s->dr[7] = breakpoint(0, ON_ACCESS, LENGTH_4) | 0x400;
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->gpr[REG_RAX], rax);
    ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS], retired);
    ck_assert_uint_eq(m.counters.value[COUNTER_DTLB_ACCESS], cycles);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("debug");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_debug_instruction_breakpoint_faults_before_it);
    tcase_add_test(t, test_debug_resume_flag_passes_the_breakpoint_once);
    tcase_add_test(t, test_debug_write_breakpoint_traps_after_the_write);
    tcase_add_test(t,
                   test_debug_access_breakpoint_sees_reads_and_rep_iterations);
    tcase_add_test(t, test_debug_port_breakpoint_needs_cr4_de);
    tcase_add_test(t, test_debug_general_detect_guards_the_registers);
    tcase_add_test(t, test_debug_registers_4_and_5_are_aliases_without_de);
    tcase_add_test(t, test_debug_mov_ss_holds_the_trap_for_one_instruction);
    tcase_add_test(t, test_debug_step_is_lost_in_interrupts_and_faults);
    tcase_add_test(t, test_debug_step_through_rep_and_branches);
    tcase_add_test(t, test_debug_off_and_on_give_the_same_results);
    return machine_main(t, "debug");
}
