/*
 * operands.c - see operands.h.
 *
 * Addresses mostly lie in the data page, sometimes across its end, unmapped
 * or not canonical.
 */
#include "tests/host/operands.h"

#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/values.h"

enum { REGISTERS_32 = 8, REGISTERS_64 = 16 };

static unsigned registers(const struct maker *m)
{
    return m->t->bits32 ? REGISTERS_32 : REGISTERS_64;
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
        if (m->t->bits32 || m->later)
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

ZydisRegister maker_gpr(unsigned width, unsigned n)
{
    static const ZydisRegister first[] = {[2] = ZYDIS_REGISTER_AX,
                                          [4] = ZYDIS_REGISTER_EAX,
                                          [8] = ZYDIS_REGISTER_RAX};
    /* AL .. BL, AH .. BH, SPL .. DIL, R8B .. R15B: 20 byte registers */
    return width == 1 ? (ZydisRegister)(ZYDIS_REGISTER_AL + n)
                      : (ZydisRegister)(first[width] + n);
}

static void add_register(struct maker *m, ZydisRegister r)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];

    o->type = ZYDIS_OPERAND_TYPE_REGISTER;
    o->reg.value = r;
}

static void add_gpr(struct maker *m, unsigned width)
{
    add_register(
        m,
        maker_gpr(width, rng_below(m->rng,
                                   registers(m) +
                                       (width == 1 && !m->t->bits32 ? 4 : 0))));
}

static void add_vector(struct maker *m)
{
    add_register(m, (ZydisRegister)(ZYDIS_REGISTER_XMM0 +
                                    rng_below(m->rng, registers(m))));
}

static void add_immediate(struct maker *m, uint64_t value)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];

    o->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
    o->imm.u = value;
    m->count = (uint8_t)value;
}

/* What Zydis calls the size of LEA's operand: that of the address. */
static void set_memory_size(struct maker *m, ZydisEncoderOperand *o,
                            unsigned bytes, unsigned address_bytes)
{
    bool lea = m->form->mnemonic == ZYDIS_MNEMONIC_LEA;

    o->type = ZYDIS_OPERAND_TYPE_MEMORY;
    o->mem.size = (ZyanU16)(lea ? address_bytes : bytes);
}

/* Later in a sequence no register is known: an absolute address. */
static void add_absolute(struct maker *m, unsigned bytes)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes);

    set_memory_size(m, o, bytes, m->t->bits32 ? 4 : 8);
    o->mem.displacement = (int64_t)address;
    place_data(m, address, bytes);
}

/* Registers that the form's hint sets. */
static bool has_other_work(const struct maker *m, unsigned n)
{
    if (m->form->hint == HINT_STACK)
        return n == REG_RSP || n == REG_RBP;
    return m->form->hint == HINT_XSAVE && (n == REG_RAX || n == REG_RDX);
}

/* base + index * scale + displacement = an address in or near the page. */
static void add_based(struct maker *m, unsigned bytes)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes);
    unsigned base = rng_below(m->rng, registers(m));
    unsigned index = rng_below(m->rng, registers(m));
    unsigned wide = m->t->bits32 ? 4 : 8;
    uint64_t *gprs = m->t->before.gpr;
    uint64_t rest = address;

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
    gprs[base] = rest;
    if (!m->t->bits32 && address >> 32 == 0 && value_one_in(m->rng, 8)) {
        o->mem.base = maker_gpr(4, base); /* 67 prefix */
        if (o->mem.index != ZYDIS_REGISTER_NONE)
            o->mem.index = maker_gpr(4, index);
        set_memory_size(m, o, bytes, 4);
        gprs[base] = (uint32_t)rest | rng_next(m->rng) << 32;
    }
    place_data(m, address, bytes);
}

static void add_memory(struct maker *m, unsigned bytes)
{
    if (m->later || value_one_in(m->rng, 16))
        add_absolute(m, bytes);
    else
        add_based(m, bytes);
}

static void add_either(struct maker *m, unsigned memory, unsigned width)
{
    if (value_one_in(m->rng, 2))
        add_memory(m, memory);
    else
        add_gpr(m, width);
}

static void add_vector_or(struct maker *m, unsigned memory)
{
    if (value_one_in(m->rng, 2))
        add_memory(m, memory);
    else
        add_vector(m);
}

static uint64_t random_immediate(struct maker *m)
{
    uint64_t v = value_integer(m->rng);

    switch (m->width) {
    case 1:
        return (uint64_t)(int8_t)v;
    case 2:
        return (uint64_t)(int16_t)v;
    }
    return (uint64_t)(int32_t)v;
}

static void add_mmx(struct maker *m)
{
    add_register(m, (ZydisRegister)(ZYDIS_REGISTER_MM0 + rng_below(m->rng, 8)));
}

static void add_mmx_or(struct maker *m, unsigned memory)
{
    if (value_one_in(m->rng, 2))
        add_memory(m, memory);
    else
        add_mmx(m);
}

static uint64_t byte_immediate(struct maker *m)
{
    if (m->form->hint == HINT_DOUBLE_SHIFT && m->width == 2)
        return rng_below(m->rng, 17);
    return (uint64_t)(int8_t)rng_next(m->rng);
}

