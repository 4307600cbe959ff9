/*
 * guest_insn.h - the instruction at the guest's rip, for hypervisors that
 * emulate it: decoding, general registers, memory operands.
 *
 * Hardware  Intel SDM vol. 2, "Instruction Format".
 * Model     Zydis decodes the bytes that the guest would fetch.
 */
#ifndef HYPERVISOR_MODEL_GUEST_INSN_H
#define HYPERVISOR_MODEL_GUEST_INSN_H
#include <Zydis/Zydis.h>

#include "sim/cpu/cpu.h"

struct guest_insn {
    ZydisDecodedInstruction info;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* Long mode, with a code segment that says so. */
bool guest_in_64bit_code(const struct cpu_state *s);

/* False: not readable, or no instruction. */
bool guest_insn_decode(const struct cpu *c, struct guest_insn *insn);

/* A general register, zero-extended, or an immediate, sign-extended; false:
   the operand is neither. */
bool guest_insn_read(const struct cpu_state *s, const ZydisDecodedOperand *op,
                     uint64_t *value);

/* Writes a general register as its width demands; false: it is none. */
bool guest_insn_write(struct cpu_state *s, ZydisRegister r, uint64_t value);

/* Linear address of a memory operand. */
bool guest_insn_address(const struct cpu_state *s,
                        const struct guest_insn *insn,
                        const ZydisDecodedOperand *op, uint64_t *address);

#endif
