/*
 * Claim   MOV to CR0, CR3 and CR4 take exactly the values that the SDM allows
 *         in each mode, store what it says and change nothing when they
 *         fault.
 * Manual  Intel SDM vol. 2, "MOV - Move to/from Control Registers"; vol. 3,
 *         "Control Registers".
 */
#include "tests/control_fixture.h"

START_TEST(test_cr0_each_bit_as_manual)
{
    const uint64_t defined = 0xe005003f, start = CR0_PE | CR0_ET;
    struct machine m;

    make(&m, false);
    for (unsigned n = 0; n < 32; n++) {
        struct cpu_state *s = enter_32(&m);
        uint64_t value = start ^ (uint64_t)1 << n;
        bool legal = n != 29; /* NW without CD */

        s->cr3 = AT_TABLES;
        if (n == 31) { /* paging: identity by one 4M page */
            s->cr4 |= CR4_PSE;
            machine_put64(&m, AT_TABLES, 0x87);
            cpu_sync(m.cpu);
        }
        ck_assert_int_eq(move(&m, 0, value), legal ? -1 : VECTOR_GP);
        ck_assert_uint_eq(s->cr0, legal ? (value & defined) | CR0_ET : start);
    }
    machine_free(&m);
}
END_TEST

START_TEST(test_cr0_bad_combinations_are_refused)
{
    struct machine m;
    struct cpu_state *s;

    make(&m, false);
    s = enter_32(&m);
    ck_assert_int_eq(move(&m, 0, CR0_PG), VECTOR_GP); /* without PE */
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_NW | CR0_CD), -1);
    s = enter_32(&m);
    s->efer = EFER_LME; /* long mode wants PAE, CS.L clear, no 16-bit TSS */
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), VECTOR_GP);
    s->cr4 = CR4_PAE;
    s->seg[SEG_CS].attributes |= 1 << 13;
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), VECTOR_GP);
    s->seg[SEG_CS].attributes = 0xc09b;
    s->tr.attributes = 0x83;
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), VECTOR_GP);
    s->tr.attributes = 0x8b;
    s->cr3 = AT_PML4;
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), -1);
    ck_assert(s->efer & EFER_LMA);
    ck_assert_int_eq(move(&m, 0, CR0_PE), -1); /* compatibility mode: may */
    ck_assert(!(s->efer & EFER_LMA));
    machine_enter(&m, 0); /* 64-bit code: may not */
    ck_assert_int_eq(move(&m, 0, CR0_PE), VECTOR_GP);
    ck_assert_int_eq(move(&m, 0, (uint64_t)1 << 32 | s->cr0), VECTOR_GP);
    machine_free(&m);
}
END_TEST

/* Each bit of CR4 alone, from protected mode without paging. */
START_TEST(test_cr4_takes_what_the_cpu_claims)
{
    const uint64_t always = 0x7fc;
    const uint64_t optional = CR4_PKE | CR4_LA57 | CR4_UMIP | CR4_FSGSBASE;

    for (int features = 0; features < 2; features++) {
        uint64_t legal = always | CR4_SMEP | CR4_SMAP;
        struct machine m;

        make(&m, features);
        legal |= features ? optional : 0;
        for (unsigned n = 0; n < 32; n++) {
            uint64_t value = (uint64_t)1 << n;
            struct cpu_state *s = enter_32(&m);

            if (value == CR4_OSXSAVE)
                continue;
            ck_assert_int_eq(move(&m, 4, value),
                             legal & value ? -1 : VECTOR_GP);
            ck_assert_uint_eq(s->cr4, legal & value);
        }
        machine_free(&m);
    }
}
END_TEST

START_TEST(test_cr4_in_long_mode_as_manual)
{
    struct machine m;
    struct cpu_state *s;
    uint64_t cr4;

    make(&m, true);
    s = cpu_state(m.cpu);
    cr4 = s->cr4;
    ck_assert_int_eq(move(&m, 4, cr4 & ~CR4_PAE), VECTOR_GP);
    ck_assert_int_eq(move(&m, 4, cr4 | CR4_LA57), VECTOR_GP);
    ck_assert_int_eq(move(&m, 4, cr4 | (uint64_t)1 << 40), VECTOR_GP);
    ck_assert_int_eq(move(&m, 3, AT_PML4 | 5), -1);
    ck_assert_int_eq(move(&m, 4, cr4 | CR4_PCIDE), VECTOR_GP); /* CR3[11:0] */
    ck_assert_int_eq(move(&m, 3, AT_PML4), -1);
    ck_assert_int_eq(move(&m, 4, cr4 | CR4_PCIDE), -1);
    ck_assert_int_eq(move(&m, 3, AT_PML4 | (uint64_t)1 << 63 | 7), -1);
    ck_assert_uint_eq(s->cr3, AT_PML4 | 7);
    ck_assert_int_eq(move(&m, 3, AT_PML4 | (uint64_t)1 << 46), VECTOR_GP);
    ck_assert_int_eq(move(&m, 4, cr4), -1);
    ck_assert_int_eq(move(&m, 3, AT_PML4 | (uint64_t)1 << 63), VECTOR_GP);
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("cpu-control_registers");

    tcase_add_test(t, test_cr0_each_bit_as_manual);
    tcase_add_test(t, test_cr0_bad_combinations_are_refused);
    tcase_add_test(t, test_cr4_takes_what_the_cpu_claims);
    tcase_add_test(t, test_cr4_in_long_mode_as_manual);
    return machine_main(t, "cpu-control_registers");
}
