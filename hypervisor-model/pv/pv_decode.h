/*
 * pv_decode.h - the instruction at the guest's rip, for emulation.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_DECODE_H
#define HYPERVISOR_MODEL_PV_PV_DECODE_H
#include <Zydis/Zydis.h>

#include "hypervisor-model/pv/pv_domain.h"

struct pv_insn {
    ZydisDecodedInstruction info;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* False: not readable, or no instruction. */
bool pv_decode(struct pv_turn *t, struct pv_insn *insn);

/* General register of an operand: its 64-bit number, or -1. */
int pv_gpr_number(ZydisRegister r);
/* Value of a general register or immediate operand, zero-extended. */
bool pv_operand_read(const struct pv_turn *t, const ZydisDecodedOperand *op,
                     uint64_t *value);
/* Writes a general register as the width demands; 8-bit high: refused. */
bool pv_register_write(struct pv_turn *t, ZydisRegister r, uint64_t value);

#endif
