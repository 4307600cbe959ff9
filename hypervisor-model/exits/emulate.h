/*
 * emulate.h - the hypervisor executes the guest's instruction in its place.
 *
 * Hardware  Intel SDM vol. 3, "Instruction-Based VM Exits": the state is that
 *           before the instruction.
 * Model     the CPU itself is the emulator: it executes one instruction whose
 *           exits are off, with every check and fault of the manual.  What a
 *           hypervisor's emulator would cost is in the cost of the handler:
 *           serializing costs nothing then.
 */
#ifndef HYPERVISOR_MODEL_EXITS_EMULATE_H
#define HYPERVISOR_MODEL_EXITS_EMULATE_H
#include "hypervisor-model/exits/guest_mode.h"

/*
 * One instruction, or the event that was being delivered.  *done: it retired
 * (or the event reached its handler); else a fault was delivered instead, or
 * an access of it exited, which is settled here, and the guest will execute
 * it again.
 */
enum vcpu_action trip_emulate(struct trip *t, bool *done);

#endif
