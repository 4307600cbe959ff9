/*
 * control_legal.h - which values CR0, CR4 and EFER take.
 *
 * Hardware  Intel SDM vol. 3, "Control Registers", "Paging-Mode Enable",
 *           "Initializing IA-32e Mode"; vol. 2, "MOV - Move to/from Control
 *           Registers" for the causes of #GP.
 * The CPU asks before it writes, and so does a hypervisor that writes in the
 * guest's place.
 * NOT MODELLED  paging without IA-32e mode (32-bit and PAE paging): setting
 *               CR0.PG with EFER.LME clear is not legal; VME.
 */
#ifndef SIM_CPU_CONTROL_LEGAL_H
#define SIM_CPU_CONTROL_LEGAL_H
#include <stdbool.h>
#include <stdint.h>

struct cpu;

bool control_cr0_legal(const struct cpu *c, uint64_t value);
bool control_cr4_legal(const struct cpu *c, uint64_t value);
bool control_efer_legal(const struct cpu *c, uint64_t value);

#endif
