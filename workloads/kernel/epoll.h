/*
 * epoll.h - lists of files to wait for.
 */
#ifndef KERNEL_EPOLL_H
#define KERNEL_EPOLL_H
#include "workloads/kernel/file.h"

/* f is about to be freed: no list may keep it. */
void epoll_forget(const struct file *f);

#endif
