/*
 * exec_xsave.c - XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS.
 *
 * Hardware  Intel SDM vol. 1, "Managing State Using the XSAVE Feature Set",
 *           one section per instruction.
 * Model     components x87 (0), SSE (1) and PKRU (9).  A component is in use
 *           (XINUSE) exactly if it differs from its initial configuration.
 *           XSAVEOPT and XSAVES write what is in use, modified or not: the
 *           modified optimization leaves in memory what is there already.
 * NOT MODELLED  AVX and later components; supervisor components: IA32_XSS is
 *           0.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/fx_image.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/insn_kinds.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/sse_fp.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/xsave.h"

#define XCOMP_COMPACTED ((uint64_t)1 << 63)

enum {
    EXTENDED = XSAVE_LEGACY_BYTES + XSAVE_HEADER_BYTES,
    FX_PARTS = 32, /* bytes 0 .. 31 are control words of x87 and SSE */
    PIECE_BYTES = 16,
};

/* An area in memory and what of it is moved. */
struct area {
    gva_t va;
    uint64_t components; /* RFBM: asked for and enabled */
    bool compacted;
    unsigned pointer_bytes;
    uint64_t header[XSAVE_HEADER_BYTES / 8]; /* XSTATE_BV, XCOMP_BV, zeros */
    uint8_t fx[FX_BYTES];
    uint64_t pkru;
};

static unsigned pkru_offset(const struct area *a)
{
    return a->compacted ? EXTENDED : XSAVE_PKRU_OFFSET;
}

static uint64_t wanted_components(const struct cpu *c)
{
    return (uint32_t)c->state.gpr[REG_RAX] | c->state.gpr[REG_RDX] << 32;
}

/* #UD, #NM, #GP in this order; then the first and last byte must translate. */
static enum op_result begin(struct cpu *c, const struct op *op, struct area *a,
                            enum access_kind kind)
{
    struct span span;
    gva_t last;
    enum op_result r;

    if (!(c->state.cr4 & CR4_OSXSAVE))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cr0 & CR0_TS)
        return cpu_fault(c, VECTOR_NM);
    a->va = op_linear(c, op);
    a->components = wanted_components(c) & (c->state.xcr0 | c->state.xss);
    a->pointer_bytes = op->aux;
    if (a->va.v & 63)
        return cpu_gp0(c);
    r = cpu_translate(c, a->va, PIECE_BYTES, kind, &span);
    last = gva_add(a->va, xsave_area_bytes(a->components, a->compacted) - 1);
    if (r == OP_NEXT && page_offset(last.v) < page_offset(a->va.v))
        r = cpu_translate(c, last, 1, kind, &span);
    return r;
}

/* Moves bytes of the area; both ends translate, so only OP_END comes back. */
static void put(struct cpu *c, const struct area *a, unsigned at,
                unsigned bytes, const void *from)
{
    for (unsigned done = 0; done < bytes; done += PIECE_BYTES) {
        unsigned here = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;

        cpu_store(c, gva_add(a->va, at + done), here,
                  (const uint8_t *)from + done);
    }
}

static enum op_result get(struct cpu *c, const struct area *a, unsigned at,
                          unsigned bytes, void *to)
{
    enum op_result r = OP_NEXT;

    for (unsigned done = 0; r == OP_NEXT && done < bytes; done += PIECE_BYTES) {
        unsigned here = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;

        r = cpu_load(c, gva_add(a->va, at + done), here, (uint8_t *)to + done);
    }
    return r;
}

/* written: components whose data goes out. */
static void put_components(struct cpu *c, struct area *a, uint64_t written,
                           bool mxcsr)
{
    uint64_t pkru = c->state.pkru;

    fx_put(&c->state, a->pointer_bytes, a->fx);
    if (written & XSTATE_X87) {
        put(c, a, 0, FX_MXCSR, a->fx);
        put(c, a, FX_ST, FX_XMM - FX_ST, a->fx + FX_ST);
    }
    if (mxcsr)
        put(c, a, FX_MXCSR, 8, a->fx + FX_MXCSR);
    if (written & XSTATE_SSE)
        put(c, a, FX_XMM, fx_bytes(c) - FX_XMM, a->fx + FX_XMM);
    if (written & XSTATE_PKRU)
        put(c, a, pkru_offset(a), XSAVE_PKRU_BYTES, &pkru);
}

