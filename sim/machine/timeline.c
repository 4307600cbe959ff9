#include "sim/machine/timeline.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/letter.h"

enum { SPACING_MS = 40, COST_SHARE = 24, PAGE_SIZE_BYTES = 4096 };

/* Before each letter: what is to be done. */
enum errand { ERRAND_WAKE = 'w', ERRAND_MOVE = 'm', ERRAND_END = 'e' };

/* Of this process: others must not bring marks closer. */
static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct rusage usage_now(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage;
}

static uint64_t page_faults(void)
{
    return (uint64_t)usage_now().ru_minflt;
}

/* So many a copy of this process can have for its own, at most. */
static uint64_t resident_pages(void)
{
    return (uint64_t)usage_now().ru_maxrss * 1024 / PAGE_SIZE_BYTES;
}

/* What copies cost: pages are copied when they are written. */
static uint64_t system_us(void)
{
    const struct timeval system = usage_now().ru_stime;

    return (uint64_t)system.tv_sec * 1000000 + (uint64_t)system.tv_usec;
}

void timeline_init(struct timeline *t, uint64_t budget_bytes)
{
    *t = (struct timeline){.budget_bytes = budget_bytes, .own_fd = -1};
    if (pipe(t->report_fd) != 0) /* no copy will be moved */
        t->report_fd[0] = t->report_fd[1] = -1;
}

/* Of the last mark, until now: it grows as pages are written. */
static uint64_t cost_us(const struct timeline *t)
{
    return system_us() - t->left_system_us;
}

bool timeline_due(const struct timeline *t, bool hurry)
{
    uint64_t cheap_ms = hurry ? cost_us(t) * COST_SHARE / 1000 : 0;
    uint64_t wait_ms = cheap_ms > SPACING_MS ? cheap_ms : SPACING_MS;

    return t->count == 0 || now_ms() - t->left_ms >= wait_ms;
}

/* In the child: its status goes to fd. */
static _Noreturn void run_body(int (*body)(void *), void *data, int fd)
{
    int status = body(data);

    fflush(NULL);
    letter_send(fd, &status, sizeof status);
    exit(0); /* not _exit(): sanitizers look for leaks then */
}

