/*
 * Claim   MOV to CR0, CR3 and CR4 take exactly the values that the SDM allows
 *         in each mode, store what it says and change nothing when they
 *         fault; PAE paging loads and checks its PDPTEs with the moves that
 *         the SDM names and with no others, through a second stage too; and
 *         code runs in every paging mode with the tables of that mode.
 * Manual  Intel SDM vol. 2, "MOV - Move to/from Control Registers"; vol. 3,
 *         "Control Registers", "PDPTE Registers", "Protection Keys".
 *
 * The CPU is in guest mode with every exception exiting, so that a fault shows
 * as its vector in any mode, without an IDT.
 */
#include "tests/cpu_fixture.h"

enum {
    AT_TABLES = 0x700000, /* page tables of the tests */
    AT_PAGE = 0x900000,   /* what the mapped page holds: its own address */
    GUEST_VPID = 1
};

static void all_features(struct cpu_config *cc)
{
    cc->has_pku = cc->has_la57 = cc->has_umip = true;
    cc->has_fsgsbase = true;
}

static void make(struct machine *m, bool features)
{
    struct machine_options o = {0};
    struct mmu_config mc = machine_mmu_config(&o);
    struct cpu_config cc = machine_cpu_config(&o);
    struct guest_control *g;
    struct error e;

    if (features)
        all_features(&cc);
    memset(m, 0, sizeof *m);
    ck_assert_int_eq(memory_init(&m->dram, MACHINE_BYTES, &e), STATUS_OK);
    m->mmu = mmu_new(&mc, &m->dram, NULL, &m->counters, &e);
    m->cpu = cpu_new(&cc, m->mmu, &m->dram, &e);
    ck_assert_ptr_nonnull(m->cpu);
    cpu_set_record(m->cpu, &m->counters, &m->ledger);
    machine_tables(m);
    machine_enter(m, 0);
    g = cpu_control(m->cpu);
    g->virt = VIRT_GUEST;
    g->vpid = GUEST_VPID;
    g->exception_bitmap = UINT32_MAX;
    for (uint64_t at = AT_PAGE; at < AT_PAGE + 0x100000; at += 0x1000)
        machine_put64(m, at, at);
    cpu_sync(m->cpu);
}

/* 32-bit protected mode, flat, paging off. */
static struct cpu_state *enter_32(struct machine *m)
{
    struct cpu_state *s = cpu_state(m->cpu);

    s->cr0 = CR0_PE | CR0_ET;
    s->cr3 = s->cr4 = s->efer = 0;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = machine_segment(SEL_DATA32, 0xc093);
    s->seg[SEG_CS] = machine_segment(SEL_CODE32, 0xc09b);
    s->rip = AT_CODE;
    cpu_sync(m->cpu);
    mmu_invvpid_all(m->mmu);
    return s;
}

/* The vector that running the code ends in; -1: it reached its HLT. */
static int run(struct machine *m, const uint8_t *code, size_t bytes)
{
    struct cpu_event e;

    cpu_state(m->cpu)->rip = AT_CODE;
    cpu_state(m->cpu)->halted = false;
    e = machine_execute(m, code, bytes);
    if (e.kind == CPU_EVENT_HALT)
        return -1;
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    return e.exit.reason == VMEXIT_EXCEPTION ? e.exit.vector
                                             : 256 + (int)e.exit.reason;
}

/* MOV CRn, EAX (RAX in 64-bit mode); HLT */
static int move(struct machine *m, unsigned cr, uint64_t value)
{
    const uint8_t code[] = {0x0f, 0x22, (uint8_t)(0xc0 | cr << 3), 0xf4};

    cpu_state(m->cpu)->gpr[REG_RAX] = value;
    return run(m, code, sizeof code);
}

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

/* PAE tables at AT_TABLES: the first 2M pages; PDPTE 1 as given. */
static void put_pae(struct machine *m, uint64_t pdpte1)
{
    machine_put64(m, AT_TABLES, (AT_TABLES + 0x1000) | 1);
    machine_put64(m, AT_TABLES + 8, pdpte1);
    machine_put64(m, AT_TABLES + 16, 0);
    machine_put64(m, AT_TABLES + 24, 0);
    for (unsigned i = 0; i < 8; i++)
        machine_put64(m, AT_TABLES + 0x1000 + 8u * i, (uint64_t)i << 21 | 0x83);
}

static struct cpu_state *enter_pae(struct machine *m)
{
    struct cpu_state *s = enter_32(m);

    put_pae(m, 0);
    s->cr3 = AT_TABLES;
    s->cr4 = CR4_PAE;
    ck_assert_int_eq(move(m, 0, CR0_PE | CR0_PG), -1);
    return s;
}

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

/* MOV EAX, [address]; HLT: what is there, or the fault. */
static int load(struct machine *m, uint32_t address)
{
    uint8_t code[] = {0xa1, 0, 0, 0, 0, 0xf4};

    memcpy(code + 1, &address, 4);
    return run(m, code, sizeof code);
}

static uint32_t loaded(const struct machine *m)
{
    return (uint32_t)cpu_state_peek(m->cpu)->gpr[REG_RAX];
}

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

    tcase_add_test(t, test_cr0_each_bit_as_manual);
    tcase_add_test(t, test_cr0_bad_combinations_are_refused);
    tcase_add_test(t, test_cr4_takes_what_the_cpu_claims);
    tcase_add_test(t, test_cr4_in_long_mode_as_manual);
    tcase_add_test(t, test_pdpte_each_reserved_bit_faults);
    tcase_add_test(t, test_pdptes_are_loaded_by_the_moves_of_the_manual);
    tcase_add_test(t, test_pae_walks_from_registers);
    tcase_add_test(t, test_2level_pages_of_4k_and_4m);
    tcase_add_test(t, test_5level_translates_57_bits);
    tcase_add_test(t, test_pkru_forbids_by_key);
    tcase_add_test(t, test_pdpte_load_exits_on_second_stage);
    return machine_main(t, "cpu-paging_modes");
}