static void add_immediate_of(struct maker *m, enum form_operand kind)
{
    switch ((int)kind) {
    case OPERAND_I:
        add_immediate(m, random_immediate(m));
        break;
    case OPERAND_I8:
        add_immediate(m, byte_immediate(m));
        break;
    case OPERAND_I16:
        add_immediate(m, rng_below(m->rng, 64));
        break;
    case OPERAND_I5:
        add_immediate(m, rng_below(m->rng, 4));
        break;
    case OPERAND_PREDICATE:
        add_immediate(m, rng_below(m->rng, 8));
        break;
    case OPERAND_NEXT:
        add_immediate(m, 2); /* bytes of the filler */
        break;
    }
}

static void add_register_of(struct maker *m, enum form_operand kind)
{
    unsigned stack = rng_below(m->rng, 8);

    switch ((int)kind) {
    case OPERAND_CL:
        add_register(m, ZYDIS_REGISTER_CL);
        break;
    case OPERAND_AX:
        add_register(m, ZYDIS_REGISTER_AX);
        break;
    case OPERAND_ST0:
        add_register(m, ZYDIS_REGISTER_ST0);
        break;
    case OPERAND_STI:
        add_register(m, (ZydisRegister)(ZYDIS_REGISTER_ST0 + stack));
        break;
    case OPERAND_XMM0:
        add_register(m, ZYDIS_REGISTER_XMM0);
        break;
    case OPERAND_X:
        add_vector(m);
        break;
    case OPERAND_MM:
        add_mmx(m);
        break;
    case OPERAND_R:
        add_gpr(m, m->width);
        break;
    }
}

/* How a kind of operand is made. */
enum operand_way {
    WAY_NONE,
    WAY_IMMEDIATE,
    WAY_REGISTER,
    WAY_MEMORY, /* the rest: of these bytes, 0: of the form's width */
    WAY_GPR_OR,
    WAY_VECTOR_OR,
    WAY_MMX_OR,
};

struct operand_kind {
    uint8_t way;
    uint16_t bytes;
    uint8_t register_bytes; /* if they differ */
};

static const struct operand_kind kinds[] = {
    [OPERAND_NO] = {WAY_NONE, 0, 0},
    [OPERAND_I] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_I8] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_I16] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_I5] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_PREDICATE] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_NEXT] = {WAY_IMMEDIATE, 0, 0},
    [OPERAND_CL] = {WAY_REGISTER, 0, 0},
    [OPERAND_AX] = {WAY_REGISTER, 0, 0},
    [OPERAND_ST0] = {WAY_REGISTER, 0, 0},
    [OPERAND_STI] = {WAY_REGISTER, 0, 0},
    [OPERAND_XMM0] = {WAY_REGISTER, 0, 0},
    [OPERAND_X] = {WAY_REGISTER, 0, 0},
    [OPERAND_MM] = {WAY_REGISTER, 0, 0},
    [OPERAND_R] = {WAY_REGISTER, 0, 0},
    [OPERAND_RM] = {WAY_GPR_OR, 0, 0},
    [OPERAND_RM8] = {WAY_GPR_OR, 1, 0},
    [OPERAND_RM16] = {WAY_GPR_OR, 2, 0},
    [OPERAND_RM32] = {WAY_GPR_OR, 4, 0},
    [OPERAND_RM64] = {WAY_GPR_OR, 8, 0},
    [OPERAND_RM8R32] = {WAY_GPR_OR, 1, 4},
    [OPERAND_RM16R32] = {WAY_GPR_OR, 2, 4},
    [OPERAND_XM16] = {WAY_VECTOR_OR, 2, 0},
    [OPERAND_XM32] = {WAY_VECTOR_OR, 4, 0},
    [OPERAND_XM64] = {WAY_VECTOR_OR, 8, 0},
    [OPERAND_XM128] = {WAY_VECTOR_OR, 16, 0},
    [OPERAND_MMM32] = {WAY_MMX_OR, 4, 0},
    [OPERAND_MMM64] = {WAY_MMX_OR, 8, 0},
    [OPERAND_M] = {WAY_MEMORY, 0, 0},
    [OPERAND_M16] = {WAY_MEMORY, 2, 0},
    [OPERAND_M32] = {WAY_MEMORY, 4, 0},
    [OPERAND_M64] = {WAY_MEMORY, 8, 0},
    [OPERAND_M80] = {WAY_MEMORY, 10, 0},
    [OPERAND_M128] = {WAY_MEMORY, 16, 0},
    [OPERAND_M112] = {WAY_MEMORY, 14, 0},
    [OPERAND_M224] = {WAY_MEMORY, 28, 0},
    [OPERAND_M752] = {WAY_MEMORY, 94, 0},
    [OPERAND_M864] = {WAY_MEMORY, 108, 0},
    [OPERAND_M4096] = {WAY_MEMORY, 512, 0},
    [OPERAND_M4608] = {WAY_MEMORY, 576, 0},
};

void maker_add_operand(struct maker *m, enum form_operand kind)
{
    const struct operand_kind *k = &kinds[kind];
    unsigned bytes = k->bytes ? k->bytes : m->width;

    switch ((enum operand_way)k->way) {
    case WAY_NONE:
        break;
    case WAY_IMMEDIATE:
        add_immediate_of(m, kind);
        break;
    case WAY_REGISTER:
        add_register_of(m, kind);
        break;
    case WAY_MEMORY:
        add_memory(m, bytes);
        break;
    case WAY_GPR_OR:
        add_either(m, bytes, k->register_bytes ? k->register_bytes : bytes);
        break;
    case WAY_VECTOR_OR:
        add_vector_or(m, bytes);
        break;
    case WAY_MMX_OR:
        add_mmx_or(m, bytes);
        break;
    }
}
