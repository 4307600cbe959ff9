/*
 * generate.c - random operands and state for one form.
 *
 * Addresses mostly lie in the data page, sometimes across its end, unmapped
 * or not canonical.
 */
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/forms.h"
#include "tests/host/trial.h"
#include "tests/host/values.h"

/* What one trial is being made of. */
struct maker {
    struct trial *t;
    const struct form *form;
    struct rng *rng;
    ZydisEncoderRequest request;
};

static void random_state(struct maker *m)
{
    struct image *s = &m->t->before;
    uint16_t fcw = 0x37f;
    uint32_t mxcsr = 0x1f80;

    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < 16; i++)
        s->gpr[i] = value_integer(m->rng);
    s->rflags = 0x202 | (rng_next(m->rng) & 0x8d5);
    if (m->form->hint == HINT_STRING && value_one_in(m->rng, 3))
        s->rflags |= RFLAGS_DF;
    memcpy(s->fx + FXI_FCW, &fcw, 2);
    if (m->form->group == GROUP_FLOAT || m->form->group == GROUP_VECTOR)
        mxcsr = value_mxcsr(m->rng);
    if (m->form->group >= GROUP_VECTOR)
        value_fill(m->rng, m->form->hint, s->fx + FXI_XMM, 256);
    if (m->form->group == GROUP_X87)
        value_x87(m->rng, s->fx, m->form->mnemonic == ZYDIS_MNEMONIC_FLD);
    memcpy(s->fx + FXI_MXCSR, &mxcsr, 4);
}

/* Where a memory operand of this size shall be. */
static uint64_t pick_address(struct maker *m, unsigned bytes)
{
    uint64_t offset = rng_below(m->rng, TRIAL_DATA_BYTES - bytes + 1);
    bool align = bytes == 16 && m->form->hint != HINT_UNALIGNED;

    if (align && !value_one_in(m->rng, 16))
        offset &= ~(uint64_t)15;
    switch (rng_below(m->rng, 64)) {
    case 0: /* across the end, or just behind it */
        offset = TRIAL_DATA_BYTES - rng_below(m->rng, bytes);
        break;
    case 1: /* across the start, or just before it */
        offset = 0 - (uint64_t)(1 + rng_below(m->rng, bytes));
        break;
    case 2:
        return (uint64_t)1 << 63 | rng_below(m->rng, 1u << 30);
    }
    return TRIAL_DATA + offset;
}

static void place_data(struct maker *m, uint64_t address, unsigned bytes)
{
    uint8_t raw[16];

    if (address < TRIAL_DATA || address - TRIAL_DATA > TRIAL_DATA_BYTES - bytes)
        return;
    if (m->form->hint == HINT_EXTENDED)
        value_real80(m->rng, raw);
    else
        value_fill(m->rng, m->form->hint, raw, 16);
    if (m->form->hint == HINT_LOAD_MXCSR && !value_one_in(m->rng, 4))
        raw[2] = raw[3] = 0;
    raw[2] &= (uint8_t)~2; /* MXCSR.MM, which some CPUs have */
    memcpy(m->t->data + (address - TRIAL_DATA), raw, bytes);
}

static ZydisRegister gpr(unsigned width, unsigned n)
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
    add_register(m, gpr(width, rng_below(m->rng, width == 1 ? 20 : 16)));
}

static void add_vector(struct maker *m)
{
    add_register(m,
                 (ZydisRegister)(ZYDIS_REGISTER_XMM0 + rng_below(m->rng, 16)));
}

static void add_immediate(struct maker *m, uint64_t value)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];

    o->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
    o->imm.u = value;
    m->t->count = (uint8_t)value;
}

/* BT and kin with a register reach beyond the operand: keep it small. */
static uint64_t bit_string_offset(struct maker *m)
{
    unsigned n =
        (unsigned)(m->request.operands[1].reg.value - gpr(m->t->width, 0));
    int64_t bit = (int64_t)rng_below(m->rng, 512) - 256;
    int64_t unit_bits = 8 * m->t->width;
    int64_t unit = bit >= 0 ? bit / unit_bits : (bit + 1) / unit_bits - 1;

    m->t->before.gpr[n] = (uint64_t)bit;
    return (uint64_t)(unit * m->t->width);
}

