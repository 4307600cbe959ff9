/*
 * decompress.c - one function for each format, and room that grows.
 */
#include "workloads/load/decompress.h"

#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/core/macros.h"

enum {
    FIRST_BYTES = 1 << 20,
    GZIP_WINDOW_BITS = 15 + 16,
    MAGIC_MAX_BYTES = 6,
    LZ4_WORD_BYTES = 4,
    LZ4_BLOCK_BYTES = 8 << 20, /* unpacked, of the legacy frame */
};

/* A dictionary larger than this is no kernel's. */
#define XZ_MEMORY_BYTES ((uint64_t)512 << 20)

enum outcome { UNPACKED, UNPACK_DAMAGED, UNPACK_TOO_LARGE, UNPACK_NO_MEMORY };

struct room {
    struct host_file *file; /* bytes: what is in use */
    size_t capacity_bytes, limit_bytes;
};

static size_t room_free(const struct room *r)
{
    return r->capacity_bytes - r->file->bytes;
}

static uint8_t *room_end(const struct room *r)
{
    return r->file->data + r->file->bytes;
}

/* More of it, wanted bytes at least as far as the limit allows. */
static enum outcome room_grow(struct room *r, size_t wanted_bytes)
{
    size_t capacity = r->capacity_bytes ? r->capacity_bytes * 2 : FIRST_BYTES;
    uint8_t *data;

    if (r->capacity_bytes == r->limit_bytes)
        return UNPACK_TOO_LARGE;
    if (capacity < r->file->bytes + wanted_bytes)
        capacity = r->file->bytes + wanted_bytes;
    if (capacity > r->limit_bytes)
        capacity = r->limit_bytes;
    data = realloc(r->file->data, capacity);
    if (!data)
        return UNPACK_NO_MEMORY;
    r->file->data = data;
    r->capacity_bytes = capacity;
    return UNPACKED;
}

/* zlib counts in unsigned int: no kernel's file is that long. */
static enum outcome unpack_gzip(const struct packed *in, struct room *r)
{
    enum outcome o = UNPACKED;
    int result = Z_OK;
    z_stream z;

    memset(&z, 0, sizeof z);
    if (in->bytes > UINT32_MAX)
        return UNPACK_TOO_LARGE;
    if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
        return UNPACK_NO_MEMORY;
    z.next_in = (Bytef *)(uintptr_t)in->data;
    z.avail_in = (uInt)in->bytes;
    while (result == Z_OK && o == UNPACKED) {
        if (room_free(r) == 0)
            o = room_grow(r, 1);
        if (o != UNPACKED)
            break;
        z.next_out = room_end(r);
        z.avail_out = (uInt)room_free(r);
        result = inflate(&z, Z_NO_FLUSH);
        r->file->bytes = r->capacity_bytes - z.avail_out;
    }
    inflateEnd(&z);
    return o != UNPACKED || result == Z_STREAM_END ? o : UNPACK_DAMAGED;
}

static enum outcome unpack_xz(const struct packed *in, struct room *r)
{
    lzma_stream z = LZMA_STREAM_INIT;
    enum outcome o = UNPACKED;
    lzma_ret result = LZMA_OK;

    if (lzma_stream_decoder(&z, XZ_MEMORY_BYTES, 0) != LZMA_OK)
        return UNPACK_NO_MEMORY;
    z.next_in = in->data;
    z.avail_in = in->bytes;
    while (result == LZMA_OK && o == UNPACKED) {
        if (room_free(r) == 0)
            o = room_grow(r, 1);
        if (o != UNPACKED)
            break;
        z.next_out = room_end(r);
        z.avail_out = room_free(r);
        result = lzma_code(&z, LZMA_RUN);
        r->file->bytes = r->capacity_bytes - z.avail_out;
    }
    lzma_end(&z);
    return o != UNPACKED || result == LZMA_STREAM_END ? o : UNPACK_DAMAGED;
}

