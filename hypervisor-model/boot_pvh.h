/*
 * boot_pvh.h - starts a VM by the PVH boot protocol.
 */
#ifndef HYPERVISOR_MODEL_BOOT_PVH_H
#define HYPERVISOR_MODEL_BOOT_PVH_H
#include "hypervisor-model/hypervisor.h"

/*
 * Puts the image, the initramfs and the start info into guest memory and sets
 * vCPU 0 to the entry state.  Fails with one line if they do not fit.
 */
enum status boot_pvh(struct vm *vm, const struct vm_boot *boot,
                     struct error *e);

#endif
