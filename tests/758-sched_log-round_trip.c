/*
 * Claim   What a scheduler did is in its log, once: read back, the log agrees
 *         with the host's own account of each VM, under every policy.  A log
 *         that is cut or changed anywhere is refused or read as another good
 *         log, and nothing else happens.
 * Source  sched_log.h, sched_reader.h: the format and its order.
 */
#include "sim/core/macros.h"
#include "sim/record/sched_reader.h"
#include "sim/record/sched_replay.h"
#include "tests/sched_rig.h"

enum { RUN_MS = 300, VMS = 4 };

/* A run of a policy, its log in a file. */
static struct sched_rig *run_logged(const char *policy, FILE *file)
{
    static const char *const programs[VMS] = {
        "compute 1ms", "compute exp 2ms; block exp 3ms",
        "compute exp 100us; block exp 1ms",
        "compute uniform 1ms..9ms; block exp 5ms"};
    struct sched_rig *r = rig_begin(policy, 2);
    struct sched_log log = {.stream = file};

    rig_set(r, "sched.switch_cycles", "2000");
    for (unsigned i = 0; i < VMS; i++)
        rig_vm(r, i == 3 ? 2 : 1, 256u << i, programs[i]);
    r->vms[1].start_cycle = 50 * (uint64_t)RIG_KHZ;
    r->vms[1].stop_cycle = 200 * (uint64_t)RIG_KHZ;
    rig_build(r);
    ck_assert(dispatch_log_begin(&r->host.dispatch, &log));
    rig_run(r, RUN_MS);
    sched_log_end(&log, r->host.now_cycle);
    ck_assert_uint_gt(log.events, 50);
    rewind(file);
    return r;
}

struct sums {
    uint64_t state_cycles[VMS][SCHED_LOG_STATES];
    uint64_t switches[VMS];
    struct latency wake[VMS];
    uint64_t last_cycle, end_cycle;
};

static void add_record(struct sums *s, const struct sched_replay *p,
                       const struct sched_record *record,
                       const struct sched_step *step)
{
    const struct sched_event *event = &record->event;

    ck_assert_uint_ge(event->cycle, s->last_cycle);
    s->last_cycle = event->cycle;
    if (step->vcpu == SCHED_LOG_NO_VCPU || event->kind == SCHED_EVENT_MIGRATE)
        return;
    ck_assert_uint_eq(sched_replay_vm(p, step->vcpu), event->vm);
    s->state_cycles[event->vm][step->before] +=
        event->cycle - step->since_cycle;
    if (event->kind == SCHED_EVENT_RUN) {
        s->switches[event->vm]++;
        if (step->woken)
            latency_add(&s->wake[event->vm], step->delay_cycles);
    }
}

static void add_last(struct sums *s, const struct sched_replay *p)
{
    for (unsigned i = 0; i < p->vcpu_count; i++) {
        const struct sched_replay_vcpu *v = &p->vcpus[i];

        if (v->since_cycle < s->end_cycle)
            s->state_cycles[sched_replay_vm(p, i)][v->state] +=
                s->end_cycle - v->since_cycle;
    }
}

/* True if it is a good log. */
static bool read_log(FILE *file, struct sums *s, struct error *e)
{
    struct sched_reader *r = sched_reader_open(file, "log", e);
    struct sched_replay p;
    struct sched_record record;
    struct sched_step step;
    enum sched_read got;

    memset(s, 0, sizeof *s);
    if (!r)
        return false;
    ck_assert(sched_replay_init(&p, &r->host));
    while ((got = sched_reader_next(r, &record, e)) == SCHED_READ_EVENT) {
        const char *wrong = sched_replay_step(&p, &record.event, &step);

        if (wrong) {
            sched_reader_error(r, record.line, e, wrong);
            got = SCHED_READ_ERROR;
            break;
        }
        add_record(s, &p, &record, &step);
    }
    s->end_cycle = r->end_cycle;
    add_last(s, &p);
    sched_replay_free(&p);
    sched_reader_close(r);
    return got == SCHED_READ_END;
}

