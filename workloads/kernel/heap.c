/*
 * heap.c - size classes cut from frames.
 */
#include "workloads/kernel/heap.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

/* Size class of a small object; HEAP_CLASSES or more: whole frames. */
static unsigned class_of(size_t bytes)
{
    unsigned c = 0;

    while (((size_t)1 << (c + HEAP_MIN_BITS)) < bytes)
        c++;
    return c;
}

static unsigned order_of(size_t bytes)
{
    unsigned order = 0;

    while (((size_t)PAGE_BYTES << order) < bytes)
        order++;
    return order;
}

static void *alloc_frames(size_t bytes)
{
    unsigned order = order_of(bytes);
    pfn_t pfn = order < ORDER_COUNT ? frame_alloc_zeroed(order) : PFN_NONE;

    return pfn == PFN_NONE ? NULL : pfn_to_va(pfn);
}

/* Cuts one more frame into pieces for class c. */
static bool refill(unsigned c)
{
    size_t piece = (size_t)1 << (c + HEAP_MIN_BITS);
    pfn_t pfn = frame_alloc(ORDER_4K);
    char *page = pfn_to_va(pfn);

    if (pfn == PFN_NONE)
        return false;
    for (size_t at = 0; at < PAGE_BYTES; at += piece) {
        *(void **)(void *)(page + at) = kernel.heap.free[c];
        kernel.heap.free[c] = page + at;
    }
    return true;
}

void *heap_alloc(size_t bytes)
{
    unsigned c = class_of(bytes);
    void *p;

    if (c >= HEAP_CLASSES)
        return alloc_frames(bytes);
    if (!kernel.heap.free[c] && !refill(c))
        return NULL;
    p = kernel.heap.free[c];
    kernel.heap.free[c] = *(void **)p;
    return memset(p, 0, bytes);
}

void heap_free(void *p, size_t bytes)
{
    unsigned c = class_of(bytes);

    if (!p)
        return;
    if (c >= HEAP_CLASSES) {
        frame_drop(va_to_pfn(p));
        return;
    }
    *(void **)p = kernel.heap.free[c];
    kernel.heap.free[c] = p;
}

void *heap_grow(void *p, size_t old_bytes, size_t new_bytes)
{
    void *bigger = heap_alloc(new_bytes);

    if (bigger && p) {
        memcpy(bigger, p, old_bytes);
        heap_free(p, old_bytes);
    }
    return bigger;
}
