/*
 * bundle.h - the initramfs that carries a program to the guest: a newc cpio.
 *
 * Source  Linux "initramfs buffer format".
 * Contents  the program, files and directories named by its arguments, stdin,
 *           and the minikernel's orders: .ringside/argv, envp, cwd, stdin.
 */
#ifndef WORKLOADS_LOAD_BUNDLE_H
#define WORKLOADS_LOAD_BUNDLE_H
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"

struct bundle {
    uint8_t *data; /* owned */
    size_t bytes, capacity_bytes;
    uint32_t next_inode;
};

void bundle_init(struct bundle *b);
void bundle_free(struct bundle *b);

/* path is absolute in the guest, "/bin/busybox"; parents are made. */
enum status bundle_add(struct bundle *b, const char *path, uint32_t mode,
                       const void *data, size_t bytes, struct error *e);
/* Copies a host file, directory (recursively) or link to the same path. */
enum status bundle_add_host(struct bundle *b, const char *guest_path,
                            const char *host_path, struct error *e);
enum status bundle_finish(struct bundle *b, struct error *e);

#endif
