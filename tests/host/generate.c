/*
 * generate.c - random state, and one or more instructions of the table.
 *
 * In a sequence only the first instruction chooses registers for its
 * addresses; later ones address the page absolutely.  Where the manual leaves
 * flags undefined a CMP follows that defines them, so that what comes next
 * sees the same on both sides.
 */
#include <string.h>

#include "sim/core/macros.h"
#include "sim/cpu/cpu_state.h"
#include "tests/host/host_features.h"
#include "tests/host/operands.h"
#include "tests/host/values.h"

/* XMM registers by what the form works on; the rest gets random values. */
static void random_vectors(struct maker *m, struct image *s)
{
    uint32_t mxcsr = 0x1f80;

    if (m->form->group == GROUP_FLOAT || m->form->group == GROUP_VECTOR ||
        m->form->group == GROUP_MMX)
        mxcsr = value_mxcsr(m->rng);
    if (m->form->group >= GROUP_VECTOR)
        value_fill(m->rng, m->form->hint, s->fx + FXI_XMM, 256);
    if (m->form->hint == HINT_XSAVE && value_one_in(m->rng, 2))
        memset(s->fx + FXI_XMM, 0, 256);
    memcpy(s->fx + FXI_MXCSR, &mxcsr, 4);
}

static void random_x87(struct maker *m, struct image *s)
{
    uint16_t fcw = 0x37f;

    memcpy(s->fx + FXI_FCW, &fcw, 2);
    if (m->form->hint == HINT_XSAVE && value_one_in(m->rng, 3))
        return; /* the initial configuration */
    if (m->form->group == GROUP_X87 || m->form->group == GROUP_MMX)
        value_x87(m->rng, s->fx, m->form->mnemonic == ZYDIS_MNEMONIC_FLD);
    if (m->form->group != GROUP_MMX)
        return;
    for (unsigned i = 0; i < 8; i++)
        value_fill(m->rng, m->form->hint, s->fx + FXI_ST + 16 * i, 8);
}

static void random_state(struct maker *m)
{
    struct image *s = &m->t->before;

    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < 16; i++)
        s->gpr[i] = value_integer(m->rng);
    s->rflags = 0x202 | (rng_next(m->rng) & 0x8d5);
    if (m->form->hint == HINT_STRING && value_one_in(m->rng, 3))
        s->rflags |= RFLAGS_DF;
    if (m->form->hint == HINT_BIT_FIELD)
        for (unsigned i = 0; i < 16; i++)
            s->gpr[i] = value_one_in(m->rng, 2)
                            ? rng_below(m->rng, 70) | rng_below(m->rng, 70) << 8
                            : s->gpr[i];
    if (m->form->hint == HINT_BRANCH) /* LOOP, JCXZ, and CALL's stack */
        s->gpr[REG_RCX] =
            value_one_in(m->rng, 2) ? rng_below(m->rng, 3) : s->gpr[REG_RCX];
    if (m->form->hint == HINT_BRANCH || m->form->hint == HINT_RETURN)
        s->gpr[REG_RSP] = trial_data(m->t->mode) + 64 + rng_below(m->rng, 4000);
    random_x87(m, s);
    random_vectors(m, s);
}

/* Bytes behind the part that is under way. */
static void append(struct trial *t, const uint8_t *bytes, unsigned count)
{
    struct part *p = &t->parts[t->parts_count++];

    *p = (struct part){TRIAL_NO_FORM, (uint8_t)t->length, 0, 0};
    memcpy(t->code + t->length, bytes, count);
    t->length = (uint16_t)(t->length + count);
}

static uint8_t count_of(const struct maker *m)
{
    for (unsigned i = 0; i < 3; i++) {
        if (m->form->operand[i] == OPERAND_CL)
            return (uint8_t)m->t->before.gpr[REG_RCX];
    }
    return m->count;
}

/* RET goes to what follows it. */
static void place_return(struct trial *t)
{
    uint64_t to = trial_rip(t, t->slot) + t->length;
    uint64_t at = t->before.gpr[REG_RSP] - trial_data(t->mode);

    if (at <= TRIAL_DATA_BYTES - sizeof(to))
        memcpy(t->data + at, &to, sizeof(to));
}

