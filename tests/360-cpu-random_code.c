/*
 * 360-cpu-random_code.c - claim: no bytes as code bring the CPU down, and what
 * they do is the same with blocks cached and the fast path on as without
 * either: the same registers, memory, events and counts.
 *
 * Random bytes, and bytes that favour the two- and three-byte opcode maps and
 * VEX, run on both vendors' CPUs in real-address, virtual-8086, 16-bit and
 * 32-bit protected and 64-bit mode, at CPL 0 and 3.  Intel SDM vol. 2,
 * "Instruction Format".
 *
 * RINGSIDE_SEEDS=N  programs per mode (default 60)
 * RINGSIDE_SEED=N   the first of them (default 1)
 */
#include "tests/cpu_groups.h"

#include <stdlib.h>

#include "sim/core/rng.h"
#include "sim/cpu/segment.h"

enum {
    CODE_BYTES = 2048,
    LIMIT = 600, /* instructions of one program */
    MOST_EVENTS = 64,
    LOW_CODE = 0x9000, /* where 16-bit code can reach it */
};

enum mode {
    MODE_KERNEL_64,
    MODE_USER_64,
    MODE_KERNEL_32,
    MODE_USER_32,
    MODE_PROTECTED_16,
    MODE_REAL_ADDRESS,
    MODE_VIRTUAL_8086,
    MODE_COUNT
};

/* How a program ended, for comparison. */
struct ending {
    struct cpu_state state;
    uint64_t retired;
    uint64_t events;
};

static uint8_t prefix_byte(struct rng *rng)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e,
                                       0x36, 0x64, 0x65, 0x48, 0x41, 0x4c};

    return prefixes[rng_below(rng, ARRAY_LEN(prefixes))];
}

/* The start of an instruction: prefixes, then a map. */
static unsigned put_start(struct rng *rng, uint8_t to[8])
{
    unsigned n = 0;

    while (n < 3 && rng_below(rng, 3) == 0)
        to[n++] = prefix_byte(rng);
    switch (rng_below(rng, 6)) {
    case 0:
        to[n++] = 0x0f;
        break;
    case 1:
        to[n++] = 0x0f;
        to[n++] = 0x38;
        break;
    case 2:
        to[n++] = 0x0f;
        to[n++] = 0x3a;
        break;
    case 3:
        to[n++] = 0xc4;
        to[n++] = (uint8_t)((rng_next(rng) & 0xe0) | (1 + rng_below(rng, 3)));
        to[n++] = (uint8_t)rng_next(rng);
        break;
    case 4:
        to[n++] = (uint8_t)(0xd8 + rng_below(rng, 8));
        break;
    }
    return n;
}

static void fill_code(struct rng *rng, uint8_t code[CODE_BYTES])
{
    bool shaped = rng_below(rng, 4) != 0;

    for (unsigned i = 0; i < CODE_BYTES; i++)
        code[i] = (uint8_t)rng_next(rng);
    for (unsigned i = 0; shaped && i + 16 < CODE_BYTES;) {
        uint8_t start[8];
        unsigned n = put_start(rng, start);

        memcpy(code + i, start, n);
        i += n + 2 + rng_below(rng, 5); /* opcode, operands */
    }
}

static struct segment flat(uint16_t selector, uint16_t attributes,
                           uint64_t base)
{
    return (struct segment){.selector = selector,
                            .attributes = attributes,
                            .limit = 0xffff,
                            .base = base};
}

static void set_legacy(struct cpu_state *s, enum mode mode)
{
    bool user = mode == MODE_USER_32 || mode == MODE_VIRTUAL_8086;
    uint16_t dpl = user ? 0x60 : 0;
    bool wide = mode == MODE_KERNEL_32 || mode == MODE_USER_32;

    s->efer &= ~(EFER_LME | EFER_LMA);
    s->cr0 &= ~CR0_PG;
    s->cr4 &= ~CR4_PAE;
    s->cpl = user ? 3 : 0;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = flat(LOW_CODE >> 4, (uint16_t)(0x93 | dpl), LOW_CODE);
    s->seg[SEG_CS] = flat(LOW_CODE >> 4, (uint16_t)(0x9b | dpl), LOW_CODE);
    s->rip = 0;
    if (mode == MODE_REAL_ADDRESS)
        s->cr0 &= ~CR0_PE;
    if (mode == MODE_VIRTUAL_8086)
        s->rflags |= RFLAGS_VM;
    if (!wide)
        return;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = machine_segment(user ? SEL_USER_DATA : SEL_DATA32,
                                    (uint16_t)(0xc093 | dpl));
    s->seg[SEG_CS] =
        machine_segment(user ? 0x1b : SEL_CODE32, (uint16_t)(0xc09b | dpl));
    s->rip = LOW_CODE;
}

