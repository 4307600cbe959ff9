/*
 * exec_x87_control.c - control, status, environment.
 *
 * Hardware  Intel SDM vol. 1, "x87 FPU Control Instructions", figure
 *           "Protected Mode x87 FPU State Image in Memory, 32-Bit Format".
 * NOT MODELLED  the 16-bit formats of the environment (#UD).
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

enum {
    ENV_FCW = 0,
    ENV_FSW = 4,
    ENV_FTW = 8,
    ENV_FIP = 12,
    ENV_FCS = 16, /* and the opcode above it */
    ENV_FDP = 20,
    ENV_FDS = 24,
    ENV_BYTES = 28,
    REGISTER_BYTES = 10,
    STATE_BYTES = ENV_BYTES + 8 * REGISTER_BYTES,
    PIECE_BYTES = 54, /* half of it: what one access moves */
};

/* Two bits a register: 0 valid, 1 zero, 2 special, 3 empty. */
static uint16_t full_tags(const struct cpu_state *s)
{
    unsigned tags = 0;

    for (unsigned i = 0; i < 8; i++) {
        struct fp a = fp_unpack80(s->x87[i]);
        unsigned tag = a.class == FP_CLASS_ZERO                    ? 1
                       : a.class == FP_CLASS_NORMAL && !a.denormal ? 0
                                                                   : 2;

        if (!(s->ftw >> i & 1))
            tag = 3;
        tags |= tag << 2 * i;
    }
    return (uint16_t)tags;
}

static uint8_t abridged_tags(uint16_t full)
{
    unsigned tags = 0;

    for (unsigned i = 0; i < 8; i++)
        tags |= (unsigned)((full >> 2 * i & 3) != 3) << i;
    return (uint8_t)tags;
}

/* ES and B follow from the flags and the masks. */
static void update_summary(struct cpu *c)
{
    bool pending = c->state.fsw & ~c->state.fcw & FP_FLAGS;

    x87_set_bits(&c->state.fsw, FSW_ES | FSW_B, pending ? FSW_ES | FSW_B : 0);
}

static void set_control(struct cpu *c, uint16_t fcw)
{
    c->state.fcw = (uint16_t)((fcw & FCW_WRITABLE) | FCW_FIXED);
    update_summary(c);
}

static void initialize(struct cpu *c)
{
    struct cpu_state *s = &c->state;

    s->fcw = FCW_RESET;
    s->fsw = 0;
    s->ftw = 0;
    s->fip = s->fdp = 0;
    s->fop = 0;
}

enum op_result exec_fldcw(struct cpu *c, const struct op *op)
{
    uint16_t fcw;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = cpu_load(c, op_linear(c, op), 2, &fcw);
    if (r == OP_NEXT)
        set_control(c, fcw);
    return r;
}

enum op_result exec_fnstcw(struct cpu *c, const struct op *op)
{
    return cpu_store(c, op_linear(c, op), 2, &c->state.fcw);
}

enum op_result exec_fnstsw(struct cpu *c, const struct op *op)
{
    return op_write_int(c, op, 0, 2, c->state.fsw);
}

enum op_result exec_fnclex(struct cpu *c, const struct op *op)
{
    (void)op;
    x87_set_bits(&c->state.fsw, FP_FLAGS | FSW_SF | FSW_ES | FSW_B, 0);
    return OP_NEXT;
}

enum op_result exec_fninit(struct cpu *c, const struct op *op)
{
    (void)op;
    initialize(c);
    return OP_NEXT;
}

enum op_result exec_fwait(struct cpu *c, const struct op *op)
{
    (void)op;
    return x87_wait(c);
}

enum op_result exec_fnop(struct cpu *c, const struct op *op)
{
    (void)op;
    return x87_wait(c);
}

enum op_result exec_ffree(struct cpu *c, const struct op *op)
{
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        c->state.ftw = (uint8_t)(c->state.ftw &
                                 ~(1u << x87_physical(c, x87_index(op->dst))));
    return r;
}

static enum op_result rotate(struct cpu *c, int by)
{
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT) {
        x87_rotate(c, by);
        x87_set_c1(c, false);
    }
    return r;
}

enum op_result exec_fincstp(struct cpu *c, const struct op *op)
{
    (void)op;
    return rotate(c, 1);
}

enum op_result exec_fdecstp(struct cpu *c, const struct op *op)
{
    (void)op;
    return rotate(c, -1);
}