int timeline_guard(int (*body)(void *), void *data)
{
    int fd[2], status;
    pid_t child;

    fflush(NULL);
    signal(SIGCHLD, SIG_IGN); /* no copy is waited for */
    signal(SIGPIPE, SIG_IGN); /* a copy may be gone: timeline_wake() */
    if (pipe(fd) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        close(fd[0]);
        run_body(body, data, fd[1]);
    }
    close(fd[1]);
    if (child < 0 || !letter_receive(fd[0], &status, sizeof status))
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
 * the one that sleeps on.  Who is moved leaves none where it was: -1, and it
 * keeps the end at which it is asked, in *own_fd.
 */
static int sleep_for_letter(int fd, int *own_fd, void *letter, size_t bytes)
{
    *own_fd = -1;
    for (;;) {
        char errand;
        int wake_fd, sleeper_fd;

        if (!letter_receive(fd, &errand, 1) || errand == ERRAND_END ||
            !letter_receive(fd, letter, bytes))
            _exit(0);
        if (errand == ERRAND_MOVE) {
            *own_fd = fd;
            return -1;
        }
        close(fd);
        wake_fd = fork_sleeper(&sleeper_fd);
        if (sleeper_fd < 0)
            return wake_fd;
        fd = sleeper_fd;
    }
}

static void end_copy(const struct timeline_mark *mark)
{
    letter_send(mark->wake_fd, &(char){ERRAND_END}, 1);
    close(mark->wake_fd);
}

/* Until the mark behind it, or if that one is gone, to the next. */
static void count_pages(struct timeline_mark *mark, uint64_t pages)
{
    mark->pages += pages;
    if (mark->pages > mark->most_pages)
        mark->pages = mark->most_pages;
}

/*
 * How far apart its neighbours are, for their distance from the present: what
 * goes is what leaves the least gap for its age.
 */
static double gap_without(const struct timeline *t, unsigned i,
                          uint64_t position)
{
    uint64_t before = t->mark[i - 1].moment.position,
             behind = t->mark[i + 1].moment.position;

    return (double)(behind - before) / (double)(position - before + 1);
}

/* The last one only if there is no other but the first. */
static void drop_one(struct timeline *t, uint64_t position)
{
    unsigned least = 1;

    for (unsigned i = 2; i + 1 < t->count; i++)
        if (gap_without(t, i, position) < gap_without(t, least, position))
            least = i;
    end_copy(&t->mark[least]);
    count_pages(&t->mark[least - 1], t->mark[least].pages);
    t->count--;
    memmove(&t->mark[least], &t->mark[least + 1],
            (t->count - least) * sizeof *t->mark);
}

/* One more, and what will be written behind it: as much as behind the last. */
static bool fits(const struct timeline *t, uint64_t next_pages)
{
    uint64_t pages = next_pages;

    for (unsigned i = 0; i < t->count; i++)
        pages += t->mark[i].pages;
    return pages <= t->budget_bytes / PAGE_SIZE_BYTES;
}

/* Room for one more mark; false: there is none. */
static bool thin(struct timeline *t, uint64_t position)
{
    uint64_t faults = page_faults(), most = resident_pages();
    uint64_t next_pages = faults - t->left_faults;

    t->left_system_us = system_us();
    if (t->count == 0)
        return true;
    count_pages(&t->mark[t->count - 1], next_pages);
    t->left_faults = faults;
    if (next_pages > most)
        next_pages = most;
    while (t->count == TIMELINE_MARKS || (t->count > 1 && !fits(t, next_pages)))
        drop_one(t, position);
    return fits(t, next_pages);
}

static void add(struct timeline *t, const struct moment *now, int wake_fd)
{
    t->left_ms = now_ms();
    t->left_faults = page_faults();
    if (wake_fd >= 0)
        t->mark[t->count++] =
            (struct timeline_mark){*now, wake_fd, 0, resident_pages()};
}

/* Asleep, and awake again: in a process with a time of its own. */
static void sleep_here(struct timeline *t, const struct moment *now, int fd,
                       void *letter, size_t bytes)
{
    int wake_fd = sleep_for_letter(fd, &t->own_fd, letter, bytes);

    drop_signals();
    t->left_system_us = system_us();
    add(t, now, wake_fd);
}

bool timeline_leave(struct timeline *t, const struct moment *now, void *letter,
                    size_t bytes)
{
    int wake_fd, sleeper_fd;

    timeline_settle(t);
    if (!thin(t, now->position)) {
        t->left_ms = now_ms();
        return false;
    }
    wake_fd = fork_sleeper(&sleeper_fd);
    if (sleeper_fd < 0) {
        add(t, now, wake_fd);
        return false;
    }
    sleep_here(t, now, sleeper_fd, letter, bytes);
    return true;
}

void timeline_move_last(struct timeline *t, const void *letter, size_t bytes)
{
    int fd = t->count < 2 ? -1 : t->mark[t->count - 1].wake_fd;

    if (fd >= 0 && !t->moving && t->report_fd[0] >= 0)
        t->moving = letter_send(fd, &(char){ERRAND_MOVE}, 1) &&
                    letter_send(fd, letter, bytes);
}

void timeline_sleep_on(struct timeline *t, const struct moment *now,
                       void *letter, size_t bytes)
{
    letter_send(t->report_fd[1], now, sizeof *now);
    sleep_here(t, now, t->own_fd, letter, bytes);
}

/* The copy that is moved tells where it is; or it died, and nobody reads its
   letters any more. */
static bool has_told(const struct timeline *t)
{
    struct pollfd ends[] = {{t->report_fd[0], POLLIN, 0},
                            {t->mark[t->count - 1].wake_fd, 0, 0}};

    while (poll(ends, ARRAY_LEN(ends), -1) < 0 && errno == EINTR)
        continue;
    return ends[0].revents & POLLIN;
}

void timeline_settle(struct timeline *t)
{
    struct timeline_mark *last;

    if (!t->moving)
        return;
    t->moving = false;
    last = &t->mark[t->count - 1];
    if (has_told(t) &&
        letter_receive(t->report_fd[0], &last->moment, sizeof last->moment))
        return;
    close(last->wake_fd);
    count_pages(last - 1, last->pages); /* not the only one: it was moved */
    t->count--;
}

_Noreturn void timeline_wake(const struct timeline *t, unsigned index,
                             const void *letter, size_t bytes)
{
    fflush(NULL);
    for (unsigned i = index + 1; i > 0; i--) {
        int fd = t->mark[i - 1].wake_fd;

        if (letter_send(fd, &(char){ERRAND_WAKE}, 1) &&
            letter_send(fd, letter, bytes))
            _exit(0);
    }
    BUG("the first copy of the run is gone");
}

unsigned timeline_find(const struct timeline *t, uint64_t position)
{
    unsigned i = t->count;

    while (i > 0 && t->mark[i - 1].moment.position > position)
        i--;
    if (i == 0)
        BUG("no mark before this position");
    return i - 1;
}

void timeline_forget(struct timeline *t)
{
    timeline_settle(t);
    for (unsigned i = 0; i < t->count; i++)
        end_copy(&t->mark[i]);
    t->count = 0;
}
