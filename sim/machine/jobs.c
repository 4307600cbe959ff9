#include "sim/machine/jobs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine/session.h"

enum { POLL_NS = 5000000 };

unsigned jobs_of_host(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        return 1;
    return cores > CONFIG_MAX_JOBS ? CONFIG_MAX_JOBS : (unsigned)cores;
}

enum status jobs_init(struct jobs *jobs, const struct config *config,
                      const struct machine_image *image, bool trace,
                      struct error *e)
{
    void *shared;

    *jobs = (struct jobs){
        .config = config, .image = image, .count = config->technique_count};
    shared = mmap(NULL, jobs->count * sizeof *jobs->shared,
                  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return error_set(e, STATUS_MEMORY, "out of host memory");
    jobs->shared = shared;
    for (unsigned i = 0; i < jobs->count; i++) {
        struct job_handle *h = &jobs->handles[i];

        h->out = tmpfile();
        h->err = tmpfile();
        h->trace = trace ? tmpfile() : NULL;
        if (!h->out || !h->err || (trace && !h->trace)) {
            jobs_free(jobs);
            return error_set(e, STATUS_FILE, "a temporary file: %s",
                             strerror(errno));
        }
    }
    return STATUS_OK;
}

static void close_if_open(FILE *f)
{
    if (f)
        fclose(f);
}

void jobs_free(struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->count; i++) {
        close_if_open(jobs->handles[i].out);
        close_if_open(jobs->handles[i].err);
        close_if_open(jobs->handles[i].trace);
    }
    munmap(jobs->shared, jobs->count * sizeof *jobs->shared);
}

/* The whole life of a worker. */
static void work(struct jobs *jobs, unsigned index)
{
    struct job *job = &jobs->shared[index];
    struct job_handle *h = &jobs->handles[index];
    struct trace_chrome chrome = {.out = h->trace,
                                  .tsc_khz = jobs->config->cpu.tsc_khz};
    struct session_request request = {
        .config = jobs->config,
        .technique = jobs->config->techniques[index],
        .image = jobs->image,
        .sinks = {.out_fd = fileno(h->out),
                  .err_fd = fileno(h->err),
                  .trace = h->trace ? &chrome : NULL,
                  .trace_vm = (uint16_t)index,
                  .progress = &job->progress,
                  .saved = index == 0 ? jobs->saved : NULL},
    };

    if (h->trace) {
        trace_chrome_name_vm(&chrome, index, request.technique->name);
        trace_chrome_name_vcpu(&chrome, index, 0, "vCPU 0");
    }
    job->status = session_run(&request, &job->record, &job->error);
    if (h->trace)
        fflush(h->trace);
    job->done = true;
}

static void start(struct jobs *jobs, unsigned index)
{
    struct job *job = &jobs->shared[index];
    pid_t parent = getpid();
    pid_t pid;

    progress_init(&job->progress, false);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            work(jobs, index);
        _exit(0);
    }
    jobs->handles[index].pid = pid < 0 ? 0 : pid;
    if (pid < 0) {
        job->status = error_set(&job->error, STATUS_MEMORY,
                                "no worker process: %s", strerror(errno));
        job->done = true;
    }
}

/* A technique whose turn never came: ^C was first. */
static void skip(struct jobs *jobs, unsigned index)
{
    struct job *job = &jobs->shared[index];
    struct run_record *r = &job->record;

    memset(r, 0, sizeof *r);
    snprintf(r->technique, sizeof r->technique, "%s",
             jobs->config->techniques[index]->name);
    r->end = RUN_INTERRUPTED;
    snprintf(r->text, sizeof r->text, "interrupted before its turn");
    job->status = STATUS_OK;
    job->done = true;
}

/* Words for a worker that ended without a result. */
static void bury(struct jobs *jobs, unsigned index, int wait_status)
{
    struct job *job = &jobs->shared[index];
    struct run_record *r = &job->record;

    jobs->handles[index].pid = 0;
    if (job->done)
        return;
    job->done = true;
    job->status = STATUS_OK;
    memset(r, 0, sizeof *r);
    snprintf(r->technique, sizeof r->technique, "%s",
             jobs->config->techniques[index]->name);
    r->end = RUN_LOST;
    snprintf(r->text, sizeof r->text, "its worker process died (%s %d)",
             WIFSIGNALED(wait_status) ? "signal" : "status",
             WIFSIGNALED(wait_status) ? WTERMSIG(wait_status)
                                      : WEXITSTATUS(wait_status));
}

static unsigned reap(struct jobs *jobs)
{
    unsigned running = 0;

    for (unsigned i = 0; i < jobs->count; i++) {
        pid_t pid = jobs->handles[i].pid;
        int status;

        if (pid == 0)
            continue;
        if (waitpid(pid, &status, WNOHANG) == pid)
            bury(jobs, i, status);
        else
            running++;
    }
    return running;
}

static void show(struct jobs *jobs)
{
    char text[256];
    size_t used = 0;

    for (unsigned i = 0; i < jobs->count && used < sizeof text; i++) {
        const struct job *job = &jobs->shared[i];
        int wrote = snprintf(text + used, sizeof text - used, "%s%s %s%.0fM",
                             i ? " | " : "", jobs->config->techniques[i]->name,
                             job->done ? "done " : "",
                             (double)job->progress.instructions * 1e-6);

        used += wrote > 0 ? (size_t)wrote : 0;
    }
    progress_show(&jobs->progress, text);
}

/* ^C reaches the workers too; a SIGTERM reaches only us. */
static void stop_all(const struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->count; i++)
        if (jobs->handles[i].pid > 0)
            kill(jobs->handles[i].pid, SIGTERM);
}

void jobs_run(struct jobs *jobs)
{
    struct timespec pause = {.tv_nsec = POLL_NS};
    unsigned started = 0, running = 0;
    bool stopped = false;

    progress_init(&jobs->progress,
                  !jobs->config->outputs.quiet && isatty(STDERR_FILENO));
    while (started < jobs->count || running > 0) {
        while (started < jobs->count && running < jobs->config->jobs) {
            start(jobs, started++);
            running++;
        }
        nanosleep(&pause, NULL);
        running = reap(jobs);
        show(jobs);
        if (!stopped && interrupt_pending()) {
            stop_all(jobs);
            stopped = true;
            while (started < jobs->count)
                skip(jobs, started++);
        }
    }
    progress_clear(&jobs->progress);
}
