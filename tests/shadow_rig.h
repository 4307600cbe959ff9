/*
 * shadow_rig.h - puts the entries of an oracle into the tables of a guest
 * under shadow paging, lets the guest execute one instruction, and compares
 * what it sees.
 *
 * Layout   the address is one that nothing else of the guest shares a table
 *          with but the root; its tables lie at MATRIX_TABLES, those of the
 *          code at MATRIX_WINDOW; the page's size does not change where it
 *          leads.
 */
#ifndef TESTS_SHADOW_RIG_H
#define TESTS_SHADOW_RIG_H
#include "hypervisor-model/presets/presets.h"
#include "sim/core/rng.h"
#include "tests/guest_rig.h"
#include "tests/paging_matrix.h"

enum {
    MATRIX_MEMORY = 16 << 20,
    MATRIX_KERNEL =
        0x10000, /* code, of the kernel's page and of the programs' */
    MATRIX_PROGRAM = 0x11000,
    MATRIX_TABLES = 0x20000, /* of the page: + level * 4K */
    MATRIX_WINDOW = 0x30000, /* of the code, likewise */
    MATRIX_PAGE =
        0x00a05432, /* where the address leads, whatever its page's size */
    MATRIX_NOP = 0x90,
    MATRIX_SELECTOR = 8,  /* its descriptor is at the address, and is marked */
    MATRIX_UNMARKED = 16, /* likewise the one behind, but not marked */
};

/* Code at these offsets. */
enum {
    MATRIX_DO_READ = 0x00,
    MATRIX_DO_WRITE = 0x10,
    MATRIX_DO_SEGMENT = 0x20,
    MATRIX_DO_INVLPG = 0x30,
    MATRIX_DO_CR0 = 0x40,
    MATRIX_DO_CR3 = 0x50,
    MATRIX_DO_CR4 = 0x60,
    MATRIX_DO_WRMSR = 0x70,
};

static const struct {
    unsigned at;
    uint8_t bytes[3];
} matrix_code[] = {
    {MATRIX_DO_READ, {0x8a, 0x03}},         /* mov al, [rbx] */
    {MATRIX_DO_WRITE, {0x88, 0x03}},        /* mov [rbx], al */
    {MATRIX_DO_SEGMENT, {0x8e, 0xd9}},      /* mov ds, cx */
    {MATRIX_DO_INVLPG, {0x0f, 0x01, 0x3b}}, /* invlpg [rbx] */
    {MATRIX_DO_CR0, {0x0f, 0x22, 0xc0}},    /* mov cr0, rax */
    {MATRIX_DO_CR3, {0x0f, 0x22, 0xd8}},    {MATRIX_DO_CR4, {0x0f, 0x22, 0xe0}},
    {MATRIX_DO_WRMSR, {0x0f, 0x30}},
};

/* Data of programs, 4G; its first byte is a MATRIX_NOP. */
static const uint64_t matrix_descriptor = 0x00cff2000000ff90;
static const uint64_t matrix_marked = (uint64_t)1 << 40;

struct matrix {
    struct rig rig;
    struct rig_shape shape;
    struct cpu_state base; /* at CPL 0, in the mode that is asked for */
    bool contexts;         /* CR4.PCIDE, and a PCID that is not 0 */
    uint64_t cases, good;
};

/* How an instruction ended. */
struct ending {
    bool fault;
    uint32_t code;
    uint64_t cr2;
};

static inline uint64_t matrix_va_of(enum paging p)
{
    return p == PAGING_5   ? 0x00a55a0000000000 | MATRIX_PAGE
           : p == PAGING_4 ? 0x00005a0000000000 | MATRIX_PAGE
                           : 0x80000000 | MATRIX_PAGE;
}

/* ck_assert() writes a file each time; cases are millions. */
static inline void matrix_must(bool good, const char *what)
{
    if (!good)
        ck_abort_msg("%s", what);
}

/* Devices write the guest's tables, so that the hypervisor takes note. */
static inline void matrix_put(struct matrix *m, uint64_t at, const void *from,
                              size_t bytes)
{
    hpa_t where = hpa_add(m->rig.vm->memory_base, at);

    matrix_must(memory_dma_write(&m->rig.dram, where, from, bytes),
                "no memory");
}

