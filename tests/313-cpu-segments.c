/*
 * 313-cpu-segments.c - claim: protected mode checks the limit, the type and
 * the privilege of every segment, with the vector and error code of the
 * manual, and 16-bit segments truncate stacks and branches.
 *
 * Intel SDM vol. 3, "Limit Checking", "Type Checking", "Privilege Levels",
 * "Interrupt and Exception Reference".
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

/* Runs code that begins with "mov $SELECTOR,%ax; mov %ax,%es"; the vector. */
static int with_segment(uint16_t selector, const uint8_t *code, size_t bytes)
{
    uint8_t image[64] = {
        0x66, 0xb8, (uint8_t)selector, (uint8_t)(selector >> 8), 0x8e, 0xc0};

    memcpy(image + 6, code, bytes);
    image[6 + bytes] = 0xf4;
    s->halted = false;
    machine_put(&m, AT_CODE, image, 7 + bytes);
    machine_run(&m);
    return machine_halted_in(&m);
}

static uint32_t error_code(void)
{
    return legacy_frame(&m, 4, 0);
}

START_TEST(test_segment_limit_is_exact_to_the_byte)
{
    /* mov %es:0xff,%al */
    static const uint8_t last[] = {0x26, 0xa0, 0xff, 0x00, 0x00, 0x00};
    /* mov %es:0x100,%al */
    static const uint8_t beyond[] = {0x26, 0xa0, 0x00, 0x01, 0x00, 0x00};
    /* mov %es:0xfd,%eax */
    static const uint8_t across[] = {0x26, 0xa1, 0xfd, 0x00, 0x00, 0x00};
    /* mov %es:0xfc,%eax */
    static const uint8_t whole[] = {0x26, 0xa1, 0xfc, 0x00, 0x00, 0x00};

    ck_assert_int_eq(with_segment(L_SMALL, last, sizeof last), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_SMALL, whole, sizeof whole), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_SMALL, beyond, sizeof beyond), VECTOR_GP);
    ck_assert_uint_eq(error_code(), 0);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), AT_CODE + 6);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_SMALL, across, sizeof across), VECTOR_GP);
}
END_TEST

START_TEST(test_segment_expand_down_allows_what_is_above_the_limit)
{
    /* movb $1,%es:0x1000 */
    static const uint8_t above[] = {0x26, 0xc6, 0x05, 0x00,
                                    0x10, 0x00, 0x00, 0x01};
    /* movb $1,%es:0xfff */
    static const uint8_t below[] = {0x26, 0xc6, 0x05, 0xff,
                                    0x0f, 0x00, 0x00, 0x01};
    /* movb $1,%es:0xffff */
    static const uint8_t top16[] = {0x26, 0xc6, 0x05, 0xff,
                                    0xff, 0x00, 0x00, 0x01};
    /* movb $1,%es:0x10000 */
    static const uint8_t over16[] = {0x26, 0xc6, 0x05, 0x00,
                                     0x00, 0x01, 0x00, 0x01};

    ck_assert_int_eq(with_segment(L_DOWN, above, sizeof above), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_DOWN, below, sizeof below), VECTOR_GP);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_DOWN, over16, sizeof over16), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_DOWN16, top16, sizeof top16), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_DOWN16, over16, sizeof over16), VECTOR_GP);
}
END_TEST

START_TEST(test_segment_types_are_checked_on_each_access)
{
    /* mov %es:0x100,%al */
    static const uint8_t read[] = {0x26, 0xa0, 0x00, 0x01, 0x00, 0x00};
    /* mov %al,%es:0x100 */
    static const uint8_t write[] = {0x26, 0xa2, 0x00, 0x01, 0x00, 0x00};
    /* incb %es:0x100 */
    static const uint8_t update[] = {0x26, 0xfe, 0x05, 0x00, 0x01, 0x00, 0x00};
    /* mov $0x100,%edi; stosb */
    static const uint8_t stos[] = {0xbf, 0x00, 0x01, 0x00, 0x00, 0xaa};
    /* mov $0x100,%edi; scasb */
    static const uint8_t scas[] = {0xbf, 0x00, 0x01, 0x00, 0x00, 0xae};

    ck_assert_int_eq(with_segment(L_READ_ONLY, read, sizeof read), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_READ_ONLY, write, sizeof write), VECTOR_GP);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_READ_ONLY, update, sizeof update),
                     VECTOR_GP);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_READ_ONLY, stos, sizeof stos), VECTOR_GP);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_READ_ONLY, scas, sizeof scas), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_CODE, read, sizeof read), -1);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(L_CODE, write, sizeof write), VECTOR_GP);
    legacy_protected(&m, 0);
    ck_assert_int_eq(with_segment(0, read, sizeof read), VECTOR_GP);
    ck_assert_uint_eq(error_code(), 0);
}
END_TEST

