/*
 * heap.h - memory for the kernel's own objects.
 *
 * Small objects come from lists of equal-sized pieces, one list for each power
 * of two from 32 bytes to 2 KiB; each list grows by cutting up one frame.
 * Larger ones are blocks of whole frames.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H
#include <stddef.h>

enum { HEAP_MIN_BITS = 5, HEAP_CLASSES = 7 };

struct heap {
    void *free[HEAP_CLASSES]; /* first word of a free piece: the next one */
};

/* Zeroed memory; NULL if there is none. */
void *heap_alloc(size_t bytes);
/* bytes as given to heap_alloc. */
void heap_free(void *p, size_t bytes);
/* Grows an array; the old one is freed on success, kept on failure. */
void *heap_grow(void *p, size_t old_bytes, size_t new_bytes);

#endif
