/*
 * sys_fd.c - system calls on file descriptors.
 */
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/pipe.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { CHANGEABLE_FLAGS = O_APPEND | O_NONBLOCK };

int64_t sys_close(const uint64_t *a)
{
    return file_close((int)a[0]);
}

int64_t sys_close_range(const uint64_t *a)
{
    uint64_t last = u64_min(a[1], FILE_TABLE_MAX - 1);

    if (a[0] > a[1] || a[2] & ~(uint64_t)CLOSE_RANGE_CLOEXEC)
        return -EINVAL;
    for (uint64_t fd = a[0]; fd <= last; fd++) {
        if (!file_get((int)fd))
            continue;
        if (a[2] & CLOSE_RANGE_CLOEXEC)
            file_set_close_on_exec((int)fd, true);
        else
            file_close((int)fd);
    }
    return 0;
}

static int64_t duplicate(uint64_t fd, uint64_t from, bool close_on_exec)
{
    struct file *f = file_get((int)fd);

    if (!f)
        return -EBADF;
    if (from >= FILE_TABLE_MAX)
        return -EINVAL;
    file_hold(f);
    return file_install(f, (int)from, close_on_exec);
}

int64_t sys_dup(const uint64_t *a)
{
    return duplicate(a[0], 0, false);
}

static int64_t duplicate_onto(uint64_t fd, uint64_t onto, bool close_on_exec)
{
    if (!file_get((int)fd) || onto >= FILE_TABLE_MAX)
        return -EBADF;
    if (file_get((int)onto))
        file_close((int)onto);
    return duplicate(fd, onto, close_on_exec);
}

int64_t sys_dup2(const uint64_t *a)
{
    if (a[0] == a[1])
        return file_get((int)a[0]) ? (int64_t)a[1] : -EBADF;
    return duplicate_onto(a[0], a[1], false);
}

int64_t sys_dup3(const uint64_t *a)
{
    if (a[0] == a[1] || (a[2] & ~(uint64_t)O_CLOEXEC))
        return -EINVAL;
    return duplicate_onto(a[0], a[1], (a[2] & O_CLOEXEC) != 0);
}

/* Nobody is in the way of a lock. */
static int64_t lock_told(uva_t flock_va)
{
    const int16_t type = F_UNLCK; /* the first member of struct flock */

    return copy_to_user(flock_va, &type, sizeof type) ? 0 : -EFAULT;
}

int64_t sys_fcntl(const uint64_t *a)
{
    int fd = (int)a[0];
    struct file *f = file_get(fd);

    if (!f)
        return -EBADF;
    switch (a[1]) {
    case F_DUPFD:
        return duplicate(a[0], a[2], false);
    case F_DUPFD_CLOEXEC:
        return duplicate(a[0], a[2], true);
    case F_GETFD:
        return file_closes_on_exec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        file_set_close_on_exec(fd, (a[2] & FD_CLOEXEC) != 0);
        return 0;
    case F_GETFL:
        return f->flags;
    case F_SETFL:
        f->flags =
            (f->flags & ~CHANGEABLE_FLAGS) | ((int)a[2] & CHANGEABLE_FLAGS);
        return 0;
    case F_GETLK:
        return lock_told(a[2]);
    case F_SETLK:
    case F_SETLKW:
        return 0; /* one user: locks never conflict between programs here */
    default:
        return -EINVAL;
    }
}

/* There is no terminal. */
int64_t sys_ioctl(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);
    int on;

    if (!f)
        return -EBADF;
    switch (a[1]) {
    case FIOCLEX:
    case FIONCLEX:
        file_set_close_on_exec((int)a[0], a[1] == FIOCLEX);
        return 0;
    case FIONBIO:
        if (!copy_from_user(&on, a[2], sizeof on))
            return -EFAULT;
        f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~O_NONBLOCK;
        return 0;
    default:
        return -ENOTTY;
    }
}

static int64_t make_pipe(uva_t fds_va, int flags)
{
    struct file *ends[2];
    int fds[2], status = pipe_new(&ends[0], &ends[1], flags);
    bool close_on_exec = (flags & O_CLOEXEC) != 0;

    if (status < 0)
        return status;
    fds[0] = file_install(ends[0], 0, close_on_exec);
    fds[1] = file_install(ends[1], 0, close_on_exec);
    status = fds[0] < 0 || fds[1] < 0 ? -EMFILE : 0;
    if (status == 0 && !copy_to_user(fds_va, fds, sizeof fds))
        status = -EFAULT;
    for (int i = 0; i < 2 && status < 0; i++)
        if (fds[i] >= 0)
            file_close(fds[i]);
    return status;
}

int64_t sys_pipe(const uint64_t *a)
{
    return make_pipe(a[0], 0);
}

int64_t sys_pipe2(const uint64_t *a)
{
    if (a[1] & ~(uint64_t)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    return make_pipe(a[0], (int)a[1]);
}
