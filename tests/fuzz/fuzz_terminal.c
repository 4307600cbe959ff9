#include "tests/fuzz/fuzz_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz_keeper.h"

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool fuzz_open(struct fuzz_terminal *t, const struct fuzz_start *start)
{
    struct winsize size = {.ws_row = (unsigned short)start->height,
                           .ws_col = (unsigned short)start->width};
    int slave, report[2];

    memset(t, 0, sizeof *t);
    if (openpty(&t->fd, &slave, NULL, NULL, &size) != 0 || pipe(report) != 0)
        return false;
    fcntl(t->fd, F_SETFL, O_NONBLOCK);
    t->report_fd = report[0];
    fflush(NULL);
    t->keeper = fork();
    if (t->keeper == 0) {
        close(t->fd);
        close(report[0]);
        fuzz_keep(start, slave, report[1]);
    }
    close(slave);
    close(report[1]);
    return t->keeper > 0 && fuzz_wait(t, FUZZ_STARTED, FUZZ_LIMIT_MS);
}

/* The old goes when there is no room. */
static void note_screen(struct fuzz_terminal *t, const char *data, size_t bytes)
{
    size_t room = FUZZ_SCREEN_BYTES - 1, over;

    if (bytes > room) {
        data += bytes - room;
        bytes = room;
    }
    over = t->screen_bytes + bytes > room ? t->screen_bytes + bytes - room : 0;
    memmove(t->screen, t->screen + over, t->screen_bytes - over);
    t->screen_bytes -= over;
    for (size_t i = 0; i < bytes; i++) /* a zero gives a terminal time */
        t->screen[t->screen_bytes++] = data[i] ? data[i] : ' ';
    t->screen[t->screen_bytes] = '\0';
}

/* Takes what the program wrote; false: nothing. */
static bool take_output(struct fuzz_terminal *t)
{
    char data[FUZZ_SCREEN_BYTES];
    ssize_t got = t->fd < 0 ? -1 : read(t->fd, data, sizeof data);

    if (got > 0)
        note_screen(t, data, (size_t)got);
    return got > 0;
}

/* Until one of the files has something, or the terminal takes something. */
static bool wait_for_news(struct fuzz_terminal *t, short events, int most_ms)
{
    struct pollfd fds[2] = {
        {.fd = t->fd, .events = events},
        {.fd = t->now.stage == FUZZ_GONE ? -1 : t->report_fd,
         .events = POLLIN}};
    struct fuzz_report r;

    if (poll(fds, 2, most_ms < 0 ? 0 : most_ms) <= 0)
        return false;
    if ((fds[1].revents & POLLIN) &&
        read(t->report_fd, &r, sizeof r) == sizeof r)
        t->now = r;
    if ((fds[0].revents & POLLHUP) && !(fds[0].revents & POLLIN))
        poll(NULL, 0, 1); /* nobody has the terminal any more */
    if (fds[0].revents & POLLIN)
        take_output(t);
    return fds[0].revents & (POLLIN | POLLOUT);
}

bool fuzz_wait(struct fuzz_terminal *t, enum fuzz_stage stage, int most_ms)
{
    int64_t end = now_ms() + most_ms;

    while (t->now.stage < stage || t->now.pid == 0) {
        if (now_ms() >= end)
            return false;
        wait_for_news(t, POLLIN, (int)(end - now_ms()));
    }
    return true;
}

bool fuzz_send(struct fuzz_terminal *t, const char *bytes, size_t count)
{
    int64_t end = now_ms() + FUZZ_LIMIT_MS;

    while (count > 0 && t->now.stage < FUZZ_ENDED) {
        ssize_t put = write(t->fd, bytes, count);

        if (put > 0) {
            bytes += put;
            count -= (size_t)put;
            end = now_ms() + FUZZ_LIMIT_MS;
        } else if (now_ms() >= end) {
            return false;
        } else {
            wait_for_news(t, POLLIN | POLLOUT, 100);
        }
    }
    return true;
}

void fuzz_resize(struct fuzz_terminal *t, unsigned width, unsigned height)
{
    struct winsize size = {.ws_row = (unsigned short)height,
                           .ws_col = (unsigned short)width};

    ioctl(t->fd, TIOCSWINSZ, &size);
}

void fuzz_look(struct fuzz_terminal *t, int quiet_ms, int most_ms)
{
    int64_t end = now_ms() + most_ms;

    while (t->now.stage < FUZZ_ENDED && now_ms() < end &&
           wait_for_news(t, POLLIN, quiet_ms))
        continue;
}

bool fuzz_see(struct fuzz_terminal *t, const char *text)
{
    int64_t end = now_ms() + FUZZ_LIMIT_MS;

    while (!strstr(t->screen, text)) {
        if (now_ms() >= end || t->now.stage >= FUZZ_ENDED)
            return false;
        wait_for_news(t, POLLIN, 100);
    }
    return true;
}

void fuzz_hang_up(struct fuzz_terminal *t)
{
    close(t->fd);
    t->fd = -1;
}

pid_t fuzz_child(const struct fuzz_terminal *t)
{
    char path[64];
    long pid = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)t->now.pid,
             (long)t->now.pid);
    f = fopen(path, "r");
    if (f && fscanf(f, "%ld", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return (pid_t)pid;
}

void fuzz_close(struct fuzz_terminal *t)
{
    if (t->now.stage != FUZZ_GONE) {
        if (t->now.pid > 0)
            kill(-t->now.pid, SIGKILL);
        kill(t->keeper, SIGKILL);
    }
    waitpid(t->keeper, NULL, 0);
    if (t->fd >= 0)
        close(t->fd);
    close(t->report_fd);
}
