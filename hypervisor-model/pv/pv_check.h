/*
 * pv_check.h - the invariants of frame types, asserted from scratch.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_CHECK_H
#define HYPERVISOR_MODEL_PV_PV_CHECK_H

#include "hypervisor-model/pv/pv_domain.h"

/* False, with the first contradiction, if pv_page.h's invariants fail. */
bool pv_check_types(const struct pv_domain *d, struct error *e);

#endif
