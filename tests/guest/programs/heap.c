/*
 * heap.c - memory in every way that a program gets it: malloc and its
 * relatives, mmap, mprotect, mremap, a deep stack, alloca.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <errno.h>
#include <malloc.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t seed = 12345;

static uint32_t next(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void churn(void)
{
    enum { SLOTS = 300, STEPS = 15000 };
    static unsigned char *slots[SLOTS];
    static size_t sizes[SLOTS];
    unsigned wrong = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        unsigned n = next() % SLOTS;
        size_t bytes = next() % 100 == 0 ? 200000 : next() % 2000 + 1;

        if (slots[n] && (slots[n][0] != (unsigned char)n ||
                         slots[n][sizes[n] - 1] != (unsigned char)n))
            wrong++;
        if (next() % 2) {
            slots[n] = realloc(slots[n], bytes);
        } else {
            free(slots[n]);
            slots[n] = malloc(bytes);
        }
        sizes[n] = bytes;
        slots[n][0] = slots[n][bytes - 1] = (unsigned char)n;
    }
    printf("churn: %u wrong, aligned %d\n", wrong,
           (uintptr_t)memalign(4096, 100) % 4096 == 0);
    for (unsigned i = 0; i < SLOTS; i++)
        free(slots[i]);
    malloc_trim(0);
    printf("calloc is zero: %d\n", ((int *)calloc(1000, 1000))[249999] == 0);
    errno = 0;
    printf("too much: %d\n",
           malloc((size_t)1 << 46) == NULL && errno == ENOMEM);
}

static int by_value(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void sorting(void)
{
    enum { COUNT = 30000 };
    int *v = malloc(COUNT * sizeof *v), key;
    unsigned unordered = 0;
    void *root = NULL;

    for (int i = 0; i < COUNT; i++)
        v[i] = (int)(next() % 100000);
    qsort(v, COUNT, sizeof *v, by_value);
    for (int i = 1; i < COUNT; i++)
        unordered += v[i - 1] > v[i];
    key = v[777];
    printf("sort: %u unordered, found %d\n", unordered,
           *(int *)bsearch(&key, v, COUNT, sizeof *v, by_value) == key);
    for (int i = 0; i < 1000; i++)
        tsearch(&v[i], &root, by_value);
    printf("tree: %d\n", **(int **)tfind(&v[5], &root, by_value) == v[5]);
}

static void mappings(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *a = mmap(NULL, 64 * page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *b;

    for (size_t i = 0; i < 64; i++)
        a[i * page] = (unsigned char)i;
    b = mremap(a, 64 * page, 4096 * page, MREMAP_MAYMOVE);
    printf("mremap: %d %d %d\n", b != MAP_FAILED, b[63 * page], b[100 * page]);
    printf("mprotect: %d\n", mprotect(b, page, PROT_READ));
    printf("still there: %d\n", b[0] == 0 && b[page] == 1);
    printf("hole: %d\n", munmap(b + 2 * page, page));
    printf("msync: %d\n",
           msync(b + 2 * page, page, MS_SYNC) == -1 && errno == ENOMEM);
    printf("madvise: %d %d\n", madvise(b + 4 * page, page, MADV_DONTNEED),
           b[4 * page]);
    a = mmap(b + 2 * page, page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("fixed: %d\n", a == b + 2 * page);
    printf("bad: %d %d\n",
           mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
               MAP_FAILED,
           errno == EINVAL);
    munmap(b, 4096 * page);
}

static unsigned deep(unsigned depth)
{
    volatile unsigned char frame[400];

    frame[depth % sizeof frame] = (unsigned char)depth;
    return depth == 0 ? 0 : deep(depth - 1) + frame[depth % sizeof frame] % 3;
}

int main(void)
{
    unsigned char *big = alloca(1 << 20);

    churn();
    sorting();
    mappings();
    memset(big, 7, 1 << 20);
    printf("deep: %u %d\n", deep(15000), big[12345]);
    printf("brk: %d\n", sbrk(1 << 20) != (void *)-1);
    return 0;
}
