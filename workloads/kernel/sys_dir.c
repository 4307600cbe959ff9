/*
 * sys_dir.c - making, removing and listing names.
 */
#include <asm/errno.h>
#include <linux/fcntl.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/sys_path.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { TYPE_SHIFT = 12 }; /* from mode to the d_type of getdents */

/* Gives a new name to n; takes over the caller's reference. */
static int64_t add_name(uint64_t dirfd, uva_t path, struct inode *n)
{
    struct walk w;
    int status =
        n ? walk_user(dirfd, path, WALK_PARENT | WALK_NOFOLLOW, &w) : -ENOMEM;

    if (status == 0 && w.inode)
        status = -EEXIST;
    if (status == 0)
        status = directory_add(w.dir, w.name, n);
    if (n)
        inode_drop(n);
    return status;
}

static uint32_t masked(uint64_t mode)
{
    return (uint32_t)mode & 07777 & ~kernel.current->umask;
}

int64_t sys_mkdir(const uint64_t *a)
{
    return add_name(AT_CWD, a[0], inode_new(S_IFDIR | masked(a[1])));
}

int64_t sys_mkdirat(const uint64_t *a)
{
    return add_name(a[0], a[1], inode_new(S_IFDIR | masked(a[2])));
}

static int64_t make_node(uint64_t dirfd, uva_t path, uint64_t mode)
{
    uint32_t type = mode & S_IFMT ? (uint32_t)mode & S_IFMT : S_IFREG;

    if (type != S_IFREG && type != S_IFIFO)
        return -EPERM;
    return add_name(dirfd, path, inode_new(type | masked(mode)));
}

int64_t sys_mknod(const uint64_t *a)
{
    return make_node(AT_CWD, a[0], a[1]);
}

int64_t sys_mknodat(const uint64_t *a)
{
    return make_node(a[0], a[1], a[2]);
}

static int64_t make_link(uva_t target, uint64_t dirfd, uva_t path)
{
    char *text = heap_alloc(PATH_BYTES);
    int status = text ? copy_text_from_user(text, target, PATH_BYTES) : -ENOMEM;
    struct inode *n = status == 0 ? inode_new(S_IFLNK | 0777) : NULL;

    if (n) {
        n->bytes = strlen(text);
        n->target = heap_alloc(n->bytes + 1);
        if (n->target)
            memcpy(n->target, text, n->bytes);
    }
    heap_free(text, PATH_BYTES);
    return status < 0 ? status : add_name(dirfd, path, n);
}

int64_t sys_symlink(const uint64_t *a)
{
    return make_link(a[0], AT_CWD, a[1]);
}

int64_t sys_symlinkat(const uint64_t *a)
{
    return make_link(a[0], a[1], a[2]);
}

int64_t sys_linkat(const uint64_t *a)
{
    struct inode *n;
    uint64_t flags = a[4] & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
    int status = inode_user(a[0], a[1], flags, &n);

    if (status < 0)
        return status;
    if (S_ISDIR(n->mode))
        return -EPERM;
    inode_hold(n);
    return add_name(a[2], a[3], n);
}

int64_t sys_link(const uint64_t *a)
{
    const uint64_t b[5] = {AT_CWD, a[0], AT_CWD, a[1], 0};

    return sys_linkat(b);
}

static int64_t remove_at(uint64_t dirfd, uva_t path, bool directory)
{
    struct walk w;
    int status = walk_user(dirfd, path, WALK_NOFOLLOW, &w);

    if (status < 0)
        return status;
    if (S_ISDIR(w.inode->mode) != directory)
        return directory ? -ENOTDIR : -EISDIR;
    if (w.inode == kernel.fs.root)
        return -EBUSY;
    if (strcmp(w.name, ".") == 0 || strcmp(w.name, "..") == 0)
        return -EINVAL;
    if (directory && !directory_is_empty(w.inode))
        return -ENOTEMPTY;
    directory_remove(w.dir, w.name);
    return 0;
}

int64_t sys_rmdir(const uint64_t *a)
{
    return remove_at(AT_CWD, a[0], true);
}

int64_t sys_unlink(const uint64_t *a)
{
    return remove_at(AT_CWD, a[0], false);
}

int64_t sys_unlinkat(const uint64_t *a)
{
    return remove_at(a[0], a[1], (a[2] & AT_REMOVEDIR) != 0);
}

/* True if d is n or below it: a directory must not move into itself. */
static bool is_below(const struct inode *d, const struct inode *n)
{
    while (d != n && d != kernel.fs.root)
        d = d->parent;
    return d == n;
}

/* What is at the new name must give way. */
static int make_way(const struct walk *from, struct walk *to)
{
    bool directory = S_ISDIR(from->inode->mode);

    if (!to->inode)
        return 0;
    if (S_ISDIR(to->inode->mode) != directory)
        return directory ? -ENOTDIR : -EISDIR;
    if (directory && !directory_is_empty(to->inode))
        return -ENOTEMPTY;
    directory_remove(to->dir, to->name);
    return 0;
}