static void compare_vm(struct sched_rig *r, const struct sums *s, unsigned vm)
{
    static const enum sched_log_state states[SCHED_STATES] = {
        [SCHED_ABSENT] = SCHED_LOG_ABSENT,
        [SCHED_BLOCKED] = SCHED_LOG_BLOCKED,
        [SCHED_RUNNABLE] = SCHED_LOG_RUNNABLE,
        [SCHED_RUNNING] = SCHED_LOG_RUNNING,
    };
    const struct sched_vm *own = rig_sched_vm(r, vm);
    uint64_t switches = 0;

    for (unsigned i = 0; i < own->config.vcpus; i++)
        switches += own->vcpus[i].switches;
    ck_assert_uint_eq(s->switches[vm], switches);
    ck_assert_uint_eq(s->wake[vm].count, own->wake.count);
    ck_assert_uint_eq(s->wake[vm].total, own->wake.total);
    ck_assert_uint_eq(s->wake[vm].greatest, own->wake.greatest);
    ck_assert_mem_eq(s->wake[vm].bucket, own->wake.bucket,
                     sizeof own->wake.bucket);
    for (unsigned state = 0; state < SCHED_STATES; state++)
        if (state != SCHED_ABSENT) /* the host does not count that */
            ck_assert_uint_eq(s->state_cycles[vm][states[state]],
                              rig_state(r, vm, (enum sched_state)state));
}

START_TEST(test_sched_log_of_every_policy_agrees_with_the_host)
{
    for (size_t i = 0; sched_all[i]; i++) {
        FILE *file = tmpfile();
        struct sums *s = malloc(sizeof *s);
        struct error e = {""};
        struct sched_rig *r;

        ck_assert(file && s);
        if (strcmp(sched_all[i]->name, "null") == 0) {
            fclose(file); /* takes no more vCPUs than pCPUs */
            free(s);
            continue;
        }
        r = run_logged(sched_all[i]->name, file);
        ck_assert_msg(read_log(file, s, &e), "%s: %s", sched_all[i]->name,
                      e.text);
        for (unsigned vm = 0; vm < VMS; vm++)
            compare_vm(r, s, vm);
        rig_end(r);
        free(s);
        fclose(file);
    }
}
END_TEST

