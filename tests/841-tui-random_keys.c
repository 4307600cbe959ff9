/*
 * Claim   whatever is typed at the screen, it ends neither by a signal nor
 *         with a report of a sanitizer, it never hangs, the terminal is as it
 *         was afterwards, and no process is left.  The same holds when it is
 *         killed, hung up or stopped on the way.
 *
 * RINGSIDE_SEED=N          the first seed (default 1); one terminal each
 * RINGSIDE_FUZZ_RUNS=N     so many (default 12)
 * RINGSIDE_FUZZ_SECONDS=N  as many as fit into this time instead
 * RINGSIDE_FUZZ_STEPS=N    things that are done at each (default 60)
 *
 * What is typed depends on the seed alone.  In a build with sanitizers, leaks
 * are looked for in every process that ends by itself.
 */
#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "tests/fuzz/fuzz_keys.h"
#include "tests/fuzz/fuzz_terminal.h"

enum { PATH_BYTES = 1024, WORDS = 12, VARIABLES = 8, RETYPE_MS = 2000 };

/* How a run ends; the user leaves in most. */
enum ending {
    END_LEAVES,
    END_HANGS_UP,        /* the shell tells the program */
    END_HANGS_UP_UNSAID, /* it does not */
    END_SIGNAL_FIRST,    /* to the process that the shell knows */
    END_SIGNAL_SCREEN,   /* to its child, which has the terminal */
    ENDINGS
};
static const char *const ending_names[ENDINGS] = {
    "q", "hang-up", "hang-up that is not told", "a signal to the first process",
    "a signal to the screen's process"};

struct fuzz_run {
    uint64_t seed;
    struct rng rng;
    enum ending ending;
    int signal;
    char directory[PATH_BYTES], program[PATH_BYTES], guest[PATH_BYTES],
        scenario[PATH_BYTES];
    const char *words[WORDS], *environment[VARIABLES + 1];
    char asan[PATH_BYTES + 200], ubsan[PATH_BYTES + 200], term[40];
    unsigned steps;
    uint64_t keys;
    struct fuzz_terminal terminal;
};

static uint64_t setting(const char *name, uint64_t preset)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : preset;
}

static void find(char *path, const char *directory, const char *name)
{
    char given[PATH_BYTES];

    snprintf(given, sizeof given, "%s%s", directory, name);
    ck_assert_msg(realpath(given, path) != NULL, "%s is not there", given);
}

static void choose_words(struct fuzz_run *r)
{
    static const char *const techniques[] = {"native", "shadow", "nested", "pv",
                                             "native,shadow,nested,pv"};
    static const char *const workloads[] = {
        "kvstore:keys=2000,n=3000", "gups:footprint=4M,n=20000",
        "forkwait:n=10", "kvstore:keys=500,n=100"};
    const char *varied = "vms.smp.locks=ticket,unfair,pv";
    const char **w = r->words;

    *w++ = r->program;
    *w++ = "tui";
    switch (rng_below(&r->rng, 8)) {
    case 0:
        *w++ = "--over";
        *w++ = varied;
        *w++ = r->scenario;
        break;
    case 1:
        *w++ = r->scenario;
        break;
    case 2:
        *w++ = "-t";
        *w++ = techniques[1 + rng_below(&r->rng, 2)];
        *w++ = "--boot";
        *w++ = r->guest;
        break;
    default:
        *w++ = "-t";
        *w++ = techniques[rng_below(&r->rng, ARRAY_LEN(techniques))];
        *w++ = workloads[rng_below(&r->rng, ARRAY_LEN(workloads))];
        break;
    }
    *w = NULL;
}

static void choose_environment(struct fuzz_run *r)
{
    static const char *const terms[] = {"xterm-256color", "xterm", "vt100",
                                        "screen", "linux"};
    static const char *const options =
        "log_path=%s/report:print_stacktrace=1:detect_leaks=1%s%s";
    const char *asan = getenv("ASAN_OPTIONS"), *ubsan = getenv("UBSAN_OPTIONS");
    const char **e = r->environment;

    snprintf(r->asan, sizeof r->asan, "ASAN_OPTIONS=");
    snprintf(r->asan + strlen(r->asan), PATH_BYTES + 100, options, r->directory,
             asan ? ":" : "", asan ? asan : "");
    snprintf(r->ubsan, sizeof r->ubsan, "UBSAN_OPTIONS=");
    snprintf(r->ubsan + strlen(r->ubsan), PATH_BYTES + 100, options,
             r->directory, ubsan ? ":" : "", ubsan ? ubsan : "");
    snprintf(r->term, sizeof r->term, "TERM=%s",
             terms[rng_below(&r->rng, ARRAY_LEN(terms))]);
    *e++ = r->asan;
    *e++ = r->ubsan;
    *e++ = r->term;
    *e++ = rng_below(&r->rng, 4) ? "LC_ALL=C.UTF-8" : "LC_ALL=C";
    *e++ = "LINES";
    *e++ = "COLUMNS";
    if (rng_below(&r->rng, 8) == 0)
        *e++ = "NO_COLOR=1";
    *e = NULL;
}

