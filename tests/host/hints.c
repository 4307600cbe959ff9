/*
 * hints.c - registers, prefixes and data that a form's hint asks for.
 */
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/operands.h"
#include "tests/host/values.h"

/* BT and kin with a register reach beyond the operand: keep it small. */
static uint64_t bit_string_offset(struct maker *m)
{
    unsigned n =
        (unsigned)(m->request.operands[1].reg.value - maker_gpr(m->width, 0));
    int64_t bit = (int64_t)rng_below(m->rng, 512) - 256;
    int64_t unit_bits = 8 * m->width;
    int64_t unit = bit >= 0 ? bit / unit_bits : (bit + 1) / unit_bits - 1;

    m->t->before.gpr[n] = (uint64_t)bit;
    return (uint64_t)(unit * m->width);
}

/* 16-bit addresses, of which the rest is ignored, or 32-bit addresses. */
static void choose_string_address(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;

    if (value_one_in(m->rng, 4)) {
        m->request.address_size_hint = ZYDIS_ADDRESS_SIZE_HINT_32;
        return;
    }
    g[REG_RSI] = (g[REG_RSI] & 0xffff) | rng_next(m->rng) << 16;
    g[REG_RDI] = (g[REG_RDI] & 0xffff) | rng_next(m->rng) << 16;
    g[REG_RCX] = (g[REG_RCX] & 0xffff) | rng_next(m->rng) << 16;
}

/* RSI and RDI in the page, a small count, mostly one that fits. */
static void set_up_string(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;
    const char *name = ZydisMnemonicGetString(m->form->mnemonic);
    uint64_t data = trial_data(m->t->mode);
    unsigned room = value_one_in(m->rng, 8) ? TRIAL_DATA_BYTES : 2048;

    g[REG_RSI] = data + 1024 + rng_below(m->rng, room);
    g[REG_RDI] = data + 1024 + rng_below(m->rng, room);
    if (value_one_in(m->rng, 3)) /* close together: overlap, equal strings */
        g[REG_RDI] = g[REG_RSI] + rng_below(m->rng, 40) - 20;
    g[REG_RCX] = rng_below(m->rng, value_one_in(m->rng, 4) ? 300 : 20);
    if (m->t->mode == TRIAL_64 &&
        value_one_in(m->rng, 6)) { /* 32-bit addresses: the rest is ignored */
        m->request.address_size_hint = ZYDIS_ADDRESS_SIZE_HINT_32;
        g[REG_RSI] |= rng_next(m->rng) << 32;
        g[REG_RDI] |= rng_next(m->rng) << 32;
        g[REG_RCX] |= rng_next(m->rng) << 32;
    }
    if (m->t->mode == TRIAL_16)
        choose_string_address(m);
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
    if (m->width == 1)
        g[REG_RAX] = (g[REG_RAX] & ~(uint64_t)0xff00) | rng_below(m->rng, 4)
                                                            << 8;
}

static void set_up_stack(struct maker *m)
{
    uint64_t *g = m->t->before.gpr;

    g[REG_RSP] = trial_data(m->t->mode) + 64 + rng_below(m->rng, 4000);
    g[REG_RBP] = trial_data(m->t->mode) + 64 + rng_below(m->rng, 4000);
}

/* The page is 4096 bytes long. */
static void set_up_address(struct maker *m)
{
    uint64_t *g = m->t->before.gpr, data = trial_data(m->t->mode);

    switch ((int)m->form->hint) {
    case HINT_MASK_MOVE:
        g[REG_RDI] = data + rng_below(m->rng, 4080);
        break;
    case HINT_LINE:
        g[REG_RAX] = data + rng_below(m->rng, 4096);
        break;
    case HINT_XLAT:
        g[REG_RBX] = data + rng_below(m->rng, 3900);
        break;
    case HINT_XSAVE: /* components that both sides have, and none has */
        g[REG_RAX] = rng_next(m->rng) & ~(uint64_t)0x7ffffffc;
        g[REG_RDX] = 0;
        break;
    }
}

static void set_up_registers(struct maker *m)
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
        set_up_stack(m);
        break;
    case HINT_DOUBLE_SHIFT: /* a longer shift of 16 bits is undefined */
        if (m->width == 2)
            g[REG_RCX] = (g[REG_RCX] & ~(uint64_t)0x1f) | rng_below(m->rng, 17);
        break;
    case HINT_BIT_STRING:
        bit_string_offset(m);
        break;
    case HINT_TEXT:
        g[REG_RAX] = (g[REG_RAX] & ~(uint64_t)31) | rng_below(m->rng, 32);
        g[REG_RDX] = (g[REG_RDX] & ~(uint64_t)31) | rng_below(m->rng, 32);
        if (value_one_in(m->rng, 2)) {
            g[REG_RAX] &= 31;
            g[REG_RDX] &= 31;
        }
        break;
    }
    set_up_address(m);
}

void maker_set_up(struct maker *m)
{
    if (!m->later)
        set_up_registers(m);
    if (m->form->hint == HINT_LOCKABLE &&
        m->request.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
        value_one_in(m->rng, 2))
        m->request.prefixes = ZYDIS_ATTRIB_HAS_LOCK;
}
