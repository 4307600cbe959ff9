/*
 * Claim   The last events of a scheduler, kept in memory, give for each pCPU
 *         what the whole log gives: who ran from when to when, also after the
 *         oldest events have been dropped; marks of what vCPUs do split the
 *         spans, and no file has them.
 * Source  sched_recent.h.
 */
#include "sim/core/macros.h"
#include "sim/record/sched_recent.h"
#include "tests/sched_rig.h"

enum { PCPUS = 2, MAX_SPANS = 600000 };

/* Spans as a plain reading of the whole log gives them. */
struct plain {
    struct sched_span *spans;
    unsigned count, found; /* the last that was asked for: the next is near */
    struct sched_span open[PCPUS];
};

static void plain_turn(struct plain *p, const struct sched_event *e,
                       uint16_t vcpu, bool idle)
{
    struct sched_span *open = &p->open[e->pcpu];

    open->to_cycle = e->cycle;
    if (open->to_cycle > open->from_cycle) {
        ck_assert_uint_lt(p->count, MAX_SPANS);
        p->spans[p->count++] = *open;
    }
    *open = (struct sched_span){
        .pcpu = e->pcpu, .vcpu = vcpu, .idle = idle, .from_cycle = e->cycle};
}

/* "CYCLE PCPU EVENT VM.VCPU": every VM of the rig has one vCPU. */
static void read_plain(struct plain *p, FILE *log, uint64_t end_cycle)
{
    char line[256];

    for (unsigned i = 0; i < PCPUS; i++)
        p->open[i] = (struct sched_span){
            .pcpu = i, .vcpu = SCHED_LOG_NO_VCPU, .idle = true};
    rewind(log);
    while (fgets(line, sizeof line, log)) {
        struct sched_event e = {0};
        unsigned pcpu, vm;
        char kind[32], who[32];

        if (sscanf(line, "%lu %u %31s %31s", &e.cycle, &pcpu, kind, who) != 4)
            continue;
        e.pcpu = (uint16_t)pcpu;
        e.kind = sched_event_find(kind, strlen(kind));
        vm = (unsigned)strtoul(who, NULL, 10);
        if (e.kind == SCHED_EVENT_RUN)
            plain_turn(p, &e, (uint16_t)vm, false);
        else if (e.kind == SCHED_EVENT_IDLE)
            plain_turn(p, &e, SCHED_LOG_NO_VCPU, true);
        else if (e.kind == SCHED_EVENT_PREEMPT || e.kind == SCHED_EVENT_YIELD ||
                 e.kind == SCHED_EVENT_BLOCK)
            plain_turn(p, &e, SCHED_LOG_NO_VCPU, false);
    }
    for (uint16_t i = 0; i < PCPUS; i++) {
        const struct sched_event end = {.cycle = end_cycle, .pcpu = i};

        plain_turn(p, &end, SCHED_LOG_NO_VCPU, false);
    }
}

/* What the whole log says of a pCPU at a time. */
static const struct sched_span *plain_at(struct plain *p, unsigned pcpu,
                                         uint64_t cycle)
{
    for (unsigned i = 0; i < p->count; i++) {
        unsigned n = (p->found + i) % p->count;

        if (p->spans[n].pcpu != pcpu || p->spans[n].from_cycle > cycle ||
            p->spans[n].to_cycle <= cycle)
            continue;
        p->found = n;
        return &p->spans[n];
    }
    ck_abort_msg("nothing at cycle %lu of pCPU %u", cycle, pcpu);
    return NULL;
}

/* The spans of recent are those of the log, without gaps, from known_cycle to
   the end.  Returns how many. */
static unsigned compare(const struct sched_recent *r, struct plain *p,
                        uint64_t end_cycle)
{
    struct sched_spans *walk = malloc(sizeof *walk);
    uint64_t reached[PCPUS] = {0};
    const struct sched_recent_event *event;
    struct sched_span span;
    unsigned count = 0;

    ck_assert_ptr_nonnull(walk);
    sched_spans_begin(walk, r, end_cycle);
    while (sched_spans_next(walk, &span, &event)) {
        const struct sched_span *same;

        if (span.from_cycle == span.to_cycle)
            continue;
        if (reached[span.pcpu] != 0)
            ck_assert_uint_eq(span.from_cycle, reached[span.pcpu]);
        else
            ck_assert_uint_le(span.from_cycle, r->known_cycle);
        reached[span.pcpu] = span.to_cycle;
        same = plain_at(p, span.pcpu, span.from_cycle);
        ck_assert_uint_eq(same->vcpu, span.vcpu);
        ck_assert_uint_eq(same->idle, span.idle);
        ck_assert_uint_le(same->from_cycle, span.from_cycle);
        ck_assert_uint_ge(same->to_cycle, span.to_cycle);
        count++;
    }
    for (unsigned i = 0; i < PCPUS; i++)
        ck_assert_uint_eq(reached[i], end_cycle);
    free(walk);
    return count;
}

