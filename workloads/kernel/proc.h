/*
 * proc.h - files whose text is made when they are opened: /proc, /sys.
 *
 * Source  Linux documentation, "The /proc Filesystem", proc(5).
 * Model   an opened file is a snapshot.  /proc/self is the one who looks;
 *         other processes have no directory.
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

struct inode;

/* Makes the files; for the start, when the file system is there. */
void proc_init(void);
/* The text of a made file as an inode of its own, with a reference; NULL: no
   memory. */
struct inode *proc_snapshot(const struct inode *n);
/* What a name in /proc/self/fd means, or a number in /proc; NULL: nothing. */
struct inode *proc_find(const struct inode *d, const char *name);

#endif