/* Encodes the maker's form behind what the trial has. */
static bool encode(struct maker *m)
{
    static const uint8_t filler[2] = {0xff, 0xc1}; /* INC ECX */
    struct trial *t = m->t;
    ZyanUSize length = ZYDIS_MAX_INSTRUCTION_LENGTH;

    m->request.machine_mode = trial_machine_mode(t->mode);
    m->request.allowed_encodings =
        ZYDIS_ENCODABLE_ENCODING_LEGACY | ZYDIS_ENCODABLE_ENCODING_VEX;
    m->request.mnemonic = m->form->mnemonic;
    if (m->form->operand[0] == OPERAND_NO && m->width == 2)
        m->request.operand_size_hint = ZYDIS_OPERAND_SIZE_HINT_16;
    for (unsigned i = 0; i < 3 && m->form->operand[i] != OPERAND_NO; i++)
        maker_add_operand(m, m->form->operand[i]);
    maker_set_up(m);
    if (!ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(
            &m->request, t->code + t->length, &length)))
        return false;
    t->parts[t->parts_count++] =
        (struct part){(uint16_t)(m->form - forms), (uint8_t)t->length,
                      (uint8_t)m->width, count_of(m)};
    t->length = (uint16_t)(t->length + length);
    if (m->form->hint == HINT_BRANCH)
        append(t, filler, sizeof(filler));
    if (m->form->hint == HINT_RETURN)
        place_return(t);
    return true;
}

/* See TRIAL_STACK_HIGH. */
static void fix_stack(struct trial *t)
{
    uint64_t *rsp = &t->before.gpr[REG_RSP];

    if (t->mode == TRIAL_16)
        *rsp = (*rsp & 0xffff) | TRIAL_STACK_HIGH;
}

bool trial_generate(struct trial *t, unsigned form, uint8_t width,
                    enum trial_mode mode, struct rng *rng)
{
    struct maker m = {.t = t, .form = &forms[form], .rng = rng, .width = width};

    t->mode = mode;
    t->stepped = false;
    t->parts_count = 0;
    t->length = 0;
    random_state(&m);
    if (!encode(&m))
        return false;
    fix_stack(t);
    return true;
}

/* Forms whose results a sequence cannot compare, or that need set-up. */
static bool fits_later(const struct form *f)
{
    switch ((int)f->mnemonic) {
    case ZYDIS_MNEMONIC_FNSTSW: /* condition codes that CPUs choose */
    case ZYDIS_MNEMONIC_FNSTENV:
    case ZYDIS_MNEMONIC_FNSAVE:
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
    case ZYDIS_MNEMONIC_FLDENV:
    case ZYDIS_MNEMONIC_FRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
    case ZYDIS_MNEMONIC_FLDCW:
    case ZYDIS_MNEMONIC_MASKMOVQ: /* a fault may change the tags */
        return false;
    default:
        return f->group != GROUP_STRING && f->hint != HINT_XSAVE &&
               f->hint != HINT_BIT_STRING && f->hint != HINT_DOUBLE_SHIFT &&
               f->hint != HINT_RETURN && host_has_form(f);
    }
}

static uint8_t random_width(const struct form *f, struct rng *rng)
{
    uint8_t width = (uint8_t)(1u << rng_below(rng, 4));

    while (!(f->widths & width))
        width = (uint8_t)(width == 8 ? 1 : width * 2);
    return width;
}

/* x87 exceptions masked: what is pending is up to CPU models. */
static void calm(struct trial *t)
{
    struct image *s = &t->before;

    s->fx[FXI_FCW] |= 0x3f;
}

void trial_generate_sequence(struct trial *t, enum trial_mode mode,
                             struct rng *rng)
{
    /* in 16-bit code with the prefix that makes it the same */
    static const uint8_t define_flags[] = {0x66, 0x3d, 0x78, 0x56, 0x34, 0x12};
    unsigned wanted = 3 + rng_below(rng, TRIAL_PARTS - 2), made = 0;

    t->parts_count = 0;
    t->length = 0;
    t->mode = mode;
    t->stepped = false;
    while (made < wanted && t->length < TRIAL_CODE_MOST - 24) {
        const struct form *f = &forms[rng_below(rng, form_count)];
        struct maker m = {.t = t, .form = f, .rng = rng, .later = made > 0};

        if (!fits_later(f))
            continue;
        m.width = random_width(f, rng);
        if (made == 0) {
            random_state(&m);
            value_x87(rng, t->before.fx, true);
            t->before.gpr[REG_RSP] =
                trial_data(mode) + 64 + rng_below(rng, 4000);
        }
        if (!encode(&m))
            continue;
        if (f->undefined != UNDEFINED_NONE) /* CMP EAX, imm32 */
            append(t, define_flags + (mode != TRIAL_16),
                   sizeof(define_flags) - (mode != TRIAL_16));
        made++;
    }
    calm(t);
    fix_stack(t);
}
