/*
 * process.c - fork, vfork, threads, exec, wait.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/checks/checks.h"

extern char **environ;

static int many_children_are_reaped(void)
{
    enum { CHILDREN = 60 };
    int sum = 0, status;

    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return __LINE__;
        if (pid == 0)
            _exit(i);
    }
    for (int i = 0; i < CHILDREN; i++) {
        if (wait(&status) <= 0 || !WIFEXITED(status))
            return __LINE__;
        sum += WEXITSTATUS(status);
    }
    if (wait(&status) != -1 || errno != ECHILD)
        return __LINE__;
    return sum == CHILDREN * (CHILDREN - 1) / 2 ? 0 : __LINE__;
}

static int vfork_child_shares_memory(void)
{
    volatile int seen = 0;
    int status;
    pid_t pid = vfork();

    if (pid == 0) {
        seen = 5;
        _exit(1);
    }
    waitpid(pid, &status, 0);
    return seen == 5 ? 0 : __LINE__;
}

static int spawn_reports_missing_program(void)
{
    char name[] = "nothing", *argv[] = {name, NULL};
    pid_t pid;

    return posix_spawn(&pid, "/no/such", NULL, NULL, argv, environ) == ENOENT
               ? 0
               : __LINE__;
}

static int exec_of_self_passes_arguments(void)
{
    char self[] = "self", check[] = "no_such_check";
    char *argv[] = {self, check, NULL};
    int status;
    pid_t pid;

    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) != 0)
        return __LINE__;
    if (waitpid(pid, &status, 0) != pid)
        return __LINE__;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : __LINE__;
}

static int pipe_passes_much_data(void)
{
    enum { TOTAL = 1 << 20, PIECE = 5000 };
    static unsigned char piece[PIECE];
    unsigned long sum = 0, wanted = 0;
    int fds[2], status;
    ssize_t got;
    pid_t pid;

    if (pipe(fds))
        return __LINE__;
    for (int i = 0; i < PIECE; i++)
        piece[i] = (unsigned char)(i * 7);
    for (int i = 0; i < TOTAL / PIECE * PIECE; i++)
        wanted += piece[i % PIECE];
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < TOTAL / PIECE; i++)
            if (write(fds[1], piece, PIECE) != PIECE)
                _exit(1);
        _exit(0);
    }
    close(fds[1]);
    while ((got = read(fds[0], piece, 777)) > 0)
        for (ssize_t i = 0; i < got; i++)
            sum += piece[i];
    close(fds[0]);
    waitpid(pid, &status, 0);
    return got == 0 && status == 0 && sum == wanted ? 0 : __LINE__;
}

static int long_running_processes_share_the_cpu(void)
{
    int fds[2], status;
    pid_t spinner, worker;
    char c = 0;

    if (pipe(fds))
        return __LINE__;
    spinner = fork();
    if (spinner == 0)
        for (;;)
            ;
    worker = fork();
    if (worker == 0)
        _exit(write(fds[1], "w", 1) != 1);
    if (read(fds[0], &c, 1) != 1 || c != 'w')
        return __LINE__;
    kill(spinner, 9);
    if (waitpid(spinner, &status, 0) != spinner || !WIFSIGNALED(status) ||
        WTERMSIG(status) != 9)
        return __LINE__;
    waitpid(worker, &status, 0);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static double spin(double x)
{
    for (int i = 0; i < 3000000; i++)
        x = x * 0.5 + 1.0;
    return x;
}

static int floating_point_survives_switches(void)
{
    int status;
    double mine;
    pid_t pid = fork();

    if (pid == 0)
        _exit(spin(1e10) == 2.0 ? 0 : 1);
    mine = spin(-7e9);
    waitpid(pid, &status, 0);
    return mine == 2.0 && status == 0 ? 0 : __LINE__;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *argument)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        if (i % 100 == 0)
            sched_yield();
        pthread_mutex_unlock(&lock);
    }
    return argument;
}

static int threads_share_and_join(void)
{
    pthread_t threads[4];

    for (long i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, count, (void *)i))
            return __LINE__;
    for (long i = 0; i < 4; i++) {
        void *result;

        if (pthread_join(threads[i], &result) || (long)result != i)
            return __LINE__;
    }
    return counter == 8000 ? 0 : __LINE__;
}

const struct check process_checks[] = {
    {"many_children_are_reaped", many_children_are_reaped},
    {"vfork_child_shares_memory", vfork_child_shares_memory},
    {"spawn_reports_missing_program", spawn_reports_missing_program},
    {"exec_of_self_passes_arguments", exec_of_self_passes_arguments},
    {"pipe_passes_much_data", pipe_passes_much_data},
    {"long_running_processes_share_the_cpu",
     long_running_processes_share_the_cpu},
    {"floating_point_survives_switches", floating_point_survives_switches},
    {"threads_share_and_join", threads_share_and_join},
    {0},
};
