#include "visualizer/seat_start.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/machine/guest_load.h"
#include "sim/machine/letter.h"
#include "sim/machine/scenario/scenario_job.h"
#include "sim/machine/session.h"
#include "sim/machine/timeline.h"
#include "visualizer/seat.h"

/* What the machine's process must know. */
struct starting {
    const struct config *config;
    const struct technique_ops *technique;
    struct guest_load *guest;
    const struct scenario_job *job; /* NULL: one machine */
    const int *others; /* lines that are not ours, up to -1; NULL: none */
    int fd, out_fd, err_fd;
    struct symbols symbols;
};

static void serve(void *data, struct run *run, struct session *session)
{
    const struct starting *start = data;

    const struct seat_ends ends = {start->fd, start->out_fd, start->err_fd,
                                   &start->symbols};

    seat_serve_run(&ends, run, session);
}

/* A machine that cannot be built says so in the place of the first answer. */
static void tell(int fd, const struct error *e)
{
    struct seat_reply reply;

    memset(&reply, 0, sizeof reply);
    reply.ended = reply.failed = true;
    snprintf(reply.text, sizeof reply.text, "%.190s", e->text);
    letter_send(fd, &reply, sizeof reply);
}

/* Returns in the end in whichever copy of the machine is awake. */
static int run_machine(void *data)
{
    struct starting *start = data;
    struct run_record *record = calloc(1, sizeof *record);
    struct progress progress;
    struct error e = {"out of memory"};
    FILE *out = tmpfile(), *err = tmpfile();
    struct session_request request = {
        .config = start->config,
        .technique = start->technique,
        .image = &start->guest->image,
        .sinks = {.out_fd = out ? fileno(out) : -1,
                  .err_fd = err ? fileno(err) : -1,
                  .progress = &progress},
        .driver = {serve, start},
    };

    progress_init(&progress, false);
    symbols_load(&start->symbols, start->config);
    start->out_fd = request.sinks.out_fd;
    start->err_fd = request.sinks.err_fd;
    if (!record || session_run(&request, record, &e) != STATUS_OK)
        tell(start->fd, &e);
    symbols_free(&start->symbols);
    free(record);
    return 0;
}

static int run_host(void *data)
{
    struct starting *start = data;
    const struct seat_ends ends = {start->fd, -1, -1, &start->symbols};
    struct error e;

    if (seat_serve_host(&ends, start->job, &e) != STATUS_OK)
        tell(start->fd, &e);
    return 0;
}

/*
 * A screen that is open already catches these for the terminal's sake: a
 * machine that is started then (:set) would put its modes back, too.
 */
static void leave_signals(void)
{
    static const int caught[] = {SIGTSTP, SIGTERM, SIGHUP, SIGINT, SIGWINCH};
    struct sigaction now;

    for (unsigned i = 0; i < sizeof caught / sizeof *caught; i++)
        if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            signal(caught[i], SIG_DFL);
}

static enum status start_process(struct starting *start, int *fd,
                                 struct error *e)
{
    int line[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return error_set(e, STATUS_MEMORY, "no line to the machine");
    fflush(NULL);
    child = fork();
    if (child == 0) {
        leave_signals();
        close(line[0]);
        for (const int *other = start->others; other && *other >= 0; other++)
            close(*other);
        start->fd = line[1];
        _exit(timeline_guard(start->job ? run_host : run_machine, start) < 0
                  ? STATUS_USAGE
                  : 0);
    }
    close(line[1]);
    *fd = line[0];
    if (child > 0)
        return STATUS_OK;
    close(line[0]);
    return error_set(e, STATUS_MEMORY, "no process for the machine");
}

enum status seat_start(const struct config *config,
                       const struct technique_ops *technique, const int *others,
                       int *fd, struct error *e)
{
    struct guest_load guest;
    struct starting start = {.config = config,
                             .technique = technique,
                             .guest = &guest,
                             .others = others};
    enum status s = guest_load(&guest, config, -1, e);

    if (s != STATUS_OK)
        return s;
    s = start_process(&start, fd, e);
    guest_load_free(&guest);
    return s;
}

enum status seat_start_scenario(const struct scenario_job *job,
                                const int *others, int *fd, struct error *e)
{
    struct starting start = {
        .config = &job->config, .job = job, .others = others};

    return start_process(&start, fd, e);
}
