/*
 * 356-cpu-encodings.c - claim: encodings that decoders easily get wrong do what
 * CPUs do: VEX where no VEX form exists, SIB without base under REX.B, F3 and
 * REX.B before 90, segment prefixes of operands that no ModRM byte names,
 * addresses of 16 bits, state images at a segment's limit, and 66 before a
 * branch of 64-bit mode.
 *
 * Intel SDM vol. 2, "Instruction Format", XCHG, XLAT, OUTS, MASKMOVQ, FXSAVE,
 * FPREM; vol. 3, "Limit Checking"; AMD APM vol. 3, "Operand-Size Override
 * Prefix".  What the host's CPU says of these: 355.
 */
#include "tests/cpu_groups.h"

static void open_machine(struct machine *m, bool amd)
{
    struct cpu_state *s;

    machine_init_groups(
        m, &(struct machine_options){.timing = TIMING_FAST, .amd = amd},
        ALL_GROUPS);
    s = cpu_state(m->cpu);
    s->fcw = 0x37f;
    s->mxcsr = 0x1f80;
    cpu_sync(m->cpu);
}

/* 32-bit code at the same addresses, in flat segments. */
static void open_compatible(struct machine *m)
{
    struct cpu_state *s;

    open_machine(m, false);
    s = cpu_state(m->cpu);
    s->seg[SEG_CS] = machine_segment(SEL_CODE32, 0xc09b);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (i != SEG_CS)
            s->seg[i] = machine_segment(SEL_DATA32, 0xc093);
    cpu_sync(m->cpu);
}

/* Runs code and a HLT behind it; the vector that it raised, or -1. */
static int outcome(struct machine *m, const uint8_t *code, size_t bytes)
{
    uint8_t image[32];

    memset(image, 0xf4, sizeof(image));
    memcpy(image, code, bytes);
    cpu_sync(m->cpu);
    ck_assert_int_eq(machine_execute(m, image, sizeof(image)).kind,
                     CPU_EVENT_HALT);
    return machine_halted_in(m);
}

START_TEST(test_decode_vex_count_raises_ud)
{
    static const uint8_t code[][4] = {
        {0xc5, 0xfa, 0xb8, 0xc1},  /* POPCNT of another family of CPUs */
        {0xc5, 0xfa, 0xbc, 0xc1},  /* TZCNT */
        {0xc5, 0xfa, 0xbd, 0xc1}}; /* LZCNT */
    struct machine m;

    open_machine(&m, false);
    ck_assert_int_eq(outcome(&m, code[_i], 4), VECTOR_UD);
    machine_free(&m);
}
END_TEST

START_TEST(test_decode_sib_without_base_ignores_rex_b)
{
    /* MOV AL, [AT_DATA] with REX.B */
    static const uint8_t code[] = {0x41, 0x8a, 0x04, 0x25,
                                   0x00, 0x00, 0x20, 0x00};
    struct machine m;

    open_machine(&m, false);
    machine_put64(&m, AT_DATA, 0x5a);
    cpu_state(m.cpu)->gpr[REG_R13] = 0x1234;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX] & 0xff, 0x5a);
    machine_free(&m);
}
END_TEST

START_TEST(test_decode_f3_rex_b_90_exchanges)
{
    static const uint8_t code[] = {0xf3, 0x49, 0x90}; /* XCHG R8, RAX */
    struct machine m;

    open_machine(&m, false);
    cpu_state(m.cpu)->gpr[REG_RAX] = 1;
    cpu_state(m.cpu)->gpr[REG_R8] = 2;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 2);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_R8], 1);
    machine_free(&m);
}
END_TEST

START_TEST(test_xlat_segment_prefix_changes_segment)
{
    static const uint8_t code[] = {0x64, 0xd7}; /* XLAT FS:[RBX] */
    struct machine m;

    open_machine(&m, false);
    machine_put64(&m, AT_DATA + 5, 0x77);
    cpu_state(m.cpu)->seg[SEG_FS].base = AT_DATA;
    cpu_state(m.cpu)->gpr[REG_RBX] = 0;
    cpu_state(m.cpu)->gpr[REG_RAX] = 5;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x77);
    machine_free(&m);
}
END_TEST

