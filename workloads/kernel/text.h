/*
 * text.h - text put together in a file of its own.
 */
#ifndef KERNEL_TEXT_H
#define KERNEL_TEXT_H
#include <stddef.h>
#include <stdint.h>

struct inode;

struct text {
    struct inode *to; /* grows */
};

/* Without memory, text is lost. */
void text_bytes(struct text *t, const void *from, size_t bytes);
void text_put(struct text *t, const char *s);
void text_number(struct text *t, uint64_t value);
void text_signed(struct text *t, int64_t value);
/* Hexadecimal, with zeros up to so many digits. */
void text_hex(struct text *t, uint64_t value, unsigned digits);
/* "name value kB" with the columns of /proc. */
void text_kib(struct text *t, const char *name, uint64_t bytes);

#endif
