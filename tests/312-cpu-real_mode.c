/*
 * 312-cpu-real_mode.c - claim: real mode addresses by paragraphs within limits
 * of 64 KiB, delivers through its vector table without error codes, keeps the
 * limits that protected mode has loaded, and leads to protected mode and back
 * with the code segment that it had until a far jump.
 *
 * Intel SDM vol. 3, "8086 Emulation", "Mode Switching".
 */
#include "tests/legacy_fixture.h"

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
    legacy_real(&m);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static int run_real(const uint8_t *code, size_t bytes)
{
    machine_put(&m, AT_REAL_CODE, code, bytes);
    machine_run(&m);
    return machine_halted_in(&m);
}

START_TEST(test_real_mode_addresses_are_paragraphs_plus_offset)
{
    /*
     * mov $0x2345,%ax; mov %ax,%es; mov $0x1234,%bx; movw
     * $0xbeef,%es:0x10(%bx); mov %es:0x1244,%cx; hlt
     */
    static const uint8_t code[] = {0xb8, 0x45, 0x23, 0x8e, 0xc0, 0xbb, 0x34,
                                   0x12, 0x26, 0xc7, 0x47, 0x10, 0xef, 0xbe,
                                   0x26, 0x8b, 0x0e, 0x44, 0x12, 0xf4};

    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq(s->seg[SEG_ES].base, 0x23450);
    ck_assert_uint_eq(machine_get64(&m, 0x23450 + 0x1244) & 0xffff, 0xbeef);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 0xbeef);
}
END_TEST

START_TEST(test_real_mode_16_bit_offsets_wrap)
{
    /* mov $0xfff0,%bx; movb $0x5a,0x20(%bx); hlt */
    static const uint8_t code[] = {0xbb, 0xf0, 0xff, 0xc6,
                                   0x47, 0x20, 0x5a, 0xf4};

    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq(machine_get64(&m, AT_REAL_DATA + 0x10) & 0xff, 0x5a);
}
END_TEST

START_TEST(test_real_mode_word_across_64k_is_gp_and_on_stack_ss)
{
    /* mov 0xffff,%ax */
    static const uint8_t data[] = {0xa1, 0xff, 0xff};
    /* mov $1,%sp; push %ax */
    static const uint8_t stack[] = {0xbc, 0x01, 0x00, 0x50};

    ck_assert_int_eq(run_real(data, sizeof data), VECTOR_GP);
    /* no error code: IP, CS, FLAGS */
    ck_assert_uint_eq(s->gpr[REG_RSP], 0xfff0 - 6);
    ck_assert_uint_eq(legacy_frame(&m, 2, 0), 0);
    ck_assert_uint_eq(legacy_frame(&m, 2, 1), 0x1000);
    legacy_real(&m);
    machine_put(&m, AT_REAL_CODE, stack, sizeof stack);
    /* #SS cannot push either: double fault, then shutdown */
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_SHUTDOWN);
}
END_TEST

START_TEST(test_real_mode_32_bit_offset_beyond_limit_is_gp)
{
    /* mov $0x10000,%ebx; mov (%ebx),%al */
    static const uint8_t code[] = {0x66, 0xbb, 0x00, 0x00, 0x01,
                                   0x00, 0x67, 0x8a, 0x03};

    ck_assert_int_eq(run_real(code, sizeof code), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 2, 0), 6);
}
END_TEST

START_TEST(test_real_mode_interrupt_and_iret_keep_flags)
{
    /* sti; stc; int $0x40; mov $7,%bx; hlt */
    static const uint8_t code[] = {0xfb, 0xf9, 0xcd, 0x40,
                                   0xbb, 0x07, 0x00, 0xf4};
    /* clc; mov $9,%cx; iret */
    static const uint8_t handler[] = {0xf8, 0xb9, 0x09, 0x00, 0xcf};

    machine_put(&m, AT_HANDLERS + 16 * 0x40, handler, sizeof handler);
    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBX], 7);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 9);
    ck_assert_uint_eq(s->rflags & (RFLAGS_IF | RFLAGS_CF),
                      RFLAGS_IF | RFLAGS_CF);
    ck_assert_uint_eq(s->gpr[REG_RSP], 0xfff0);
    ck_assert_uint_eq(s->seg[SEG_CS].base, 0x10000);
}
END_TEST

