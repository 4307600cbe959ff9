/*
 * opcodes.c - see opcodes.h.
 */
#include "tests/host/opcodes.h"

#include <string.h>

#include "sim/core/macros.h"
#include "sim/cpu/cpu_state.h"
#include "tests/host/forms.h"
#include "tests/host/values.h"

enum { PLAIN_VARIANTS = 16, REGISTER_VARIANTS = 64 };

/* Bytes under way. */
struct writer {
    struct rng *rng;
    enum trial_mode mode;
    unsigned count;
    uint8_t byte[OPCODE_BYTES];
};

static void put(struct writer *w, uint8_t byte)
{
    w->byte[w->count++] = byte;
}

/* Opcodes whose register form says more in its r/m field. */
static bool has_long_group(enum opcode_map map, uint8_t opcode)
{
    if (map == MAP_ONE)
        return opcode >= 0xd8 && opcode <= 0xdf;
    return map == MAP_0F && (opcode == 0x01 || opcode == 0xae ||
                             opcode == 0xc7 || opcode == 0x1e);
}

unsigned opcode_variants(enum opcode_map map, uint8_t opcode)
{
    return has_long_group(map, opcode) ? PLAIN_VARIANTS + REGISTER_VARIANTS
                                       : PLAIN_VARIANTS;
}

/*
 * FS is left alone: it belongs to the host's library.  In 16-bit code nothing
 * is read through CS: what lies behind the instruction is each side's own.
 */
static void put_prefixes(struct writer *w)
{
    static const uint8_t segments[] = {0x26, 0x36, 0x3e, 0x65, 0x2e};

    if (value_one_in(w->rng, 4))
        put(w, 0x66);
    if (value_one_in(w->rng, 8))
        put(w, 0x67);
    if (value_one_in(w->rng, 12))
        put(w, segments[rng_below(w->rng, w->mode == TRIAL_16 ? 4 : 5)]);
    if (value_one_in(w->rng, 4))
        put(w, value_one_in(w->rng, 2) ? 0xf2 : 0xf3);
    if (value_one_in(w->rng, 12))
        put(w, 0xf0);
    if (value_one_in(w->rng, 12))
        put(w, 0x66);
    if (w->mode == TRIAL_64 && value_one_in(w->rng, 3))
        put(w, (uint8_t)(0x40 + rng_below(w->rng, 16)));
}

static void put_vex(struct writer *w)
{
    uint8_t random = (uint8_t)rng_next(w->rng);
    bool legacy = w->mode != TRIAL_64;

    if (value_one_in(w->rng, 6)) { /* two bytes: map 0F */
        put(w, 0xc5);
        put(w, legacy ? random | 0xc0 : random);
        return;
    }
    put(w, 0xc4);
    put(w, (uint8_t)((legacy ? 0xe0 : random & 0xe0) |
                     (value_one_in(w->rng, 16) ? rng_below(w->rng, 32)
                                               : 1 + rng_below(w->rng, 3))));
    random = (uint8_t)rng_next(w->rng);
    put(w, value_one_in(w->rng, 2) ? random : (uint8_t)(random | 0x78));
}

static void put_map(struct writer *w, enum opcode_map map)
{
    switch (map) {
    case MAP_ONE:
    case MAP_COUNT:
        break;
    case MAP_0F:
        put(w, 0x0f);
        break;
    case MAP_0F38:
    case MAP_0F3A:
        put(w, 0x0f);
        put(w, map == MAP_0F38 ? 0x38 : 0x3a);
        break;
    case MAP_VEX:
        put_vex(w);
        break;
    }
}

