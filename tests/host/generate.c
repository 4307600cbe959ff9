/*
 * generate.c - random operands and state for one form.
 *
 * Values prefer the corners: zero, ones, sign bits, small numbers; reals
 * prefer zeros, denormals, infinities, NaNs and neighbours of powers of two.
 * Addresses mostly lie in the data page, sometimes across its end, unmapped
 * or not canonical.
 */
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/forms.h"
#include "tests/host/trial.h"

/* What one trial is being made of. */
struct maker {
    struct trial *t;
    const struct form *form;
    struct rng *rng;
    ZydisEncoderRequest request;
};

static bool one_in(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n) == 0;
}

static uint64_t interesting(struct rng *rng)
{
    uint64_t r = rng_next(rng);

    switch (rng_below(rng, 8)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2: /* a sign bit, and its neighbours */
        return ((uint64_t)1 << (8u << rng_below(rng, 4)) % 65 >> 1) + r % 3 - 1;
    case 3:
        return r & 0xff;
    case 4:
        return 0 - (r & 0xff);
    case 5:
        return r >> (r & 63);
    }
    return r;
}

static uint32_t real32(struct rng *rng)
{
    uint32_t r = (uint32_t)rng_next(rng), sign = r & 0x80000000;

    switch (rng_below(rng, 10)) {
    case 0:
        return sign;
    case 1:
        return sign | 0x7f800000;
    case 2:
        return sign | 0x7fc00000 | (r & 0x3fffff);
    case 3:
        return sign | 0x7f800000 | (r & 0x3fffff) | 1;
    case 4:
        return sign | (r & 0x7fffff) >> (r & 15);
    case 5:
        return sign | 0x3f800000 | (r & 3);
    case 6:
        return sign | 0x4b000000 | (r & 0x1ffffff);
    case 7:
        return sign | 0x3f000000 | (r & 0x1fffff);
    case 8: /* near the ends of the range */
        return sign | (r & 1 ? 0x7f000000 : 0x00800000) | (r & 0x7fffff);
    }
    return r;
}

static uint64_t real64(struct rng *rng)
{
    uint64_t r = rng_next(rng), sign = r & (uint64_t)1 << 63;
    uint64_t fraction = r & (((uint64_t)1 << 52) - 1);

    switch (rng_below(rng, 12)) {
    case 0:
        return sign;
    case 1:
        return sign | 0x7ff0000000000000;
    case 2:
        return sign | 0x7ff8000000000000 | fraction;
    case 3:
        return sign | 0x7ff0000000000000 | fraction >> 1 | 1;
    case 4:
        return sign | fraction >> (r & 31);
    case 5:
        return sign | 0x3ff0000000000000 | (r & 3);
    case 6: /* integers and halves of 32 and 64 bits */
        return sign | (0x41d0000000000000 + (r & 0x3f) * 0x0010000000000000) |
               (fraction & ~(uint64_t)0xfffff);
    case 7:
        return sign | 0x3fe0000000000000 | (fraction & 0x3ffffffffffff);
    case 8:
        return sign | (r & 1 ? 0x7fe0000000000000 : 0x0010000000000000) |
               fraction;
    case 9: /* near the ends of the single range */
        return sign | (r & 1 ? 0x47e0000000000000 : 0x3810000000000000) |
               (fraction & ~(uint64_t)0xffff);
    case 10:
        return sign | 0x36f0000000000000 | fraction;
    }
    return r;
}

