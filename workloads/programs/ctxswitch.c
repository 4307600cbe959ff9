/*
 * ctxswitch.c - a byte goes round a ring of processes through pipes, as in
 * lmbench's lat_ctx; each reads its working set before it passes it on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/programs/program.h"

enum { MAX_PROCESSES = 64 };

struct ring {
    uint64_t processes;
    uint64_t laps;
    uint64_t footprint;
    int pipes[MAX_PROCESSES][2];
};

static unsigned touch(const uint8_t *memory, uint64_t bytes)
{
    unsigned sum = 0;

    for (uint64_t i = 0; i < bytes; i += 64)
        sum += memory[i];
    return sum;
}

/* Passes the byte laps times; each station adds 1 to it. */
static int station(const struct ring *r, uint64_t self, const uint8_t *memory)
{
    int in = r->pipes[self][0];
    int out = r->pipes[(self + 1) % r->processes][1];
    uint8_t byte;

    for (uint64_t lap = 0; lap < r->laps; lap++) {
        if (read(in, &byte, 1) != 1)
            return 1;
        byte = (uint8_t)(byte + (touch(memory, r->footprint) != 0));
        if (write(out, &byte, 1) != 1)
            return 1;
    }
    return 0;
}

/* Process 0 starts each lap and sees the byte come back. */
static uint64_t lead(const struct ring *r, const uint8_t *memory)
{
    uint64_t good = 0;
    uint8_t byte = 0;

    for (uint64_t lap = 0; lap < r->laps; lap++) {
        uint8_t sent = byte;

        if (write(r->pipes[1 % r->processes][1], &byte, 1) != 1 ||
            read(r->pipes[0][0], &byte, 1) != 1)
            break;
        good += byte == (uint8_t)(sent + r->processes - 1);
        byte = (uint8_t)(byte + (touch(memory, r->footprint) & 1));
    }
    return good;
}

int program_ctxswitch(const struct arguments *a)
{
    struct ring r = {.processes = argument_number(a, "processes", 2),
                     .laps = argument_number(a, "n", 1000),
                     .footprint = argument_number(a, "footprint", 16384)};
    uint8_t *memory;
    uint64_t good, failed = 0;

    if (r.processes < 1 || r.processes > MAX_PROCESSES) {
        fprintf(stderr, "ctxswitch: processes must be 1 .. 64\n");
        return 2;
    }
    memory = map_memory(r.footprint, a);
    memset(memory, 1, r.footprint);
    for (uint64_t i = 0; i < r.processes; i++)
        if (pipe(r.pipes[i]) != 0)
            return 1;
    for (uint64_t i = 1; i < r.processes; i++)
        if (fork() == 0)
            _exit(station(&r, i, memory));
    good = lead(&r, memory);
    for (uint64_t i = 1; i < r.processes; i++) {
        int status = -1;

        wait(&status);
        failed += status != 0;
    }
    printf("ctxswitch: %llu of %llu laps round %llu processes\n",
           (unsigned long long)good, (unsigned long long)r.laps,
           (unsigned long long)r.processes);
    return good == r.laps && failed == 0 ? 0 : 1;
}