static int64_t rename_at(const uint64_t *a, bool replace)
{
    struct walk from, to;
    struct inode *n;
    int status = walk_user(a[0], a[1], WALK_NOFOLLOW, &from);

    if (status < 0)
        return status;
    status = walk_user(a[2], a[3], WALK_NOFOLLOW | WALK_PARENT, &to);
    if (status < 0 || from.inode == to.inode)
        return status;
    if (to.inode && !replace)
        return -EEXIST;
    n = from.inode;
    if (n == kernel.fs.root || is_below(to.dir, n))
        return -EINVAL;
    if (S_ISDIR(n->mode))
        host_fs_settle(n);
    status = make_way(&from, &to);
    if (status < 0)
        return status;
    status = directory_add(to.dir, to.name, n);
    if (status < 0)
        return status;
    directory_remove(from.dir, from.name);
    if (S_ISDIR(n->mode))
        n->parent = to.dir;
    return 0;
}

int64_t sys_rename(const uint64_t *a)
{
    const uint64_t b[4] = {AT_CWD, a[0], AT_CWD, a[1]};

    return rename_at(b, true);
}

int64_t sys_renameat(const uint64_t *a)
{
    return rename_at(a, true);
}

int64_t sys_renameat2(const uint64_t *a)
{
    enum { NOREPLACE = 1 };

    if (a[4] & ~(uint64_t)NOREPLACE)
        return -EINVAL;
    return rename_at(a, a[4] != NOREPLACE);
}

/* struct linux_dirent64 without its name. */
struct dirent_header {
    uint64_t inode;
    int64_t next;
    uint16_t bytes;
    uint8_t type;
} __attribute__((packed));

/* Writes one record; its length, 0 if it does not fit, or -EFAULT. */
static int64_t give_entry(uva_t to, size_t room, const char *name,
                          const struct inode *n, uint64_t position)
{
    size_t name_bytes = strlen(name) + 1;
    struct dirent_header h = {
        .inode = n->number,
        .next = (int64_t)position + 1,
        .bytes = (uint16_t)((sizeof h + name_bytes + 7) & ~(size_t)7),
        .type = (n->mode & S_IFMT) >> TYPE_SHIFT,
    };

    if (h.bytes > room)
        return 0;
    if (!copy_to_user(to, &h, sizeof h) ||
        !copy_to_user(to + sizeof h, name, name_bytes))
        return -EFAULT;
    return h.bytes;
}

/* The open descriptors, as names: positions are descriptor + 2. */
static int64_t list_descriptors(struct file *f, uva_t to, size_t room)
{
    size_t done = 0;

    for (uint64_t fd = f->position < 2 ? 0 : f->position - 2;
         fd < FILE_TABLE_MAX; fd++) {
        char name[] = {(char)('0' + fd / 100), (char)('0' + fd / 10 % 10),
                       (char)('0' + fd % 10), '\0'};
        char *digits = name + (fd < 10 ? 2 : fd < 100);
        struct file *open = file_get((int)fd);
        int64_t got;

        if (!open)
            continue;
        got = give_entry(to + done, room - done, digits, open->inode, fd + 2);
        if (got <= 0)
            return done ? (int64_t)done : got == 0 ? -EINVAL : got;
        done += (size_t)got;
        f->position = fd + 3;
    }
    f->position = FILE_TABLE_MAX + 2;
    return (int64_t)done;
}

/* Positions: "." 0, ".." 1, then cookies, which stay when others vanish. */
int64_t sys_getdents64(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);
    struct entry *e;
    size_t done = 0;
    int64_t got = 1;

    if (!f)
        return -EBADF;
    if (!S_ISDIR(f->inode->mode))
        return -ENOTDIR;
    if (f->inode == kernel.fs.proc_fds)
        return list_descriptors(f, a[1], a[2]);
    e = directory_from(f->inode, f->position);
    while (got > 0 && (f->position < 2 || e)) {
        const char *name = e ? e->name : "";
        const struct inode *n = e ? e->inode : NULL;

        if (f->position < 2) {
            name = f->position == 0 ? "." : "..";
            n = f->position == 0 ? f->inode : f->inode->parent;
        }
        got = give_entry(a[1] + done, a[2] - done, name, n,
                         f->position < 2 ? f->position : e->cookie);
        if (got <= 0)
            break;
        done += (size_t)got;
        if (f->position < 2) {
            f->position++;
            continue;
        }
        f->position = e->cookie + 1;
        do
            e = e->next;
        while (e && !e->inode);
    }
    if (done == 0 && got < 0)
        return got;
    return done == 0 && got == 0 ? -EINVAL : (int64_t)done;
}

static int64_t change_directory(struct inode *n)
{
    if (!S_ISDIR(n->mode))
        return -ENOTDIR;
    inode_hold(n);
    inode_drop(kernel.current->cwd);
    kernel.current->cwd = n;
    return 0;
}

int64_t sys_chdir(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(AT_CWD, a[0], 0, &n);

    return status < 0 ? status : change_directory(n);
}

int64_t sys_fchdir(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);

    return f ? change_directory(f->inode) : -EBADF;
}

int64_t sys_getcwd(const uint64_t *a)
{
    char *text = kernel.fs.path; /* not in use: no path is being walked */
    int64_t bytes =
        path_of_directory(kernel.current->cwd, text, sizeof kernel.fs.path);

    if (bytes > 0 && (uint64_t)bytes > a[1])
        return -ERANGE;
    if (bytes > 0 && !copy_to_user(a[0], text, (size_t)bytes))
        return -EFAULT;
    return bytes;
}

int64_t sys_umask(const uint64_t *a)
{
    uint32_t old = kernel.current->umask;

    kernel.current->umask = (uint32_t)a[0] & 0777;
    return old;
}
