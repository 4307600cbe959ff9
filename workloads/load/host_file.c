#include "workloads/load/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_BUFFER_BYTES = 64 * 1024 };

/* Room for at least one byte more; false if the host has no memory. */
static bool grow(struct host_file *f, size_t *capacity_bytes)
{
    size_t wanted = *capacity_bytes ? *capacity_bytes * 2 : FIRST_BUFFER_BYTES;
    uint8_t *data;

    if (f->bytes < *capacity_bytes)
        return true;
    data = realloc(f->data, wanted);
    if (!data)
        return false;
    f->data = data;
    *capacity_bytes = wanted;
    return true;
}

static enum status fail(struct host_file *f, enum status s, struct error *e,
                        const char *name, const char *why)
{
    host_file_free(f);
    return error_set(e, s, "%s: %s", name, why);
}

enum status host_file_read_fd(struct host_file *f, int fd, const char *name,
                              size_t limit_bytes, struct error *e)
{
    size_t capacity_bytes = 0;

    *f = (struct host_file){0};
    for (;;) {
        ssize_t got;

        if (!grow(f, &capacity_bytes))
            return fail(f, STATUS_MEMORY, e, name, "out of host memory");
        got = read(fd, f->data + f->bytes, capacity_bytes - f->bytes);
        if (got == 0)
            return STATUS_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(f, STATUS_FILE, e, name, strerror(errno));
        f->bytes += (size_t)got;
        if (f->bytes > limit_bytes) {
            host_file_free(f);
            return error_set(e, STATUS_FILE,
                             "%s: more than %zu MiB of input do not fit into "
                             "the guest; use less",
                             name, limit_bytes >> 20);
        }
    }
}

enum status host_file_read(struct host_file *f, const char *path,
                           size_t limit_bytes, struct error *e)
{
    enum status s;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *f = (struct host_file){0};
    if (fd < 0)
        return error_set(e, STATUS_FILE, "%s: %s", path, strerror(errno));
    s = host_file_read_fd(f, fd, path, limit_bytes, e);
    close(fd);
    return s;
}

void host_file_free(struct host_file *f)
{
    free(f->data);
    *f = (struct host_file){0};
}