/* Both, of a run of so many ms; true if the oldest were dropped. */
static bool compare_run(const char *policy, uint64_t ms)
{
    static const char *const programs[] = {
        "compute exp 300us; block exp 300us", "compute exp 100us; block 1ms",
        "compute exp 900us; block exp 100us", "compute 5ms"};
    struct sched_rig *r = rig_begin(policy, PCPUS);
    struct sched_recent recent;
    FILE *file = tmpfile();
    struct sched_log log = {.stream = file, .recent = &recent};
    struct plain plain = {.spans = calloc(MAX_SPANS, sizeof *plain.spans)};
    bool dropped;

    ck_assert(file && plain.spans);
    rig_set(r, "sched.switch_cycles", "3000");
    for (unsigned i = 0; i < ARRAY_LEN(programs); i++)
        rig_vm(r, 1, 256, programs[i]);
    rig_build(r);
    ck_assert(dispatch_log_begin(&r->host.dispatch, &log));
    rig_run(r, ms);
    ck_assert_uint_gt(log.events, 100);
    read_plain(&plain, file, r->host.now_cycle);
    ck_assert_uint_gt(compare(&recent, &plain, r->host.now_cycle), 50);
    dropped = recent.known_cycle != 0;
    for (unsigned i = 0; i < ARRAY_LEN(programs); i++) {
        const struct latency *wake = &rig_sched_vm(r, i)->wake;

        ck_assert_uint_eq(recent.vcpus[i].wakes, wake->count);
        ck_assert_uint_eq(recent.vcpus[i].most_delay_cycles, wake->greatest);
    }
    sched_recent_free(&recent);
    fclose(file);
    free(plain.spans);
    rig_end(r);
    return dropped;
}

START_TEST(test_sched_recent_is_the_whole_log_at_first)
{
    ck_assert(!compare_run("rr", 100));
    ck_assert(!compare_run("credit", 100));
    ck_assert(!compare_run("cfs", 100));
}
END_TEST

START_TEST(test_sched_recent_is_exact_after_events_were_dropped)
{
    ck_assert(compare_run("rr", 50000));
    ck_assert(compare_run("eevdf", 20000));
}
END_TEST

static struct sched_event event_of(uint64_t cycle, enum sched_event_kind kind,
                                   uint16_t vcpu)
{
    return (struct sched_event){
        .cycle = cycle, .kind = kind, .pcpu = 0, .vm = 0, .vcpu = vcpu};
}

/* A vCPU spins from 150 on, is preempted with its lock at 200, and goes on
   spinning from 300 to 350. */
static void play(struct sched_recent *r)
{
    const struct sched_event events[] = {event_of(0, SCHED_EVENT_START, 0),
                                         event_of(0, SCHED_EVENT_WAKE, 0),
                                         event_of(100, SCHED_EVENT_RUN, 0)};
    struct sched_event at = event_of(150, SCHED_EVENT_RUN, 0);

    for (unsigned i = 0; i < ARRAY_LEN(events); i++)
        ck_assert_ptr_null(sched_recent_put(r, &events[i]));
    sched_recent_mark(r, &at, SCHED_MARK_SPINS);
    at.cycle = 160;
    sched_recent_mark(r, &at, SCHED_MARK_SPINS); /* nothing new */
    at = event_of(200, SCHED_EVENT_PREEMPT, 0);
    ck_assert_ptr_null(sched_recent_put(r, &at));
    sched_recent_mark(r, &at, SCHED_MARK_HOLDER);
    at = event_of(300, SCHED_EVENT_RUN, 0);
    ck_assert_ptr_null(sched_recent_put(r, &at));
    at.cycle = 350;
    sched_recent_mark(r, &at, SCHED_MARK_WORKS);
}

START_TEST(test_sched_recent_marks_split_spans)
{
    static const struct {
        uint64_t from_cycle, to_cycle;
        bool ran, spins;
    } expected[] = {{0, 100, false, false}, {100, 150, true, false},
                    {150, 200, true, true}, {200, 300, false, false},
                    {300, 350, true, true}, {350, 400, true, false}};
    const struct sched_log_vm vm = {"a", 1, 256, 0};
    const struct sched_log_host host = {1000,       "rr",         1, 1, 1,
                                        .vms = &vm, .vm_count = 1};
    struct sched_spans *walk = malloc(sizeof *walk);
    const struct sched_recent_event *event;
    struct sched_recent r;
    struct sched_span span;
    unsigned n = 0;

    ck_assert(walk && sched_recent_begin(&r, &host));
    play(&r);
    ck_assert_uint_eq(r.count, 8);
    ck_assert_uint_eq(r.vcpus[0].holder_marks, 1);
    ck_assert(!r.vcpus[0].spins);
    sched_spans_begin(walk, &r, 400);
    while (sched_spans_next(walk, &span, &event)) {
        if (span.from_cycle == span.to_cycle)
            continue;
        ck_assert_uint_lt(n, ARRAY_LEN(expected));
        ck_assert_uint_eq(span.from_cycle, expected[n].from_cycle);
        ck_assert_uint_eq(span.to_cycle, expected[n].to_cycle);
        ck_assert_uint_eq(span.vcpu == 0, expected[n].ran);
        ck_assert_uint_eq(span.spins, expected[n++].spins);
    }
    ck_assert_uint_eq(n, ARRAY_LEN(expected));
    sched_recent_free(&r);
    free(walk);
}
END_TEST

START_TEST(test_sched_recent_refuses_what_contradicts)
{
    const struct sched_log_vm vm = {"a", 2, 256, 0};
    const struct sched_log_host host = {1000,       "rr",         1, 1, 1,
                                        .vms = &vm, .vm_count = 1};
    const struct sched_event wrong = event_of(10, SCHED_EVENT_BLOCK, 1);
    struct sched_recent r;

    ck_assert(sched_recent_begin(&r, &host));
    ck_assert_ptr_nonnull(sched_recent_put(&r, &wrong));
    ck_assert_uint_eq(r.count, 0);
    sched_recent_free(&r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_sched_recent_is_the_whole_log_at_first,
        test_sched_recent_is_exact_after_events_were_dropped,
        test_sched_recent_marks_split_spans,
        test_sched_recent_refuses_what_contradicts,
    };

    return rig_main("sched-recent", tests, ARRAY_LEN(tests));
}
