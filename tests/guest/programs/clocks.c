/*
 * clocks.c - time passes, never back; and the calendar.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;

    return clock_gettime(clock, &t) == 0
               ? (int64_t)t.tv_sec * 1000000000 + t.tv_nsec
               : -1;
}

static void passing(void)
{
    static const clockid_t clocks[] = {
        CLOCK_REALTIME,           CLOCK_MONOTONIC,         CLOCK_BOOTTIME,
        CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME_COARSE,    CLOCK_MONOTONIC_COARSE};
    struct timespec pause = {0, 3000000};

    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int64_t a = now_ns(clocks[i]), b = now_ns(clocks[i]);

        printf("clock %zu: %d\n", i, a >= 0 && b >= a);
    }
    int64_t before = now_ns(CLOCK_MONOTONIC);
    nanosleep(&pause, NULL);
    printf("slept: %d\n", now_ns(CLOCK_MONOTONIC) - before >= 3000000);
    before = now_ns(CLOCK_MONOTONIC) + 2000000;
    pause = (struct timespec){before / 1000000000, before % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &pause, NULL);
    printf("slept until: %d\n", now_ns(CLOCK_MONOTONIC) >= before);
    pause.tv_nsec = -1;
    printf("nonsense: %d %d\n", nanosleep(&pause, NULL), errno == EINVAL);
}

static void calendar(void)
{
    static const time_t times[] = {0, 951782400, 1700000000, 4102444800, -1};
    char text[100];

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct tm *t = gmtime(&times[i]);

        strftime(text, sizeof text, "%a %d %b %Y %H:%M:%S day %j week %U", t);
        printf("%s %ld\n", text, (long)timegm(t));
    }
    printf("plausible: %d\n", time(NULL) > 1700000000);
}

static void system_facts(void)
{
    struct rlimit limit;
    struct rusage usage;
    struct timeval tv;
    struct utsname name;
    struct tms tms;
    unsigned char random[64] = {0};
    int different = 0;

    printf("random: %zd", getrandom(random, sizeof random, 0));
    for (size_t i = 1; i < sizeof random; i++)
        different += random[i] != random[0];
    printf(" %d\n", different > 32);
    if (getrlimit(RLIMIT_STACK, &limit) == 0)
        printf("limit: %d\n", limit.rlim_cur > 100000);
    printf("usage: %d %d\n", getrusage(RUSAGE_SELF, &usage),
           gettimeofday(&tv, NULL));
    printf("times: %d\n", times(&tms) != (clock_t)-1);
    printf("uname: %d %s %s\n", uname(&name), name.sysname, name.machine);
    printf("page %ld, ticks %ld\n", sysconf(_SC_PAGESIZE),
           sysconf(_SC_CLK_TCK));
    printf("processors: %d\n", sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    printf("host name: %d\n", gethostname((char *)random, 64));
    printf("users: %d %d\n", getuid() == geteuid(), getgid() == getegid());
}

int main(void)
{
    passing();
    calendar();
    system_facts();
    printf("PATH %s, none %s\n", getenv("PATH"),
           getenv("NONE") ? "set" : "unset");
    setenv("NONE", "now", 1);
    printf("set %s\n", getenv("NONE"));
    return 0;
}
