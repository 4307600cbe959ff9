/*
 * boot.h - starts a VM: guest software into memory, vCPU 0 to its first state.
 *
 * The same for every technique whose guest believes in hardware.  Fails with
 * one line if something does not fit.
 */
#ifndef HYPERVISOR_MODEL_BOOT_H
#define HYPERVISOR_MODEL_BOOT_H
#include "hypervisor-model/hypervisor.h"

/* By the protocol that boot names. */
enum status boot_guest(struct vm *vm, const struct vm_boot *boot,
                       struct error *e);

enum status boot_pvh(struct vm *vm, const struct vm_boot *boot,
                     struct error *e);
enum status boot_linux(struct vm *vm, const struct vm_boot *boot,
                       struct error *e);
enum status boot_multiboot(struct vm *vm, const struct vm_boot *boot,
                           struct error *e);
enum status boot_sector(struct vm *vm, const struct vm_boot *boot,
                        struct error *e);

#endif