static enum outcome unpack_zstd(const struct packed *in, struct room *r)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer from = {in->data, in->bytes, 0};
    enum outcome o = z ? UNPACKED : UNPACK_NO_MEMORY;
    size_t due = 1;

    while (due != 0 && o == UNPACKED) {
        ZSTD_outBuffer to;
        size_t before = from.pos;

        if (room_free(r) == 0)
            o = room_grow(r, 1);
        if (o != UNPACKED)
            break;
        to = (ZSTD_outBuffer){room_end(r), room_free(r), 0};
        due = ZSTD_decompressStream(z, &to, &from);
        if (ZSTD_isError(due) ||
            (due != 0 && to.pos == 0 && from.pos == before))
            o = UNPACK_DAMAGED;
        r->file->bytes += to.pos;
    }
    ZSTD_freeDStream(z);
    return o;
}

static uint32_t word_at(const uint8_t *data)
{
    return (uint32_t)data[0] | (uint32_t)data[1] << 8 |
           (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

/* The magic, then blocks with the packed size of each before it, to the end.
   A word alone is what kernels add: how long they are unpacked. */
static enum outcome unpack_lz4(const struct packed *in, struct room *r)
{
    size_t at = LZ4_WORD_BYTES;

    while (in->bytes - at > LZ4_WORD_BYTES) {
        uint32_t bytes = word_at(in->data + at);
        enum outcome o = UNPACKED;
        int got;

        at += LZ4_WORD_BYTES;
        if (bytes > in->bytes - at ||
            bytes > (uint32_t)LZ4_COMPRESSBOUND(LZ4_BLOCK_BYTES))
            return UNPACK_DAMAGED;
        if (room_free(r) < LZ4_BLOCK_BYTES)
            o = room_grow(r, LZ4_BLOCK_BYTES);
        if (o != UNPACKED && room_free(r) == 0)
            return o;
        got = LZ4_decompress_safe(
            (const char *)in->data + at, (char *)room_end(r), (int)bytes,
            (int)(room_free(r) < LZ4_BLOCK_BYTES ? room_free(r)
                                                 : LZ4_BLOCK_BYTES));
        if (got < 0)
            return room_free(r) < LZ4_BLOCK_BYTES ? UNPACK_TOO_LARGE
                                                  : UNPACK_DAMAGED;
        at += bytes;
        r->file->bytes += (size_t)got;
    }
    return r->file->bytes ? UNPACKED : UNPACK_DAMAGED;
}

struct format {
    const char *name;
    size_t magic_bytes;
    uint8_t magic[MAGIC_MAX_BYTES];
    enum outcome (*unpack)(const struct packed *in, struct room *r);
};

static const struct format formats[] = {
    {"gzip", 2, {0x1f, 0x8b}, unpack_gzip},
    {"XZ", 6, {0xfd, '7', 'z', 'X', 'Z', 0}, unpack_xz},
    {"LZ4", 4, {0x02, 0x21, 0x4c, 0x18}, unpack_lz4},
    {"Zstandard", 4, {0x28, 0xb5, 0x2f, 0xfd}, unpack_zstd},
};

static const struct format *find_format(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (bytes >= formats[i].magic_bytes &&
            memcmp(data, formats[i].magic, formats[i].magic_bytes) == 0)
            return &formats[i];
    return NULL;
}

const char *decompress_format(const uint8_t *data, size_t bytes)
{
    const struct format *f = find_format(data, bytes);

    return f ? f->name : NULL;
}

static enum status complain(enum outcome o, const char *format,
                            const struct packed *in, const char *what,
                            struct error *e)
{
    switch (o) {
    case UNPACKED:
        break;
    case UNPACK_DAMAGED:
        return error_set(e, STATUS_FILE,
                         "%s: is packed with %s, and truncated or damaged",
                         what, format);
    case UNPACK_TOO_LARGE:
        return error_set(e, STATUS_FILE,
                         "%s: is packed with %s, and too large unpacked: more "
                         "than %zu bytes",
                         what, format, in->limit_bytes);
    case UNPACK_NO_MEMORY:
        return error_set(e, STATUS_MEMORY, "%s: no memory to unpack it", what);
    }
    return STATUS_OK;
}

enum status decompress(struct host_file *out, const struct packed *in,
                       const char *what, struct error *e)
{
    const struct format *f = find_format(in->data, in->bytes);
    struct room room = {.file = out, .limit_bytes = in->limit_bytes};
    enum outcome o;

    *out = (struct host_file){0};
    if (!f)
        return error_set(e, STATUS_FILE, "%s: is packed in no known format",
                         what);
    o = f->unpack(in, &room);
    if (o != UNPACKED)
        host_file_free(out);
    return complain(o, f->name, in, what, e);
}
