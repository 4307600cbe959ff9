/*
 * log.c - formatted kernel messages.
 *
 * A line is put together in a buffer on the stack and written in one go, so
 * that it costs one trip to the hypervisor where there is one.
 */
#include "workloads/kernel/log.h"

#include <stdarg.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

struct line {
    char text[256];
    size_t bytes;
};

static void put(struct line *l, const char *s, size_t bytes)
{
    bytes = u64_min(bytes, sizeof l->text - l->bytes);
    memcpy(l->text + l->bytes, s, bytes);
    l->bytes += bytes;
}

static void put_number(struct line *l, uint64_t value, unsigned base)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put(l, digits + at, sizeof digits - at);
}

static void put_signed(struct line *l, int value)
{
    if (value < 0)
        put(l, "-", 1);
    put_number(l, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* One conversion; f is at its letter. */
static void put_conversion(struct line *l, const char *f, va_list *arguments)
{
    const char *s;
    char c;

    switch (*f) {
    case 's':
        s = va_arg(*arguments, const char *);
        put(l, s, strlen(s));
        return;
    case 'c':
        c = (char)va_arg(*arguments, int);
        put(l, &c, 1);
        return;
    case 'd':
        put_signed(l, va_arg(*arguments, int));
        return;
    case 'u':
        put_number(l, va_arg(*arguments, unsigned), 10);
        return;
    case 'x':
        put_number(l, va_arg(*arguments, unsigned), 16);
        return;
    case 'l':
        put_number(l, va_arg(*arguments, uint64_t), f[1] == 'x' ? 16 : 10);
        return;
    default:
        put(l, f, 1);
    }
}

static void format_line(struct line *l, const char *format, va_list *arguments)
{
    l->bytes = 0;
    put(l, "minikernel: ", 12);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(l, f, 1);
            continue;
        }
        f++;
        put_conversion(l, f, arguments);
        if (*f == 'l')
            f++;
    }
    l->bytes = u64_min(l->bytes, sizeof l->text - 1);
    l->text[l->bytes++] = '\n';
}

static void say(const char *format, va_list *arguments)
{
    struct line l;

    format_line(&l, format, arguments);
    kernel.pv->write(STREAM_LOG, l.text, l.bytes);
}

void klog(const char *format, ...)
{
    va_list arguments;

    if (kernel.options.quiet)
        return;
    va_start(arguments, format);
    say(format, &arguments);
    va_end(arguments);
}

void kwarn(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, &arguments);
    va_end(arguments);
}

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, &arguments);
    va_end(arguments);
    kernel.pv->shutdown(255);
}
