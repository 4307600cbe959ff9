/*
 * pv_emulate_io.h - IN, OUT, INS and OUTS of a pv guest's kernel.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_EMULATE_IO_H
#define HYPERVISOR_MODEL_PV_PV_EMULATE_IO_H

#include "hypervisor-model/guest_insn.h"
#include "hypervisor-model/pv/pv_domain.h"

bool pv_is_port_insn(const struct guest_insn *insn);

/* *again: a REP has elements left; the instruction must run again. */
bool pv_emulate_port(struct pv_turn *t, const struct guest_insn *insn,
                     bool *again);

#endif
