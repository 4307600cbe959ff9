/*
 * 846-exit_log-deeds.c - claim: the log has the last exits of each reason with
 * what they cost and what their handlers did, as counters and exit times say
 * in sum; it is the same however often somebody stops the run, and the run
 * does the same with it and without.
 */
#include <string.h>

#include "tests/run_rig.h"

struct story {
    bool keeps;     /* a log */
    uint64_t steps; /* instructions between two stops of a debugger; 0: none */
    struct exit_log log;
    struct run_point end;
    struct exit_times times; /* since power-on */
};

static void serve(void *data, struct run *run, struct session *session)
{
    struct story *s = data;
    struct run_stop stop = {.until_instruction = s->steps,
                            .own_until = UINT64_MAX};

    run->machine->hv.exit_log = s->keeps ? &s->log : NULL;
    while (run->end == RUN_GOES_ON) {
        run->stop = s->steps ? &stop : NULL;
        if (stop.reached)
            stop.until_instruction = run_instructions(run) + s->steps;
        stop.reached = false;
        run_slice(run);
        session_pump(session);
    }
    s->end = run_point_of_all(run);
    s->times = run->boot_exits;
    for (unsigned i = 0; i < run->machine->pcpu_count; i++)
        exit_times_merge(&s->times, &run->machine->pcpus[i].vcpu->exit_times);
}

static const char *const lines[][RUN_RIG_WORDS] = {
    {"ringside", "run", "-t", "native", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "-t", "shadow", "forkwait:n=2", NULL},
    {"ringside", "run", "-t", "nested", "kvstore:keys=500,n=300", NULL},
    {"ringside", "run", "-t", "pv", "forkwait:n=2", NULL},
    {"ringside", "run", "-t", "nested", "--vcpus", "2", "ctxswitch:n=20", NULL},
};
enum { NATIVE, SHADOW, NESTED, PV, LINES = sizeof lines / sizeof *lines };

static struct story *play(int line, bool keeps, uint64_t steps)
{
    struct story *s = calloc(1, sizeof *s);

    ck_assert(s != NULL);
    s->keeps = keeps;
    s->steps = steps;
    free(run_rig(lines[line], serve, s));
    return s;
}

START_TEST(test_exit_log_changes_nothing)
{
    struct story *without = play(_i, false, 0), *with = play(_i, true, 0);

    ck_assert_mem_eq(&with->end, &without->end, sizeof with->end);
    ck_assert_mem_eq(&with->times, &without->times, sizeof with->times);
    free(without);
    free(with);
}
END_TEST

START_TEST(test_exit_log_is_the_same_however_the_run_was_stopped)
{
    struct story *straight = play(_i, true, 0), *stopped = play(_i, true, 13);

    ck_assert_mem_eq(&stopped->log, &straight->log, sizeof straight->log);
    free(stopped);
    free(straight);
}
END_TEST

static void check_ring(const struct story *s, enum vmexit reason)
{
    const struct exit_time *t = &s->times.of[reason];
    uint64_t kept = 0, cycles = 0, number = s->log.numbers + 1;
    const struct exit_entry *e;

    ck_assert_uint_eq(s->log.total[reason],
                      s->end.counters.value[counter_of_exit(reason)]);
    ck_assert_uint_eq(s->log.total[reason], t->count);
    for (; (e = exit_log_back(&s->log, reason, (unsigned)kept)) != NULL;
         kept++) {
        ck_assert_int_eq(e->cause.reason, reason);
        ck_assert_uint_lt(e->number, number);
        ck_assert_uint_ge(e->cycles, t->least_cycles);
        ck_assert_uint_le(e->cycles, t->most_cycles);
        number = e->number;
        cycles += e->cycles;
    }
    ck_assert_uint_eq(kept, t->count < EXIT_LOG_ENTRIES ? t->count
                                                        : EXIT_LOG_ENTRIES);
    if (t->count <= EXIT_LOG_ENTRIES)
        ck_assert_uint_eq(cycles, t->total_cycles);
}

START_TEST(test_exit_log_agrees_with_counters_and_times)
{
    struct story *s = play(_i, true, 0);

    for (int i = 0; i < VMEXIT_COUNT; i++)
        check_ring(s, (enum vmexit)i);
    ck_assert_uint_eq(s->log.numbers,
                      s->end.counters.value[COUNTER_EXIT_TOTAL]);
    ck_assert_uint_eq(s->log.depth, 0);
    ck_assert(_i == NATIVE ? s->log.numbers == 0 : s->log.numbers > 10);
    free(s);
}
END_TEST

/* By how much a counter grew while the exit was handled. */
static uint64_t deed(const struct exit_entry *e, enum counter counter)
{
    for (unsigned i = 0; i < e->deed_count; i++)
        if (e->deeds[i].counter == counter)
            return e->deeds[i].by;
    return 0;
}

