/*
 * contend.c - threads on several CPUs that keep each other waiting in the
 * kernel: what a host with fewer pCPUs than vCPUs makes of it.
 *
 *   contend calls THREADS N   each makes N system calls: one kernel lock
 *   contend flush THREADS N   one changes a mapping N times, all use the memory
 *   contend spin THREADS MS   each runs for MS of its CPU's clock; then what
 *                             /proc/stat has of all CPUs
 *   contend steal THREADS MS  the same; the exit status is the eighth number of
 *                             that, steal time in 10 ms
 * Prints what does not depend on time, but for the last line of these two.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 16, PAGE = 4096 };

static long n, threads;
static atomic_long sum, ready, stop;

/* Each on a CPU of its own, as far as there are so many; all at once. */
static void meet(long number)
{
    cpu_set_t own;

    CPU_ZERO(&own);
    CPU_SET((size_t)(number % sysconf(_SC_NPROCESSORS_ONLN)), &own);
    if (sched_setaffinity(0, sizeof own, &own) != 0)
        abort();
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < threads)
        ;
}

static void *calls(void *argument)
{
    meet((long)argument);
    for (long i = 0; i < n; i++)
        atomic_fetch_add(&sum, syscall(SYS_getpid) == getpid());
    return NULL;
}

static void *flush(void *argument)
{
    static atomic_long *page;

    if (!argument)
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    meet((long)argument);
    if (argument) {
        while (!atomic_load(&stop))
            ;
        return NULL;
    }
    for (long i = 0; i < n; i++) {
        atomic_store(page, i);
        if (mprotect(page, PAGE, PROT_READ) != 0 ||
            mprotect(page, PAGE, PROT_READ | PROT_WRITE) != 0)
            abort();
        atomic_fetch_add(&sum, atomic_load(page) == i);
    }
    atomic_store(&stop, 1);
    return NULL;
}

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *spin(void *argument)
{
    long end;

    meet((long)argument);
    end = now_ms() + n;
    while (now_ms() < end)
        for (volatile int i = 0; i < 10000; i = i + 1)
            ;
    atomic_fetch_add(&sum, 1);
    return NULL;
}

/* Prints the sum of all CPUs; its steal time. */
static int put_stat(void)
{
    char line[256];
    FILE *f = fopen("/proc/stat", "r");
    int steal = 0;

    if (!f || !fgets(line, sizeof line, f))
        abort();
    fputs(line, stdout);
    if (sscanf(line, "cpu %*d %*d %*d %*d %*d %*d %*d %d", &steal) != 1)
        abort();
    return steal;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void *(*function)(void *);
    } modes[] = {
        {"calls", calls}, {"flush", flush}, {"spin", spin}, {"steal", spin}};
    pthread_t others[MOST_THREADS];
    unsigned mode = 0;
    int steal;

    while (argc == 4 && mode < 4 && strcmp(argv[1], modes[mode].name) != 0)
        mode++;
    if (argc != 4 || mode == 4)
        return 2;
    threads = atol(argv[2]);
    n = atol(argv[3]);
    for (long i = 1; i < threads; i++)
        if (pthread_create(&others[i], NULL, modes[mode].function, (void *)i))
            abort();
    modes[mode].function(NULL);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    printf("%s %ld\n", argv[1], atomic_load(&sum));
    if (modes[mode].function != spin)
        return 0;
    steal = put_stat();
    return strcmp(argv[1], "steal") == 0 ? steal : 0;
}
