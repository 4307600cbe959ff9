/*
 * pv_page.h - frame types and reference counts: why a pv guest may hold the
 * machine's own page tables and still reach no frame but its own.
 *
 * Source  "Xen and the Art of Virtualization", SOSP 2003, section 3.3.3
 *         ("associate a type and reference count with each machine page
 *         frame"); Xen public xen.h, mmu_update.
 *
 * INVARIANTS  (pv_check.c asserts them)
 *   1. type_refs(frame) = uses that need its type: entries of typed tables
 *      that refer to it, root registers, a pin.
 *   2. A frame typed L1..L4 is mapped writable by no entry of a typed table.
 *   3. Every present entry of a typed table refers to a frame of the domain.
 *
 * All functions return 0 or a negated Xen error number.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_PAGE_H
#define HYPERVISOR_MODEL_PV_PV_PAGE_H

#include "hypervisor-model/pv/pv_domain.h"

/* Guest-kernel mapping: an available bit by which Xen remembers that the
   guest asked for a supervisor page (bit 52). */
#define PTE_GUEST_KERNEL ((uint64_t)1 << 52)

/* A use of the frame, whatever its type. */
int pv_page_get(struct pv_turn *t, hfn_t mfn, struct pv_page **out);
void pv_page_put(struct pv_turn *t, struct pv_page *p);

/* A use that needs the type; the first one of a table validates it. */
int pv_page_get_type(struct pv_turn *t, struct pv_page *p, enum pv_type type);
void pv_page_put_type(struct pv_turn *t, struct pv_page *p);

/* Both at once, and back. */
int pv_page_use(struct pv_turn *t, hfn_t mfn, enum pv_type type);
void pv_page_unuse(struct pv_turn *t, hfn_t mfn);

int pv_page_pin(struct pv_turn *t, hfn_t mfn, enum pv_type level);
int pv_page_unpin(struct pv_turn *t, hfn_t mfn);

/* Drops every translation: nothing stale survives. */
void pv_flush_all(struct pv_turn *t);

#endif