START_TEST(test_outs_segment_prefix_changes_segment)
{
    static const uint8_t code[] = {0x65, 0x6e}; /* OUTSB GS:[RSI] */
    struct cpu_event e;
    struct machine m;

    open_machine(&m, false);
    machine_put64(&m, AT_DATA + 3, 0x99);
    cpu_state(m.cpu)->seg[SEG_GS].base = AT_DATA;
    cpu_state(m.cpu)->gpr[REG_RSI] = 3;
    cpu_state(m.cpu)->gpr[REG_RDX] = 0x80;
    cpu_sync(m.cpu);
    e = machine_execute(&m, code, sizeof(code));
    ck_assert_int_eq(e.kind, CPU_EVENT_PORT);
    ck_assert_uint_eq(e.port.data[0], 0x99);
    machine_free(&m);
}
END_TEST

START_TEST(test_maskmovq_through_code_segment_raises_gp)
{
    static const uint8_t code[] = {0x2e, 0x0f, 0xf7, 0xc1};
    struct machine m;

    open_compatible(&m);
    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), VECTOR_GP);
    machine_free(&m);
}
END_TEST

START_TEST(test_maskmovdqu_address_16_takes_di)
{
    /* MASKMOVDQU XMM1, XMM0 to DS:DI */
    static const uint8_t code[] = {0x67, 0x66, 0x0f, 0xf7, 0xc8};
    struct cpu_state *s;
    struct machine m;

    open_compatible(&m);
    s = cpu_state(m.cpu);
    s->gpr[REG_RDI] = 0xf0009800;
    s->xmm[0].u64[0] = 0x80;
    s->xmm[1].u64[0] = 0x33;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(machine_get64(&m, 0x9800) & 0xff, 0x33);
    machine_free(&m);
}
END_TEST

/* The last byte of a state image is checked, too. */
START_TEST(test_image_limit_counts_all_bytes)
{
    static const struct {
        uint8_t code[3];
        unsigned bytes;
    } rows[] = {{{0x0f, 0xae, 0x03}, 512},  /* FXSAVE [EBX] */
                {{0x0f, 0xae, 0x23}, 576},  /* XSAVE [EBX] */
                {{0x0f, 0xae, 0x2b}, 576}}; /* XRSTOR [EBX] */

    for (unsigned inside = 0; inside < 2; inside++) {
        struct cpu_state *s;
        struct machine m;

        open_compatible(&m);
        s = cpu_state(m.cpu);
        s->cr4 |= CR4_OSXSAVE;
        s->xcr0 = 3;
        s->gpr[REG_RAX] = 3;
        s->gpr[REG_RDX] = 0;
        s->gpr[REG_RBX] = AT_DATA;
        s->seg[SEG_DS].limit = AT_DATA + rows[_i].bytes - 2 + inside;
        ck_assert_int_eq(outcome(&m, rows[_i].code, 3),
                         inside ? -1 : VECTOR_GP);
        machine_free(&m);
    }
}
END_TEST

/* CLFLUSH names a byte: what its line has beyond the limit matters not. */
START_TEST(test_clflush_limit_counts_one_byte)
{
    static const uint8_t code[] = {0x0f, 0xae, 0x3b}; /* CLFLUSH [EBX] */
    struct machine m;

    open_compatible(&m);
    cpu_state(m.cpu)->gpr[REG_RBX] = AT_DATA;
    cpu_state(m.cpu)->seg[SEG_DS].limit = AT_DATA;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    machine_free(&m);
}
END_TEST

/* A denormal is its own remainder by infinity, and underflows if unmasked. */
START_TEST(test_fprem_denormal_by_infinity_underflows)
{
    static const uint8_t code[][2] = {{0xd9, 0xf8}, {0xd9, 0xf5}};
    struct cpu_state *s;
    struct machine m;

    open_machine(&m, false);
    s = cpu_state(m.cpu);
    s->fcw = 0x37f & ~0x10;
    s->ftw = 3;
    s->x87[0] = (struct x87_reg){1, 0};
    s->x87[1] = (struct x87_reg){(uint64_t)1 << 63, 0x7fff};
    ck_assert_int_eq(outcome(&m, code[_i], 2), -1);
    ck_assert_uint_eq(s->fsw & 0x80ff, 0x8092); /* B, ES, UE, DE */
    ck_assert_uint_eq(s->x87[0].mantissa, (uint64_t)1 << 63);
    ck_assert_uint_eq(s->x87[0].sign_exponent, 24576 + 1 - 63);
    machine_free(&m);
}
END_TEST

