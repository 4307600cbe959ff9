/*
 * pipe.c - pipes and FIFOs.
 *
 * A reader waits while the ring is empty and somebody could still write; a
 * writer waits while it is full and somebody could still read.  head and tail
 * count all bytes ever written and read; their difference is what is inside.
 */
#include "workloads/kernel/pipe.h"

#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/user_copy.h"

enum { PIPE_ORDER = 4, PIPE_BYTES = PAGE_BYTES << PIPE_ORDER, ATOMIC = 4096 };

struct pipe {
    pfn_t pfn;
    uint64_t head, tail;
    unsigned readers, writers;
    uint64_t read_opens, write_opens; /* how often, ever */
    uint64_t changes;                 /* of anything above */
};

static struct pipe *pipe_alloc(void)
{
    struct pipe *p = heap_alloc(sizeof *p);

    if (p)
        p->pfn = frame_alloc(PIPE_ORDER);
    if (p && p->pfn != PFN_NONE)
        return p;
    heap_free(p, sizeof *p);
    return NULL;
}

static void wake_all(struct pipe *p)
{
    p->changes++;
    sched_wake(p);
    sched_wake(&kernel.sched.poll_channel);
}

static bool may_wait(const struct file *f)
{
    return !(f->flags & O_NONBLOCK);
}

/* Copies between the ring, at a running count, and the program. */
static bool move(struct pipe *p, uint64_t count, uva_t user, size_t bytes,
                 bool to_user)
{
    while (bytes > 0) {
        size_t at = count % PIPE_BYTES;
        size_t now = u64_min(bytes, PIPE_BYTES - at);
        char *ring = (char *)pfn_to_va(p->pfn) + at;

        if (!(to_user ? copy_to_user(user, ring, now)
                      : copy_from_user(ring, user, now)))
            return false;
        count += now;
        user += now;
        bytes -= now;
    }
    return true;
}

static int64_t pipe_read(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    struct pipe *p = f->pipe;
    bool interrupted = false;
    size_t now;

    (void)at;
    if (bytes == 0)
        return 0;
    while (p->head == p->tail) {
        if (p->writers == 0)
            return 0;
        if (!may_wait(f))
            return -EAGAIN;
        if (interrupted)
            return -ERESTART;
        interrupted = !sched_sleep(p, UINT64_MAX);
    }
    now = u64_min(bytes, p->head - p->tail);
    if (!move(p, p->tail, to, now, true))
        return -EFAULT;
    p->tail += now;
    wake_all(p);
    return (int64_t)now;
}

/* Waits for room for wanted bytes; 0, or why not. */
static int64_t wait_for_room(struct file *f, size_t wanted)
{
    struct pipe *p = f->pipe;
    bool interrupted = false;

    while (p->readers > 0 && PIPE_BYTES - (p->head - p->tail) < wanted) {
        if (!may_wait(f))
            return -EAGAIN;
        if (interrupted)
            return -ERESTART;
        interrupted = !sched_sleep(p, UINT64_MAX);
    }
    if (p->readers > 0)
        return 0;
    signal_send(kernel.current, SIGPIPE);
    return -EPIPE;
}

static int64_t pipe_write(struct file *f, uva_t from, size_t bytes, uint64_t at)
{
    struct pipe *p = f->pipe;
    size_t done = 0;

    (void)at;
    while (done < bytes) {
        size_t left = bytes - done, now;
        int64_t status = wait_for_room(f, bytes <= ATOMIC ? left : 1);

        if (status < 0)
            return done ? (int64_t)done : status;
        now = u64_min(left, PIPE_BYTES - (p->head - p->tail));
        if (!move(p, p->head, from + done, now, false))
            return done ? (int64_t)done : -EFAULT;
        p->head += now;
        done += now;
        wake_all(p);
    }
    return (int64_t)done;
}

static bool can_read(const struct file *f)
{
    return (f->flags & O_ACCMODE) != O_WRONLY;
}

static bool can_write(const struct file *f)
{
    return (f->flags & O_ACCMODE) != O_RDONLY;
}

static uint32_t pipe_poll(const struct file *f)
{
    const struct pipe *p = f->pipe;
    uint32_t events = 0;

    if (can_read(f) && p->head != p->tail)
        events |= POLLIN | POLLRDNORM;
    if (can_read(f) && p->writers == 0)
        events |= POLLHUP;
    if (can_write(f) && PIPE_BYTES - (p->head - p->tail) >= ATOMIC)
        events |= POLLOUT | POLLWRNORM;
    if (can_write(f) && p->readers == 0)
        events |= POLLERR;
    return events;
}

static uint64_t pipe_changes(const struct file *f)
{
    return f->pipe->changes;
}

static void pipe_close(struct file *f)
{
    struct pipe *p = f->pipe;

    if (can_read(f))
        p->readers--;
    if (can_write(f))
        p->writers--;
    wake_all(p);
    if (p->readers > 0 || p->writers > 0)
        return;
    if (f->inode && f->inode->pipe == p)
        f->inode->pipe = NULL;
    frame_drop(p->pfn);
    heap_free(p, sizeof *p);
}

static const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .changes = pipe_changes,
    .close = pipe_close,
};

static struct file *new_end(struct pipe *p, struct inode *n, int flags)
{
    struct file *f;

    inode_hold(n);
    f = file_new(&pipe_ops, n, flags);
    if (!f)
        return NULL;
    f->pipe = p;
    if (can_read(f)) {
        p->readers++;
        p->read_opens++;
    }
    if (can_write(f)) {
        p->writers++;
        p->write_opens++;
    }
    return f;
}

int pipe_new(struct file **read_end, struct file **write_end, int flags)
{
    struct inode *n = inode_new(S_IFIFO | 0600);
    struct pipe *p = n ? pipe_alloc() : NULL;

    flags &= O_NONBLOCK;
    if (p)
        n->pipe = p; /* /dev/fd opens it once more */
    *read_end = p ? new_end(p, n, O_RDONLY | flags) : NULL;
    *write_end = *read_end ? new_end(p, n, O_WRONLY | flags) : NULL;
    if (n)
        inode_drop(n);
    if (*write_end)
        return 0;
    if (*read_end)
        file_drop(*read_end);
    else
        heap_free(p, sizeof *p);
    return -ENOMEM;
}

/* An end of a FIFO is open only when somebody has opened the other one. */
static int wait_for_other_end(struct file *f)
{
    struct pipe *p = f->pipe;
    const unsigned *others = can_read(f) ? &p->writers : &p->readers;
    const uint64_t *opens = can_read(f) ? &p->write_opens : &p->read_opens;
    uint64_t before = *opens;
    bool interrupted = false;

    wake_all(p);
    while (*others == 0 && *opens == before) {
        if (!may_wait(f))
            return can_write(f) ? -ENXIO : 0;
        if (interrupted)
            return -ERESTART;
        interrupted = !sched_sleep(p, UINT64_MAX);
    }
    return 0;
}

int pipe_open_fifo(struct inode *n, int flags, struct file **f)
{
    int status;

    if (!n->pipe)
        n->pipe = pipe_alloc();
    *f = n->pipe ? new_end(n->pipe, n, flags) : NULL;
    if (!*f)
        return -ENOMEM;
    /* A pipe without a name is open at both ends from the start. */
    status = n->links ? wait_for_other_end(*f) : 0;
    if (status < 0)
        file_drop(*f);
    return status;
}