START_TEST(test_real_mode_divide_error_returns_to_the_instruction)
{
    /* sti; xor %cx,%cx; div %cx */
    static const uint8_t code[] = {0xfb, 0x31, 0xc9, 0xf7, 0xf1};

    ck_assert_int_eq(run_real(code, sizeof code), VECTOR_DE);
    ck_assert_uint_eq(legacy_frame(&m, 2, 0), 3);
    ck_assert_uint_eq(legacy_frame(&m, 2, 2) & RFLAGS_IF, RFLAGS_IF);
    ck_assert_uint_eq(s->rflags & RFLAGS_IF, 0);
}
END_TEST

START_TEST(test_real_mode_far_call_and_return)
{
    /* lcall $0x2000,$0x100; mov $3,%dx; hlt */
    static const uint8_t code[] = {0x9a, 0x00, 0x01, 0x00, 0x20,
                                   0xba, 0x03, 0x00, 0xf4};
    /* mov $5,%si; lret $2 */
    static const uint8_t callee[] = {0xbe, 0x05, 0x00, 0xca, 0x02, 0x00};

    machine_put(&m, AT_REAL_DATA + 0x100, callee, sizeof callee);
    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RSI], 5);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 3);
    ck_assert_uint_eq(s->gpr[REG_RSP], 0xfff2);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, 0x1000);
}
END_TEST

START_TEST(test_real_mode_short_jump_beyond_64k_wraps_in_ip)
{
    /* at 1000:fff0, ahead by 0x20: IP is 16 bits wide */
    /* jmp .+0x22 */
    static const uint8_t jump[] = {0xeb, 0x20};
    /* hlt */
    static const uint8_t end[] = {0xf4};

    machine_put(&m, AT_REAL_CODE + 0xfff0, jump, sizeof jump);
    machine_put(&m, AT_REAL_CODE + 0x12, end, sizeof end);
    s->rip = 0xfff0;
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    ck_assert_uint_eq(s->rip, 0x13);
}
END_TEST

START_TEST(test_real_mode_running_past_64k_is_gp)
{
    /* nop; nop */
    static const uint8_t code[] = {0x90, 0x90};

    machine_put(&m, AT_REAL_CODE + 0xfffe, code, sizeof code);
    s->rip = 0xfffe;
    machine_run(&m);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
}
END_TEST

START_TEST(test_real_mode_refuses_protected_mode_instructions)
{
    static const uint8_t codes[][3] = {
        {0x0f, 0x00, 0xc0}, /* sldt ax */
        {0x0f, 0x00, 0xc8}, /* str ax */
        {0x0f, 0x00, 0xd0}, /* lldt ax */
        {0x0f, 0x00, 0xd8}, /* ltr ax */
        {0x0f, 0x00, 0xe0}, /* verr ax */
        {0x0f, 0x00, 0xe8}, /* verw ax */
        {0x0f, 0x02, 0xc3}, /* lar ax,bx */
        {0x0f, 0x03, 0xc3}, /* lsl ax,bx */
        {0x63, 0xc3, 0x90}, /* arpl bx,ax */
        {0x0f, 0xff, 0xc0}, /* ud0 */
    };

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        legacy_real(&m);
        ck_assert_int_eq(run_real(codes[i], 3), VECTOR_UD);
    }
}
END_TEST

/* A descriptor table register for `lgdt 0`, in 2000:0000. */
static void put_gdtr(void)
{
    const uint8_t image[6] = {L_COUNT * 8 - 1, 0, AT_GDT & 0xff, AT_GDT >> 8};

    legacy_tables(&m);
    machine_put(&m, AT_REAL_DATA, image, sizeof image);
}

