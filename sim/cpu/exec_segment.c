/*
 * exec_segment.c - LDS, LES, LFS, LGS, LSS; RDFSBASE and its kin, SWAPGS;
 * ARPL; RDPMC.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * NOT MODELLED  performance counters: RDPMC finds none.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/segment.h"

bind_function bind_load_far;
op_function exec_rdfsbase, exec_rdgsbase, exec_wrfsbase, exec_wrgsbase,
    exec_swapgs, exec_arpl, exec_rdpmc;

/* The selector first: if it cannot be loaded, the register stays. */
static enum op_result exec_load_far(struct cpu *c, const struct op *op)
{
    uint8_t pointer[10];
    uint64_t offset = 0;
    uint16_t selector;
    enum op_result r = cpu_load(c, op_linear(c, op), op->width + 2u, pointer);

    if (r != OP_NEXT)
        return r;
    memcpy(&offset, pointer, op->width);
    memcpy(&selector, pointer + op->width, 2);
    r = segment_load(c, (enum cpu_seg)op->aux, selector);
    if (r != OP_NEXT)
        return r;
    reg_write(c, op->dst, op->width * 8u, offset);
    return OP_END;
}

/* kind: the segment register. */
op_function *bind_load_far(const struct decoded *d, struct op *op,
                           unsigned kind)
{
    if (op->memory_operand != 1)
        return NULL;
    (void)d;
    op->aux = (uint8_t)kind;
    op->memory_bytes = (uint8_t)(op->width + 2);
    return exec_load_far;
}

static enum op_result read_base(struct cpu *c, const struct op *op,
                                enum cpu_seg segment)
{
    if (!(c->state.cr4 & CR4_FSGSBASE))
        return cpu_fault(c, VECTOR_UD);
    reg_write(c, op->dst, op->width * 8u, c->state.seg[segment].base);
    return OP_NEXT;
}

static enum op_result write_base(struct cpu *c, const struct op *op,
                                 enum cpu_seg segment)
{
    uint64_t base = reg_read(c, op->dst, op->width * 8u);

    if (!(c->state.cr4 & CR4_FSGSBASE))
        return cpu_fault(c, VECTOR_UD);
    if (!cpu_base_canonical(c, base))
        return cpu_gp0(c);
    c->state.seg[segment].base = base;
    return OP_END;
}

enum op_result exec_rdfsbase(struct cpu *c, const struct op *op)
{
    return read_base(c, op, SEG_FS);
}

enum op_result exec_rdgsbase(struct cpu *c, const struct op *op)
{
    return read_base(c, op, SEG_GS);
}

enum op_result exec_wrfsbase(struct cpu *c, const struct op *op)
{
    return write_base(c, op, SEG_FS);
}

enum op_result exec_wrgsbase(struct cpu *c, const struct op *op)
{
    return write_base(c, op, SEG_GS);
}

enum op_result exec_swapgs(struct cpu *c, const struct op *op)
{
    uint64_t base = c->state.seg[SEG_GS].base;

    (void)op;
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    c->state.seg[SEG_GS].base = c->state.kernel_gs_base;
    c->state.kernel_gs_base = base;
    return OP_END;
}

/* Raises the RPL of operand 0 to that of operand 1; ZF says if it did. */
enum op_result exec_arpl(struct cpu *c, const struct op *op)
{
    uint64_t flags = flags_get(&c->flags) & ~RFLAGS_ZF;
    uint64_t selector, other;
    enum op_result r;

    if (cpu_uses_paragraphs(c))
        return cpu_fault(c, VECTOR_UD);
    r = op_read_int(c, op, 1, 2, &other);
    if (r == OP_NEXT)
        r = op_read_int(c, op, 0, 2, &selector);
    if (r != OP_NEXT)
        return r;
    if ((selector & 3) < (other & 3)) {
        selector = (selector & ~(uint64_t)3) | (other & 3);
        r = op_write_int(c, op, 0, 2, selector);
        flags |= RFLAGS_ZF;
    }
    if (r <= OP_END)
        flags_set(&c->flags, flags);
    return r;
}

enum op_result exec_rdpmc(struct cpu *c, const struct op *op)
{
    bool allowed = c->state.cpl == 0 || (c->state.cr4 & CR4_PCE);

    if (allowed && guest_intercepts(c) && c->control.exit_rdpmc)
        return guest_exit(c, op, VMEXIT_RDPMC);
    return cpu_gp0(c);
}
