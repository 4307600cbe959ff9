/*
 * exit_table.h - one handler a basic exit reason.
 *
 * To add an exit: one row in sim/record/vmexit.def, one handler here, one
 * line in exit_table.c.  exit_hlt() is the template.
 */
#ifndef HYPERVISOR_MODEL_EXITS_EXIT_TABLE_H
#define HYPERVISOR_MODEL_EXITS_EXIT_TABLE_H
#include "hypervisor-model/exits/guest_mode.h"

typedef enum vcpu_action exit_handler(struct trip *t);

/*
 * Executes an instruction that may change control registers, then lets paging
 * follow; changes: what changed in any case.
 */
enum vcpu_action trip_emulate_control(struct trip *t, unsigned changes);

/* By reason; NULL: only a de-privileged guest makes this trip. */
extern exit_handler *const exit_table[VMEXIT_COUNT];

exit_handler exit_exception, exit_external_interrupt, exit_triple_fault;
exit_handler exit_interrupt_window, exit_cpuid, exit_hlt, exit_invlpg;
exit_handler exit_vmcall, exit_cr_access, exit_io, exit_msr_read;
exit_handler exit_msr_write, exit_invalid_state, exit_nothing, exit_signal;
exit_handler exit_ept_violation, exit_ept_misconfig, exit_invpcid;
exit_handler exit_emulate, exit_undefined, exit_dr_access, exit_task_switch;
exit_handler exit_monitor_trap, exit_preemption_timer;
exit_handler exit_tpr_threshold, exit_apic_access, exit_virtualized_eoi;
exit_handler exit_apic_write;

#endif