START_TEST(test_segment_loads_are_refused_as_the_manual_says)
{
    static const struct {
        uint16_t selector;
        int vector;
    } cases[] = {
        {L_EXEC_ONLY, VECTOR_GP}, {L_ABSENT, VECTOR_NP},
        {L_TSS, VECTOR_GP},       {L_CALL, VECTOR_GP},
        {L_COUNT * 8, VECTOR_GP}, {0x0c, VECTOR_GP}, /* no LDT */
        {L_USER_DATA | 3, -1},    {L_DATA | 3, VECTOR_GP},
        {L_CONFORMING | 3, -1},
    };
    /* nop */
    static const uint8_t nop[] = {0x90};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        legacy_protected(&m, 0);
        ck_assert_int_eq(with_segment(cases[i].selector, nop, sizeof nop),
                         cases[i].vector);
        if (cases[i].vector >= 0)
            ck_assert_uint_eq(error_code(), cases[i].selector & 0xfffcu);
    }
}
END_TEST

START_TEST(test_segment_load_sets_the_accessed_bit)
{
    /* nop */
    static const uint8_t nop[] = {0x90};

    machine_put64(&m, AT_GDT + L_DATA, 0x00cf92000000ffff);
    with_segment(L_DATA, nop, sizeof nop);
    ck_assert_uint_eq(machine_get64(&m, AT_GDT + L_DATA), 0x00cf93000000ffff);
}
END_TEST

START_TEST(test_segment_of_the_ldt)
{
    /*
     * mov $0x90,%ax; lldt %ax; mov $0x0c,%ax; mov %ax,%es; movb
     * $7,%es:0x200000; sldt %bx; hlt
     */
    static const uint8_t code[] = {0x66, 0xb8, 0x90, 0x00, 0x0f, 0x00, 0xd0,
                                   0x66, 0xb8, 0x0c, 0x00, 0x8e, 0xc0, 0x26,
                                   0xc6, 0x05, 0x00, 0x00, 0x20, 0x00, 0x07,
                                   0x66, 0x0f, 0x00, 0xc3, 0xf4};

    ck_assert_int_eq(machine_execute(&m, code, sizeof code).kind,
                     CPU_EVENT_HALT);
    ck_assert_int_eq(machine_halted_in(&m), -1);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RBX], L_LDT);
    ck_assert_uint_eq(legacy_get32(&m, 0x200000) & 0xff, 7);
}
END_TEST

START_TEST(test_stack_segment_checks_are_ss_or_gp)
{
    /* mov $0x68,%ax; mov %ax,%ss; mov $0x102,%esp; push %eax */
    static const uint8_t beyond[] = {0x66, 0xb8, 0x68, 0x00, 0x8e, 0xd0,
                                     0xbc, 0x02, 0x01, 0x00, 0x00, 0x50};
    /* mov $0x88,%ax; mov %ax,%ss */
    static const uint8_t absent[] = {0x66, 0xb8, 0x88, 0x00, 0x8e, 0xd0};
    /* mov $0x50,%ax; mov %ax,%ss */
    static const uint8_t read_only[] = {0x66, 0xb8, 0x50, 0x00, 0x8e, 0xd0};
    /* mov $0x68,%ax; mov %ax,%ss; mov $0x106,%ebp; mov (%ebp),%al */
    static const uint8_t indirect[] = {0x66, 0xb8, 0x68, 0x00, 0x8e,
                                       0xd0, 0xbd, 0x06, 0x01, 0x00,
                                       0x00, 0x8a, 0x45, 0x00};

    /* the handler's frame does not fit either: a task gate would help */
    ck_assert_int_eq(machine_execute(&m, beyond, sizeof beyond).kind,
                     CPU_EVENT_SHUTDOWN);
    legacy_protected(&m, 0);
    ck_assert_int_eq(machine_execute(&m, indirect, sizeof indirect).kind,
                     CPU_EVENT_SHUTDOWN);
    legacy_protected(&m, 0);
    machine_execute(&m, absent, sizeof absent);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_SS);
    ck_assert_uint_eq(error_code(), L_ABSENT);
    legacy_protected(&m, 0);
    machine_execute(&m, read_only, sizeof read_only);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(error_code(), L_READ_ONLY);
}
END_TEST

