/*
 * 344-cpu-guest_exits.c - claim: every control of the control block makes the
 * CPU exit where the manual says, and nowhere else, with its reason,
 * qualification and instruction information; bitmaps are read from memory.
 *
 * Intel SDM vol. 3, "VM-Execution Control Fields", "Instructions That Cause
 * VM Exits", "Basic VM-Exit Information", tables "Format of the VM-Exit
 * Instruction-Information Field".
 */
#include "tests/cpu_fixture.h"

enum { AT_BITMAP = 0x700000 };

static struct machine m;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    cpu_control(m.cpu)->virt = VIRT_GUEST;
    cpu_control(m.cpu)->vpid = 1;
    cpu_sync(m.cpu);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static struct cpu_event execute(const uint8_t *code, size_t bytes)
{
    cpu_state(m.cpu)->rip = AT_CODE;
    machine_put(&m, AT_CODE, code, bytes);
    return machine_step(&m, 1);
}

/* The exit, with the state before the instruction. */
static struct cpu_exit execute_to_exit(const uint8_t *code, size_t bytes)
{
    struct cpu_event e = execute(code, bytes);

    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE);
    return e.exit;
}

static void expect_no_exit(const uint8_t *code, size_t bytes)
{
    struct cpu_event e = execute(code, bytes);

    ck_assert_int_ne(e.kind, CPU_EVENT_EXIT);
}

/* One control, one instruction: exits with it, and only with it. */
struct row {
    const char *name;
    size_t control; /* offset of a bool in struct guest_control */
    uint8_t code[6];
    uint8_t length;
    enum vmexit reason;
    uint64_t qualification;
    uint32_t info;
};

#define CONTROL(field) offsetof(struct guest_control, field)
#define GPR_ADDRESS_64 (2u << 7)

static const struct row rows[] = {
    {"hlt", CONTROL(exit_hlt), {0xf4}, 1, VMEXIT_HLT, 0, 0},
    {"pause", CONTROL(exit_pause), {0xf3, 0x90}, 2, VMEXIT_PAUSE, 0, 0},
    {"rdtsc", CONTROL(exit_rdtsc), {0x0f, 0x31}, 2, VMEXIT_RDTSC, 0, 0},
    {"wbinvd", CONTROL(exit_wbinvd), {0x0f, 0x09}, 2, VMEXIT_WBINVD, 0, 0},
    {"mov cr3,rbx",
     CONTROL(exit_cr3_load),
     {0x0f, 0x22, 0xdb},
     3,
     VMEXIT_CR_ACCESS,
     3 | REG_RBX << 8,
     0},
    {"mov rcx,cr3",
     CONTROL(exit_cr3_store),
     {0x0f, 0x20, 0xd9},
     3,
     VMEXIT_CR_ACCESS,
     3 | 1 << 4 | REG_RCX << 8,
     0},
    {"mov cr8,rbx",
     CONTROL(exit_cr8_load),
     {0x44, 0x0f, 0x22, 0xc3},
     4,
     VMEXIT_CR_ACCESS,
     8 | REG_RBX << 8,
     0},
    {"mov rbx,cr8",
     CONTROL(exit_cr8_store),
     {0x44, 0x0f, 0x20, 0xc3},
     4,
     VMEXIT_CR_ACCESS,
     8 | 1 << 4 | REG_RBX << 8,
     0},
    {"mov dr7,rbx",
     CONTROL(exit_mov_dr),
     {0x0f, 0x23, 0xfb},
     3,
     VMEXIT_DR_ACCESS,
     7 | REG_RBX << 8,
     0},
    {"mov rcx,dr6",
     CONTROL(exit_mov_dr),
     {0x0f, 0x21, 0xf1},
     3,
     VMEXIT_DR_ACCESS,
     6 | 1 << 4 | REG_RCX << 8,
     0},
    {"invlpg [rbx+0x40]",
     CONTROL(exit_invlpg),
     {0x0f, 0x01, 0x7b, 0x40},
     4,
     VMEXIT_INVLPG,
     AT_DATA + 0x40,
     0},
    {"sgdt [rbx+0x40]",
     CONTROL(exit_descriptor_table),
     {0x0f, 0x01, 0x43, 0x40},
     4,
     VMEXIT_GDTR_IDTR,
     0x40,
     GPR_ADDRESS_64 | 1 << 11 | SEG_DS << 15 | 1 << 22 | REG_RBX << 23},
    {"lidt [rbx+rcx*8]",
     CONTROL(exit_descriptor_table),
     {0x0f, 0x01, 0x1c, 0xcb},
     4,
     VMEXIT_GDTR_IDTR,
     0,
     3 | GPR_ADDRESS_64 | 1 << 11 | SEG_DS << 15 | REG_RCX << 18 |
         REG_RBX << 23 | 3u << 28},
    {"str eax",
     CONTROL(exit_descriptor_table),
     {0x0f, 0x00, 0xc8},
     3,
     VMEXIT_LDTR_TR,
     0,
     REG_RAX << 3 | GPR_ADDRESS_64 | 1 << 10 | 1u << 28},
    {"out 0x80,al",
     CONTROL(exit_io),
     {0xe6, 0x80},
     2,
     VMEXIT_IO,
     1 << 6 | 0x80 << 16,
     0},
};

