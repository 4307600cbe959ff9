/*
 * events.c - epoll and eventfd: levels, edges, one shot, counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int list;

static void watch(int operation, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    int status = epoll_ctl(list, operation, fd, &e);

    if (status < 0)
        printf("refused: EPERM %d EEXIST %d ENOENT %d EBADF %d\n",
               errno == EPERM, errno == EEXIST, errno == ENOENT,
               errno == EBADF);
}

/* Waits ms at most and says what came. */
static void show(const char *what, int ms)
{
    struct epoll_event e[4] = {{0}};
    int n = epoll_wait(list, e, 4, ms);

    printf("%s: %d", what, n);
    for (int i = 0; i < n; i++)
        printf(" %#x", e[i].events);
    printf("\n");
}

static void pipes(void)
{
    char buffer[8];
    int p[2];

    if (pipe2(p, O_NONBLOCK) != 0)
        return;
    watch(EPOLL_CTL_ADD, p[0], EPOLLIN);
    watch(EPOLL_CTL_ADD, p[0], EPOLLIN);
    show("empty", 1);
    printf("write %zd\n", write(p[1], "ab", 2));
    show("level", -1);
    show("level again", -1);
    watch(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET);
    show("edge", -1);
    show("no edge", 1);
    printf("write %zd\n", write(p[1], "cd", 2));
    show("new edge", -1);
    watch(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
    show("one shot", -1);
    show("spent", 1);
    printf("read %zd\n", read(p[0], buffer, sizeof buffer));
    watch(EPOLL_CTL_MOD, p[0], EPOLLIN);
    close(p[1]);
    show("hung up", -1);
    watch(EPOLL_CTL_DEL, p[0], 0);
    watch(EPOLL_CTL_DEL, p[0], 0);
    show("nothing left", 1);
    close(p[0]);
    watch(EPOLL_CTL_ADD, p[0], EPOLLIN);
}

static void *add_later(void *fd)
{
    usleep(2000);
    eventfd_write(*(int *)fd, 5);
    return NULL;
}

static void counts(void)
{
    int c = eventfd(3, EFD_NONBLOCK), s = eventfd(2, EFD_SEMAPHORE);
    int blocking = eventfd(0, EFD_CLOEXEC);
    eventfd_t n = 0;
    pthread_t t;

    printf("take: %d", eventfd_read(c, &n));
    printf(" %lu", (unsigned long)n);
    printf(" %d %d\n", eventfd_read(c, &n), errno == EAGAIN);
    printf("one: %d", eventfd_read(s, &n));
    printf(" %lu\n", (unsigned long)n);
    printf("short: %zd %d\n", read(s, &n, 4), errno == EINVAL);
    watch(EPOLL_CTL_ADD, s, EPOLLIN | EPOLLOUT);
    show("both", -1);
    close(s);
    show("closed", 1);
    watch(EPOLL_CTL_ADD, blocking, EPOLLIN | EPOLLET);
    pthread_create(&t, NULL, add_later, &blocking);
    show("from a thread", -1);
    printf("sum: %d", eventfd_read(blocking, &n));
    printf(" %lu\n", (unsigned long)n);
    pthread_join(t, NULL);
}

int main(void)
{
    struct epoll_event e;

    list = epoll_create1(EPOLL_CLOEXEC);
    pipes();
    counts();
    watch(EPOLL_CTL_ADD, open("/tmp", O_RDONLY), EPOLLIN);
    printf("bad: %d %d\n", epoll_wait(999, &e, 1, 0), errno == EBADF);
    return 0;
}