START_TEST(test_stack_fault_of_a_user_program_is_delivered_inside)
{
    /* push %eax */
    static const uint8_t code[] = {0x50};

    legacy_protected(&m, 3);
    s->seg[SEG_SS].limit = 0xfff;
    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_SS);
    ck_assert_uint_eq(s->gpr[REG_RSP], AT_KERNEL_STACK - 24);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), 0);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), AT_CODE);
    ck_assert_uint_eq(legacy_frame(&m, 4, 2), L_USER_CODE | 3);
    ck_assert_uint_eq(legacy_frame(&m, 4, 4), AT_STACK);
    ck_assert_uint_eq(legacy_frame(&m, 4, 5), L_USER_DATA | 3);
    ck_assert_uint_eq(s->seg[SEG_SS].selector, L_DATA);
}
END_TEST

START_TEST(test_stack_of_16_bits_wraps_and_keeps_the_upper_half)
{
    /*
     * mov $0x40,%ax; mov %ax,%ss; mov $0x12340000,%esp; push $0x55; mov
     * %esp,%ebx; pop %ecx; hlt
     */
    static const uint8_t code[] = {0x66, 0xb8, 0x40, 0x00, 0x8e, 0xd0,
                                   0xbc, 0x00, 0x00, 0x34, 0x12, 0x6a,
                                   0x55, 0x89, 0xe3, 0x59, 0xf4};

    machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(machine_halted_in(&m), -1);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x1234fffc);
    ck_assert_uint_eq(s->gpr[REG_RCX], 0x55);
    ck_assert_uint_eq(s->gpr[REG_RSP], 0x12340000);
    ck_assert_uint_eq(legacy_get32(&m, 0x20000 + 0xfffc), 0x55);
}
END_TEST

START_TEST(test_code_limit_is_checked_at_jump_and_fetch)
{
    /* ljmp $0x38,$0x8000 */
    static const uint8_t jump[] = {0xea, 0x00, 0x80, 0x00, 0x00, 0x38, 0x00};
    /* jmp .+0x10 */
    static const uint8_t target[] = {0xeb, 0x0e};

    /* a jump within the 16-bit segment */
    machine_put(&m, 0x20000 + 0x8000, target, sizeof target);
    machine_put(&m, 0x20000 + 0x8010, "\xf4", 1);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_uint_eq(s->rip, 0x8011);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, L_CODE16);
    /* the same with a limit below the target: the jump itself faults */
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_CODE16, 0x00009b020000800f);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), 0x8000);
    ck_assert_uint_eq(legacy_frame(&m, 4, 2), L_CODE16);
    /* an instruction that straddles the limit is never begun */
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_CODE16, 0x00009b0200008000);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), 0x8000);
    /* far jump beyond the limit: in the old segment */
    legacy_protected(&m, 0);
    machine_put64(&m, AT_GDT + L_CODE16, 0x00009b0200007fff);
    machine_execute(&m, jump, sizeof jump);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(legacy_frame(&m, 4, 1), AT_CODE);
}
END_TEST

START_TEST(test_far_pointer_loads_and_arpl)
{
    /* lds: selector first, then the register; a bad selector changes nothing */
    /*
     * movl $0x11223344,0x200000; movw $0x20,0x200004; les 0x200000,%ebx; mov
     * %es,%cx; hlt
     */
    static const uint8_t good[] = {
        0xc7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x44, 0x33, 0x22, 0x11,
        0x66, 0xc7, 0x05, 0x04, 0x00, 0x20, 0x00, 0x20, 0x00, 0xc4,
        0x1d, 0x00, 0x00, 0x20, 0x00, 0x66, 0x8c, 0xc1, 0xf4};
    /*
     * movl $0x11223344,0x200000; movw $0x58,0x200004; mov $5,%ebx; lfs
     * 0x200000,%ebx
     */
    static const uint8_t bad[] = {
        0xc7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x44, 0x33, 0x22, 0x11, 0x66,
        0xc7, 0x05, 0x04, 0x00, 0x20, 0x00, 0x58, 0x00, 0xbb, 0x05, 0x00,
        0x00, 0x00, 0x0f, 0xb4, 0x1d, 0x00, 0x00, 0x20, 0x00};
    /*
     * mov $0x23,%bx; mov $0x10,%cx; arpl %bx,%cx; setz %dl; arpl %bx,%cx;
     * setz %dh; hlt
     */
    static const uint8_t arpl[] = {0x66, 0xbb, 0x23, 0x00, 0x66, 0xb9, 0x10,
                                   0x00, 0x63, 0xd9, 0x0f, 0x94, 0xc2, 0x63,
                                   0xd9, 0x0f, 0x94, 0xc6, 0xf4};

    machine_execute(&m, good, sizeof good);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x11223344);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 0x20);
    legacy_protected(&m, 0);
    machine_execute(&m, bad, sizeof bad);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    ck_assert_uint_eq(error_code(), L_EXEC_ONLY);
    ck_assert_uint_eq(s->gpr[REG_RBX], 5);
    legacy_protected(&m, 0);
    machine_execute(&m, arpl, sizeof arpl);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RCX], 0x13);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 0x0001);
}
END_TEST

