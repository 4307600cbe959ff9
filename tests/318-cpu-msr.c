/*
 * 318-cpu-msr.c - claim: the registers that kernels probe are there with their
 * rules, by vendor; what is not there raises #GP; UMIP, FS and GS bases, the
 * port bitmap, 57-bit addresses and SYSCALL from compatibility mode follow
 * the manuals.
 *
 * Intel SDM vol. 4, "Model-Specific Registers"; vol. 3, "Memory Type Range
 * Registers", "Machine-Check MSRs", "I/O Permission Bit Map"; AMD APM vol. 2,
 * "Fast System Call and Return".
 */
#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/segment.h"
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

/* WRMSR at CPL 0: true if it retired. */
static bool writes(uint32_t index, uint64_t value)
{
    static const uint8_t wrmsr[] = {0x0f, 0x30};

    machine_enter(&m, 0);
    s->halted = false;
    s->gpr[REG_RAX] = value;
    s->gpr[REG_RDX] = value >> 32;
    s->gpr[REG_RCX] = index;
    machine_put(&m, AT_CODE, wrmsr, sizeof wrmsr);
    machine_step(&m, 1);
    return s->rip == AT_CODE + 2;
}

/* RDMSR: its value; ~0 if it faulted. */
static uint64_t reads(uint32_t index)
{
    static const uint8_t rdmsr[] = {0x0f, 0x32};

    machine_enter(&m, 0);
    s->halted = false;
    s->gpr[REG_RCX] = index;
    machine_put(&m, AT_CODE, rdmsr, sizeof rdmsr);
    machine_step(&m, 1);
    if (s->rip != AT_CODE + 2)
        return ~(uint64_t)0;
    return s->gpr[REG_RDX] << 32 | (uint32_t)s->gpr[REG_RAX];
}

START_TEST(test_msr_mtrrs_take_legal_types_only)
{
    ck_assert_uint_eq(reads(0xfe), 0x508);
    ck_assert(writes(0x200, 0x80000006));
    ck_assert(writes(0x201, 0x3fff80000800));
    ck_assert_uint_eq(reads(0x200), 0x80000006);
    ck_assert_uint_eq(reads(0x201), 0x3fff80000800);
    ck_assert(writes(0x20f, 0));
    ck_assert(!writes(0x210, 0));
    ck_assert(!writes(0x200, 0x80000002));        /* no such type */
    ck_assert(!writes(0x200, 0x80000106));        /* reserved bits */
    ck_assert(!writes(0x201, (uint64_t)1 << 46)); /* beyond MAXPHYADDR */
    ck_assert(writes(0x250, 0x0606060606060606));
    ck_assert(writes(0x259, 0x0001040506000104));
    ck_assert(!writes(0x26f, 0x07));
    ck_assert_uint_eq(reads(0x259), 0x0001040506000104);
    ck_assert(writes(0x2ff, 0xc06));
    ck_assert(!writes(0x2ff, 0x1000));
    ck_assert(!writes(0xfe, 0));
}
END_TEST

START_TEST(test_msr_machine_check_banks)
{
    ck_assert_uint_eq(reads(0x179), 0x100 | MCA_BANKS);
    ck_assert(writes(0x400, ~(uint64_t)0));
    ck_assert_uint_eq(reads(0x400), ~(uint64_t)0);
    ck_assert(writes(0x401, 0));
    ck_assert(!writes(0x401, 1));
    ck_assert(!writes(0x403, 5));
    ck_assert(writes(0x17a, 0));
    ck_assert(!writes(0x400 + 4 * MCA_BANKS, 0));
}
END_TEST

START_TEST(test_msr_of_intels_cpus)
{
    ck_assert_uint_ge(reads(0x8b) >> 32, 0x2000014);
    ck_assert(writes(0x8b, 0));
    ck_assert_uint_eq(reads(0x17), 0);
    ck_assert_uint_eq(reads(0x3a), 1); /* locked */
    ck_assert(!writes(0x3a, 5));
    ck_assert(writes(0x1d9, 2));
    ck_assert(!writes(0x1d9, 0x100));
    ck_assert_uint_eq(reads(0xc0010015), ~(uint64_t)0); /* AMD's */
    ck_assert_uint_eq(reads(0x12345), ~(uint64_t)0);
}
END_TEST

START_TEST(test_msr_of_amds_cpus)
{
    memcpy(m.cpu->config.vendor, "AuthenticAMD", 13);
    ck_assert_uint_eq(reads(0xc0010015), 0);
    ck_assert(writes(0xc0010015, 0x40010));
    ck_assert(writes(0x401, 1)); /* McStatusWrEn is set */
    ck_assert(writes(0xc0011029, 2));
    ck_assert_uint_eq(reads(0xc0011029), 2);
    ck_assert_uint_eq(reads(0x3a), ~(uint64_t)0);
    ck_assert_uint_eq(reads(0x1a0), ~(uint64_t)0);
}
END_TEST

