/*
 * 311-cpu-modes.c - claim: the CPU gets from the 32-bit protected mode of a
 * PVH entry into 64-bit mode, SYSCALL and SYSRET change level as the manual
 * says, control registers and MSRs take legal values only, and CPUID claims
 * what is there.
 *
 * Intel SDM vol. 3, "IA-32e Mode Operation", "Fast System Calls in 64-Bit
 * Mode", "Control Registers"; Xen's PVH boot protocol for the entry state.
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

/* Flat 32-bit protected mode, paging off, as PVH hands over. */
static void enter_pvh(void)
{
    struct cpu_state *s = cpu_state(m.cpu);

    s->cr0 = CR0_PE | CR0_ET;
    s->cr3 = s->cr4 = s->efer = 0;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = machine_segment(SEL_DATA32, 0xc093);
    s->seg[SEG_CS] = machine_segment(SEL_CODE32, 0xc09b);
    cpu_sync(m.cpu);
}

START_TEST(test_mode_pvh_entry_reaches_64_bit_code)
{
    /*
     * mov eax,cr4; or eax,PAE; mov cr4,eax; mov eax,AT_PML4; mov cr3,eax;
     * mov ecx,EFER; rdmsr; or eax,LME; wrmsr; mov eax,cr0; or eax,PG;
     * mov cr0,eax; push 8; push AT_CODE+0x30; retf
     */
    static const uint8_t code[] = {
        0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0, 0xb8,
        0x00, 0x10, 0x00, 0x00, 0x0f, 0x22, 0xd8, 0xb9, 0x80, 0x00,
        0x00, 0xc0, 0x0f, 0x32, 0x0d, 0x00, 0x01, 0x00, 0x00, 0x0f,
        0x30, 0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f,
        0x22, 0xc0, 0x6a, 0x08, 0x68, 0x30, 0x00, 0x10, 0x00, 0xcb};
    /* mov rax,0x1122334455667788; hlt */
    static const uint8_t wide[] = {0x48, 0xb8, 0x88, 0x77, 0x66, 0x55,
                                   0x44, 0x33, 0x22, 0x11, 0xf4};
    uint8_t image[0x40] = {0};

    memcpy(image, code, sizeof code);
    image[0x2d] = 0x40; /* the 64-bit part starts at + 0x40 */
    enter_pvh();
    machine_put(&m, AT_CODE + 0x40, wide, sizeof wide);
    ck_assert_int_eq(machine_execute(&m, image, sizeof image).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x1122334455667788);
    ck_assert_uint_eq(cpu_state(m.cpu)->efer, EFER_LME | EFER_LMA);
    ck_assert_uint_eq(cpu_state(m.cpu)->seg[SEG_CS].selector, 8);
}
END_TEST

START_TEST(test_mode_32_bit_arithmetic_truncates_addresses)
{
    /* mov ebx,0xfffffff0; mov eax,[ebx+0x200010]; hlt: wraps to AT_DATA */
    static const uint8_t code[] = {0xbb, 0xf0, 0xff, 0xff, 0xff, 0x8b,
                                   0x83, 0x10, 0x00, 0x20, 0x00, 0xf4};

    enter_pvh();
    machine_put64(&m, AT_DATA, 0xfeedface);
    ck_assert_int_eq(machine_execute(&m, code, sizeof code).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0xfeedface);
}
END_TEST

START_TEST(test_syscall_and_sysret_swap_levels_and_save_state)
{
    /* mov eax,7; syscall; mov ebx,eax; ud2 */
    static const uint8_t user[] = {0xb8, 0x07, 0x00, 0x00, 0x00, 0x0f,
                                   0x05, 0x89, 0xc3, 0x0f, 0x0b};
    /* add eax,1; sysretq */
    static const uint8_t kernel[] = {0x83, 0xc0, 0x01, 0x48, 0x0f, 0x07};
    struct cpu_state *s = cpu_state(m.cpu);

    machine_put(&m, AT_SYSCALL, kernel, sizeof kernel);
    machine_enter(&m, 3);
    s->fmask = RFLAGS_IF | RFLAGS_DF;
    s->rflags |= RFLAGS_IF;
    machine_put(&m, AT_CODE, user, sizeof user);
    machine_step(&m, 2);
    ck_assert_uint_eq(s->cpl, 0);
    ck_assert_uint_eq(s->rip, AT_SYSCALL);
    ck_assert_uint_eq(s->gpr[REG_RCX], AT_CODE + 7);
    ck_assert_uint_eq(s->gpr[REG_R11], RFLAGS_FIXED | RFLAGS_IF);
    ck_assert_uint_eq(s->rflags & RFLAGS_IF, 0);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, SEL_KERNEL_CODE);
    ck_assert_uint_eq(s->seg[SEG_SS].selector, SEL_KERNEL_CODE + 8);
    machine_step(&m, 3);
    ck_assert_uint_eq(s->cpl, 3);
    ck_assert_uint_eq(s->gpr[REG_RBX], 8);
    ck_assert_uint_eq(s->rflags & RFLAGS_IF, RFLAGS_IF);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, SEL_USER_CODE);
    ck_assert_uint_eq(s->seg[SEG_SS].selector, SEL_USER_DATA);
    ck_assert_uint_eq(m.counters.value[COUNTER_GUEST_SYSCALL], 1);
    ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS_USER], 3);
    ck_assert_uint_eq(m.ledger.cycles[LEDGER_DELIVERY], 60 + 50);
}
END_TEST

