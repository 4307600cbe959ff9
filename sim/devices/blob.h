/*
 * blob.h - a table of little-endian fields, written from front to back.
 *
 * What does not fit is counted and not written: the caller sees bytes > room
 * at the end and nothing was touched outside.
 */
#ifndef SIM_DEVICES_BLOB_H
#define SIM_DEVICES_BLOB_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct blob {
    uint8_t *out;
    size_t room, bytes;
};

static inline void blob_byte(struct blob *b, uint8_t value)
{
    if (b->bytes < b->room)
        b->out[b->bytes] = value;
    b->bytes++;
}

static inline void blob_put(struct blob *b, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        blob_byte(b, (uint8_t)(value >> (8 * i)));
}

/* Exactly bytes characters: cut, or filled up with spaces. */
static inline void blob_text(struct blob *b, const char *text, size_t bytes)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < bytes; i++)
        blob_byte(b, (uint8_t)(i < length ? text[i] : ' '));
}

static inline void blob_zero_to(struct blob *b, size_t bytes)
{
    while (b->bytes < bytes)
        blob_byte(b, 0);
}

static inline void blob_align(struct blob *b, size_t bytes)
{
    while (b->bytes % bytes != 0)
        blob_byte(b, 0);
}

/* Overwrites a field that is there already. */
static inline void blob_patch(struct blob *b, size_t at, unsigned bytes,
                              uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        if (at + i < b->bytes && at + i < b->room)
            b->out[at + i] = (uint8_t)(value >> (8 * i));
}

/* Sets the byte at `at` so that all from first to first + bytes add up to 0. */
static inline void blob_checksum(struct blob *b, size_t first, size_t bytes,
                                 size_t at)
{
    uint8_t sum = 0;

    blob_patch(b, at, 1, 0);
    for (size_t i = first; i < first + bytes && i < b->room; i++)
        sum = (uint8_t)(sum + b->out[i]);
    blob_patch(b, at, 1, (uint8_t)(0x100 - sum));
}

#endif
