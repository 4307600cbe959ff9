/*
 * task.h - hardware task switches.
 *
 * Hardware  Intel SDM vol. 3, "Task Management": "Task Switching", tables
 *           "Exception Conditions Checked During a Task Switch" and "Effect of
 *           a Task Switch on Busy Flag, NT Flag, Previous Task Link Field, and
 *           TS Flag".
 * Model     16- and 32-bit TSS.  Up to the point where the new TSS is read
 *           and both descriptors are known, a fault leaves the old task as it
 *           was; from there on it belongs to the new task, and is delivered
 *           before the new task's first instruction.  In guest mode a switch
 *           exits, as it always does under VMX; and where the hypervisor has
 *           to act before the new task's segments and stack can be reached
 *           (another root of shadow tables, an entry that it fills), the rest
 *           of the switch waits until the guest runs on.
 */
#ifndef SIM_CPU_TASK_H
#define SIM_CPU_TASK_H
#include "sim/cpu/cpu_internal.h"

/* Numbers of the exit qualification for task switches. */
enum task_source { TASK_CALL, TASK_IRET, TASK_JMP, TASK_GATE };

struct task_request {
    uint16_t selector; /* of the new TSS */
    enum task_source source;
    uint64_t next_rip; /* what the old TSS keeps, and */
    uint64_t rflags;
    bool has_error; /* TASK_GATE: pushed on the new stack */
    uint32_t error_code;
};

/*
 * OP_BRANCH: the new task runs (maybe with a fault to deliver first); else
 * nothing has changed.
 */
enum op_result task_switch(struct cpu *c, const struct task_request *q);

/*
 * The rest of a switch, before the new task's first instruction.  OP_BRANCH:
 * done; OP_FAULT: a fault of the new task, and nothing is due any more unless
 * it exits; else it is due again.
 */
enum op_result task_finish(struct cpu *c);

/* IRET with NT set: to the task that the TSS links back to. */
enum op_result task_return(struct cpu *c, uint64_t next_rip);

#endif
