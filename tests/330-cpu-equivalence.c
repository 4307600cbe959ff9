/*
 * 330-cpu-equivalence.c - claim: block cache on = off and fast path on = off
 * give the same state, counters, ledger and cycles; window and fast timing,
 * and preemption every n instructions, give the same state and instruction
 * counts; a run cut into pieces of any length is the same run.
 */
#include "tests/cpu_fixture.h"

/*
 * 3000 rounds of pseudo-random loads, stores, calls, carries and branches
 * over 1 MiB; ends with HLT.
 */
static const uint8_t program[] = {
    0xbe, 0x00, 0x00, 0x20, 0x00, 0xbb, 0x39, 0x30, 0x00, 0x00, 0xb9, 0xb8,
    0x0b, 0x00, 0x00, 0x69, 0xdb, 0x6d, 0x4e, 0xc6, 0x41, 0x81, 0xc3, 0x39,
    0x30, 0x00, 0x00, 0x89, 0xd8, 0xc1, 0xe8, 0x09, 0x25, 0xf8, 0xff, 0x0f,
    0x00, 0x48, 0x8b, 0x14, 0x06, 0x48, 0x01, 0xda, 0x49, 0x11, 0xd0, 0x48,
    0xc1, 0xc2, 0x07, 0x48, 0x31, 0x14, 0x06, 0x52, 0xe8, 0x21, 0x00, 0x00,
    0x00, 0x41, 0x59, 0xf6, 0xc3, 0x10, 0x74, 0x15, 0x4f, 0x8d, 0x54, 0x4a,
    0x03, 0x4d, 0x39, 0xc2, 0x4d, 0x0f, 0x47, 0xda, 0x41, 0x0f, 0x92, 0xc4,
    0x44, 0x89, 0x5c, 0x06, 0x05, 0xff, 0xc9, 0x75, 0xb2, 0xf4, 0x0f, 0xb6,
    0x7c, 0x24, 0x09, 0x49, 0x01, 0xfd, 0x49, 0x83, 0xde, 0x03, 0x41, 0x0f,
    0xba, 0xe5, 0x05, 0x49, 0xd1, 0xd6, 0xc3};

struct outcome {
    struct cpu_state state;
    struct counters counters;
    struct ledger ledger;
    uint64_t cycles, memory_sum;
};

static uint64_t sum_of_memory(const struct machine *m)
{
    uint64_t sum = 0;

    for (uint64_t at = AT_DATA; at < AT_KERNEL_STACK; at += 8)
        sum = sum * 31 + machine_get64(m, at);
    return sum;
}

/* step: instructions per call of cpu_run(); 0: all in one. */
static struct outcome run(const struct machine_options *o, uint64_t step)
{
    static struct machine m;
    static struct outcome out;
    struct cpu_event e;

    machine_init(&m, o);
    cpu_state(m.cpu)->gpr[REG_RSP] = AT_KERNEL_STACK;
    machine_put(&m, AT_CODE, program, sizeof program);
    do {
        e = machine_step(&m, step ? step : 1000000);
    } while (e.kind == CPU_EVENT_BUDGET);
    ck_assert_int_eq(e.kind, CPU_EVENT_HALT);
    machine_expect_ledger(&m);
    out = (struct outcome){.state = *cpu_state_peek(m.cpu),
                           .counters = m.counters,
                           .ledger = m.ledger,
                           .cycles = cpu_now(m.cpu),
                           .memory_sum = sum_of_memory(&m)};
    machine_free(&m);
    return out;
}

static void expect_same_result(const struct outcome *a, const struct outcome *b)
{
    ck_assert_mem_eq(&a->state, &b->state, sizeof a->state);
    ck_assert_uint_eq(a->memory_sum, b->memory_sum);
    ck_assert_uint_eq(a->counters.value[COUNTER_INSTRUCTIONS],
                      b->counters.value[COUNTER_INSTRUCTIONS]);
}

static void expect_same_everything(const struct outcome *a,
                                   const struct outcome *b)
{
    expect_same_result(a, b);
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        ck_assert_msg(a->counters.value[i] == b->counters.value[i],
                      "counter %s", counter_info((enum counter)i)->name);
    ck_assert_mem_eq(&a->ledger, &b->ledger, sizeof a->ledger);
    ck_assert_uint_eq(a->cycles, b->cycles);
}

START_TEST(test_block_cache_off_is_identical)
{
    enum timing_model timing = (enum timing_model)_i;
    struct outcome on = run(&(struct machine_options){.timing = timing}, 0);
    struct outcome off = run(
        &(struct machine_options){.timing = timing, .no_block_cache = true}, 0);

    ck_assert_uint_gt(on.counters.value[COUNTER_INSTRUCTIONS], 50000);
    expect_same_everything(&on, &off);
}
END_TEST

START_TEST(test_mmu_fast_path_off_is_identical)
{
    enum timing_model timing = (enum timing_model)_i;
    struct outcome on = run(&(struct machine_options){.timing = timing}, 0);
    struct outcome off = run(
        &(struct machine_options){.timing = timing, .no_fast_path = true}, 0);

    expect_same_everything(&on, &off);
}
END_TEST

START_TEST(test_timing_models_agree_on_every_count)
{
    struct outcome window =
        run(&(struct machine_options){.timing = TIMING_WINDOW}, 0);
    struct outcome fast =
        run(&(struct machine_options){.timing = TIMING_FAST}, 0);

    expect_same_result(&window, &fast);
    window.counters.value[COUNTER_WALK_CYCLES] =
        fast.counters.value[COUNTER_WALK_CYCLES];
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        ck_assert_msg(window.counters.value[i] == fast.counters.value[i],
                      "counter %s", counter_info((enum counter)i)->name);
    ck_assert_uint_lt(window.cycles, fast.cycles);
}
END_TEST

START_TEST(test_run_in_pieces_reaches_the_same_state)
{
    static const uint64_t piece[] = {1, 3, 64, 1000};
    struct machine_options o = {.timing = TIMING_WINDOW};
    struct outcome whole = run(&o, 0);

    for (size_t i = 0; i < ARRAY_LEN(piece); i++) {
        struct outcome cut = run(&o, piece[i]);

        expect_same_result(&whole, &cut);
    }
}
END_TEST

START_TEST(test_preemption_every_n_instructions_changes_no_result)
{
    struct machine_options o = {.timing = TIMING_WINDOW};
    struct outcome whole = run(&o, 0);

    for (uint32_t n = 1; n < 4; n++) {
        struct outcome cut;

        o.stress_preempt = n;
        cut = run(&o, 0);
        expect_same_result(&whole, &cut);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("equivalence");

    tcase_set_timeout(t, 60); /* hosts under load */
    tcase_add_loop_test(t, test_block_cache_off_is_identical, 0, 2);
    tcase_add_loop_test(t, test_mmu_fast_path_off_is_identical, 0, 2);
    tcase_add_test(t, test_timing_models_agree_on_every_count);
    tcase_add_test(t, test_run_in_pieces_reaches_the_same_state);
    tcase_add_test(t, test_preemption_every_n_instructions_changes_no_result);
    return machine_main(t, "equivalence");
}
