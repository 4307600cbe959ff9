/*
 * pv_guest.h - guest memory and guest context, as the hypervisor reaches
 * them.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_GUEST_H
#define HYPERVISOR_MODEL_PV_PV_GUEST_H

#include "hypervisor-model/pv/pv_domain.h"

/*
 * Copies through the guest's own tables, as an instruction of the guest
 * would, and pays for it.  False: t->fault_va and fault_error say where and
 * why; some bytes may have been copied.
 */
bool pv_copy_from(struct pv_turn *t, void *to, uint64_t va, uint64_t bytes);
bool pv_copy_to(struct pv_turn *t, uint64_t va, const void *from,
                uint64_t bytes);

/* The vCPU's root for its mode, into CR3; nothing is flushed. */
void pv_load_root(struct pv_turn *t);

/* Between guest kernel and program: root, GS base, CR3 with its flush. */
void pv_toggle_mode(struct pv_turn *t);

/* The flat ring-3 segments that all of a guest's code runs with. */
void pv_load_flat_segments(struct cpu_state *s);

struct pv_bounce {
    uint64_t handler;
    bool mask_events;
    bool has_error;
    uint32_t error_code;
};

/*
 * Enters the guest kernel at handler, with the frame of the 64-bit interface
 * on its stack: rcx, r11, [error code], rip, cs, rflags, rsp, ss.
 */
void pv_bounce(struct pv_turn *t, const struct pv_bounce *b);

/* Bounces an exception to the handler that set_trap_table named. */
void pv_inject(struct pv_turn *t, uint8_t vector, bool has_error,
               uint32_t error_code);
void pv_inject_page_fault(struct pv_turn *t, uint64_t va, uint32_t error_code);

/* Fields of struct vcpu_info. */
uint8_t pv_upcall_mask(struct pv_turn *t);
void pv_set_upcall_mask(struct pv_turn *t, uint8_t mask);

#endif
