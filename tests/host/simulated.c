/*
 * simulated.c - see simulated.h.
 *
 * Simulated memory holds 4-level tables that map the trial's code and data
 * pages for CPL 3 and nothing else.
 */
#include "tests/host/simulated.h"

#include <stdlib.h>
#include <string.h>

#include "mmu/memory.h"
#include "mmu/mmu.h"
#include "mmu/pt_geom.h"
#include "sim/core/macros.h"
#include "sim/cpu/cpu.h"
#include "tests/host/host_features.h"
#include "tests/host/native.h"

enum {
    MEMORY_BYTES = 1 << 20,
    ROOT = 0x1000,
    NEXT_TABLE = 0x2000,
    TABLES_AT = 0x30000, /* GDT and LDT */
    LDT_OFFSET = 0x800,
    LDT_ENTRIES = 2,
    DATA_AT = 0x40000,
    CODE_AT = 0x80000,
    MOST_INSTRUCTIONS = 1 << 20,
};

/* Where only the kernel could read it, as on the host. */
#define TABLES ((uint64_t)0xffffff8000000000)

struct simulated {
    struct memory dram;
    struct mmu *mmu;
    struct cpu *cpu;
    struct counters counters;
    uint64_t next_table;
};

/* Maps one 4K page with these rights, making tables on the way. */
static void map_page(struct simulated *s, uint64_t va, uint64_t at,
                     uint64_t rights)
{
    uint64_t table = ROOT;

    for (unsigned level = 4; level > 1; level--) {
        hpa_t entry =
            hpa(table + pt_entry_offset(&pt_geom_x86_4level, level, va));
        uint64_t value = memory_read64(&s->dram, entry);

        if (!(value & PTE_P)) {
            value = s->next_table | PTE_P | PTE_W | PTE_U;
            s->next_table += PAGE_BYTES;
            memory_write64(&s->dram, entry, value);
        }
        table = value & PTE_ADDRESS;
    }
    memory_write64(&s->dram,
                   hpa(table + pt_entry_offset(&pt_geom_x86_4level, 1, va)),
                   at | PTE_P | rights);
}

/* The host's GDT as far as it can be seen, and the trial's LDT. */
static void fill_tables(struct simulated *s)
{
    uint64_t gdt[HOST_GDT_ENTRIES];
    const uint64_t ldt[LDT_ENTRIES] = {
        segment_descriptor(TRIAL_CODE, SEGMENT_CODE_16_LIMIT, 0x00fb),
        segment_descriptor(TRIAL_DATA, SEGMENT_DATA_16_LIMIT, 0x00f3)};

    host_gdt(gdt);
    memcpy(memory_at(&s->dram, hpa(TABLES_AT)), gdt, sizeof(gdt));
    memcpy(memory_at(&s->dram, hpa(TABLES_AT + LDT_OFFSET)), ldt, sizeof(ldt));
}

static struct mmu_config mmu_geometry(void)
{
    struct tlb_config tlb = {.page_4k = {64, 4}, .repl = REPL_LRU};
    struct mmu_config c = {.tlb_enabled = true,
                           .fast_path = true,
                           .l1d_tlb = tlb,
                           .l1i_tlb = tlb,
                           .line_bytes = 64,
                           .dram_cycles = 200,
                           .walkers = 1,
                           .miss_buffers = 10,
                           .seed = 1};

    return c;
}

static struct cpu_config cpu_costs(void)
{
    struct cpu_config c = {.timing = TIMING_FAST,
                           .width = 4,
                           .window = 64,
                           .block_cache = true,
                           .has_nx = true,
                           .has_pcid = true,
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    .has_##field = true,
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
                           .vendor = "GenuineIntel",
                           .brand = "trial",
                           .tsc_khz = 1000000};

    if (host_is_amd())
        memcpy(c.vendor, "AuthenticAMD", sizeof("AuthenticAMD"));
    return c;
}

