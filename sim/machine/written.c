#include "sim/machine/written.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void written_init(struct written *w)
{
    memset(w, 0, sizeof *w);
    SHA256Init(&w->sum);
}

/* 0, or the errno of the write that failed: EPIPE if nobody reads any more. */
static int write_all(int fd, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t wrote = write(fd, data, bytes);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return errno;
        data += wrote;
        bytes -= (size_t)wrote;
    }
    return 0;
}

void written_take(struct written *w, struct output *o, int fd)
{
    uint64_t old;

    SHA256Update(&w->sum, o->data, o->bytes);
    old = w->shown > w->bytes ? w->shown - w->bytes : 0;
    old = old > o->bytes ? o->bytes : old;
    w->bytes += o->bytes;
    if (!w->error && fd >= 0)
        w->error = write_all(fd, o->data + old, o->bytes - old);
    o->bytes = 0;
}