/* However a run is cut: the mode that an instruction ran in counts it. */
START_TEST(test_retired_instructions_belong_to_the_mode_they_ran_in)
{
    /* mov eax,7; syscall; mov ebx,eax; ud2 */
    static const uint8_t user[] = {0xb8, 0x07, 0x00, 0x00, 0x00, 0x0f,
                                   0x05, 0x89, 0xc3, 0x0f, 0x0b};
    /* add eax,1; sysretq */
    static const uint8_t kernel[] = {0x83, 0xc0, 0x01, 0x48, 0x0f, 0x07};

    for (uint64_t step = 1; step <= 5; step++) {
        machine_put(&m, AT_SYSCALL, kernel, sizeof kernel);
        machine_enter(&m, 3);
        machine_put(&m, AT_CODE, user, sizeof user);
        m.counters.value[COUNTER_INSTRUCTIONS] = 0;
        m.counters.value[COUNTER_INSTRUCTIONS_USER] = 0;
        for (uint64_t left = 5; left > 0; left -= step < left ? step : left)
            machine_step(&m, step < left ? step : left);
        ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS], 5);
        ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS_USER], 3);
        /* UD2 faults: nothing of it retires, and its handler is a HLT. */
        machine_step(&m, 1);
        ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS], 6);
        ck_assert_uint_eq(m.counters.value[COUNTER_INSTRUCTIONS_USER], 3);
    }
}
END_TEST

/* Runs `mov crN,rax` once; how many flushes that was. */
static uint64_t flushes_of(unsigned cr, uint64_t value)
{
    uint8_t code[] = {0x0f, 0x22, (uint8_t)(0xc0 | cr << 3)};
    struct cpu_state *s = cpu_state(m.cpu);
    uint64_t before = m.counters.value[COUNTER_TLB_FLUSH_ALL];

    s->rip = AT_CODE;
    s->gpr[REG_RAX] = value;
    machine_put(&m, AT_CODE, code, sizeof code);
    machine_step(&m, 1);
    ck_assert_uint_eq(s->rip, AT_CODE + sizeof code);
    return m.counters.value[COUNTER_TLB_FLUSH_ALL] - before;
}

/* SDM vol. 3, "Operations that Invalidate TLBs ...": MOV to CR0, CR4. */
START_TEST(test_control_writes_invalidate_what_the_manual_says)
{
    uint64_t cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET;
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    machine_enter(&m, 0);
    ck_assert_uint_eq(flushes_of(0, cr0 & ~CR0_WP), 0);
    ck_assert_uint_eq(flushes_of(0, cr0), 0);
    ck_assert_uint_eq(flushes_of(4, cr4 | CR4_TSD), 0);
    ck_assert_uint_eq(flushes_of(4, cr4 & ~CR4_PGE), 1);
    ck_assert_uint_eq(flushes_of(4, cr4), 1);
    ck_assert_uint_eq(flushes_of(4, cr4 | CR4_SMEP), 1);
}
END_TEST

/* Runs `mov crN,rax` or `wrmsr`; true: #GP, and the handler's HLT was next. */
static bool refuses(const uint8_t *code, size_t bytes, uint64_t value,
                    uint32_t msr)
{
    struct cpu_state *s = cpu_state(m.cpu);

    machine_enter(&m, 0);
    s->halted = false;
    s->gpr[REG_RAX] = value;
    s->gpr[REG_RDX] = value >> 32;
    s->gpr[REG_RCX] = msr;
    machine_put(&m, AT_CODE, code, bytes);
    machine_step(&m, 1);
    return machine_halted_in(&m) == VECTOR_GP;
}

