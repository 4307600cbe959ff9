/*
 * 704-pv-traps.c - what a ring-3 guest kernel and its programs do that only
 * the hypervisor can settle: bounced exceptions and system calls with the
 * frames of the 64-bit interface, emulated instructions, timer upcalls.
 *
 * Source  Xen public arch-x86/xen-x86_64.h, xen.h, arch-x86/xen.h.
 */
#include "tests/pv_fixture.h"

enum { FRAME_RCX, FRAME_R11 }; /* words of a frame without error code */

static uint64_t stack_word(const struct pv_machine *m, unsigned n)
{
    return pv_peek64(m, cpu_state(m->cpu)->gpr[REG_RSP] + n * 8u);
}

static uint64_t counter(const struct pv_machine *m, enum counter id)
{
    return m->v->counters.value[id];
}

/* rip after the HLT of a handler. */
static uint64_t after_handler(unsigned number)
{
    return PV_HANDLERS + number * 16u + 1;
}

START_TEST(test_trap_page_fault_bounces_with_documented_frame)
{
    /* mov 0x1000, %rax */
    static const uint8_t code[] = {0x48, 0x8b, 0x04, 0x25, 0, 0x10, 0, 0};
    struct pv_machine m;
    uint64_t rsp;
    struct vcpu_info info;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    rsp = cpu_state(m.cpu)->gpr[REG_RSP];
    cpu_state(m.cpu)->gpr[REG_RCX] = 0x11;
    cpu_state(m.cpu)->gpr[REG_R11] = 0x22;
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, after_handler(VECTOR_PF));
    ck_assert_uint_eq(stack_word(&m, 0), 0x11);
    ck_assert_uint_eq(stack_word(&m, 1), 0x22);
    ck_assert_uint_eq(stack_word(&m, 2), 0); /* not present, read, kernel */
    ck_assert_uint_eq(stack_word(&m, 3), PV_CODE);
    /* RPL 0: the kernel was interrupted; above it the event mask, 1. */
    ck_assert_uint_eq(stack_word(&m, 4), (uint64_t)1 << 32 | 0xe030);
    ck_assert_uint_eq(stack_word(&m, 5) & RFLAGS_IF, 0);
    ck_assert_uint_eq(stack_word(&m, 6), rsp);
    ck_assert_uint_eq(stack_word(&m, 7), FLAT_KERNEL_SS);
    memory_copy_out(&m.dram, &info, pv_vcpu_of(m.v)->info, sizeof(info));
    ck_assert_uint_eq(info.arch.cr2, 0x1000);
    ck_assert_uint_eq(counter(&m, COUNTER_GUEST_FAULT), 1);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_trap_without_handler_is_one_line)
{
    static const uint8_t code[] = {0x0f, 0x0b}; /* ud2 */
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    ck_assert_int_eq(pv_run(&m), VCPU_CRASHED);
    ck_assert_ptr_nonnull(strstr(m.vm->crash, "no handler for exception"));
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_trap_without_stack_is_one_line)
{
    static const uint8_t code[] = {0x31, 0xe4, 0x0f, 0x0b}; /* esp = 0; ud2 */
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    ck_assert_int_eq(pv_run(&m), VCPU_CRASHED);
    ck_assert_ptr_nonnull(strstr(m.vm->crash, "no stack"));
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_emulate_forced_cpuid_names_xen)
{
    /* mov $0x40000000, %eax; ud2; "xen"; cpuid; hlt */
    static const uint8_t code[] = {0xb8, 0,    0,    0,    0x40, 0x0f, 0x0b,
                                   0x78, 0x65, 0x6e, 0x0f, 0xa2, 0xf4};
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RBX], 0x566e6558);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, PV_CODE + sizeof(code));
    ck_assert_uint_eq(counter(&m, COUNTER_EXIT_REASON_PV_PRIVILEGED), 2);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_emulate_store_to_table_is_validated)
{
    static const uint8_t code[] = {0x48, 0x89, 0x07,
                                   0xf4}; /* mov %rax,(%rdi) */
    struct pv_machine m;
    uint64_t va = PV_VIRT_BASE + 0x5000, table_va, wanted;

    pv_machine_start(&m, code, sizeof(code));
    /* The last table of the bootstrap tables maps its beginning or end;
       find the one whose frame holds the entry of va. */
    for (table_va = m.info.pt_base;
         pv_mfn_of(&m, table_va) != pv_entry_at(&m, va) >> 12;
         table_va += PAGE_BYTES)
        ck_assert_uint_lt(table_va,
                          m.info.pt_base + m.info.nr_pt_frames * PAGE_BYTES);
    wanted = pv_entry(&m, PV_DATA);
    cpu_state(m.cpu)->gpr[REG_RAX] = wanted;
    cpu_state(m.cpu)->gpr[REG_RDI] =
        table_va + page_offset(pv_entry_at(&m, va));
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(pv_entry(&m, va) & PTE_ADDRESS, wanted & PTE_ADDRESS);
    ck_assert_uint_eq(counter(&m, COUNTER_GUEST_FAULT), 0);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_emulate_bad_store_to_table_is_the_guests_fault)
{
    static const uint8_t code[] = {0x48, 0x89, 0x07, 0xf4};
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    cpu_state(m.cpu)->gpr[REG_RAX] = 0;
    cpu_state(m.cpu)->gpr[REG_RDI] = m.info.pt_base; /* the root: no leaf */
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, after_handler(VECTOR_PF));
    ck_assert_uint_eq(stack_word(&m, 2), PF_PRESENT | PF_WRITE);
    pv_machine_finish(&m);
}
END_TEST

