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
#include "sim/cpu/exec_x87.h"
#include "sim/cpu/fx_image.h"
#include "sim/cpu/sse_fp.h"
#include "sim/cpu/timing_model.h"

enum { FX_AREA_BYTES = 512, FX_PIECE_BYTES = 32 };

void fx_put(const struct cpu_state *s, unsigned pointer_bytes,
            uint8_t area[FX_BYTES])
{
    uint32_t mask = MXCSR_VALID;
    unsigned top = s->fsw >> 11 & 7;

    memset(area, 0, FX_BYTES);
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
}

void fx_take_x87(struct cpu_state *s, unsigned pointer_bytes,
                 const uint8_t *area)
{
    bool pending;
    unsigned top;

    memcpy(&s->fcw, area + FX_FCW, 2);
    s->fcw = (uint16_t)((s->fcw & FCW_WRITABLE) | FCW_FIXED);
    memcpy(&s->fsw, area + FX_FSW, 2);
    pending = s->fsw & ~s->fcw & FP_FLAGS;
    x87_set_bits(&s->fsw, FSW_ES | FSW_B, pending ? FSW_ES | FSW_B : 0);
    s->ftw = area[FX_FTW];
    memcpy(&s->fop, area + FX_FOP, 2);
    s->fop &= 0x7ff;
    s->fip = s->fdp = 0;
    memcpy(&s->fip, area + FX_FIP, pointer_bytes);
    memcpy(&s->fdp, area + FX_FDP, pointer_bytes);
    top = s->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        struct x87_reg *st = &s->x87[(top + i) & 7];
        const uint8_t *from = area + FX_ST + i * FX_REGISTER_BYTES;

        memcpy(&st->mantissa, from, 8);
        memcpy(&st->sign_exponent, from + 8, 2);
    }
}

/* #GP unless aligned; then both ends of the area must translate. */
static enum op_result check_area(struct cpu *c, gva_t va, enum access_kind kind)
{
    gva_t last = gva_add(va, FX_AREA_BYTES - 1);
    struct span span;
    enum op_result r;

    if ((va.v & 15) && cpu_canonical(c, va.v))
        return cpu_gp0(c);
    r = cpu_translate(c, va, 16, kind, &span);
    if (r == OP_NEXT && page_offset(last.v) < page_offset(va.v))
        r = cpu_translate(c, last, 1, kind, &span);
    return r;
}

static enum op_result save(struct cpu *c, const struct op *op,
                           unsigned pointer_bytes)
{
    uint8_t area[FX_BYTES];
    gva_t va = op_linear(c, op);
    enum op_result done = OP_NEXT, r = check_area(c, va, ACCESS_WRITE);

    if (r != OP_NEXT)
        return r;
    fx_put(&c->state, pointer_bytes, area);
    for (unsigned at = 0; at < fx_bytes(c); at += FX_PIECE_BYTES) {
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
    fx_take_x87(&c->state, pointer_bytes, area);
    memcpy(&c->state.mxcsr, area + FX_MXCSR, 4);
    memcpy(c->state.xmm, area + FX_XMM, fx_bytes(c) - FX_XMM);
}

static enum op_result restore(struct cpu *c, const struct op *op,
                              unsigned pointer_bytes)
{
    gva_t va = op_linear(c, op);
    uint8_t area[FX_BYTES];
    uint32_t mxcsr;
    enum op_result r = check_area(c, va, ACCESS_READ);

    for (unsigned at = 0; r == OP_NEXT && at < fx_bytes(c);
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
