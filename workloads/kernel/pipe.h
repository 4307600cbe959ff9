/*
 * pipe.h - a ring of bytes between processes.
 */
#ifndef KERNEL_PIPE_H
#define KERNEL_PIPE_H
#include "workloads/kernel/file.h"

/* Both ends, each with one reference; 0 or -errno. */
int pipe_new(struct file **read_end, struct file **write_end, int flags);
/* Opens a FIFO for reading or writing (no waiting for the other side). */
struct file *pipe_open_fifo(struct inode *n, int flags);

#endif
