/*
 * record_fill.h - what a run's record says of a guest, whoever ran it.
 */
#ifndef SIM_MACHINE_RECORD_FILL_H
#define SIM_MACHINE_RECORD_FILL_H
#include "sim/devices/bus.h"
#include "sim/machine/config.h"
#include "sim/machine/run_record.h"

/* What one vCPU, or all of them, did after the boot. */
struct vcpu_record record_since_boot(const struct run_point *now,
                                     const struct run_point *boot);

/* A workload ends with an exit status, not with the power. */
void record_note_early_end(struct run_record *r, const struct config *config,
                           const struct bus *bus);

/* The kernel's last words, of what it said from byte `from` on. */
void record_read_kernel_log(struct run_record *r, const struct output *log,
                            size_t from);

#endif