START_TEST(test_guest_control_decides_about_its_instruction)
{
    const struct row *row = &rows[_i];
    struct guest_control *g = cpu_control(m.cpu);
    struct cpu_exit x;

    cpu_state(m.cpu)->gpr[REG_RBX] = AT_DATA;
    cpu_state(m.cpu)->gpr[REG_RCX] = 0;
    *(bool *)(void *)((uint8_t *)g + row->control) = true;
    x = execute_to_exit(row->code, sizeof row->code);
    ck_assert_msg(x.reason == row->reason, "%s", row->name);
    ck_assert_msg(x.length == row->length, "%s", row->name);
    ck_assert_msg(x.qualification == row->qualification, "%s: 0x%llx",
                  row->name, (unsigned long long)x.qualification);
    if (row->info != 0)
        ck_assert_msg((x.instruction_info | GPR_ADDRESS_64) == row->info,
                      "%s: 0x%x", row->name, x.instruction_info);
    if (row->reason == VMEXIT_CR_ACCESS && x.cr == 3 && x.cr_write)
        cpu_state(m.cpu)->gpr[REG_RBX] = AT_PML4;
    else if (row->reason == VMEXIT_CR_ACCESS || row->code[1] == 0x23)
        cpu_state(m.cpu)->gpr[REG_RBX] = 0;
    *(bool *)(void *)((uint8_t *)g + row->control) = false;
    expect_no_exit(row->code, sizeof row->code);
}
END_TEST

START_TEST(test_guest_emulated_instruction_does_not_exit)
{
    const struct row *row = &rows[_i];
    struct guest_control *g = cpu_control(m.cpu);

    cpu_state(m.cpu)->gpr[REG_RBX] = 0;
    if (row->reason == VMEXIT_CR_ACCESS && (row->qualification & 15) == 3)
        cpu_state(m.cpu)->gpr[REG_RBX] = AT_PML4;
    else if (row->reason != VMEXIT_CR_ACCESS && row->code[1] != 0x23)
        cpu_state(m.cpu)->gpr[REG_RBX] = AT_DATA;
    *(bool *)(void *)((uint8_t *)g + row->control) = true;
    g->emulate = true;
    expect_no_exit(row->code, sizeof row->code);
    g->emulate = false;
}
END_TEST

START_TEST(test_guest_io_bitmap_decides_by_port)
{
    static const uint8_t out_dx[] = {0x66, 0xef}; /* out dx,ax */
    static const struct {
        uint16_t port;
        bool exits;
    } ports[] = {{0x3f7, true},  {0x3f8, true},  {0x3f6, false},
                 {0x3f9, false}, {0x8000, true}, {0xffff, true}};
    struct guest_control *g = cpu_control(m.cpu);
    uint8_t bit = 1;

    g->io_bitmaps = true;
    g->io_bitmap[0] = hpa(AT_BITMAP);
    g->io_bitmap[1] = hpa(AT_BITMAP + 0x1000);
    machine_put(&m, AT_BITMAP + 0x3f8 / 8, &bit, 1); /* port 0x3f8 */
    machine_put(&m, AT_BITMAP + 0x1000, &bit, 1);    /* port 0x8000 */
    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        cpu_state(m.cpu)->gpr[REG_RDX] = ports[i].port;
        if (ports[i].exits)
            ck_assert_int_eq(execute_to_exit(out_dx, sizeof out_dx).reason,
                             VMEXIT_IO);
        else
            ck_assert_int_eq(execute(out_dx, sizeof out_dx).kind,
                             CPU_EVENT_PORT);
    }
}
END_TEST

