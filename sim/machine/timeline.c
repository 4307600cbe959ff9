#include "sim/machine/timeline.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "sim/core/macros.h"

static const uint64_t first_spacing = 1000000;

/* Before each letter: what is to be done. */
enum errand { ERRAND_WAKE = 'w', ERRAND_END = 'e' };

void timeline_init(struct timeline *t)
{
    *t = (struct timeline){.spacing = first_spacing};
}

/* False at the end of the file: nobody will write any more. */
static bool read_all(int fd, void *to, size_t bytes)
{
    uint8_t *at = to;

    while (bytes > 0) {
        ssize_t got = read(fd, at, bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *from, size_t bytes)
{
    const uint8_t *at = from;

    while (bytes > 0) {
        ssize_t put = write(fd, at, bytes);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        bytes -= (size_t)put;
    }
    return true;
}

/* In the child: its status goes to fd. */
static _Noreturn void run_body(int (*body)(void *), void *data, int fd)
{
    int status = body(data);

    fflush(NULL);
    write_all(fd, &status, sizeof status);
    _exit(0);
}

int timeline_guard(int (*body)(void *), void *data)
{
    int fd[2], status;
    pid_t child;

    fflush(NULL);
    signal(SIGCHLD, SIG_IGN); /* no copy is waited for */
    if (pipe(fd) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        close(fd[0]);
        run_body(body, data, fd[1]);
    }
    close(fd[1]);
    if (child < 0 || !read_all(fd[0], &status, sizeof status))
        status = -1;
    close(fd[0]);
    return status;
}

/* ^C of long ago must not end what wakes now. */
static void drop_signals(void)
{
    int number = 0;
    sigset_t set, pending;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    while (sigpending(&pending) == 0 && sigismember(&pending, SIGINT) == 1)
        if (sigwait(&set, &number) != 0)
            break;
}

/* A new copy of this process, asleep; its end of the pipe.  -1: none. */
static int fork_sleeper(int *sleeper_fd)
{
    int fd[2];
    pid_t child;

    *sleeper_fd = -1;
    if (pipe(fd) != 0)
        return -1;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        close(fd[1]);
        *sleeper_fd = fd[0];
        return -1;
    }
    close(fd[0]);
    if (child > 0)
        return fd[1];
    close(fd[1]);
    return -1;
}

/*
 * Asleep.  A letter wakes a copy of the copy, which returns the write end to
 * the one that sleeps on.
 */
static int sleep_for_letter(int fd, void *letter, size_t bytes)
{
    for (;;) {
        char errand;
        int wake_fd, sleeper_fd;

        if (!read_all(fd, &errand, 1) || errand == ERRAND_END ||
            !read_all(fd, letter, bytes))
            _exit(0);
        close(fd);
        wake_fd = fork_sleeper(&sleeper_fd);
        if (sleeper_fd < 0)
            return wake_fd;
        fd = sleeper_fd;
    }
}

/* Every second one goes, the first stays; the others are twice as far. */
static void thin(struct timeline *t)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < t->count; i++) {
        if (i % 2 == 0) {
            t->mark[kept++] = t->mark[i];
            continue;
        }
        write_all(t->mark[i].wake_fd, &(char){ERRAND_END}, 1);
        close(t->mark[i].wake_fd);
    }
    t->count = kept;
    t->spacing *= 2;
}

static void add(struct timeline *t, uint64_t position, int wake_fd)
{
    if (wake_fd >= 0)
        t->mark[t->count++] = (struct timeline_mark){position, wake_fd};
}

bool timeline_leave(struct timeline *t, uint64_t position, void *letter,
                    size_t bytes)
{
    int wake_fd, sleeper_fd;

    if (t->count == TIMELINE_MARKS)
        thin(t);
    wake_fd = fork_sleeper(&sleeper_fd);
    if (sleeper_fd < 0) {
        add(t, position, wake_fd);
        return false;
    }
    wake_fd = sleep_for_letter(sleeper_fd, letter, bytes);
    drop_signals();
    add(t, position, wake_fd);
    return true;
}

_Noreturn void timeline_wake(const struct timeline *t, unsigned index,
                             const void *letter, size_t bytes)
{
    fflush(NULL);
    for (unsigned i = index + 1; i > 0; i--) {
        int fd = t->mark[i - 1].wake_fd;

        if (write_all(fd, &(char){ERRAND_WAKE}, 1) &&
            write_all(fd, letter, bytes))
            _exit(0);
    }
    BUG("the first copy of the run is gone");
}

unsigned timeline_find(const struct timeline *t, uint64_t position)
{
    unsigned i = t->count;

    while (i > 0 && t->mark[i - 1].position > position)
        i--;
    if (i == 0)
        BUG("no mark before this position");
    return i - 1;
}

uint64_t timeline_next(const struct timeline *t)
{
    return t->count ? t->mark[t->count - 1].position + t->spacing : 0;
}

void timeline_forget(struct timeline *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        write_all(t->mark[i].wake_fd, &(char){ERRAND_END}, 1);
        close(t->mark[i].wake_fd);
    }
    t->count = 0;
}