/* Unused halves of the words are stored as ones. */
static void put_environment(const struct cpu_state *s, uint8_t *to)
{
    uint16_t tags = full_tags(s);
    uint32_t fop = (uint32_t)(s->fop & 0x7ff) << 16;

    memset(to, 0xff, ENV_BYTES);
    memcpy(to + ENV_FCW, &s->fcw, 2);
    memcpy(to + ENV_FSW, &s->fsw, 2);
    memcpy(to + ENV_FTW, &tags, 2);
    memcpy(to + ENV_FIP, &s->fip, 4);
    memcpy(to + ENV_FCS, &fop, 4);
    memcpy(to + ENV_FDP, &s->fdp, 4);
    memset(to + ENV_FDS, 0, 2);
}

static void get_environment(struct cpu *c, const uint8_t *from)
{
    struct cpu_state *s = &c->state;
    uint16_t tags, fcw;

    memcpy(&fcw, from + ENV_FCW, 2);
    memcpy(&s->fsw, from + ENV_FSW, 2);
    memcpy(&tags, from + ENV_FTW, 2);
    s->fip = s->fdp = 0;
    memcpy(&s->fip, from + ENV_FIP, 4);
    memcpy(&s->fop, from + ENV_FCS + 2, 2);
    s->fop &= 0x7ff;
    memcpy(&s->fdp, from + ENV_FDP, 4);
    s->ftw = abridged_tags(tags);
    set_control(c, fcw);
}

enum op_result exec_fnstenv(struct cpu *c, const struct op *op)
{
    uint8_t image[ENV_BYTES];
    enum op_result r;

    if (op->memory_bytes != ENV_BYTES)
        return cpu_fault(c, VECTOR_UD);
    put_environment(&c->state, image);
    r = cpu_store(c, op_linear(c, op), ENV_BYTES, image);
    if (r == OP_NEXT || r == OP_END)
        set_control(c, c->state.fcw | FP_FLAGS);
    return r;
}

enum op_result exec_fldenv(struct cpu *c, const struct op *op)
{
    uint8_t image[ENV_BYTES];
    enum op_result r = x87_wait(c);

    if (op->memory_bytes != ENV_BYTES)
        return cpu_fault(c, VECTOR_UD);
    if (r == OP_NEXT)
        r = cpu_load(c, op_linear(c, op), ENV_BYTES, image);
    if (r == OP_NEXT)
        get_environment(c, image);
    return r;
}

enum op_result exec_fnsave(struct cpu *c, const struct op *op)
{
    gva_t va = op_linear(c, op);
    uint8_t image[STATE_BYTES];
    struct span span;
    enum op_result first, second;

    if (op->memory_bytes != STATE_BYTES)
        return cpu_fault(c, VECTOR_UD);
    put_environment(&c->state, image);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t *to = image + ENV_BYTES + i * REGISTER_BYTES;
        const struct x87_reg *st = &c->state.x87[x87_physical(c, i)];

        memcpy(to, &st->mantissa, 8);
        memcpy(to + 8, &st->sign_exponent, 2);
    }
    /* both halves must be writable before either is written */
    first = cpu_translate(c, gva_add(va, PIECE_BYTES), PIECE_BYTES,
                          ACCESS_WRITE, &span);
    if (first != OP_NEXT)
        return first;
    first = cpu_store(c, va, PIECE_BYTES, image);
    if (first == OP_FAULT || first == OP_EVENT)
        return first;
    second = cpu_store(c, gva_add(va, PIECE_BYTES), PIECE_BYTES,
                       image + PIECE_BYTES);
    initialize(c);
    return first == OP_END ? first : second;
}

enum op_result exec_frstor(struct cpu *c, const struct op *op)
{
    gva_t va = op_linear(c, op);
    uint8_t image[STATE_BYTES];
    enum op_result r = x87_wait(c);

    if (op->memory_bytes != STATE_BYTES)
        return cpu_fault(c, VECTOR_UD);
    if (r == OP_NEXT)
        r = cpu_load(c, va, PIECE_BYTES, image);
    if (r == OP_NEXT)
        r = cpu_load(c, gva_add(va, PIECE_BYTES), PIECE_BYTES,
                     image + PIECE_BYTES);
    if (r != OP_NEXT)
        return r;
    get_environment(c, image);
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *from = image + ENV_BYTES + i * REGISTER_BYTES;
        struct x87_reg *st = &c->state.x87[x87_physical(c, i)];

        memcpy(&st->mantissa, from, 8);
        memcpy(&st->sign_exponent, from + 8, 2);
    }
    return OP_NEXT;
}
