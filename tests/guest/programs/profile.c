/*
 * profile.c - timers that count processor time: they signal while the program
 * computes, in whichever thread, and not while it sleeps.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t count, last;

static void handle(int number)
{
    count++;
    last = number;
}

static void *compute(void *argument)
{
    while (count < 2)
        ;
    return argument;
}

static int is_off(int which)
{
    struct itimerval now;

    getitimer(which, &now);
    return !now.it_value.tv_sec && !now.it_value.tv_usec;
}

static void try(const char *name, int which)
{
    struct itimerval period = {{0, 4000}, {0, 4000}}, off = {{0}}, old;
    pthread_t thread;
    int status;

    count = 0;
    setitimer(which, &period, NULL);
    usleep(40000);
    printf("%s asleep: %d\n", name, count > 1);
    compute(NULL);
    printf("%s: %s\n", name, strsignal(last));
    count = 0;
    pthread_create(&thread, NULL, compute, NULL);
    pthread_join(thread, NULL);
    printf("%s in a thread: %s\n", name, strsignal(last));
    if (fork() == 0)
        _exit(is_off(which));
    wait(&status);
    printf("%s not in a child: %d\n", name, WEXITSTATUS(status));
    setitimer(which, &off, &old);
    printf("%s had a period: %ld\n", name, (long)old.it_interval.tv_usec);
    period.it_interval = off.it_interval;
    signal(last, SIG_DFL);
    if (fork() == 0) {
        count = 0;
        setitimer(which, &period, NULL);
        compute(NULL);
    }
    wait(&status);
    printf("%s by default: %s\n", name, strsignal(WTERMSIG(status)));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGVTALRM, handle);
    signal(SIGPROF, handle);
    try("virtual", ITIMER_VIRTUAL);
    try("profile", ITIMER_PROF);
    return 0;
}
