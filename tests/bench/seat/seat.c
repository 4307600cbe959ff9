/*
 * seat.c - what a screen before a run costs, and how long it waits: asks a
 * machine's process (visualizer/seat.h) what the screen asks.
 *
 *   bench-seat cost ARGUMENTS    a run to its end at unlimited speed, a frame
 *                                every 40 ms: processor seconds
 *   bench-seat back N ARGUMENTS  to N instructions; then runs on a little, is
 *                                paused, and steps back, again and again:
 *                                milliseconds until the frame is there; and
 *                                the memory of all copies
 *   bench-seat answer ARGUMENTS  asked for a frame while it runs on:
 *                                milliseconds
 *
 * ARGUMENTS are those of `ringside`, from `run` on.  Figures go to stdout, each
 * on a line with its name.
 */
#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine/letter.h"
#include "sim/machine/options.h"
#include "visualizer/grid.h"
#include "visualizer/seat.h"
#include "visualizer/seat_start.h"

enum {
    WIDTH = 80,
    HEIGHT = 24,
    FRAME_MS = 40,
    LOOK_MS = 500,
    TIMES = 20,
    ANSWERS = 100
};

struct bench {
    int fd;
    struct seat_reply now;
};

__attribute__((format(printf, 1, 2))) _Noreturn static void
fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void send(const struct bench *b, const struct seat_request *q)
{
    if (!letter_send(b->fd, q, sizeof *q))
        fail("the machine is gone");
}

static void receive(struct bench *b)
{
    static char cells[WIDTH * HEIGHT * sizeof(struct cell)];

    do {
        if (!letter_receive(b->fd, &b->now, sizeof b->now) || b->now.failed)
            fail("the machine is gone: %s", b->now.text);
    } while (b->now.reason == STOPPED_UNDERWAY);
    if (b->now.frame && !letter_receive(b->fd, cells, sizeof cells))
        fail("half a frame");
}

static void move(struct bench *b, const struct seat_request *q)
{
    send(b, q);
    receive(b);
}

static void draw(struct bench *b)
{
    move(b, &(struct seat_request){.act = SEAT_DRAW,
                                   .width = WIDTH,
                                   .height = HEIGHT,
                                   .look = {.steps = LOOK_ALL_STEPS}});
}

/* True when the run has ended meanwhile, and said so. */
static bool run_for(struct bench *b, enum seat_act act, int ms)
{
    struct pollfd p = {.fd = b->fd, .events = POLLIN};

    send(b, &(struct seat_request){.act = act});
    if (poll(&p, 1, ms) == 0)
        return false;
    receive(b);
    return b->now.ended;
}

static struct bench start(int argc, char **argv)
{
    struct bench b = {.fd = -1};
    struct error e = {""};
    struct request r;

    if (request_parse(&r, argc, argv, &e) != STATUS_OK ||
        seat_start(&r.config, r.config.techniques[0], NULL, &b.fd, &e) !=
            STATUS_OK)
        fail("%s", e.text);
    request_free(&r);
    return b;
}

/* What a process has of something; 0: there is no such process. */
typedef double share_fn(FILE *f);

/* Processor seconds, as times(2) counts them (proc(5), /proc/pid/stat). */
static double seconds_of(FILE *f)
{
    char line[1000];
    unsigned long user = 0, system = 0;
    const char *behind_name =
        fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;

    if (behind_name)
        sscanf(behind_name,
               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Memory, shared pages divided among those who have them: smaps_rollup. */
static double mib_of(FILE *f)
{
    char line[1000];
    unsigned long kib = 0;

    while (kib == 0 && fgets(line, sizeof line, f))
        sscanf(line, "Pss: %lu", &kib);
    return (double)kib / 1024;
}

/* Summed over the processes that this one has started, and theirs. */
static double sum_of_group(const char *file, share_fn *share)
{
    DIR *d = opendir("/proc");
    double sum = 0;

    for (struct dirent *e; d && (e = readdir(d));) {
        pid_t pid = (pid_t)atoi(e->d_name);
        char path[300];
        FILE *f;

        if (pid <= 0 || pid == getpid() || getpgid(pid) != getpgrp())
            continue;
        snprintf(path, sizeof path, "/proc/%s/%s", e->d_name, file);
        f = fopen(path, "r");
        sum += f ? share(f) : 0;
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
    return sum;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void tell(const char *name, double *values, unsigned count)
{
    qsort(values, count, sizeof *values, by_value);
    printf("%s_median %.1f\n%s_most %.1f\n", name, values[count / 2], name,
           values[count - 1]);
}

static void cost(struct bench *b)
{
    enum seat_act act = SEAT_RUN;

    while (!run_for(b, act, FRAME_MS)) {
        draw(b);
        act = SEAT_RUN_ON;
    }
    printf("seconds %.2f\n", sum_of_group("stat", seconds_of));
    printf("instructions %llu\n", (unsigned long long)b->now.instructions);
}

static void step_back(struct bench *b, double *ms)
{
    double begin = now_ms();

    move(b, &(struct seat_request){.act = SEAT_BACK});
    draw(b);
    *ms = now_ms() - begin;
}

static void back(struct bench *b, const char *instructions)
{
    struct seat_request reach = {.act = SEAT_REACH};
    double first[TIMES], second[TIMES];
    struct error e = {""};
    char text[80];

    snprintf(text, sizeof text, "instructions:%s", instructions);
    if (milestone_parse(&reach.milestone, text, &e) != STATUS_OK)
        fail("%s", e.text);
    move(b, &reach);
    for (unsigned i = 0; i < TIMES; i++) {
        if (run_for(b, SEAT_RUN, 20 + 13 * (int)i))
            fail("the run has ended: it is too short");
        draw(b);
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
        step_back(b, &first[i]);
        step_back(b, &second[i]);
    }
    tell("first", first, TIMES);
    tell("next", second, TIMES);
    printf("mib %.0f\n", sum_of_group("smaps_rollup", mib_of));
    printf("instructions %llu\n", (unsigned long long)b->now.instructions);
}

static void answer(struct bench *b)
{
    double ms[ANSWERS];
    enum seat_act act = SEAT_RUN;

    for (unsigned i = 0; i < ANSWERS; i++) {
        double begin;

        if (run_for(b, act, FRAME_MS + (int)(i % 7)))
            fail("the run has ended: it is too short");
        begin = now_ms();
        draw(b);
        ms[i] = now_ms() - begin;
        act = SEAT_RUN_ON;
    }
    tell("answer", ms, ANSWERS);
    printf("answer_90 %.1f\n", ms[ANSWERS * 9 / 10]);
}

int main(int argc, char **argv)
{
    bool backwards = argc > 3 && strcmp(argv[1], "back") == 0;
    int before = backwards ? 2 : 1;
    struct bench b;

    if (argc < 3)
        fail("bench-seat cost|back N|answer run ...");
    setpgid(0, 0); /* all that is started here, and nothing else */
    b = start(argc - before, argv + before);
    if (backwards)
        back(&b, argv[2]);
    else if (strcmp(argv[1], "answer") == 0)
        answer(&b);
    else
        cost(&b);
    close(b.fd);
    return 0;
}
