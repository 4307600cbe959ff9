/*
 * file.h - open files: what a file descriptor refers to.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct epoll;
struct file;
struct inode;
struct pipe;

/* Results: a count of bytes, or -errno.  at is the position to use. */
struct file_ops {
    int64_t (*read)(struct file *f, uva_t to, size_t bytes, uint64_t at);
    int64_t (*write)(struct file *f, uva_t from, size_t bytes, uint64_t at);
    uint32_t (*poll)(const struct file *f); /* POLL* bits that hold now */
    /* Grows whenever poll's answer may have; NULL: epoll refuses the file. */
    uint64_t (*changes)(const struct file *f);
    void (*close)(struct file *f); /* last reference; may be NULL */
    bool seekable;
};

struct file {
    const struct file_ops *ops;
    unsigned refs;
    int flags; /* O_* */
    uint64_t position;
    struct inode *inode; /* held */
    struct pipe *pipe;
    struct epoll *epoll;
    struct file *in, *out; /* of a socket: the ends of its two pipes; held */
    uint64_t shuts;        /* of a socket: how often an end was given up */
    uint64_t changes;      /* of an eventfd, whose count is position */
    bool watched;          /* some epoll may have it in its list */
};

enum { FILE_TABLE_MAX = 256 };

struct file_table {
    unsigned users;
    struct file *files[FILE_TABLE_MAX];
    uint8_t close_on_exec[FILE_TABLE_MAX / 8];
};

/* Takes over the caller's reference to inode; NULL: no memory. */
struct file *file_new(const struct file_ops *ops, struct inode *inode,
                      int flags);
void file_hold(struct file *f);
void file_drop(struct file *f);
/* The operations for an inode that is opened. */
const struct file_ops *file_ops_for(const struct inode *n);

struct file_table *file_table_new(void);
struct file_table *file_table_copy(const struct file_table *t);
struct file_table *file_table_share(struct file_table *t);
void file_table_drop(struct file_table *t);
void file_table_close_on_exec(struct file_table *t);

/* Of the current process.  NULL: no such descriptor. */
struct file *file_get(int fd);
/* Lowest free descriptor >= from; takes over the reference.  Or -EMFILE. */
int file_install(struct file *f, int from, bool close_on_exec);
/* 0 or -EBADF. */
int file_close(int fd);
bool file_closes_on_exec(int fd);
void file_set_close_on_exec(int fd, bool on);

#endif
