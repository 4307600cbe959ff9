/*
 * exit_note.h - a trip's cycles into the vCPU's exit times; the trip itself
 * into the log of the hypervisor (exit_log.h), if it has one.
 *
 * Order     begin before the trip costs anything, target while it is handled if
 *           the handler finds one, end behind the last cycle.
 */
#ifndef HYPERVISOR_MODEL_EXIT_NOTE_H
#define HYPERVISOR_MODEL_EXIT_NOTE_H
#include "hypervisor-model/hypervisor.h"

void exit_note_begin(struct vcpu *v, const struct cpu *c,
                     const struct cpu_exit *exit);

/* The same for a trip of a guest that is not in guest mode, from rip; trap
 * NULL: an interrupt. */
void exit_note_trap(struct vcpu *v, const struct cpu *c, uint64_t rip,
                    enum vmexit reason, const struct cpu_trap *trap);

/* The guest's own tables lead to `at`. */
void exit_note_target(const struct vcpu *v, gpa_t at);

/* cycles: without those of trips within it. */
void exit_note_end(struct vcpu *v, struct cpu *c, enum vmexit reason,
                   uint64_t cycles);

#endif
