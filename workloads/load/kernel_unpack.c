/*
 * kernel_unpack.c - kernels that Debian ships packed with gzip (Xen).
 *
 * Source  RFC 1952, "GZIP file format specification"; zlib does the work.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "workloads/load/kernel_image.h"

enum { GZIP_WINDOW_BITS = 15 + 16, FIRST_BYTES = 1 << 20 };

static bool is_gzip(const struct host_file *f)
{
    return f->bytes >= 2 && f->data[0] == 0x1f && f->data[1] == 0x8b;
}

/* Room for more; false if the host, or the limit, has none. */
static bool grow(struct host_file *out, size_t *capacity_bytes)
{
    size_t wanted = *capacity_bytes ? *capacity_bytes * 2 : FIRST_BYTES;
    uint8_t *data;

    if (wanted > KERNEL_IMAGE_LIMIT_BYTES)
        return false;
    data = realloc(out->data, wanted);
    if (!data)
        return false;
    out->data = data;
    *capacity_bytes = wanted;
    return true;
}

/* Z_STREAM_END if all went well. */
static int inflate_all(z_stream *z, struct host_file *out)
{
    size_t capacity_bytes = 0;
    int result = Z_OK;

    while (result == Z_OK) {
        if (out->bytes == capacity_bytes && !grow(out, &capacity_bytes))
            return Z_MEM_ERROR;
        z->next_out = out->data + out->bytes;
        z->avail_out = (uInt)(capacity_bytes - out->bytes);
        result = inflate(z, Z_NO_FLUSH);
        out->bytes = capacity_bytes - z->avail_out;
    }
    return result;
}

enum status kernel_image_unpack(struct host_file *f, const char *what,
                                struct error *e)
{
    struct host_file out = {0};
    z_stream z;
    int result;

    if (!is_gzip(f))
        return STATUS_OK;
    memset(&z, 0, sizeof z);
    z.next_in = f->data;
    z.avail_in = (uInt)f->bytes;
    if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
        return error_set(e, STATUS_MEMORY, "%s: no memory to unpack it", what);
    result = inflate_all(&z, &out);
    inflateEnd(&z);
    if (result != Z_STREAM_END) {
        host_file_free(&out);
        return error_set(e, STATUS_FILE, "%s: is packed with gzip, and %s",
                         what,
                         result == Z_MEM_ERROR ? "too large unpacked"
                                               : "truncated or damaged");
    }
    host_file_free(f);
    *f = out;
    return STATUS_OK;
}
