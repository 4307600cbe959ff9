/*
 * masks.c - pselect, ppoll and epoll_pwait let in signals that are blocked
 * elsewhere, and afterwards they are blocked again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static int ends[2], epoll;

static void handle(int number)
{
    handled = number;
}

static int by_pselect(const sigset_t *set)
{
    fd_set in;

    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    return pselect(ends[0] + 1, &in, NULL, NULL, NULL, set);
}

static int by_ppoll(const sigset_t *set)
{
    struct pollfd p = {ends[0], POLLIN, 0};

    return ppoll(&p, 1, NULL, set);
}

static int by_epoll(const sigset_t *set)
{
    struct epoll_event e;

    return epoll_pwait(epoll, &e, 1, -1, set);
}

static void show(const char *name, const char *when, int result)
{
    sigset_t now;
    int error = result < 0 ? errno : 0;

    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("%s, %s: %d %s, handled %s, blocked %d\n", name, when, result,
           strerror(error), handled ? strsignal(handled) : "none",
           sigismember(&now, SIGCHLD));
    handled = 0;
}

static void try(const char *name, int (*wait_with)(const sigset_t *))
{
    sigset_t none;
    char c = 0;

    sigemptyset(&none);
    raise(SIGCHLD);
    show(name, "pending", wait_with(&none));
    if (fork() == 0) {
        usleep(2000);
        _exit(0);
    }
    show(name, "a child ends", wait_with(&none));
    while (wait(NULL) > 0)
        ;
    if (write(ends[1], &c, 1) != 1)
        return;
    raise(SIGCHLD);
    show(name, "blocked, bytes there", wait_with(NULL));
    wait_with(&none);
    show(name, "bytes there", wait_with(&none));
    if (read(ends[0], &c, 1) != 1)
        return;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    struct epoll_event e = {.events = EPOLLIN};
    sigset_t child;

    if (pipe(ends))
        return 1;
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &e);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    try("pselect", by_pselect);
    try("ppoll", by_ppoll);
    try("epoll_pwait", by_epoll);
    return 0;
}
