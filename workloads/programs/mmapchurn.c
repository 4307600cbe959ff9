/*
 * mmapchurn.c - map, touch every page, unmap: page-table entries are made and
 * unmade all the time.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "workloads/programs/program.h"

int program_mmapchurn(const struct arguments *a)
{
    uint64_t n = argument_number(a, "n", 200);
    uint64_t footprint = argument_number(a, "footprint", 256 << 10);
    uint64_t dirty = 0, pages = 0;

    for (uint64_t i = 0; i < n; i++) {
        uint8_t *memory = mmap(NULL, footprint, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
            return 1;
        for (uint64_t at = 0; at < footprint; at += 4096) {
            dirty += memory[at] != 0; /* a new page must read zero */
            memory[at] = 0xff;
            pages++;
        }
        munmap(memory, footprint);
    }
    printf("mmapchurn: %llu pages mapped, %llu not zero\n",
           (unsigned long long)pages, (unsigned long long)dirty);
    return dirty == 0 ? 0 : 1;
}
