/*
 * machine_digest.h - one number for all that a machine is: its memory, its
 * CPUs' registers and clocks, what was counted.  The same moment of the same
 * run has the same one, however it was reached.
 */
#ifndef VISUALIZER_MACHINE_DIGEST_H
#define VISUALIZER_MACHINE_DIGEST_H
#include <stdint.h>

struct machine;

/* Reads all of DRAM: some tenths of a second for a gigabyte. */
uint64_t machine_digest(const struct machine *m);

#endif
