/*
 * signals.c - handlers for faults and timers, masks, other stacks, jumps out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile sig_atomic_t ticks, seen, on_other_stack;
static char *other_stack;
static siginfo_t last;
static unsigned long last_trap;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *u = context;
    char here;

    (void)signal;
    last = *info;
    last_trap = (unsigned long)u->uc_mcontext.gregs[REG_TRAPNO];
    on_other_stack = &here > other_stack && &here < other_stack + 65536;
    siglongjmp(back, 1);
}

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

static void note(int signal)
{
    seen |= 1 << signal;
}

static void handle(int signal, int flags)
{
    struct sigaction a = {.sa_sigaction = on_fault,
                          .sa_flags = SA_SIGINFO | flags};

    sigemptyset(&a.sa_mask);
    sigaction(signal, &a, NULL);
}

static unsigned endless(volatile char *above)
{
    volatile char frame[4096];

    frame[0] = *above;
    return endless(frame) + (unsigned)frame[1];
}

static void faults(void)
{
    volatile int zero = 0;
    char *page =
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = other_stack, .ss_size = 65536};

    sigaltstack(&stack, NULL);
    handle(SIGSEGV, SA_ONSTACK);
    handle(SIGFPE, 0);
    handle(SIGILL, 0);
    handle(SIGBUS, 0);
    handle(SIGTRAP, 0);
    if (!sigsetjmp(back, 1))
        *(volatile int *)(uintptr_t)0x1234 = 1;
    printf("unmapped: code %d address %p trap %lu other %d\n", last.si_code,
           last.si_addr, last_trap, on_other_stack);
    if (!sigsetjmp(back, 1))
        *(volatile char *)(page + 12) = 1;
    printf("read-only: code %d right address %d\n", last.si_code,
           last.si_addr == page + 12);
    if (!sigsetjmp(back, 1))
        printf("%d\n", 1 / zero);
    printf("divide: %d code %d trap %lu\n", last.si_signo, last.si_code,
           last_trap);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("ud2");
    printf("ud2: %d code %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("hlt");
    printf("hlt: %d code %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("int3");
    printf("int3: %d code %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(back, 1))
        *(volatile char *)(uintptr_t)0x8000000000000000u = 1;
    printf("non-canonical: %d code %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(back, 1))
        printf("%u\n", endless(page));
    printf("stack overflow: %d other %d\n", last.si_signo, on_other_stack);
}

static void masks(void)
{
    struct sigaction a = {.sa_handler = note};
    sigset_t set, old, pending;

    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGUSR2, &a, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: seen %d pending %d\n", seen != 0,
           sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("unblocked: %d\n", seen == 1 << SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    seen = 0;
    sigsuspend(&old);
    printf("suspend: %d %d\n", errno == EINTR, seen == 1 << SIGUSR1);
    kill(getpid(), SIGUSR1);
    printf("sigwait: %d\n", sigwaitinfo(&set, NULL));
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void timers(void)
{
    struct itimerval every = {{0, 2000}, {0, 2000}};
    struct sigaction a = {.sa_handler = on_tick};

    sigaction(SIGALRM, &a, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    while (ticks < 3)
        ;
    memset(&every, 0, sizeof every);
    setitimer(ITIMER_REAL, &every, NULL);
    ticks = 0;
    ualarm(1000, 0);
    pause();
    printf("alarm: %d\n", ticks);
    printf("left: %u %u\n", alarm(100), alarm(0));
}

static void report(const char *what, int status)
{
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
}

static void endings(void)
{
    static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGABRT, SIGPIPE};
    int status;

    fflush(stdout);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t child = fork();

        if (child == 0) {
            signal(signals[i], SIG_DFL);
            raise(signals[i]);
            _exit(9);
        }
        waitpid(child, &status, 0);
        report(strsignal(signals[i]), status);
    }
}

int main(void)
{
    other_stack = malloc(65536);
    faults();
    masks();
    timers();
    endings();
    fflush(stdout);
    signal(SIGABRT, SIG_DFL);
    abort();
}
