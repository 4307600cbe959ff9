/*
 * exec_fxsave.c - FXSAVE, FXRSTOR, LDMXCSR, STMXCSR.
 *
 * Hardware  Intel SDM vol. 1, "FXSAVE Area" (table "Format of an FXSAVE
 *           Area"); vol. 2, FXSAVE "Layout of the 64-bit Mode FXSAVE Map".
 * Model     the area is built in a buffer and moved in pieces of a cache line;
 *           both ends are translated first, so that a fault changes nothing.
 *           Bytes 416 .. 511 are neither read nor written.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/sse_fp.h"
#include "sim/cpu/timing_model.h"

enum {
    FX_FCW = 0,
    FX_FSW = 2,
    FX_FTW = 4,
    FX_FOP = 6,
    FX_FIP = 8,
    FX_FDP = 16,
    FX_MXCSR = 24,
    FX_MXCSR_MASK = 28,
    FX_ST = 32,
    FX_XMM = 160,
    FX_BYTES = 416,
    FX_BYTES_32 = 288, /* outside 64-bit mode: XMM0 .. XMM7 */
    FX_REGISTER_BYTES = 16,
    FX_X87_BYTES = 10,
    FX_PIECE_BYTES = 32,
};

static unsigned area_bytes(const struct cpu *c)
{
    return cpu_in_64bit(c) ? FX_BYTES : FX_BYTES_32;
}

/* #GP unless aligned; then both ends of the area must translate. */
static enum op_result check_area(struct cpu *c, gva_t va, enum access_kind kind)
{
    gva_t last = gva_add(va, area_bytes(c) - 1);
    struct span span;
    enum op_result r;

    if (va.v & 15)
        return cpu_gp0(c);
    r = cpu_translate(c, va, 16, kind, &span);
    if (r == OP_NEXT && page_offset(last.v) < page_offset(va.v))
        r = cpu_translate(c, last, 1, kind, &span);
    return r;
}

/* pointer_bytes: 8 with REX.W, else 4 (and a selector, which reads as 0). */
static enum op_result save(struct cpu *c, const struct op *op,
                           unsigned pointer_bytes)
{
    const struct cpu_state *s = &c->state;
    uint32_t mask = MXCSR_VALID;
    unsigned top = s->fsw >> 11 & 7;
    uint8_t area[FX_BYTES] = {0};
    gva_t va = op_linear(c, op);
    enum op_result done = OP_NEXT, r = check_area(c, va, ACCESS_WRITE);

    if (r != OP_NEXT)
        return r;
    memcpy(area + FX_FCW, &s->fcw, 2);
    memcpy(area + FX_FSW, &s->fsw, 2);
    area[FX_FTW] = s->ftw;
    memcpy(area + FX_FOP, &s->fop, 2);
    memcpy(area + FX_FIP, &s->fip, pointer_bytes);
    memcpy(area + FX_FDP, &s->fdp, pointer_bytes);
    memcpy(area + FX_MXCSR, &s->mxcsr, 4);
    memcpy(area + FX_MXCSR_MASK, &mask, 4);
    for (unsigned i = 0; i < 8; i++) {
        const struct x87_reg *st = &s->x87[(top + i) & 7];
        uint8_t *to = area + FX_ST + i * FX_REGISTER_BYTES;

        memcpy(to, &st->mantissa, 8);
        memcpy(to + 8, &st->sign_exponent, 2);
    }
    memcpy(area + FX_XMM, s->xmm, sizeof(s->xmm));
    for (unsigned at = 0; at < area_bytes(c); at += FX_PIECE_BYTES) {
        r = cpu_store(c, gva_add(va, at), FX_PIECE_BYTES, area + at);
        if (r == OP_END)
            done = OP_END;
    }
    timing_serialize(&c->time, timing_base_row(&c->time),
                     c->config.fxsave_cycles);
    return done;
}

static void take(struct cpu *c, unsigned pointer_bytes, const uint8_t *area)
{
    struct cpu_state *s = &c->state;
    unsigned top;

    memcpy(&s->fcw, area + FX_FCW, 2);
    memcpy(&s->fsw, area + FX_FSW, 2);
    s->ftw = area[FX_FTW];
    memcpy(&s->fop, area + FX_FOP, 2);
    s->fip = s->fdp = 0;
    memcpy(&s->fip, area + FX_FIP, pointer_bytes);
    memcpy(&s->fdp, area + FX_FDP, pointer_bytes);
    memcpy(&s->mxcsr, area + FX_MXCSR, 4);
    top = s->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        struct x87_reg *st = &s->x87[(top + i) & 7];
        const uint8_t *from = area + FX_ST + i * FX_REGISTER_BYTES;

        memcpy(&st->mantissa, from, 8);
        memcpy(&st->sign_exponent, from + 8, 2);
    }
    memcpy(s->xmm, area + FX_XMM, area_bytes(c) - FX_XMM);
}

static enum op_result restore(struct cpu *c, const struct op *op,
                              unsigned pointer_bytes)
{
    gva_t va = op_linear(c, op);
    uint8_t area[FX_BYTES];
    uint32_t mxcsr;
    enum op_result r = check_area(c, va, ACCESS_READ);

    for (unsigned at = 0; r == OP_NEXT && at < area_bytes(c);
         at += FX_PIECE_BYTES)
        r = cpu_load(c, gva_add(va, at), FX_PIECE_BYTES, area + at);
    if (r != OP_NEXT)
        return r;
    memcpy(&mxcsr, area + FX_MXCSR, 4);
    if (mxcsr & ~MXCSR_VALID)
        return cpu_gp0(c);
    take(c, pointer_bytes, area);
    timing_serialize(&c->time, timing_base_row(&c->time),
                     c->config.fxsave_cycles);
    return OP_NEXT;
}

enum op_result exec_fxsave(struct cpu *c, const struct op *op)
{
    return save(c, op, 4);
}

enum op_result exec_fxsave64(struct cpu *c, const struct op *op)
{
    return save(c, op, 8);
}

enum op_result exec_fxrstor(struct cpu *c, const struct op *op)
{
    return restore(c, op, 4);
}

enum op_result exec_fxrstor64(struct cpu *c, const struct op *op)
{
    return restore(c, op, 8);
}

enum op_result exec_ldmxcsr(struct cpu *c, const struct op *op)
{
    uint32_t mxcsr;
    enum op_result r = cpu_load(c, op_linear(c, op), 4, &mxcsr);

    if (r != OP_NEXT)
        return r;
    if (mxcsr & ~MXCSR_VALID)
        return cpu_gp0(c);
    c->state.mxcsr = mxcsr;
    return OP_NEXT;
}

enum op_result exec_stmxcsr(struct cpu *c, const struct op *op)
{
    return cpu_store(c, op_linear(c, op), 4, &c->state.mxcsr);
}
