/*
 * addresses.c - memory operands: registers whose sum is an address in the data
 * page mostly, sometimes across its end, unmapped or not canonical.
 */
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/operands.h"
#include "tests/host/values.h"

enum { REGISTERS_32 = 8, REGISTERS_64 = 16 };

unsigned maker_registers(const struct maker *m)
{
    return m->t->mode == TRIAL_64 ? REGISTERS_64 : REGISTERS_32;
}

/* Where a memory operand of this size shall be. */
static uint64_t pick_address(struct maker *m, unsigned bytes)
{
    uint64_t offset = rng_below(m->rng, TRIAL_DATA_BYTES - bytes + 1);
    unsigned align = bytes >= 16 && m->form->hint != HINT_UNALIGNED ? 15 : 0;

    if (m->form->hint == HINT_XSAVE)
        align = 63;
    if (!value_one_in(m->rng, 16))
        offset &= ~(uint64_t)align;
    switch (rng_below(m->rng, 64)) {
    case 0: /* across the end, or just behind it */
        offset = TRIAL_DATA_BYTES - rng_below(m->rng, bytes);
        break;
    case 1: /* across the start, or just before it */
        offset = 0 - (uint64_t)(1 + rng_below(m->rng, bytes));
        break;
    case 2:
        if (m->t->mode != TRIAL_64 || m->later)
            return 0x38000000 + rng_below(m->rng, 1u << 24);
        return (uint64_t)1 << 63 | rng_below(m->rng, 1u << 30);
    }
    return TRIAL_DATA + offset;
}

/* A control word that masks, and a header that XRSTOR takes mostly. */
static void fix_state_image(struct maker *m, uint8_t *image, unsigned bytes)
{
    uint32_t mxcsr = value_mxcsr(m->rng);

    if (!value_one_in(m->rng, 4))
        image[0] |= 0x3f;
    if (bytes < TRIAL_FX_BYTES)
        return;
    if (!value_one_in(m->rng, 8))
        memcpy(image + FXI_MXCSR, &mxcsr, 4);
    image[FXI_MXCSR + 2] &= (uint8_t)~2;
    if (m->form->hint != HINT_XSAVE || bytes <= TRIAL_FX_BYTES)
        return;
    if (!value_one_in(m->rng, 16))
        memset(image + TRIAL_FX_BYTES, 0, bytes - TRIAL_FX_BYTES);
    image[TRIAL_FX_BYTES] = (uint8_t)rng_below(m->rng, 4);
    if (value_one_in(m->rng, 3)) { /* compacted */
        image[TRIAL_FX_BYTES + 15] = 0x80;
        image[TRIAL_FX_BYTES + 8] = (uint8_t)rng_below(m->rng, 4);
    }
}

static void place_data(struct maker *m, uint64_t address, unsigned bytes)
{
    uint8_t *raw;

    if (address < TRIAL_DATA || address - TRIAL_DATA > TRIAL_DATA_BYTES - bytes)
        return;
    raw = m->t->data + (address - TRIAL_DATA);
    if (m->form->hint == HINT_EXTENDED)
        value_real80(m->rng, raw);
    else
        value_fill(m->rng, m->form->hint, raw, bytes);
    if (m->form->hint == HINT_LOAD_MXCSR) {
        if (!value_one_in(m->rng, 4))
            raw[2] = raw[3] = 0;
        raw[2] &= (uint8_t)~2; /* MXCSR.MM, which some CPUs have */
    }
    if (m->form->hint == HINT_ENVIRONMENT || m->form->hint == HINT_XSAVE)
        fix_state_image(m, raw, bytes);
}

/* What Zydis calls the size of LEA's operand: that of the address. */
static void set_memory_size(struct maker *m, ZydisEncoderOperand *o,
                            unsigned bytes, unsigned address_bytes)
{
    bool lea = m->form->mnemonic == ZYDIS_MNEMONIC_LEA;

    o->type = ZYDIS_OPERAND_TYPE_MEMORY;
    o->mem.size = (ZyanU16)(lea ? address_bytes : bytes);
}

/* Addresses in segments: what pick_address() says is linear. */
static uint64_t offset_of(const struct maker *m, uint64_t address)
{
    return address - TRIAL_DATA + trial_data(m->t->mode);
}

/* Bytes of the addresses that ModRM makes without prefix 67. */
static unsigned address_bytes(const struct maker *m)
{
    return trial_bits(m->t->mode) / 8;
}

/* Later in a sequence no register is known: an absolute address. */
static void add_absolute(struct maker *m, unsigned bytes)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes);

    set_memory_size(m, o, bytes, address_bytes(m));
    o->mem.displacement = (int64_t)offset_of(m, address);
    if (m->t->mode == TRIAL_16)
        o->mem.displacement = (int16_t)o->mem.displacement;
    place_data(m, address, bytes);
}

