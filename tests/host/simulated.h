/*
 * simulated.h - runs trials on the simulator: one pCPU with a de-privileged
 * guest at CPL 3, whose exceptions come back as traps.
 */
#ifndef TESTS_HOST_SIMULATED_H
#define TESTS_HOST_SIMULATED_H
#include "tests/host/trial.h"

struct simulated;

/* NULL if the host has no memory. */
struct simulated *simulated_new(void);
void simulated_free(struct simulated *s);

/* Runs trials[0 .. count) and fills .simulated. */
void simulated_run(struct simulated *s, struct trial *trials, unsigned count);

#endif