/* The fault is in the table, but the store begins in the page before. */
START_TEST(test_emulate_store_that_ends_in_a_table_is_the_guests_fault)
{
    static const uint8_t code[] = {0x48, 0x89, 0x07, 0xf4};
    uint64_t va = PV_VIRT_BASE + 0x6000, table, old;
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    table = pv_entry_at(&m, va) & PTE_ADDRESS;
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_update_va_mapping, va,
                             table | PTE_P, UVMF_INVLPG, 0),
                     0);
    old = pv_peek64(&m, va);
    cpu_state(m.cpu)->gpr[REG_RAX] = 0;
    cpu_state(m.cpu)->gpr[REG_RDI] = va - 4;
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, after_handler(VECTOR_PF));
    ck_assert_uint_eq(pv_peek64(&m, va), old);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_emulate_port_needs_privilege)
{
    static const uint8_t code[] = {0xb0, 7, 0xe6, 0xf4, 0xf4}; /* out 7,0xf4 */
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, after_handler(VECTOR_GP));
    ck_assert(!m.vm->platform.bus.exited);
    pv_machine_finish(&m);

    pv_machine_start(&m, code, sizeof(code));
    pv_vcpu_of(m.v)->iopl = 1;
    ck_assert_int_eq(pv_run(&m), VCPU_EXITED);
    ck_assert_uint_eq(m.vm->platform.bus.exit_status, 7);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_event_timer_upcall_interrupts_the_guest)
{
    static const uint8_t code[] = {0xeb, 0xfe};  /* spin */
    static const uint8_t leave[] = {0xe6, 0xf4}; /* out %al,0xf4 */
    struct pv_machine m;
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER};

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    pv_poke(&m, PV_DATA, &bind, sizeof(bind));
    pv_call(&m, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, PV_DATA, 0,
            0);
    pv_call(&m, __HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0);
    pv_call(&m, __HYPERVISOR_set_timer_op, 50000, 0, 0, 0);
    memory_at(
        &m.dram,
        pv_vcpu_of(m.v)->info)[offsetof(struct vcpu_info, evtchn_upcall_mask)] =
        0;
    pv_poke(&m, PV_HANDLERS + 100 * 16, leave, sizeof(leave));
    pv_vcpu_of(m.v)->iopl = 1;
    ck_assert_msg(pv_run(&m) == VCPU_EXITED, "%s", m.vm->crash);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, PV_HANDLERS + 100 * 16 + 2);
    ck_assert_uint_eq(stack_word(&m, 2), PV_CODE);
    ck_assert_uint_ge(cpu_now(m.cpu), 100000); /* 50 us at 2 GHz */
    ck_assert_uint_lt(cpu_now(m.cpu), 110000);
    ck_assert_uint_eq(counter(&m, COUNTER_EXIT_REASON_EXTERNAL_INTERRUPT), 1);
    ck_assert_uint_eq(counter(&m, COUNTER_GUEST_INTERRUPT), 1);
    pv_machine_finish(&m);
}
END_TEST

/* Tables in frames that nothing maps: a root with one page at 0x400000. */
static uint64_t put_user_tables(struct pv_machine *m, uint64_t code_mfn)
{
    uint64_t first = pv_initial_mfn(m->d, 3000).v;
    const uint64_t index[] = {0, 2, 0, 0}; /* level 1 first */

    for (unsigned level = 1; level <= 4; level++) {
        uint64_t child = level == 1 ? code_mfn : first + level - 2;

        memory_write64(&m->dram,
                       hpa(((first + level - 1) << 12) + index[level - 1] * 8),
                       child << 12 | PTE_P | PTE_U | PTE_A);
    }
    return first + 3;
}

