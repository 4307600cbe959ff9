/*
 * eventfd.c - a count behind a descriptor: writes add to it, a read takes it.
 *
 * Source  Linux eventfd(2).  The count is the file's position.
 */
#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { EFD_SEMAPHORE = 1 };

static void changed(struct file *f)
{
    f->changes++;
    sched_wake(f);
    sched_wake(&kernel.sched.poll_channel);
}

/* Waits once for a change; 0 or -errno. */
static int64_t wait_for_change(struct file *f)
{
    if (f->flags & O_NONBLOCK)
        return -EAGAIN;
    return sched_sleep(f, UINT64_MAX) ? 0 : -ERESTART;
}

static int64_t take(struct file *f, uva_t to, size_t bytes, bool all)
{
    uint64_t count;

    if (bytes < sizeof count)
        return -EINVAL;
    while (f->position == 0) {
        int64_t status = wait_for_change(f);

        if (status < 0)
            return status;
    }
    count = all ? f->position : 1;
    if (!copy_to_user(to, &count, sizeof count))
        return -EFAULT;
    f->position -= count;
    changed(f);
    return sizeof count;
}

static int64_t take_all(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    (void)at;
    return take(f, to, bytes, true);
}

static int64_t take_one(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    (void)at;
    return take(f, to, bytes, false);
}

static int64_t add(struct file *f, uva_t from, size_t bytes, uint64_t at)
{
    uint64_t count;

    (void)at;
    if (bytes < sizeof count)
        return -EINVAL;
    if (!copy_from_user(&count, from, sizeof count))
        return -EFAULT;
    if (count == UINT64_MAX)
        return -EINVAL;
    while (count > UINT64_MAX - 1 - f->position) {
        int64_t status = wait_for_change(f);

        if (status < 0)
            return status;
    }
    f->position += count;
    changed(f);
    return sizeof count;
}

static uint32_t eventfd_poll(const struct file *f)
{
    return (f->position > 0 ? POLLIN | POLLRDNORM : 0u) |
           (f->position < UINT64_MAX - 1 ? POLLOUT | POLLWRNORM : 0u);
}

static uint64_t eventfd_changes(const struct file *f)
{
    return f->changes;
}

static const struct file_ops counter_ops = {
    .read = take_all,
    .write = add,
    .poll = eventfd_poll,
    .changes = eventfd_changes,
};

static const struct file_ops semaphore_ops = {
    .read = take_one,
    .write = add,
    .poll = eventfd_poll,
    .changes = eventfd_changes,
};

static int64_t create(uint32_t count, uint64_t flags)
{
    const struct file_ops *ops =
        flags & EFD_SEMAPHORE ? &semaphore_ops : &counter_ops;
    struct inode *n;
    struct file *f;

    if (flags & ~(uint64_t)(O_NONBLOCK | O_CLOEXEC | EFD_SEMAPHORE))
        return -EINVAL;
    n = inode_new(0600);
    f = n ? file_new(ops, n, O_RDWR | (int)(flags & O_NONBLOCK)) : NULL;
    if (!f)
        return -ENOMEM;
    f->position = count;
    return file_install(f, 0, (flags & O_CLOEXEC) != 0);
}

int64_t sys_eventfd(const uint64_t *a)
{
    return create((uint32_t)a[0], 0);
}

int64_t sys_eventfd2(const uint64_t *a)
{
    return create((uint32_t)a[0], a[1]);
}
