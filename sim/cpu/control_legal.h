/*
 * control_legal.h - which values CR0, CR3, CR4, EFER and the PDPTEs take.
 *
 * Hardware  Intel SDM vol. 3, "Control Registers", "Paging-Mode Enabling",
 *           "PDPTE Registers", "Initializing IA-32e Mode"; vol. 2, "MOV - Move
 *           to/from Control Registers" for the causes of #GP.
 * The CPU asks before it writes, and so does a hypervisor that writes in the
 * guest's place.
 * NOT MODELLED  VME and PVI, SMX, VMX, CET: their CR4 bits are reserved.
 */
#ifndef SIM_CPU_CONTROL_LEGAL_H
#define SIM_CPU_CONTROL_LEGAL_H
#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct cpu_state;

/*
 * May the register take this value now?  Values of CR3 come without the
 * no-flush bit.  PDPTEs are asked about apart.
 */
bool control_cr0_legal(const struct cpu *c, uint64_t value);
bool control_cr3_legal(uint64_t value);
bool control_cr4_legal(const struct cpu *c, uint64_t value);
bool control_efer_legal(const struct cpu *c, uint64_t value);
bool control_pdptes_legal(const uint64_t pdpte[4]);

/* What CR0 holds after a legal value was moved there: reserved bits are 0. */
uint64_t control_cr0_stored(uint64_t value);

/* True if PAE paging is in use with these values. */
bool control_uses_pae(uint64_t cr0, uint64_t cr4, uint64_t efer);

/* True if a write of CR0 or CR4 with these results loads the PDPTEs. */
bool control_reloads_pdptes(const struct cpu_state *s, uint64_t cr0,
                            uint64_t cr4);

#endif