/* present, DPL 3, code or data, type; L, D and G */
static struct segment code_segment(enum trial_mode mode)
{
    static const struct segment code[TRIAL_MODES] = {
        {SELECTOR_CODE_64, 0xa0fb, UINT32_MAX, 0},
        {SELECTOR_CODE_32, 0xc0fb, UINT32_MAX, 0},
        {SELECTOR_CODE_16, 0x00fb, SEGMENT_CODE_16_LIMIT, TRIAL_CODE}};

    return code[mode];
}

/* FS and GS are null, as in programs. */
static void set_segments(struct cpu_state *state, enum trial_mode mode)
{
    const struct segment flat = {SELECTOR_DATA, 0xc0f3, UINT32_MAX, 0};
    const struct segment page = {SELECTOR_DATA_16, 0x00f3,
                                 SEGMENT_DATA_16_LIMIT, TRIAL_DATA};

    for (unsigned i = 0; i < SEG_FS; i++)
        state->seg[i] = mode == TRIAL_16 ? page : flat;
    state->seg[SEG_FS] = state->seg[SEG_GS] = (struct segment){0, 0, 0, 0};
    state->seg[SEG_CS] = code_segment(mode);
    /* a TSS without I/O bitmap: no port is allowed */
    state->tr = (struct segment){0x40, 0x8b, 0x65, 0};
    state->cpl = 3;
}

static void set_mode(struct simulated *s)
{
    struct cpu_state *state = cpu_state(s->cpu);

    set_segments(state, TRIAL_64);
    state->gdtr = (struct table_register){TABLES, 8 * HOST_GDT_ENTRIES - 1};
    if (native_has(TRIAL_16))
        state->ldtr = (struct segment){0x50, 0x82, 8 * LDT_ENTRIES - 1,
                                       TABLES + LDT_OFFSET};
    state->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    state->cr3 = ROOT;
    state->cr4 =
        CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE | CR4_FSGSBASE;
    state->xcr0 = 3; /* x87 and SSE: trials ask for no more */
    state->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    cpu_control(s->cpu)->virt = VIRT_DEPRIVED;
    cpu_sync(s->cpu);
}

struct simulated *simulated_new(void)
{
    struct simulated *s = calloc(1, sizeof(*s));
    struct mmu_config geometry = mmu_geometry();
    struct cpu_config costs = cpu_costs();
    struct error e;

    if (!s)
        return NULL;
    s->next_table = NEXT_TABLE;
    if (memory_init(&s->dram, MEMORY_BYTES, &e) != STATUS_OK)
        BUG("no memory for the trial machine");
    map_page(s, TRIAL_DATA, DATA_AT, PTE_W | PTE_U);
    map_page(s, TABLES, TABLES_AT, PTE_W);
    fill_tables(s);
    for (uint64_t at = 0; at < TRIAL_CODE_BYTES; at += PAGE_BYTES)
        map_page(s, TRIAL_CODE + at, CODE_AT + at, PTE_W | PTE_U);
    s->mmu = mmu_new(&geometry, &s->dram, NULL, &s->counters, &e);
    if (!s->mmu)
        BUG(e.text);
    s->cpu = cpu_new(&costs, s->mmu, &s->dram, &e);
    if (!s->cpu)
        BUG(e.text);
    cpu_reset(s->cpu);
    set_mode(s);
    return s;
}

void simulated_free(struct simulated *s)
{
    cpu_free(s->cpu);
    mmu_free(s->mmu);
    memory_free(&s->dram);
    free(s);
}

static void load_image(struct cpu_state *state, const struct image *i)
{
    unsigned top;

    memcpy(state->gpr, i->gpr, sizeof(i->gpr));
    state->rflags = i->rflags;
    memcpy(&state->fcw, i->fx + FXI_FCW, 2);
    memcpy(&state->fsw, i->fx + FXI_FSW, 2);
    state->ftw = i->fx[FXI_FTW];
    state->fop = 0;
    state->fip = state->fdp = 0;
    memcpy(&state->mxcsr, i->fx + FXI_MXCSR, 4);
    memcpy(state->xmm, i->fx + FXI_XMM, sizeof(state->xmm));
    top = state->fsw >> 11 & 7;
    for (unsigned r = 0; r < 8; r++) {
        struct x87_reg *st = &state->x87[(top + r) & 7];

        memcpy(&st->mantissa, i->fx + FXI_ST + 16 * r, 8);
        memcpy(&st->sign_exponent, i->fx + FXI_ST + 16 * r + 8, 2);
    }
}