/* A shadow has no entries for what is not memory. */
static bool is_device(const struct exit_entry *e)
{
    return e->has_target && e->target_gpa >= VM_HOLE_BEGIN &&
           e->target_gpa < VM_HOLE_END && e->rip_behind != e->rip;
}

/* A write to what was a page table, and is none any more: its shadows are
   dropped, and the instruction runs again. */
static bool is_data(const struct exit_entry *e)
{
    const uint32_t write = PF_PRESENT | PF_WRITE;

    return e->has_target && (e->cause.error_code & write) == write &&
           e->rip_behind == e->rip;
}

/* Each page fault that exits is the guest's, or something is done about it. */
START_TEST(test_exit_log_tells_what_shadow_paging_does)
{
    struct story *s = play(SHADOW, true, 0);
    const struct exit_entry *e;
    unsigned filled = 0, emulated = 0, injected = 0;

    for (unsigned i = 0;
         (e = exit_log_back(&s->log, VMEXIT_EXCEPTION, i)) != NULL; i++) {
        bool fills = deed(e, COUNTER_SHADOW_FILL) > 0;
        bool emulates = deed(e, COUNTER_SHADOW_WRITE_EMULATED) > 0;

        ck_assert_uint_eq(e->cause.vector, 14);
        ck_assert(fills || emulates || e->injects || is_device(e) ||
                  is_data(e));
        ck_assert(e->injects ? e->injected_vector == 14 : e->has_target);
        ck_assert(!emulates || e->rip_behind != e->rip);
        filled += fills;
        emulated += emulates;
        injected += e->injects;
    }
    ck_assert_uint_gt(filled, 0);
    ck_assert_uint_gt(injected, 0);
    ck_assert_uint_gt(filled + emulated + injected, 32);
    e = exit_log_back(&s->log, VMEXIT_CR_ACCESS, 0);
    ck_assert_uint_eq(e->cause.number, 3);
    ck_assert(e->cause.write && e->cause.value != 0);
    ck_assert_uint_eq(deed(e, COUNTER_SHADOW_ROOT_HIT) +
                          deed(e, COUNTER_SHADOW_ROOT_MISS),
                      1);
    free(s);
}
END_TEST

START_TEST(test_exit_log_tells_what_nested_paging_does)
{
    struct story *s = play(NESTED, true, 0);
    const struct exit_entry *e;
    unsigned i = 0;

    for (; (e = exit_log_back(&s->log, VMEXIT_EPT_VIOLATION, i)) != NULL; i++) {
        ck_assert_uint_ge(deed(e, COUNTER_NESTED_FILL), 1);
        ck_assert_uint_eq(e->rip, e->rip_behind);
        ck_assert(!e->injects || e->injected_vector != 14);
    }
    ck_assert_uint_gt(i, 10);
    e = exit_log_back(&s->log, VMEXIT_IO, 0);
    ck_assert(e->cause.write);
    ck_assert_uint_gt(e->cause.bytes, 0);
    free(s);
}
END_TEST

START_TEST(test_exit_log_tells_which_hypercall_it_was)
{
    struct story *s = play(PV, true, 0);
    const struct exit_entry *e;
    unsigned i = 0;

    for (; (e = exit_log_back(&s->log, VMEXIT_VMCALL, i)) != NULL; i++) {
        uint64_t calls = 0;

        ck_assert_uint_eq(e->cause.argument_count, 6);
        for (int c = 0; c < HYPERCALL_COUNT; c++) {
            enum counter counter = counter_of_hypercall((enum hypercall)c);

            calls += deed(e, counter);
            if (counter_info(counter)->number == e->cause.call)
                ck_assert_uint_ge(deed(e, counter), 1);
        }
        ck_assert_uint_ge(calls, 1);
    }
    ck_assert_uint_eq(i, EXIT_LOG_ENTRIES);
    e = exit_log_back(&s->log, VMEXIT_PV_SYSCALL, 0);
    ck_assert_uint_eq(e->cause.call, 231); /* Linux's exit_group */
    free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("exit_log");
    TCase *t = tcase_create("deeds");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_exit_log_changes_nothing, 0, LINES);
    tcase_add_loop_test(
        t, test_exit_log_is_the_same_however_the_run_was_stopped, 0, LINES);
    tcase_add_loop_test(t, test_exit_log_agrees_with_counters_and_times, 0,
                        LINES);
    tcase_add_test(t, test_exit_log_tells_what_shadow_paging_does);
    tcase_add_test(t, test_exit_log_tells_what_nested_paging_does);
    tcase_add_test(t, test_exit_log_tells_which_hypercall_it_was);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
