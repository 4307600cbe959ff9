/*
 * Claim: a store that the hypervisor executes in the guest's place leaves the
 * registers, the flags and the memory that the CPU would, and what it does not
 * know it leaves alone.
 *
 * Intel SDM vol. 2, the instructions by name.
 */
#include "hypervisor-model/guest_store.h"
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "tests/cpu_fixture.h"

struct code {
    const char *name;
    uint8_t count;
    uint8_t bytes[12];
};

/* All act on [rdi]. */
static const struct code known[] = {
    {"mov %rsi", 3, {0x48, 0x89, 0x37}},
    {"mov %esi", 2, {0x89, 0x37}},
    {"mov %si", 3, {0x66, 0x89, 0x37}},
    {"mov %sil", 3, {0x40, 0x88, 0x37}},
    {"mov %dh", 2, {0x88, 0x37}},
    {"mov $-2, 64 bits", 7, {0x48, 0xc7, 0x07, 0xfe, 0xff, 0xff, 0xff}},
    {"mov $, 32 bits", 6, {0xc7, 0x07, 0x67, 0x45, 0x23, 0x81}},
    {"mov $, 8 bits", 3, {0xc6, 0x07, 0x85}},
    {"movnti %rsi", 4, {0x48, 0x0f, 0xc3, 0x37}},
    {"xchg %rsi", 3, {0x48, 0x87, 0x37}},
    {"xchg %esi", 2, {0x87, 0x37}},
    {"xchg %dh", 2, {0x86, 0x37}},
    {"lock cmpxchg %rsi", 5, {0xf0, 0x48, 0x0f, 0xb1, 0x37}},
    {"lock cmpxchg %esi", 4, {0xf0, 0x0f, 0xb1, 0x37}},
    {"cmpxchg %si", 4, {0x66, 0x0f, 0xb1, 0x37}},
    {"cmpxchg %dh", 3, {0x0f, 0xb0, 0x37}},
    {"lock xadd %rsi", 5, {0xf0, 0x48, 0x0f, 0xc1, 0x37}},
    {"xadd %esi", 3, {0x0f, 0xc1, 0x37}},
    {"lock and %rsi", 4, {0xf0, 0x48, 0x21, 0x37}},
    {"and $-3, 64 bits", 4, {0x48, 0x83, 0x27, 0xfd}},
    {"lock or %rsi", 4, {0xf0, 0x48, 0x09, 0x37}},
    {"or $0x20, 8 bits", 3, {0x80, 0x0f, 0x20}},
    {"xor %rsi", 3, {0x48, 0x31, 0x37}},
    {"add %rsi", 3, {0x48, 0x01, 0x37}},
    {"add %sil", 3, {0x40, 0x00, 0x37}},
    {"sub %rsi", 3, {0x48, 0x29, 0x37}},
    {"sub %si", 3, {0x66, 0x29, 0x37}},
    {"inc, 64 bits", 3, {0x48, 0xff, 0x07}},
    {"dec, 32 bits", 2, {0xff, 0x0f}},
    {"lock bts $6", 6, {0xf0, 0x48, 0x0f, 0xba, 0x2f, 0x06}},
    {"lock btr $1", 6, {0xf0, 0x48, 0x0f, 0xba, 0x37, 0x01}},
    {"btc $63", 5, {0x48, 0x0f, 0xba, 0x3f, 0x3f}},
};

static const struct code unknown[] = {
    {"push", 2, {0xff, 0x37}},           {"stosq", 2, {0x48, 0xab}},
    {"movups", 3, {0x0f, 0x11, 0x07}},   {"not", 3, {0x48, 0xf7, 0x17}},
    {"load", 3, {0x48, 0x8b, 0x37}},     {"shl", 3, {0x48, 0xd1, 0x27}},
    {"adc", 3, {0x48, 0x11, 0x37}},      {"cmp", 3, {0x48, 0x39, 0x37}},
    {"sete", 3, {0x0f, 0x94, 0x07}},     {"mov %cs", 2, {0x8c, 0x0f}},
    {"no bytes", 3, {0x0f, 0x0b, 0x90}},
};

static struct machine m;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_FAST});
}

static void tear_down(void)
{
    machine_free(&m);
}

/* Registers, flags and memory before: often equal, often extreme. */
static uint64_t random_value(struct rng *r)
{
    static const uint64_t often[] = {0, 1, 0x7fffffffffffffff,
                                     (uint64_t)1 << 63, UINT64_MAX};
    unsigned which = rng_below(r, 8);

    return which < ARRAY_LEN(often) ? often[which] : rng_next(r);
}

