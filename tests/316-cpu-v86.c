/*
 * 316-cpu-v86.c - claim: virtual-8086 mode runs 16-bit code at privilege 3
 * under a monitor: IOPL-sensitive instructions, ports and interrupts go where
 * the manual says, with the frame of nine words and null segments.
 *
 * Intel SDM vol. 3, "Virtual-8086 Mode", "Interrupt and Exception Handling in
 * Virtual-8086 Mode"; CPUID claims no VME.
 */
#include "tests/legacy_fixture.h"

static struct machine m;
static struct cpu_state *s;

static unsigned open_gate; /* a vector whose gate has DPL 3; 0: none */

enum { V86_CODE = 0x10000, V86_STACK = 0x8000 };

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
    open_gate = 0;
    legacy_protected(&m, 0);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

/* An IRET to 1000:0000 with the given IOPL comes next. */
static void enter_v86(const uint8_t *code, size_t bytes, unsigned iopl)
{
    static const uint8_t iret[] = {0xcf};
    const uint32_t frame[9] = {
        0,
        0x1000,
        (uint32_t)(RFLAGS_VM | RFLAGS_FIXED | RFLAGS_IF) | iopl << 12,
        V86_STACK,
        0x3000,
        0x2000,
        0x2100,
        0x2200,
        0x2300};

    legacy_protected(&m, 0);
    if (open_gate)
        machine_put64(
            &m, AT_IDT + 8 * open_gate,
            legacy_gate(L_CODE, AT_HANDLERS + 16 * open_gate, 14, 3, 0));
    s->gpr[REG_RSP] = AT_STACK - sizeof frame;
    machine_put(&m, AT_STACK - sizeof frame, frame, sizeof frame);
    machine_put(&m, V86_CODE, code, bytes);
    machine_put(&m, AT_CODE, iret, sizeof iret);
}

static int run_v86(const uint8_t *code, size_t bytes, unsigned iopl)
{
    enter_v86(code, bytes, iopl);
    machine_run(&m);
    return machine_halted_in(&m);
}

static uint32_t frame(unsigned word)
{
    return legacy_frame(&m, 4, word);
}

START_TEST(test_v86_entry_loads_paragraphs_and_traps_with_nine_words)
{
    /* mov %es,%ax; mov %ds,%bx; mov %fs,%cx; mov %gs,%dx; movw $0x55,4; ud2 */
    static const uint8_t code[] = {0x8c, 0xc0, 0x8c, 0xdb, 0x8c, 0xe1,
                                   0x8c, 0xea, 0xc7, 0x06, 0x04, 0x00,
                                   0x55, 0x00, 0x0f, 0x0b};

    ck_assert_int_eq(run_v86(code, sizeof code, 0), VECTOR_UD);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], 0x2000);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBX], 0x2100);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 0x2200);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 0x2300);
    ck_assert_uint_eq(legacy_get32(&m, 0x21004) & 0xffff, 0x55);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_KERNEL_STACK - 36);
    ck_assert_uint_eq(frame(0), sizeof code - 2);
    ck_assert_uint_eq(frame(1), 0x1000);
    ck_assert_uint_eq(frame(2),
                      RFLAGS_VM | RFLAGS_RF | RFLAGS_IF | RFLAGS_FIXED);
    ck_assert_uint_eq(frame(3), V86_STACK);
    ck_assert_uint_eq(frame(4), 0x3000);
    ck_assert_uint_eq(frame(5), 0x2000);
    ck_assert_uint_eq(frame(6), 0x2100);
    ck_assert_uint_eq(frame(7), 0x2200);
    ck_assert_uint_eq(frame(8), 0x2300);
    ck_assert_uint_eq(s->rflags & RFLAGS_VM, 0);
    ck_assert_uint_eq(s->cpl, 0);
    ck_assert_uint_eq(s->seg[SEG_DS].selector, 0);
    ck_assert_uint_eq(s->seg[SEG_GS].attributes, 0);
}
END_TEST

