/*
 * 333-cpu-wild_tables.c - claim: whatever lies in descriptor tables, gates,
 * task segments, stacks and page tables, and whatever privileged instruction
 * meets it in whatever mode, the CPU settles it as faults, shutdown or events:
 * it neither crashes nor loses its invariants, and the same wild machine ends
 * the same way with blocks cached or not.
 *
 * The guest's memory is random; the segment registers keep what loads put
 * there.  Run under the sanitizers, this is the test that no guest reaches
 * outside its memory through them.
 */
#include "sim/core/rng.h"
#include "tests/legacy_fixture.h"

enum { TRIALS = 1200, STEPS = 24 };

/* Instructions that read tables, switch modes, or use stacks. */
static const uint8_t *pick(struct rng *r, unsigned *bytes)
{
    static const uint8_t codes[][10] = {
        {2, 0xcd, 0x21},                               /* int 0x21 */
        {1, 0xcc},                                     /* int3 */
        {1, 0xcf},                                     /* iret */
        {1, 0xcb},                                     /* retf */
        {2, 0x8e, 0xd0},                               /* mov ss,ax */
        {2, 0x8e, 0xd8},                               /* mov ds,ax */
        {2, 0x8e, 0xe9},                               /* mov gs,cx */
        {1, 0x17},                                     /* pop ss */
        {1, 0x07},                                     /* pop es */
        {3, 0x0f, 0x00, 0xd0},                         /* lldt ax */
        {3, 0x0f, 0x00, 0xd9},                         /* ltr cx */
        {3, 0x0f, 0x22, 0xc2},                         /* mov cr0,edx */
        {3, 0x0f, 0x22, 0xdb},                         /* mov cr3,ebx */
        {3, 0x0f, 0x22, 0xe6},                         /* mov cr4,esi */
        {7, 0x9a, 0x00, 0x00, 0x10, 0x00, 0x40, 0x00}, /* call far */
        {7, 0xea, 0x00, 0x00, 0x10, 0x00, 0x48, 0x00}, /* jmp far */
        {3, 0x0f, 0x02, 0xc1},                         /* lar eax,ecx */
        {3, 0x0f, 0x00, 0xe1},                         /* verr cx */
        {1, 0x60},                                     /* pusha */
        {4, 0xc8, 0x10, 0x00, 0x03},                   /* enter 16,3 */
        {1, 0xc9},                                     /* leave */
        {1, 0x9d},                                     /* popf */
        {2, 0x0f, 0x30},                               /* wrmsr */
        {2, 0x0f, 0x34},                               /* sysenter */
        {2, 0x0f, 0x35},                               /* sysexit */
        {3, 0x0f, 0x23, 0xf8},                         /* mov dr7,eax */
        {2, 0xc5, 0x03},                               /* lds eax,[ebx] */
        {1, 0xee},                                     /* out dx,al */
        {3, 0x66, 0xcf, 0x90},                         /* iret, other size */
        {2, 0xff, 0x1b},                               /* call far [ebx] */
        {2, 0xf3, 0xa4},                               /* rep movsb */
        {2, 0x0f, 0x05},                               /* syscall */
    };
    const uint8_t *code = codes[rng_below(r, ARRAY_LEN(codes))];

    *bytes = code[0];
    return code + 1;
}

static uint64_t wild(struct rng *r)
{
    uint64_t v = rng_next(r);

    switch (rng_below(r, 4)) {
    case 0:
        return v & 0xff;
    case 1:
        return v & 0xffffff;
    case 2:
        return v & 0xffffffff;
    }
    return v;
}

/* Tables of random entries, most of them of plausible types. */
static void put_tables(struct machine *m, struct rng *r)
{
    for (unsigned i = 0; i < 64; i++) {
        uint64_t d = rng_next(r);

        if (rng_below(r, 4))
            d |= (uint64_t)1 << 47;
        if (rng_below(r, 2)) /* bases within memory */
            d &= 0x00ffff0fffffffff;
        machine_put64(m, AT_GDT + 8 * i, d);
        machine_put64(m, AT_IDT + 8 * i, rng_next(r) | (uint64_t)1 << 47);
        machine_put64(m, AT_TSS + 8 * i, wild(r));
        machine_put64(m, AT_STACK - 256 + 8 * i, wild(r));
    }
    for (unsigned i = 0; i < 256; i++) {
        unsigned bytes;
        const uint8_t *code = pick(r, &bytes);

        machine_put(m, AT_CODE + 8 * i, code, bytes);
    }
}

