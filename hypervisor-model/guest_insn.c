#include "hypervisor-model/guest_insn.h"

enum { LONGEST_INSTRUCTION = 15, CS_LONG = 1 << 13, CS_DEFAULT_32 = 1 << 14 };

bool guest_in_64bit_code(const struct cpu_state *s)
{
    return (s->efer & EFER_LMA) && (s->seg[SEG_CS].attributes & CS_LONG);
}

/* Bytes at rip: as many as translate, up to the longest instruction. */
static unsigned fetch(const struct cpu *c, uint8_t bytes[LONGEST_INSTRUCTION])
{
    const struct cpu_state *s = cpu_state_peek(c);
    gva_t at = gva(s->seg[SEG_CS].base + s->rip);
    unsigned in_page = (unsigned)(PAGE_BYTES - page_offset(at.v));

    if (cpu_peek_memory(c, at, bytes, LONGEST_INSTRUCTION))
        return LONGEST_INSTRUCTION;
    if (in_page < LONGEST_INSTRUCTION && cpu_peek_memory(c, at, bytes, in_page))
        return in_page;
    return 0;
}

bool guest_insn_decode(const struct cpu *c, struct guest_insn *insn)
{
    const struct cpu_state *s = cpu_state_peek(c);
    bool default_32 = s->seg[SEG_CS].attributes & CS_DEFAULT_32;
    uint8_t bytes[LONGEST_INSTRUCTION] = {0};
    ZydisDecoder decoder;
    unsigned count = fetch(c, bytes);

    if (guest_in_64bit_code(s))
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
                         ZYDIS_STACK_WIDTH_64);
    else if (default_32)
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32,
                         ZYDIS_STACK_WIDTH_32);
    else
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_16,
                         ZYDIS_STACK_WIDTH_16);
    return count != 0 &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, count,
                                               &insn->info, insn->operands));
}

/* Where a general register lies: number, and bits to the right of it. */
struct place {
    unsigned number, shift, bits;
};

static bool find_register(ZydisRegister r, struct place *p)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(r);

    if (class != ZYDIS_REGCLASS_GPR8 && class != ZYDIS_REGCLASS_GPR16 &&
        class != ZYDIS_REGCLASS_GPR32 && class != ZYDIS_REGCLASS_GPR64)
        return false;
    p->number = (unsigned)ZydisRegisterGetId(
        ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r));
    p->shift = r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH ? 8 : 0;
    p->bits = ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, r);
    return true;
}

bool guest_insn_read(const struct cpu_state *s, const ZydisDecodedOperand *op,
                     uint64_t *value)
{
    struct place p;

    if (op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        *value = op->imm.value.u;
        return true;
    }
    if (op->type != ZYDIS_OPERAND_TYPE_REGISTER ||
        !find_register(op->reg.value, &p))
        return false;
    *value = s->gpr[p.number] >> p.shift & UINT64_MAX >> (64 - p.bits);
    return true;
}

bool guest_insn_write(struct cpu_state *s, ZydisRegister r, uint64_t value)
{
    struct place p;
    uint64_t mask;

    if (!find_register(r, &p))
        return false;
    mask = UINT64_MAX >> (64 - p.bits);
    if (p.bits == 32) { /* clears the upper half */
        value &= mask;
        mask = UINT64_MAX;
    }
    s->gpr[p.number] = (s->gpr[p.number] & ~(mask << p.shift)) | (value & mask)
                                                                     << p.shift;
    return true;
}

/* In 64-bit mode only FS and GS have one. */
static uint64_t segment_base(const struct cpu_state *s, ZydisRegister segment)
{
    ZyanI8 number = ZydisRegisterGetId(segment);

    if (number < SEG_ES || number > SEG_GS ||
        (guest_in_64bit_code(s) && number < SEG_FS))
        return 0;
    return s->seg[number].base;
}

bool guest_insn_address(const struct cpu_state *s,
                        const struct guest_insn *insn,
                        const ZydisDecodedOperand *op, uint64_t *address)
{
    ZydisRegisterContext registers = {0};
    ZydisRegister segment = op->mem.segment;
    ZyanU64 offset;

    for (int i = 0; i < REG_COUNT; i++) {
        registers.values[ZYDIS_REGISTER_RAX + i] = s->gpr[i];
        registers.values[ZYDIS_REGISTER_EAX + i] = (uint32_t)s->gpr[i];
        registers.values[ZYDIS_REGISTER_AX + i] = (uint16_t)s->gpr[i];
    }
    if (op->type != ZYDIS_OPERAND_TYPE_MEMORY ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(&insn->info, op, s->rip,
                                                 &registers, &offset)))
        return false;
    *address = offset + segment_base(s, segment);
    if (!guest_in_64bit_code(s))
        *address = (uint32_t)*address;
    return true;
}
