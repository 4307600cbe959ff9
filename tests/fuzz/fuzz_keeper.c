#include "tests/fuzz/fuzz_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Handlers have nowhere else to look. */
static volatile sig_atomic_t program_pid;

static void tell_program(int number)
{
    if (program_pid > 0)
        kill(-(pid_t)program_pid, number);
}

static _Noreturn void run_program(const struct fuzz_start *start, int fd)
{
    setpgid(0, 0);
    tcsetpgrp(fd, getpid());
    signal(SIGTTOU, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    close(fd);
    for (const char *const *e = start->environment; *e; e++)
        putenv((char *)(size_t)*e);
    if (chdir(start->directory) == 0)
        execv(start->words[0], (char **)(size_t)start->words);
    _exit(127);
}

static bool same_modes(int fd, const struct termios *a)
{
    struct termios b;

    return tcgetattr(fd, &b) == 0 && a->c_iflag == b.c_iflag &&
           a->c_oflag == b.c_oflag && a->c_cflag == b.c_cflag &&
           a->c_lflag == b.c_lflag &&
           memcmp(a->c_cc, b.c_cc, sizeof a->c_cc) == 0;
}

static void report(int fd, struct fuzz_report *r, enum fuzz_stage stage)
{
    r->stage = stage;
    if (write(fd, r, sizeof *r) != sizeof *r)
        _exit(1);
}

static void note_orphan(struct fuzz_report *r, int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (number && number != SIGTERM && number != SIGKILL && number != SIGHUP)
        r->orphan_signal = number;
}

static void become_leader(int fd, enum fuzz_hangup hangup)
{
    setsid();
    ioctl(fd, TIOCSCTTY, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGHUP, hangup == FUZZ_TELLS_PROGRAM ? tell_program : SIG_IGN);
}

/* A user who wants it back; later than the last process has its own signal. */
static void wake_program(pid_t pid)
{
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    kill(-pid, SIGCONT);
}

_Noreturn void fuzz_keep(const struct fuzz_start *start, int terminal_fd,
                         int report_fd)
{
    struct fuzz_report r = {.modes_kept = true, .modes_lent = true};
    struct termios before;
    int status;
    pid_t pid;

    become_leader(terminal_fd, start->hangup);
    tcgetattr(terminal_fd, &before);
    r.pid = fork();
    if (r.pid == 0) {
        close(report_fd);
        run_program(start, terminal_fd);
    }
    program_pid = (sig_atomic_t)r.pid;
    report(report_fd, &r, FUZZ_STARTED);
    while ((pid = waitpid(-1, &status, WUNTRACED)) > 0 || errno == EINTR) {
        if (pid > 0 && pid != r.pid && WIFSTOPPED(status)) {
            kill(pid, SIGCONT); /* it was not there yet when others woke */
        } else if (pid > 0 && pid != r.pid) {
            note_orphan(&r, status);
        } else if (pid == r.pid && WIFSTOPPED(status)) {
            r.stops++;
            r.modes_lent &= same_modes(terminal_fd, &before);
            wake_program(r.pid);
        } else if (pid == r.pid) {
            r.status = status;
            r.modes_kept = same_modes(terminal_fd, &before);
            report(report_fd, &r, FUZZ_ENDED);
        }
    }
    r.modes_kept = same_modes(terminal_fd, &before);
    report(report_fd, &r, FUZZ_GONE);
    _exit(0);
}