START_TEST(test_umip_keeps_tables_from_user_programs)
{
    static const uint8_t codes[][4] = {
        {0x0f, 0x01, 0x04, 0x24},  /* sgdt [rsp] */
        {0x0f, 0x01, 0x0c, 0x24},  /* sidt */
        {0x0f, 0x00, 0xc0, 0x90},  /* sldt eax */
        {0x0f, 0x00, 0xc8, 0x90},  /* str eax */
        {0x0f, 0x01, 0xe0, 0x90}}; /* smsw eax */

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        for (unsigned umip = 0; umip < 2; umip++) {
            machine_enter(&m, 3);
            s->halted = false;
            s->gpr[REG_RSP] = AT_STACK - 64;
            s->cr4 |= umip ? CR4_UMIP : 0;
            machine_put(&m, AT_CODE, codes[i], 4);
            machine_step(&m, 1);
            ck_assert_uint_eq(s->cpl, umip ? 0 : 3);
            ck_assert_int_eq(machine_halted_in(&m) == VECTOR_GP, umip);
        }
    }
}
END_TEST

START_TEST(test_segment_bases_by_instruction)
{
    /* wrfsbase %rax; wrgsbase %ecx; rdfsbase %rbx; rdgsbase %edx; hlt */
    static const uint8_t code[] = {0xf3, 0x48, 0x0f, 0xae, 0xd0, 0xf3, 0x0f,
                                   0xae, 0xd9, 0xf3, 0x48, 0x0f, 0xae, 0xc3,
                                   0xf3, 0x0f, 0xae, 0xca, 0xf4};

    s->gpr[REG_RAX] = 0x7fff12345678;
    s->gpr[REG_RCX] = 0xffffffff80000000;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD); /* CR4.FSGSBASE */
    m.cpu->features = ~(uint64_t)0;
    machine_enter(&m, 0);
    s->halted = false;
    s->cr4 |= CR4_FSGSBASE;
    cpu_code_written(m.cpu, hpa_to_hfn(hpa(AT_CODE)));
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), -1);
    ck_assert_uint_eq(s->seg[SEG_FS].base, 0x7fff12345678);
    ck_assert_uint_eq(s->seg[SEG_GS].base, 0x80000000);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x7fff12345678);
    ck_assert_uint_eq(s->gpr[REG_RDX], 0x80000000);
    machine_enter(&m, 0);
    s->halted = false;
    s->cr4 |= CR4_FSGSBASE;
    s->gpr[REG_RAX] = (uint64_t)1 << 63;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
}
END_TEST

START_TEST(test_ports_ask_the_bitmap_of_the_tss)
{
    /* in %dx,%ax */
    static const uint8_t code[] = {0x66, 0xed};
    static const struct {
        unsigned limit, base, port;
        uint64_t bits;
        bool allowed;
    } cases[] = {
        {0x67, 0x68, 0x10, 0, false},    {0x6b, 0x68, 0x10, 0, true},
        {0x6a, 0x68, 0x10, 0, false},    {0x6b, 0x68, 0x10, 1, false},
        {0x6b, 0x68, 0x10, 2, false},    {0x6b, 0x68, 0x10, 4, true},
        {0x6b, 0x68, 0x17, 0x80, false}, {0x6b, 0x68, 0x17, 0x100, false},
        {0x66, 0x68, 0x10, 0, false},    {0x6b, 0xffff, 0x10, 0, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint16_t base = (uint16_t)cases[i].base;

        machine_enter(&m, 3);
        s->halted = false;
        s->tr.limit = cases[i].limit;
        s->gpr[REG_RDX] = cases[i].port;
        machine_put(&m, AT_TSS + 0x66, &base, 2);
        machine_put64(&m, AT_TSS + 0x68 + 2, cases[i].bits);
        machine_put(&m, AT_CODE, code, sizeof code);
        ck_assert_int_eq(machine_run(&m).kind,
                         cases[i].allowed ? CPU_EVENT_PORT : CPU_EVENT_HALT);
        if (!cases[i].allowed)
            ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    }
}
END_TEST

START_TEST(test_canonical_addresses_have_57_bits_with_la57)
{
    /* mov (%rax),%ebx */
    static const uint8_t code[] = {0x8b, 0x18};

    for (unsigned wide = 0; wide < 2; wide++) {
        machine_enter(&m, 0);
        s->halted = false;
        s->cr0 &= ~CR0_PG; /* no walk: the check alone */
        s->cr4 |= wide ? CR4_LA57 : 0;
        s->gpr[REG_RAX] = (uint64_t)1 << 50;
        cpu_sync(m.cpu);
        ck_assert_int_eq(cpu_canonical(m.cpu, (uint64_t)1 << 50), wide);
        ck_assert(cpu_canonical(m.cpu, (uint64_t)1 << 46));
        ck_assert(!cpu_canonical(m.cpu, (uint64_t)1 << 56));
        ck_assert(cpu_canonical(m.cpu, ~(uint64_t)0 << 47));
        ck_assert_int_eq(cpu_canonical(m.cpu, ~(uint64_t)0 << 56), wide);
    }
    machine_enter(&m, 0);
    s->gpr[REG_RAX] = (uint64_t)1 << 50;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
}
END_TEST

/* 32-bit user code under a 64-bit kernel. */
static void enter_compat(void)
{
    machine_enter(&m, 3);
    s->halted = false;
    s->seg[SEG_CS] = machine_segment(0x1b, 0xc0fb);
    s->cstar = AT_SYSCALL + 0x100;
    s->gpr[REG_RSP] = AT_STACK;
    cpu_sync(m.cpu);
}

START_TEST(test_compat_mode_syscall_is_amds_and_sysenter_intels)
{
    /* syscall */
    static const uint8_t syscall[] = {0x0f, 0x05};
    /* sysenter */
    static const uint8_t sysenter[] = {0x0f, 0x34};

    s->sysenter_cs = SEL_KERNEL_CODE;
    s->sysenter_eip = AT_SYSCALL + 0x200;
    s->sysenter_esp = AT_KERNEL_STACK;
    enter_compat();
    machine_put(&m, AT_CODE, syscall, sizeof syscall);
    machine_step(&m, 1);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    enter_compat();
    machine_put(&m, AT_CODE, sysenter, sizeof sysenter);
    machine_step(&m, 1);
    ck_assert_uint_eq(s->rip, AT_SYSCALL + 0x200);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_KERNEL_STACK);
    ck_assert_uint_eq(s->seg[SEG_CS].attributes & SEGA_L, SEGA_L);
    memcpy(m.cpu->config.vendor, "AuthenticAMD", 13);
    enter_compat();
    machine_put(&m, AT_CODE, syscall, sizeof syscall);
    machine_step(&m, 1);
    ck_assert_uint_eq(s->rip, AT_SYSCALL + 0x100);
    ck_assert_uint_eq(s->gpr[REG_RCX], AT_CODE + 2);
    enter_compat();
    machine_put(&m, AT_CODE, sysenter, sizeof sysenter);
    machine_step(&m, 1);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
}
END_TEST

