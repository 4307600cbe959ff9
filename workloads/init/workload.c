/*
 * workload.c - runs the program and passes on what it writes.
 *
 * Init takes the permission to use the ports after the fork, so that the
 * program has none.
 */
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "workloads/init/call.h"
#include "workloads/init/init.h"

enum { BUFFER_BYTES = 1 << 15, PIPE_READ = 0, PIPE_WRITE = 1 };

/* One of the program's outputs. */
struct stream {
    int pipe[2];
    uint16_t port;
};

static void say(const char *text)
{
    size_t bytes = 0;

    while (text[bytes])
        bytes++;
    write_bytes(2, text, bytes);
}

static void child(const struct orders *o, const struct stream *out,
                  const struct stream *err)
{
    long in = open_file("/.ringside/stdin", O_RDONLY | O_CLOEXEC);

    if (in < 0)
        in = open_file("/dev/null", O_RDONLY | O_CLOEXEC);
    call3(__NR_dup2, in, 0, 0);
    call3(__NR_dup2, out->pipe[PIPE_WRITE], 1, 0);
    call3(__NR_dup2, err->pipe[PIPE_WRITE], 2, 0);
    call3(__NR_chdir, of(o->cwd), 0, 0);
    mark_begin();
    call3(__NR_execve, of(o->program), of(o->argv.list), of(o->envp.list));
    say("ringside: the guest's kernel cannot run ");
    say(o->program);
    say("\n");
    call3(__NR_exit_group, EXIT_NOT_FOUND, 0, 0);
}

/* False once there is nothing more to read, now or ever. */
static bool pass_on(const struct stream *s)
{
    static char buffer[BUFFER_BYTES];
    long got = read_bytes(s->pipe[PIPE_READ], buffer, sizeof buffer);

    if (got > 0)
        port_out_bytes(s->port, buffer, (size_t)got);
    return got > 0;
}

/*
 * Until the program has ended; its descendants may hold the pipes open for
 * longer.  Without pidfd_open (before Linux 5.3) the pipes' end has to do.
 */
static void pump(const struct stream *out, const struct stream *err, long pidfd)
{
    struct pollfd p[3] = {{out->pipe[PIPE_READ], POLLIN, 0},
                          {err->pipe[PIPE_READ], POLLIN, 0},
                          {(int)pidfd, POLLIN, 0}};

    while (!(p[2].revents & POLLIN) && (p[0].fd >= 0 || p[1].fd >= 0)) {
        call3(__NR_poll, of(p), 3, -1);
        if (p[0].revents && !pass_on(out) && !(p[0].revents & POLLIN))
            p[0].fd = -1;
        if (p[1].revents && !pass_on(err) && !(p[1].revents & POLLIN))
            p[1].fd = -1;
        p[0].revents = p[1].revents = 0;
    }
    while (pass_on(out))
        continue;
    while (pass_on(err))
        continue;
}

static bool open_stream(struct stream *s, uint16_t port)
{
    s->port = port;
    if (call3(__NR_pipe2, of(s->pipe), O_CLOEXEC, 0) < 0)
        return false;
    call3(__NR_fcntl, s->pipe[PIPE_READ], F_SETFL, O_NONBLOCK);
    return true;
}

int workload_run(const struct orders *o)
{
    static struct stream out, err;
    long pid;
    int status = 0;

    if (!open_stream(&out, PORT_STDOUT) || !open_stream(&err, PORT_STDERR))
        return EXIT_NOT_FOUND;
    pid = call3(__NR_fork, 0, 0, 0);
    if (pid == 0)
        child(o, &out, &err);
    if (pid < 0)
        return EXIT_NOT_FOUND;
    close_file(out.pipe[PIPE_WRITE]);
    close_file(err.pipe[PIPE_WRITE]);
    call3(__NR_ioperm, PORT_STDERR, 2, 1);
    pump(&out, &err, call3(__NR_pidfd_open, pid, 0, 0));
    call5(__NR_wait4, pid, of(&status), 0, 0, 0);
    files_save();
    return status_of(status);
}
