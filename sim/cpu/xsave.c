/*
 * xsave.c - XCR0, and what of the managed state is in use.  See xsave.h.
 *
 * Hardware  Intel SDM vol. 2, XGETBV, XSETBV; vol. 1, "Enabling the XSAVE
 *           Feature Set and XSAVE-Enabled Features".
 */
#include "sim/cpu/xsave.h"

#include "sim/cpu/access.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/guest_exit.h"

uint64_t xsave_supported(const struct cpu *c)
{
    return XSTATE_X87 | XSTATE_SSE | (c->config.has_pku ? XSTATE_PKRU : 0);
}

unsigned xsave_area_bytes(uint64_t components, bool compacted)
{
    unsigned extended = XSAVE_LEGACY_BYTES + XSAVE_HEADER_BYTES;

    if (!(components & XSTATE_PKRU))
        return extended;
    return (compacted ? extended : XSAVE_PKRU_OFFSET) + XSAVE_PKRU_BYTES;
}

static bool x87_in_use(const struct cpu_state *s)
{
    bool used =
        s->fcw != 0x37f || s->fsw || s->ftw || s->fop || s->fip || s->fdp;

    for (unsigned i = 0; i < 8; i++)
        used = used || s->x87[i].mantissa || s->x87[i].sign_exponent;
    return used;
}

static bool sse_in_use(const struct cpu *c)
{
    unsigned count = cpu_in_64bit(c) ? 16 : 8;
    uint64_t any = 0;

    for (unsigned i = 0; i < count; i++)
        any |= c->state.xmm[i].u64[0] | c->state.xmm[i].u64[1];
    return any != 0;
}

uint64_t xsave_in_use(const struct cpu *c)
{
    return (x87_in_use(&c->state) ? XSTATE_X87 : 0) |
           (sse_in_use(c) ? XSTATE_SSE : 0) | (c->state.pkru ? XSTATE_PKRU : 0);
}

enum op_result exec_xgetbv(struct cpu *c, const struct op *op)
{
    uint64_t *g = c->state.gpr, value = c->state.xcr0;
    uint32_t index = (uint32_t)g[REG_RCX];

    (void)op;
    if (!(c->state.cr4 & CR4_OSXSAVE))
        return cpu_fault(c, VECTOR_UD);
    if (index > 1 || (index == 1 && !(c->features >> FEATURE_XGETBV1 & 1)))
        return cpu_gp0(c);
    if (index == 1)
        value &= xsave_in_use(c);
    g[REG_RAX] = (uint32_t)value;
    g[REG_RDX] = value >> 32;
    return OP_NEXT;
}

enum op_result exec_xsetbv(struct cpu *c, const struct op *op)
{
    const uint64_t *g = c->state.gpr;
    uint64_t value = (uint32_t)g[REG_RAX] | g[REG_RDX] << 32;

    if (!(c->state.cr4 & CR4_OSXSAVE))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c))
        return guest_exit(c, op, VMEXIT_XSETBV);
    if ((uint32_t)g[REG_RCX] != 0 || !(value & XSTATE_X87) ||
        (value & ~xsave_supported(c)))
        return cpu_gp0(c);
    c->state.xcr0 = value;
    return OP_END;
}