START_TEST(test_guest_msr_bitmap_decides_by_register_and_direction)
{
    static const uint8_t rdmsr[] = {0x0f, 0x32}, wrmsr[] = {0x0f, 0x30};
    struct guest_control *g = cpu_control(m.cpu);
    struct cpu_state *s = cpu_state(m.cpu);
    uint8_t bit = 1 << 2; /* of 0xc0000082, LSTAR */

    g->msr_bitmaps = true;
    g->msr_bitmap = hpa(AT_BITMAP);
    machine_put(&m, AT_BITMAP + 3072 + 0x82 / 8, &bit, 1);
    s->gpr[REG_RAX] = s->gpr[REG_RDX] = 0;
    s->gpr[REG_RCX] = 0xc0000082;
    expect_no_exit(rdmsr, sizeof rdmsr);
    ck_assert_int_eq(execute_to_exit(wrmsr, sizeof wrmsr).reason,
                     VMEXIT_MSR_WRITE);
    s->gpr[REG_RCX] = 0xc0000083;
    expect_no_exit(wrmsr, sizeof wrmsr);
    s->gpr[REG_RCX] = 0x40000000; /* in neither range: always */
    ck_assert_int_eq(execute_to_exit(rdmsr, sizeof rdmsr).reason,
                     VMEXIT_MSR_READ);
    g->msr_bitmaps = false;
    s->gpr[REG_RCX] = 0xc0000083;
    ck_assert_int_eq(execute_to_exit(rdmsr, sizeof rdmsr).reason,
                     VMEXIT_MSR_READ);
}
END_TEST

START_TEST(test_guest_page_fault_exits_by_error_code)
{
    static const uint8_t store[] = {0x48, 0x89, 0x03}; /* mov [rbx],rax */
    static const uint8_t load[] = {0x48, 0x8b, 0x03};  /* mov rax,[rbx] */
    struct guest_control *g = cpu_control(m.cpu);

    cpu_state(m.cpu)->gpr[REG_RBX] = 0x40000000;
    g->exception_bitmap = 1u << VECTOR_PF;
    g->pf_error_mask = g->pf_error_match = PF_WRITE;
    ck_assert_int_eq(execute_to_exit(store, sizeof store).reason,
                     VMEXIT_EXCEPTION);
    expect_no_exit(load, sizeof load);
    g->exception_bitmap = 0; /* the other way round */
    ck_assert_int_eq(execute_to_exit(load, sizeof load).reason,
                     VMEXIT_EXCEPTION);
}
END_TEST

START_TEST(test_guest_monitor_trap_exits_behind_one_instruction)
{
    static const uint8_t code[] = {0x90, 0x0f, 0x0b}; /* nop; ud2 */
    struct cpu_event e;

    cpu_control(m.cpu)->monitor_trap = true;
    e = machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(e.exit.reason, VMEXIT_MONITOR_TRAP);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 1);
    e = machine_run(&m); /* the exception is delivered: that is the step */
    ck_assert_int_eq(e.exit.reason, VMEXIT_MONITOR_TRAP);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_HANDLERS + 16 * VECTOR_UD);
}
END_TEST

START_TEST(test_guest_preemption_timer_counts_down_and_exits)
{
    static const uint8_t loop[] = {0xeb, 0xfe};
    struct guest_control *g = cpu_control(m.cpu);
    uint64_t begin = cpu_now(m.cpu);
    struct cpu_event e;

    g->preemption_timer = true;
    g->preemption_value = 100;
    e = machine_execute(&m, loop, sizeof loop);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_PREEMPTION_TIMER);
    ck_assert_uint_eq(g->preemption_value, 0);
    ck_assert_uint_eq(cpu_now(m.cpu) >> 5, (begin >> 5) + 100);
}
END_TEST

