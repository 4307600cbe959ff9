/*
 * bundle.h - the initramfs that carries a program to the guest: a newc cpio.
 *
 * Source  Linux "initramfs buffer format".
 * Contents  the program, files and directories named by its arguments, stdin,
 *           and the minikernel's orders: .ringside/argv, envp, cwd, stdin.
 * INVARIANTS
 *   1. A path is in the archive once; the first addition wins.  (The root may
 *      be there several times, to fill up.)
 *   2. The parents of a path come before it.
 *   3. The same additions give the same bytes, on any host and day: owners are
 *      root, times are 0, inodes count up, directories are read in order.
 *   4. The data of a file of a page or more begins on a page of the archive
 *      (unless its path is nearly as long as a page).
 */
#ifndef WORKLOADS_LOAD_BUNDLE_H
#define WORKLOADS_LOAD_BUNDLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"

/* More than this does not travel: the guest keeps it in memory. */
#define BUNDLE_LIMIT_BYTES ((size_t)256 << 20)

struct bundle {
    uint8_t *data; /* owned */
    size_t bytes, capacity_bytes;
    uint32_t next_inode;
    size_t *names; /* hash set of paths, as offsets into data; owned */
    size_t name_slots, name_count;
};

void bundle_init(struct bundle *b);
void bundle_free(struct bundle *b);

/* One file, directory or link of the archive. */
struct bundle_item {
    const char *path; /* absolute in the guest, without "." and ".." parts */
    uint32_t mode;    /* as of stat(2), with the file type */
    const void *data; /* of a link: its target */
    size_t bytes;
};

/* Adds it, and its parents first. */
enum status bundle_add(struct bundle *b, const struct bundle_item *item,
                       struct error *e);
bool bundle_has(const struct bundle *b, const char *path);
bool bundle_is_link(const struct bundle *b, const char *path);
enum status bundle_finish(struct bundle *b, struct error *e);

/*
 * Copies a host file, directory (recursively) or link (and what it points at)
 * to guest_path; where the paths are the same, folders that are links on the
 * host are links in the guest.  Devices, sockets and pipes stay behind.
 */
enum status bundle_add_host(struct bundle *b, const char *guest_path,
                            const char *host_path, struct error *e);

/*
 * Copies a directory of the host as it is: links stay links, and what they
 * point at beside the directory stays behind; so do files that cannot be read,
 * of which it says how many.
 */
enum status bundle_add_tree(struct bundle *b, const char *guest_path,
                            const char *host_path, unsigned *unreadable,
                            struct error *e);

/*
 * Joins base and path as a guest would, and removes "." and ".." parts and
 * double slashes.  False if the result is longer than out_bytes.
 */
bool bundle_normalize(const char *base, const char *path, char *out,
                      size_t out_bytes);

#endif
