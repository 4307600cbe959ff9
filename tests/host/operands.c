/*
 * operands.c - see operands.h.
 */
#include "tests/host/operands.h"

#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/values.h"

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
        m, maker_gpr(
               width,
               rng_below(m->rng,
                         maker_registers(m) +
                             (width == 1 && m->t->mode == TRIAL_64 ? 4 : 0))));
}

static void add_vector(struct maker *m)
{
    add_register(m, (ZydisRegister)(ZYDIS_REGISTER_XMM0 +
                                    rng_below(m->rng, maker_registers(m))));
}

static void add_immediate(struct maker *m, uint64_t value)
{
    ZydisEncoderOperand *o = &m->request.operands[m->request.operand_count++];

    o->type = ZYDIS_OPERAND_TYPE_IMMEDIATE;
    o->imm.u = value;
    m->count = (uint8_t)value;
}

static void add_either(struct maker *m, unsigned memory, unsigned width)
{
    if (value_one_in(m->rng, 2))
        maker_add_memory(m, memory);
    else
        add_gpr(m, width);
}

static void add_vector_or(struct maker *m, unsigned memory)
{
    if (value_one_in(m->rng, 2))
        maker_add_memory(m, memory);
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
        maker_add_memory(m, memory);
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
    case OPERAND_A:
        add_register(m, maker_gpr(m->width, 0));
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
    [OPERAND_A] = {WAY_REGISTER, 0, 0},
    [OPERAND_ST0] = {WAY_REGISTER, 0, 0},
    [OPERAND_STI] = {WAY_REGISTER, 0, 0},
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
    [OPERAND_M512] = {WAY_MEMORY, 64, 0},
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
        maker_add_memory(m, bytes);
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
