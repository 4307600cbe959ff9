/*
 * Claim   PAE paging loads and checks its PDPTEs with the moves that the SDM
 *         names and with no others, through a second stage too; code runs in
 *         every paging mode with the tables of that mode; PKRU forbids.
 * Manual  Intel SDM vol. 3, "PDPTE Registers", "32-Bit Paging", "PAE Paging",
 *         "4-Level Paging and 5-Level Paging", "Protection Keys".
 */
#include "tests/control_fixture.h"

START_TEST(test_pdpte_each_reserved_bit_faults)
{
    struct machine m;

    make(&m, false);
    for (unsigned n = 1; n < 64; n++)
        for (unsigned present = 0; present < 2; present++) {
            struct cpu_state *s = enter_32(&m);
            bool reserved = n == 1 || n == 2 || (n >= 5 && n <= 8) || n >= 46;
            bool faults = reserved && present;

            s->cr3 = AT_TABLES;
            s->cr4 = CR4_PAE;
            memset(s->pdpte, 0x55, sizeof s->pdpte);
            put_pae(&m, (uint64_t)1 << n | present);
            ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG),
                             faults ? VECTOR_GP : -1);
            ck_assert_uint_eq(s->cr0 & CR0_PG, faults ? 0 : CR0_PG);
            ck_assert_uint_eq(s->pdpte[1], faults ? 0x5555555555555555u
                                                  : (uint64_t)1 << n | present);
        }
    machine_free(&m);
}
END_TEST

START_TEST(test_pdptes_are_loaded_by_the_moves_of_the_manual)
{
    const struct {
        unsigned cr;
        uint64_t value; /* of CR4, or over PE and PG of CR0 */
        bool loads;
    } moves[] = {
        {3, AT_TABLES, true},
        {0, CR0_CD, true},
        {0, CR0_CD | CR0_NW, true},
        {0, CR0_WP, false},
        {0, CR0_TS, false},
        {4, CR4_PAE | CR4_PGE, true},
        {4, CR4_PAE | CR4_PSE, true},
        {4, CR4_PAE | CR4_SMEP, true},
        {4, CR4_PAE | CR4_TSD, false},
        {4, CR4_PAE | CR4_SMAP, false},
    };
    struct machine m;

    make(&m, false);
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        struct cpu_state *s = enter_pae(&m);
        uint64_t value = moves[i].value, mapped = AT_TABLES + 0x1000;

        value |= moves[i].cr == 0 ? CR0_PE | CR0_PG : 0;
        put_pae(&m, mapped | 1);
        ck_assert_uint_eq(s->pdpte[1], 0); /* a store loads nothing */
        ck_assert_int_eq(move(&m, moves[i].cr, value), -1);
        ck_assert_uint_eq(s->pdpte[1], moves[i].loads ? mapped | 1 : 0);
    }
    machine_free(&m);
}
END_TEST

START_TEST(test_pae_walks_from_registers)
{
    struct machine m;

    make(&m, false);
    enter_pae(&m);
    ck_assert_int_eq(load(&m, AT_PAGE), -1);
    ck_assert_uint_eq(loaded(&m), AT_PAGE);
    ck_assert_int_eq(load(&m, 0x40000000 + AT_PAGE), VECTOR_PF);
    put_pae(&m, (AT_TABLES + 0x1000) | 1);
    ck_assert_int_eq(load(&m, 0x40000000 + AT_PAGE), VECTOR_PF);
    ck_assert_int_eq(move(&m, 3, AT_TABLES), -1);
    ck_assert_int_eq(load(&m, 0x40000000 + AT_PAGE), -1);
    ck_assert_uint_eq(loaded(&m), AT_PAGE);
    /* PDPTEs have no accessed flag. */
    ck_assert_uint_eq(machine_get64(&m, AT_TABLES), (AT_TABLES + 0x1000) | 1);
    machine_free(&m);
}
END_TEST

static void put32(struct machine *m, uint64_t at, uint32_t value)
{
    machine_put(m, at, &value, 4);
}

START_TEST(test_2level_pages_of_4k_and_4m)
{
    struct machine m;
    struct cpu_state *s;

    make(&m, false);
    s = enter_32(&m);
    put32(&m, AT_TABLES, 0x83);                         /* 0: 4M, identity */
    put32(&m, AT_TABLES + 4, (AT_TABLES + 0x1000) | 3); /* 4M: a table */
    put32(&m, AT_TABLES + 8, 0x800083);                 /* 8M: 4M, identity */
    put32(&m, AT_TABLES + 0x1000 + 4 * 5, (AT_PAGE + 0x3000) | 3);
    s->cr3 = AT_TABLES;
    s->cr4 = CR4_PSE;
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), -1);
    ck_assert_int_eq(load(&m, AT_PAGE), -1);
    ck_assert_uint_eq(loaded(&m), AT_PAGE);
    ck_assert_int_eq(load(&m, 0x405000), -1);
    ck_assert_uint_eq(loaded(&m), AT_PAGE + 0x3000);
    ck_assert_int_eq(load(&m, 0x406000), VECTOR_PF);
    ck_assert_uint_eq(machine_get64(&m, AT_TABLES + 8) & 0xffffffff, 0x8000a3);
    machine_free(&m);
}
END_TEST