/* base + index * scale + displacement = an address in or near the page. */
static void add_memory(struct maker *m, unsigned bytes)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];
    uint64_t address = pick_address(m, bytes);
    unsigned base = rng_below(m->rng, 16), index = rng_below(m->rng, 16);
    uint64_t *gprs = m->t->before.gpr;
    uint64_t rest = address;

    if (m->form->hint == HINT_STACK && (base == REG_RSP || base == REG_RBP))
        base = REG_RBX; /* those have other work */
    o->type = ZYDIS_OPERAND_TYPE_MEMORY;
    o->mem.size = (ZyanU16)bytes;
    if (m->form->mnemonic == ZYDIS_MNEMONIC_LEA) /* Zydis: of the address */
        o->mem.size = 8;
    o->mem.base = gpr(8, base);
    if (!value_one_in(m->rng, 3))
        o->mem.displacement = value_one_in(m->rng, 2)
                                  ? (int8_t)rng_next(m->rng)
                                  : (int32_t)rng_next(m->rng);
    rest -= (uint64_t)o->mem.displacement;
    if (value_one_in(m->rng, 2) && index != REG_RSP && index != REG_RBP &&
        index != base) {
        o->mem.index = gpr(8, index);
        o->mem.scale = (ZyanU8)(1u << rng_below(m->rng, 4));
        gprs[index] = rng_next(m->rng);
        rest -= gprs[index] * o->mem.scale;
    }
    gprs[base] = rest;
    if (address >> 32 == 0 && value_one_in(m->rng, 8)) { /* 67 prefix */
        o->mem.base = gpr(4, base);
        if (o->mem.index != ZYDIS_REGISTER_NONE)
            o->mem.index = gpr(4, index);
        if (m->form->mnemonic == ZYDIS_MNEMONIC_LEA)
            o->mem.size = 4;
        gprs[base] = (uint32_t)rest | rng_next(m->rng) << 32;
    }
    place_data(m, address, bytes);
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

    switch (m->t->width) {
    case 1:
        return (uint64_t)(int8_t)v;
    case 2:
        return (uint64_t)(int16_t)v;
    }
    return (uint64_t)(int32_t)v;
}

static void add_simple(struct maker *m, enum form_operand kind)
{
    switch ((int)kind) {
    case OPERAND_I:
        add_immediate(m, random_immediate(m));
        break;
    case OPERAND_I8:
        add_immediate(m, m->form->hint == HINT_DOUBLE_SHIFT && m->t->width == 2
                             ? rng_below(m->rng, 17)
                             : (uint64_t)(int8_t)rng_next(m->rng));
        break;
    case OPERAND_PREDICATE:
        add_immediate(m, rng_below(m->rng, 8));
        break;
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
        add_register(
            m, (ZydisRegister)(ZYDIS_REGISTER_ST0 + rng_below(m->rng, 8)));
        break;
    case OPERAND_X:
        add_vector(m);
        break;
    case OPERAND_R:
        add_gpr(m, m->t->width);
        break;
    }
}

/* Bytes of a memory operand by kind; 0: of the form's width. */
static const uint8_t memory_bytes[] = {
    [OPERAND_RM8] = 1,    [OPERAND_RM16] = 2, [OPERAND_RM32] = 4,
    [OPERAND_RM64] = 8,   [OPERAND_XM32] = 4, [OPERAND_XM64] = 8,
    [OPERAND_XM128] = 16, [OPERAND_M16] = 2,  [OPERAND_M32] = 4,
    [OPERAND_M64] = 8,    [OPERAND_M80] = 10, [OPERAND_M128] = 16,
};

static void add_operand(struct maker *m, enum form_operand kind)
{
    switch (kind) {
    case OPERAND_NO:
    case OPERAND_I:
    case OPERAND_I8:
    case OPERAND_PREDICATE:
    case OPERAND_CL:
    case OPERAND_AX:
    case OPERAND_ST0:
    case OPERAND_STI:
    case OPERAND_X:
    case OPERAND_R:
        add_simple(m, kind);
        break;
    case OPERAND_RM:
        add_either(m, m->t->width, m->t->width);
        break;
    case OPERAND_M:
        add_memory(m, m->t->width);
        break;
    case OPERAND_RM8:
    case OPERAND_RM16:
    case OPERAND_RM32:
    case OPERAND_RM64:
        add_either(m, memory_bytes[kind], memory_bytes[kind]);
        break;
    case OPERAND_RM16R32:
        add_either(m, 2, 4);
        break;
    case OPERAND_XM32:
    case OPERAND_XM64:
    case OPERAND_XM128:
        add_vector_or(m, memory_bytes[kind]);
        break;
    case OPERAND_M16:
    case OPERAND_M32:
    case OPERAND_M64:
    case OPERAND_M80:
    case OPERAND_M128:
        add_memory(m, memory_bytes[kind]);
        break;
    }
}

