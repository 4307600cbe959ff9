/*
 * chase.c - pointer chase: the latency of one dependent load.
 *
 * The footprint is cut into lines of 64 bytes.  A bijection on line numbers
 * gives the order, so that each line is visited once a lap and nothing but the
 * visited lines has to be set up: at most LAP_LINES of them, far more than
 * any cache holds.
 *
 * order=random  lines anywhere: beyond the TLB's reach each load walks
 * order=page    random inside windows of 256 pages: the TLB follows
 * order=linear  ascending
 */
#include <stdio.h>
#include <string.h>

#include "workloads/programs/program.h"

enum { LINE_BYTES = 64, LAP_LINES = 1 << 20, WINDOW_LINES_LOG2 = 14 };

struct line {
    struct line *next;
    uint64_t number;
    uint8_t rest[LINE_BYTES - 16];
};

/* A bijection on [0, 2^bits): odd multiplications and shifts, cut to size. */
static uint64_t scatter(uint64_t x, unsigned bits)
{
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    unsigned shift = bits / 2 + 1;

    for (int round = 0; round < 3; round++) {
        x = (x * 0x9e3779b97f4a7c15u + 0x7f4a7c15u) & mask;
        x ^= x >> shift;
    }
    return x;
}

/* Number of the line that is visited as the k-th. */
static uint64_t line_at(uint64_t k, unsigned bits, const char *order)
{
    unsigned window = bits < WINDOW_LINES_LOG2 ? bits : WINDOW_LINES_LOG2;

    if (strcmp(order, "linear") == 0)
        return k;
    if (strcmp(order, "page") == 0)
        return (k >> window << window) |
               scatter(k & (((uint64_t)1 << window) - 1), window);
    return scatter(k, bits);
}

static unsigned log2_floor(uint64_t x)
{
    unsigned bits = 0;

    while (x >>= 1)
        bits++;
    return bits;
}

int program_chase(const struct arguments *a)
{
    uint64_t footprint = argument_number(a, "footprint", 1 << 20);
    uint64_t loads = argument_number(a, "n", 1000000);
    const char *order = argument_text(a, "order", "random");
    unsigned bits = log2_floor(footprint / LINE_BYTES);
    uint64_t lines = (uint64_t)1 << bits;
    uint64_t lap = lines < LAP_LINES ? lines : LAP_LINES;
    struct line *memory;
    struct line *here;

    if (footprint < LINE_BYTES) {
        fprintf(stderr, "chase: footprint must be at least 64 bytes\n");
        return 2;
    }
    memory = map_memory(lines * LINE_BYTES, a);
    for (uint64_t k = 0; k < lap; k++) {
        here = &memory[line_at(k, bits, order)];
        here->next = &memory[line_at(k + 1 == lap ? 0 : k + 1, bits, order)];
        here->number = k;
    }
    here = &memory[line_at(0, bits, order)];
    for (uint64_t k = 0; k < loads; k++)
        here = here->next;
    printf("chase: %llu loads over %llu lines, stopped at %llu\n",
           (unsigned long long)loads, (unsigned long long)lap,
           (unsigned long long)here->number);
    return here->number == loads % lap ? 0 : 1;
}