START_TEST(test_real_mode_keeps_limits_of_protected_mode)
{
    /* big segments for DS, then real mode again: "unreal" */
    /*
     * lgdtl 0; mov %cr0,%eax; or $1,%al; mov %eax,%cr0; mov $0x10,%bx; mov
     * %bx,%ds; and $0xfe,%al; mov %eax,%cr0; xor %bx,%bx; mov %bx,%ds; mov
     * $0x200000,%edi; movl $0xfeedface,(%edi); hlt
     */
    static const uint8_t code[] = {
        0x66, 0x0f, 0x01, 0x16, 0x00, 0x00, 0x0f, 0x20, 0xc0, 0x0c, 0x01,
        0x0f, 0x22, 0xc0, 0xbb, 0x10, 0x00, 0x8e, 0xdb, 0x24, 0xfe, 0x0f,
        0x22, 0xc0, 0x31, 0xdb, 0x8e, 0xdb, 0x66, 0xbf, 0x00, 0x00, 0x20,
        0x00, 0x67, 0x66, 0xc7, 0x07, 0xce, 0xfa, 0xed, 0xfe, 0xf4};

    put_gdtr();
    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq(legacy_get32(&m, 0x200000), 0xfeedface);
    ck_assert_uint_eq(s->seg[SEG_DS].limit, 0xffffffff);
    ck_assert_uint_eq(s->cr0 & CR0_PE, 0);
}
END_TEST

START_TEST(test_real_mode_to_protected_and_back_as_kernels_do_it)
{
    /* until the far jump, code runs in the real-mode segment */
    /*
     * lgdtl 0; mov %cr0,%eax; inc %ax; mov %eax,%cr0; mov %cs,%si; ljmpl
     * $0x08,$0x10040
     */
    static const uint8_t code[] = {
        0x66, 0x0f, 0x01, 0x16, 0x00, 0x00, 0x0f, 0x20, 0xc0, 0x40, 0x0f, 0x22,
        0xc0, 0x8c, 0xce, 0x66, 0xea, 0x40, 0x00, 0x01, 0x00, 0x08, 0x00};
    /* 32-bit, flat; then 16-bit segments at base 0x20000, then real mode */
    /*
     * mov $0x10,%ax; mov %ax,%ds; movl $0x11223344,0x200000; ljmp
     * $0x38,$0x200
     */
    static const uint8_t wide[] = {
        0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0xc7, 0x05, 0x00, 0x00, 0x20, 0x00,
        0x44, 0x33, 0x22, 0x11, 0xea, 0x00, 0x02, 0x00, 0x00, 0x38, 0x00};
    /*
     * mov $0x40,%ax; mov %ax,%ds; mov %cr0,%eax; and $0xfe,%al; mov
     * %eax,%cr0; ljmp $0x2000,$0x220
     */
    static const uint8_t narrow[] = {0xb8, 0x40, 0x00, 0x8e, 0xd8, 0x0f,
                                     0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22,
                                     0xc0, 0xea, 0x20, 0x02, 0x00, 0x20};
    /* mov $0x2000,%ax; mov %ax,%ds; mov $0x77,%bx; hlt */
    static const uint8_t real[] = {0xb8, 0x00, 0x20, 0x8e, 0xd8,
                                   0xbb, 0x77, 0x00, 0xf4};

    put_gdtr();
    machine_put(&m, AT_REAL_CODE + 0x40, wide, sizeof wide);
    machine_put(&m, AT_REAL_DATA + 0x200, narrow, sizeof narrow);
    machine_put(&m, AT_REAL_DATA + 0x220, real, sizeof real);
    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RSI], 0x1000);
    ck_assert_uint_eq(legacy_get32(&m, 0x200000), 0x11223344);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBX], 0x77);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, 0x2000);
    ck_assert_uint_eq(s->seg[SEG_DS].base, 0x20000);
    ck_assert_uint_eq(s->seg[SEG_DS].limit, 0xffff);
}
END_TEST