START_TEST(test_iret_to_program_then_syscall_bounces_to_kernel)
{
    static const uint8_t code[] = {0xf4};
    static const uint8_t program[] = {0x0f, 0x05}; /* syscall */
    const struct cpu_event trap = {.kind = CPU_EVENT_TRAP,
                                   .trap = {.kind = TRAP_SYSCALL, .length = 2}};
    struct iret_context frame = {.rip = 0x400000,
                                 .cs = FLAT_USER_CS,
                                 .rflags = RFLAGS_IF,
                                 .rsp = 0x7000,
                                 .ss = FLAT_USER_SS,
                                 .rax = 39};
    uint64_t page = PV_VIRT_BASE + 0x8000, stack = PV_DATA + 0x800;
    struct mmuext_op op = {.cmd = MMUEXT_NEW_USER_BASEPTR};
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_install_handlers(&m);
    pv_poke(&m, page, program, sizeof(program));
    op.arg1.mfn = put_user_tables(&m, pv_mfn_of(&m, page));
    pv_poke(&m, PV_DATA, &op, sizeof(op));
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_mmuext_op, PV_DATA, 1, 0, DOMID_SELF), 0);
    pv_call(&m, __HYPERVISOR_stack_switch, FLAT_KERNEL_SS, stack, 0, 0);
    pv_poke(&m, PV_DATA, &frame, sizeof(frame));
    cpu_state(m.cpu)->gpr[REG_RSP] = PV_DATA;
    cpu_state(m.cpu)->gpr[REG_RAX] = __HYPERVISOR_iret;
    ck_assert(!m.v->entered_user);
    technique_pv.handle(m.v, m.cpu, &trap);
    ck_assert(m.v->entered_user);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, 0x400000);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr3, op.arg1.mfn << 12);
    ck_assert_int_eq(pv_run(&m), VCPU_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, after_handler(101));
    ck_assert_uint_eq(stack_word(&m, FRAME_RCX), 0x400002);
    ck_assert_uint_eq(stack_word(&m, 2), 0x400002);
    ck_assert_uint_eq(stack_word(&m, 3), FLAT_USER_CS);
    ck_assert_uint_eq(stack_word(&m, 4) & RFLAGS_IF, RFLAGS_IF);
    ck_assert_uint_eq(stack_word(&m, 5), 0x7000);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RSP], stack - 7 * 8);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 39);
    ck_assert_uint_eq(counter(&m, COUNTER_EXIT_REASON_PV_SYSCALL), 1);
    ck_assert_uint_eq(counter(&m, COUNTER_GUEST_SYSCALL), 1);
    pv_machine_finish(&m);
}
END_TEST

/* IRET loads no reserved flag, and neither IOPL nor VM from ring 3. */
START_TEST(test_iret_loads_only_flags_that_ring_3_may_have)
{
    static const uint8_t code[] = {0xf4};
    const struct cpu_event trap = {.kind = CPU_EVENT_TRAP,
                                   .trap = {.kind = TRAP_SYSCALL, .length = 2}};
    const uint64_t flags = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF |
                           RFLAGS_SF | RFLAGS_TF | RFLAGS_IF | RFLAGS_DF |
                           RFLAGS_OF | RFLAGS_RF | RFLAGS_AC | RFLAGS_ID;
    struct iret_context frame = {.rip = PV_CODE,
                                 .cs = FLAT_KERNEL_CS & ~3u,
                                 .rflags = UINT64_MAX,
                                 .rsp = PV_DATA,
                                 .ss = FLAT_KERNEL_SS};
    struct pv_machine m;

    pv_machine_start(&m, code, sizeof(code));
    pv_poke(&m, PV_DATA, &frame, sizeof(frame));
    cpu_state(m.cpu)->gpr[REG_RSP] = PV_DATA;
    cpu_state(m.cpu)->gpr[REG_RAX] = __HYPERVISOR_iret;
    technique_pv.handle(m.v, m.cpu, &trap);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, PV_CODE);
    ck_assert_uint_eq(cpu_state(m.cpu)->rflags, flags | RFLAGS_FIXED);
    pv_machine_finish(&m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv-traps");
    TCase *c = tcase_create("pv-traps");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_trap_page_fault_bounces_with_documented_frame);
    tcase_add_test(c, test_trap_without_handler_is_one_line);
    tcase_add_test(c, test_trap_without_stack_is_one_line);
    tcase_add_test(c, test_emulate_forced_cpuid_names_xen);
    tcase_add_test(c, test_emulate_store_to_table_is_validated);
    tcase_add_test(c, test_emulate_bad_store_to_table_is_the_guests_fault);
    tcase_add_test(c,
                   test_emulate_store_that_ends_in_a_table_is_the_guests_fault);
    tcase_add_test(c, test_emulate_port_needs_privilege);
    tcase_add_test(c, test_event_timer_upcall_interrupts_the_guest);
    tcase_add_test(c, test_iret_to_program_then_syscall_bounces_to_kernel);
    tcase_add_test(c, test_iret_loads_only_flags_that_ring_3_may_have);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