static void choose_ending(struct fuzz_run *r)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGKILL, SIGINT};

    r->ending = END_LEAVES;
    if (rng_below(&r->rng, 2))
        r->ending = (enum ending)rng_below(&r->rng, ENDINGS);
    r->signal = signals[rng_below(
        &r->rng, r->ending == END_SIGNAL_SCREEN ? 3 : ARRAY_LEN(signals))];
}

static void begin(struct fuzz_run *r, uint64_t seed)
{
    const char *build = getenv("BUILD");

    memset(r, 0, sizeof *r);
    r->seed = seed;
    rng_init(&r->rng, seed);
    snprintf(r->directory, sizeof r->directory, "/tmp/ringside-keys-XXXXXX");
    ck_assert(mkdtemp(r->directory) != NULL);
    find(r->program, build ? build : "build", "/ringside");
    find(r->guest, build ? build : "build", "/guest/seat");
    find(r->scenario, "workloads/scenarios", "/lock-holder.conf");
    choose_words(r);
    choose_environment(r);
    choose_ending(r);
    printf("seed %" PRIu64 ": %s,", seed, r->term);
    for (unsigned i = 1; r->words[i]; i++)
        printf(" %s", r->words[i]);
}

/* What sanitizers wrote: how many of them, printed if somebody wants that. */
static unsigned read_reports(const struct fuzz_run *r, bool print)
{
    char path[PATH_BYTES + 300], line[400];
    DIR *directory = opendir(r->directory);
    unsigned count = 0;

    for (struct dirent *d; directory && (d = readdir(directory));) {
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", r->directory, d->d_name);
        if (strncmp(d->d_name, "report", 6) != 0 || !(f = fopen(path, "r")))
            continue;
        count++;
        for (unsigned n = 0; print && n < 60 && fgets(line, sizeof line, f);
             n++)
            fputs(line, stdout);
        fclose(f);
    }
    if (directory)
        closedir(directory);
    return count;
}

