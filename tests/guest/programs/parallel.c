/*
 * parallel.c - threads and processes on several CPUs at once: what they do to
 * the same memory, to each other's translations, and how long it takes.
 *
 * Prints the same however many CPUs there are.  "parallel work" does one fixed
 * amount of work in two threads, nothing else: its cycles tell the CPUs apart.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 2000, PAGES = 8, PAGE = 4096, SIGNALS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static long counter, slots[THREADS];
static atomic_long atomic_counter, stale, handled, stop;

/* Who waits for others now and then lets them run, should there be one CPU. */
static void relax(void)
{
    static _Thread_local unsigned rounds;

    if (++rounds % 64 == 0)
        sched_yield();
}

static void in_threads(void *(*function)(void *), int count)
{
    pthread_t threads[THREADS];

    for (long i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, function, (void *)i))
            abort();
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
        atomic_fetch_add(&atomic_counter, 1);
    }
    return NULL;
}

/* Everybody writes, all meet, everybody reads what the next one wrote. */
static void *meet(void *argument)
{
    long me = (long)argument;

    for (long i = 1; i <= 100; i++) {
        slots[me] = i * THREADS + me;
        pthread_barrier_wait(&barrier);
        if (slots[(me + 1) % THREADS] != i * THREADS + (me + 1) % THREADS)
            atomic_fetch_add(&stale, 1);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void *work(void *argument)
{
    uint64_t x = (uintptr_t)argument + 1;

    for (int i = 0; i < 1000000; i++)
        x = x * 6364136223846793005u + 1442695040888963407u;
    slots[(uintptr_t)argument] = (long)(x >> 1);
    return NULL;
}

/* Pages of a file, each full of its number, mapped one after the other at one
   address: with an old translation a reader would see less than was promised.
 */
static volatile uint64_t *window;
static atomic_long promised;
static int file;

static void *watch(void)
{
    while (!atomic_load(&stop)) {
        uint64_t least = (uint64_t)atomic_load(&promised);

        if (*window < least)
            atomic_fetch_add(&stale, 1);
        relax();
    }
    return NULL;
}

static void *replace(void *argument)
{
    if (argument)
        return watch();
    for (long i = 1; i < 100; i++) {
        if (mmap((void *)window, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file,
                 i * PAGE) == MAP_FAILED)
            abort();
        atomic_store(&promised, i);
        if (*window != (uint64_t)i)
            abort();
        sched_yield();
    }
    atomic_store(&stop, 1);
    return NULL;
}

static void make_file(void)
{
    static uint64_t page[PAGE / 8];

    file = open("parallel.pages", O_CREAT | O_RDWR | O_TRUNC, 0600);
    unlink("parallel.pages");
    for (uint64_t i = 0; i < 100; i++) {
        page[0] = i;
        if (write(file, page, PAGE) != PAGE)
            abort();
    }
}

/* A writer into memory that becomes read-only must fault, on any CPU: what it
   read last is what stays there. */
static volatile long *guarded;
static atomic_long denied;

static void make_writable(int number)
{
    (void)number;
    atomic_fetch_add(&denied, 1);
    mprotect((void *)guarded, PAGE, PROT_READ | PROT_WRITE);
}

static void *write_guarded(void *argument)
{
    if (argument) {
        while (!atomic_load(&stop)) {
            ++*guarded;
            relax();
        }
        return NULL;
    }
    for (int i = 0; i < 50; i++) {
        long first, second;

        pthread_mutex_lock(&lock);
        mprotect((void *)guarded, PAGE, PROT_READ);
        first = *guarded;
        for (volatile int k = 0; k < 20; k++)
            ;
        second = *guarded;
        if (first != second && !atomic_load(&denied))
            atomic_fetch_add(&stale, 1);
        atomic_store(&denied, 0);
        mprotect((void *)guarded, PAGE, PROT_READ | PROT_WRITE);
        pthread_mutex_unlock(&lock);
        sched_yield();
    }
    atomic_store(&stop, 1);
    return NULL;
}

/* mmap, touch, munmap in all threads: nobody sees what another one had. */
static void *map(void *argument)
{
    for (int i = 0; i < 60; i++) {
        long *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        for (int p = 0; p < PAGES; p++) {
            if (at[p * PAGE / 8] != 0)
                atomic_fetch_add(&stale, 1);
            at[p * PAGE / 8] = (long)argument * 1000 + i + 1;
        }
        for (int p = 0; p < PAGES; p++)
            if (at[p * PAGE / 8] != (long)argument * 1000 + i + 1)
                atomic_fetch_add(&stale, 1);
        munmap(at, PAGES * PAGE);
    }
    return NULL;
}

/* Copy-on-write while others write: a child sees one moment of each page. */
static void *fork_meanwhile(void *argument)
{
    if (argument) {
        while (!atomic_load(&stop)) {
            slots[(long)argument]++;
            relax();
        }
        return NULL;
    }
    for (int i = 0; i < 15; i++) {
        int status;
        pid_t child = fork();

        if (child == 0) {
            long before = slots[1];

            for (volatile int k = 0; k < 200; k++)
                ;
            _exit(slots[1] == before ? 7 : 8);
        }
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
            atomic_fetch_add(&stale, 1);
    }
    atomic_store(&stop, 1);
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&handled, 1);
}

/* It runs, without a system call, until the signals have come. */
static void *be_interrupted(void *argument)
{
    (void)argument;
    while (atomic_load(&handled) < SIGNALS)
        ;
    return NULL;
}

static void send_signals(void)
{
    pthread_t target;

    signal(SIGUSR1, on_signal);
    pthread_create(&target, NULL, be_interrupted, NULL);
    for (long i = 0; i < SIGNALS; i++) {
        pthread_kill(target, SIGUSR1);
        while (atomic_load(&handled) <= i)
            sched_yield();
    }
    pthread_join(target, NULL);
    printf("signals %ld\n", atomic_load(&handled));
}

static void storm(char *self)
{
    int sum = 0;

    for (int i = 0; i < 12; i++) {
        char number[8];

        snprintf(number, sizeof number, "%d", i);
        if (fork() == 0) {
            execl(self, self, "child", number, (char *)NULL);
            _exit(99);
        }
    }
    for (int i = 0; i < 12; i++) {
        int status = 0;

        wait(&status);
        sum += WEXITSTATUS(status);
    }
    printf("storm %d\n", sum);
}

static void check_memory(void)
{
    struct sigaction a = {.sa_handler = make_writable};

    make_file();
    window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
    in_threads(replace, 2);
    printf("replaced pages, stale %ld\n", atomic_load(&stale));
    atomic_store(&stop, 0);
    guarded = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &a, NULL);
    in_threads(write_guarded, 2);
    printf("guarded page, stale %ld\n", atomic_load(&stale));
    signal(SIGSEGV, SIG_DFL);
    in_threads(map, THREADS);
    printf("mapped pages, stale %ld\n", atomic_load(&stale));
    atomic_store(&stop, 0);
    in_threads(fork_meanwhile, 2);
    printf("forks, stale %ld\n", atomic_load(&stale));
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return atoi(argv[2]);
    if (argc == 2 && strcmp(argv[1], "work") == 0) {
        in_threads(work, 2);
        printf("parallel work %lx %lx\n", slots[0], slots[1]);
        return 0;
    }
    if (argc == 2) { /* the number of CPUs */
        printf("%ld CPUs\n", sysconf(_SC_NPROCESSORS_ONLN));
        return 0;
    }
    in_threads(count, THREADS);
    printf("counter %ld %ld\n", counter, atomic_load(&atomic_counter));
    pthread_barrier_init(&barrier, NULL, THREADS);
    in_threads(meet, THREADS);
    printf("met, stale %ld\n", atomic_load(&stale));
    check_memory();
    send_signals();
    fflush(stdout);
    storm(argv[0]);
    return 0;
}
