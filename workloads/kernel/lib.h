/*
 * lib.h - the few string functions that a kernel without a C library needs.
 *
 * The compiler may call the mem* ones by itself.
 */
#ifndef KERNEL_LIB_H
#define KERNEL_LIB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t bytes);
char *strchr(const char *s, int c);

/* Copies s, always ends it with NUL; false if it had to be cut. */
bool text_copy(char *to, const char *s, size_t capacity);
/* True if s starts with prefix. */
bool text_starts(const char *s, const char *prefix);
void page_zero(void *page);
void page_copy(void *to, const void *from);

static inline uint64_t u64_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t u64_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