START_TEST(test_guest_pause_loop_exits_after_its_window)
{
    static const uint8_t spin[] = {0xf3, 0x90, 0xeb, 0xfc};
    struct guest_control *g = cpu_control(m.cpu);
    uint64_t begin = cpu_now(m.cpu);
    struct cpu_event e;

    g->exit_pause_loop = true;
    g->ple_gap_cycles = 128;
    g->ple_window_cycles = 4096;
    e = machine_execute(&m, spin, sizeof spin);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_PAUSE);
    ck_assert_uint_gt(cpu_now(m.cpu) - begin, 4096);
    ck_assert_uint_lt(cpu_now(m.cpu) - begin, 4096 + 1000);
    machine_enter(&m, 3); /* only the kernel's loops count */
    ck_assert_int_eq(machine_execute(&m, spin, sizeof spin).kind,
                     CPU_EVENT_BUDGET);
}
END_TEST

START_TEST(test_guest_tsc_is_scaled_then_offset)
{
    static const uint8_t rdtsc[] = {0x0f, 0x31};
    struct guest_control *g = cpu_control(m.cpu);
    uint64_t plain, scaled;

    execute(rdtsc, sizeof rdtsc);
    plain = cpu_now(m.cpu);
    g->tsc_scaling = true;
    g->tsc_multiplier = (uint64_t)4 << 48;
    g->tsc_offset = 1000000;
    execute(rdtsc, sizeof rdtsc);
    scaled = cpu_state(m.cpu)->gpr[REG_RAX];
    ck_assert_uint_ge(scaled, 4 * plain + 1000000);
    ck_assert_uint_le(scaled, 4 * cpu_now(m.cpu) + 1000000);
}
END_TEST

START_TEST(test_guest_vmx_instructions_exit_before_privilege)
{
    static const uint8_t vmptrld[] = {0x0f, 0xc7, 0x33}; /* vmptrld [rbx] */
    static const uint8_t vmlaunch[] = {0x0f, 0x01, 0xc2};

    machine_enter(&m, 3);
    ck_assert_int_eq(execute_to_exit(vmlaunch, sizeof vmlaunch).reason,
                     VMEXIT_VMLAUNCH);
    ck_assert_int_eq(execute_to_exit(vmptrld, sizeof vmptrld).reason,
                     VMEXIT_VMPTRLD);
    cpu_control(m.cpu)->virt = VIRT_NONE;
    machine_enter(&m, 0);
    machine_execute(&m, vmlaunch, sizeof vmlaunch);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
}
END_TEST

START_TEST(test_guest_illegal_state_fails_the_entry)
{
    struct cpu_state *s = cpu_state(m.cpu);
    struct cpu_event e;

    s->rip = (uint64_t)1 << 60;
    e = machine_run(&m);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_INVALID_STATE);
    s->rip = AT_CODE;
    s->cr0 &= ~CR0_PE; /* with paging on */
    e = machine_run(&m);
    ck_assert_int_eq(e.exit.reason, VMEXIT_INVALID_STATE);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("guest_exits");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_guest_control_decides_about_its_instruction, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, test_guest_emulated_instruction_does_not_exit, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_test(t, test_guest_io_bitmap_decides_by_port);
    tcase_add_test(t, test_guest_msr_bitmap_decides_by_register_and_direction);
    tcase_add_test(t, test_guest_page_fault_exits_by_error_code);
    tcase_add_test(t, test_guest_monitor_trap_exits_behind_one_instruction);
    tcase_add_test(t, test_guest_preemption_timer_counts_down_and_exits);
    tcase_add_test(t, test_guest_pause_loop_exits_after_its_window);
    tcase_add_test(t, test_guest_tsc_is_scaled_then_offset);
    tcase_add_test(t, test_guest_vmx_instructions_exit_before_privilege);
    tcase_add_test(t, test_guest_illegal_state_fails_the_entry);
    return machine_main(t, "guest_exits");
}
