/*
 * privileged.h - what system instructions share.
 */
#ifndef SIM_CPU_PRIVILEGED_H
#define SIM_CPU_PRIVILEGED_H
#include "sim/cpu/cpu_internal.h"

op_function exec_mov_to_control, exec_mov_from_control;
op_function exec_mov_to_debug, exec_mov_from_debug;

/* In guest mode: is this exit on?  False in other modes. */
static inline bool guest_mode(const struct cpu *c)
{
    return c->control.virt == VIRT_GUEST;
}

/* Fills cpu->event with an exit of this instruction; returns OP_EVENT. */
enum op_result guest_exit(struct cpu *c, const struct op *op,
                          enum vmexit reason);

/* cpu_run() without the stops of guest mode (run.c). */
struct cpu_event cpu_run_plain(struct cpu *c, const struct cpu_budget *budget);

/* One event delivered, or one instruction: retired, or its fault delivered. */
struct cpu_event cpu_run_round(struct cpu *c);

/* One VM entry, to the next exit or other event (guest_run.c). */
struct cpu_event guest_run(struct cpu *c, const struct cpu_budget *budget);

/* User-mode instruction prevention: SGDT and its kin raise #GP(0). */
static inline bool umip_forbids(const struct cpu *c)
{
    return (c->state.cr4 & CR4_UMIP) && c->state.cpl > 0;
}

/* Serializes and pays cost_cycles into the current row. */
void cpu_serialize(struct cpu *c, uint64_t cost_cycles);

/* The TSC as the guest reads it; op is the running instruction. */
uint64_t cpu_tsc(const struct cpu *c, const struct op *op);

/* Regime of the MMU from the state and the control (control_paging.c). */
void cpu_update_regime(struct cpu *c);

/*
 * Reads and checks the four PDPTEs that cr3 points to, into cpu->state.
 * OP_NEXT; else #GP or an exit, and nothing has changed.
 */
enum op_result control_load_pdptes(struct cpu *c, uint64_t cr3);

/* Writes of control registers with all checks (control_reg.c). */
enum op_result control_write_cr0(struct cpu *c, uint64_t value);
enum op_result control_write_cr3(struct cpu *c, uint64_t value);
enum op_result control_write_cr4(struct cpu *c, uint64_t value);
enum op_result control_write_efer(struct cpu *c, uint64_t value);

/* MOV to CR3 without its price, for a task switch: OP_NEXT if all went well. */
enum op_result control_switch_cr3(struct cpu *c, uint64_t value);

/* msr.c: false if there is no such register or the value is not legal. */
bool msr_read(struct cpu *c, uint32_t index, uint64_t *value);
enum op_result msr_write(struct cpu *c, uint32_t index, uint64_t value);

/* True for registers of the interrupt controller and its timer. */
bool msr_is_device(uint32_t index);

#endif