/* Even: memory through one register that points to data; odd: a register. */
static uint8_t modrm_of(struct writer *w, unsigned variant)
{
    static const uint8_t pointers[] = {3, 6, 7}; /* RBX, RSI, RDI */
    static const uint8_t pointers16[] = {4, 5, 7};
    unsigned reg = variant >> 1 & 7, n = rng_below(w->rng, 3);

    if (variant >= PLAIN_VARIANTS)
        return (uint8_t)(0xc0 | (variant - PLAIN_VARIANTS));
    if (value_one_in(w->rng, 8)) /* any address */
        return (uint8_t)(rng_below(w->rng, 256) & ~0x38u) | (uint8_t)(reg << 3);
    if (variant & 1)
        return (uint8_t)(0xc0 | reg << 3 | rng_below(w->rng, 8));
    return (uint8_t)(reg << 3 |
                     (w->mode == TRIAL_16 ? pointers16[n] : pointers[n]));
}

uint16_t opcode_selector(struct rng *rng)
{
    static const uint16_t selectors[] = {0,
                                         1,
                                         SELECTOR_DATA,
                                         SELECTOR_DATA,
                                         SELECTOR_CODE_32,
                                         SELECTOR_DATA_16,
                                         3,
                                         SELECTOR_CODE_64,
                                         SELECTOR_CODE_16,
                                         SELECTOR_DATA_16,
                                         0x28,
                                         17,
                                         SELECTOR_DATA_16,
                                         SELECTOR_DATA - 1};

    return selectors[rng_below(rng, ARRAY_LEN(selectors))];
}

static void random_registers(struct trial *t, struct rng *rng)
{
    struct image *s = &t->before;

    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < 16; i++) {
        s->gpr[i] = trial_data(t->mode) + 64 * (8 + rng_below(rng, 40));
        if (value_one_in(rng, 4))
            s->gpr[i] += rng_below(rng, 64);
        if (value_one_in(rng, 8))
            s->gpr[i] = value_integer(rng);
    }
    if (value_one_in(rng, 4))
        s->gpr[rng_below(rng, 8)] = opcode_selector(rng);
    s->gpr[REG_RSP] = trial_data(t->mode) + 512 + 8 * rng_below(rng, 256);
    if (t->mode == TRIAL_16)
        s->gpr[REG_RSP] |= TRIAL_STACK_HIGH;
    s->rflags = 0x202 | RFLAGS_TF | (rng_next(rng) & 0xcd5);
    value_x87(rng, s->fx, true);
    s->fx[FXI_FCW] |= 0x3f; /* what is pending is up to CPU models */
    value_fill(rng, HINT_PLAIN, s->fx + FXI_XMM, 256);
    memcpy(s->fx + FXI_MXCSR, &(uint32_t){0x1f80}, 4);
}

/* The instruction, and INT3 behind it for what blocks the single step. */
static void finish(struct trial *t, const struct writer *w)
{
    memset(t->code, 0xcc, sizeof(t->code));
    memcpy(t->code, w->byte, w->count);
    t->length = OPCODE_BYTES;
    t->parts_count = 1;
    t->parts[0] = (struct part){TRIAL_NO_FORM, 0, 0, 0};
    t->stepped = true;
}

void opcode_generate(struct trial *t, enum trial_mode mode,
                     const struct opcode_place *at, struct rng *rng)
{
    struct writer w = {.rng = rng, .mode = mode};

    t->mode = mode;
    random_registers(t, rng);
    if (!value_one_in(rng, 4))
        put_prefixes(&w);
    put_map(&w, at->map);
    put(&w, at->opcode);
    put(&w, modrm_of(&w, at->variant));
    for (unsigned i = 0; i < 8; i++)
        put(&w, (uint8_t)value_integer(rng));
    finish(t, &w);
}

void opcode_generate_random(struct trial *t, enum trial_mode mode,
                            struct rng *rng)
{
    struct writer w = {.rng = rng, .mode = mode};

    t->mode = mode;
    random_registers(t, rng);
    for (unsigned n = 1 + rng_below(rng, 3); n > 0; n--)
        put_prefixes(&w);
    put_map(&w, (enum opcode_map)rng_below(rng, MAP_COUNT));
    while (w.count < 16)
        put(&w, (uint8_t)rng_next(rng));
    finish(t, &w);
}
