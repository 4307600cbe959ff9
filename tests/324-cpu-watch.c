/*
 * 324-cpu-watch.c - claim: a debugger that watches data stops behind each
 * instruction that touches it and behind no other, whatever the size and
 * however the access comes (read, write, both, string, what an exception
 * pushes); and no cycle and no count of the run is another for it.
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
enum { AFTER_ADD = 19, AFTER_REP = 33 };

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
    if (rip == AT_CODE + AFTER_ADD) {
        ck_assert_uint_eq(hit.retired + 1, cpu_retired(m.cpu));
        seen->adds++;
    }
    if (rip == AT_CODE + AFTER_REP) {
        ck_assert_uint_eq(hit.retired + 300, cpu_retired(m.cpu));
        seen->strings++;
    }
}

static struct seen run_watched(enum timing_model timing,
                               const struct cpu_watch *watch)
{
    struct cpu_stops stops = {.watch = {*watch}, .watch_count = 1};
    struct outcome straight = run_straight(timing), watched;
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = UINT64_MAX,
                           .transparent = true,
                           .stops = &stops};
    struct seen seen = {0};
    struct cpu_event event;

    start(&(struct machine_options){.timing = timing});
    while ((event = cpu_run(m.cpu, &b)).kind == CPU_EVENT_STOP)
        see(&seen, &stops);
    ck_assert_int_eq(event.kind, CPU_EVENT_HALT);
    watched = finish();
    expect_same(&straight, &watched);
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

    start(&(struct machine_options){.timing = timing_of(_i)});
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

    start(&(struct machine_options){.timing = timing_of(_i)});
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
