#include "sim/machine/scenario/scenario_jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine/progress.h"
#include "sim/machine/session.h"

enum { POLL_NS = 5000000 };

/* A worker, and what it came to. */
struct worker {
    pid_t pid; /* 0: none */
    enum status status;
    struct error error;
    bool done;
};

static void *shared_memory(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

enum status scenario_jobs_init(struct scenario_jobs *j, unsigned count,
                               struct error *e)
{
    j->count = count;
    j->runs = shared_memory(count * sizeof *j->runs);
    return j->runs ? STATUS_OK : error_set(e, STATUS_MEMORY, "out of memory");
}

void scenario_jobs_free(struct scenario_jobs *j)
{
    for (unsigned i = 0; j->runs && i < j->count; i++)
        scenario_result_free(&j->runs[i]);
    if (j->runs)
        munmap(j->runs, j->count * sizeof *j->runs);
    j->runs = NULL;
}

static void start(struct scenario_jobs *j, struct worker *w, unsigned index)
{
    pid_t parent = getpid();
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            w->status = scenario_run(&j->runs[index], NULL, NULL, &w->error);
        w->done = true;
        _exit(0);
    }
    w->pid = pid < 0 ? 0 : pid;
    if (pid < 0) {
        w->status = error_set(&w->error, STATUS_MEMORY, "no worker process: %s",
                              strerror(errno));
        w->done = true;
    }
}

/* Looks after one that runs; false if it still does. */
static bool is_over(struct worker *w)
{
    int status = 0;

    if (w->pid == 0 || waitpid(w->pid, &status, WNOHANG) != w->pid)
        return w->pid == 0;
    w->pid = 0;
    if (!w->done)
        w->status = error_set(
            &w->error, STATUS_MEMORY, "a worker process ended early (%s %d)",
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return true;
}

static void end_all(struct worker *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (workers[i].pid) {
            kill(workers[i].pid, SIGKILL);
            waitpid(workers[i].pid, NULL, 0);
        }
}

static void show_progress(const struct scenario_jobs *j, unsigned over)
{
    char text[64];
    double done = 0;

    for (unsigned i = 0; i < j->count; i++)
        done += j->runs[i].done / j->count;
    snprintf(text, sizeof text, "%u of %u runs: %.0f %%", over, j->count,
             100.0 * done);
    if (j->progress)
        progress_show(j->progress, text);
}

/* Until all are over, or ^C. */
static void run_workers(struct scenario_jobs *j, struct worker *workers)
{
    unsigned begun = 0, over = 0;

    while (over < j->count && !j->stopped) {
        const struct timespec pause = {.tv_nsec = POLL_NS};
        unsigned running = 0;

        over = 0;
        for (unsigned i = 0; i < begun; i++) {
            bool is = is_over(&workers[i]);

            over += is;
            running += !is;
        }
        for (; begun < j->count && running < j->at_a_time; begun++, running++)
            start(j, &workers[begun], begun);
        show_progress(j, over);
        j->stopped = interrupt_pending();
        if (over < j->count && !j->stopped)
            nanosleep(&pause, NULL);
    }
    end_all(workers, j->count);
}

static enum status first_failure(const struct scenario_jobs *j,
                                 const struct worker *workers, struct error *e)
{
    for (unsigned i = 0; i < j->count && !j->stopped; i++)
        if (workers[i].status != STATUS_OK) {
            *e = workers[i].error;
            return workers[i].status;
        }
    return STATUS_OK;
}

static enum status run_side_by_side(struct scenario_jobs *j, struct error *e)
{
    size_t bytes = j->count * sizeof(struct worker);
    struct worker *workers = shared_memory(bytes);
    enum status s;

    if (!workers)
        return error_set(e, STATUS_MEMORY, "out of memory");
    run_workers(j, workers);
    s = first_failure(j, workers, e);
    munmap(workers, bytes);
    return s;
}

enum status scenario_jobs_run(struct scenario_jobs *j, struct error *e)
{
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < j->count && s == STATUS_OK; i++)
        s = scenario_result_init(&j->runs[i], &j->jobs[i], e);
    if (s != STATUS_OK)
        return s;
    if (j->count > 1 && j->at_a_time > 1) {
        s = run_side_by_side(j, e);
        if (j->progress)
            progress_clear(j->progress);
        return s;
    }
    for (unsigned i = 0; i < j->count && s == STATUS_OK && !j->stopped; i++) {
        s = scenario_run(&j->runs[i], j->log, j->progress, e);
        j->stopped = interrupt_pending();
    }
    return s;
}