START_TEST(test_real_mode_enter_leave_pusha_popa_in_16_bits)
{
    /*
     * mov $0x1111,%bp; enter $8,$0; mov %sp,%dx; leave; pusha; mov $0,%ax;
     * mov $0,%bp; popa; hlt
     */
    static const uint8_t code[] = {0xbd, 0x11, 0x11, 0xc8, 0x08, 0x00, 0x00,
                                   0x89, 0xe2, 0xc9, 0x60, 0xb8, 0x00, 0x00,
                                   0xbd, 0x00, 0x00, 0x61, 0xf4};

    ck_assert_int_eq(run_real(code, sizeof code), -1);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 0xfff0 - 2 - 8);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBP], 0x1111);
    ck_assert_uint_eq(s->gpr[REG_RSP], 0xfff0);
}
END_TEST

START_TEST(test_reset_starts_at_the_top_and_sipi_at_its_vector)
{
    cpu_reset(m.cpu);
    ck_assert_uint_eq(s->rip, 0xfff0);
    ck_assert_uint_eq(s->seg[SEG_CS].base, 0xffff0000);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, 0xf000);
    s->lstar = 0x1234;
    s->xmm[3].u64[0] = 5;
    s->gpr[REG_RBX] = 9;
    s->cr0 |= CR0_PE;
    s->apic_base &= ~(uint64_t)0x100; /* not the bootstrap processor */
    cpu_init_signal(m.cpu);
    ck_assert(s->wait_for_startup);
    ck_assert_uint_eq(s->cr0, CR0_ET | CR0_NW | CR0_CD);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0);
    ck_assert_uint_eq(s->lstar, 0x1234);
    ck_assert_uint_eq(s->xmm[3].u64[0], 5);
    cpu_startup(m.cpu, 0x9a);
    ck_assert(!s->wait_for_startup);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, 0x9a00);
    ck_assert_uint_eq(s->seg[SEG_CS].base, 0x9a000);
    ck_assert_uint_eq(s->rip, 0);
}
END_TEST

START_TEST(test_init_starts_the_bootstrap_processor_at_the_top_again)
{
    cpu_reset(m.cpu);
    cpu_startup(m.cpu, 0x9a);
    s->gpr[REG_RBX] = 9;
    cpu_init_signal(m.cpu);
    ck_assert(!s->wait_for_startup);
    ck_assert_uint_eq(s->rip, 0xfff0);
    ck_assert_uint_eq(s->seg[SEG_CS].base, 0xffff0000);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("real mode");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_real_mode_addresses_are_paragraphs_plus_offset);
    tcase_add_test(t, test_real_mode_16_bit_offsets_wrap);
    tcase_add_test(t, test_real_mode_word_across_64k_is_gp_and_on_stack_ss);
    tcase_add_test(t, test_real_mode_32_bit_offset_beyond_limit_is_gp);
    tcase_add_test(t, test_real_mode_interrupt_and_iret_keep_flags);
    tcase_add_test(t, test_real_mode_divide_error_returns_to_the_instruction);
    tcase_add_test(t, test_real_mode_far_call_and_return);
    tcase_add_test(t, test_real_mode_short_jump_beyond_64k_wraps_in_ip);
    tcase_add_test(t, test_real_mode_running_past_64k_is_gp);
    tcase_add_test(t, test_real_mode_refuses_protected_mode_instructions);
    tcase_add_test(t, test_real_mode_keeps_limits_of_protected_mode);
    tcase_add_test(t, test_real_mode_to_protected_and_back_as_kernels_do_it);
    tcase_add_test(t, test_real_mode_enter_leave_pusha_popa_in_16_bits);
    tcase_add_test(t, test_reset_starts_at_the_top_and_sipi_at_its_vector);
    tcase_add_test(t,
                   test_init_starts_the_bootstrap_processor_at_the_top_again);
    return machine_main(t, "real mode");
}