static void remove_directory(const char *path)
{
    char name[PATH_BYTES + 300];
    DIR *directory = opendir(path);

    for (struct dirent *d; directory && (d = readdir(directory));) {
        snprintf(name, sizeof name, "%s/%s", path, d->d_name);
        unlink(name);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

/* What it did wrong, and how to see it again. */
static void give_up(struct fuzz_run *r, const char *what)
{
    if (read_reports(r, true) == 0)
        printf("\n--- the last of the screen:\n%s\n---\n", r->terminal.screen);
    printf("%s; RINGSIDE_SEED=%" PRIu64 " RINGSIDE_FUZZ_STEPS=%u "
           "RINGSIDE_FUZZ_RUNS=1 does it again; files: %s\n",
           what, r->seed, r->steps, r->directory);
    fflush(stdout);
    fuzz_close(&r->terminal);
    ck_abort_msg("seed %" PRIu64 ": %s", r->seed, what);
}

static void type(struct fuzz_run *r, unsigned steps)
{
    struct fuzz_terminal *t = &r->terminal;
    struct fuzz_step step;

    while (r->steps < steps && t->now.stage < FUZZ_ENDED) {
        fuzz_step_make(&step, &r->rng);
        r->steps++;
        r->keys += step.keys;
        if (step.width)
            fuzz_resize(t, step.width, step.height);
        if (!fuzz_send(t, step.bytes, step.count))
            give_up(r, "it hangs: no key is taken");
        if (step.quiet_ms)
            fuzz_look(t, (int)step.quiet_ms, 200);
    }
}

/* What was typed may have left the first keys half a sequence. */
static void leave(struct fuzz_run *r)
{
    struct fuzz_terminal *t = &r->terminal;

    for (int ms = 0; ms < FUZZ_LIMIT_MS && t->now.stage < FUZZ_ENDED;
         ms += RETYPE_MS) {
        for (const char *key = "\033\033q"; *key; key++) {
            if (!fuzz_send(t, key, 1))
                return;
            fuzz_look(t, 50, 100);
        }
        fuzz_wait(t, FUZZ_ENDED, RETYPE_MS);
    }
}

static void end(struct fuzz_run *r)
{
    struct fuzz_terminal *t = &r->terminal;
    pid_t pid = t->now.pid;

    if (r->ending == END_SIGNAL_SCREEN)
        pid = fuzz_child(t);
    if (t->now.stage >= FUZZ_ENDED)
        r->ending = END_LEAVES; /* the keys have left */
    else if (r->ending == END_LEAVES)
        leave(r);
    else if (r->ending >= END_SIGNAL_FIRST && pid > 0)
        kill(pid, r->signal);
    else
        fuzz_hang_up(t);
    if (!fuzz_wait(t, FUZZ_ENDED, FUZZ_LIMIT_MS))
        give_up(r, "it hangs: it does not end");
}

/* Before and after the last process is gone. */
static void judge(struct fuzz_run *r)
{
    struct fuzz_terminal *t = &r->terminal;
    const struct fuzz_report ended = t->now;
    bool left = r->ending == END_LEAVES;

    if (left && ended.status != 0)
        give_up(r, "its exit status is not 0");
    if (WIFSIGNALED(ended.status) &&
        !(r->ending == END_SIGNAL_FIRST && WTERMSIG(ended.status) == r->signal))
        give_up(r, "a signal ended it");
    if (left && !ended.modes_kept)
        give_up(r, "the terminal's modes are others");
    if (!fuzz_wait(t, FUZZ_GONE, FUZZ_LIMIT_MS))
        give_up(r, "processes are left");
    if (t->fd >= 0 && !t->now.modes_kept)
        give_up(r, "the terminal's modes are others at the end of all");
    if (!t->now.modes_lent)
        give_up(r, "stopped with the terminal's modes its own");
    if (t->now.orphan_signal)
        give_up(r, "a signal ended a process of the machine");
    if (strstr(t->screen, "process has ended") ||
        strstr(t->screen, "process is gone"))
        give_up(r, "a machine is lost");
    if (read_reports(r, false))
        give_up(r, "a sanitizer has reported");
}

/* Returns the keys that were pressed. */
static uint64_t play(uint64_t seed, unsigned steps)
{
    struct fuzz_run *r = malloc(sizeof *r);
    struct fuzz_start start;
    uint64_t keys;

    ck_assert(r != NULL);
    begin(r, seed);
    start = (struct fuzz_start){.words = r->words,
                                .environment = r->environment,
                                .directory = r->directory,
                                .width = 80,
                                .height = 24,
                                .hangup = r->ending == END_HANGS_UP_UNSAID
                                              ? FUZZ_TELLS_NOBODY
                                              : FUZZ_TELLS_PROGRAM};
    ck_assert_msg(fuzz_open(&r->terminal, &start), "no terminal");
    if (!fuzz_see(&r->terminal, "stands"))
        give_up(r, "it does not begin");
    type(r, steps);
    end(r);
    judge(r);
    keys = r->keys;
    printf(": %u things, %" PRIu64 " keys, %u stops; ended by %s\n", r->steps,
           keys, r->terminal.now.stops, ending_names[r->ending]);
    fflush(stdout);
    fuzz_close(&r->terminal);
    remove_directory(r->directory);
    free(r);
    return keys;
}

START_TEST(test_tui_random_keys_leave_nothing_broken)
{
    uint64_t first = setting("RINGSIDE_SEED", 1), keys = 0, runs = 0;
    uint64_t seconds = setting("RINGSIDE_FUZZ_SECONDS", 0);
    uint64_t most = setting("RINGSIDE_FUZZ_RUNS", seconds ? UINT64_MAX : 12);
    unsigned steps =
        (unsigned)setting("RINGSIDE_FUZZ_STEPS", seconds ? 300 : 60);
    time_t begin_time = time(NULL);

    while (runs < most &&
           (seconds == 0 || (uint64_t)(time(NULL) - begin_time) < seconds))
        keys += play(first + runs++, steps);
    printf("%" PRIu64 " terminals, %" PRIu64 " keys\n", runs, keys);
    ck_assert(keys > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tui random keys");
    TCase *c = tcase_create("keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(c, 0); /* hangs have a limit of their own */
    tcase_add_test(c, test_tui_random_keys_leave_nothing_broken);
    suite_add_tcase(suite, c);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