/* Registers that the form's hint sets. */
static bool has_other_work(const struct maker *m, unsigned n)
{
    if (m->form->hint == HINT_STACK)
        return n == REG_RSP || n == REG_RBP;
    if (m->t->mode == TRIAL_16 && n == REG_RSP)
        return true; /* half of it is given */
    return m->form->hint == HINT_XSAVE && (n == REG_RAX || n == REG_RDX);
}

/* Of 16 bits: the sums that ModRM can name. */
static void add_based_16(struct maker *m, unsigned bytes)
{
    static const ZydisRegister sums[8][2] = {
        {ZYDIS_REGISTER_BX, ZYDIS_REGISTER_SI},
        {ZYDIS_REGISTER_BX, ZYDIS_REGISTER_DI},
        {ZYDIS_REGISTER_BX, ZYDIS_REGISTER_NONE},
        {ZYDIS_REGISTER_SI, ZYDIS_REGISTER_NONE},
        {ZYDIS_REGISTER_DI, ZYDIS_REGISTER_NONE},
        {ZYDIS_REGISTER_BP, ZYDIS_REGISTER_SI},
        {ZYDIS_REGISTER_BP, ZYDIS_REGISTER_DI},
        {ZYDIS_REGISTER_BP, ZYDIS_REGISTER_NONE}};
    /* BP is the stack's in the forms that set it */
    const ZydisRegister *sum =
        sums[rng_below(m->rng, m->form->hint == HINT_STACK ? 5 : 8)];
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes), rest = offset_of(m, address);
    uint64_t *gprs = m->t->before.gpr;

    set_memory_size(m, o, bytes, 2);
    o->mem.base = sum[0];
    o->mem.index = sum[1];
    if (!value_one_in(m->rng, 3))
        o->mem.displacement = value_one_in(m->rng, 2)
                                  ? (int8_t)rng_next(m->rng)
                                  : (int16_t)rng_next(m->rng);
    rest -= (uint64_t)o->mem.displacement;
    if (sum[1] != ZYDIS_REGISTER_NONE) {
        unsigned index = (unsigned)(sum[1] - ZYDIS_REGISTER_AX);

        o->mem.scale = 1;
        gprs[index] = rng_next(m->rng);
        rest -= gprs[index];
    }
    /* bits that 16-bit addresses leave out */
    gprs[sum[0] - ZYDIS_REGISTER_AX] =
        (rest & 0xffff) | (rng_next(m->rng) & 0xffff0000);
    place_data(m, address, bytes);
}

/* base + index * scale + displacement = an address in or near the page. */
static void add_based(struct maker *m, unsigned bytes)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes);
    unsigned base = rng_below(m->rng, maker_registers(m));
    unsigned index = rng_below(m->rng, maker_registers(m));
    unsigned wide = m->t->mode == TRIAL_64 ? 8 : 4;
    uint64_t *gprs = m->t->before.gpr;
    uint64_t rest = offset_of(m, address);

    if (has_other_work(m, base))
        base = REG_RBX;
    if (has_other_work(m, index))
        index = REG_RSP; /* none */
    set_memory_size(m, o, bytes, wide);
    o->mem.base = maker_gpr(wide, base);
    if (!value_one_in(m->rng, 3))
        o->mem.displacement = value_one_in(m->rng, 2)
                                  ? (int8_t)rng_next(m->rng)
                                  : (int32_t)rng_next(m->rng);
    rest -= (uint64_t)o->mem.displacement;
    if (value_one_in(m->rng, 2) && index != REG_RSP && index != REG_RBP &&
        index != base) {
        o->mem.index = maker_gpr(wide, index);
        o->mem.scale = (ZyanU8)(1u << rng_below(m->rng, 4));
        gprs[index] = rng_next(m->rng);
        rest -= gprs[index] * o->mem.scale;
    }
    if (rest - TRIAL_CODE < TRIAL_CODE_BYTES)
        rest ^= 1 << 20; /* code is not to be read: a wild address */
    gprs[base] = rest;
    if (m->t->mode == TRIAL_64 && address >> 32 == 0 &&
        value_one_in(m->rng, 8)) {
        o->mem.base = maker_gpr(4, base); /* 67 prefix */
        if (o->mem.index != ZYDIS_REGISTER_NONE)
            o->mem.index = maker_gpr(4, index);
        set_memory_size(m, o, bytes, 4);
        gprs[base] = (uint32_t)rest | rng_next(m->rng) << 32;
    }
    place_data(m, address, bytes);
}

void maker_add_memory(struct maker *m, unsigned bytes)
{
    if (m->later || value_one_in(m->rng, 16))
        add_absolute(m, bytes);
    else if (m->t->mode == TRIAL_16 && value_one_in(m->rng, 2))
        add_based_16(m, bytes);
    else
        add_based(m, bytes);
}
