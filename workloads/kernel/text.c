/*
 * text.c - text put together in a file of its own.
 */
#include "workloads/kernel/text.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

enum { DIGITS = 20, KIB_COLUMN = 24 };

void text_bytes(struct text *t, const void *from, size_t bytes)
{
    const uint8_t *at = from;

    while (bytes > 0) {
        size_t now = bytes;
        uint8_t *to = inode_poke(t->to, t->to->bytes, &now);

        if (!to)
            return;
        memcpy(to, at, now);
        at += now;
        bytes -= now;
    }
}

void text_put(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

static void put_base(struct text *t, uint64_t value, unsigned base,
                     unsigned width)
{
    char digits[DIGITS];
    unsigned at = DIGITS;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (at > 0 && DIGITS - at < width)
        digits[--at] = '0';
    text_bytes(t, digits + at, DIGITS - at);
}

void text_number(struct text *t, uint64_t value)
{
    put_base(t, value, 10, 1);
}

void text_signed(struct text *t, int64_t value)
{
    if (value < 0)
        text_put(t, "-");
    text_number(t, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void text_hex(struct text *t, uint64_t value, unsigned digits)
{
    put_base(t, value, 16, digits);
}

void text_kib(struct text *t, const char *name, uint64_t bytes)
{
    uint64_t kib = bytes / 1024, left = kib;
    unsigned digits = 1, at = (unsigned)strlen(name);

    text_put(t, name);
    while (left /= 10)
        digits++;
    for (; at + digits < KIB_COLUMN; at++)
        text_put(t, " ");
    text_number(t, kib);
    text_put(t, " kB\n");
}
