/*
 * 340-cpu-guest_mode.c - claim: in guest mode the CPU exits where the control
 * says, with the manual's reason, qualification and state; de-privileged, it
 * hands every exception and SYSCALL to the hypervisor.
 *
 * Intel SDM vol. 3, "VMX Non-Root Operation", "VM-Exit Information Fields".
 */
#include "tests/cpu_fixture.h"

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

static struct cpu_exit execute_to_exit(const uint8_t *code, size_t bytes)
{
    struct cpu_event e;

    cpu_state(m.cpu)->rip = AT_CODE;
    e = machine_execute(&m, code, bytes);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE);
    return e.exit;
}

START_TEST(test_guest_simple_intercepts_exit_before_the_instruction)
{
    static const struct {
        uint8_t code[4];
        uint8_t length;
        enum vmexit reason;
    } row[] = {
        {{0xf4}, 1, VMEXIT_HLT},
        {{0xf3, 0x90}, 2, VMEXIT_PAUSE},
        {{0x0f, 0xa2}, 2, VMEXIT_CPUID},
        {{0x0f, 0x31}, 2, VMEXIT_RDTSC},
        {{0x0f, 0x01, 0xc1}, 3, VMEXIT_VMCALL},
        {{0x0f, 0x09}, 2, VMEXIT_WBINVD},
    };
    struct guest_control *g = cpu_control(m.cpu);

    g->exit_hlt = g->exit_pause = g->exit_cpuid = g->exit_rdtsc = true;
    g->exit_wbinvd = true;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct cpu_exit x = execute_to_exit(row[i].code, sizeof row[i].code);

        ck_assert_int_eq(x.reason, row[i].reason);
        ck_assert_uint_eq(x.length, row[i].length);
    }
}
END_TEST

START_TEST(test_guest_without_intercepts_runs_them)
{
    /* cpuid; rdtsc; pause; vmcall */
    static const uint8_t code[] = {0x0f, 0xa2, 0x0f, 0x31, 0xf3,
                                   0x90, 0x0f, 0x01, 0xc1};
    struct cpu_event e = machine_execute(&m, code, sizeof code);

    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_VMCALL);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 6);
    ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS], 3);
}
END_TEST

START_TEST(test_guest_control_register_exits_by_mask_and_shadow)
{
    static const uint8_t write_cr3[] = {0x0f, 0x22, 0xdb}; /* mov cr3,rbx */
    static const uint8_t read_cr0[] = {0x0f, 0x20, 0xc1};  /* mov rcx,cr0 */
    static const uint8_t write_cr0[] = {0x0f, 0x22, 0xc3}; /* mov cr0,rbx */
    struct guest_control *g = cpu_control(m.cpu);
    struct cpu_state *s = cpu_state(m.cpu);
    struct cpu_exit x;

    g->exit_cr3_load = true;
    x = execute_to_exit(write_cr3, sizeof write_cr3);
    ck_assert_int_eq(x.reason, VMEXIT_CR_ACCESS);
    ck_assert_uint_eq(x.qualification, 3 | REG_RBX << 8);
    ck_assert(x.cr_write);
    ck_assert_uint_eq(x.gpr, REG_RBX);

    g->cr0_mask = CR0_TS;
    g->cr0_shadow = CR0_TS;
    s->gpr[REG_RBX] = s->cr0; /* clears TS as the guest sees it */
    x = execute_to_exit(write_cr0, sizeof write_cr0);
    ck_assert_uint_eq(x.qualification, REG_RBX << 8);

    machine_put(&m, AT_CODE, read_cr0, sizeof read_cr0);
    machine_step(&m, 1);
    ck_assert_uint_eq(s->gpr[REG_RCX], s->cr0 | CR0_TS);
}
END_TEST

START_TEST(test_guest_exception_bitmap_exits_without_delivery)
{
    /* mov rbx,[0x40000000] */
    static const uint8_t load[] = {0x48, 0x8b, 0x1c, 0x25, 0, 0, 0, 0x40};
    struct cpu_exit x;

    cpu_control(m.cpu)->exception_bitmap = 1u << VECTOR_PF;
    cpu_state(m.cpu)->cr2 = 0x1234;
    x = execute_to_exit(load, sizeof load);
    ck_assert_int_eq(x.reason, VMEXIT_EXCEPTION);
    ck_assert_uint_eq(x.vector, VECTOR_PF);
    ck_assert(x.has_error);
    ck_assert_uint_eq(x.error_code, 0);
    ck_assert_uint_eq(x.qualification, 0x40000000);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr2, 0x1234);
}
END_TEST

START_TEST(test_guest_exit_while_delivering_reports_the_event)
{
    static const uint8_t ud2[] = {0x0f, 0x0b};
    struct cpu_exit x;

    cpu_control(m.cpu)->exception_bitmap = 1u << VECTOR_PF;
    cpu_state(m.cpu)->gpr[REG_RSP] = 0x40000000; /* the frame cannot go there */
    x = execute_to_exit(ud2, sizeof ud2);
    ck_assert_uint_eq(x.vector, VECTOR_PF);
    ck_assert_uint_eq(x.error_code, PF_WRITE);
    ck_assert(x.vectoring_valid);
    ck_assert_uint_eq(x.vectoring_vector, VECTOR_UD);
    ck_assert_uint_eq(x.vectoring_kind, INJECT_EXCEPTION);
}
END_TEST