static void set_registers(struct cpu_state *s, struct rng *rng)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        s->gpr[i] = rng_below(rng, 4) == 0 ? rng_next(rng)
                                           : AT_DATA + rng_below(rng, 0x10000);
    s->gpr[REG_RCX] = rng_below(rng, 64);
    s->gpr[REG_RSP] = 0x8000 + rng_below(rng, 0x4000);
    for (unsigned i = 0; i < 16; i++)
        s->xmm[i].u64[0] = s->xmm[i].u64[1] = rng_next(rng);
    s->mxcsr = 0x1f80;
    s->fcw = 0x37f;
    s->ftw = (uint8_t)rng_next(rng);
    s->rflags |= rng_next(rng) & 0x8d5;
    s->xcr0 = 3;
}

static void open_program(struct machine *m, enum mode mode, uint64_t seed,
                         bool plain)
{
    const struct machine_options o = {.timing = TIMING_FAST,
                                      .no_block_cache = plain,
                                      .no_fast_path = plain,
                                      .amd = seed % 2 == 0};
    uint8_t code[CODE_BYTES];
    struct cpu_state *s;
    struct rng rng;

    rng_init(&rng, seed * MODE_COUNT + (uint64_t)mode);
    fill_code(&rng, code);
    machine_init_groups(m, &o, ALL_GROUPS);
    s = cpu_state(m->cpu);
    machine_put(m, AT_CODE, code, sizeof(code));
    machine_put(m, LOW_CODE, code, sizeof(code));
    if (mode == MODE_USER_64)
        machine_enter(m, 3);
    s->cr4 |= CR4_OSXSAVE;
    if (mode >= MODE_KERNEL_32)
        set_legacy(s, mode);
    set_registers(s, &rng);
    cpu_sync(m->cpu);
}

/* What a device would say; false: the program is over. */
static bool answer(struct machine *m, struct cpu_event *event)
{
    switch (event->kind) {
    case CPU_EVENT_PORT:
        if (event->port.in)
            memset(event->port.data, 0x5a,
                   (size_t)event->port.count * event->port.bytes);
        cpu_complete_port(m->cpu, &event->port);
        return true;
    case CPU_EVENT_MSR:
    case CPU_EVENT_DEVICE:
    case CPU_EVENT_HALT:
    case CPU_EVENT_WAIT:
    case CPU_EVENT_PRIORITY:
    case CPU_EVENT_SHUTDOWN:
    case CPU_EVENT_EXIT:
    case CPU_EVENT_TRAP:
        return false;
    case CPU_EVENT_BUDGET:
    case CPU_EVENT_WINDOW:
    case CPU_EVENT_STOP:
        return false;
    }
    return false;
}

static struct ending run_program(struct machine *m)
{
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = cpu_retired(m->cpu) + LIMIT};
    struct ending end;
    bool more = true;

    memset(&end, 0, sizeof(end));
    for (unsigned i = 0; more && i < MOST_EVENTS; i++) {
        struct cpu_event event = cpu_run(m->cpu, &b);

        end.events = end.events * 31 + (uint64_t)event.kind;
        more = answer(m, &event);
    }
    end.state = *cpu_state(m->cpu);
    end.retired = cpu_retired(m->cpu);
    machine_expect_ledger(m);
    return end;
}

static void expect_same(const struct ending *a, const struct ending *b,
                        enum mode mode, uint64_t seed)
{
    ck_assert_msg(a->events == b->events, "mode %u seed %llu: events",
                  (unsigned)mode, (unsigned long long)seed);
    ck_assert_msg(a->state.rip == b->state.rip, "mode %u seed %llu: rip",
                  (unsigned)mode, (unsigned long long)seed);
    ck_assert_uint_eq(a->retired, b->retired);
    ck_assert_uint_eq(a->state.rflags, b->state.rflags);
    ck_assert_uint_eq(a->state.cr2, b->state.cr2);
    ck_assert_mem_eq(a->state.gpr, b->state.gpr, sizeof(a->state.gpr));
    ck_assert_mem_eq(a->state.xmm, b->state.xmm, sizeof(a->state.xmm));
    ck_assert_uint_eq(a->state.fsw, b->state.fsw);
    ck_assert_uint_eq(a->state.ftw, b->state.ftw);
    ck_assert_uint_eq(a->state.mxcsr, b->state.mxcsr);
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 0) : otherwise;
}

START_TEST(test_cpu_random_code_ends_the_same_without_caches)
{
    unsigned long seeds = number_from("RINGSIDE_SEEDS", 60), halted = 0;
    unsigned long first = number_from("RINGSIDE_SEED", 1);
    enum mode mode = (enum mode)_i;
    uint64_t retired = 0;

    for (uint64_t seed = first; seed < first + seeds; seed++) {
        struct machine fast, plain;
        struct ending a, b;

        open_program(&fast, mode, seed, false);
        open_program(&plain, mode, seed, true);
        a = run_program(&fast);
        b = run_program(&plain);
        expect_same(&a, &b, mode, seed);
        ck_assert_mem_eq(fast.dram.base, plain.dram.base, MACHINE_BYTES);
        halted += a.state.halted;
        retired += a.retired;
        machine_free(&fast);
        machine_free(&plain);
    }
    ck_assert_uint_gt(retired, seeds / 2); /* most programs ran somewhere */
    ck_assert_uint_le(halted, seeds);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("random code");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_cpu_random_code_ends_the_same_without_caches, 0,
                        MODE_COUNT);
    return machine_main(t, "cpu-random_code");
}