/* The log of a short run, in memory. */
static char *small_log(size_t *bytes)
{
    FILE *file = tmpfile();
    char *text;

    ck_assert_ptr_nonnull(file);
    rig_end(run_logged("rr", file));
    text = malloc(1 << 20);
    ck_assert_ptr_nonnull(text);
    *bytes = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

static bool read_text(char *text, size_t bytes, struct error *e)
{
    struct sums *s = malloc(sizeof *s);
    FILE *file = fmemopen(text, bytes, "r");
    bool good;

    ck_assert(file && s);
    good = read_log(file, s, e);
    fclose(file);
    free(s);
    return good;
}

START_TEST(test_sched_log_cut_anywhere_is_refused_with_its_line)
{
    size_t bytes;
    char *text = small_log(&bytes);
    struct error e = {""};

    ck_assert(read_text(text, bytes, &e));
    for (size_t cut = 1; cut < bytes; cut += cut < 2000 ? 1 : 97) {
        ck_assert_msg(!read_text(text, cut, &e), "cut at %zu", cut);
        ck_assert_int_eq(strncmp(e.text, "log:", 4), 0);
    }
    ck_assert(!read_text(text, bytes - 1, &e));
    free(text);
}
END_TEST

/* One wrong byte: an error that names a line, or another good log. */
START_TEST(test_sched_log_with_wrong_bytes_is_harmless)
{
    size_t bytes;
    char *text = small_log(&bytes);
    struct error e = {""};
    struct rng rng;
    unsigned refused = 0;

    rng_init(&rng, 7);
    for (unsigned i = 0; i < 1500; i++) {
        size_t at = (size_t)(rng_next(&rng) % (i % 2 ? bytes : 1000));
        char old = text[at];

        text[at] = (char)(i % 3 ? "0123456789 .-\nruneb"[rng_next(&rng) % 19]
                                : (int)(rng_next(&rng) % 256));
        e.text[0] = '\0';
        if (!read_text(text, bytes, &e)) {
            refused++;
            ck_assert_int_eq(strncmp(e.text, "log:", 4), 0);
        }
        text[at] = old;
    }
    ck_assert_uint_gt(refused, 500);
    free(text);
}
END_TEST

/* What a reader says of a log of one vCPU on one pCPU. */
static const char *answer(const char *events, struct error *e)
{
    char text[1024];

    snprintf(text, sizeof text,
             "ringside-sched-log 1\n# made by hand\nhost 1000 rr 1 1 1\n"
             "vm 0 1 256 web\n%s",
             events);
    e->text[0] = '\0';
    return read_text(text, strlen(text), e) ? "good" : e->text;
}

START_TEST(test_sched_log_that_contradicts_itself_is_refused)
{
    static const struct {
        const char *events, *said;
    } cases[] = {
        {"0 0 start 0.0\nend 5 1\n", "good"},
        {"0 0 start 0.0\n0 0 wake 0.0\n2 0 run 0.0 2\n9 0 block 0.0 7\n"
         "9 0 idle -\nend 9 5\n",
         "good"},
        {"0 0 wake 0.0\nend 5 1\n", "log:5: a vCPU wakes that was not blocked"},
        {"0 0 start 0.0\n1 0 run 0.0 1\nend 5 2\n",
         "log:6: a vCPU gets a pCPU and was not runnable"},
        {"0 0 start 0.0\n1 0 block 0.0 1\nend 5 2\n",
         "log:6: a vCPU leaves a pCPU that it is not on"},
        {"0 0 start 0.0\nend 5 2\n",
         "log:6: not its end: lines above are missing"},
        {"0 0 start 0.0\nend 5 1\n0 0 idle -\n",
         "log:7: there is more after the end"},
        {"0 1 start 0.0\nend 5 1\n",
         "log:5: not an event: CYCLE PCPU EVENT VM.VCPU ARG"},
        {"0 0 start 0.1\nend 5 1\n",
         "log:5: not an event: CYCLE PCPU EVENT VM.VCPU ARG"},
        {"0 0 start 1.0\nend 5 1\n",
         "log:5: not an event: CYCLE PCPU EVENT VM.VCPU ARG"},
        {"0 0 begin 0.0\nend 5 1\n",
         "log:5: not an event: CYCLE PCPU EVENT VM.VCPU ARG"},
        {"18446744073709551616 0 start 0.0\nend 5 1\n",
         "log:5: not an event: CYCLE PCPU EVENT VM.VCPU ARG"},
        {"0 0 start 0.0",
         "log:5: the file was cut here: its end line is missing"},
    };
    struct error e;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_str_eq(answer(cases[i].events, &e), cases[i].said);
}
END_TEST

/* Clocks of pCPUs differ: the reader sorts, and keeps each vCPU's order. */
START_TEST(test_sched_log_reader_sorts_by_time)
{
    char text[] = "ringside-sched-log 1\nhost 1000 rr 2 1 1\nvm 0 2 256 web\n"
                  "0 0 start 0.0\n0 1 start 0.1\n9 0 wake 0.0\n"
                  "5 1 wake 0.1\n7 1 run 0.1 2\n8 0 run 0.0 0\nend 20 6\n";
    static const uint64_t cycles[] = {0, 0, 5, 7, 9, 9};
    FILE *file = fmemopen(text, strlen(text), "r");
    struct error e;
    struct sched_reader *r = sched_reader_open(file, "log", &e);
    struct sched_record record;

    ck_assert_ptr_nonnull(r);
    for (size_t i = 0; i < ARRAY_LEN(cycles); i++) {
        ck_assert_int_eq(sched_reader_next(r, &record, &e), SCHED_READ_EVENT);
        ck_assert_uint_eq(record.event.cycle, cycles[i]);
    }
    ck_assert_int_eq(record.event.kind, SCHED_EVENT_RUN);
    ck_assert_int_eq(sched_reader_next(r, &record, &e), SCHED_READ_END);
    ck_assert_uint_eq(r->end_cycle, 20);
    sched_reader_close(r);
    fclose(file);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_sched_log_of_every_policy_agrees_with_the_host,
        test_sched_log_cut_anywhere_is_refused_with_its_line,
        test_sched_log_with_wrong_bytes_is_harmless,
        test_sched_log_that_contradicts_itself_is_refused,
        test_sched_log_reader_sorts_by_time,
    };

    return rig_main("sched-log", tests, ARRAY_LEN(tests));
}
