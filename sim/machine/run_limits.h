/*
 * run_limits.h - where a run is cut short, and what is said then.
 */
#ifndef SIM_MACHINE_RUN_LIMITS_H
#define SIM_MACHINE_RUN_LIMITS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/machine/run_loop.h"

/* Instructions of all pCPUs, and cycle of each, at which the run must stop. */
uint64_t run_last_instruction(const struct run *r);
uint64_t run_last_cycle(const struct run *r);

/*
 * True if a limit is reached; text then says which, and what register the guest
 * waited for if it did little else.
 */
bool run_limit_reached(const struct run *r, uint64_t now_cycle, char *text,
                       size_t bytes);

#endif
