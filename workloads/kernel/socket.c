/*
 * socket.c - pairs of connected sockets: two pipes, one for each direction.
 *
 * Source  socketpair(2), send(2), recv(2), shutdown(2), unix(7).
 * NOT MODELLED  any other socket: there is no network and nobody to listen;
 *               limits of messages (all are streams), passing descriptors.
 */
#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/net.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/pipe.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum {
    FAMILY_UNIX = 1,
    KIND_STREAM = 1,
    KIND_PACKETS = 5,
    KIND_MASK = 15,
    MESSAGE_DONTWAIT = 0x40,
    MESSAGE_NOSIGNAL = 0x4000,
    SHUT_READ = 0,
    SHUT_WRITE = 1,
    SHUT_BOTH = 2,
};

/* The pipe's end waits as the socket would. */
static struct file *ready_end(const struct file *f, struct file *end)
{
    end->flags = (end->flags & ~O_NONBLOCK) | (f->flags & O_NONBLOCK);
    return end;
}

static int64_t socket_read(struct file *f, uva_t to, size_t bytes, uint64_t at)
{
    return f->in ? f->in->ops->read(ready_end(f, f->in), to, bytes, at) : 0;
}

static int64_t socket_write(struct file *f, uva_t from, size_t bytes,
                            uint64_t at)
{
    if (f->out)
        return f->out->ops->write(ready_end(f, f->out), from, bytes, at);
    signal_send(kernel.current, SIGPIPE);
    return -EPIPE;
}

static uint32_t socket_poll(const struct file *f)
{
    uint32_t in = f->in ? f->in->ops->poll(f->in) : POLLHUP;
    uint32_t out = f->out ? f->out->ops->poll(f->out) : 0;

    if (in & POLLHUP)
        in |= POLLIN | POLLRDNORM; /* the end can be read */
    return in | out;
}

static uint64_t socket_changes(const struct file *f)
{
    return f->shuts + (f->in ? f->in->ops->changes(f->in) : 0) +
           (f->out ? f->out->ops->changes(f->out) : 0);
}

static void drop_end(struct file **end)
{
    if (*end)
        file_drop(*end);
    *end = NULL;
}

static void socket_close(struct file *f)
{
    drop_end(&f->in);
    drop_end(&f->out);
}

static const struct file_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .poll = socket_poll,
    .changes = socket_changes,
    .close = socket_close,
};

/* Takes over both ends; NULL: no memory, and the ends are gone. */
static struct file *new_socket(struct file *in, struct file *out, int flags)
{
    struct inode *n = inode_new(S_IFSOCK | 0777);
    struct file *f =
        n ? file_new(&socket_ops, n, O_RDWR | (flags & O_NONBLOCK)) : NULL;

    if (f) {
        f->in = in;
        f->out = out;
        return f;
    }
    file_drop(in);
    file_drop(out);
    return NULL;
}

static int make_pair(struct file *pair[2], int flags)
{
    struct file *a[2], *b[2];
    int status = pipe_new(&a[0], &a[1], 0);

    if (status < 0)
        return status;
    status = pipe_new(&b[0], &b[1], 0);
    if (status < 0) {
        file_drop(a[0]);
        file_drop(a[1]);
        return status;
    }
    pair[0] = new_socket(a[0], b[1], flags);
    pair[1] = new_socket(b[0], a[1], flags);
    for (int i = 0; i < 2; i++)
        if (!pair[i] && pair[!i])
            file_drop(pair[!i]);
    return pair[0] && pair[1] ? 0 : -ENOMEM;
}

/* family, kind, protocol, two descriptors */
int64_t sys_socketpair(const uint64_t *a)
{
    int kind = (int)a[1] & KIND_MASK, flags = (int)a[1] & ~KIND_MASK, fds[2];
    bool close_on_exec = (flags & O_CLOEXEC) != 0;
    struct file *pair[2];
    int status;

    if (a[0] != FAMILY_UNIX)
        return -EAFNOSUPPORT;
    if ((kind != KIND_STREAM && kind != KIND_PACKETS) || a[2] != 0)
        return -EPROTONOSUPPORT;
    status = make_pair(pair, flags);
    if (status < 0)
        return status;
    fds[0] = file_install(pair[0], 0, close_on_exec);
    fds[1] = file_install(pair[1], 0, close_on_exec);
    status = fds[0] < 0 || fds[1] < 0 ? -EMFILE : 0;
    if (status == 0 && !copy_to_user(a[3], fds, sizeof fds))
        status = -EFAULT;
    for (int i = 0; i < 2 && status < 0; i++)
        if (fds[i] >= 0)
            file_close(fds[i]);
    return status;
}

/* The socket; flags: those of send and recv that are done.  0 or -errno. */
static int find(const uint64_t *a, struct file **f)
{
    *f = file_get((int)a[0]);
    if (!*f)
        return -EBADF;
    if ((*f)->ops != &socket_ops)
        return -ENOTSOCK;
    return a[3] & ~(uint64_t)(MESSAGE_DONTWAIT | MESSAGE_NOSIGNAL) ? -EOPNOTSUPP
                                                                   : 0;
}

typedef int64_t transfer(struct file *f, uva_t user, size_t bytes, uint64_t at);

/* descriptor, bytes, how many, flags */
static int64_t move(const uint64_t *a, transfer *how)
{
    struct file *f;
    int64_t done = find(a, &f);
    int before;

    if (done < 0)
        return done;
    file_hold(f);
    before = f->flags;
    if (a[3] & MESSAGE_DONTWAIT)
        f->flags |= O_NONBLOCK;
    done = how(f, a[1], a[2], 0);
    f->flags = before;
    file_drop(f);
    if (done == -EPIPE && (a[3] & MESSAGE_NOSIGNAL))
        signal_take(kernel.current, signal_bit(SIGPIPE));
    return done;
}

int64_t sys_sendto(const uint64_t *a)
{
    return move(a, socket_write);
}

int64_t sys_recvfrom(const uint64_t *a)
{
    return move(a, socket_read);
}

int64_t sys_shutdown(const uint64_t *a)
{
    const uint64_t b[4] = {a[0]};
    struct file *f;
    int status = find(b, &f);

    if (status < 0)
        return status;
    if (a[1] > SHUT_BOTH)
        return -EINVAL;
    f->shuts++;
    if (a[1] != SHUT_WRITE)
        drop_end(&f->in);
    if (a[1] != SHUT_READ)
        drop_end(&f->out);
    return 0;
}

/* The ends of a pair have no names: only a family. */
int64_t sys_getsockname(const uint64_t *a)
{
    const uint64_t b[4] = {a[0]};
    const uint16_t family = FAMILY_UNIX;
    uint32_t room, bytes = sizeof family;
    struct file *f;
    int status = find(b, &f);

    if (status < 0)
        return status;
    if (!copy_from_user(&room, a[2], sizeof room) ||
        !copy_to_user(a[1], &family, room < bytes ? room : bytes) ||
        !copy_to_user(a[2], &bytes, sizeof bytes))
        return -EFAULT;
    return 0;
}
