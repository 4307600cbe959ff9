/*
 * exit_times.h - how long trips into the hypervisor took, by exit reason: what
 * `perf kvm stat` tells of a real one.
 */
#ifndef SIM_RECORD_EXIT_TIMES_H
#define SIM_RECORD_EXIT_TIMES_H
#include <stdint.h>

#include "sim/record/counters.h"

/* From the exit to the entry behind it, world switch included. */
struct exit_time {
    uint64_t count;
    uint64_t total_cycles;
    uint64_t least_cycles, most_cycles; /* valid if count is not 0 */
};

struct exit_times {
    struct exit_time of[VMEXIT_COUNT];
};

static inline void exit_time_merge(struct exit_time *t,
                                   const struct exit_time *more)
{
    if (more->count == 0)
        return;
    if (t->count == 0 || more->least_cycles < t->least_cycles)
        t->least_cycles = more->least_cycles;
    if (more->most_cycles > t->most_cycles)
        t->most_cycles = more->most_cycles;
    t->count += more->count;
    t->total_cycles += more->total_cycles;
}

static inline void exit_times_add(struct exit_times *t, enum vmexit reason,
                                  uint64_t cycles)
{
    const struct exit_time one = {1, cycles, cycles, cycles};

    exit_time_merge(&t->of[reason], &one);
}

static inline void exit_times_merge(struct exit_times *t,
                                    const struct exit_times *more)
{
    for (int i = 0; i < VMEXIT_COUNT; i++)
        exit_time_merge(&t->of[i], &more->of[i]);
}

/* Reasons that occurred, by falling total; ties by number.  Returns how many.
 */
int exit_times_order(const struct exit_times *t, int order[VMEXIT_COUNT]);

#endif
