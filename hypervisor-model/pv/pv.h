/*
 * pv.h - the technique "pv": Xen's public paravirtual interface, 64-bit.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_H
#define HYPERVISOR_MODEL_PV_PV_H

#include "hypervisor-model/hypervisor.h"

extern const struct technique_ops technique_pv;

#endif
