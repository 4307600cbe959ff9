/*
 * exec_x87_control.c - control, status, environment.
 *
 * Hardware  Intel SDM vol. 1, "x87 FPU Control Instructions", the four figures
 *           "x87 FPU State Image in Memory": protected and real-address mode,
 *           32-bit and 16-bit format.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

enum {
    ENV_FIELDS = 7, /* of 2 or 4 bytes */
    ENV_MOST_BYTES = 4 * ENV_FIELDS,
    REGISTER_BYTES = 10,
    REGISTERS_BYTES = 8 * REGISTER_BYTES,
    STATE_MOST_BYTES = ENV_MOST_BYTES + REGISTERS_BYTES,
};

/* In the order of the image. */
enum env_field {
    ENV_FCW,
    ENV_FSW,
    ENV_FTW,
    ENV_FIP,
    ENV_FCS,
    ENV_FDP,
    ENV_FDS
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

/* FFREE, then a pop. */
enum op_result exec_ffreep(struct cpu *c, const struct op *op)
{
    enum op_result r = exec_ffree(c, op);

    if (r == OP_NEXT) {
        x87_set_c1(c, false);
        x87_pop(c);
    }
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

static bool real_format(const struct cpu *c)
{
    return c->mode & (MODE_REAL | MODE_V86);
}

/* Unused halves of 32-bit fields are stored as ones; selectors are 0. */
static void put_environment(const struct cpu *c, unsigned field_bytes,
                            uint8_t *to)
{
    const struct cpu_state *s = &c->state;
    const uint32_t unused = 0xffff0000;
    uint32_t f[ENV_FIELDS] = {
        [ENV_FCW] = s->fcw | unused,       [ENV_FSW] = s->fsw | unused,
        [ENV_FTW] = full_tags(s) | unused, [ENV_FIP] = (uint32_t)s->fip,
        [ENV_FDP] = (uint32_t)s->fdp,      [ENV_FDS] = unused};

    if (field_bytes == 4)
        f[ENV_FCS] = (uint32_t)(s->fop & 0x7ff) << 16;
    if (real_format(c)) {
        f[ENV_FCS] = (f[ENV_FIP] >> 16) << 12 | (s->fop & 0x7ffu);
        f[ENV_FDS] = (f[ENV_FDP] >> 16) << 12;
        f[ENV_FIP] |= unused;
        f[ENV_FDP] |= unused;
    }
    for (unsigned i = 0; i < ENV_FIELDS; i++)
        memcpy(to + (size_t)i * field_bytes, &f[i], field_bytes);
}

static void get_environment(struct cpu *c, unsigned field_bytes,
                            const uint8_t *from)
{
    struct cpu_state *s = &c->state;
    uint32_t f[ENV_FIELDS] = {0};

    for (unsigned i = 0; i < ENV_FIELDS; i++)
        memcpy(&f[i], from + (size_t)i * field_bytes, field_bytes);
    s->fop = (uint16_t)(field_bytes == 4 ? f[ENV_FCS] >> 16 & 0x7ff : 0);
    if (real_format(c)) {
        s->fop = f[ENV_FCS] & 0x7ff;
        f[ENV_FIP] = (f[ENV_FIP] & 0xffff) | (f[ENV_FCS] >> 12) << 16;
        f[ENV_FDP] = (f[ENV_FDP] & 0xffff) | (f[ENV_FDS] >> 12) << 16;
    }
    s->fip = f[ENV_FIP];
    s->fdp = f[ENV_FDP];
    s->fsw = (uint16_t)f[ENV_FSW];
    s->ftw = abridged_tags((uint16_t)f[ENV_FTW]);
    set_control(c, (uint16_t)f[ENV_FCW]);
}

enum op_result exec_fnstenv(struct cpu *c, const struct op *op)
{
    uint8_t image[ENV_MOST_BYTES];
    enum op_result r;

    put_environment(c, op->memory_bytes / ENV_FIELDS, image);
    r = cpu_store(c, op_linear(c, op), op->memory_bytes, image);
    if (r == OP_NEXT || r == OP_END)
        set_control(c, c->state.fcw | FP_FLAGS);
    return r;
}

enum op_result exec_fldenv(struct cpu *c, const struct op *op)
{
    uint8_t image[ENV_MOST_BYTES];
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = cpu_load(c, op_linear(c, op), op->memory_bytes, image);
    if (r == OP_NEXT)
        get_environment(c, op->memory_bytes / ENV_FIELDS, image);
    return r;
}

/* Both halves must be writable before either is written. */
static enum op_result store_halves(struct cpu *c, const struct op *op,
                                   const uint8_t *image)
{
    gva_t va = op_linear(c, op);
    unsigned half = op->memory_bytes / 2;
    struct span span;
    enum op_result first, second;

    first = cpu_translate(c, va, half, ACCESS_WRITE, &span);
    if (first == OP_NEXT)
        first = cpu_translate(c, gva_add(va, half), half, ACCESS_WRITE, &span);
    if (first != OP_NEXT)
        return first;
    first = cpu_store(c, va, half, image);
    if (first == OP_FAULT || first == OP_EVENT)
        return first;
    second = cpu_store(c, gva_add(va, half), half, image + half);
    return first == OP_END ? first : second;
}

enum op_result exec_fnsave(struct cpu *c, const struct op *op)
{
    unsigned environment = op->memory_bytes - REGISTERS_BYTES;
    uint8_t image[STATE_MOST_BYTES];
    enum op_result r;

    put_environment(c, environment / ENV_FIELDS, image);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t *to = image + environment + i * REGISTER_BYTES;
        const struct x87_reg *st = &c->state.x87[x87_physical(c, i)];

        memcpy(to, &st->mantissa, 8);
        memcpy(to + 8, &st->sign_exponent, 2);
    }
    r = store_halves(c, op, image);
    if (r == OP_NEXT || r == OP_END)
        initialize(c);
    return r;
}

enum op_result exec_frstor(struct cpu *c, const struct op *op)
{
    unsigned environment = op->memory_bytes - REGISTERS_BYTES;
    unsigned half = op->memory_bytes / 2;
    gva_t va = op_linear(c, op);
    uint8_t image[STATE_MOST_BYTES];
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = cpu_load(c, va, half, image);
    if (r == OP_NEXT)
        r = cpu_load(c, gva_add(va, half), half, image + half);
    if (r != OP_NEXT)
        return r;
    get_environment(c, environment / ENV_FIELDS, image);
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *from = image + environment + i * REGISTER_BYTES;
        struct x87_reg *st = &c->state.x87[x87_physical(c, i)];

        memcpy(&st->mantissa, from, 8);
        memcpy(&st->sign_exponent, from + 8, 2);
    }
    return OP_NEXT;
}
