/*
 * 331-cpu-windows.c - claim: an interrupt that waits is taken before the same
 * instruction whether blocks are cached and chained or not, in random code
 * that opens and closes the window in every way, among branches.
 */
#include "sim/core/rng.h"
#include "tests/cpu_fixture.h"

enum {
    VECTOR = 0x40,
    PROGRAMS = 12,
    WINDOWS = 1500, /* of one program */
    PIECES = 160,   /* of code in a program */
    CODE_MOST = 4096,
};

struct piece {
    const char *bytes;
    uint8_t length;
};

#define PIECE(text)                                                            \
    {                                                                          \
        text, sizeof(text) - 1                                                 \
    }
static const struct piece pieces[] = {
    PIECE("\xfb"),                 /* sti */
    PIECE("\xfa"),                 /* cli */
    PIECE("\xfa\xfb"),             /* cli; sti */
    PIECE("\xfb\xeb\x00"),         /* sti; jmp to the next */
    PIECE("\x9c\xfb\x9d"),         /* pushf; sti; popf */
    PIECE("\x9c\xfa\x9d"),         /* pushf; cli; popf */
    PIECE("\x8e\xd2"),             /* mov ss,edx */
    PIECE("\x8e\xd2\xeb\x00"),     /* mov ss,edx; jmp to the next */
    PIECE("\xfb\x8e\xd2\xeb\x00"), /* sti; mov ss,edx; jmp to the next */
    PIECE("\xeb\x00"),             /* jmp to the next */
    PIECE("\x75\x00"),             /* jne to the next */
    PIECE("\xff\xc0"),             /* inc eax */
    PIECE("\xa8\x05"),             /* test al,5 */
    PIECE("\x90\x90\x90"),
    /* call of what follows, and its address dropped */
    PIECE("\xe8\x00\x00\x00\x00\x48\x83\xc4\x08"),
    /* call of the last two; jmp over them; sti; ret */
    PIECE("\xe8\x02\x00\x00\x00\xeb\x02\xfb\xc3"),
};
static unsigned put_piece(uint8_t *to, struct rng *rng)
{
    const struct piece *p = &pieces[rng_below(rng, ARRAY_LEN(pieces))];

    memcpy(to, p->bytes, p->length);
    return p->length;
}

/* An endless loop of random pieces, each turn with an open window in it. */
static void put_program(struct machine *m, uint64_t seed)
{
    static const uint8_t iretq[] = {0x48, 0xcf};
    struct rng rng;
    uint8_t code[CODE_MOST];
    unsigned n = 0;
    int32_t back;

    rng_init(&rng, seed);
    for (unsigned i = 0; i < PIECES; i++)
        n += put_piece(code + n, &rng);
    memcpy(code + n, "\xfb\x90\xe9", 3); /* sti; nop; jmp */
    n += 3;
    back = -(int32_t)n - 4;
    memcpy(code + n, &back, 4);
    machine_put(m, AT_CODE, code, n + 4);
    machine_put(m, AT_HANDLERS + 16 * VECTOR, iretq, sizeof iretq);
    cpu_state(m->cpu)->gpr[REG_RDX] = SEL_KERNEL_DATA;
}

struct place {
    uint64_t retired, rip;
};

static void take_windows(const struct machine_options *o, uint64_t seed,
                         struct place places[WINDOWS])
{
    static struct machine m;
    struct cpu_budget b = {.until_cycle = UINT64_MAX};
    struct rng rng;

    machine_init(&m, o);
    put_program(&m, seed);
    rng_init(&rng, ~seed);
    for (unsigned i = 0; i < WINDOWS; i++) {
        b.want_interrupt = false;
        b.until_instruction = cpu_retired(m.cpu) + 1 + rng_below(&rng, 600);
        ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_BUDGET);
        b.want_interrupt = true;
        b.until_instruction = cpu_retired(m.cpu) + 1000000;
        ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_WINDOW);
        places[i] =
            (struct place){cpu_retired(m.cpu), cpu_state_peek(m.cpu)->rip};
        cpu_deliver(m.cpu, INJECT_INTERRUPT, VECTOR, false, 0);
    }
    machine_free(&m);
}

static void expect_same_windows(const struct machine_options *o, uint64_t seed)
{
    static struct place on[WINDOWS], off[WINDOWS];
    const struct machine_options plain = {
        .timing = o->timing, .no_block_cache = true, .no_fast_path = true};

    take_windows(o, seed, on);
    take_windows(&plain, seed, off);
    for (unsigned i = 0; i < WINDOWS; i++)
        ck_assert_msg(
            on[i].rip == off[i].rip && on[i].retired == off[i].retired,
            "program %u, window %u: at %#llx after %llu "
            "instructions, not at %#llx after %llu",
            (unsigned)seed, i, (unsigned long long)on[i].rip,
            (unsigned long long)on[i].retired, (unsigned long long)off[i].rip,
            (unsigned long long)off[i].retired);
}

START_TEST(test_interrupt_windows_are_the_same_with_chained_blocks)
{
    struct machine_options o = {.timing = (enum timing_model)_i};

    for (uint64_t seed = 1; seed <= PROGRAMS; seed++)
        expect_same_windows(&o, seed);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("windows");

    tcase_set_timeout(t, 120); /* hosts under load */
    tcase_add_loop_test(
        t, test_interrupt_windows_are_the_same_with_chained_blocks, 0, 2);
    return machine_main(t, "windows");
}
