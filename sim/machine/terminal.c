/*
 * terminal.c - raw mode and its end, keys for the guest, keys for us.
 *
 * Source  POSIX, "General Terminal Interface".
 */
#include "sim/machine/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { KEY_COMMAND = 'A' - '@', KEY_END = 'D' - '@', EXIT_SIGNAL = 128 };

const char terminal_help[] =
    "\nringside: ^A x leaves, ^A v shows the guest's screen, ^A k types on its "
    "keyboard (again: its serial line), ^A h helps, ^A ^A types ^A\n";

static void make_raw(int fd, const struct termios *found)
{
    struct termios raw = *found;

    cfmakeraw(&raw);
    raw.c_oflag |= OPOST; /* our own reports end their lines with LF */
    tcsetattr(fd, TCSANOW, &raw);
}

static sigset_t guarded_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGCHLD);
    return set;
}

/* Until the child is gone; its wait status. */
static int wait_for(pid_t child, const sigset_t *signals)
{
    int status = 0, number;

    for (;;) {
        if (sigwait(signals, &number) != 0)
            continue;
        if (number != SIGCHLD)
            kill(child, SIGTERM);
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
    }
}

/* The child ends with its guard, which else could not put things back. */
static void run_child(int (*body)(void *), void *data, const sigset_t *before)
{
    int status;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, before, NULL);
    status = body(data);
    exit(status); /* not _exit(): sanitizers look for leaks then */
}

int terminal_guard(int fd, int (*body)(void *), void *data)
{
    sigset_t signals = guarded_signals(), before;
    struct termios found;
    int status;
    pid_t child;

    if (!isatty(fd) || tcgetattr(fd, &found) != 0)
        return body(data);
    fflush(NULL);
    sigprocmask(SIG_BLOCK, &signals, &before);
    child = fork();
    if (child == 0)
        run_child(body, data, &before);
    if (child < 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        return body(data);
    }
    make_raw(fd, &found);
    status = wait_for(child, &signals);
    tcsetattr(fd, TCSADRAIN, &found);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status)
                               : WEXITSTATUS(status);
}

void terminal_init(struct terminal *t, int fd)
{
    *t = (struct terminal){.fd = fd, .tty = isatty(fd) == 1};
}

/* A key behind ^A; true if it goes to the guest. */
static bool take_command(struct terminal *t, uint8_t key)
{
    t->escaped = false;
    if (key == 'x' || key == 'X')
        t->leave = true;
    else if (key == 'h' || key == 'H' || key == '?')
        t->help = true;
    else if (key == 'v' || key == 'V')
        t->screen = true;
    else if (key == 'k' || key == 'K')
        t->swap = !t->swap;
    return key == KEY_COMMAND;
}

/* Takes our own keys out of what was typed. */
static size_t filter(struct terminal *t, uint8_t *data, size_t bytes)
{
    size_t kept = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (t->escaped ? take_command(t, data[i]) : data[i] != KEY_COMMAND)
            data[kept++] = data[i];
        else if (data[i] == KEY_COMMAND)
            t->escaped = true;
    }
    return kept;
}

size_t terminal_read(struct terminal *t, int wait_ms, uint8_t *to, size_t room)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    ssize_t got;

    if (t->ended || room == 0 || poll(&p, 1, wait_ms) <= 0)
        return 0;
    got = read(t->fd, to, room);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got > 0)
        return t->tty ? filter(t, to, (size_t)got) : (size_t)got;
    t->ended = true;
    to[0] = KEY_END;
    return 1;
}