static inline uint64_t matrix_get(const struct matrix *m, uint64_t at,
                                  size_t bytes)
{
    uint64_t value = 0;

    matrix_must(vm_copy_out(m->rig.vm, &value, gpa(at), bytes), "no memory");
    return value;
}

static inline size_t matrix_entry_bytes(const struct matrix *m)
{
    return rig_geom(m->shape.paging)->entry_bytes;
}

static inline uint64_t matrix_entry_at(const struct oracle *o, unsigned level)
{
    return o->page[level].gpa + o_entry_offset(o, level);
}

/* Entries for the address alone; rights and flags are still to come. */
static inline struct oracle matrix_lay_out(struct rig_shape s)
{
    struct oracle o = {.paging = s.paging, .va = matrix_va_of(s.paging)};
    uint64_t page = o_field(MATRIX_PAGE, 31, o_low_bit(&o, s.leaf));

    for (unsigned level = 1; level <= 5; level++)
        o.page[level].gpa = MATRIX_TABLES + (uint64_t)level * 0x1000;
    o.entry[s.leaf] = page | (s.leaf > 1 ? 1u << 7 : 0);
    for (unsigned level = s.leaf + 1; level <= o_levels(s.paging); level++)
        o.entry[level] = o.page[level - 1].gpa;
    if (s.paging == PAGING_PAE)
        o.entry[3] |= 1;
    return o;
}

static inline void matrix_put_entries(struct matrix *m, const struct oracle *o)
{
    for (unsigned level = o_levels(o->paging); level >= m->shape.leaf; level--)
        if (matrix_get(m, matrix_entry_at(o, level), matrix_entry_bytes(m)) !=
            (matrix_entry_bytes(m) == 4 ? (uint32_t)o->entry[level]
                                        : o->entry[level]))
            matrix_put(m, matrix_entry_at(o, level), &o->entry[level],
                       matrix_entry_bytes(m));
}

static inline bool matrix_entries_are(const struct matrix *m,
                                      const struct oracle *o)
{
    for (unsigned level = o_levels(o->paging); level >= m->shape.leaf;
         level--) {
        uint64_t want = o->entry[level];

        if (matrix_get(m, matrix_entry_at(o, level), matrix_entry_bytes(m)) !=
            (matrix_entry_bytes(m) == 4 ? (uint32_t)want : want))
            return false;
    }
    return true;
}

/* The code's own pages, at the bottom of the address space. */
static inline void matrix_put_window(struct matrix *m)
{
    const struct oracle o = {.paging = m->shape.paging};
    unsigned top = o_levels(o.paging);
    size_t bytes = matrix_entry_bytes(m);

    for (unsigned level = top; level > 1; level--) {
        uint64_t table = level == top ? MATRIX_TABLES + level * 0x1000
                                      : MATRIX_WINDOW + level * 0x1000;
        uint64_t entry = (MATRIX_WINDOW + (level - 1) * 0x1000) | 0x27;

        if (o.paging == PAGING_PAE && level == top)
            entry &= ~(uint64_t)0x26; /* a register: no rights */
        matrix_put(m, table, &entry, bytes);
    }
    for (unsigned i = 0; i < 2; i++) {
        uint64_t page =
            MATRIX_KERNEL + i * (uint64_t)(MATRIX_PROGRAM - MATRIX_KERNEL);
        uint64_t entry = page | 0x63 | i << 2;

        matrix_put(m, MATRIX_WINDOW + 0x1000 + (page >> 12) * bytes, &entry,
                   bytes);
        for (size_t n = 0; n < ARRAY_LEN(matrix_code); n++)
            matrix_put(m, page + matrix_code[n].at, matrix_code[n].bytes,
                       sizeof matrix_code[n].bytes);
    }
}

static inline void matrix_put_page(struct matrix *m)
{
    const uint64_t data[2] = {matrix_descriptor | matrix_marked,
                              matrix_descriptor};

    matrix_put(m, MATRIX_PAGE, data, sizeof data);
}

