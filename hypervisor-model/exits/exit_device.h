/*
 * exit_device.h - instructions of the guest that reach device memory.
 *
 * Hardware  none translates such an access: it ends in a second-stage fault,
 *           or a page fault on shadow tables.
 * Model     the hypervisor emulates the instruction: the CPU executes it with
 *           that page being a device (cpu_open_device), and each access goes
 *           to the platform; an instruction that reaches several pages opens
 *           one after the other.  An event whose delivery reaches a device
 *           (its stack lies there) is delivered so, too.  device.emulate_cycles
 * an instruction, device.access_cycles an access.
 */
#ifndef HYPERVISOR_MODEL_EXITS_EXIT_DEVICE_H
#define HYPERVISOR_MODEL_EXITS_EXIT_DEVICE_H
#include "hypervisor-model/exits/guest_mode.h"

/*
 * The instruction at rip accesses va, which means `at`.  VCPU_CRASHED with the
 * usual line if there is no device.
 */
enum vcpu_action trip_device(struct trip *t, gva_t va, gpa_t at);

/* A write that its instruction posted behind another. */
enum vcpu_action guest_mode_posted(struct vcpu *v, struct cpu *c,
                                   const struct cpu_device *d);

#endif