static void store_image(struct image *i, const struct cpu_state *state)
{
    unsigned top = state->fsw >> 11 & 7;

    memset(i, 0, sizeof(*i));
    memcpy(i->gpr, state->gpr, sizeof(i->gpr));
    i->rflags = state->rflags;
    memcpy(i->fx + FXI_FCW, &state->fcw, 2);
    memcpy(i->fx + FXI_FSW, &state->fsw, 2);
    i->fx[FXI_FTW] = state->ftw;
    memcpy(i->fx + FXI_MXCSR, &state->mxcsr, 4);
    memcpy(i->fx + FXI_XMM, state->xmm, sizeof(state->xmm));
    for (unsigned r = 0; r < 8; r++) {
        const struct x87_reg *st = &state->x87[(top + r) & 7];

        memcpy(i->fx + FXI_ST + 16 * r, &st->mantissa, 8);
        memcpy(i->fx + FXI_ST + 16 * r + 8, &st->sign_exponent, 2);
    }
}

/* Runs until a trap: the trial's own, or that of the UD2 behind it. */
static struct cpu_event run_to_trap(struct simulated *s, const struct trial *t,
                                    unsigned slot)
{
    struct cpu_state *state = cpu_state(s->cpu);
    struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                .until_instruction =
                                    cpu_retired(s->cpu) + MOST_INSTRUCTIONS};

    load_image(state, &t->before);
    memcpy(memory_at(&s->dram, hpa(DATA_AT)), t->data, TRIAL_DATA_BYTES);
    set_segments(state, t->mode);
    state->rip = trial_rip(t, slot);
    cpu_sync(s->cpu);
    return cpu_run(s->cpu, &budget);
}

static void run_one(struct simulated *s, struct trial *t, unsigned slot)
{
    struct cpu_state *state = cpu_state(s->cpu);
    struct outcome *o = &t->simulated;
    struct cpu_event event = run_to_trap(s, t, slot);

    o->vector = TRIAL_NO_FAULT;
    o->error_code = 0;
    o->cr2 = 0;
    o->rip_offset = state->rip - trial_rip(t, slot);
    if (event.kind != CPU_EVENT_TRAP) {
        o->vector = (uint8_t)(0x80 + event.kind); /* no host ever says this */
    } else if (event.trap.vector != VECTOR_UD || o->rip_offset != t->length) {
        o->vector = event.trap.vector;
        if (o->vector == VECTOR_BP || o->vector == VECTOR_OF)
            o->rip_offset += event.trap.length; /* reported behind them */
        o->error_code = event.trap.has_error ? event.trap.error_code : 0;
        o->cr2 = event.trap.cr2;
    }
    store_image(&o->state, state);
    memcpy(o->data, memory_at(&s->dram, hpa(DATA_AT)), TRIAL_DATA_BYTES);
}

void simulated_run(struct simulated *s, struct trial *trials, unsigned count)
{
    static const uint8_t ud2[2] = {0x0f, 0x0b};

    for (unsigned i = 0; i < count; i++) {
        uint64_t at = CODE_AT + (uint64_t)i * TRIAL_SLOT_BYTES;
        uint8_t *code = memory_at(&s->dram, hpa(at));

        memcpy(code, trials[i].code, trials[i].length);
        memcpy(code + trials[i].length, ud2, sizeof(ud2));
    }
    for (uint64_t at = 0; at < TRIAL_CODE_BYTES; at += PAGE_BYTES)
        cpu_code_written(s->cpu, hpa_to_hfn(hpa(CODE_AT + at)));
    for (unsigned i = 0; i < count; i++)
        run_one(s, &trials[i], i);
}
