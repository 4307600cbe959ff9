/*
 * 343-cpu-transparent_stops.c - claim: a debugger that stops a CPU after any
 * instruction, or before any address, changes no cycle and no count of what
 * follows; so a run can be stepped, replayed, and compared with itself.
 */
#include "tests/cpu_fixture.h"

/*
 * mov ecx,50; mov edi,DATA; mov esi,DATA+0x4000
 * again: mov eax,[rsi]; add [rdi],eax; add esi,4096; push rcx; mov ecx,300
 *        rep movsb; pop rcx; imul eax,ecx; inc ebx; rdtsc; add rbx,rax;
 *        sub esi,200; dec ecx; jnz again
 * hlt
 */
static const uint8_t code[] = {
    0xb9, 0x32, 0x00, 0x00, 0x00, 0xbf, 0x00, 0x00, 0x20, 0x00, 0xbe, 0x00,
    0x40, 0x20, 0x00, 0x8b, 0x06, 0x01, 0x07, 0x81, 0xc6, 0x00, 0x10, 0x00,
    0x00, 0x51, 0xb9, 0x2c, 0x01, 0x00, 0x00, 0xf3, 0xa4, 0x59, 0x0f, 0xaf,
    0xc1, 0x81, 0xee, 0xc8, 0x00, 0x00, 0x00, 0xff, 0xc9, 0x75, 0xe0, 0xf4};
enum { AGAIN = 15, AFTER_REP = 33 };

static struct machine m;

static void start(const struct machine_options *o)
{
    machine_init(&m, o);
    machine_put(&m, AT_CODE, code, sizeof code);
}

/* What a run left behind. */
struct outcome {
    uint64_t cycles, retired, rdi, rbx; /* rbx: a sum of time stamps */
    struct counters counters;
    struct ledger ledger;
};

static struct outcome finish(void)
{
    struct outcome o = {.cycles = cpu_now(m.cpu),
                        .retired = cpu_retired(m.cpu),
                        .rdi = cpu_state(m.cpu)->gpr[REG_RDI],
                        .rbx = cpu_state(m.cpu)->gpr[REG_RBX],
                        .counters = m.counters,
                        .ledger = m.ledger};

    machine_expect_ledger(&m);
    machine_free(&m);
    return o;
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
    ck_assert_uint_eq(a->retired, b->retired);
    ck_assert_uint_eq(a->cycles, b->cycles);
    ck_assert_uint_eq(a->rdi, b->rdi);
    ck_assert_uint_eq(a->rbx, b->rbx);
    ck_assert_mem_eq(&a->counters, &b->counters, sizeof a->counters);
    ck_assert_mem_eq(&a->ledger, &b->ledger, sizeof a->ledger);
}

static struct outcome run_straight(enum timing_model timing)
{
    start(&(struct machine_options){.timing = timing});
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    return finish();
}

static struct outcome run_stepped(enum timing_model timing, unsigned stride)
{
    struct cpu_event event;
    unsigned stops = 0;

    start(&(struct machine_options){.timing = timing});
    do {
        struct cpu_budget b = {.until_cycle = UINT64_MAX,
                               .until_instruction = cpu_retired(m.cpu) + stride,
                               .transparent = true};

        event = cpu_run(m.cpu, &b);
        stops++;
    } while (event.kind == CPU_EVENT_BUDGET);
    ck_assert_int_eq(event.kind, CPU_EVENT_HALT);
    ck_assert_uint_gt(stops, 50);
    return finish();
}

START_TEST(test_stepping_changes_no_cycle_and_no_count)
{
    enum timing_model timing = _i ? TIMING_FAST : TIMING_WINDOW;
    struct outcome straight = run_straight(timing);

    for (unsigned stride = 1; stride < 8; stride++) {
        struct outcome stepped = run_stepped(timing, stride);

        expect_same(&straight, &stepped);
    }
}
END_TEST

START_TEST(test_stops_are_reached_and_change_nothing)
{
    enum timing_model timing = _i ? TIMING_FAST : TIMING_WINDOW;
    struct outcome straight = run_straight(timing), stopped;
    static const struct cpu_stops stops = {
        .at = {{AT_CODE + AGAIN}, {AT_CODE + AFTER_REP}}, .count = 2};
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};
    unsigned again = 0, after_rep = 0;

    start(&(struct machine_options){.timing = timing});
    while (cpu_run(m.cpu, &b).kind == CPU_EVENT_STOP) {
        struct cpu_budget one = b;

        again += cpu_state(m.cpu)->rip == AT_CODE + AGAIN;
        after_rep += cpu_state(m.cpu)->rip == AT_CODE + AFTER_REP;
        one.stops = NULL;
        one.until_instruction = cpu_retired(m.cpu) + 1;
        ck_assert_int_eq(cpu_run(m.cpu, &one).kind, CPU_EVENT_BUDGET);
    }
    ck_assert_uint_eq(again, 50);
    ck_assert_uint_eq(after_rep, 50);
    stopped = finish();
    expect_same(&straight, &stopped);
}
END_TEST

START_TEST(test_place_in_a_block_is_lost_when_rip_or_code_changes)
{
    static const uint8_t nops[] = {0x90, 0x90, 0x90, 0x90, 0xf4};
    struct cpu_budget one = {
        .until_cycle = UINT64_MAX, .until_instruction = 1, .transparent = true};

    start(&(struct machine_options){.timing = TIMING_WINDOW});
    machine_put(&m, AT_CODE, nops, sizeof nops);
    ck_assert_int_eq(cpu_run(m.cpu, &one).kind, CPU_EVENT_BUDGET);
    ck_assert(cpu_in_block(m.cpu));
    cpu_state(m.cpu)->rip = AT_CODE + 3;
    ck_assert(!cpu_in_block(m.cpu));
    cpu_state(m.cpu)->rip = AT_CODE + 1;
    ck_assert(cpu_in_block(m.cpu));
    machine_put(&m, AT_CODE + 2, "\xf4", 1);
    ck_assert(!cpu_in_block(m.cpu));
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_retired(m.cpu), 3);
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("stops");

    tcase_add_loop_test(t, test_stepping_changes_no_cycle_and_no_count, 0, 2);
    tcase_add_loop_test(t, test_stops_are_reached_and_change_nothing, 0, 2);
    tcase_add_test(t, test_place_in_a_block_is_lost_when_rip_or_code_changes);
    return machine_main(t, "cpu transparent stops");
}
