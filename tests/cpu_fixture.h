/*
 * cpu_fixture.h - a small machine for CPU tests: 16 MiB of DRAM, identity
 * mapped by one level-3 and one level-2 table, GDT, IDT, TSS, and a HLT behind
 * every vector, so that where the CPU halts says what happened.
 */
#ifndef TESTS_CPU_FIXTURE_H
#define TESTS_CPU_FIXTURE_H
#include <check.h>
#include <string.h>

#include "mmu/memory.h"
#include "mmu/mmu.h"
#include "sim/core/macros.h"
#include "sim/cpu/cpu.h"

enum {
    AT_PML4 = 0x1000,
    AT_PDPT = 0x2000,
    AT_PD = 0x3000,
    AT_GDT = 0x5000,
    AT_IDT = 0x6000,
    AT_TSS = 0x7000,
    AT_HANDLERS = 0x8000, /* vector v halts at + 16 v */
    AT_CODE = 0x100000,
    AT_DATA = 0x200000,
    AT_STACK = 0x300000, /* tops */
    AT_KERNEL_STACK = 0x400000,
    AT_IST1 = 0x500000,
    AT_SYSCALL = 0x600000,
    MACHINE_BYTES = 0x1000000,

    SEL_KERNEL_CODE = 0x08,
    SEL_KERNEL_DATA = 0x10,
    SEL_USER_DATA = 0x23,
    SEL_USER_CODE = 0x2b,
    SEL_TSS = 0x30,
    SEL_CODE32 = 0x40,
    SEL_DATA32 = 0x48,
};

struct machine {
    struct memory dram;
    struct mmu *mmu;
    struct cpu *cpu;
    struct counters counters;
    struct ledger ledger;
};

/* What the tests vary. */
struct machine_options {
    enum timing_model timing;
    bool no_block_cache, no_fast_path;
    uint32_t stress_preempt;
    bool amd; /* the vendor (cpu_groups.h) */
};

static inline struct cpu_config
machine_cpu_config(const struct machine_options *o)
{
    return (struct cpu_config){
        .timing = o->timing,
        .width = 4,
        .window = 64,
        .block_cache = !o->no_block_cache,
        .stress_preempt = o->stress_preempt,
        .alu_cycles = 1,
        .multiply_cycles = 3,
        .divide_cycles = 25,
        .vector_cycles = 1,
        .fp_add_cycles = 4,
        .fp_multiply_cycles = 4,
        .fp_divide_cycles = 14,
        .branch_cycles = 1,
        .lock_cycles = 18,
        .pause_cycles = 40,
        .string_start_cycles = 20,
        .exception_cycles = 300,
        .interrupt_cycles = 250,
        .iret_cycles = 200,
        .syscall_cycles = 60,
        .sysret_cycles = 50,
        .cr_write_cycles = 100,
        .cr3_write_cycles = 190,
        .invlpg_cycles = 150,
        .invpcid_cycles = 180,
        .msr_cycles = 80,
        .cpuid_cycles = 120,
        .rdtsc_cycles = 25,
        .port_cycles = 100,
        .fxsave_cycles = 60,
        .wbinvd_cycles = 1000,
        .vendor = "GenuineIntel",
        .signature = 0x506e3,
        .brand = "Test CPU",
        .has_pcid = true,
        .has_smep = true,
        .has_smap = true,
        .has_1g_pages = true,
        .has_nx = true,
        .tsc_khz = 3600000,
    };
}

static inline struct mmu_config
machine_mmu_config(const struct machine_options *o)
{
    struct tlb_config l1 = {.page_4k = {64, 4},
                            .page_2m = {32, 4},
                            .page_1g = {4, 4},
                            .repl = REPL_LRU};
    struct tlb_config l2 = l1;

    l2.page_4k = (struct tlb_geometry){1536, 12};
    l2.hit_cycles = 7;
    return (struct mmu_config){
        .tlb_enabled = true,
        .psc_enabled = true,
        .cache_enabled = true,
        .fast_path = !o->no_fast_path,
        .l1d_tlb = l1,
        .l1i_tlb = l1,
        .l2_tlb = l2,
        .ntlb = {64, 4},
        .psc_guest = {.entries = {0, 0, 32, 8, 4, 0}, .repl = REPL_LRU},
        .psc_host = {.entries = {0, 0, 32, 8, 4, 0}, .repl = REPL_LRU},
        .l1d = {32768, 8, 4, REPL_PLRU},
        .l1i = {32768, 8, 4, REPL_PLRU},
        .l2 = {262144, 4, 12, REPL_PLRU},
        .line_bytes = 64,
        .dram_cycles = 200,
        .walkers = 2,
        .miss_buffers = 12,
        .seed = 1,
    };
}

static inline void machine_put(struct machine *m, uint64_t at, const void *from,
                               size_t bytes)
{
    ck_assert(memory_copy_in(&m->dram, hpa(at), from, bytes));
    if (m->cpu)
        cpu_code_written(m->cpu, hpa_to_hfn(hpa(at)));
}

static inline void machine_put64(struct machine *m, uint64_t at, uint64_t value)
{
    machine_put(m, at, &value, 8);
}

static inline uint64_t machine_get64(const struct machine *m, uint64_t at)
{
    uint64_t value = 0;

    ck_assert(memory_copy_out(&m->dram, &value, hpa(at), 8));
    return value;
}

