/*
 * pv_trap.h - what the hypervisor does when a pv guest traps into it.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_TRAP_H
#define HYPERVISOR_MODEL_PV_PV_TRAP_H

#include "hypervisor-model/pv/pv_domain.h"

enum vcpu_action pv_trap(struct pv_turn *t, const struct cpu_trap *trap);

/* Each settles its trap and returns true, or leaves it to be bounced. */
bool pv_emulate_cpuid(struct pv_turn *t);
bool pv_emulate_privileged(struct pv_turn *t);
bool pv_emulate_table_write(struct pv_turn *t, uint64_t va);

/* Blocks until an event: HLT and SCHEDOP_block. */
void pv_block(struct pv_turn *t);

/* Loads a new kernel root: MMUEXT_NEW_BASEPTR and writes to CR3. */
int pv_new_base(struct pv_turn *t, hfn_t root);
int pv_new_user_base(struct pv_turn *t, hfn_t root);

/* The guest's CR0.TS, which is the real one too. */
void pv_set_task_switched(struct pv_turn *t, bool set);

/* True if the domain may use these I/O ports at its privilege level. */
bool pv_port_allowed(const struct pv_turn *t, uint16_t port, unsigned bytes);

#endif