START_TEST(test_lar_lsl_verr_verw_in_protected_mode)
{
    /*
     * mov $0x68,%ax; lar %eax,%ebx; lsl %eax,%ecx; mov $0x50,%ax; verr %ax;
     * setz %dl; verw %ax; setz %dh; mov $0x70,%ax; lsl %eax,%esi; setz %al;
     * hlt
     */
    static const uint8_t code[] = {
        0x66, 0xb8, 0x68, 0x00, 0x0f, 0x02, 0xd8, 0x0f, 0x03, 0xc8,
        0x66, 0xb8, 0x50, 0x00, 0x0f, 0x00, 0xe0, 0x0f, 0x94, 0xc2,
        0x0f, 0x00, 0xe8, 0x0f, 0x94, 0xc6, 0x66, 0xb8, 0x70, 0x00,
        0x0f, 0x03, 0xf0, 0x0f, 0x94, 0xc0, 0xf4};

    s->gpr[REG_RSI] = 9;
    machine_execute(&m, code, sizeof code);
    ck_assert_uint_eq(s->gpr[REG_RBX], 0x00409300);
    ck_assert_uint_eq(s->gpr[REG_RCX], 0xff);
    ck_assert_uint_eq((uint16_t)s->gpr[REG_RDX], 0x0001);
    ck_assert_uint_eq(s->gpr[REG_RSI], 9); /* a gate has no limit */
    ck_assert_uint_eq(s->gpr[REG_RAX] & 0xff, 0);
}
END_TEST

START_TEST(test_bound_and_into_raise_their_vectors)
{
    /*
     * movl $5,0x200000; movl $9,0x200004; mov $9,%eax; bound %eax,0x200000;
     * inc %eax; bound %eax,0x200000
     */
    static const uint8_t bound[] = {
        0xc7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x05, 0x00, 0x00, 0x00,
        0xc7, 0x05, 0x04, 0x00, 0x20, 0x00, 0x09, 0x00, 0x00, 0x00,
        0xb8, 0x09, 0x00, 0x00, 0x00, 0x62, 0x05, 0x00, 0x00, 0x20,
        0x00, 0x40, 0x62, 0x05, 0x00, 0x00, 0x20, 0x00};
    /* mov $0x7f,%al; inc %al; into */
    static const uint8_t into[] = {0xb0, 0x7f, 0xfe, 0xc0, 0xce};

    machine_execute(&m, bound, sizeof bound);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_BR);
    ck_assert_uint_eq(s->gpr[REG_RAX], 10);
    legacy_protected(&m, 0);
    machine_execute(&m, into, sizeof into);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_OF);
    ck_assert_uint_eq(legacy_frame(&m, 4, 0), AT_CODE + 5);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("segments");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_segment_limit_is_exact_to_the_byte);
    tcase_add_test(t, test_segment_expand_down_allows_what_is_above_the_limit);
    tcase_add_test(t, test_segment_types_are_checked_on_each_access);
    tcase_add_test(t, test_segment_loads_are_refused_as_the_manual_says);
    tcase_add_test(t, test_segment_load_sets_the_accessed_bit);
    tcase_add_test(t, test_segment_of_the_ldt);
    tcase_add_test(t, test_stack_segment_checks_are_ss_or_gp);
    tcase_add_test(t, test_stack_fault_of_a_user_program_is_delivered_inside);
    tcase_add_test(t, test_stack_of_16_bits_wraps_and_keeps_the_upper_half);
    tcase_add_test(t, test_code_limit_is_checked_at_jump_and_fetch);
    tcase_add_test(t, test_far_pointer_loads_and_arpl);
    tcase_add_test(t, test_lar_lsl_verr_verw_in_protected_mode);
    tcase_add_test(t, test_bound_and_into_raise_their_vectors);
    return machine_main(t, "segments");
}
