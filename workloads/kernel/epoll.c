/*
 * epoll.c - lists of files to wait for, kept by the kernel.
 *
 * Source  Linux epoll(7).
 * A list is looked through whenever something that poll() may see has moved.
 * What is watched by its edges (EPOLLET) is told of again after any change of
 * the file, which may be more often than on Linux, never less.
 * NOT MODELLED  signal masks of epoll_pwait(), lists in lists, EPOLLEXCLUSIVE.
 */
#include "workloads/kernel/epoll.h"

#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

struct watch {
    struct watch *next;
    const struct file *file; /* not held: epoll_forget() */
    int fd;
    struct epoll_event wanted;
    uint32_t told; /* events of the last report that still hold */
    uint64_t told_changes;
};

struct epoll {
    struct epoll *next;
    struct watch *watches;
};

static const uint32_t always = POLLERR | POLLHUP;

static void remove_watch(struct watch **link)
{
    struct watch *w = *link;

    *link = w->next;
    heap_free(w, sizeof *w);
}

void epoll_forget(const struct file *f)
{
    for (struct epoll *e = kernel.epolls; e; e = e->next) {
        struct watch **link = &e->watches;

        while (*link)
            if ((*link)->file == f)
                remove_watch(link);
            else
                link = &(*link)->next;
    }
}

static int64_t no_bytes(struct file *f, uva_t at, size_t bytes, uint64_t where)
{
    (void)f, (void)at, (void)bytes, (void)where;
    return -EINVAL;
}

/* What w has to tell now. */
static uint32_t news(const struct watch *w)
{
    uint32_t events = w->file->ops->poll(w->file) & (w->wanted.events | always);

    if (!(w->wanted.events & EPOLLET) ||
        w->file->ops->changes(w->file) != w->told_changes)
        return events;
    return events & ~w->told;
}

static uint32_t epoll_poll(const struct file *f)
{
    for (const struct watch *w = f->epoll->watches; w; w = w->next)
        if (news(w))
            return POLLIN | POLLRDNORM;
    return 0;
}

static void epoll_close(struct file *f)
{
    struct epoll **link = &kernel.epolls;

    while (f->epoll->watches)
        remove_watch(&f->epoll->watches);
    while (*link != f->epoll)
        link = &(*link)->next;
    *link = f->epoll->next;
    heap_free(f->epoll, sizeof *f->epoll);
}

static const struct file_ops epoll_ops = {
    .read = no_bytes,
    .write = no_bytes,
    .poll = epoll_poll,
    .close = epoll_close,
};

static int64_t create(bool close_on_exec)
{
    struct epoll *e = heap_alloc(sizeof *e);
    struct inode *n = e ? inode_new(0600) : NULL;
    struct file *f = n ? file_new(&epoll_ops, n, O_RDWR) : NULL;

    if (!f) {
        heap_free(e, sizeof *e);
        return -ENOMEM;
    }
    f->epoll = e;
    e->next = kernel.epolls;
    kernel.epolls = e;
    return file_install(f, 0, close_on_exec);
}

int64_t sys_epoll_create(const uint64_t *a)
{
    return (int)a[0] > 0 ? create(false) : -EINVAL;
}

int64_t sys_epoll_create1(const uint64_t *a)
{
    if (a[0] & ~(uint64_t)EPOLL_CLOEXEC)
        return -EINVAL;
    return create((a[0] & EPOLL_CLOEXEC) != 0);
}

/* Where the watch of fd is, or would be. */
static struct watch **find(struct epoll *e, const struct file *f, int fd)
{
    struct watch **link = &e->watches;

    while (*link && ((*link)->file != f || (*link)->fd != fd))
        link = &(*link)->next;
    return link;
}

static int64_t change(struct epoll *e, struct file *f, int fd,
                      const struct epoll_event *wanted)
{
    struct watch **link = find(e, f, fd), *w = *link;

    if (!w) {
        w = heap_alloc(sizeof *w);
        if (!w)
            return -ENOMEM;
        *link = w;
    }
    *w =
        (struct watch){.next = w->next, .file = f, .fd = fd, .wanted = *wanted};
    f->watched = true;
    sched_wake(&kernel.sched.poll_channel); /* somebody may wait already */
    return 0;
}

/* epoll, operation, descriptor, event */
int64_t sys_epoll_ctl(const uint64_t *a)
{
    struct file *list = file_get((int)a[0]), *f = file_get((int)a[2]);
    struct epoll_event wanted;
    struct watch **link;

    if (!list || !f)
        return -EBADF;
    if (!list->epoll || list == f)
        return -EINVAL;
    if (!f->ops->changes)
        return -EPERM;
    link = find(list->epoll, f, (int)a[2]);
    if (a[1] == EPOLL_CTL_ADD ? *link != NULL : *link == NULL)
        return *link ? -EEXIST : -ENOENT;
    if (a[1] == EPOLL_CTL_DEL) {
        remove_watch(link);
        return 0;
    }
    if (a[1] != EPOLL_CTL_ADD && a[1] != EPOLL_CTL_MOD)
        return -EINVAL;
    if (!copy_from_user(&wanted, a[3], sizeof wanted))
        return -EFAULT;
    return change(list->epoll, f, (int)a[2], &wanted);
}

/* Reports to the program at most max events; how many, or -errno. */
static int64_t report(struct epoll *e, uva_t to, int64_t max)
{
    int64_t count = 0;

    for (struct watch *w = e->watches; w && count < max; w = w->next) {
        struct epoll_event event = {news(w), w->wanted.data};

        w->told &= w->file->ops->poll(w->file);
        if (event.events == 0)
            continue;
        if (!copy_to_user(to + (uint64_t)count * sizeof event, &event,
                          sizeof event))
            return -EFAULT;
        w->told |= event.events;
        w->told_changes = w->file->ops->changes(w->file);
        if (w->wanted.events & EPOLLONESHOT)
            w->wanted.events = 0;
        count++;
    }
    return count;
}

/* epoll, events, how many, milliseconds (-1: for ever) */
int64_t sys_epoll_wait(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);
    int64_t max = (int)a[2], timeout_ms = (int)a[3], count;
    uint64_t deadline = UINT64_MAX;
    bool interrupted = false;

    if (!f)
        return -EBADF;
    if (!f->epoll || max <= 0)
        return -EINVAL;
    if (timeout_ms >= 0)
        deadline = kernel.pv->clock_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    file_hold(f); /* another thread may close it */
    for (;;) {
        count = report(f->epoll, a[1], max);
        if (count != 0 || kernel.pv->clock_ns() >= deadline)
            break;
        if (interrupted) {
            count = -EINTR;
            break;
        }
        interrupted = !sched_sleep(&kernel.sched.poll_channel, deadline);
    }
    file_drop(f);
    return count;
}

int64_t sys_epoll_pwait(const uint64_t *a)
{
    if (a[4] && !signal_wait_with(a[4]))
        return -EFAULT;
    return signal_waited(sys_epoll_wait(a));
}