static void real80(struct rng *rng, uint8_t to[10])
{
    uint64_t mantissa = interesting(rng) | (uint64_t)1 << 63;
    uint16_t exponent = (uint16_t)(0x3ff0 + rng_below(rng, 32));
    uint16_t sign = one_in(rng, 2) ? 0x8000 : 0;

    switch (rng_below(rng, 12)) {
    case 0:
        mantissa = exponent = 0;
        break;
    case 1:
        mantissa = (uint64_t)1 << 63;
        exponent = 0x7fff;
        break;
    case 2:
        mantissa = (uint64_t)3 << 62 | rng_next(rng) >> 2;
        exponent = 0x7fff;
        break;
    case 3:
        mantissa = (uint64_t)1 << 63 | rng_next(rng) >> 2 | 1;
        exponent = 0x7fff;
        break;
    case 4: /* denormal, pseudo-denormal */
        mantissa = rng_next(rng) >> (exponent & 15);
        exponent = 0;
        break;
    case 5: /* anything, unsupported encodings too */
        mantissa = rng_next(rng);
        exponent = (uint16_t)(rng_next(rng) & 0x7fff);
        break;
    case 6:
        exponent = (uint16_t)(rng_next(rng) & 0x7fff);
        break;
    case 7: /* near the ends of the double range */
        exponent =
            (uint16_t)((one_in(rng, 2) ? 0x43fe : 0x3c00) + rng_below(rng, 3));
        break;
    }
    exponent |= sign;
    memcpy(to, &mantissa, 8);
    memcpy(to + 8, &exponent, 2);
}

/* Fills bytes with what the form's hint asks for. */
static void fill(struct rng *rng, enum form_hint hint, uint8_t *to,
                 unsigned bytes)
{
    for (unsigned at = 0; at < bytes; at += 8) {
        uint64_t v = interesting(rng);

        if (hint == HINT_SINGLE)
            v = (uint64_t)real32(rng) << 32 | real32(rng);
        else if (hint == HINT_REAL)
            v = real64(rng);
        else if (hint == HINT_SHIFT_COUNT && !one_in(rng, 4))
            v = rng_below(rng, 70);
        memcpy(to + at, &v, bytes - at < 8 ? bytes - at : 8);
    }
}

/* Masked and rounding to nearest mostly; flags and modes of all kinds. */
static uint32_t random_mxcsr(struct rng *rng)
{
    uint32_t r = (uint32_t)rng_next(rng);
    uint32_t mxcsr = 0x1f80;

    mxcsr |= r & 1 ? 0x20 : r >> 8 & 0x3f;
    if (one_in(rng, 2))
        mxcsr |= r & 0x6000;
    if (one_in(rng, 4))
        mxcsr |= r & 0x8040;
    if (one_in(rng, 8))
        mxcsr &= ~(r & 0x1f80);
    return mxcsr;
}

static void random_x87(struct maker *m)
{
    uint8_t *fx = m->t->before.fx;
    uint32_t r = (uint32_t)rng_next(m->rng);
    uint16_t fcw = 0x37f, fsw = (uint16_t)(r & 0x7f00);

    if (one_in(m->rng, 2))
        fcw = (uint16_t)(0x7f | (r >> 16 & 0xf00));
    if (one_in(m->rng, 8))
        fcw &= (uint16_t) ~(r >> 4 & 0x3f);
    if (one_in(m->rng, 4)) /* flags that are masked: nothing is pending */
        fsw |= (uint16_t)(r >> 10 & 0x3f & fcw);
    memcpy(fx + FXI_FCW, &fcw, 2);
    memcpy(fx + FXI_FSW, &fsw, 2);
    fx[FXI_FTW] = one_in(m->rng, 3) ? (uint8_t)rng_next(m->rng) : 0xff;
    if (one_in(m->rng, 2)) /* room for a push: R7 of the stack is empty */
        fx[FXI_FTW] &= (uint8_t) ~(1u << ((((unsigned)fsw >> 11) + 7) & 7));
    for (unsigned i = 0; i < 8; i++)
        real80(m->rng, fx + FXI_ST + 16 * i);
}

static void random_state(struct maker *m)
{
    struct image *s = &m->t->before;
    uint16_t fcw = 0x37f;
    uint32_t mxcsr = 0x1f80;

    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < 16; i++)
        s->gpr[i] = interesting(m->rng);
    s->rflags = 0x202 | (rng_next(m->rng) & 0x8d5);
    if (m->form->hint == HINT_STRING && one_in(m->rng, 3))
        s->rflags |= RFLAGS_DF;
    memcpy(s->fx + FXI_FCW, &fcw, 2);
    if (m->form->group == GROUP_FLOAT || m->form->group == GROUP_VECTOR)
        mxcsr = random_mxcsr(m->rng);
    if (m->form->group >= GROUP_VECTOR)
        fill(m->rng, m->form->hint, s->fx + FXI_XMM, 256);
    if (m->form->group == GROUP_X87)
        random_x87(m);
    memcpy(s->fx + FXI_MXCSR, &mxcsr, 4);
}