START_TEST(test_v86_iopl_sensitive_instructions)
{
    static const uint8_t codes[][2] = {
        {0xfa, 0x90}, /* cli */
        {0xfb, 0x90}, /* sti */
        {0x9c, 0x90}, /* pushf */
        {0x9d, 0x90}, /* popf */
        {0xcd, 0x21}, /* int 0x21 */
        {0xcf, 0x90}, /* iret */
    };

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        ck_assert_int_eq(run_v86(codes[i], 2, 0), VECTOR_GP);
        ck_assert_uint_eq(frame(0), 0);
        ck_assert_uint_eq(frame(1), 0);
        ck_assert_uint_eq(frame(2), 0x1000);
    }
}
END_TEST

START_TEST(test_v86_with_iopl_3_handles_its_own_flags)
{
    /*
     * cli; pushf; pop %ax; sti; pushfl; pop %ebx; push $0x1000; push $0x300;
     * pushf; xchgw %ax,%ax; ud2
     */
    static const uint8_t code[] = {0xfa, 0x9c, 0x58, 0xfb, 0x66, 0x9c,
                                   0x66, 0x5b, 0x68, 0x00, 0x10, 0x68,
                                   0x00, 0x03, 0x9c, 0x90, 0x0f, 0x0b};
    /* pushw $0x0202; popf; pushf; pop %ax; ud2 */
    static const uint8_t popf[] = {0x68, 0x02, 0x02, 0x9d,
                                   0x9c, 0x58, 0x0f, 0x0b};

    ck_assert_int_eq(run_v86(code, sizeof code, 3), VECTOR_UD);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], 0x3002);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x3202); /* without VM */
    ck_assert_int_eq(run_v86(popf, sizeof popf, 3), VECTOR_UD);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RAX], 0x3202); /* IOPL stays */
}
END_TEST

START_TEST(test_v86_int_n_with_iopl_3_needs_a_gate_of_dpl_3)
{
    /* int $0x21 */
    static const uint8_t code[] = {0xcd, 0x21};
    /* int3 */
    static const uint8_t breakpoint[] = {0xcc};

    ck_assert_int_eq(run_v86(code, sizeof code, 3), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 0x21 * 8 + 2);
    ck_assert_int_eq(run_v86(breakpoint, sizeof breakpoint, 0), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 3 * 8 + 2);
    open_gate = 0x21;
    ck_assert_int_eq(run_v86(code, sizeof code, 3), 0x21);
    ck_assert_uint_eq(frame(0), sizeof code);
    ck_assert_uint_eq(frame(2) & RFLAGS_RF, 0);
    open_gate = 3; /* INT3 does not ask IOPL */
    ck_assert_int_eq(run_v86(breakpoint, sizeof breakpoint, 0), 3);
}
END_TEST

START_TEST(test_v86_far_transfers_and_segment_loads_check_nothing)
{
    /* lcall $0x1800,$0x10; mov $0xffff,%ax; mov %ax,%ds; movb 0x11,%cl; ud2 */
    static const uint8_t code[] = {0x9a, 0x10, 0x00, 0x00, 0x18, 0xb8,
                                   0xff, 0xff, 0x8e, 0xd8, 0x8a, 0x0e,
                                   0x11, 0x00, 0x0f, 0x0b};
    /* mov $0x77,%si; lret */
    static const uint8_t callee[] = {0xbe, 0x77, 0x00, 0xcb};

    machine_put(&m, 0x18010, callee, sizeof callee);
    machine_put(&m, 0x100001, "\x5a", 1);
    ck_assert_int_eq(run_v86(code, sizeof code, 0), VECTOR_UD);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RSI], 0x77);
    ck_assert_uint_eq(frame(6), 0xffff);
    /* ffff:0011 is in the second megabyte: A20 is on */
    ck_assert_uint_eq(s->gpr[REG_RCX] & 0xff, 0x5a);
}
END_TEST

START_TEST(test_v86_limit_is_64k)
{
    /* movb $1,%es:0xffff; movw $1,%es:0xffff */
    static const uint8_t code[] = {0x26, 0xc6, 0x06, 0xff, 0xff, 0x01, 0x26,
                                   0xc7, 0x06, 0xff, 0xff, 0x01, 0x00};

    ck_assert_int_eq(run_v86(code, sizeof code, 0), VECTOR_GP);
    ck_assert_uint_eq(frame(1), 6);
}
END_TEST

