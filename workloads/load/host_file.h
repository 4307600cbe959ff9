/*
 * host_file.h - whole files of the host, read and written.
 */
#ifndef WORKLOADS_LOAD_HOST_FILE_H
#define WORKLOADS_LOAD_HOST_FILE_H
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"

struct host_file {
    uint8_t *data; /* owned; NULL if empty */
    size_t bytes;
};

/* Longest path that is handled, its NUL included. */
enum { HOST_PATH_BYTES = 4096 };

/* STATUS_FILE if it cannot be read, or has more than limit_bytes. */
enum status host_file_read(struct host_file *f, const char *path,
                           size_t limit_bytes, struct error *e);

/* The same from an open descriptor to its end; name is for messages. */
enum status host_file_read_fd(struct host_file *f, int fd, const char *name,
                              size_t limit_bytes, struct error *e);
void host_file_free(struct host_file *f);

#endif
