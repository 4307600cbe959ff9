/*
 * lib.c - memory and strings.
 *
 * Blocks move eight bytes at a time by the string instructions: short to
 * read, and fast on every x86 that can run this kernel.
 */
#include "workloads/kernel/lib.h"

#include "workloads/kernel/layout.h"

void *memcpy(void *to, const void *from, size_t bytes)
{
    void *d = to;
    size_t words = bytes / 8;

    __asm__ volatile("rep movsq\n\tmovl %3, %%ecx\n\trep movsb"
                     : "+D"(d), "+S"(from), "+c"(words)
                     : "r"((uint32_t)(bytes % 8))
                     : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((uintptr_t)d - (uintptr_t)s >= bytes)
        return memcpy(to, from, bytes);
    while (bytes-- > 0)
        d[bytes] = s[bytes];
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    void *d = to;
    size_t words = bytes / 8;
    uint64_t pattern = 0x0101010101010101u * (uint8_t)value;

    __asm__ volatile("rep stosq\n\tmovl %3, %%ecx\n\trep stosb"
                     : "+D"(d), "+c"(words)
                     : "a"(pattern), "r"((uint32_t)(bytes % 8))
                     : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < bytes; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (a[i] != b[i] || !a[i])
            return (uint8_t)a[i] - (uint8_t)b[i];
    return 0;
}

char *strchr(const char *s, int c)
{
    for (; *s; s++)
        if (*s == (char)c)
            return (char *)(uintptr_t)s;
    return NULL;
}

bool text_copy(char *to, const char *s, size_t capacity)
{
    size_t n = strlen(s);
    bool fits = n < capacity;

    n = fits ? n : capacity - 1;
    memcpy(to, s, n);
    to[n] = '\0';
    return fits;
}

bool text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

void page_zero(void *page)
{
    memset(page, 0, PAGE_BYTES);
}

void page_copy(void *to, const void *from)
{
    memcpy(to, from, PAGE_BYTES);
}
