/*
 * control_fixture.h - a CPU for tests of control registers: in guest mode with
 * every exception exiting, so that a fault shows as its vector in any mode,
 * without an IDT.
 */
#ifndef TESTS_CONTROL_FIXTURE_H
#define TESTS_CONTROL_FIXTURE_H
#include "tests/cpu_fixture.h"

enum {
    AT_TABLES = 0x700000, /* page tables of the tests */
    AT_PAGE = 0x900000,   /* what the mapped page holds: its own address */
    GUEST_VPID = 1
};

static inline void all_features(struct cpu_config *cc)
{
    cc->has_pku = cc->has_la57 = cc->has_umip = true;
    cc->has_fsgsbase = true;
}

static inline void make(struct machine *m, bool features)
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
static inline struct cpu_state *enter_32(struct machine *m)
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
static inline int run(struct machine *m, const uint8_t *code, size_t bytes)
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
static inline int move(struct machine *m, unsigned cr, uint64_t value)
{
    const uint8_t code[] = {0x0f, 0x22, (uint8_t)(0xc0 | cr << 3), 0xf4};

    cpu_state(m->cpu)->gpr[REG_RAX] = value;
    return run(m, code, sizeof code);
}

/* PAE tables at AT_TABLES: the first 2M pages; PDPTE 1 as given. */
static inline void put_pae(struct machine *m, uint64_t pdpte1)
{
    machine_put64(m, AT_TABLES, (AT_TABLES + 0x1000) | 1);
    machine_put64(m, AT_TABLES + 8, pdpte1);
    machine_put64(m, AT_TABLES + 16, 0);
    machine_put64(m, AT_TABLES + 24, 0);
    for (unsigned i = 0; i < 8; i++)
        machine_put64(m, AT_TABLES + 0x1000 + 8u * i, (uint64_t)i << 21 | 0x83);
}

static inline struct cpu_state *enter_pae(struct machine *m)
{
    struct cpu_state *s = enter_32(m);

    put_pae(m, 0);
    s->cr3 = AT_TABLES;
    s->cr4 = CR4_PAE;
    ck_assert_int_eq(move(m, 0, CR0_PE | CR0_PG), -1);
    return s;
}

/* MOV EAX, [address]; HLT: what is there, or the fault. */
static inline int load(struct machine *m, uint32_t address)
{
    uint8_t code[] = {0xa1, 0, 0, 0, 0, 0xf4};

    memcpy(code + 1, &address, 4);
    return run(m, code, sizeof code);
}

static inline uint32_t loaded(const struct machine *m)
{
    return (uint32_t)cpu_state_peek(m->cpu)->gpr[REG_RAX];
}

#endif
