/*
 * guest_exit.h - which instructions leave guest mode, and what the exit says.
 *
 * Hardware  Intel SDM vol. 3, "Instructions That Cause VM Exits", "Changes to
 *           Instruction Behavior in VMX Non-Root Operation", "Information for
 *           VM Exits Due to Instruction Execution".
 * Order     #UD and faults of privilege come before exits, faults of operands
 *           after them (SDM vol. 3, "Relative Priority of Faults and VM
 *           Exits").
 */
#ifndef SIM_CPU_GUEST_EXIT_H
#define SIM_CPU_GUEST_EXIT_H
#include "sim/cpu/privileged.h"

/* True if instructions of the guest may exit now. */
static inline bool guest_intercepts(const struct cpu *c)
{
    return c->control.virt == VIRT_GUEST && !c->control.emulate;
}

/* Does an access to these ports exit?  (SDM, "I/O-Bitmap Addresses") */
bool guest_port_exits(const struct cpu *c, uint16_t port, unsigned bytes);

/* Does RDMSR, or WRMSR, of this register exit?  (SDM, "MSR-Bitmap Address") */
bool guest_msr_exits(const struct cpu *c, uint32_t index, bool write);

/* Does this PAUSE exit?  Remembers when it was. */
bool guest_pause_exits(struct cpu *c);

/* Does the exception exit?  (SDM, "Exception Bitmap") */
bool guest_exception_exits(const struct cpu *c, unsigned vector,
                           uint32_t error_code);

/*
 * An exit of an instruction with a memory operand, or registers in place of
 * it: qualification is the displacement, instruction_info as the SDM's tables
 * "Format of the VM-Exit Instruction-Information Field" have it.  identity is
 * bits 29:28 of LGDT and LLDT and their kin.
 */
enum op_result guest_exit_operand(struct cpu *c, const struct op *op,
                                  enum vmexit reason, unsigned identity);

/* The same field for INS and OUTS. */
uint32_t guest_exit_string_info(const struct op *op, bool in);

/* RDRAND, RDSEED. */
enum op_result guest_exit_register(struct cpu *c, const struct op *op,
                                   enum vmexit reason);

/* Number of the general register at this offset in struct cpu. */
static inline unsigned gpr_number(uint16_t offset)
{
    return (unsigned)(offset - offsetof(struct cpu, state.gpr)) / 8;
}

#endif
