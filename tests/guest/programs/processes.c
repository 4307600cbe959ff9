/*
 * processes.c - fork, exec, wait, pipes, poll and select.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void shared_and_private(void)
{
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int private = 1, status;

    if (fork() == 0) {
        *shared = 42;
        private = 2;
        _exit(private + 5);
    }
    printf("child is gone: %d\n", wait(&status) > 0);
    printf("status %d, shared %d, private %d\n", WEXITSTATUS(status), *shared,
           private);
    printf("no more: %d %d\n", wait(NULL), errno == ECHILD);
}

static void through_a_pipe(void)
{
    enum { TOTAL = 300000 };
    static char buffer[5000];
    long sum = 0, bytes = 0;
    int p[2];
    ssize_t n;

    if (pipe(p) != 0)
        return;
    if (fork() == 0) {
        close(p[0]);
        memset(buffer, 3, sizeof buffer);
        for (int i = 0; i < TOTAL; i += (int)sizeof buffer)
            if (write(p[1], buffer, sizeof buffer) < 0)
                _exit(1);
        _exit(0);
    }
    close(p[1]);
    while ((n = read(p[0], buffer, 777)) > 0) {
        bytes += n;
        for (ssize_t i = 0; i < n; i++)
            sum += buffer[i];
    }
    wait(NULL);
    close(p[0]);
    printf("pipe: %ld bytes, sum %ld\n", bytes, sum);
}

static void waiting_for_input(void)
{
    struct timeval soon = {0, 1000};
    struct pollfd f;
    fd_set set;
    int p[2], n;

    if (pipe2(p, O_NONBLOCK | O_CLOEXEC) != 0)
        return;
    f = (struct pollfd){p[0], POLLIN, 0};
    printf("empty: %d %d", poll(&f, 1, 1), (int)read(p[0], &n, 1));
    printf(" %d\n", errno == EAGAIN);
    printf("written: %d\n", (int)write(p[1], "abc", 3));
    n = poll(&f, 1, -1);
    printf("poll: %d %d\n", n, f.revents == POLLIN);
    FD_ZERO(&set);
    FD_SET(p[0], &set);
    n = select(p[0] + 1, &set, NULL, NULL, &soon);
    printf("select: %d %d\n", n, FD_ISSET(p[0], &set) != 0);
    close(p[1]);
    n = (int)read(p[0], (char[8]){0}, 8);
    poll(&f, 1, 0);
    printf("closed: %d %d\n", n, f.revents == POLLHUP);
    close(p[0]);
    printf("bad: %d\n", poll(&f, 1, 0) == 1 && f.revents == POLLNVAL);
}

static void other_programs(const char *self)
{
    char *arguments[] = {(char *)self, "--child", "one two", NULL};
    char *environment[] = {"COLOUR=blue", NULL};
    pid_t child;
    int status;

    fflush(stdout);
    child = vfork();
    if (child == 0) {
        execve(self, arguments, environment);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("exec: %d\n", WEXITSTATUS(status));
    fflush(stdout);
    posix_spawn(&child, self, NULL, NULL, arguments, environ);
    waitpid(child, &status, 0);
    printf("spawn: %d\n", WEXITSTATUS(status));
    errno = 0;
    execl("/not/there", "x", NULL);
    printf("not there: %d\n", errno == ENOENT);
    execl("/", "x", NULL);
    printf("directory: %d\n", errno == EACCES);
}

static void many_children(void)
{
    int sum = 0, status;
    struct rusage usage;

    fflush(stdout);
    for (int i = 0; i < 20; i++)
        if (fork() == 0)
            _exit(i);
    while (wait4(-1, &status, 0, &usage) > 0)
        sum += WEXITSTATUS(status);
    printf("twenty: %d\n", sum);
    printf("parent: %d %d\n", getppid() > 0 || getppid() == 0,
           getpgid(0) == getpgrp());
}

static void wait_by_id(void)
{
    siginfo_t info = {0};
    pid_t child = fork();

    if (child == 0)
        _exit(7);
    printf("waitid: %d", waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
    printf(" %d %d %d\n", info.si_pid == child, info.si_code, info.si_status);
    printf("again: %d", waitid(P_ALL, 0, &info, WEXITED));
    printf(" %d", info.si_status);
    printf(" %d %d\n", waitid(P_ALL, 0, &info, WEXITED), errno == ECHILD);
}

static void descriptors(void)
{
    int a = open("/dev/null", O_RDWR), b = dup(a), c = fcntl(a, F_DUPFD, 50);

    printf("dup: %d %d %d\n", b == a + 1, c == 50, dup2(a, 60));
    printf("cloexec: %d", fcntl(a, F_GETFD));
    fcntl(a, F_SETFD, FD_CLOEXEC);
    printf(" %d\n", fcntl(a, F_GETFD));
    printf("flags: %d\n", (fcntl(a, F_GETFL) & O_ACCMODE) == O_RDWR);
    printf("bad: %d %d\n", close(999), errno == EBADF);
}

int main(int argc, char **argv)
{
    const char *colour = getenv("COLOUR");

    if (argc > 1) {
        char *last[] = {argv[0], (char *)"--child", NULL};

        printf("child: %d %s\n", argc, colour ? colour : "none");
        fflush(stdout);
        if (argc > 2) /* its own program once more */
            execv("/proc/self/exe", last);
        return 33;
    }
    shared_and_private();
    through_a_pipe();
    waiting_for_input();
    other_programs("/proc/self/exe");
    many_children();
    wait_by_id();
    descriptors();
    return 0;
}