/* From 32-bit code on a 16-bit stack to 64-bit code of the same level. */
START_TEST(test_ret_far_keeps_rsp_beyond_16_bit_stack)
{
    static const uint8_t code[] = {0xcb};
    struct cpu_state *s;
    struct machine m;

    open_compatible(&m);
    s = cpu_state(m.cpu);
    s->seg[SEG_SS].attributes = 0x93;
    s->gpr[REG_RSP] = 0x12349800;
    machine_put64(&m, 0x9800, (uint64_t)SEL_KERNEL_CODE << 32 | (AT_CODE + 1));
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(s->seg[SEG_CS].selector, SEL_KERNEL_CODE);
    ck_assert_uint_eq(s->gpr[REG_RSP], 0x12349808);
    machine_free(&m);
}
END_TEST

START_TEST(test_ffreep_frees_and_pops)
{
    static const uint8_t code[] = {0xdf, 0xc1}; /* FFREEP ST(1) */
    struct cpu_state *s;
    struct machine m;

    open_machine(&m, false);
    s = cpu_state(m.cpu);
    s->ftw = 0xff;
    ck_assert_int_eq(outcome(&m, code, sizeof(code)), -1);
    ck_assert_uint_eq(s->ftw, 0xfc);
    ck_assert_uint_eq(s->fsw >> 11 & 7, 1);
    machine_free(&m);
}
END_TEST

/* Where 66 and a branch go: Intel's CPUs ignore it, AMD's cut the target. */
START_TEST(test_branch_operand_size_prefix_depends_on_vendor)
{
    static const struct {
        uint8_t code[7];
        uint64_t intel, amd;
    } rows[] = {
        {{0x66, 0xeb, 0x05}, AT_CODE + 8, 8},                /* JMP +5 */
        {{0x66, 0x74, 0x05}, AT_CODE + 8, 8},                /* JZ +5 */
        {{0x66, 0xe9, 0x10, 0, 0, 0}, AT_CODE + 0x16, 0x14}, /* JMP rel */
        {{0x66, 0xff, 0xe3}, AT_DATA, 0},                    /* JMP RBX */
        {{0x66, 0x48, 0xff, 0xe3}, AT_DATA, AT_DATA},        /* REX.W wins */
        {{0x66, 0xc3}, AT_DATA, 0},                          /* RET */
    };

    for (unsigned amd = 0; amd < 2; amd++) {
        struct cpu_state *s;
        struct machine m;

        open_machine(&m, amd);
        s = cpu_state(m.cpu);
        s->rflags |= RFLAGS_ZF;
        s->gpr[REG_RBX] = AT_DATA;
        machine_put64(&m, s->gpr[REG_RSP], AT_DATA);
        machine_put(&m, AT_CODE, rows[_i].code, sizeof(rows[_i].code));
        cpu_sync(m.cpu);
        machine_step(&m, 1);
        ck_assert_uint_eq(s->rip, amd ? rows[_i].amd : rows[_i].intel);
        machine_free(&m);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("encodings");

    tcase_add_loop_test(t, test_decode_vex_count_raises_ud, 0, 3);
    tcase_add_test(t, test_decode_sib_without_base_ignores_rex_b);
    tcase_add_test(t, test_decode_f3_rex_b_90_exchanges);
    tcase_add_test(t, test_xlat_segment_prefix_changes_segment);
    tcase_add_test(t, test_outs_segment_prefix_changes_segment);
    tcase_add_test(t, test_maskmovq_through_code_segment_raises_gp);
    tcase_add_test(t, test_maskmovdqu_address_16_takes_di);
    tcase_add_loop_test(t, test_image_limit_counts_all_bytes, 0, 3);
    tcase_add_test(t, test_clflush_limit_counts_one_byte);
    tcase_add_loop_test(t, test_fprem_denormal_by_infinity_underflows, 0, 2);
    tcase_add_test(t, test_ret_far_keeps_rsp_beyond_16_bit_stack);
    tcase_add_test(t, test_ffreep_frees_and_pops);
    tcase_add_loop_test(t, test_branch_operand_size_prefix_depends_on_vendor, 0,
                        6);
    return machine_main(t, "cpu-encodings");
}