START_TEST(test_guest_injected_event_is_delivered_on_entry)
{
    struct guest_control *g = cpu_control(m.cpu);

    g->inject.valid = true;
    g->inject.kind = INJECT_EXCEPTION;
    g->inject.vector = VECTOR_GP;
    g->inject.has_error = true;
    g->inject.error_code = 0x18;
    machine_run(&m);
    ck_assert(!g->inject.valid);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 48), 0x18);
}
END_TEST

START_TEST(test_guest_port_access_exits_and_completes)
{
    static const uint8_t code[] = {0x66, 0xed}; /* in ax,dx */
    struct cpu_port answer;
    struct cpu_exit x;

    cpu_control(m.cpu)->exit_io = true;
    cpu_state(m.cpu)->gpr[REG_RDX] = 0x3f8;
    cpu_state(m.cpu)->gpr[REG_RAX] = 0x11112222;
    x = execute_to_exit(code, sizeof code);
    ck_assert_int_eq(x.reason, VMEXIT_IO);
    ck_assert_uint_eq(x.qualification, 1 | 1 << 3 | 0x3f8 << 16);
    answer = x.port;
    answer.data[0] = 0xcd;
    answer.data[1] = 0xab;
    cpu_complete_port(m.cpu, &answer);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x1111abcd);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 2);
}
END_TEST

START_TEST(test_guest_triple_fault_exits)
{
    static const uint8_t ud2[] = {0x0f, 0x0b};

    cpu_state(m.cpu)->idtr.limit = 0;
    ck_assert_int_eq(execute_to_exit(ud2, sizeof ud2).reason,
                     VMEXIT_TRIPLE_FAULT);
}
END_TEST

START_TEST(test_guest_second_stage_violation_names_address_and_access)
{
    /* EPT: 2M pages, but nothing at AT_DATA's */
    enum { EPT4 = 0x900000, EPT3 = 0x901000, EPT2 = 0x902000 };
    static const uint8_t store[] = {0x48, 0x89, 0x1c, 0x25, 8, 0, 0x20, 0};
    struct guest_control *g = cpu_control(m.cpu);
    struct cpu_exit x;

    machine_put64(&m, EPT4, EPT3 | 7);
    machine_put64(&m, EPT3, EPT2 | 7);
    for (unsigned i = 0; i < 8; i++)
        machine_put64(&m, EPT2 + 8 * i, i == 1 ? 0 : (uint64_t)i << 21 | 0xb7);
    g->nested = true;
    g->nested_root = hpa(EPT4);
    cpu_sync(m.cpu);
    x = execute_to_exit(store, sizeof store);
    ck_assert_int_eq(x.reason, VMEXIT_EPT_VIOLATION);
    ck_assert_uint_eq(x.gpa.v, AT_DATA + 8);
    ck_assert_uint_eq(x.gva.v, AT_DATA + 8);
    ck_assert_uint_eq(x.qualification & (EPTQ_READ | EPTQ_WRITE | EPTQ_FETCH),
                      EPTQ_WRITE);
    ck_assert(x.qualification & EPTQ_FINAL);
}
END_TEST

START_TEST(test_deprived_exceptions_and_syscalls_become_traps)
{
    /* int 0x82 / syscall / cli at CPL 3 */
    static const uint8_t soft[] = {0xcd, 0x82};
    static const uint8_t call[] = {0x0f, 0x05};
    static const uint8_t cli[] = {0xfa};
    struct cpu_event e;

    machine_enter(&m, 3);
    cpu_control(m.cpu)->virt = VIRT_DEPRIVED;
    e = machine_execute(&m, soft, sizeof soft);
    ck_assert_int_eq(e.kind, CPU_EVENT_TRAP);
    ck_assert_int_eq(e.trap.kind, TRAP_SOFTWARE);
    ck_assert_uint_eq(e.trap.vector, 0x82);
    ck_assert_uint_eq(e.trap.length, 2);
    e = machine_execute(&m, call, sizeof call);
    ck_assert_int_eq(e.trap.kind, TRAP_SYSCALL);
    e = machine_execute(&m, cli, sizeof cli);
    ck_assert_int_eq(e.trap.kind, TRAP_EXCEPTION);
    ck_assert_uint_eq(e.trap.vector, VECTOR_GP);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("guest_mode");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_guest_simple_intercepts_exit_before_the_instruction);
    tcase_add_test(t, test_guest_without_intercepts_runs_them);
    tcase_add_test(t, test_guest_control_register_exits_by_mask_and_shadow);
    tcase_add_test(t, test_guest_exception_bitmap_exits_without_delivery);
    tcase_add_test(t, test_guest_exit_while_delivering_reports_the_event);
    tcase_add_test(t, test_guest_injected_event_is_delivered_on_entry);
    tcase_add_test(t, test_guest_port_access_exits_and_completes);
    tcase_add_test(t, test_guest_triple_fault_exits);
    tcase_add_test(t,
                   test_guest_second_stage_violation_names_address_and_access);
    tcase_add_test(t, test_deprived_exceptions_and_syscalls_become_traps);
    return machine_main(t, "guest_mode");
}