START_TEST(test_v86_ports_ask_the_bitmap_whatever_iopl_says)
{
    /* mov $0x80,%dx; in %dx,%al */
    static const uint8_t code[] = {0xba, 0x80, 0x00, 0xec};

    /* the bitmap lies beyond the limit of the TSS */
    legacy_put32(&m, AT_TSS + 0x64, 0x1000u << 16);
    ck_assert_int_eq(run_v86(code, sizeof code, 3), VECTOR_GP);
    ck_assert_uint_eq(frame(0), 0);
    legacy_put32(&m, AT_TSS + 0x64, 0x68u << 16);
    legacy_put32(&m, AT_TSS + 0x68 + 0x80 / 8, 0);
    ck_assert_int_eq(run_v86(code, sizeof code, 0), -1);
    ck_assert_uint_eq(s->rip, 3); /* waits for the port's answer */
}
END_TEST

START_TEST(test_v86_privileged_instructions_fault)
{
    static const struct {
        uint8_t code[3];
        int vector;
    } cases[] = {
        {{0xf4}, VECTOR_GP},             /* hlt */
        {{0x0f, 0x20, 0xc0}, VECTOR_GP}, /* mov eax,cr0 */
        {{0x0f, 0x06}, VECTOR_GP},       /* clts */
        {{0x0f, 0x32}, VECTOR_GP},       /* rdmsr */
        {{0x0f, 0x00, 0xc0}, VECTOR_UD}, /* sldt */
        {{0x0f, 0x02, 0xc3}, VECTOR_UD}, /* lar */
        {{0x63, 0xc3}, VECTOR_UD},       /* arpl */
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_int_eq(run_v86(cases[i].code, 3, 3), cases[i].vector);
}
END_TEST

START_TEST(test_v86_interrupt_returns_by_iret_with_its_segments)
{
    /* mov $1,%cx; nop; mov %ds,%dx; ud2 */
    static const uint8_t code[] = {0xb9, 0x01, 0x00, 0x90,
                                   0x8c, 0xda, 0x0f, 0x0b};
    /* mov $0x10,%eax; mov %ax,%ds; movl $0x99,0x200000; iret */
    static const uint8_t handler[] = {0xb8, 0x10, 0x00, 0x00, 0x00, 0x8e,
                                      0xd8, 0xc7, 0x05, 0x00, 0x00, 0x20,
                                      0x00, 0x99, 0x00, 0x00, 0x00, 0xcf};

    enter_v86(code, sizeof code, 0);
    machine_put(&m, AT_HANDLERS + 16 * 0x40, handler, sizeof handler);
    machine_step(&m, 2); /* IRET and one instruction */
    ck_assert_uint_eq(s->rflags & RFLAGS_VM, RFLAGS_VM);
    ck_assert(cpu_interruptible(m.cpu));
    cpu_deliver(m.cpu, INJECT_INTERRUPT, 0x40, false, 0);
    ck_assert_uint_eq(s->rflags & RFLAGS_VM, 0);
    machine_run(&m);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_UD);
    ck_assert_uint_eq(legacy_get32(&m, 0x200000), 0x99);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 0x2100);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("v86");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t,
                   test_v86_entry_loads_paragraphs_and_traps_with_nine_words);
    tcase_add_test(t, test_v86_iopl_sensitive_instructions);
    tcase_add_test(t, test_v86_with_iopl_3_handles_its_own_flags);
    tcase_add_test(t, test_v86_int_n_with_iopl_3_needs_a_gate_of_dpl_3);
    tcase_add_test(t, test_v86_far_transfers_and_segment_loads_check_nothing);
    tcase_add_test(t, test_v86_limit_is_64k);
    tcase_add_test(t, test_v86_ports_ask_the_bitmap_whatever_iopl_says);
    tcase_add_test(t, test_v86_privileged_instructions_fault);
    tcase_add_test(t, test_v86_interrupt_returns_by_iret_with_its_segments);
    return machine_main(t, "v86");
}
