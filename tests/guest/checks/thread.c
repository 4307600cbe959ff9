/*
 * thread.c - threads: locks, conditions, signals, and how they end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/checks/checks.h"

enum { THREADS = 8, ROUNDS = 500 };

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    pthread_barrier_t gate;
    int counter, turn;
};

static void *count_under_lock(void *context)
{
    struct meeting *m = context;

    pthread_barrier_wait(&m->gate);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&m->lock);
        m->counter++;
        pthread_mutex_unlock(&m->lock);
    }
    return context;
}

static int mutex_and_barrier_lose_nothing(void)
{
    struct meeting m = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[THREADS];
    void *result;

    pthread_barrier_init(&m.gate, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, count_under_lock, &m) != 0)
            return __LINE__;
    for (int i = 0; i < THREADS; i++)
        if (pthread_join(threads[i], &result) != 0 || result != &m)
            return __LINE__;
    return m.counter == THREADS * ROUNDS ? 0 : __LINE__;
}

static void *wait_for_turns(void *context)
{
    struct meeting *m = context;

    pthread_mutex_lock(&m->lock);
    for (int i = 0; i < 20; i++) {
        int seen = m->turn;

        m->counter++;
        pthread_cond_broadcast(&m->moved);
        while (m->turn == seen)
            pthread_cond_wait(&m->moved, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static int condition_wakes_all(void)
{
    struct meeting m = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .moved = PTHREAD_COND_INITIALIZER};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_for_turns, &m);
    pthread_mutex_lock(&m.lock);
    for (int turn = 1; turn <= 20; turn++) {
        while (m.counter < turn * THREADS)
            pthread_cond_wait(&m.moved, &m.lock);
        m.turn = turn;
        pthread_cond_broadcast(&m.moved);
    }
    pthread_mutex_unlock(&m.lock);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return m.counter == 20 * THREADS ? 0 : __LINE__;
}

/* In memory that two processes share; the holder dies. */
static int robust_lock_outlives_its_owner(void)
{
    pthread_mutex_t *lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;
    int status;
    pid_t pid;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &a);
    pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(lock);
        usleep(20000); /* the parent waits for it by now */
        _exit(0);
    }
    usleep(5000);
    if (pthread_mutex_lock(lock) != EOWNERDEAD)
        return __LINE__;
    if (pthread_mutex_consistent(lock) != 0 || pthread_mutex_unlock(lock) != 0)
        return __LINE__;
    return waitpid(pid, &status, 0) == pid ? 0 : __LINE__;
}

static int shared_condition_crosses_processes(void)
{
    struct meeting *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;
    pthread_condattr_t c;
    int status;

    pthread_mutexattr_init(&a);
    pthread_condattr_init(&c);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&m->lock, &a);
    pthread_cond_init(&m->moved, &c);
    if (fork() == 0) {
        pthread_mutex_lock(&m->lock);
        m->turn = 1;
        pthread_cond_signal(&m->moved);
        pthread_mutex_unlock(&m->lock);
        _exit(0);
    }
    pthread_mutex_lock(&m->lock);
    while (m->turn == 0)
        pthread_cond_wait(&m->moved, &m->lock);
    pthread_mutex_unlock(&m->lock);
    return wait(&status) > 0 && status == 0 ? 0 : __LINE__;
}

static _Atomic pid_t handled_by;

static void note_thread(int number)
{
    (void)number;
    atomic_store(&handled_by, gettid());
}

static void *pause_for_signal(void *context)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    atomic_store((_Atomic pid_t *)context, gettid());
    while (atomic_load(&handled_by) == 0)
        usleep(1000);
    return NULL;
}

/* kill() reaches a program by the thread that does not block the signal. */
static int signal_finds_the_open_thread(void)
{
    struct sigaction action = {.sa_handler = note_thread};
    _Atomic pid_t other = 0;
    pthread_t thread;
    sigset_t set;

    atomic_store(&handled_by, 0);
    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, pause_for_signal, &other);
    while (atomic_load(&other) == 0)
        usleep(1000);
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return atomic_load(&handled_by) == atomic_load(&other) ? 0 : __LINE__;
}

static void *exit_with_seven(void *context)
{
    (void)context;
    usleep(10000);
    exit(7);
}

/* Its first thread ends first: the program goes on. */
static int program_outlives_its_first_thread(void)
{
    pthread_t thread;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        pthread_create(&thread, NULL, exit_with_seven, NULL);
        pthread_exit(NULL);
    }
    if (waitpid(pid, &status, 0) != pid)
        return __LINE__;
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : __LINE__;
}

static void *become_another_program(void *context)
{
    static char name[] = "checks", word[] = "no-such-check";
    char *argv[] = {name, word, NULL};

    (void)context;
    execv("/proc/self/exe", argv);
    _exit(9);
}

/* exec in a second thread: the program keeps its number, and its parent. */
static int exec_ends_the_other_threads(void)
{
    pthread_t thread;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        pthread_create(&thread, NULL, become_another_program, NULL);
        for (;;)
            pause();
    }
    if (waitpid(pid, &status, 0) != pid)
        return __LINE__;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : __LINE__;
}

const struct check thread_checks[] = {
    {"mutex_and_barrier_lose_nothing", mutex_and_barrier_lose_nothing},
    {"condition_wakes_all", condition_wakes_all},
    {"robust_lock_outlives_its_owner", robust_lock_outlives_its_owner},
    {"shared_condition_crosses_processes", shared_condition_crosses_processes},
    {"signal_finds_the_open_thread", signal_finds_the_open_thread},
    {"program_outlives_its_first_thread", program_outlives_its_first_thread},
    {"exec_ends_the_other_threads", exec_ends_the_other_threads},
    {NULL, NULL},
};
