/*
 * pv_event.h - event channels: Xen's interrupts.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_EVENT_H
#define HYPERVISOR_MODEL_PV_PV_EVENT_H

#include "hypervisor-model/pv/pv_domain.h"

/* A free port; 0 (never valid) if there is none. */
unsigned pv_event_free_port(const struct pv_domain *d);

/* Sets the port's pending bit and, unless masked, asks for an upcall. */
void pv_event_raise(struct pv_turn *t, unsigned port);
/* True if the virq is bound to a port, which is then raised. */
bool pv_event_virq(struct pv_turn *t, unsigned virq);
/* Clears the mask bit; a pending event is asked for again. */
void pv_event_unmask(struct pv_turn *t, unsigned port);
void pv_event_clear(struct pv_turn *t, unsigned port);
bool pv_event_masked(const struct pv_domain *d, unsigned port);

/* True if an upcall is asked for and the guest lets it in. */
bool pv_event_deliverable(const struct pv_domain *d, const struct pv_vcpu *pv);
/* Makes the upcall, if it is deliverable. */
void pv_event_deliver(struct pv_turn *t);

#endif
