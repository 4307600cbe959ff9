/*
 * pagefault.c - each page of a fresh mapping is touched once; each touch is a
 * true page fault that the guest kernel handles.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/programs/program.h"

int program_pagefault(const struct arguments *a)
{
    uint64_t footprint = argument_number(a, "footprint", 16 << 20);
    uint64_t pages = 0, sum = 0;
    uint8_t *memory = mmap(NULL, footprint, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        fprintf(stderr, "pagefault: no memory for the footprint\n");
        return 1;
    }
    if (strcmp(argument_text(a, "page", "4K"), "2M") == 0)
        madvise(memory, footprint, MADV_HUGEPAGE);
    for (uint64_t at = 0; at < footprint; at += 4096) {
        memory[at] = (uint8_t)(at >> 12);
        pages++;
    }
    for (uint64_t at = 0; at < footprint; at += 4096)
        sum += memory[at] == (uint8_t)(at >> 12);
    printf("pagefault: %llu pages touched, %llu kept what was written\n",
           (unsigned long long)pages, (unsigned long long)sum);
    return sum == pages ? 0 : 1;
}