static struct cpu_state random_state(struct rng *r)
{
    const uint64_t flags =
        RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF;
    struct cpu_state s = *cpu_state_peek(m.cpu);

    s.rip = AT_CODE;
    s.gpr[REG_RAX] = random_value(r);
    s.gpr[REG_RDX] = random_value(r);
    s.gpr[REG_RSI] = random_value(r);
    s.gpr[REG_RDI] = AT_DATA;
    s.rflags = RFLAGS_FIXED | (rng_next(r) & flags);
    return s;
}

static uint64_t store_in_place(const struct code *code, uint64_t before)
{
    struct guest_store s;
    uint64_t mask;

    ck_assert_msg(guest_store_decode(m.cpu, gva(AT_DATA), &s), "%s",
                  code->name);
    ck_assert_uint_eq(s.insn.info.length, code->count);
    mask = UINT64_MAX >> (64 - 8 * s.bytes);
    guest_store_run(&s, before & mask);
    guest_store_finish(&s, m.cpu);
    return s.kept ? before : (before & ~mask) | (s.result & mask);
}

static void assert_equal(const struct code *code, const struct cpu_state *a,
                         const struct cpu_state *b)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        ck_assert_msg(a->gpr[i] == b->gpr[i], "%s: register %u: %lx, CPU %lx",
                      code->name, i, a->gpr[i], b->gpr[i]);
    ck_assert_msg(a->rflags == b->rflags, "%s: flags %lx, CPU %lx", code->name,
                  a->rflags, b->rflags);
}

START_TEST(test_guest_store_known_equals_cpu)
{
    const struct code *code = &known[_i];
    struct rng r = {(uint64_t)_i + 1};

    machine_put(&m, AT_CODE, code->bytes, code->count);
    for (unsigned i = 0; i < 200; i++) {
        struct cpu_state before = random_state(&r), emulated;
        uint64_t value =
            rng_below(&r, 3) ? random_value(&r) : before.gpr[REG_RAX];
        uint64_t stored;

        *cpu_state(m.cpu) = before;
        stored = store_in_place(code, value);
        emulated = *cpu_state_peek(m.cpu);
        *cpu_state(m.cpu) = before;
        machine_put64(&m, AT_DATA, value);
        machine_step(&m, 1);
        assert_equal(code, &emulated, cpu_state_peek(m.cpu));
        ck_assert_msg(stored == machine_get64(&m, AT_DATA), "%s: %lx, CPU %lx",
                      code->name, stored, machine_get64(&m, AT_DATA));
    }
}
END_TEST

START_TEST(test_guest_store_unknown_does_not_decode)
{
    struct guest_store s;

    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA;
    for (unsigned i = 0; i < ARRAY_LEN(unknown); i++) {
        machine_put(&m, AT_CODE, unknown[i].bytes, unknown[i].count);
        ck_assert_msg(!guest_store_decode(m.cpu, gva(AT_DATA), &s), "%s",
                      unknown[i].name);
    }
}
END_TEST

/* The fault's address is not where the operand begins, or it ends beyond. */
START_TEST(test_guest_store_across_pages_does_not_decode)
{
    struct guest_store s;

    machine_put(&m, AT_CODE, known[0].bytes, known[0].count);
    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA - 4;
    ck_assert(!guest_store_decode(m.cpu, gva(AT_DATA), &s));
    ck_assert(!guest_store_decode(m.cpu, gva(AT_DATA - 4), &s));
    cpu_state(m.cpu)->gpr[REG_RDI] = AT_DATA - 8;
    ck_assert(guest_store_decode(m.cpu, gva(AT_DATA - 8), &s));
}
END_TEST

/* BTS with a register reaches beyond its operand. */
START_TEST(test_guest_store_bit_string_beyond_operand_does_not_decode)
{
    static const uint8_t bts[] = {0x48, 0x0f, 0xab, 0x37};
    struct cpu_state *s = cpu_state(m.cpu);
    struct guest_store store;

    machine_put(&m, AT_CODE, bts, sizeof bts);
    s->gpr[REG_RDI] = AT_DATA;
    s->gpr[REG_RSI] = 63;
    ck_assert(guest_store_decode(m.cpu, gva(AT_DATA), &store));
    s->gpr[REG_RSI] = 64;
    ck_assert(!guest_store_decode(m.cpu, gva(AT_DATA), &store));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("guest_store");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_guest_store_known_equals_cpu, 0,
                        ARRAY_LEN(known));
    tcase_add_test(t, test_guest_store_unknown_does_not_decode);
    tcase_add_test(t, test_guest_store_across_pages_does_not_decode);
    tcase_add_test(t,
                   test_guest_store_bit_string_beyond_operand_does_not_decode);
    return machine_main(t, "guest_store");
}
