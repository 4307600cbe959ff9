/*
 * guest_step.h - what is true of a vCPU's step, whoever shares out the pCPUs:
 * the run loop of one VM (run_loop.h), or a scheduler (scenario/guest_body.h).
 */
#ifndef SIM_MACHINE_GUEST_STEP_H
#define SIM_MACHINE_GUEST_STEP_H
#include "hypervisor-model/hypervisor.h"
#include "sim/machine/guest_image.h"

/* The next step is to end before a program's first instruction. */
bool region_stops_at_user(enum region_begin region, bool measuring,
                          struct cpu *c);

/* Has the boot come to its end with this step? */
bool region_begins(enum region_begin region, bool measuring, struct vcpu *v,
                   struct cpu *c);

/* What --check asks of the technique and of the pCPU's translations. */
bool guest_step_check(const struct vcpu *v, struct cpu *c, struct error *e);

#endif