/* One instruction, however many exits it takes. */
static inline struct ending matrix_step(struct matrix *m)
{
    const struct technique_ops *ops = m->rig.vm->technique;
    struct vcpu *v = m->rig.vm->vcpus[0];
    struct cpu *c = m->rig.cpu;
    uint64_t until = cpu_retired(c) + 1;
    struct ending e = {0};

    cpu_sync(c);
    for (unsigned turns = 0; cpu_retired(c) < until; turns++) {
        struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                    .until_instruction = until};
        struct cpu_event event;

        matrix_must(turns < 10, "an instruction that never ends");
        ops->budget(v, c, &budget);
        event = cpu_run(c, &budget);
        if (event.kind == CPU_EVENT_BUDGET)
            continue;
        matrix_must(ops->handle(v, c, &event) == VCPU_RESUME, m->rig.vm->crash);
        if (!cpu_control(c)->inject.valid)
            continue;
        matrix_must(cpu_control(c)->inject.vector == VECTOR_PF, "no #PF");
        e.fault = true;
        e.code = cpu_control(c)->inject.error_code;
        e.cr2 = cpu_state_peek(c)->cr2;
        cpu_control(c)->inject.valid = false;
        break;
    }
    return e;
}

/* The kernel executes what is at an offset of its code. */
static inline void matrix_kernel_does(struct matrix *m, unsigned what,
                                      uint64_t rax)
{
    struct cpu_state *s = cpu_state(m->rig.cpu);

    *s = m->base;
    s->rip = MATRIX_KERNEL + what;
    s->gpr[REG_RAX] = rax;
    s->gpr[REG_RBX] = matrix_va_of(m->shape.paging);
    s->gpr[REG_RCX] = 0xc0000080; /* EFER */
    matrix_must(!matrix_step(m).fault, "the kernel faults");
    m->base = *cpu_state_peek(m->rig.cpu);
}

static inline uint64_t matrix_cr4_of(const struct oracle *o)
{
    return (o->paging == PAGING_32 ? 0 : CR4_PSE) | (o_32(o) ? 0 : CR4_PAE) |
           (o->paging == PAGING_5 ? CR4_LA57 : 0) | (o->smep ? CR4_SMEP : 0) |
           (o->smap ? CR4_SMAP : 0) | (o->pke ? CR4_PKE : 0) |
           (o->pge ? CR4_PGE : 0);
}

static inline uint64_t matrix_efer_of(const struct oracle *o)
{
    return (o_64(o) ? EFER_LME | EFER_LMA : 0) | (o->nxe ? EFER_NXE : 0);
}

static inline void matrix_set_controls(struct matrix *m, const struct oracle *o)
{
    uint64_t root = o->page[o_levels(o->paging)].gpa;
    uint64_t context = (uint64_t)1 << 63 | 5; /* nothing is flushed */

    matrix_kernel_does(m, MATRIX_DO_WRMSR, matrix_efer_of(o));
    matrix_kernel_does(m, MATRIX_DO_CR3, root);
    matrix_kernel_does(m, MATRIX_DO_CR4,
                       matrix_cr4_of(o) | (m->contexts ? CR4_PCIDE : 0));
    if (m->contexts)
        matrix_kernel_does(m, MATRIX_DO_CR3, root | context);
    matrix_kernel_does(m, MATRIX_DO_CR0,
                       CR0_PE | CR0_ET | CR0_PG | (o->wp ? CR0_WP : 0));
    m->base.pkru = o->pkru;
}

/* A kernel on its tables, as if it had enabled paging long ago. */
static inline void matrix_boot(struct matrix *m, const struct oracle *o)
{
    static const uint8_t none[] = {0xf4};
    struct cpu_state *s;

    rig_boot(&m->rig, none, sizeof none);
    matrix_put_window(m);
    matrix_put_entries(m, o);
    matrix_put_page(m);
    s = cpu_state(m->rig.cpu);
    s->efer = matrix_efer_of(o) & ~(uint64_t)EFER_NXE;
    s->cr4 = matrix_cr4_of(o);
    s->cr0 = CR0_PE | CR0_ET | CR0_PG;
    s->cr3 = o->page[o_levels(o->paging)].gpa;
    if (o->paging == PAGING_PAE)
        for (unsigned i = 0; i < 4; i++)
            s->pdpte[i] = matrix_get(m, s->cr3 + i * 8, 8);
    if (o_64(o))
        s->seg[SEG_CS].attributes = 0xa09b;
    m->base = *s;
    matrix_kernel_does(m, MATRIX_DO_CR3, s->cr3);
}