/* RSI and RDI in the page, a small count, mostly one that fits. */
static void set_up_string(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;
    const char *name = ZydisMnemonicGetString(m->form->mnemonic);
    unsigned room = value_one_in(m->rng, 8) ? TRIAL_DATA_BYTES : 2048;

    g[REG_RSI] = TRIAL_DATA + 1024 + rng_below(m->rng, room);
    g[REG_RDI] = TRIAL_DATA + 1024 + rng_below(m->rng, room);
    if (value_one_in(m->rng, 3)) /* close together: overlap, equal strings */
        g[REG_RDI] = g[REG_RSI] + rng_below(m->rng, 40) - 20;
    g[REG_RCX] = rng_below(m->rng, value_one_in(m->rng, 4) ? 300 : 20);
    if (value_one_in(m->rng, 6)) { /* 32-bit addresses: the rest is ignored */
        m->request.address_size_hint = ZYDIS_ADDRESS_SIZE_HINT_32;
        g[REG_RSI] |= rng_next(m->rng) << 32;
        g[REG_RDI] |= rng_next(m->rng) << 32;
        g[REG_RCX] |= rng_next(m->rng) << 32;
    }
    if (value_one_in(m->rng, 2)) /* runs of equal bytes for SCAS and CMPS */
        memset(m->t->data + 900, (uint8_t)g[REG_RAX], 2500);
    if (value_one_in(m->rng, 3))
        return;
    /* SCAS and CMPS take REPE and REPNE, the others REP */
    m->request.prefixes = ZYDIS_ATTRIB_HAS_REP;
    if (strncmp(name, "scas", 4) == 0 || strncmp(name, "cmps", 4) == 0)
        m->request.prefixes = value_one_in(m->rng, 2) ? ZYDIS_ATTRIB_HAS_REPE
                                                      : ZYDIS_ATTRIB_HAS_REPNE;
}

/* Mostly quotients that fit. */
static void set_up_divide(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;

    if (value_one_in(m->rng, 2))
        return;
    g[REG_RDX] = value_one_in(m->rng, 2) ? 0 : rng_below(m->rng, 16);
    if (m->form->mnemonic == ZYDIS_MNEMONIC_IDIV && value_one_in(m->rng, 2))
        g[REG_RDX] = 0 - g[REG_RDX];
    if (m->t->width == 1)
        g[REG_RAX] = (g[REG_RAX] & ~(uint64_t)0xff00) | rng_below(m->rng, 4)
                                                            << 8;
}

static void set_up(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;

    switch ((int)m->form->hint) {
    case HINT_STRING:
        set_up_string(m);
        break;
    case HINT_DIVIDE:
        set_up_divide(m);
        break;
    case HINT_STACK:
        g[REG_RSP] = TRIAL_DATA + 64 + rng_below(m->rng, 4000);
        g[REG_RBP] = TRIAL_DATA + 64 + rng_below(m->rng, 4000);
        break;
    case HINT_MASK_MOVE:
        g[REG_RDI] = TRIAL_DATA + rng_below(m->rng, 4080);
        break;
    case HINT_DOUBLE_SHIFT: /* a longer shift of 16 bits is undefined */
        if (m->t->width == 2)
            g[REG_RCX] = (g[REG_RCX] & ~(uint64_t)0x1f) | rng_below(m->rng, 17);
        break;
    case HINT_LOCKABLE:
        if (m->request.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            value_one_in(m->rng, 2))
            m->request.prefixes = ZYDIS_ATTRIB_HAS_LOCK;
        break;
    case HINT_BIT_STRING:
        bit_string_offset(m);
        break;
    }
}

bool trial_generate(struct trial *t, unsigned form, uint8_t width,
                    unsigned slot, struct rng *rng)
{
    struct maker m = {.t = t, .form = &forms[form], .rng = rng};
    ZyanUSize length = sizeof(t->code);

    (void)slot;
    t->form = form;
    t->width = width;
    t->count = 0;
    random_state(&m);
    m.request.machine_mode = ZYDIS_MACHINE_MODE_LONG_64;
    m.request.allowed_encodings = ZYDIS_ENCODABLE_ENCODING_LEGACY;
    m.request.mnemonic = m.form->mnemonic;
    for (unsigned i = 0; i < 3 && m.form->operand[i] != OPERAND_NO; i++)
        add_operand(&m, m.form->operand[i]);
    set_up(&m);
    for (unsigned i = 0; i < 3; i++) {
        if (m.form->operand[i] == OPERAND_CL)
            t->count = (uint8_t)t->before.gpr[REG_RCX];
    }
    if (!ZYAN_SUCCESS(
            ZydisEncoderEncodeInstruction(&m.request, t->code, &length)))
        return false;
    t->length = (uint8_t)length;
    return true;
}
