/*
 * path.c - from a path to an inode, one name after the other.
 */
#include <asm/errno.h>
#include <linux/limits.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/proc.h"

enum { MAX_LINKS = 40 };

const char *link_target(struct inode *n)
{
    switch (n->magic) {
    case MAGIC_EXE:
        return kernel.current->exe_path;
    case MAGIC_NONE:
        break;
    }
    return n->target ? n->target : host_fs_link(n);
}

/* Takes the next name off *rest; its length, 0 at the end, or -errno. */
static int next_name(const char **rest, char *name)
{
    const char *s = *rest;
    size_t bytes = 0;

    while (*s == '/')
        s++;
    while (s[bytes] && s[bytes] != '/')
        bytes++;
    if (bytes >= NAME_BYTES)
        return -ENAMETOOLONG;
    if (bytes == 0)
        return 0; /* name stays the last one */
    memcpy(name, s, bytes);
    name[bytes] = '\0';
    *rest = s + bytes;
    return (int)bytes;
}

/* The rest of the path becomes: target of the link, slash, the old rest. */
static int splice_link(const char **rest, struct inode *link)
{
    char *work = kernel.fs.link;
    const char *target = link_target(link);
    size_t target_bytes = target ? strlen(target) : 0;
    size_t rest_bytes = strlen(*rest);

    if (target_bytes == 0)
        return -ENOENT;
    if (target_bytes + rest_bytes + 2 > PATH_BYTES)
        return -ENAMETOOLONG;
    memcpy(work, target, target_bytes);
    memcpy(work + target_bytes, *rest, rest_bytes + 1);
    memcpy(kernel.fs.path, work, target_bytes + rest_bytes + 1);
    *rest = kernel.fs.path;
    return 0;
}

static bool only_slashes(const char *s)
{
    while (*s == '/')
        s++;
    return *s == '\0';
}

/* Goes from w->dir to what w->name names in it. */
static int step(struct walk *w)
{
    struct entry *e;

    if (!S_ISDIR(w->dir->mode))
        return -ENOTDIR;
    if (strcmp(w->name, ".") == 0) {
        w->inode = w->dir;
    } else if (strcmp(w->name, "..") == 0) {
        w->inode = w->dir->parent;
    } else {
        e = directory_find(w->dir, w->name);
        w->inode = e ? e->inode : proc_find(w->dir, w->name);
    }
    return 0;
}

static int finish(struct walk *w, int flags)
{
    if (w->inode && w->directory_wanted && !S_ISDIR(w->inode->mode))
        return -ENOTDIR;
    return w->inode || (flags & WALK_PARENT) ? 0 : -ENOENT;
}

int path_walk(struct inode *base, const char *path, int flags, struct walk *w)
{
    const char *rest = kernel.fs.path;
    struct inode *at = *path == '/' ? kernel.fs.root : base;
    int links = 0, status;

    if (*path == '\0')
        return -ENOENT;
    if (!text_copy(kernel.fs.path, path, sizeof kernel.fs.path))
        return -ENAMETOOLONG;
    *w = (struct walk){.dir = at, .inode = at};
    while ((status = next_name(&rest, w->name)) > 0) {
        bool last = only_slashes(rest);

        w->dir = at;
        status = step(w);
        if (status < 0)
            return status;
        w->directory_wanted = last && *rest == '/';
        if (!w->inode)
            return last ? finish(w, flags) : -ENOENT;
        at = w->inode;
        if (!S_ISLNK(at->mode) ||
            (last && (flags & WALK_NOFOLLOW) && !w->directory_wanted))
            continue;
        if (++links > MAX_LINKS)
            return -ELOOP;
        status = splice_link(&rest, at);
        if (status < 0)
            return status;
        at = *rest == '/' ? kernel.fs.root : w->dir;
        w->inode = at;
    }
    return status < 0 ? status : finish(w, flags);
}

int fs_lookup(const char *path, struct inode **n)
{
    struct inode *base = kernel.current ? kernel.current->cwd : kernel.fs.root;
    struct walk w;
    int status = path_walk(base, path, 0, &w);

    if (status < 0)
        return status;
    inode_hold(w.inode);
    *n = w.inode;
    return 0;
}

int fs_lookup_exec(const char *path, struct inode **n)
{
    int status = fs_lookup(path, n);

    if (status < 0)
        return status;
    return S_ISREG((*n)->mode) && ((*n)->mode & 0111) ? 0 : -EACCES;
}

int64_t path_of_directory(struct inode *d, char *to, size_t capacity)
{
    size_t at = capacity - 1;

    to[at] = '\0';
    while (d != kernel.fs.root) {
        const char *name = d->parent ? directory_name_of(d->parent, d) : NULL;
        size_t bytes = name ? strlen(name) : 0;

        if (!name)
            return -ENOENT;
        if (bytes + 1 > at)
            return -ERANGE;
        at -= bytes + 1;
        to[at] = '/';
        memcpy(to + at + 1, name, bytes);
        d = d->parent;
    }
    if (at == capacity - 1)
        to[--at] = '/';
    memmove(to, to + at, capacity - at);
    return (int64_t)(capacity - at);
}

int path_of_file(const char *path, char *to, size_t capacity)
{
    struct walk w;
    int status = path_walk(kernel.current->cwd, path, 0, &w);
    int64_t bytes =
        status < 0 ? status : path_of_directory(w.dir, to, capacity);
    size_t at, name_bytes = strlen(w.name) + 1;

    if (bytes < 0)
        return (int)bytes;
    at = strlen(to);
    if (to[at - 1] != '/')
        to[at++] = '/';
    if (at + name_bytes > capacity)
        return -ENAMETOOLONG;
    memcpy(to + at, w.name, name_bytes);
    return 0;
}