/* Where a memory operand of this size shall be. */
static uint64_t pick_address(struct maker *m, unsigned bytes)
{
    uint64_t offset = rng_below(m->rng, TRIAL_DATA_BYTES - bytes + 1);
    bool align = bytes == 16 && m->form->hint != HINT_UNALIGNED;

    if (align && !one_in(m->rng, 16))
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
        real80(m->rng, raw);
    else
        fill(m->rng, m->form->hint, raw, 16);
    if (m->form->hint == HINT_LOAD_MXCSR && !one_in(m->rng, 4))
        raw[2] = raw[3] = 0;
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

    o->type = ZYDIS_OPERAND_TYPE_MEMORY;
    o->mem.size = (ZyanU16)bytes;
    o->mem.base = gpr(8, base);
    if (!one_in(m->rng, 3))
        o->mem.displacement = one_in(m->rng, 2) ? (int8_t)rng_next(m->rng)
                                                : (int32_t)rng_next(m->rng);
    rest -= (uint64_t)o->mem.displacement;
    if (one_in(m->rng, 2) && index != REG_RSP && index != base) {
        o->mem.index = gpr(8, index);
        o->mem.scale = (ZyanU8)(1u << rng_below(m->rng, 4));
        gprs[index] = rng_next(m->rng);
        rest -= gprs[index] * o->mem.scale;
    }
    gprs[base] = rest;
    place_data(m, address, bytes);
}

static void add_either(struct maker *m, unsigned memory, unsigned width)
{
    if (one_in(m->rng, 2))
        add_memory(m, memory);
    else
        add_gpr(m, width);
}

static void add_vector_or(struct maker *m, unsigned memory)
{
    if (one_in(m->rng, 2))
        add_memory(m, memory);
    else
        add_vector(m);
}

static uint64_t random_immediate(struct maker *m)
{
    uint64_t v = interesting(m->rng);

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
    unsigned room = one_in(m->rng, 8) ? TRIAL_DATA_BYTES : 2048;

    g[REG_RSI] = TRIAL_DATA + 1024 + rng_below(m->rng, room);
    g[REG_RDI] = TRIAL_DATA + 1024 + rng_below(m->rng, room);
    if (one_in(m->rng, 3)) /* close together: overlap, equal strings */
        g[REG_RDI] = g[REG_RSI] + rng_below(m->rng, 40) - 20;
    g[REG_RCX] = rng_below(m->rng, one_in(m->rng, 4) ? 300 : 20);
    if (one_in(m->rng, 2)) /* runs of equal bytes for SCAS and CMPS */
        memset(m->t->data + 900, (uint8_t)g[REG_RAX], 2500);
    switch (rng_below(m->rng, 3)) {
    case 0:
        m->request.prefixes = ZYDIS_ATTRIB_HAS_REP;
        break;
    case 1:
        m->request.prefixes = ZYDIS_ATTRIB_HAS_REPNE;
        break;
    }
    if (m->request.prefixes == 0)
        return;
    switch ((int)m->form->mnemonic) {
    case ZYDIS_MNEMONIC_SCASB:
    case ZYDIS_MNEMONIC_SCASW:
    case ZYDIS_MNEMONIC_SCASD:
    case ZYDIS_MNEMONIC_SCASQ:
    case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_CMPSQ:
        if (m->request.prefixes == ZYDIS_ATTRIB_HAS_REP)
            m->request.prefixes = ZYDIS_ATTRIB_HAS_REPE;
        break;
    default: /* the others take REP alone */
        m->request.prefixes = ZYDIS_ATTRIB_HAS_REP;
        break;
    }
}

/* Mostly quotients that fit. */
static void set_up_divide(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;

    if (one_in(m->rng, 2))
        return;
    g[REG_RDX] = one_in(m->rng, 2) ? 0 : rng_below(m->rng, 16);
    if (m->form->mnemonic == ZYDIS_MNEMONIC_IDIV && one_in(m->rng, 2))
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
            one_in(m->rng, 2))
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