/* An interrupt gate (type 14) or trap gate (15). */
static inline void machine_gate(struct machine *m, unsigned vector,
                                uint64_t target, unsigned type, unsigned dpl,
                                unsigned ist)
{
    uint64_t low = (target & 0xffff) | (uint64_t)SEL_KERNEL_CODE << 16 |
                   (uint64_t)ist << 32 | (uint64_t)type << 40 |
                   (uint64_t)dpl << 45 | (uint64_t)1 << 47 |
                   (target >> 16 & 0xffff) << 48;

    machine_put64(m, AT_IDT + 16u * vector, low);
    machine_put64(m, AT_IDT + 16u * vector + 8, target >> 32);
}

static inline void machine_tables(struct machine *m)
{
    static const uint64_t gdt[] = {
        0,
        0x00af9b000000ffff, /* 08 kernel code, 64-bit */
        0x00cf93000000ffff, /* 10 kernel data */
        0x00cffb000000ffff, /* 18 user code, 32-bit */
        0x00cff3000000ffff, /* 20 user data */
        0x00affb000000ffff, /* 28 user code, 64-bit */
        0x0000890070000067, /* 30 TSS at 0x7000, 0x68 bytes */
        0,
        0x00cf9b000000ffff, /* 40 kernel code, 32-bit */
        0x00cf93000000ffff, /* 48 kernel data */
    };
    static const uint8_t hlt = 0xf4;

    machine_put64(m, AT_PML4, AT_PDPT | 7);
    machine_put64(m, AT_PDPT, AT_PD | 7);
    for (unsigned i = 0; i < MACHINE_BYTES >> 21; i++)
        machine_put64(m, AT_PD + 8u * i, (uint64_t)i << 21 | 0x87);
    machine_put(m, AT_GDT, gdt, sizeof gdt);
    machine_put64(m, AT_TSS + 4, AT_KERNEL_STACK);
    machine_put64(m, AT_TSS + 0x24, AT_IST1);
    for (unsigned v = 0; v < 256; v++) {
        machine_gate(m, v, AT_HANDLERS + 16u * v, 14, 0, 0);
        machine_put(m, AT_HANDLERS + 16u * v, &hlt, 1);
    }
}

static inline struct segment machine_segment(uint16_t selector,
                                             uint16_t attributes)
{
    return (struct segment){
        .selector = selector, .attributes = attributes, .limit = 0xffffffff};
}

/* 64-bit mode at AT_CODE, at privilege level cpl. */
static inline void machine_enter(struct machine *m, unsigned cpl)
{
    struct cpu_state *s = cpu_state(m->cpu);

    s->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    s->cr3 = AT_PML4;
    s->cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    s->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    s->gdtr = (struct table_register){AT_GDT, 0x4f};
    s->idtr = (struct table_register){AT_IDT, 0xfff};
    s->tr = (struct segment){
        .selector = SEL_TSS, .attributes = 0x8b, .limit = 0x67, .base = AT_TSS};
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = cpl == 3 ? machine_segment(SEL_USER_DATA, 0xc0f3)
                             : machine_segment(SEL_KERNEL_DATA, 0xc093);
    s->seg[SEG_CS] = cpl == 3 ? machine_segment(SEL_USER_CODE, 0xa0fb)
                              : machine_segment(SEL_KERNEL_CODE, 0xa09b);
    s->cpl = (uint8_t)cpl;
    s->rip = AT_CODE;
    s->gpr[REG_RSP] = AT_STACK;
    s->star = (uint64_t)0x1b << 48 | (uint64_t)SEL_KERNEL_CODE << 32;
    s->lstar = AT_SYSCALL;
    cpu_sync(m->cpu);
}

static inline void machine_init(struct machine *m,
                                const struct machine_options *o)
{
    struct mmu_config mc = machine_mmu_config(o);
    struct cpu_config cc = machine_cpu_config(o);
    struct error e;

    memset(m, 0, sizeof *m);
    ck_assert_int_eq(memory_init(&m->dram, MACHINE_BYTES, &e), STATUS_OK);
    m->mmu = mmu_new(&mc, &m->dram, NULL, &m->counters, &e);
    ck_assert_ptr_nonnull(m->mmu);
    m->cpu = cpu_new(&cc, m->mmu, &m->dram, &e);
    ck_assert_ptr_nonnull(m->cpu);
    cpu_set_record(m->cpu, &m->counters, &m->ledger);
    machine_tables(m);
    machine_enter(m, 0);
}

static inline void machine_free(struct machine *m)
{
    cpu_free(m->cpu);
    mmu_free(m->mmu);
    memory_free(&m->dram);
}

/* Runs until an event; at most a million instructions. */
static inline struct cpu_event machine_run(struct machine *m)
{
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = cpu_retired(m->cpu) + 1000000};

    return cpu_run(m->cpu, &b);
}

/* Exactly n instructions. */
static inline struct cpu_event machine_step(struct machine *m, uint64_t n)
{
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = cpu_retired(m->cpu) + n};

    return cpu_run(m->cpu, &b);
}

/* Places code at AT_CODE and runs it to an event. */
static inline struct cpu_event
machine_execute(struct machine *m, const uint8_t *code, size_t bytes)
{
    machine_put(m, AT_CODE, code, bytes);
    return machine_run(m);
}

/* The vector at whose HLT the CPU halted; -1: elsewhere. */
static inline int machine_halted_in(const struct machine *m)
{
    const struct cpu_state *s = cpu_state_peek(m->cpu);
    uint64_t at = s->rip - 1 - AT_HANDLERS;

    return s->halted && at < 16 * 256 && at % 16 == 0 ? (int)(at / 16) : -1;
}

static inline void machine_expect_ledger(const struct machine *m)
{
    ck_assert_uint_eq(ledger_total(&m->ledger), cpu_now(m->cpu));
}

static inline int machine_main(TCase *t, const char *name)
{
    Suite *s = suite_create(name);
    SRunner *r;
    int failed;

    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

#endif