/* Code may have been overwritten: the block ends. */
static enum op_result finish(struct cpu *c)
{
    timing_serialize(&c->time, timing_base_row(&c->time),
                     c->config.fxsave_cycles);
    return OP_END;
}

static enum op_result save_standard(struct cpu *c, const struct op *op,
                                    bool optimize)
{
    struct area a = {.compacted = false};
    uint64_t in_use = xsave_in_use(c), written;
    enum op_result r = begin(c, op, &a, ACCESS_WRITE);

    if (r == OP_NEXT)
        r = get(c, &a, XSAVE_LEGACY_BYTES, 8, a.header);
    if (r != OP_NEXT)
        return r;
    written = a.components & (optimize ? in_use : UINT64_MAX);
    put_components(c, &a, written, (a.components & XSTATE_SSE) != 0);
    a.header[0] = (a.header[0] & ~a.components) | (in_use & a.components);
    put(c, &a, XSAVE_LEGACY_BYTES, 8, a.header);
    return finish(c);
}

static enum op_result save_compacted(struct cpu *c, const struct op *op)
{
    struct area a = {.compacted = true};
    uint64_t in_use = xsave_in_use(c);
    enum op_result r = begin(c, op, &a, ACCESS_WRITE);

    if (r != OP_NEXT)
        return r;
    if (c->state.mxcsr != MXCSR_RESET)
        in_use |= XSTATE_SSE;
    a.header[0] = in_use & a.components;
    a.header[1] = a.components | XCOMP_COMPACTED;
    put_components(c, &a, a.header[0], (a.header[0] & XSTATE_SSE) != 0);
    put(c, &a, XSAVE_LEGACY_BYTES, 16, a.header);
    return finish(c);
}

/* What a header may say (SDM vol. 1, "Operation of XRSTOR"). */
static bool header_is_legal(const struct cpu *c, const struct area *a)
{
    uint64_t enabled = c->state.xcr0 | c->state.xss;
    uint64_t reserved = a->compacted ? 0 : a->header[1];

    if (a->compacted && (a->header[1] & ~XCOMP_COMPACTED & ~enabled))
        return false;
    if (a->compacted && (a->header[0] & ~a->header[1]))
        return false;
    for (unsigned i = 2; i < (a->compacted ? 8u : 3u); i++)
        reserved |= a->header[i];
    return reserved == 0 && !(a->header[0] & ~enabled);
}

static enum op_result get_components(struct cpu *c, struct area *a)
{
    uint64_t present = a->header[0] & a->components;
    bool mxcsr = a->compacted ? (present & XSTATE_SSE) != 0
                              : (a->components & XSTATE_SSE) != 0;
    uint32_t value = MXCSR_RESET;
    enum op_result r = OP_NEXT;

    if (present & XSTATE_X87)
        r = get(c, a, 0, FX_XMM, a->fx);
    if (r == OP_NEXT && mxcsr)
        r = get(c, a, FX_MXCSR, 4, &value);
    if (r == OP_NEXT && (present & XSTATE_SSE))
        r = get(c, a, FX_XMM, fx_bytes(c) - FX_XMM, a->fx + FX_XMM);
    if (r == OP_NEXT && (present & XSTATE_PKRU))
        r = get(c, a, pkru_offset(a), XSAVE_PKRU_BYTES, &a->pkru);
    if (r == OP_NEXT && (value & ~MXCSR_VALID))
        return cpu_gp0(c);
    memcpy(a->fx + FX_MXCSR, &value, 4);
    return r;
}

