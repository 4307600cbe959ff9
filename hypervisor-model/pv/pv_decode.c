/*
 * pv_decode.c - the instruction at the guest's rip, for emulation.
 *
 * Model  Zydis decodes the bytes that the guest would fetch; the hypervisor
 *        pays for reading them.
 * NOT MODELLED  AH, CH, DH, BH as operands of emulated instructions.
 */
#include "hypervisor-model/pv/pv_decode.h"

enum { MAX_INSN_BYTES = 15 };

bool pv_decode(struct pv_turn *t, struct pv_insn *insn)
{
    uint64_t rip = cpu_state(t->c)->rip;
    uint8_t bytes[MAX_INSN_BYTES];
    unsigned n = MAX_INSN_BYTES;
    uint64_t room = PAGE_BYTES - page_offset(rip);
    ZydisDecoder decoder;

    if (!cpu_peek_memory(t->c, gva(rip), bytes, n)) {
        n = room < n ? (unsigned)room : n;
        if (!cpu_peek_memory(t->c, gva(rip), bytes, n))
            return false;
    }
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
                     ZYDIS_STACK_WIDTH_64);
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &insn->info,
                                               insn->operands));
}

int pv_gpr_number(ZydisRegister r)
{
    if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH)
        return -1;
    if (ZydisRegisterGetClass(r) == ZYDIS_REGCLASS_GPR8 &&
        r >= ZYDIS_REGISTER_SPL)
        return ZydisRegisterGetId(r) - 4; /* ids count AH..BH too */
    switch (ZydisRegisterGetClass(r)) {
    case ZYDIS_REGCLASS_GPR8:
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
        return ZydisRegisterGetId(r);
    default: /* not our enum */
        return -1;
    }
}

static uint64_t width_mask(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

bool pv_operand_read(const struct pv_turn *t, const ZydisDecodedOperand *op,
                     uint64_t *value)
{
    int number;

    if (op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        *value = op->imm.value.u & width_mask(op->size);
        return true;
    }
    if (op->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return false;
    number = pv_gpr_number(op->reg.value);
    if (number < 0)
        return false;
    *value = cpu_state(t->c)->gpr[number] & width_mask(op->size);
    return true;
}

bool pv_register_write(struct pv_turn *t, ZydisRegister r, uint64_t value)
{
    int number = pv_gpr_number(r);
    unsigned bits = ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, r);
    uint64_t mask = width_mask(bits);
    uint64_t *gpr;

    if (number < 0)
        return false;
    gpr = &cpu_state(t->c)->gpr[number];
    if (bits >= 32)
        *gpr = value & mask;
    else
        *gpr = (*gpr & ~mask) | (value & mask);
    return true;
}
