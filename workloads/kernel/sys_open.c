/*
 * sys_open.c - opening files, and changing their length.
 */
#include <asm/errno.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/pipe.h"
#include "workloads/kernel/proc.h"
#include "workloads/kernel/sys_path.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

static struct inode *base_of(uint64_t dirfd)
{
    struct file *f;

    if ((int)dirfd == AT_FDCWD)
        return kernel.current->cwd;
    f = file_get((int)dirfd);
    return f ? f->inode : NULL;
}

/* Copies a path in; the text is freed by the caller, as PATH_BYTES. */
static int path_from_user(uva_t path, char **text)
{
    int status;

    *text = heap_alloc(PATH_BYTES);
    if (!*text)
        return -ENOMEM;
    status = copy_text_from_user(*text, path, PATH_BYTES);
    if (status < 0)
        heap_free(*text, PATH_BYTES);
    return status;
}

int walk_user(uint64_t dirfd, uva_t path, int flags, struct walk *w)
{
    char *text;
    int status = path_from_user(path, &text);
    struct inode *base;

    if (status < 0)
        return status;
    base = *text == '/' ? kernel.fs.root : base_of(dirfd);
    status = base ? path_walk(base, text, flags, w) : -EBADF;
    heap_free(text, PATH_BYTES);
    return status;
}

int inode_user(uint64_t dirfd, uva_t path, uint64_t at_flags, struct inode **n)
{
    struct walk w;
    char first = '\0';
    int status;

    if ((at_flags & AT_EMPTY_PATH) &&
        (!path || (copy_from_user(&first, path, 1) && first == '\0'))) {
        *n = base_of(dirfd);
        return *n ? 0 : -EBADF;
    }
    status = walk_user(dirfd, path,
                       at_flags & AT_SYMLINK_NOFOLLOW ? WALK_NOFOLLOW : 0, &w);
    *n = w.inode;
    return status;
}

static int create(struct walk *w, uint32_t mode)
{
    struct inode *n;
    int status;

    if (w->directory_wanted)
        return -EISDIR;
    n = inode_new(S_IFREG | (mode & 07777 & ~kernel.current->umask));
    if (!n)
        return -ENOMEM;
    status = directory_add(w->dir, w->name, n);
    if (status == 0)
        w->inode = n;
    inode_drop(n);
    return status;
}

static int check_open(const struct inode *n, int flags)
{
    bool write = (flags & O_ACCMODE) != O_RDONLY;

    if ((flags & O_NOFOLLOW) && S_ISLNK(n->mode) && !(flags & O_PATH))
        return -ELOOP;
    if ((flags & O_DIRECTORY) && !S_ISDIR(n->mode))
        return -ENOTDIR;
    return S_ISDIR(n->mode) && (write || (flags & O_CREAT)) ? -EISDIR : 0;
}

/* An open file for an inode; 0 or -errno. */
static int open_inode(struct inode *n, int flags, struct file **f)
{
    if (S_ISFIFO(n->mode) && !(flags & O_PATH))
        return pipe_open_fifo(n, flags, f);
    if (n->made && !(flags & O_PATH))
        n = proc_snapshot(n);
    else
        inode_hold(n);
    if (!n)
        return -ENOMEM;
    *f = file_new(file_ops_for(n), n, flags);
    return *f ? 0 : -ENOMEM;
}

/* /dev/stdin and its like name a descriptor, not a file. */
static int64_t open_again(int fd, int flags)
{
    struct file *f = file_get(fd);

    if (!f)
        return -ENXIO;
    file_hold(f);
    return file_install(f, 0, (flags & O_CLOEXEC) != 0);
}

static int64_t open_at(uint64_t dirfd, uva_t path, int flags, uint32_t mode)
{
    int walk_flags, status;
    struct walk w;
    struct file *f;

    if (flags & O_PATH) /* a name for the file, not the file */
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    walk_flags = flags & O_CREAT ? WALK_PARENT : 0;

    if ((flags & O_NOFOLLOW) ||
        (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        walk_flags |= WALK_NOFOLLOW;
    status = walk_user(dirfd, path, walk_flags, &w);
    if (status < 0)
        return status;
    if (w.inode && (flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    status = w.inode ? check_open(w.inode, flags) : create(&w, mode);
    if (status < 0)
        return status;
    if (w.inode->device >= DEVICE_FD0 && !(flags & O_PATH))
        return open_again((int)(w.inode->device - DEVICE_FD0), flags);
    if ((flags & O_TRUNC) && S_ISREG(w.inode->mode))
        inode_truncate(w.inode, 0);
    status = open_inode(w.inode,
                        flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC), &f);
    return status < 0 ? status : file_install(f, 0, (flags & O_CLOEXEC) != 0);
}

int64_t sys_open(const uint64_t *a)
{
    return open_at(AT_CWD, a[0], (int)a[1], (uint32_t)a[2]);
}

int64_t sys_openat(const uint64_t *a)
{
    return open_at(a[0], a[1], (int)a[2], (uint32_t)a[3]);
}

int64_t sys_creat(const uint64_t *a)
{
    return open_at(AT_CWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, (uint32_t)a[1]);
}

int64_t sys_memfd_create(const uint64_t *a)
{
    enum { CLOEXEC = 1 };
    struct inode *n = inode_new(S_IFREG | 0777);
    struct file *f = n ? file_new(file_ops_for(n), n, O_RDWR) : NULL;

    return f ? file_install(f, 0, (a[1] & CLOEXEC) != 0) : -ENOMEM;
}

static int64_t set_length(struct inode *n, uint64_t bytes)
{
    if (S_ISDIR(n->mode))
        return -EISDIR;
    if (!S_ISREG(n->mode) || (int64_t)bytes < 0)
        return -EINVAL;
    inode_truncate(n, bytes);
    return 0;
}

int64_t sys_truncate(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(AT_CWD, a[0], 0, &n);

    return status < 0 ? status : set_length(n, a[1]);
}

int64_t sys_ftruncate(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);

    if (!f)
        return -EBADF;
    if ((f->flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    return set_length(f->inode, a[1]);
}

/* Room is never reserved here: only the length may change. */
int64_t sys_fallocate(const uint64_t *a)
{
    enum { KEEP_SIZE = 1 };
    struct file *f = file_get((int)a[0]);

    if (!f)
        return -EBADF;
    if (a[1] & ~(uint64_t)KEEP_SIZE)
        return -EOPNOTSUPP;
    if (!(a[1] & KEEP_SIZE) && a[2] + a[3] > f->inode->bytes)
        return set_length(f->inode, a[2] + a[3]);
    return 0;
}
