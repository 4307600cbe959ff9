/*
 * sys_path.h - paths as system calls pass them: a descriptor for the directory
 * where a relative path begins, and a string in user memory.
 */
#ifndef KERNEL_SYS_PATH_H
#define KERNEL_SYS_PATH_H
#include <stdint.h>

#include "workloads/kernel/fs.h"

/* 0 or -errno.  No references are taken. */
int walk_user(uint64_t dirfd, uva_t path, int flags, struct walk *w);
/* The same for a path that must exist; AT_EMPTY_PATH means dirfd itself. */
int inode_user(uint64_t dirfd, uva_t path, uint64_t at_flags, struct inode **n);

#define AT_CWD ((uint64_t)-100) /* AT_FDCWD */

#endif
