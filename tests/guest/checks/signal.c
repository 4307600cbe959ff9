/*
 * signal.c - delivery, masks, alternate stacks, interrupted calls.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/checks/checks.h"

static volatile sig_atomic_t got;
static volatile uintptr_t handler_sp;

static void note(int number)
{
    char here;

    got = number;
    handler_sp = (uintptr_t)&here;
}

static void handle(int number, int flags)
{
    struct sigaction a = {.sa_handler = note, .sa_flags = flags};

    sigaction(number, &a, NULL);
    got = 0;
}

static int handler_runs_and_returns(void)
{
    double before = 1.25, after;

    handle(SIGUSR1, 0);
    after = before * 3;
    raise(SIGUSR1);
    return got == SIGUSR1 && after == 3.75 ? 0 : __LINE__;
}

static int blocked_signal_waits(void)
{
    sigset_t set, old, pending;

    handle(SIGUSR2, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR2);
    if (got)
        return __LINE__;
    sigpending(&pending);
    if (!sigismember(&pending, SIGUSR2))
        return __LINE__;
    sigsuspend(&old);
    if (got != SIGUSR2)
        return __LINE__;
    sigprocmask(SIG_SETMASK, NULL, &pending);
    if (!sigismember(&pending, SIGUSR2))
        return __LINE__;
    sigprocmask(SIG_SETMASK, &old, NULL);
    return 0;
}

static int alternate_stack_is_used(void)
{
    size_t bytes = 65536;
    char *memory = malloc(bytes);
    stack_t stack = {.ss_sp = memory, .ss_size = bytes};
    stack_t none = {.ss_flags = SS_DISABLE};

    if (sigaltstack(&stack, NULL))
        return __LINE__;
    handle(SIGUSR1, SA_ONSTACK);
    raise(SIGUSR1);
    if (handler_sp - (uintptr_t)memory >= bytes)
        return __LINE__;
    sigaltstack(&none, NULL);
    free(memory);
    return 0;
}

static int alarm_interrupts_a_read(void)
{
    struct itimerval t = {.it_value = {0, 20000}};
    char c;
    int fds[2];

    if (pipe(fds))
        return __LINE__;
    handle(SIGALRM, 0);
    setitimer(ITIMER_REAL, &t, NULL);
    if (read(fds[0], &c, 1) != -1 || errno != EINTR || got != SIGALRM)
        return __LINE__;
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int restarted_read_goes_on(void)
{
    char c = 0;
    int fds[2], status;
    pid_t parent = getpid(), pid;

    if (pipe(fds))
        return __LINE__;
    handle(SIGUSR1, SA_RESTART);
    pid = fork();
    if (pid == 0) {
        struct timespec t = {0, 20000000};

        nanosleep(&t, NULL);
        kill(parent, SIGUSR1);
        nanosleep(&t, NULL);
        _exit(write(fds[1], "z", 1) != 1);
    }
    if (read(fds[0], &c, 1) != 1 || c != 'z' || got != SIGUSR1)
        return __LINE__;
    waitpid(pid, &status, 0);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int death_by_signal_is_reported(void)
{
    const int numbers[] = {SIGTERM, SIGSEGV, SIGFPE, SIGPIPE, SIGKILL, SIGILL};

    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            signal(numbers[i], SIG_DFL);
            if (numbers[i] == SIGSEGV)
                *(volatile char *)(uintptr_t)16 = 1;
            else if (numbers[i] == SIGILL)
                __asm__ volatile("ud2");
            else
                raise(numbers[i]);
            _exit(1);
        }
        if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
            WTERMSIG(status) != numbers[i])
            return __LINE__;
    }
    return 0;
}

/* Jumping or pointing into the kernel is a fault like any other. */
static int kernel_addresses_are_out_of_reach(void)
{
    for (int i = 0; i < 3; i++) {
        volatile uintptr_t address =
            i == 2 ? (uintptr_t)1 << 50 : (uintptr_t)0xffffffff80200000;
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            signal(SIGSEGV, SIG_DFL);
            if (i == 0)
                (void)*(volatile char *)address;
            else
                ((void (*)(void))address)();
            _exit(1);
        }
        if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
            WTERMSIG(status) != SIGSEGV)
            return __LINE__;
    }
    return 0;
}

static int broken_pipe_is_an_error(void)
{
    int fds[2];

    if (pipe(fds))
        return __LINE__;
    signal(SIGPIPE, SIG_IGN);
    close(fds[0]);
    if (write(fds[1], "x", 1) != -1 || errno != EPIPE)
        return __LINE__;
    close(fds[1]);
    signal(SIGPIPE, SIG_DFL);
    return 0;
}

static int child_signal_arrives(void)
{
    int status;
    pid_t pid;

    handle(SIGCHLD, SA_RESTART);
    pid = fork();
    if (pid == 0)
        _exit(0);
    if (waitpid(pid, &status, 0) != pid)
        return __LINE__;
    signal(SIGCHLD, SIG_DFL);
    return got == SIGCHLD ? 0 : __LINE__;
}

static int sleep_lasts_as_long_as_asked(void)
{
    struct timespec t = {0, 30000000}, a, b;
    long ns;

    clock_gettime(CLOCK_MONOTONIC, &a);
    nanosleep(&t, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    ns = (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
    return ns >= 30000000 ? 0 : __LINE__;
}

const struct check signal_checks[] = {
    {"handler_runs_and_returns", handler_runs_and_returns},
    {"blocked_signal_waits", blocked_signal_waits},
    {"alternate_stack_is_used", alternate_stack_is_used},
    {"alarm_interrupts_a_read", alarm_interrupts_a_read},
    {"restarted_read_goes_on", restarted_read_goes_on},
    {"death_by_signal_is_reported", death_by_signal_is_reported},
    {"kernel_addresses_are_out_of_reach", kernel_addresses_are_out_of_reach},
    {"broken_pipe_is_an_error", broken_pipe_is_an_error},
    {"child_signal_arrives", child_signal_arrives},
    {"sleep_lasts_as_long_as_asked", sleep_lasts_as_long_as_asked},
    {0},
};
