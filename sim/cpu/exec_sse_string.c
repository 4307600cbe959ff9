/*
 * exec_sse_string.c - PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     a memory operand need not be aligned.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"
#include "sim/cpu/insn_kinds.h"
#include "sim/cpu/sse_string.h"

static enum op_result source(struct cpu *c, const struct op *op, union xmm *to)
{
    if (operand_is_memory(op, 1))
        return cpu_load(c, op_linear(c, op), 16, to);
    *to = *cpu_xmm(c, op->src);
    return OP_NEXT;
}

struct lengths {
    unsigned a, b;
};

static void finish(struct cpu *c, const struct op *op, const union xmm *b,
                   struct lengths n, bool index)
{
    unsigned control = (uint8_t)op->imm;
    struct sse_comparison r =
        sse_compare_strings(cpu_xmm(c, op->dst), n.a, b, n.b, control);

    flags_set(&c->flags, (r.bits ? RFLAGS_CF : 0) |
                             (n.b < r.elements ? RFLAGS_ZF : 0) |
                             (n.a < r.elements ? RFLAGS_SF : 0) |
                             (r.bits & 1 ? RFLAGS_OF : 0));
    if (index)
        c->state.gpr[REG_RCX] = sse_comparison_index(r, control);
    else
        c->state.xmm[0] = sse_comparison_mask(r, control);
}

static inline enum op_result implicit(struct cpu *c, const struct op *op,
                                      bool index)
{
    unsigned control = (uint8_t)op->imm;
    struct lengths n;
    union xmm b;
    enum op_result r = source(c, op, &b);

    if (r != OP_NEXT)
        return r;
    n.a = sse_implicit_length(cpu_xmm(c, op->dst), control);
    n.b = sse_implicit_length(&b, control);
    finish(c, op, &b, n, index);
    return OP_NEXT;
}

enum op_result exec_pcmpistri(struct cpu *c, const struct op *op)
{
    return implicit(c, op, true);
}

enum op_result exec_pcmpistrm(struct cpu *c, const struct op *op)
{
    return implicit(c, op, false);
}

/* op->aux: lengths are 64 bits wide (REX.W). */
static inline enum op_result with_lengths(struct cpu *c, const struct op *op,
                                          bool index)
{
    const uint64_t *g = c->state.gpr;
    unsigned control = (uint8_t)op->imm;
    int64_t a = op->aux ? (int64_t)g[REG_RAX] : (int32_t)g[REG_RAX];
    int64_t b_length = op->aux ? (int64_t)g[REG_RDX] : (int32_t)g[REG_RDX];
    struct lengths n = {sse_explicit_length(a, control),
                        sse_explicit_length(b_length, control)};
    union xmm b;
    enum op_result r = source(c, op, &b);

    if (r == OP_NEXT)
        finish(c, op, &b, n, index);
    return r;
}

static enum op_result pcmpestri(struct cpu *c, const struct op *op)
{
    return with_lengths(c, op, true);
}

static enum op_result pcmpestrm(struct cpu *c, const struct op *op)
{
    return with_lengths(c, op, false);
}

op_function *bind_pcmpestr(const struct decoded *d, struct op *op,
                           unsigned kind)
{
    op->aux = (d->mode & MODE_64) && d->insn.raw.rex.W;
    return kind == COMPARE_INDEX ? pcmpestri : pcmpestrm;
}