/* 57 bits: a root above the fixture's own, entry 1; 64-bit mode. */
START_TEST(test_5level_translates_57_bits)
{
    const uint8_t code[] = {0x48, 0x8b, 0x03, 0xf4}; /* MOV RAX, [RBX] */
    struct machine m;
    struct cpu_state *s;

    make(&m, true);
    s = cpu_state(m.cpu);
    machine_put64(&m, AT_TABLES, AT_PML4 | 7);
    machine_put64(&m, AT_TABLES + 8, AT_PML4 | 7);
    s->cr4 |= CR4_LA57;
    s->cr3 = AT_TABLES;
    cpu_sync(m.cpu);
    s->gpr[REG_RBX] = ((uint64_t)1 << 48) + AT_PAGE;
    ck_assert_int_eq(run(&m, code, sizeof code), -1);
    ck_assert_uint_eq(s->gpr[REG_RAX], AT_PAGE);
    s->gpr[REG_RBX] = ((uint64_t)2 << 48) + AT_PAGE;
    ck_assert_int_eq(run(&m, code, sizeof code), VECTOR_PF);
    s->gpr[REG_RBX] = (uint64_t)1 << 56; /* not canonical */
    ck_assert_int_eq(run(&m, code, sizeof code), VECTOR_GP);
    s->cr4 &= ~CR4_LA57;
    s->cr3 = AT_PML4;
    cpu_sync(m.cpu);
    s->gpr[REG_RBX] = ((uint64_t)1 << 48) + AT_PAGE;
    ck_assert_int_eq(run(&m, code, sizeof code), VECTOR_GP);
    machine_free(&m);
}
END_TEST

/* XOR ECX, ECX; XOR EDX, EDX; WRPKRU; HLT */
static int write_pkru(struct machine *m, uint32_t value)
{
    const uint8_t code[] = {0x31, 0xc9, 0x31, 0xd2, 0x0f, 0x01, 0xef, 0xf4};

    cpu_state(m->cpu)->gpr[REG_RAX] = value;
    return run(m, code, sizeof code);
}

START_TEST(test_pkru_forbids_by_key)
{
    const uint8_t write[] = {0x89, 0x03, 0xf4};      /* MOV [RBX], EAX */
    const uint8_t read[] = {0x0f, 0x01, 0xee, 0xf4}; /* RDPKRU */
    struct machine m;
    struct cpu_state *s;

    make(&m, true);
    s = cpu_state(m.cpu);
    ck_assert_int_eq(write_pkru(&m, 0), VECTOR_UD); /* without CR4.PKE */
    ck_assert_int_eq(move(&m, 4, s->cr4 | CR4_PKE), -1);
    machine_put64(&m, AT_PD + 8 * 4, 0x800087 | (uint64_t)9 << 59);
    mmu_invvpid_all(m.mmu);
    s->gpr[REG_RBX] = AT_PAGE;
    ck_assert_int_eq(run(&m, write, sizeof write), -1);
    ck_assert_int_eq(write_pkru(&m, 2u << 18), -1); /* WD of key 9 */
    ck_assert_int_eq(run(&m, write, sizeof write), VECTOR_PF);
    s->cr0 &= ~CR0_WP;
    cpu_sync(m.cpu);
    ck_assert_int_eq(run(&m, write, sizeof write), -1);
    ck_assert_int_eq(write_pkru(&m, 1u << 18), -1); /* AD */
    ck_assert_int_eq(run(&m, write, sizeof write), VECTOR_PF);
    s->gpr[REG_RCX] = 0;
    ck_assert_int_eq(run(&m, read, sizeof read), -1);
    ck_assert_uint_eq(s->gpr[REG_RAX], 1u << 18);
    ck_assert_uint_eq(s->gpr[REG_RDX], 0);
    s->gpr[REG_RCX] = 1;
    ck_assert_int_eq(run(&m, read, sizeof read), VECTOR_GP);
    machine_free(&m);
}
END_TEST

START_TEST(test_pdpte_load_exits_on_second_stage)
{
    const uint64_t ept = 0xa00000;
    struct machine m;
    struct cpu_state *s;
    struct cpu_event e;

    make(&m, false);
    s = enter_32(&m);
    put_pae(&m, 0);
    s->cr3 = AT_TABLES;
    s->cr4 = CR4_PAE;
    machine_put64(&m, ept, (ept + 0x1000) | 7);
    machine_put64(&m, ept + 0x1000, (ept + 0x2000) | 7);
    for (uint64_t i = 0; i < 8; i++) /* 2M pages; the tables' is absent */
        machine_put64(&m, ept + 0x2000 + 8 * i,
                      i == AT_TABLES >> 21 ? 0 : i << 21 | 0xb7);
    cpu_control(m.cpu)->nested = true;
    cpu_control(m.cpu)->nested_root = hpa(ept);
    cpu_sync(m.cpu);
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG),
                     256 + (int)VMEXIT_EPT_VIOLATION);
    s->rip = AT_CODE;
    e = machine_run(&m);
    ck_assert_uint_eq(e.exit.gpa.v, AT_TABLES);
    ck_assert_uint_eq(e.exit.qualification, 1); /* a read; no gva */
    ck_assert(!(s->cr0 & CR0_PG));
    machine_put64(&m, ept + 0x2000 + 8 * (AT_TABLES >> 21),
                  (AT_TABLES & ~0x1fffffu) | 0xb7);
    mmu_invept(m.mmu);
    ck_assert_int_eq(move(&m, 0, CR0_PE | CR0_PG), -1);
    ck_assert_int_eq(load(&m, AT_PAGE), -1);
    ck_assert_uint_eq(loaded(&m), AT_PAGE);
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("cpu-paging_modes");

    tcase_add_test(t, test_pdpte_each_reserved_bit_faults);
    tcase_add_test(t, test_pdptes_are_loaded_by_the_moves_of_the_manual);
    tcase_add_test(t, test_pae_walks_from_registers);
    tcase_add_test(t, test_2level_pages_of_4k_and_4m);
    tcase_add_test(t, test_5level_translates_57_bits);
    tcase_add_test(t, test_pkru_forbids_by_key);
    tcase_add_test(t, test_pdpte_load_exits_on_second_stage);
    return machine_main(t, "cpu-paging_modes");
}
