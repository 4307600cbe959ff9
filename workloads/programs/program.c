/*
 * program.c - arguments, memory and random numbers for the programs.
 */
#include "workloads/programs/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

enum { SHIFT_2M = 21, SHIFT_1G = 30 };

const char *argument_text(const struct arguments *a, const char *key,
                          const char *fallback)
{
    size_t length = strlen(key);

    for (int i = a->count - 1; i >= 0; i--)
        if (strncmp(a->text[i], key, length) == 0 && a->text[i][length] == '=')
            return a->text[i] + length + 1;
    return fallback;
}

static unsigned suffix_shift(const char *suffix)
{
    switch (*suffix) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

uint64_t argument_number(const struct arguments *a, const char *key,
                         uint64_t fallback)
{
    const char *text = argument_text(a, key, NULL);
    char *end = NULL;
    uint64_t value;

    if (!text)
        return fallback;
    value = strtoull(text, &end, 0);
    if (end == text) {
        fprintf(stderr, "%s=%s is not a number (like 64, 4K, 16M)\n", key,
                text);
        exit(2);
    }
    return value << suffix_shift(end);
}

/* Huge pages asked for by name; MAP_FAILED if there are none. */
static void *map_huge(uint64_t bytes, unsigned shift)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE |
                    (int)(shift << MAP_HUGE_SHIFT),
                -1, 0);
}

void *map_memory(uint64_t bytes, const struct arguments *a)
{
    const char *page = argument_text(a, "page", "4K");
    unsigned shift = strcmp(page, "1G") == 0   ? SHIFT_1G
                     : strcmp(page, "2M") == 0 ? SHIFT_2M
                                               : 0;
    void *memory = MAP_FAILED;

    if (shift == 0 && strcmp(page, "4K") != 0) {
        fprintf(stderr, "page=%s is none of 4K, 2M, 1G\n", page);
        exit(2);
    }
    if (shift != 0) {
        uint64_t mask = ((uint64_t)1 << shift) - 1;

        memory = map_huge((bytes + mask) & ~mask, shift);
    }
    if (memory == MAP_FAILED)
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fprintf(stderr, "no memory for footprint of %llu bytes\n",
                (unsigned long long)bytes);
        exit(1);
    }
    return memory;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
