/*
 * checkpoint.h - the guest's architectural state as two numbers, at chosen
 * counts of retired instructions: equal states, equal numbers.
 *
 * Hardware      Intel SDM vol. 1, "Basic Program Execution Registers", and
 *               vol. 3, "System Architecture Overview": what software can
 *               read.
 * Model         registers: those of each vCPU in the order of struct
 *               cpu_state; memory: every page of the guest that is not zero,
 *               with its number, mixed by multiplication.
 * NOT MODELLED  devices (what they hold shows in what the guest reads), what
 *               a CPU hides (segment caches are read, TLBs and caches not).
 *
 * In page tables hardware sets the accessed and dirty bits when it walks, and
 * how often it walks is its own affair (SDM vol. 3, "Accessed and Dirty
 * Flags"), so bits 5 and 6 of each word of memory that could be such an entry
 * are left out.
 */
#ifndef SIM_MACHINE_CHECKPOINT_H
#define SIM_MACHINE_CHECKPOINT_H
#include <stdint.h>

struct machine;

enum { CHECKPOINTS_MAX = 256 };

struct checkpoint {
    uint64_t instructions; /* retired by all vCPUs since power-on */
    uint64_t rip;          /* of vCPU 0 */
    uint64_t registers, memory;
};

/* The state now, between two instructions. */
struct checkpoint checkpoint_take(const struct machine *m,
                                  uint64_t instructions);

#endif