static inline void matrix_open(struct matrix *m, struct rig_shape s,
                               unsigned host_shift)
{
    const struct oracle o = matrix_lay_out(s);

    *m = (struct matrix){.shape = s};
    rig_defaults(&m->rig);
    m->rig.cpu_config.has_pku = m->rig.cpu_config.has_la57 = true;
    m->rig.cpu_config.has_pcid = true;
    m->rig.mmu_config.cache_enabled = false;
    m->rig.hv_config.host_page_shift = (uint8_t)host_shift;
    rig_open(&m->rig, &technique_shadow, MATRIX_MEMORY);
    matrix_boot(m, &o);
}

/* Registers for one access; variant chooses where the claim does not. */
static inline void matrix_set_access(struct matrix *m, const struct oracle *o,
                                     unsigned variant)
{
    static const unsigned at[] = {[ASK_READ] = MATRIX_DO_READ,
                                  [ASK_WRITE] = MATRIX_DO_WRITE,
                                  [ASK_FETCH] = 0};
    struct cpu_state *s = cpu_state(m->rig.cpu);
    bool implicit = o->who == BY_IMPLICIT;
    bool user = o->who == BY_USER || (implicit && (variant & 1));

    *s = m->base;
    s->cpl = user ? 3 : 0;
    s->seg[SEG_CS].selector |= s->cpl;
    s->rip = (user ? MATRIX_PROGRAM : MATRIX_KERNEL) +
             (implicit ? MATRIX_DO_SEGMENT : at[o->kind]);
    if (o->kind == ASK_FETCH)
        s->rip = o->va;
    if (o->who == BY_SUPERVISOR_AC || ((implicit || user) && (variant & 2)))
        s->rflags |= RFLAGS_AC;
    s->gpr[REG_RAX] = MATRIX_NOP;
    s->gpr[REG_RBX] = o->va;
    s->gpr[REG_RCX] =
        (o->kind == ASK_WRITE ? MATRIX_UNMARKED : MATRIX_SELECTOR) | s->cpl;
    if (implicit || (variant & 4))
        s->gdtr = (struct table_register){.base = o->va - MATRIX_SELECTOR,
                                          .limit = 23};
}

static inline void matrix_complain(const struct oracle *o,
                                   const struct oracle *after,
                                   const struct oracle_answer *want,
                                   const struct ending *got)
{
    ck_abort_msg(
        "%s, kind %d by %d, wp %d nxe %d smep %d smap %d pke %d pkru %#x, "
        "entries %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64
        ": the oracle says %d code %#x, the guest sees %d code %#x cr2 "
        "%#" PRIx64 ", or flags are not %#" PRIx64 " %#" PRIx64 " %#" PRIx64
        " %#" PRIx64 " %#" PRIx64,
        rig_name(o->paging), o->kind, o->who, o->wp, o->nxe, o->smep, o->smap,
        o->pke, o->pkru, o->entry[5], o->entry[4], o->entry[3], o->entry[2],
        o->entry[1], want->outcome, want->code, got->fault, got->code, got->cr2,
        after->entry[5], after->entry[4], after->entry[3], after->entry[2],
        after->entry[1]);
}

/* Marking a descriptor reads it first; its type is in its byte 5. */
static inline struct oracle_answer matrix_expect(struct oracle *o,
                                                 uint64_t *cr2)
{
    struct oracle_answer a;
    bool marks = o->who == BY_IMPLICIT && o->kind == ASK_WRITE;

    *cr2 = o->va + (marks ? MATRIX_UNMARKED - MATRIX_SELECTOR : 0);
    if (!marks)
        return oracle_ask(o);
    o->kind = ASK_READ;
    a = oracle_ask(o);
    o->kind = ASK_WRITE;
    if (a.outcome != ORACLE_GOOD)
        return a;
    *cr2 += 5;
    return oracle_ask(o);
}

/* One case: *o has the entries before, and afterwards those after. */
static inline void matrix_ask(struct matrix *m, struct oracle *o,
                              unsigned variant)
{
    const struct oracle before = *o;
    struct oracle_answer want;
    struct ending got;
    uint64_t cr2;

    matrix_set_access(m, o, variant);
    got = matrix_step(m);
    want = matrix_expect(o, &cr2);
    m->cases++;
    m->good += !got.fault;
    if (got.fault != (want.outcome == ORACLE_PAGE_FAULT) ||
        (got.fault && (got.code != want.code || got.cr2 != cr2)) ||
        !matrix_entries_are(m, o))
        matrix_complain(&before, o, &want, &got);
    if (!got.fault && o->who == BY_IMPLICIT && o->kind == ASK_WRITE)
        matrix_put_page(m);
}

#endif
