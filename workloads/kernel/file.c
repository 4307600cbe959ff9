/*
 * file.c - tables of open files.
 */
#include "workloads/kernel/file.h"

#include <asm/errno.h>

#include "workloads/kernel/epoll.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

struct file *file_new(const struct file_ops *ops, struct inode *inode,
                      int flags)
{
    struct file *f = heap_alloc(sizeof *f);

    if (!f) {
        inode_drop(inode);
        return NULL;
    }
    *f = (struct file){.ops = ops, .refs = 1, .flags = flags, .inode = inode};
    return f;
}

void file_hold(struct file *f)
{
    f->refs++;
}

void file_drop(struct file *f)
{
    if (--f->refs > 0)
        return;
    if (f->watched)
        epoll_forget(f);
    if (f->ops->close)
        f->ops->close(f);
    if (f->inode)
        inode_drop(f->inode);
    heap_free(f, sizeof *f);
}

struct file_table *file_table_new(void)
{
    struct file_table *t = heap_alloc(sizeof *t);

    if (t)
        t->users = 1;
    return t;
}

struct file_table *file_table_copy(const struct file_table *t)
{
    struct file_table *copy = heap_alloc(sizeof *copy);

    if (!copy)
        return NULL;
    *copy = *t;
    copy->users = 1;
    for (int fd = 0; fd < FILE_TABLE_MAX; fd++)
        if (copy->files[fd])
            file_hold(copy->files[fd]);
    return copy;
}

struct file_table *file_table_share(struct file_table *t)
{
    t->users++;
    return t;
}

void file_table_drop(struct file_table *t)
{
    if (--t->users > 0)
        return;
    for (int fd = 0; fd < FILE_TABLE_MAX; fd++)
        if (t->files[fd])
            file_drop(t->files[fd]);
    heap_free(t, sizeof *t);
}

static void set_bit(struct file_table *t, int fd, bool on)
{
    uint8_t bit = (uint8_t)(1 << (fd % 8));

    if (on)
        t->close_on_exec[fd / 8] |= bit;
    else
        t->close_on_exec[fd / 8] &= (uint8_t)~bit;
}

bool file_closes_on_exec(int fd)
{
    return (kernel.current->files->close_on_exec[fd / 8] >> (fd % 8)) & 1;
}

void file_set_close_on_exec(int fd, bool on)
{
    set_bit(kernel.current->files, fd, on);
}

void file_table_close_on_exec(struct file_table *t)
{
    for (int fd = 0; fd < FILE_TABLE_MAX; fd++) {
        if (!t->files[fd] || !(t->close_on_exec[fd / 8] >> (fd % 8) & 1))
            continue;
        file_drop(t->files[fd]);
        t->files[fd] = NULL;
        set_bit(t, fd, false);
    }
}

struct file *file_get(int fd)
{
    if (fd < 0 || fd >= FILE_TABLE_MAX)
        return NULL;
    return kernel.current->files->files[fd];
}

int file_install(struct file *f, int from, bool close_on_exec)
{
    struct file_table *t = kernel.current->files;

    for (int fd = from; fd >= 0 && fd < FILE_TABLE_MAX; fd++) {
        if (t->files[fd])
            continue;
        t->files[fd] = f;
        set_bit(t, fd, close_on_exec);
        return fd;
    }
    file_drop(f);
    return -EMFILE;
}

int file_close(int fd)
{
    struct file *f = file_get(fd);

    if (!f)
        return -EBADF;
    kernel.current->files->files[fd] = NULL;
    file_set_close_on_exec(fd, false);
    file_drop(f);
    return 0;
}
