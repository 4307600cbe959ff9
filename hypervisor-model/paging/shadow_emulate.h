/*
 * shadow_emulate.h - one store of the guest, executed by the hypervisor.
 */
#ifndef HYPERVISOR_MODEL_PAGING_SHADOW_EMULATE_H
#define HYPERVISOR_MODEL_PAGING_SHADOW_EMULATE_H
#include "hypervisor-model/exits/guest_mode.h"

/* What an emulated store did. */
struct store {
    unsigned bytes;  /* written at the faulting address */
    unsigned length; /* of the instruction */
};

/*
 * Executes the instruction at rip if it is one simple store, or read and
 * store, of at most 8 bytes at va, which the guest's tables map to `at`.
 * Registers and flags change as on the CPU; rip does not.  False, with
 * nothing changed, if it is anything else.
 */
bool shadow_emulate(struct trip *t, gva_t va, gpa_t at, struct store *done);

#endif