START_TEST(test_control_registers_refuse_illegal_values)
{
    static const uint8_t cr0[] = {0x0f, 0x22, 0xc0};
    static const uint8_t cr3[] = {0x0f, 0x22, 0xd8};
    static const uint8_t cr4[] = {0x0f, 0x22, 0xe0};
    static const uint8_t cr8[] = {0x44, 0x0f, 0x22, 0xc0};
    uint64_t good0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET;
    uint64_t good4 = CR4_PAE | CR4_PGE | CR4_OSFXSR;

    ck_assert(!refuses(cr0, 3, good0, 0));
    ck_assert(refuses(cr0, 3, good0 | CR0_NW, 0));
    ck_assert(refuses(cr0, 3, good0 & ~CR0_PE, 0));
    ck_assert(refuses(cr0, 3, good0 & ~CR0_PG, 0)); /* from 64-bit code */
    ck_assert(refuses(cr0, 3, good0 | (uint64_t)1 << 40, 0));
    ck_assert(refuses(cr3, 3, (uint64_t)1 << 60, 0));
    ck_assert(!refuses(cr4, 3, good4 | CR4_SMEP, 0));
    ck_assert(refuses(cr4, 3, good4 & ~CR4_PAE, 0));
    ck_assert(refuses(cr4, 3, good4 | (uint64_t)1 << 18, 0)); /* OSXSAVE */
    ck_assert(refuses(cr8, 4, 16, 0));
}
END_TEST

START_TEST(test_msr_writes_follow_their_rules)
{
    static const uint8_t wrmsr[] = {0x0f, 0x30};
    uint64_t bad = (uint64_t)1 << 63;

    ck_assert(!refuses(wrmsr, 2, 0x1234, 0xc0000102));
    ck_assert_uint_eq(cpu_state(m.cpu)->kernel_gs_base, 0x1234);
    ck_assert(refuses(wrmsr, 2, bad, 0xc0000102)); /* not canonical */
    ck_assert(refuses(wrmsr, 2, 0, 0x12345));      /* no such register */
    ck_assert(refuses(wrmsr, 2, EFER_LME | EFER_LMA | 1 << 15, 0xc0000080));
    ck_assert(refuses(wrmsr, 2, 0, 0xc0000080)); /* LME under paging */
    ck_assert(refuses(wrmsr, 2, 0x0202020202020202, 0x277));
}
END_TEST

START_TEST(test_msr_of_the_apic_leaves_and_completes)
{
    static const uint8_t rdmsr[] = {0x0f, 0x32};
    struct cpu_msr answer;
    struct cpu_event e;

    cpu_state(m.cpu)->gpr[REG_RCX] = 0x802;
    e = machine_execute(&m, rdmsr, sizeof rdmsr);
    ck_assert_int_eq(e.kind, CPU_EVENT_MSR);
    ck_assert_uint_eq(e.msr.index, 0x802);
    ck_assert(!e.msr.write);
    answer = e.msr;
    answer.value = 0x1122334455667788;
    cpu_complete_msr(m.cpu, &answer);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x55667788);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RDX], 0x11223344);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE + 2);
}
END_TEST

START_TEST(test_cpuid_claims_what_exists)
{
    uint32_t out[4];

    cpu_cpuid(m.cpu, 0, 0, out);
    ck_assert_mem_eq(&out[1], "Genu", 4);
    cpu_cpuid(m.cpu, 1, 0, out);
    ck_assert_uint_eq(out[0], 0x506e3);
    ck_assert_uint_eq(out[2] >> 13 & 1, 1); /* CMPXCHG16B */
    ck_assert_uint_eq(out[2] >> 21 & 1, 0); /* x2APIC */
    ck_assert_uint_eq(out[2] & 1, 0);       /* SSE3 */
    ck_assert_uint_eq(out[2] >> 28 & 1, 0); /* AVX */
    ck_assert_uint_eq(out[2] >> 31 & 1, 0); /* no hypervisor */
    ck_assert_uint_eq(out[3] >> 26 & 1, 1); /* SSE2 */
    cpu_cpuid(m.cpu, 0x15, 0, out);
    ck_assert_uint_eq((uint64_t)out[2] * out[1] / out[0], 3600000000);
    cpu_cpuid(m.cpu, 0x80000001, 0, out);
    ck_assert_uint_eq(out[3] >> 29 & 1, 1); /* long mode */
    cpu_cpuid(m.cpu, 0x80000002, 0, out);
    ck_assert_mem_eq(out, "Test CPU", 9);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("modes");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_mode_pvh_entry_reaches_64_bit_code);
    tcase_add_test(t, test_mode_32_bit_arithmetic_truncates_addresses);
    tcase_add_test(t, test_syscall_and_sysret_swap_levels_and_save_state);
    tcase_add_test(t, test_retired_instructions_belong_to_the_mode_they_ran_in);
    tcase_add_test(t, test_control_writes_invalidate_what_the_manual_says);
    tcase_add_test(t, test_control_registers_refuse_illegal_values);
    tcase_add_test(t, test_msr_writes_follow_their_rules);
    tcase_add_test(t, test_msr_of_the_apic_leaves_and_completes);
    tcase_add_test(t, test_cpuid_claims_what_exists);
    return machine_main(t, "modes");
}
