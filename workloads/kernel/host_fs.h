/*
 * host_fs.h - files of the host below the file system in memory.
 *
 * Hardware  the host-files device: sim/devices/host_files.h.
 * Model     a directory that the host has as well asks it for each name that
 *           it does not know, once: what the host has becomes an inode, what
 *           it has not is remembered too.  Pages of a file come when they are
 *           needed, with some that follow, and stay.  Nothing is ever written
 *           back: changes, removals and new names are this machine's own.
 */
#ifndef KERNEL_HOST_FS_H
#define KERNEL_HOST_FS_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct inode;

/* How a directory stands to the host's. */
enum host_state {
    HOST_NONE,  /* the host has none of that path, or there is no device */
    HOST_ASK,   /* made from the initramfs: not asked yet */
    HOST_SAME,  /* host_path is there; unknown names are asked for */
    HOST_KNOWN, /* ... and all its names have been asked for */
};

/* Looks for the device; directories made from now on are HOST_ASK. */
void host_fs_init(void);
/* Ends that: directories made from now on are the machine's own. */
void host_fs_boot_done(void);

/* Enters what the host has as name in d; true if the directory changed. */
bool host_fs_look(struct inode *d, const char *name);
/* Enters all that the host has in d. */
void host_fs_list(struct inode *d);
/* Settles host_path of d and of the directories in it, before d moves. */
void host_fs_settle(struct inode *d);
/* Target of a link that was only listed so far; NULL: none, or no memory. */
const char *host_fs_link(struct inode *n);
/* At the end of the machine: hands out the files that /.ringside/out names. */
void host_fs_save(void);
/* Fills page, and some that follow, of a file; false: no memory, or the host
   cannot read it. */
bool host_fs_fetch(struct inode *n, uint64_t page);

#endif
