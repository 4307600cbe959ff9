/*
 * stride.c - one read every STEP bytes, lap after lap: what a step of a page
 * does to TLBs, and a power of two to the sets of a cache.
 */
#include <stdio.h>

#include "workloads/programs/program.h"

int program_stride(const struct arguments *a)
{
    uint64_t footprint = argument_number(a, "footprint", 16 << 20);
    uint64_t reads = argument_number(a, "n", 1000000);
    uint64_t step = argument_number(a, "step", 4096);
    volatile uint8_t *memory;
    uint64_t per_lap, sum = 0, expected, at = 0;

    if (step == 0 || footprint < step) {
        fprintf(stderr, "stride: step must be 1 .. footprint\n");
        return 2;
    }
    memory = map_memory(footprint, a);
    per_lap = footprint / step;
    for (uint64_t i = 0; i < per_lap; i++)
        memory[i * step] = (uint8_t)(i % 251);
    for (uint64_t i = 0; i < reads; i++) {
        sum += memory[at];
        at += step;
        if (at + step > footprint)
            at = 0;
    }
    expected = 0;
    for (uint64_t i = 0; i < reads; i++)
        expected += (uint8_t)(i % per_lap % 251);
    printf("stride: %llu reads, sum %llu\n", (unsigned long long)reads,
           (unsigned long long)sum);
    return sum == expected ? 0 : 1;
}