/* Components that are asked for and absent get their initial state. */
static void take_components(struct cpu *c, struct area *a)
{
    struct cpu_state *s = &c->state;
    uint64_t present = a->header[0] & a->components;

    if (!(present & XSTATE_X87)) {
        memset(a->fx, 0, FX_MXCSR);
        memset(a->fx + FX_ST, 0, FX_XMM - FX_ST);
        a->fx[FX_FCW] = 0x7f;
        a->fx[FX_FCW + 1] = 0x03;
    }
    if (a->components & XSTATE_X87)
        fx_take_x87(s, a->pointer_bytes, a->fx);
    if (!(present & XSTATE_SSE))
        memset(a->fx + FX_XMM, 0, FX_BYTES - FX_XMM);
    if (a->components & XSTATE_SSE) {
        memcpy(&s->mxcsr, a->fx + FX_MXCSR, 4);
        memcpy(s->xmm, a->fx + FX_XMM, fx_bytes(c) - FX_XMM);
    }
    if (!(a->components & XSTATE_PKRU))
        return;
    s->pkru = (uint32_t)(present & XSTATE_PKRU ? a->pkru : 0);
    cpu_update_regime(c);
}

static enum op_result restore(struct cpu *c, const struct op *op,
                              bool must_be_compacted)
{
    struct area a = {.compacted = false};
    enum op_result r = begin(c, op, &a, ACCESS_READ);

    if (r == OP_NEXT)
        r = get(c, &a, XSAVE_LEGACY_BYTES, XSAVE_HEADER_BYTES, a.header);
    if (r != OP_NEXT)
        return r;
    a.compacted =
        (a.header[1] & XCOMP_COMPACTED) && (c->features >> FEATURE_XSAVEC & 1);
    if ((must_be_compacted && !a.compacted) || !header_is_legal(c, &a))
        return cpu_gp0(c);
    r = get_components(c, &a);
    if (r != OP_NEXT)
        return r;
    take_components(c, &a);
    return finish(c);
}

static enum op_result xsave(struct cpu *c, const struct op *op)
{
    return save_standard(c, op, false);
}

static enum op_result xsaveopt(struct cpu *c, const struct op *op)
{
    return save_standard(c, op, true);
}

/* XSAVES and XRSTORS: the hypervisor may not know them. */
static bool supervisor_undefined(const struct cpu *c)
{
    return !(c->state.cr4 & CR4_OSXSAVE) ||
           (guest_mode(c) && !c->control.enable_xsaves);
}

/* A component of IA32_XSS that is asked for, and that the hypervisor sees. */
static bool supervisor_exits(const struct cpu *c)
{
    return guest_intercepts(c) &&
           (wanted_components(c) & c->state.xss & c->control.xss_exit_bitmap);
}

static enum op_result xsaves(struct cpu *c, const struct op *op)
{
    if (supervisor_undefined(c))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (supervisor_exits(c))
        return guest_exit_operand(c, op, VMEXIT_XSAVES, 0);
    return save_compacted(c, op);
}

static enum op_result xrstor(struct cpu *c, const struct op *op)
{
    return restore(c, op, false);
}

static enum op_result xrstors(struct cpu *c, const struct op *op)
{
    if (supervisor_undefined(c))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (supervisor_exits(c))
        return guest_exit_operand(c, op, VMEXIT_XRSTORS, 0);
    return restore(c, op, true);
}

op_function *bind_xsave(const struct decoded *d, struct op *op, unsigned kind)
{
    static op_function *const run[] = {[XSAVE_STANDARD] = xsave,
                                       [XSAVE_OPTIMIZED] = xsaveopt,
                                       [XSAVE_COMPACTED] = save_compacted,
                                       [XSAVE_SUPERVISOR] = xsaves,
                                       [XRSTOR_ANY] = xrstor,
                                       [XRSTOR_SUPERVISOR] = xrstors};

    op->aux = (d->mode & MODE_64) && d->insn.raw.rex.W ? 8 : 4;
    return run[kind];
}
