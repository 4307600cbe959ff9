/*
 * sys_io.c - system calls that move bytes.
 */
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/uio.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { MAX_VECTORS = 1024 };

/* A file open for it, else NULL. */
static struct file *readable(uint64_t fd)
{
    struct file *f = file_get((int)fd);

    return f && (f->flags & O_ACCMODE) != O_WRONLY && !(f->flags & O_PATH)
               ? f
               : NULL;
}

static struct file *writable(uint64_t fd)
{
    struct file *f = file_get((int)fd);

    return f && (f->flags & O_ACCMODE) != O_RDONLY ? f : NULL;
}

/* At the file's own position, which moves. */
static int64_t read_on(struct file *f, uva_t to, size_t bytes)
{
    int64_t done;

    file_hold(f); /* a thread might close it while we wait */
    done = f->ops->read(f, to, bytes, f->position);
    if (done > 0 && f->ops->seekable)
        f->position += (uint64_t)done;
    file_drop(f);
    return done;
}

static int64_t write_on(struct file *f, uva_t from, size_t bytes)
{
    int64_t done;

    file_hold(f);
    if ((f->flags & O_APPEND) && f->ops->seekable)
        f->position = f->inode->bytes;
    done = f->ops->write(f, from, bytes, f->position);
    if (done > 0 && f->ops->seekable)
        f->position += (uint64_t)done;
    file_drop(f);
    return done;
}

int64_t sys_read(const uint64_t *a)
{
    struct file *f = readable(a[0]);

    return f ? read_on(f, a[1], a[2]) : -EBADF;
}

int64_t sys_write(const uint64_t *a)
{
    struct file *f = writable(a[0]);

    return f ? write_on(f, a[1], a[2]) : -EBADF;
}

typedef int64_t transfer(struct file *f, uva_t user, size_t bytes);

/* One transfer after the other, until one is cut short. */
static int64_t vectored(struct file *f, const uint64_t *a, transfer *move)
{
    int64_t total = 0;

    if (!f)
        return -EBADF;
    if (a[2] > MAX_VECTORS)
        return -EINVAL;
    for (uint64_t i = 0; i < a[2]; i++) {
        struct iovec v;
        int64_t done;

        if (!copy_from_user(&v, a[1] + i * sizeof v, sizeof v))
            return total ? total : -EFAULT;
        if (v.iov_len == 0)
            continue;
        done = move(f, (uva_t)v.iov_base, v.iov_len);
        if (done < 0)
            return total ? total : done;
        total += done;
        if ((uint64_t)done < v.iov_len)
            break;
    }
    return total;
}

int64_t sys_readv(const uint64_t *a)
{
    return vectored(readable(a[0]), a, read_on);
}

int64_t sys_writev(const uint64_t *a)
{
    return vectored(writable(a[0]), a, write_on);
}

/* The same at a position of their own, which the file's takes part in not. */
static int64_t vectored_at(struct file *f, const uint64_t *a, transfer *move)
{
    uint64_t before;
    int64_t done;

    if (!f)
        return -EBADF;
    if (!f->ops->seekable)
        return -ESPIPE;
    before = f->position;
    f->position = a[3];
    done = vectored(f, a, move);
    f->position = before;
    return done;
}

int64_t sys_preadv(const uint64_t *a)
{
    return vectored_at(readable(a[0]), a, read_on);
}

int64_t sys_pwritev(const uint64_t *a)
{
    return vectored_at(writable(a[0]), a, write_on);
}

int64_t sys_pread64(const uint64_t *a)
{
    struct file *f = readable(a[0]);

    if (!f)
        return -EBADF;
    return f->ops->seekable ? f->ops->read(f, a[1], a[2], a[3]) : -ESPIPE;
}

int64_t sys_pwrite64(const uint64_t *a)
{
    struct file *f = writable(a[0]);

    if (!f)
        return -EBADF;
    return f->ops->seekable ? f->ops->write(f, a[1], a[2], a[3]) : -ESPIPE;
}

int64_t sys_lseek(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);
    int64_t at = (int64_t)a[1];

    if (!f)
        return -EBADF;
    if (!f->ops->seekable)
        return -ESPIPE;
    if (a[2] == SEEK_CUR)
        at += (int64_t)f->position;
    else if (a[2] == SEEK_END)
        at += (int64_t)f->inode->bytes;
    else if (a[2] != SEEK_SET)
        return -EINVAL;
    if (at < 0)
        return -EINVAL;
    f->position = (uint64_t)at;
    return at;
}

/* NOT MODELLED: the program falls back to read and write. */
int64_t sys_sendfile(const uint64_t *a)
{
    (void)a;
    return -EINVAL;
}
