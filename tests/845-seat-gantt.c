/*
 * Claim   A cell of the chart is who ran longest in its time: also if several
 *         did, if one ran over many cells, or if nobody did; capital if it spun
 *         for most of that; marks are in the cell of their moment, the present
 *         one included; what was not recorded is blank.
 * Source  gantt.h.
 */
#include <check.h>
#include <stdlib.h>

#include "sim/core/macros.h"
#include "visualizer/gantt.h"

static const struct sched_log_vm vms[] = {{"a", 2, 256, 0}, {"b", 1, 256, 0}};

static void put(struct sched_recent *r, uint64_t cycle,
                enum sched_event_kind kind, unsigned vm, unsigned vcpu)
{
    const struct sched_event event = {.cycle = cycle,
                                      .kind = kind,
                                      .pcpu = 1,
                                      .vm = (uint16_t)vm,
                                      .vcpu = (uint16_t)vcpu};
    const char *wrong = sched_recent_put(r, &event);

    ck_assert_msg(!wrong, "%s", wrong ? wrong : "");
}

static void mark(struct sched_recent *r, uint64_t cycle, enum sched_mark what,
                 unsigned vm, unsigned vcpu)
{
    const struct sched_event event = {
        .cycle = cycle, .pcpu = 1, .vm = (uint16_t)vm, .vcpu = (uint16_t)vcpu};

    sched_recent_mark(r, &event, what);
}

/* On pCPU 1: a.0 0 .. 250, b.0 250 .. 310, nothing decided until 320, idle to
   500, a.1 from 500 on, which spins from 620 to 700. */
static void play(struct sched_recent *r)
{
    const struct sched_log_host host = {
        1000, "rr", 2, 1, 1, .vms = vms, .vm_count = ARRAY_LEN(vms)};

    ck_assert(sched_recent_begin(r, &host));
    put(r, 0, SCHED_EVENT_START, 0, 0);
    put(r, 0, SCHED_EVENT_START, 0, 1);
    put(r, 0, SCHED_EVENT_START, 1, 0);
    put(r, 0, SCHED_EVENT_WAKE, 0, 0);
    put(r, 0, SCHED_EVENT_RUN, 0, 0);
    put(r, 150, SCHED_EVENT_WAKE, 1, 0);
    put(r, 250, SCHED_EVENT_PREEMPT, 0, 0);
    mark(r, 250, SCHED_MARK_HOLDER, 0, 0);
    put(r, 250, SCHED_EVENT_RUN, 1, 0);
    put(r, 310, SCHED_EVENT_BLOCK, 1, 0);
    put(r, 320, SCHED_EVENT_IDLE, 0, 0);
    put(r, 480, SCHED_EVENT_WAKE, 0, 1);
    put(r, 500, SCHED_EVENT_MIGRATE, 0, 1);
    put(r, 500, SCHED_EVENT_RUN, 0, 1);
    mark(r, 620, SCHED_MARK_SPINS, 0, 1);
    mark(r, 700, SCHED_MARK_WORKS, 0, 1);
    put(r, 750, SCHED_EVENT_WAKE, 1, 0);
}

static void expect_cell(const struct gantt *g, unsigned column,
                        enum gantt_what what, unsigned vcpu, unsigned marks)
{
    const struct gantt_cell *cell = gantt_at(g, 1, column);

    ck_assert_msg(cell->what == what, "column %u: %d", column, cell->what);
    if (what == GANTT_RUNS || what == GANTT_SPINS)
        ck_assert_uint_eq(cell->vcpu, vcpu);
    ck_assert_msg(cell->marks == marks, "column %u: marks %x", column,
                  cell->marks);
}

START_TEST(test_gantt_cells)
{
    struct sched_recent r;
    struct gantt g = {
        .to_cycle = 1000, .now_cycle = 750, .columns = 10, .pcpus = 2};

    play(&r);
    ck_assert(gantt_fill(&g, &r));
    expect_cell(&g, 0, GANTT_RUNS, 0, GANTT_WOKE);
    expect_cell(&g, 1, GANTT_RUNS, 0, GANTT_WOKE);
    expect_cell(&g, 2, GANTT_RUNS, 0, GANTT_HOLDER); /* half of it, as long */
    expect_cell(&g, 3, GANTT_IDLE, 0, 0);
    expect_cell(&g, 4, GANTT_IDLE, 0, GANTT_WOKE);
    expect_cell(&g, 5, GANTT_RUNS, 1, GANTT_MIGRATED);
    expect_cell(&g, 6, GANTT_SPINS, 1, 0);
    expect_cell(&g, 7, GANTT_RUNS, 1, GANTT_WOKE); /* now */
    expect_cell(&g, 8, GANTT_UNKNOWN, 0, 0);
    ck_assert_uint_eq(g.sums[1].known_cycles, 750);
    ck_assert_uint_eq(g.sums[1].run_cycles, 310 + 250);
    ck_assert_uint_eq(g.sums[1].spun_cycles, 80);
    ck_assert_uint_eq(g.sums[0].run_cycles, 0);
    for (unsigned i = 0; i < 8; i++) /* nobody was ever there */
        ck_assert_int_eq(gantt_at(&g, 0, i)->what, GANTT_IDLE);
    gantt_free(&g);
    sched_recent_free(&r);
}
END_TEST

/* Nearer, and one pCPU alone. */
START_TEST(test_gantt_window)
{
    struct sched_recent r;
    struct gantt g = {.from_cycle = 300,
                      .to_cycle = 340,
                      .now_cycle = 750,
                      .columns = 4,
                      .first_pcpu = 1,
                      .pcpus = 1};

    play(&r);
    ck_assert(gantt_fill(&g, &r));
    expect_cell(&g, 0, GANTT_RUNS, 2, 0);
    expect_cell(&g, 1, GANTT_SWITCHES, 0, 0);
    expect_cell(&g, 2, GANTT_IDLE, 0, 0);
    expect_cell(&g, 3, GANTT_IDLE, 0, 0);
    gantt_free(&g);
    sched_recent_free(&r);
}
END_TEST

/* The oldest events are dropped: nothing is said of their time. */
START_TEST(test_gantt_before_the_log_is_blank)
{
    struct sched_recent r;
    struct gantt g = {.now_cycle = 750, .columns = 2, .pcpus = 2};
    uint64_t cycle = 750;

    play(&r);
    while (r.known_cycle < 10000) {
        cycle += 100;
        put(&r, cycle, SCHED_EVENT_PREEMPT, 0, 1);
        put(&r, cycle + 1, SCHED_EVENT_RUN, 0, 1);
    }
    g.now_cycle = cycle;
    g.to_cycle = 2 * r.known_cycle;
    ck_assert(gantt_fill(&g, &r));
    expect_cell(&g, 0, GANTT_UNKNOWN, 0, 0);
    expect_cell(&g, 1, GANTT_RUNS, 1, 0);
    gantt_free(&g);
    sched_recent_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seat-gantt");
    TCase *cases = tcase_create("seat-gantt");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_gantt_cells);
    tcase_add_test(cases, test_gantt_window);
    tcase_add_test(cases, test_gantt_before_the_log_is_blank);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
