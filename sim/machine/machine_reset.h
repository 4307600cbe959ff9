/*
 * machine_reset.h - a reset that the guest asked for: power-on state again.
 *
 * Hardware  a PC's reset line: by the keyboard controller, port 0xcf9, ACPI's
 *           reset register, a triple fault.
 * Model     memory, CPUs, devices and the hypervisor's tables are made anew
 *           from the same image; disks keep what was written to them.  Clocks,
 *           counts and the ledger go on, and so does the time of day.
 * NOT MODELLED  memory that outlives a reset.
 */
#ifndef SIM_MACHINE_MACHINE_RESET_H
#define SIM_MACHINE_MACHINE_RESET_H
#include "sim/machine/machine.h"

/* The guest waits for a reset, by whatever means. */
bool machine_wants_reset(const struct machine *m);

/* On failure there is no machine any more: vm_count is 0. */
enum status machine_reset(struct machine *m, struct error *e);

#endif
