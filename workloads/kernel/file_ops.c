/*
 * file_ops.c - reading and writing regular files, directories and devices.
 */
#include <asm/errno.h>
#include <asm/poll.h>

#include "workloads/kernel/file.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/pipe.h"
#include "workloads/kernel/random.h"
#include "workloads/kernel/user_copy.h"

enum { CHUNK_BYTES = 256 };

static uint32_t always_ready(const struct file *f)
{
    (void)f;
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static int64_t regular_read(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    struct inode *n = f->inode;
    size_t done = 0;

    while (done < bytes && at + done < n->bytes) {
        size_t now;
        const uint8_t *from = inode_peek(n, at + done, &now);

        if (!from)
            return done ? (int64_t)done : -EIO;
        now = u64_min(now, bytes - done);
        if (!copy_to_user(to + done, from, now))
            return done ? (int64_t)done : -EFAULT;
        done += now;
    }
    return (int64_t)done;
}

static int64_t regular_write(struct file *f, uva_t from, size_t bytes,
                             uint64_t at)
{
    struct inode *n = f->inode;
    size_t done = 0;

    if (at + bytes < at || at + bytes > (uint64_t)1 << 40)
        return -EFBIG;
    inode_touch(n);
    while (done < bytes) {
        size_t now = bytes - done;
        uint64_t old_bytes = n->bytes;
        uint8_t *to = inode_poke(n, at + done, &now);

        if (!to)
            return done ? (int64_t)done : -ENOSPC;
        if (!copy_from_user(to, from + done, now)) {
            n->bytes = old_bytes;
            return done ? (int64_t)done : -EFAULT;
        }
        done += now;
    }
    return (int64_t)done;
}

static const struct file_ops regular_ops = {
    .read = regular_read,
    .write = regular_write,
    .poll = always_ready,
    .seekable = true,
};

static int64_t directory_read(struct file *f, uva_t to, size_t bytes,
                              uint64_t at)
{
    (void)f, (void)to, (void)bytes, (void)at;
    return -EISDIR;
}

static const struct file_ops directory_ops = {
    .read = directory_read,
    .write = directory_read,
    .poll = always_ready,
    .seekable = true,
};

static int64_t random_read(uva_t to, size_t bytes)
{
    uint8_t chunk[CHUNK_BYTES];

    for (size_t done = 0; done < bytes; done += CHUNK_BYTES) {
        size_t now = u64_min(bytes - done, CHUNK_BYTES);

        random_fill(chunk, now);
        if (!copy_to_user(to + done, chunk, now))
            return -EFAULT;
    }
    return (int64_t)bytes;
}

static int64_t device_read(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    (void)at;
    switch (f->inode->device) {
    case DEVICE_ZERO:
    case DEVICE_FULL:
        return zero_user(to, bytes) ? (int64_t)bytes : -EFAULT;
    case DEVICE_RANDOM:
        return random_read(to, bytes);
    case DEVICE_NONE:
    case DEVICE_NULL:
    case DEVICE_OUT:
    case DEVICE_ERR:
    case DEVICE_FD0:
    case DEVICE_FD1:
    case DEVICE_FD2:
        break;
    }
    return 0;
}

/* Through a page of the kernel's: the machine below may not reach the
   program's memory, or not when it is not there yet. */
static int64_t stream_write(enum stream stream, uva_t from, size_t bytes)
{
    pfn_t pfn = frame_alloc(ORDER_4K);
    size_t done = 0;

    if (pfn == PFN_NONE)
        return -ENOMEM;
    while (done < bytes) {
        size_t now = u64_min(bytes - done, PAGE_BYTES);

        if (!copy_from_user(pfn_to_va(pfn), from + done, now))
            break;
        kernel.pv->write(stream, pfn_to_va(pfn), now);
        done += now;
    }
    frame_drop(pfn);
    return done || bytes == 0 ? (int64_t)done : -EFAULT;
}

static int64_t device_write(struct file *f, uva_t from, size_t bytes,
                            uint64_t at)
{
    (void)at;
    switch (f->inode->device) {
    case DEVICE_OUT:
        return stream_write(STREAM_OUT, from, bytes);
    case DEVICE_ERR:
        return stream_write(STREAM_ERR, from, bytes);
    case DEVICE_FULL:
        return -ENOSPC;
    case DEVICE_NONE:
    case DEVICE_NULL:
    case DEVICE_ZERO:
    case DEVICE_RANDOM:
    case DEVICE_FD0:
    case DEVICE_FD1:
    case DEVICE_FD2:
        break;
    }
    return (int64_t)bytes;
}

static const struct file_ops device_ops = {
    .read = device_read,
    .write = device_write,
    .poll = always_ready,
};

const struct file_ops *file_ops_for(const struct inode *n)
{
    if (S_ISDIR(n->mode))
        return &directory_ops;
    return S_ISCHR(n->mode) ? &device_ops : &regular_ops;
}
