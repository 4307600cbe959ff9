/*
 * pipe.h - a ring of bytes between processes.
 */
#ifndef KERNEL_PIPE_H
#define KERNEL_PIPE_H
#include "workloads/kernel/file.h"

/* Both ends, each with one reference; 0 or -errno. */
int pipe_new(struct file **read_end, struct file **write_end, int flags);
/* Opens a FIFO; waits until the other end is opened too.  0 or -errno. */
int pipe_open_fifo(struct inode *n, int flags, struct file **f);

#endif
