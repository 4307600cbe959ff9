/*
 * 343-cpu-transparent_stops.c - claim: a debugger that stops a CPU after any
 * instruction, or before any address, changes no cycle and no count of what
 * follows; so a run can be stepped, replayed, and compared with itself.
 */
#include "tests/stops_fixture.h"

static struct machine m;

static struct stops_outcome run_stepped(enum timing_model timing,
                                        unsigned stride)
{
    struct cpu_event event;
    unsigned stops = 0;

    stops_start(&m, &(struct machine_options){.timing = timing});
    do {
        struct cpu_budget b = {.until_cycle = UINT64_MAX,
                               .until_instruction = cpu_retired(m.cpu) + stride,
                               .transparent = true};

        event = cpu_run(m.cpu, &b);
        stops++;
    } while (event.kind == CPU_EVENT_BUDGET);
    ck_assert_int_eq(event.kind, CPU_EVENT_HALT);
    ck_assert_uint_gt(stops, 50);
    return stops_finish(&m);
}

/* From 64 on, whole blocks follow each other within a stride. */
START_TEST(test_stepping_changes_no_cycle_and_no_count)
{
    static const unsigned strides[] = {1, 2, 3, 4, 5, 6, 7, 64, 65, 97};
    enum timing_model timing = _i ? TIMING_FAST : TIMING_WINDOW;
    struct stops_outcome straight = stops_run_straight(&m, timing);

    for (unsigned i = 0; i < sizeof strides / sizeof *strides; i++) {
        struct stops_outcome stepped = run_stepped(timing, strides[i]);

        stops_expect_same(&straight, &stepped);
    }
}
END_TEST

START_TEST(test_stops_are_reached_and_change_nothing)
{
    enum timing_model timing = _i ? TIMING_FAST : TIMING_WINDOW;
    struct stops_outcome straight = stops_run_straight(&m, timing), stopped;
    static const struct cpu_stops stops = {
        .at = {{AT_CODE + STOPS_AGAIN}, {AT_CODE + STOPS_AFTER_REP}},
        .count = 2};
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};
    unsigned again = 0, after_rep = 0;

    stops_start(&m, &(struct machine_options){.timing = timing});
    while (cpu_run(m.cpu, &b).kind == CPU_EVENT_STOP) {
        struct cpu_budget one = b;

        again += cpu_state(m.cpu)->rip == AT_CODE + STOPS_AGAIN;
        after_rep += cpu_state(m.cpu)->rip == AT_CODE + STOPS_AFTER_REP;
        one.stops = NULL;
        one.until_instruction = cpu_retired(m.cpu) + 1;
        ck_assert_int_eq(cpu_run(m.cpu, &one).kind, CPU_EVENT_BUDGET);
    }
    ck_assert_uint_eq(again, 50);
    ck_assert_uint_eq(after_rep, 50);
    stopped = stops_finish(&m);
    stops_expect_same(&straight, &stopped);
}
END_TEST

START_TEST(test_place_in_a_block_is_lost_when_rip_or_code_changes)
{
    static const uint8_t nops[] = {0x90, 0x90, 0x90, 0x90, 0xf4};
    struct cpu_budget one = {
        .until_cycle = UINT64_MAX, .until_instruction = 1, .transparent = true};

    stops_start(&m, &(struct machine_options){.timing = TIMING_WINDOW});
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

/* Which of two limits was it: the caller's own, or a debugger's lower one? */
START_TEST(test_limit_that_counts_ends_the_block)
{
    static const uint8_t nops[] = {0x90, 0x90, 0x90, 0x90, 0xf4};
    struct cpu_budget stop = {
        .until_cycle = UINT64_MAX, .until_instruction = 2, .transparent = true};
    struct cpu_budget whole = {.until_cycle = 0, .until_instruction = 3};

    stops_start(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    machine_put(&m, AT_CODE, nops, sizeof nops);
    ck_assert_int_eq(cpu_run(m.cpu, &stop).kind, CPU_EVENT_BUDGET);
    ck_assert(cpu_in_block(m.cpu));
    ck_assert(!cpu_limit_reached(m.cpu, &whole)); /* between blocks, not here */
    ck_assert(cpu_in_block(m.cpu));
    stop.until_instruction = 3;
    ck_assert_int_eq(cpu_run(m.cpu, &stop).kind, CPU_EVENT_BUDGET);
    ck_assert(cpu_limit_reached(m.cpu, &whole)); /* an instruction: anywhere */
    ck_assert(!cpu_in_block(m.cpu));
    whole.until_instruction = UINT64_MAX;
    ck_assert(cpu_limit_reached(m.cpu, &whole)); /* no block is cut any more */
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("stops");

    tcase_add_loop_test(t, test_stepping_changes_no_cycle_and_no_count, 0, 2);
    tcase_add_loop_test(t, test_stops_are_reached_and_change_nothing, 0, 2);
    tcase_add_test(t, test_place_in_a_block_is_lost_when_rip_or_code_changes);
    tcase_add_test(t, test_limit_that_counts_ends_the_block);
    return machine_main(t, "cpu transparent stops");
}
