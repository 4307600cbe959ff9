/*
 * 324-cpu-watch.c - claim: a debugger that watches data stops behind each
 * instruction that touches it and behind no other, whatever the size and
 * however the access comes (read, write, both, string, what an exception
 * pushes); and no cycle and no count of the run is another for it.
 */
#include "tests/stops_fixture.h"

static struct machine m;

/* What a watched run did at its stops. */
struct seen {
    unsigned hits, adds, strings;
};

static void see(struct seen *seen, const struct cpu_stops *stops)
{
    const struct cpu_watch *w = &stops->watch[0];
    struct cpu_watch_hit hit = cpu_take_watch_hit(m.cpu);
    uint64_t rip = cpu_state(m.cpu)->rip;

    ck_assert(hit.valid);
    ck_assert_int_eq(hit.kind, w->kind);
    ck_assert_uint_lt(hit.at.v - w->at.v, w->bytes);
    ck_assert(!cpu_take_watch_hit(m.cpu).valid);
    seen->hits++;
    if (rip == AT_CODE + STOPS_AFTER_ADD) {
        ck_assert_uint_eq(hit.retired + 1, cpu_retired(m.cpu));
        seen->adds++;
    }
    if (rip == AT_CODE + STOPS_AFTER_REP) {
        ck_assert_uint_eq(hit.retired + 300, cpu_retired(m.cpu));
        seen->strings++;
    }
}

static struct seen run_watched(enum timing_model timing,
                               const struct cpu_watch *watch)
{
    struct cpu_stops stops = {.watch = {*watch}, .watch_count = 1};
    struct stops_outcome straight = stops_run_straight(&m, timing), watched;
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};
    struct seen seen = {0};
    struct cpu_event event;

    stops_start(&m, &(struct machine_options){.timing = timing});
    while ((event = cpu_run(m.cpu, &b)).kind == CPU_EVENT_STOP)
        see(&seen, &stops);
    ck_assert_int_eq(event.kind, CPU_EVENT_HALT);
    watched = stops_finish(&m);
    stops_expect_same(&straight, &watched);
    return seen;
}

static enum timing_model timing_of(int i)
{
    return i ? TIMING_FAST : TIMING_WINDOW;
}

/* The second round adds to DATA + 300 and copies 300 bytes to it. */
START_TEST(test_writes_stop_behind_the_add_and_the_string)
{
    const struct cpu_watch w = {gva(AT_DATA + 301), 1, CPU_WATCH_WRITE};
    struct seen seen = run_watched(timing_of(_i), &w);

    ck_assert_uint_eq(seen.hits, 2);
    ck_assert_uint_eq(seen.adds, 1);
    ck_assert_uint_eq(seen.strings, 1);
}
END_TEST

START_TEST(test_reads_stop_behind_what_reads_and_writes)
{
    const struct cpu_watch w = {gva(AT_DATA + 301), 1, CPU_WATCH_READ};
    struct seen seen = run_watched(timing_of(_i), &w);

    ck_assert_uint_eq(seen.hits, 1);
    ck_assert_uint_eq(seen.adds, 1);
}
END_TEST

/* 50 rounds: load, add, push, rep movsb, pop. */
START_TEST(test_everything_watched_stops_behind_every_access)
{
    const struct cpu_watch w = {gva(0), UINT64_MAX, CPU_WATCH_ACCESS};
    struct seen seen = run_watched(timing_of(_i), &w);

    ck_assert_uint_eq(seen.hits, 250);
    ck_assert_uint_eq(seen.adds, 50);
    ck_assert_uint_eq(seen.strings, 50);
}
END_TEST

START_TEST(test_nothing_touched_nothing_stops)
{
    const struct cpu_watch w = {gva(AT_DATA - 8), 8, CPU_WATCH_ACCESS};

    ck_assert_uint_eq(run_watched(timing_of(_i), &w).hits, 0);
}
END_TEST

/* ud2: nothing retires, and the exception's frame is written. */
START_TEST(test_frame_of_an_exception_stops_at_its_handler)
{
    static const uint8_t ud2[] = {0x0f, 0x0b};
    struct cpu_stops stops = {.watch_count = 1};
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};
    struct cpu_watch_hit hit;

    stops_start(&m, &(struct machine_options){.timing = timing_of(_i)});
    machine_put(&m, AT_CODE, ud2, sizeof ud2);
    stops.watch[0] = (struct cpu_watch){gva(cpu_state(m.cpu)->gpr[REG_RSP] - 8),
                                        8, CPU_WATCH_WRITE};
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_STOP);
    hit = cpu_take_watch_hit(m.cpu);
    ck_assert(hit.valid);
    ck_assert_uint_eq(hit.retired, cpu_retired(m.cpu));
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_HANDLERS + 16 * VECTOR_UD);
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_HALT);
    machine_free(&m);
}
END_TEST

/* A store to a page that is not there has touched nothing: its frame has. */
START_TEST(test_an_access_that_faults_does_not_count)
{
    static const uint8_t store[] = {0x89, 0x04, 0x25, 0, 0, 0, 0x40}; /* 1G */
    struct cpu_stops stops = {.watch = {{gva(0x40000000), 8, CPU_WATCH_ACCESS}},
                              .watch_count = 1};
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};

    stops_start(&m, &(struct machine_options){.timing = timing_of(_i)});
    machine_put(&m, AT_CODE, store, sizeof store);
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_HANDLERS + 16 * VECTOR_PF + 1);
    ck_assert(!cpu_take_watch_hit(m.cpu).valid);
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("watch");

    tcase_add_loop_test(t, test_writes_stop_behind_the_add_and_the_string, 0,
                        2);
    tcase_add_loop_test(t, test_reads_stop_behind_what_reads_and_writes, 0, 2);
    tcase_add_loop_test(t, test_everything_watched_stops_behind_every_access, 0,
                        2);
    tcase_add_loop_test(t, test_nothing_touched_nothing_stops, 0, 2);
    tcase_add_loop_test(t, test_frame_of_an_exception_stops_at_its_handler, 0,
                        2);
    tcase_add_loop_test(t, test_an_access_that_faults_does_not_count, 0, 2);
    return machine_main(t, "cpu watch");
}
