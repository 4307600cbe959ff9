/*
 * affinity.c - on which CPUs a thread may run: remembered, inherited, kept.
 *
 * Prints the same however many CPUs there are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 300 };

static atomic_int elsewhere, cpus;
static volatile unsigned sink;

static cpu_set_t only(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return set;
}

static int count(pid_t pid)
{
    cpu_set_t set;

    return sched_getaffinity(pid, sizeof set, &set) ? -1 : CPU_COUNT(&set);
}

static void compute(void)
{
    for (int i = 0; i < 500; i++)
        sink += (unsigned)i;
}

/* Stays where it was put, however often it gives way, and while others come
   and go; moves when it is told. */
static void *stay(void *argument)
{
    int first = (int)(long)argument % cpus;

    for (int move = 0; move < 4; move++) {
        cpu_set_t set = only((first + move) % cpus);

        if (sched_setaffinity(0, sizeof set, &set))
            elsewhere += 1000;
        for (int i = 0; i < ROUNDS; i++) {
            if (sched_getcpu() != (first + move) % cpus)
                elsewhere++;
            compute();
            if (i % 8 == 0)
                sched_yield();
            if (i % 100 == 0)
                usleep(20);
        }
    }
    return NULL;
}

static void *where(void *argument)
{
    (void)argument;
    return (void *)(long)(sched_getcpu() * 100 + count(0));
}

static void inherit(int cpu)
{
    cpu_set_t set = only(cpu), all;
    pthread_attr_t attributes;
    pthread_t thread;
    void *result;
    int status;

    sched_getaffinity(0, sizeof all, &all);
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    pthread_create(&thread, &attributes, where, NULL);
    pthread_join(thread, &result);
    printf("a thread begins there: %d\n", (long)result == cpu * 100 + 1);
    sched_setaffinity(0, sizeof set, &set);
    if (fork() == 0)
        _exit(sched_getcpu() == cpu && count(0) == 1);
    wait(&status);
    printf("a child stays there: %d\n", WEXITSTATUS(status));
    sched_setaffinity(0, sizeof all, &all);
    printf("all again: %d\n", count(0) == CPU_COUNT(&all));
}

static void refused(void)
{
    cpu_set_t none;

    CPU_ZERO(&none);
    printf("no CPU: %d", sched_setaffinity(0, sizeof none, &none));
    printf(" %s\n", strerror(errno));
    CPU_SET(1000, &none);
    printf("none that is there: %d", sched_setaffinity(0, sizeof none, &none));
    printf(" %s\n", strerror(errno));
    none = only(0);
    printf("nobody: %d", sched_setaffinity(999999, sizeof none, &none));
    printf(" %s\n", strerror(errno));
}

int main(void)
{
    pthread_t threads[THREADS];

    cpus = count(0);
    refused();
    inherit(cpus - 1);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, stay, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("elsewhere %d times\n", elsewhere);
    return 0;
}
