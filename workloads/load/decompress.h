/*
 * decompress.h - data in the packed formats that kernels come in.
 *
 * Source  RFC 1952, "GZIP file format specification"; "The .xz File Format";
 *         RFC 8878, "Zstandard Compression"; LZ4, "LZ4 Frame Format
 *         Description", "Legacy frame".  Debian's libraries do the work.
 * Nothing that the data says is believed: a file that unpacks to more than the
 * limit, ends early or contradicts itself is one line of text.
 */
#ifndef WORKLOADS_LOAD_DECOMPRESS_H
#define WORKLOADS_LOAD_DECOMPRESS_H
#include "workloads/load/host_file.h"

struct packed {
    const uint8_t *data; /* bytes behind its end do no harm */
    size_t bytes;
    size_t limit_bytes; /* no more may come out */
};

/* "gzip", "XZ", "LZ4", "Zstandard"; NULL: none of them. */
const char *decompress_format(const uint8_t *data, size_t bytes);

/* Of a format that has a name; what names it in messages.  out is then the
   caller's to free; on failure it is empty. */
enum status decompress(struct host_file *out, const struct packed *in,
                       const char *what, struct error *e);

#endif