static void put_state(struct machine *m, struct rng *r)
{
    struct cpu_state *s = cpu_state(m->cpu);
    unsigned mode = (unsigned)rng_below(r, 4);

    if (mode == 0)
        legacy_real(m);
    else if (mode == 1)
        machine_enter(m, rng_below(r, 2) ? 3 : 0);
    else
        legacy_protected(m, mode == 2 ? 0 : 3);
    put_tables(m, r);
    if (mode == 3 && rng_below(r, 2)) {
        s->rflags |= RFLAGS_VM;
        s->seg[SEG_CS].base = AT_REAL_CODE;
        s->rip = 0;
    }
    for (unsigned i = 0; i < 8; i++)
        if (i != REG_RSP)
            s->gpr[i] = wild(r);
    s->gpr[REG_RSP] = AT_STACK - 128;
    s->gdtr.limit = (uint16_t)rng_below(r, 512);
    s->idtr.limit = (uint16_t)rng_below(r, 512);
    s->tr.limit = (uint32_t)rng_below(r, 256);
    s->tr.attributes = (uint16_t)(0x81 | rng_below(r, 2) << 3 | 2);
    s->rflags |= rng_next(r) & 0x47fd5;
    cpu_sync(m->cpu);
}

static void answer(struct machine *m, const struct cpu_event *e)
{
    if (e->kind == CPU_EVENT_PORT)
        cpu_complete_port(m->cpu, &e->port);
    if (e->kind == CPU_EVENT_MSR)
        cpu_complete_msr(m->cpu, &e->msr);
}

/* A digest of where the wild machine came to. */
static uint64_t run_trial(const struct machine_options *o, uint64_t seed)
{
    struct machine m;
    struct rng r;
    const struct cpu_state *s;
    uint64_t digest;

    rng_init(&r, seed);
    machine_init(&m, o);
    put_state(&m, &r);
    for (unsigned i = 0; i < STEPS; i++) {
        struct cpu_budget b = {.until_cycle = cpu_now(m.cpu) + 5000,
                               .until_instruction = cpu_retired(m.cpu) + 8};
        struct cpu_event e = cpu_run(m.cpu, &b);

        if (e.kind == CPU_EVENT_SHUTDOWN || e.kind == CPU_EVENT_HALT)
            break;
        answer(&m, &e);
    }
    s = cpu_state_peek(m.cpu);
    ck_assert_uint_le(s->cpl, 3);
    if (s->rflags & RFLAGS_VM)
        ck_assert_uint_eq(s->cpl, 3);
    if (!(s->efer & EFER_LMA))
        ck_assert_uint_eq(s->rip >> 32, 0);
    machine_expect_ledger(&m);
    digest = s->rip ^ s->rflags << 8 ^ s->gpr[REG_RSP] << 16 ^
             s->gpr[REG_RAX] << 24 ^ s->seg[SEG_CS].base << 32 ^
             s->seg[SEG_SS].selector ^ cpu_retired(m.cpu) << 40;
    machine_free(&m);
    return digest;
}

START_TEST(test_wild_tables_are_settled_and_alike)
{
    const struct machine_options cached = {.timing = TIMING_FAST};
    const struct machine_options plain = {
        .timing = TIMING_FAST, .no_block_cache = true, .no_fast_path = true};
    unsigned different = 0;
    uint64_t last = 0;

    for (uint64_t seed = 1; seed <= TRIALS; seed++) {
        uint64_t a = run_trial(&cached, seed);

        if (seed % 8 == 0)
            ck_assert_uint_eq(a, run_trial(&plain, seed));
        different += a != last;
        last = a;
    }
    ck_assert_uint_gt(different, TRIALS / 2);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("wild tables");

    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_wild_tables_are_settled_and_alike);
    return machine_main(t, "wild tables");
}