START_TEST(test_compat_mode_interrupt_uses_64_bit_frames)
{
    /* mov $0x12345678,%esi; ud2 */
    static const uint8_t code[] = {0xbe, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x0b};

    enter_compat();
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    ck_assert_uint_eq(frame(0), AT_CODE + 5);
    ck_assert_uint_eq(frame(1), 0x1b);
    ck_assert_uint_eq(frame(3), AT_STACK);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_KERNEL_STACK - 40);
}
END_TEST

START_TEST(test_long_mode_has_no_task_switches_and_no_v86)
{
    /* pushf; orl $0x4000,(%rsp); popf; iretq */
    static const uint8_t nested[] = {0x9c, 0x81, 0x0c, 0x24, 0x00, 0x40,
                                     0x00, 0x00, 0x9d, 0x48, 0xcf};
    /* ljmp *0x200000 */
    static const uint8_t jump[] = {0xff, 0x2c, 0x25, 0x00, 0x00, 0x20, 0x00};
    const uint8_t pointer[6] = {0, 0, 0, 0, SEL_TSS, 0};

    machine_execute(&m, nested, sizeof nested);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 0);
    machine_enter(&m, 0);
    s->halted = false;
    s->rflags = RFLAGS_FIXED;
    machine_put(&m, AT_DATA, pointer, sizeof pointer);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(frame(0), SEL_TSS);
}
END_TEST

START_TEST(test_undefined_opcodes_and_rsm_are_ud)
{
    static const uint8_t codes[][3] = {
        {0x0f, 0x0b, 0x90}, /* ud2 */
        {0x0f, 0xb9, 0xc0}, /* ud1 */
        {0x0f, 0xff, 0xc0}, /* ud0 */
        {0x0f, 0xaa, 0x90}, /* rsm */
        {0x0f, 0x37, 0x90}, /* getsec */
        {0x0f, 0x01, 0xc8}, /* monitor: not claimed */
        {0x0f, 0x01, 0xc9}, /* mwait */
    };

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        machine_enter(&m, 0);
        s->halted = false;
        machine_execute(&m, codes[i], 3);
        ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("msr");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_msr_mtrrs_take_legal_types_only);
    tcase_add_test(t, test_msr_machine_check_banks);
    tcase_add_test(t, test_msr_of_intels_cpus);
    tcase_add_test(t, test_msr_of_amds_cpus);
    tcase_add_test(t, test_umip_keeps_tables_from_user_programs);
    tcase_add_test(t, test_segment_bases_by_instruction);
    tcase_add_test(t, test_ports_ask_the_bitmap_of_the_tss);
    tcase_add_test(t, test_canonical_addresses_have_57_bits_with_la57);
    tcase_add_test(t, test_compat_mode_syscall_is_amds_and_sysenter_intels);
    tcase_add_test(t, test_compat_mode_interrupt_uses_64_bit_frames);
    tcase_add_test(t, test_long_mode_has_no_task_switches_and_no_v86);
    tcase_add_test(t, test_undefined_opcodes_and_rsm_are_ud);
    return machine_main(t, "msr");
}
