/*
 * pv_console.h - the console ring's backend.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_CONSOLE_H
#define HYPERVISOR_MODEL_PV_PV_CONSOLE_H

#include "hypervisor-model/pv/pv_domain.h"

/* Takes what the guest has put into the ring; a mad index is ignored. */
void pv_console_drain(struct pv_turn *t);

#endif
